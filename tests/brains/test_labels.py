"""Labels: decided from open to open, blind to the market, and never known before their time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cockpit.brains.learning.labels import beats_median, forward_returns, labels, triple_barrier
from cockpit.errors import BadInput
from cockpit.market import DailyPanel
from tests.engine.made_panels import made_panel

DAY = date(2026, 7, 31)


def panel_of(n_days: int = 40, n_names: int = 30, seed: int = 1) -> DailyPanel:
    steps = np.random.default_rng(seed).normal(0, 0.02, (n_days, n_names))
    panel = made_panel(500 * np.exp(np.cumsum(steps, axis=0)), DAY)
    return replace(panel, open=panel.close * (1 + np.random.default_rng(seed + 1).normal(0, 0.01, panel.close.shape)))


def test_a_label_runs_from_the_next_open_to_the_open_five_sessions_later() -> None:
    panel = panel_of()
    forward = forward_returns(panel)
    assert forward[3, 2] == panel.open[9, 2] / panel.open[4, 2] - 1
    assert np.isnan(forward[-6:]).all()
    assert np.isfinite(forward[:-6]).all()


def test_a_dividend_counts_as_return() -> None:
    panel = panel_of()
    factor = np.ones_like(panel.open)
    factor[:10] = 0.9  # ten in a hundred were paid out on day 10
    paid = forward_returns(replace(panel, reinvested=factor))
    np.testing.assert_allclose(paid[6], (1 + forward_returns(panel)[6]) / 0.9 - 1)
    np.testing.assert_allclose(paid[12], forward_returns(panel)[12])


def test_an_entry_that_nobody_could_have_had_has_no_label() -> None:
    panel = panel_of()
    panel.volume[5, 0] = 0.0
    panel.open[7, 1] = np.nan
    forward = forward_returns(panel)
    assert np.isnan(forward[4, 0])
    assert np.isnan(forward[[6, 1], 1]).all()
    assert np.isfinite(forward[[3, 5], 0]).all()


def test_ranks_have_mean_zero_each_day_and_what_the_market_did_leaves_them_unchanged() -> None:
    panel = panel_of()
    made = labels(panel)
    assert np.abs(made.rank[:-6].mean(axis=1)).max() < 1e-6
    assert (made.rank[:-6].min(), made.rank[:-6].max()) == (-0.5, 0.5)
    # The market's own move multiplies every name's return alike.
    market = np.exp(np.cumsum(np.random.default_rng(9).normal(0, 0.05, len(panel.days))))[:, None]
    moved = labels(replace(panel, open=panel.open * market))
    np.testing.assert_array_equal(moved.rank, made.rank)
    np.testing.assert_array_equal(moved.beats, made.beats)


def test_beating_the_median_is_the_sign_of_the_distance_to_it() -> None:
    forward = np.array([[0.01, 0.02, 0.03, np.nan, -0.05], [0.02, 0.02, 0.01, 0.05, np.nan], [np.nan] * 5])
    np.testing.assert_array_equal(beats_median(forward), [[0, 1, 1, np.nan, 0], [0.5, 0.5, 0, 1, np.nan], [np.nan] * 5])


def test_a_day_with_too_few_known_returns_has_no_labels() -> None:
    panel = panel_of()
    panel.open[4, 19:] = np.nan
    made = labels(panel)
    assert np.isnan(made.rank[3]).all()
    assert np.isnan(made.beats[3]).all()
    assert np.isfinite(made.rank[2]).all()


def test_prices_after_a_label_is_decided_never_change_it() -> None:
    panel = panel_of()
    spoilt = replace(panel, open=panel.open.copy(), volume=panel.volume.copy())
    spoilt.open[20:], spoilt.volume[20:] = -7.0, np.nan
    rows = 20 - labels(panel).span
    for made in (labels(spoilt), labels(panel.upto(panel.days[19].astype(object)))):
        for name in ("forward", "rank", "beats"):
            np.testing.assert_array_equal(getattr(made, name)[:rows], getattr(labels(panel), name)[:rows])
    assert np.isnan(labels(spoilt).rank[rows:20]).all()


def test_a_horizon_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="at least 1 session"):
        forward_returns(panel_of(), 0)


# -- the triple barrier -----------------------------------------------------------------------------


def barrier(high: list[float], low: list[float], close: list[float], side: int = 1, last: int = 5) -> Any:
    found = triple_barrier(
        np.array(high), np.array(low), np.array(close), np.array([0]), np.array([100.0]), np.array([1.0]),
        np.array([1.0]), np.array([side]), last,
    )  # fmt: skip
    return float(found.label[0]), int(found.row[0]), bool(found.doubtful[0])


def test_up_two_then_down_two_ends_at_the_target() -> None:
    assert barrier([102, 100], [100, 98], [102, 98]) == (1, 0, False)
    assert barrier([102, 100], [100, 98], [102, 98], side=-1) == (-1, 0, False)


def test_a_bar_that_touches_both_is_taken_for_the_stop_and_said_to_be_doubtful() -> None:
    assert barrier([101], [99], [100]) == (-1, 0, True)
    assert barrier([101], [99], [100], side=-1) == (-1, 0, True)


@pytest.mark.parametrize(("close", "label"), [(100.5, 1), (99.5, -1), (100.0, 0)])
def test_when_time_runs_out_the_sign_of_the_move_stays_and_nothing_stays_nothing(close: float, label: int) -> None:
    assert barrier([100.9] * 6, [99.1] * 6, [100.0, 100.0, close, 0, 0, 0], last=3) == (label, 2, False)


def test_a_trade_whose_prices_end_first_or_are_missing_is_unknown() -> None:
    assert np.isnan(barrier([100.5] * 2, [99.5] * 2, [100.0] * 2, last=3)[0])
    assert np.isnan(barrier([100.5, np.nan, 105], [99.5, np.nan, 99.5], [100.0] * 3, last=3)[0])
    with pytest.raises(BadInput, match="above 0"):
        barrier([1.0], [1.0], [1.0], last=0)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=12), st.booleans())
def test_barriers_end_where_a_plain_reading_of_the_bars_ends_them(
    bars: list[tuple[float, float, float]], short: bool
) -> None:
    close: NDArray[Any] = 100 + np.array([b[0] for b in bars])
    high, low = close + [b[1] for b in bars], close - [b[2] for b in bars]
    side, wanted = (-1 if short else 1), (np.nan, -1, False)
    for i in range(min(4, len(bars))):
        won = (high[i] - 100 if side > 0 else 100 - low[i]) >= 1.5
        lost = (100 - low[i] if side > 0 else high[i] - 100) >= 1.0
        if won or lost:
            wanted = (-1.0 if lost else 1.0, i, won and lost)
            break
        if i == 3:
            wanted = (float(np.sign((close[i] - 100) * side)), i, False)
    found = triple_barrier(
        high, low, close, np.array([0]), np.array([100.0]), np.array([1.5]), np.array([1.0]), np.array([side]), 4
    )
    np.testing.assert_equal((float(found.label[0]), int(found.row[0]), bool(found.doubtful[0])), wanted)
