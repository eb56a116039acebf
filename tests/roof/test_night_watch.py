"""The window watches over the nights: work that is due runs in a process of its own, and a fault names the way out."""

from __future__ import annotations

import asyncio
from datetime import date
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest

from cockpit.bus import Bus
from cockpit.clock import WallClock, instant
from cockpit.engine.nightly import STEPS
from cockpit.facts import Incident, Progressed
from cockpit.night_watch import NightWatch, watch_over
from cockpit.places import resources_folder
from cockpit.storage.home import Home
from cockpit.storage.nights import NightFolder
from cockpit.venues.calendar import NseCalendar

FRIDAY = date(2026, 11, 20)
EVENING = instant(FRIDAY, clock_time(20, 30))


class Told:
    """What a bus told, and a flag that something was."""

    def __init__(self) -> None:
        self.facts: list[Any] = []
        self.some = asyncio.Event()
        self.bus = Bus(self._complain)
        for kind in (Incident, Progressed):
            self.bus.hear(kind, self._hear)

    def _hear(self, fact: Any) -> None:
        self.facts.append(fact)
        if isinstance(fact, Incident):
            self.some.set()

    def _complain(self, ear: Any, fault: Exception) -> None:
        raise fault


@pytest.fixture
def trained(tmp_path: Path) -> Home:
    home = Home.at(tmp_path)
    pointer = home.root / "shelf" / "nse" / "model" / "technical" / "published"
    pointer.parent.mkdir(parents=True)
    pointer.write_text("0" * 64)
    return home


async def test_work_that_fails_is_told_with_what_it_said_and_how_to_run_it(trained: Home) -> None:
    told = Told()
    watch = watch_over(trained.root, resources_folder(), WallClock(EVENING), told.bus)
    async with asyncio.timeout(120):
        await told.some.wait()
    watch.stop()
    (incident,) = [f for f in told.facts if isinstance(f, Incident)]
    assert "2026-11-20 ended with 1" in incident.what  # no login and no names in this folder: the command says so
    assert "never learned from Kite" in incident.what
    assert "cockpit nightly --nse" in incident.remedy


async def test_an_evening_that_is_done_is_left_alone(trained: Home) -> None:
    nights = NightFolder(trained.root / "nights" / "nse")
    for step in STEPS:
        nights.note(FRIDAY, step, "done")
    told = Told()
    watch = NightWatch(trained, NseCalendar.load(resources_folder()), WallClock(EVENING), told.bus)
    await watch.look()
    watch.stop()
    assert told.facts == []


async def test_without_a_trained_brain_it_says_so_once_and_waits(tmp_path: Path) -> None:
    told = Told()
    watch = watch_over(tmp_path, resources_folder(), WallClock(EVENING), told.bus)
    await asyncio.sleep(0.2)
    watch.stop()
    (incident,) = told.facts
    assert "cockpit train --nse" in incident.what


class Child:
    """A process that does at once what it was asked for, and keeps with what it was asked."""

    asked: tuple[str, ...] = ()
    returncode = 0

    def __init__(self, program: list[str], **_: Any) -> None:
        type(self).asked = tuple(program)

    def communicate(self, timeout: float) -> tuple[str, str]:
        return "done", ""

    def terminate(self) -> None:
        """Nothing is left to end."""


@pytest.mark.parametrize(
    ("said", "is_published", "begins"),
    [
        (None, False, FRIDAY),
        (date(2026, 11, 16), True, date(2026, 11, 16)),  # its lesson may be missing still
        (date(2026, 11, 16), False, date(2026, 11, 17)),
        (FRIDAY, False, FRIDAY),
    ],
)
async def test_evenings_that_were_slept_through_are_made_up_in_order(
    trained: Home, monkeypatch: pytest.MonkeyPatch, said: date | None, is_published: bool, begins: date
) -> None:
    nights = NightFolder(trained.root / "nights" / "nse")
    if said is not None:
        nights.keep_said(said, ())
        nights.note(said, "score", "done")
        if is_published:
            nights.note(said, "publish", "done")
    monkeypatch.setattr("cockpit.night_watch.subprocess.Popen", Child)
    watch = NightWatch(trained, NseCalendar.load(resources_folder()), WallClock(EVENING), Told().bus)
    await watch.look()
    watch.stop()
    asked = dict(zip(Child.asked, Child.asked[1:], strict=False))
    assert asked["--from"] == begins.isoformat()
    assert asked["--to"] == FRIDAY.isoformat()
    assert asked["--refit"] == "1"  # as the settings say


async def test_a_damaged_notebook_is_told_and_looked_at_again(trained: Home) -> None:
    folder = trained.root / "nights" / "nse" / FRIDAY.isoformat()
    folder.mkdir(parents=True)
    (folder / "steps.json").write_text("[[")
    told = Told()
    watch = NightWatch(trained, NseCalendar.load(resources_folder()), WallClock(EVENING), told.bus)
    await watch.look()
    watch.stop()
    (incident,) = told.facts
    assert "steps.json cannot be read" in incident.what
