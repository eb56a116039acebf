"""The compiled matching against its readable twin: the same random day, the same reports, to the last field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, find, given, settings

from cockpit.paper import matching_twin
from cockpit.paper.bar_matching import look_bars
from cockpit.paper.matching import look_ticks
from cockpit.paper.terms import FillRules
from tests.paper.floor_plan import Hall, made_day
from tests.paper.scripts import SCRIPTS, Performance

COMPILED = (look_ticks, look_bars)
PLAIN = (matching_twin.look_ticks, matching_twin.look_bars)
HALF = FillRules(participation=0.5, escalate_ns=2_000_000_000)


def played(script: list[Any], looks: Any, *, bars: bool, lot: int = 1) -> list[Any]:
    hall = Hall(made_day(sigma=0.02, adv=50_000.0, lot=lot, band=(50_00.0, 700_00.0)), HALF, looks=looks)
    Performance(hall, bars=bars).play(script)
    return hall.told


@pytest.mark.parametrize("bars", [False, True], ids=["ticks", "bars"])
@given(script=SCRIPTS)
def test_compiled_and_plain_matching_report_the_same_day(bars: bool, script: list[Any]) -> None:
    assert played(script, COMPILED, bars=bars) == played(script, PLAIN, bars=bars)


@given(script=SCRIPTS)
def test_they_agree_in_lots_too(script: list[Any]) -> None:
    assert played(script, COMPILED, bars=False, lot=7) == played(script, PLAIN, bars=False, lot=7)


@pytest.mark.parametrize("wanted", ["gap", "partial", "ambiguous"])
def test_random_days_reach_every_kind_of_fill(wanted: str) -> None:
    """A comparison of empty reports would prove nothing."""
    bars = wanted == "ambiguous"

    def is_reached(script: list[Any]) -> bool:
        return any(wanted in getattr(report, "flags", ()) for report in played(script, COMPILED, bars=bars))

    find(SCRIPTS, is_reached, settings=settings(max_examples=1500, phases=[Phase.generate]))
