"""A paper day's ticks never come again, so they are kept; a practice day's can be made again from its seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit import journal_log
from cockpit.facts import DayClosed, DayOpened, Incident
from cockpit.house import Run
from cockpit.simulator.market import PracticeMarket
from cockpit.storage.home import Home
from cockpit.storage.recorder import TickStore
from tests.roof.test_paper_run import Paper, charges, listings, market, opened, paper, sessions
from tests.simulation.faulty_day import Met, met_day
from tests.simulator.conftest import DAY, patience

__all__ = ["charges", "listings", "market", "opened", "paper", "sessions"]


@pytest.mark.slow
async def test_a_paper_day_keeps_every_tick_it_decided_on(paper: Paper) -> None:
    lost: list[Incident] = []
    paper.house.bus.hear(Incident, lost.append)
    run = await paper.open()
    async with patience(200):
        await run.play()
    await paper.house.stack.aclose()
    journal_log.end()
    (closed,) = [fact for fact in paper.told if isinstance(fact, DayClosed)]
    store = TickStore(paper.house.home.ticks)
    n_kept = sum(len(frame) for frame in store.recorded(DAY))
    assert store.days() == (DAY,)
    # Flat out the disk may fall behind; a recorder that drops says so, and the day never waits for it.
    assert n_kept == closed.ticks or [fact.where for fact in lost] == ["recorder"] * len(lost) != []


async def test_a_practice_day_keeps_no_ticks(tmp_path: Path, market: PracticeMarket) -> None:
    Home.at(tmp_path).settings.write_text("[scan]\nwatch_low = 10\n")

    async def play(run: Run, met: Met) -> None:
        """Open and leave: a recorder makes its file when it is built."""

    met = await met_day(tmp_path, market, play=play)
    assert met.fault is None
    assert met.of(DayOpened)
    assert TickStore(tmp_path / "ticks").days() == ()


async def test_a_folder_of_ticks_that_cannot_be_used_is_an_incident_and_the_day_opens(paper: Paper) -> None:
    told: list[Incident] = []
    paper.house.bus.hear(Incident, told.append)
    folder = paper.house.home.ticks
    folder.rmdir()
    folder.write_text("no folder")
    run = await paper.open()
    await run.heard.write()
    (incident,) = told
    assert "ticks are not recorded" in incident.what
    assert incident.remedy.startswith("Mend the folder of ticks")
    await paper.house.stack.aclose()
    journal_log.end()
