"""Raised in any of fourteen places, under the loop that the window runs on, a fault is told; none dies quietly."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

from cockpit.bus import Bus
from tests.ui.fault_places import PLACES, Boom, bang


@cache
def told() -> dict[str, str]:
    """Try all places, once for the whole file."""
    child = [sys.executable, "-m", "tests.ui.fault_places"]
    answer = subprocess.run(child, capture_output=True, text=True, timeout=240, check=True)
    said: dict[str, str] = json.loads(answer.stdout)
    return said


def test_there_are_fourteen_places() -> None:
    assert len({place.__name__ for place in PLACES}) == 14


@pytest.mark.parametrize("place", [place.__name__ for place in PLACES])
def test_a_fault_raised_anywhere_is_told(place: str) -> None:
    assert "bang" in told()[place]


def test_a_watcher_on_the_bus_complains_to_whoever_made_the_bus() -> None:
    complaints: list[Exception] = []
    bus = Bus(lambda ear, fault: complaints.append(fault))
    bus.hear(int, bang)
    bus.tell(1)
    assert [type(fault) for fault in complaints] == [Boom]
