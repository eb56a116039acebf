"""The look-ahead analyser: nine planted leaks are named by their column, and honest work gives no finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from cockpit.brains.features.columns import Kind
from cockpit.brains.features.roster import DECLARED
from cockpit.brains.leaks.lookahead import WHOLE, Columns, Moment, Sample, leaks, unsettled
from cockpit.brains.leaks.spoiling import Inputs, Known, Spoil, inputs_of, panel_of
from cockpit.brains.pipeline import Pipeline
from cockpit.errors import BadInput
from cockpit.market import DailyPanel
from tests.brains.features.made_markets import made_market

PANEL = made_market(300, 9)
INPUTS = inputs_of(PANEL)


def frame(inputs: Inputs, name: str = "close") -> pd.DataFrame:
    return pd.DataFrame(inputs[name])


def signal(inputs: Inputs) -> NDArray[Any]:
    """Say after the close whether a name closed above its mean of ten days."""
    close = frame(inputs)
    return (close > close.rolling(10).mean()).to_numpy()


def entered(inputs: Inputs) -> NDArray[Any]:
    """Say at the open whether a position is opened there: where last evening's signal is new."""
    new = signal(inputs) & ~np.roll(signal(inputs), 1, axis=0)
    later = np.roll(new, 1, axis=0)
    later[:2] = False
    return later


# -- honest ------------------------------------------------------------------------------------------


def honest(inputs: Inputs) -> Columns:
    close = frame(inputs)
    return {
        "momentum": close.pct_change(20, fill_method=None).to_numpy(),
        "z": ((close - close.expanding().mean()) / close.expanding().std()).to_numpy(),
        "smooth": close.rolling(5).mean().to_numpy(),
        "signal": signal(inputs),
        "entered": entered(inputs),
        "filled_at": np.where(entered(inputs), inputs["open"], np.nan),
        "regime": regime(inputs, smoothed=False),
    }


def regime(inputs: Inputs, *, smoothed: bool) -> NDArray[Any]:
    """Say which of two volatilities rules, by a two-state Markov chain: filtered, or by Viterbi's best whole path."""
    returns = frame(inputs).pct_change(fill_method=None).mean(axis=1).to_numpy()
    likely = np.stack([-0.5 * (returns / s) ** 2 - np.log(s) for s in (0.008, 0.02)], axis=1)
    likely = np.where(np.isnan(likely), 0.0, likely)
    stay = np.log(np.array([[0.95, 0.05], [0.05, 0.95]]))
    best, came_from = np.zeros_like(likely), np.zeros(likely.shape, dtype=int)
    best[0] = likely[0]
    for day in range(1, len(likely)):
        paths = best[day - 1][:, None] + stay
        came_from[day] = paths.argmax(axis=0)
        best[day] = (paths.max(axis=0) if smoothed else np.logaddexp(paths[0], paths[1])) + likely[day]
    if not smoothed:
        return best.argmax(axis=1)
    path = np.zeros(len(likely), dtype=int)
    path[-1] = best[-1].argmax()
    for day in range(len(likely) - 2, -1, -1):
        path[day] = came_from[day + 1][path[day + 1]]
    return path


def minutes(n: int = 400) -> Inputs:
    """Make minutes of one name, stamped by their ends."""
    ends = np.datetime64("2026-07-31T09:16") + np.arange(n)
    close = 500 + np.cumsum(np.random.default_rng(3).normal(0, 0.3, n))
    return Inputs(ends, {"close": Known(ends, close)})


def hourly(inputs: Inputs, *, by_end: bool) -> NDArray[Any]:
    """Say at each minute the close of the hour that has ended, or, wrongly, of the hour that has begun."""
    prices = pd.Series(inputs["close"], index=pd.DatetimeIndex(inputs.days))
    side = "right" if by_end else "left"
    hours = prices.resample("1h", closed="right", label=side).last()
    told: NDArray[Any] = hours.reindex(prices.index, method="ffill").to_numpy()
    return told


