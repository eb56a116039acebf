"""Rank experiments: planted reversal is found and paid for, noise is not, and every trial is on record first."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from cockpit.errors import Abstained, CockpitError
from cockpit.paper.costs import ChargeTable
from cockpit.research import rank_study
from cockpit.research.experiment import Experiment, Kind, Period, Universe, WalkForward
from cockpit.research.gate import Limits, Verdict
from cockpit.research.rank_book import RankRules
from cockpit.research.rank_market import RankMarket
from cockpit.research.rank_study import Finished, studied, walk_forward
from cockpit.research_ports import TrialEnd
from cockpit.storage.trial_store import SqlTrials
from tests.research.made_panel import made_panel

TABLE = ChargeTable.load(Path(__file__).resolve().parents[2] / "resources/charges.toml")
QUICK = Limits(draws=200, blocks=8)
PANEL = made_panel(1, reversal=0.6)
EXPERIMENT = Experiment(
    name="made",
    hypothesis="What fell comes back.",
    kind=Kind.RANK,
    period=Period(date(2021, 2, 15), PANEL.days[-1].astype(object)),
    universe=Universe(1, 30),
    rules=RankRules(enter=5, leave=10, hold=3),
    grid=MappingProxyType({"leave": (8, 15), "score": ("reversal_5", "momentum_12_1")}),
    walk=WalkForward(first=250, months=3),
)


def run(store: SqlTrials, panel: Any = PANEL, experiment: Experiment = EXPERIMENT) -> Finished:
    ticks = iter(range(10_000))
    return studied(experiment, RankMarket(panel, TABLE), store, lambda: next(ticks), lambda *_: None, QUICK)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return run(SqlTrials.open(tmp_path_factory.mktemp("research") / "trials.db"))


def test_a_planted_reversal_is_found_and_chosen_and_beats_holding(finished: Finished) -> None:
    assert finished.walked.alpha.t > 3
    assert finished.walked.cagr > finished.held_cagr > finished.random.cagr
    by_label = {figures.label: figures for figures in finished.points}
    assert by_label["leave 8, score reversal_5"].cagr > by_label["leave 8, score momentum_12_1"].cagr


def test_where_nothing_is_planted_the_gate_does_not_pass(tmp_path: Path) -> None:
    for seed in (2, 3):
        found = run(SqlTrials.open(tmp_path / f"{seed}.db"), made_panel(seed))
        assert found.judged.verdict is not Verdict.PASS
        assert found.walked.alpha.t < 2


def test_do_nothing_hold_and_random_stand_beside_it(finished: Finished) -> None:
    assert finished.random.label == "ranked at random"
    assert finished.random.charges_a_year > 0
    assert np.isfinite(finished.held_cagr)


def test_every_point_is_on_record_before_it_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")

    def crash(*_: object, **__: object) -> None:
        raise Abstained("no prices")

    monkeypatch.setattr(rank_study, "played", crash)
    with pytest.raises(Abstained):
        run(store)
    assert [(t.end, t.why) for t in store.trials("made")] == [(TrialEnd.CRASHED, "no prices")]


def test_a_second_run_adds_no_trial_and_comes_to_the_same(tmp_path: Path) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")
    first = run(store)
    head = store.verify()
    again = run(store)
    assert store.verify() == head
    assert again.judged == first.judged
    assert again.trials == 4


def test_a_result_that_contradicts_the_record_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")
    run(store)
    honest = rank_study.played
    other = RankRules(enter=5, leave=8, hold=3, slippage=0.0)
    monkeypatch.setattr(rank_study, "played", lambda tape, rules: honest(tape, other))
    with pytest.raises(CockpitError, match="another result"):
        run(store)


def test_the_choice_of_a_session_knows_nothing_that_comes_after() -> None:
    rng = np.random.default_rng(5)
    days = np.arange("2020-01-01", "2023-01-01", dtype="datetime64[D]")
    returns = rng.normal(0, 0.01, (len(days) - 1, 6))
    chosen = walk_forward(days, returns, first=200, months=2, span=5)
    for cut in (400, 700, 1000):
        poisoned = returns.copy()
        poisoned[cut:] = rng.normal(0, 1, poisoned[cut:].shape)
        assert np.array_equal(walk_forward(days, poisoned, 200, 2, 5)[: cut + 1], chosen[: cut + 1])


def test_a_period_beyond_the_prices_is_refused() -> None:
    from dataclasses import replace

    with pytest.raises(Abstained, match="do not cover"):
        RankMarket(PANEL, TABLE).rows(replace(EXPERIMENT.period, end=date(2031, 1, 1)))


def test_members_are_those_of_the_evening_and_not_of_today() -> None:
    market = RankMarket(PANEL, TABLE)
    cut = 400
    past = RankMarket(PANEL.upto(PANEL.days[cut].astype(object)), TABLE)
    assert np.array_equal(past.members(Universe(1, 10)), market.members(Universe(1, 10))[: cut + 1])
    assert (market.members(Universe(1, 10)).sum(axis=1)[30:] == 10).all()


def test_a_score_that_peeks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from cockpit.research import rank_market

    honest = rank_market._scores

    def peeking(panel: Any, names: tuple[str, ...] = rank_market.SCORES) -> Any:
        return {name: np.roll(values, -1, axis=0) for name, values in honest(panel, names).items()}

    assert RankMarket(PANEL, TABLE).examined("reversal_5") == ()
    monkeypatch.setattr(rank_market, "_scores", peeking)
    assert any("reversal_5" in finding for finding in RankMarket(PANEL, TABLE).examined("reversal_5"))
