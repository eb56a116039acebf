"""A trading day begins with what the night published; where a night is missing factors stand in, and that is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from cockpit.facts import Incident, ScanPublished
from cockpit.judged_scan import NIGHTLY, published, scan_of_the_eve
from cockpit.nightly_run import Market, opened
from cockpit.opinions import Funnel, Scan
from cockpit.storage.home import Home
from tests.evening.made_market import evidence

EVE, OTHER = date(2026, 7, 30), date(2026, 7, 31)


def scan(session: date, source: str) -> Scan:
    return Scan(session, 1, source, (Funnel("universe", 3),), (), ())


@dataclass
class Opening:
    """A house in which a day begins: it keeps what it was told."""

    home: Home
    incidents: list[Incident] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)

    async def tell_incident(self, incident: Incident) -> None:
        self.incidents.append(incident)

    async def publish(self, scan: Scan, ts: int) -> None:
        self.scans.append(scan)


@pytest.fixture
async def opening(tmp_path: Path) -> Opening:
    home = Home.at(tmp_path)
    async with opened(Market("made", evidence()), home, lambda *_: None) as house:
        await house.ledger.write(ScanPublished(1, scan(EVE, "the night")))
    pointer = home.root / "shelf" / "made" / "model" / "technical" / "published"
    pointer.parent.mkdir(parents=True)
    pointer.write_text("0" * 64)
    return Opening(home)


async def begun(opening: Opening, market: str, evening: date) -> Scan:
    factors = scan(evening, "three factors")
    return await scan_of_the_eve(opening, market, evening, 5, lambda: factors)  # type: ignore[arg-type]


async def test_what_the_night_published_is_what_the_day_begins_with(opening: Opening) -> None:
    assert await begun(opening, "made", EVE) == scan(EVE, "the night")
    assert opening.scans == [scan(EVE, "the night")]
    assert opening.incidents == []


async def test_factors_stand_in_for_a_missing_night_and_it_is_told(opening: Opening) -> None:
    assert (await begun(opening, "made", OTHER)).source == "three factors"
    (told,) = opening.incidents
    assert f"did not judge the evening of {OTHER}" in told.what


async def test_where_no_brain_was_trained_factors_are_no_incident(opening: Opening) -> None:
    assert (await begun(opening, "elsewhere", EVE)).source == "three factors"
    assert opening.incidents == []
    assert await published(opening.home, "elsewhere", EVE) is None


async def test_asking_leaves_the_journal_of_the_night_free(opening: Opening) -> None:
    assert await published(opening.home, "made", EVE) is not None
    path = opening.home.ledger(f"{NIGHTLY}/made")
    assert path.exists()
    async with opened(Market("made", evidence()), opening.home, lambda *_: None) as house:
        await house.ledger.write(Incident(2, "a test", "written", "nothing"))