def filings() -> Inputs:
    """Make quarterly figures, each restated a year later; a row is known on the day it was filed."""
    days = INPUTS.days
    quarters = np.arange(0, 300, 20)
    rows = [(q, q + 15, 10.0 + q) for q in quarters] + [(q, q + 95, 14.0 + q) for q in quarters]
    rows = sorted((r for r in rows if r[1] < 300), key=lambda r: r[1])
    table = np.array([(days[q], value) for q, _, value in rows], dtype=[("quarter", "datetime64[D]"), ("profit", "f8")])
    return Inputs(days, {"filings": Known(days[[filed for _, filed, _ in rows]], table)})


def profit(inputs: Inputs, *, as_filed: bool) -> NDArray[Any]:
    """Say each day the profit of the newest quarter that was out by then: as filed, or as it stands in the end."""
    known = inputs.known["filings"]
    out = np.full(len(inputs.days), np.nan)
    for day, moment in enumerate(inputs.days):
        filed = known.values[known.stamps <= moment]
        if len(filed):
            rows = filed if as_filed else known.values
            out[day] = rows["profit"][rows["quarter"] == filed["quarter"].max()][-1]
    return out


def listed() -> Inputs:
    """Make the membership of an index by day."""
    members = np.random.default_rng(5).random(PANEL.close.shape) < 0.97
    members = np.logical_and.accumulate(members, axis=0) | (np.arange(9) < 3)
    return Inputs(INPUTS.days, {**INPUTS.known, "members": Known(INPUTS.days, members)})


def breadth(inputs: Inputs, *, as_of_then: bool) -> NDArray[Any]:
    """Say each day how many members closed up: of that day's members, or of today's."""
    members = inputs["members"] if as_of_then else inputs["members"][-1]
    up = frame(inputs).diff().to_numpy() > 0
    return (up & members).sum(axis=1)


# -- planted leaks ------------------------------------------------------------------------------------


def whole_sample(inputs: Inputs) -> NDArray[Any]:
    return ((frame(inputs) - frame(inputs).mean()) / frame(inputs).std()).to_numpy()


