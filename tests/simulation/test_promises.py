"""The real core keeps its promises in hostile sessions, and bugs planted into it are caught.

The long forms: `cockpit promises --seeds 10000 --jobs 2`, and `python -m tests.simulation.mutants` for the bugs alone.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit.promises_page import PROMISES, Page, Planted, codes_of
from cockpit.promises_run import live_parts, planted, prove, tried
from cockpit.simulator.campaign import played
from cockpit.simulator.fault_plan import FaultPlan
from cockpit.simulator.invariants import Code
from cockpit.simulator.world import World
from tests.simulation.mutants import PLANTED

REGRESSIONS = sorted((Path(__file__).parent / "regressions").glob("*.json"))
QUICK_SEEDS = 25
"""A planted bug that takes longer to show is tried by the command alone."""
SLOW_TO_SHOW = frozenset({"no_dedup", "no_late_fills", "exit_beside_stop", "kill_on_paper", "no_pace"})


def test_the_real_core_keeps_every_promise() -> None:
    tally = played(range(110), live_parts())
    assert tally.failing == []
    assert tally.unequal == []
    assert tally.figures["orders"] > 110 * 8
    assert tally.figures["unknown"] > 110
    assert tally.figures["lives"] > 150
    assert tally.most_in_second > 4


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.stem)
def test_what_failed_once_holds_for_ever(path: Path) -> None:
    plan = FaultPlan.of_json(json.loads(path.read_text(encoding="utf-8"))["plan"])
    assert World(plan, live_parts()).play().breaches == ()


@pytest.mark.parametrize("bug", [b for b in PLANTED if b.name not in SLOW_TO_SHOW], ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted) -> None:
    assert tried(bug, QUICK_SEEDS).seed is not None


def test_planted_bugs_are_found_by_the_command_and_each_breaks_a_promise_of_the_page() -> None:
    assert planted() == PLANTED
    assert len({bug.name for bug in PLANTED}) == len(PLANTED) >= 12
    assert {bug.promise for bug in PLANTED} <= {promise.number for promise in PROMISES}


def test_every_code_belongs_to_a_promise_of_the_page() -> None:
    assert {code for promise in PROMISES for code in codes_of(promise.number)} == set(Code)


def test_the_page_says_the_same_to_a_person_and_to_a_script(tmp_path: Path) -> None:
    page = prove(0, 3, 1, tmp_path, tries_bugs=False, quiet=True)
    told = json.loads((tmp_path / "promises.json").read_text(encoding="utf-8"))
    assert (told["sessions"], told["bad"]) == (3, 0)
    assert [row["broken"] for row in told["promises"]] == [0] * len(PROMISES)
    assert all(promise.sentence in page.text for promise in PROMISES)
    assert "Not covered" in page.text


def test_a_page_with_a_broken_promise_an_empty_cell_or_a_free_bug_is_not_kept() -> None:
    tally = played(range(2), live_parts())
    page = Page("live", 0, tally, 1.0, (), ())
    assert page.empty
    assert not page.is_kept
