"""A night that stops says so in its own journal, and one bad evening does not take the later ones with it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cockpit import night_commands, nightly_run
from cockpit.brains.drift.ladder import Ladder, Rung
from cockpit.errors import Abstained, BadInput, WeightsUnavailable
from cockpit.evening.almanac import as_of
from cockpit.evening.vigil import Vigil, Watched
from cockpit.evidence import ACTION, Evidence, Origin, Sourced
from cockpit.facts import Incident, RegimeMoved, WeightsMoved
from cockpit.night_commands import Training, walked
from cockpit.nightly_run import Market, NightHouse, opened
from cockpit.storage.home import Home
from cockpit.venues.quality import gated
from tests.evening.made_market import LONG, MIDDLE, PLAN, SHORT, evidence, prices

TAUGHT = -40


@asynccontextmanager
async def house_at(root: Path, whole: Evidence | None = None) -> AsyncIterator[NightHouse]:
    async with opened(Market("made", whole or evidence()), Home.at(root), lambda *_: None) as house:
        yield house


@pytest.fixture(autouse=True)
def three_brains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly_run, "brains", lambda: (SHORT, MIDDLE, LONG))


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("taught")

    async def teach() -> None:
        async with house_at(root) as house:
            upto = house.market.sessions[TAUGHT]
            await asyncio.to_thread(lambda: list(house.train(upto, PLAN)))
            await asyncio.to_thread(house.begin_weights, upto, "a test", "a first evening made for a test")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nightly_run, "brains", lambda: (SHORT, MIDDLE, LONG))
        asyncio.run(teach())
    return root


@pytest.fixture
def root(taught: Path, tmp_path: Path) -> Path:
    shutil.copytree(taught, tmp_path / "home")
    return tmp_path / "home"


def incidents(house: NightHouse) -> list[Incident]:
    return [e.fact for e in house.ledger.read() if isinstance(e.fact, Incident)]


async def test_an_evening_that_stops_is_in_the_journal_once_with_its_reason(root: Path) -> None:
    async with house_at(root) as house:
        late = house.market.sessions[TAUGHT + 5]
        for _ in range(2):
            night, _work = await asyncio.to_thread(house.evening, late, PLAN, 0)
            assert night.stopped_at == "score"
        (told,) = incidents(house)
        assert told.where == "evening"
        assert f"the evening of {late} stopped at score" in told.what
        assert "5 sessions old" in told.what


async def test_an_evening_that_breaks_off_for_a_bug_is_in_the_journal_too(root: Path) -> None:
    async with house_at(root) as house:

        def broken(_: object) -> None:
            raise ZeroDivisionError("a bug of its own")

        house.track.marked = broken  # type: ignore[assignment, method-assign]
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(house.evening, house.market.sessions[TAUGHT + 1], PLAN, 0)
        assert any("broke off: ZeroDivisionError: a bug of its own" in told.what for told in incidents(house))


async def test_a_fact_the_journal_could_not_take_is_not_taken_for_known(root: Path) -> None:
    async with house_at(root) as house:
        fact, write = Incident(1, "a test", "something", "nothing"), house.ledger.write

        async def full(*facts: object) -> None:
            raise OSError("the disk is full")

        house.ledger.write = full  # type: ignore[assignment, method-assign]
        with pytest.raises(OSError, match="full"):
            await asyncio.to_thread(house.write, [fact])
        house.ledger.write = write  # type: ignore[method-assign]
        await asyncio.to_thread(house.write, [fact])
        assert incidents(house) == [fact]


async def test_a_cold_start_is_in_the_journal(root: Path) -> None:
    async with house_at(root) as house:
        (moved,) = [e.fact for e in house.ledger.read() if isinstance(e.fact, WeightsMoved)]
        assert moved.weights == house.weights.newest()


@dataclass(frozen=True)
class Made:
    """A market that is at hand already."""

    whole: Evidence
    market: str = "made"

    async def opened(self, session: date | None, home: Home) -> Market:
        return Market(self.market, self.whole)


def with_gaps(row: int) -> Evidence:
    """Answer evidence in which every fifth name has no bar on one day."""
    panel = prices()
    for grid in (panel.open, panel.high, panel.low, panel.close, panel.volume):
        grid[row, ::5] = np.nan
    return evidence(panel)


@pytest.mark.parametrize("at_the_end", [False, True])
async def test_an_evening_without_evidence_is_left_out_aloud_unless_it_is_the_last(
    root: Path, at_the_end: bool
) -> None:
    whole = with_gaps(TAUGHT + 2)
    days = whole.prices.value.days.astype(object)
    first, bad, last = days[TAUGHT + 1], days[TAUGHT + 2], days[TAUGHT + 3]
    walk = walked(Made(whole), root, first, bad if at_the_end else last, 0, Training())  # type: ignore[arg-type]
    if at_the_end:
        with pytest.raises(Abstained, match=f"{bad} stopped at refresh"):
            await walk
    else:
        shown = await walk
        assert "nothing has come true yet" in shown.text
        assert f"{bad} stopped at refresh" in shown.text
    async with house_at(root, whole) as house:
        assert any(f"{bad} stopped at refresh" in told.what for told in incidents(house))
        assert ("report" in house.nights.done(last)) is not at_the_end


async def test_a_scorecard_for_scripts_has_no_number_that_json_does_not_know(root: Path) -> None:
    import json

    whole = evidence()
    days = whole.prices.value.days.astype(object)
    shown = await walked(Made(whole), root, days[TAUGHT + 1], days[TAUGHT + 8], 0, Training())  # type: ignore[arg-type]
    assert {s["voice"] for s in shown.as_json["standings"]} >= {"ensemble", night_commands.UNIFORM}
    json.dumps(shown.as_json, allow_nan=False)


async def test_aged_weights_may_be_used_again_once_somebody_signed_for_them(root: Path) -> None:
    async with house_at(root) as house:
        late = house.market.sessions[TAUGHT + 8]
        night, _ = await asyncio.to_thread(house.evening, late, PLAN, 0)
        assert isinstance(night.fault, WeightsUnavailable)
        with pytest.raises(BadInput, match="10 characters"):
            await asyncio.to_thread(house.release_weights, late, "a trader", "ok")
        before = house.market.sessions[TAUGHT + 7]
        await asyncio.to_thread(
            house.release_weights, before, "a trader", "a week without power, the brains are the same"
        )
        night, _ = await asyncio.to_thread(house.evening, late, PLAN, 0)
        assert night.is_whole, night.fault
        signed = [e.fact.weights for e in house.ledger.read() if isinstance(e.fact, WeightsMoved)]
        assert any(w.by == "a trader" and "without power" in w.note for w in signed)


async def test_a_silenced_brain_speaks_again_once_somebody_signed_for_it(root: Path) -> None:
    async with house_at(root) as house:
        session = house.market.sessions[TAUGHT]
        calm = house.vigils.read(house.names)
        killed = {**calm.watched, "long": Watched(Ladder("long", Rung.KILL))}
        house.vigils.write(Vigil(killed), session)
        assert "long" in house.vigils.read(house.names).muted
        with pytest.raises(BadInput, match="one of short, middle, long"):
            await asyncio.to_thread(house.release_brain, "nobody", session, "a trader", "looked at it for an hour")
        await asyncio.to_thread(house.release_brain, "long", session, "a trader", "its feed was down, and is back")
        assert house.vigils.read(house.names).muted == {}
        said = [e.fact for e in house.ledger.read() if isinstance(e.fact, Incident)]
        assert any("released by a trader: its feed was down" in fact.what for fact in said)


async def test_exposure_falls_fast_and_rises_slowly_from_what_was_published_before(root: Path) -> None:
    async with house_at(root) as house:
        for session in house.market.sessions[TAUGHT + 1 :][:6]:
            night, _ = await asyncio.to_thread(house.evening, session, PLAN, 0)
            assert night.is_whole, night.fault
        told = [e.fact.exposure for e in house.ledger.read() if isinstance(e.fact, RegimeMoved)]
        moves = np.diff(told)
        assert len(told) == 6
        assert moves.max() <= 0.10 + 1e-12
        assert moves.min() >= -0.25 - 1e-12


async def test_an_evening_sees_prices_as_they_stood_and_not_as_later_splits_divide_them(root: Path) -> None:
    panel = prices()
    split = panel.close.shape[0] - 5
    for grid in (panel.open, panel.high, panel.low, panel.close):
        grid[split:, 0] /= 10
    action = np.zeros(1, ACTION)
    action["token"], action["shares"] = panel.instruments[0].token, 10.0
    action["ex_day"], action["visible"] = panel.days[split], as_of(panel.days[split].astype(object))
    raw = evidence(panel)
    raw = replace(raw, actions=Sourced(action, Origin("made", raw.as_of, raw.as_of)))
    async with opened(Market("made", gated(raw), raw), Home.at(root), lambda *_: None) as house:
        before = house.market.sessions[split - 3]
        _, work = await asyncio.to_thread(house.until, before, "gate")
        assert work.evidence.prices.value.close[-1, 0] == pytest.approx(panel.close[split - 3, 0])
        assert house.almanac.prices.close[split - 3, 0] == pytest.approx(panel.close[split - 3, 0] / 10)
