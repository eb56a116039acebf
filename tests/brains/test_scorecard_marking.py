"""Marking: bought at the next open, sold H opens later, against the median, once, and nothing before it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.brains.learning.labels import labels
from cockpit.brains.record.marking import came_true, due, marked
from cockpit.brains.record.track_record import session_losses, track_record
from cockpit.errors import Abstained, BadInput
from cockpit.market import DailyPanel
from cockpit.opinions import PREDICTION, Outcome, Predictions
from tests.engine.made_panels import made_panel

LAST = date(2026, 7, 31)
N_DAYS, N_NAMES, H = 30, 21, 5


def walk(seed: int = 1) -> NDArray[Any]:
    steps = np.random.default_rng(seed).normal(0, 0.02, (N_DAYS, N_NAMES))
    closes: NDArray[Any] = 100 * np.exp(np.cumsum(steps, axis=0))
    return closes


def panel() -> DailyPanel:
    made = made_panel(walk(), LAST)
    return replace(made, open=made.close * 1.001, close=made.close * 3)  # closes must not matter


def predictions(made: DailyPanel, day: int, brain: str = "technical", tokens: list[int] | None = None) -> Predictions:
    named = [i.token for i in made.instruments] if tokens is None else tokens
    rows = np.zeros(len(named), PREDICTION)
    rows["token"], rows["raw"], rows["value"] = named, 0.7, np.linspace(0.3, 0.7, len(named))
    return Predictions(brain, made.days[day].item(), H, 1, "w", "s", "m", "c", rows)


def test_an_outcome_is_the_open_to_open_return_against_the_median_name() -> None:
    made = panel()
    (outcome,) = marked([predictions(made, 10)], made)
    returns = made.open[16] / made.open[11] - 1
    np.testing.assert_allclose(outcome.rows["excess"], returns - np.median(returns))
    assert outcome.rows["beat"].sum() == N_NAMES // 2  # the median name itself does not beat the median
    assert outcome.resolved_on == made.days[16].item()
    assert outcome.rows["value"].tolist() == predictions(made, 10).rows["value"].tolist()
    assert outcome.unresolved == ()


def test_a_move_of_the_whole_market_and_a_dividend_change_no_outcome() -> None:
    made = panel()
    (plain,) = marked([predictions(made, 10)], made)
    lifted = replace(made, open=made.open * np.linspace(1, 3, N_DAYS)[:, None])
    assert marked([predictions(made, 10)], lifted)[0].rows["beat"].tolist() == plain.rows["beat"].tolist()
    paid, factor = made.open.copy(), np.ones_like(made.open)
    paid[13:, 4] *= 0.5  # half the price is paid out before the exit
    factor[13:, 4] *= 2
    (whole,) = marked([predictions(made, 10)], replace(made, open=paid, reinvested=factor))
    np.testing.assert_allclose(whole.rows["excess"], plain.rows["excess"])


def test_nothing_is_marked_before_its_horizon_has_closed_and_all_after() -> None:
    made = panel()
    said = [predictions(made, day) for day in range(20, 30)]
    ready = due(said, [], made)
    assert [p.session for p in ready] == [made.days[d].item() for d in (20, 21, 22, 23)]
    with pytest.raises(Abstained, match="open until 5 sessions"):
        marked([said[4]], made)
    assert due(said, [p.key for p in ready], made) == []
    assert due([replace(said[0], session=date(2020, 1, 4))], [], made) == []
    with pytest.raises(BadInput, match="no session"):
        came_true(made, date(2026, 7, 4), H)


def test_prices_after_the_exit_change_no_outcome() -> None:
    made = panel()
    poisoned = made.open.copy()
    poisoned[17:] = np.nan
    (first,), (second,) = (marked([predictions(made, 10)], p) for p in (made, replace(made, open=poisoned)))
    assert (first.rows == second.rows).all()


def test_a_name_that_cannot_be_marked_is_named_with_the_reason() -> None:
    made = panel()
    made.open[11, 0] = np.nan
    made.open[16, 1] = np.nan
    (outcome,) = marked([predictions(made, 10, tokens=[101, 102, 103, 999])], made)
    assert outcome.rows["token"].tolist() == [103]
    assert outcome.unresolved == (
        (101, "no open to enter at"), (102, "no open to leave at"), (999, "not in the prices"),
    )  # fmt: skip
    made.open[16, : N_NAMES - 9] = np.nan
    with pytest.raises(Abstained, match="only 9 names"):
        marked([predictions(made, 10)], made)


def test_a_price_at_which_nothing_traded_is_no_entry_as_it_is_none_for_labels() -> None:
    made = panel()
    made.volume[21, 3] = 0
    (outcome,) = marked([predictions(made, 20)], made)
    token = made.instruments[3].token
    assert dict(outcome.unresolved)[token] == "no open to enter at"
    assert np.isnan(labels(made).rank[20, 3])


def test_evenings_are_marked_one_by_one_and_each_voice_once() -> None:
    made = panel()
    with pytest.raises(BadInput, match="of one evening"):
        marked([predictions(made, 10), predictions(made, 11, "sentiment")], made)
    with pytest.raises(BadInput, match="each once"):
        marked([predictions(made, 10), predictions(made, 10)], made)


def outcomes() -> list[Outcome]:
    made = panel()
    first = marked([predictions(made, 8), predictions(made, 8, "sentiment", [101, 103, 121])], made)
    return first + marked([predictions(made, 9)], made)


def test_a_record_lays_outcomes_side_by_side_and_silence_is_not_a_number() -> None:
    record = track_record(outcomes())
    assert record.voices == ("technical", "sentiment")
    assert record.said.shape == (2, 2, N_NAMES)
    assert np.isnan(record.of("sentiment")).sum(axis=1).tolist() == [N_NAMES - 3, N_NAMES]
    assert (record.resolved_on - record.sessions > np.timedelta64(5, "D")).all()
    technical = record.losses(["technical"])[:, 0]
    np.testing.assert_allclose(technical, ((record.of("technical") - record.beat) ** 2).mean(axis=1))
    with pytest.raises(BadInput, match="has no record"):
        record.of("astrology")


def test_weights_learn_only_from_brains_that_spoke_of_enough_names() -> None:
    rows = session_losses(track_record(outcomes()), ("technical", "sentiment", "fundamental"))
    assert [set(row.losses) for row in rows] == [{"technical"}, {"technical"}]
    assert [row.session for row in rows] == [panel().days[8].item(), panel().days[9].item()]
    assert [row.resolved_on for row in rows] == [panel().days[14].item(), panel().days[15].item()]


def test_a_prediction_marked_twice_or_in_two_ways_is_refused() -> None:
    kept = outcomes()
    with pytest.raises(BadInput, match="marked twice"):
        track_record([*kept, kept[0]])
    other = kept[1].rows.copy()
    other["beat"] = 1 - other["beat"]
    with pytest.raises(BadInput, match="disagree"):
        track_record([kept[0], replace(kept[1], rows=other)])
    with pytest.raises(BadInput, match="one horizon"):
        track_record([kept[0], replace(kept[1], said=replace(kept[1].said, horizon=2))])
    with pytest.raises(Abstained, match="no track record"):
        track_record([])