MUTANTS: dict[str, tuple[Callable[[Inputs], NDArray[Any]], Inputs, Moment]] = {
    "tomorrow": (lambda i: frame(i).shift(-1).to_numpy(), INPUTS, Moment.CLOSE),
    "whole_sample_z": (whole_sample, INPUTS, Moment.CLOSE),
    "centred": (lambda i: frame(i).rolling(5, center=True).mean().to_numpy(), INPUTS, Moment.CLOSE),
    "filled_backward": (lambda i: frame(i).bfill().to_numpy(), INPUTS, Moment.CLOSE),
    "same_close_fill": (signal, INPUTS, Moment.OPEN),
    "hour_by_its_start": (lambda i: hourly(i, by_end=False), minutes(), Moment.CLOSE),
    "survivors": (lambda i: breadth(i, as_of_then=False), listed(), Moment.CLOSE),
    "restated": (lambda i: profit(i, as_filed=False), filings(), Moment.CLOSE),
    "viterbi": (lambda i: regime(i, smoothed=True), INPUTS, Moment.CLOSE),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_planted_leak_is_named_among_honest_columns(name: str) -> None:
    leaking, inputs, moment = MUTANTS[name]

    def subject(given: Inputs) -> Columns:
        clean = {"entered": entered(given), "signal": signal(given)} if "open" in given.known else {}
        return {**clean, name: leaking(given)}

    sample = Sample(n=12, of_each=3)
    found = leaks(
        subject, inputs, sample=sample, moments={"entered": Moment.OPEN, "filled_at": Moment.OPEN, name: moment}
    )
    assert [leak.column for leak in found] == [name]
    assert found[0].day is not None
    assert found[0].day <= found[0].cut


def test_honest_work_gives_no_finding() -> None:
    assert leaks(honest, INPUTS, moments={"entered": Moment.OPEN, "filled_at": Moment.OPEN}) == ()
    assert leaks(lambda i: {"hour": hourly(i, by_end=True)}, minutes()) == ()
    assert leaks(lambda i: {"profit": profit(i, as_filed=True)}, filings()) == ()
    assert leaks(lambda i: {"breadth": breadth(i, as_of_then=True)}, listed()) == ()


def features(panel: DailyPanel, pipeline: Pipeline) -> Callable[[Inputs], Columns]:
    def subject(inputs: Inputs) -> Columns:
        history = pipeline.history(panel_of(inputs, panel))
        told = {name: history.column(name) for name in history.columns}
        return {**told, "traded": history.traded, "all stale": history.stale.all(axis=2)}

    return subject


def test_no_feature_of_the_pipeline_knows_the_future() -> None:
    panel = made_market(420, 10)
    found = leaks(features(panel, Pipeline(tuple(DECLARED))), inputs_of(panel), sample=Sample(n=20, of_each=2))
    assert found == ()


def test_every_feature_declares_a_warm_up_that_suffices() -> None:
    panel = made_market(1_100, 9, rough=False)
    names = tuple(c.name for c in DECLARED.values() if c.kind is not Kind.CROSS or c.name.startswith("rank"))
    pipeline = Pipeline(names)
    lookbacks = {name: DECLARED[name].lookback for name in names}

    def subject(inputs: Inputs) -> Columns:
        history = pipeline.history(panel_of(inputs, panel))
        return {name: history.column(name) for name in names}

    assert unsettled(subject, inputs_of(panel), lookbacks) == ()


def test_a_warm_up_declared_too_short_is_named() -> None:
    def subject(inputs: Inputs) -> Columns:
        close = frame(inputs)
        return {
            "slow": (close / close.ewm(span=200, adjust=False).mean() - 1).to_numpy(),
            "long": close.rolling(60).mean().to_numpy(),
            "fine": close.rolling(20).mean().to_numpy(),
        }

    inputs = inputs_of(made_market(700, 3, rough=False))
    found = unsettled(subject, inputs, {"slow": 200, "long": 40, "fine": 19})
    assert [(u.column, u.startup > 40) for u in found] == [("long", True), ("slow", True)]
    assert found[0].difference == np.inf
    assert 1e-3 < found[1].difference < 1


def test_a_subject_that_cannot_speak_of_the_past_without_its_future_is_found_out() -> None:
    def subject(inputs: Inputs) -> Columns:
        if len(inputs.days) < 290:
            raise ValueError("too few days")
        return {"close": inputs["close"]}

    found = leaks(subject, INPUTS)
    assert [leak.column for leak in found] == [WHOLE]
    assert found[0].spoil is Spoil.GONE
    assert "too few days" in found[0].became


def test_a_subject_may_refuse_days_that_were_spoiled() -> None:
    def subject(inputs: Inputs) -> Columns:
        if np.isnan(inputs["close"][:, 4]).any():
            raise ValueError("a price is missing")
        return {"close": inputs["close"]}

    assert leaks(subject, INPUTS) == ()


def test_a_signal_that_fires_once_is_examined_on_its_day() -> None:
    def subject(inputs: Inputs) -> Columns:
        close = inputs["close"][:, 7]
        fired = np.zeros(len(close), dtype=bool)
        if len(close) > 201:
            fired[200] = close[201] > 0
        return {"once": fired}

    assert [leak.column for leak in leaks(subject, INPUTS, sample=Sample(n=1))] == ["once"]


def test_labels_that_are_not_out_yet_change_nothing() -> None:
    days = INPUTS.days
    label = np.random.default_rng(6).normal(size=(300, 5))
    inputs = Inputs(days, {"labels": Known(days[np.minimum(np.arange(300) + 6, 299)], label)})

    def weights(given: Inputs, delay: int) -> Columns:
        known = given.known["labels"]
        out = np.zeros((len(given.days), 5))
        for day, moment in enumerate(given.days):
            seen = known.values[known.stamps <= moment] if delay else known.values[: day + 1]
            out[day] = np.mean(seen, axis=0) if len(seen) else 0.0
        return {"weights": out}

    assert leaks(lambda i: weights(i, delay=1), inputs) == ()
    assert [leak.column for leak in leaks(lambda i: weights(i, delay=0), inputs)] == ["weights"]


def test_a_column_that_does_not_follow_the_days_is_refused() -> None:
    with pytest.raises(BadInput, match="short has 299 rows"):
        leaks(lambda i: {"short": i["close"][1:]}, INPUTS)
