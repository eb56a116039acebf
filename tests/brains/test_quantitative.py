"""The quantitative brain: planted reversal is found, turnover waits, and the price of acting is known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.brains.learning.labels import labels
from cockpit.brains.learning.ranks import rank_ics
from cockpit.brains.quantitative import QuantitativeBrain, best_of_normal, break_even_ic, turned
from cockpit.brains.record.reversal_record import WINDOWS, liquid, reversal_record
from cockpit.errors import Abstained, BadInput
from cockpit.market import DailyPanel
from tests.brains.test_technical import DAY, evidence_of
from tests.engine.made_panels import made_panel


def reverting(pull: float = 0.08, n_days: int = 700, n_names: int = 60) -> DailyPanel:
    """Make prices whose own part is drawn back to nothing by `pull` a day, below a market that wanders."""
    rng = np.random.default_rng(6)
    own = np.zeros((n_days, n_names))
    for day in range(1, n_days):
        own[day] = (1 - pull) * own[day - 1] + rng.normal(0, 0.02, n_names)
    market = np.cumsum(rng.normal(0, 0.01, n_days))[:, None]
    return made_panel(500 * np.exp(own + market), DAY)


def test_in_prices_that_are_drawn_back_reversal_has_a_positive_ic_and_momentum_a_negative_one() -> None:
    panel = reverting(0.003)
    brain = QuantitativeBrain()
    history = brain.features(evidence_of(panel))
    truth = labels(panel).rank

    def ic(column: str) -> float:
        said = history.values[:, :, brain.columns.index(column)].astype("f8")
        return float(np.nanmean(rank_ics(said, truth)))

    strong = QuantitativeBrain().features(evidence_of(reverting(0.08)))
    fell = strong.values[:, :, brain.columns.index("reversal_z")].astype("f8")
    assert float(np.nanmean(rank_ics(fell, labels(reverting(0.08)).rank))) > 0.1
    assert ic("reversal_21") > 0
    assert ic("momentum_12_1") < 0


def test_the_brain_measures_its_factors_and_has_words_for_each() -> None:
    brain = QuantitativeBrain()
    history = brain.features(evidence_of(reverting(n_days=300)))
    assert (brain.name, brain.letter) == ("quantitative", "Q")
    assert (history.columns, history.schema) == (brain.columns, brain.schema)
    for column in brain.columns:
        assert brain.words(column, 0.31) != brain.words(column, 0.62)
        assert brain.words(column, float("nan")) == f"{column} is not known"
    assert brain.words("reversal_5", 0.05) == "moved -4.9% in 5 sessions"
    assert brain.words("momentum_12_1", np.log(1.5)) == "moved +50% in the year before its last month"


# -- acting -----------------------------------------------------------------------------------------


def test_a_name_that_has_got_in_stays_until_it_has_fallen_well_behind() -> None:
    first = turned({101: 10, 102: 11, 103: 1}, frozenset())
    assert first.entered == (103, 101)
    later = turned({101: 30, 102: 10, 103: 31}, first.held)
    assert later.held == {101, 102}
    assert later.left == ((103, "ranked 31, 30 is the last to stay"),)
    gone = turned({102: 12}, later.held)
    assert gone.held == {102}
    assert gone.left == ((101, "without a rank"),)


def test_newcomers_wait_until_a_place_is_free_best_first() -> None:
    held = frozenset(range(8))
    ranks = {token: 20 + token for token in held} | {100 + k: k for k in range(1, 6)}
    turn = turned(ranks, held)
    assert turn.entered == (101, 102)
    assert len(turn.held) == 10


@given(st.lists(st.permutations(range(40)), min_size=1, max_size=8))
def test_nobody_enters_beyond_ten_or_leaves_before_thirty_and_the_same_day_again_changes_nothing(
    days: list[list[int]],
) -> None:
    held: frozenset[int] = frozenset()
    for order in days:
        ranks = {token: place + 1 for place, token in enumerate(order)}
        turn = turned(ranks, held)
        assert all(ranks[token] <= 10 for token in turn.entered)
        assert {token for token, _ in turn.left} == {token for token in held if ranks[token] > 30}
        assert turn.held == (held - {token for token, _ in turn.left}) | set(turn.entered)
        assert len(turn.held) <= 10
        again = turned(ranks, turn.held)
        assert (again.held, again.entered, again.left) == (turn.held, (), ())
        held = turn.held


def test_hysteresis_that_leaves_before_it_enters_is_refused() -> None:
    with pytest.raises(BadInput, match="enter 10 and leave 9"):
        turned({}, frozenset(), enter=10, leave=9)


def test_the_break_even_ic_of_a_delivery_round_trip_is_that_of_the_table() -> None:
    assert best_of_normal(10, 96) == pytest.approx(1.736, abs=5e-4)
    assert break_even_ic(0.00338, 0.04, 10, 96) == pytest.approx(0.0487, abs=5e-5)
    # spread grows with the root of the holding time
    spans = {1: 0.108, 5: 0.049, 10: 0.034, 21: 0.024}
    for days, ic in spans.items():
        assert break_even_ic(0.00338, 0.04 * (days / 5) ** 0.5, 10, 96) == pytest.approx(ic, abs=1.5e-3)
    with pytest.raises(BadInput, match="spread 0"):
        break_even_ic(0.003, 0.0, 10, 96)
    with pytest.raises(BadInput, match="10 of 10"):
        best_of_normal(10, 10)


# -- the record of reversal -------------------------------------------------------------------------


def test_the_record_finds_planted_reversal_and_says_what_it_costs() -> None:
    record = reversal_record(reverting(0.05))
    first = record.rows[0]
    assert first.ic.mean > 0.1
    assert len(first.phases) == 5
    assert min(first.phases) > 2
    assert first.net == pytest.approx(first.gross - record.cost)
    assert len(record.lines()) == len(WINDOWS) + 1
    assert f"{first.ic.mean:+.4f}" in record.lines()[0]


def test_what_a_mistaken_open_gives_back_shows_as_the_part_of_the_opening_price() -> None:
    panel = reverting(0.0)
    moved = np.random.default_rng(8).normal(0, 0.01, panel.close.shape)
    fell = np.full_like(panel.close, 0.0)
    fell[6:] = panel.close[5:-1] / panel.close[:-6] - 1
    record = reversal_record(replace(panel, open=panel.close * (1 + 0.2 * fell) + moved))
    assert record.of_the_open > 0.05
    assert abs(record.rows[1].ic.mean) < 0.02


def test_names_are_liquid_by_their_whole_twenty_days() -> None:
    panel = reverting(n_days=40, n_names=60)
    panel.volume[:, 0] = 1e6 * 20 / panel.close[:, 0]  # two crore
    panel.volume[:, 1] = 0.9e7 / panel.close[:, 1]
    panel.volume[25, 0] = np.nan
    found = liquid(panel)
    assert not found[:19].any()
    assert found[19:25, 0].all()
    assert not found[25:, 0].any()
    assert not found[:, 1].any()
    with pytest.raises(Abstained, match="more than 1 crore"):
        reversal_record(reverting(n_names=40))
