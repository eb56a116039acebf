"""Reversal on the recorded days agrees with a measurement made elsewhere by other means."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.brains.record.reversal_record import ReversalRecord, reversal_record
from cockpit.venues.recorded_evidence import recorded_evidence

CLOSE_ENOUGH = 0.002


@pytest.fixture(scope="module")
def record(market_data: Path) -> ReversalRecord:
    return reversal_record(recorded_evidence(market_data).prices.value)


@pytest.mark.parametrize(
    ("window", "ic"),
    [
        ("open t+1 to open t+6", 0.037),
        ("close t+1 to close t+6", 0.029),
        ("open t+2 to open t+7", 0.026),
        ("open t+1 to open t+22", 0.011),
    ],
)
def test_the_mean_daily_rank_ic_of_each_window_agrees(record: ReversalRecord, window: str, ic: float) -> None:
    (row,) = (row for row in record.rows if row.window.name == window)
    assert row.ic.mean == pytest.approx(ic, abs=CLOSE_ENOUGH)


def test_days_and_the_t_of_the_five_phases_agree(record: ReversalRecord) -> None:
    first = record.rows[0]
    # The other measurement kept four thin Saturdays, each of which costs it the twenty days after: 3,528 days.
    assert 3_528 <= first.ic.n <= 3_528 + 4 * 21
    assert min(first.phases) >= 6.5
    assert max(first.phases) <= 9.1


def test_the_signal_is_real_and_does_not_pay_for_a_delivery_round_trip(record: ReversalRecord) -> None:
    first = record.rows[0]
    assert 0.15 < record.of_the_open / first.ic.mean < 0.30
    assert first.gross > 0
    assert all(row.net < 0 for row in record.rows)
