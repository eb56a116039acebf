"""A killed practice day goes on as if nothing had happened, and its journal keeps every word it gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.kills import campaign


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_nothing_is_booked_twice_when_the_day_is_killed(tmp_path: Path) -> None:
    tally = campaign(kills=2, seed=8, root=tmp_path)
    assert tally.faults == []
    assert tally.kills >= 2
    assert tally.acknowledged > 50
