"""A paper day through Kite's doors, the practice exchange standing in: it trades on paper and orders nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cockpit import paper_run
from cockpit.bus import Bus, Ear
from cockpit.clock import WallClock, instant
from cockpit.errors import BadInput, TokenExpired
from cockpit.facts import BarClosed, DayClosed, TicksSeen
from cockpit.house import House, Run
from cockpit.orders import Mode
from cockpit.paper_run import Doors, open_paper_through
from cockpit.simulator.day_clock import DOORS_OPEN
from cockpit.simulator.kite_session import PRACTICE_KEY, PRACTICE_SECRET
from cockpit.storage.home import Home
from cockpit.storage.ledger import SqlLedger
from cockpit.venues.kite_rest import KiteRest
from cockpit.venues.universe import load_universe
from cockpit.wish import Wish
from tests.simulator.conftest import DAY, Opened, Opener, charges, listings, market, opened, patience, sessions

__all__ = ["charges", "listings", "market", "opened", "sessions"]

SPEED = 1000.0
ORDER_CALLS = "cockpit.venues.kite_orders"


class FollowingClock(WallClock):
    """The wall clock of a machine that lives at the exchange: its instant is the exchange's own."""

    def __init__(self, exchange: Opened) -> None:
        super().__init__(instant(DAY, DOORS_OPEN), SPEED)
        self._exchange = exchange

    def now(self) -> int:
        return self._exchange.server.clock.now()


@dataclass(slots=True)
class Paper:
    """A house about to open its paper day, and the exchange behind it."""

    exchange: Opened
    house: House
    doors: Doors
    told: list[Any]

    async def open(self, day: date = DAY) -> Run:
        return await open_paper_through(self.house, self.doors, day)


@pytest.fixture
async def paper(opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Paper]:
    small = load_universe  # forty names, as the exchange lists: a hundred days of the whole universe take minutes
    monkeypatch.setattr(paper_run, "load_universe", lambda path: small(path)[:40])
    exchange = await opened()
    clock = FollowingClock(exchange)
    rest = KiteRest(PRACTICE_KEY, lambda: None, clock, root=exchange.root)
    token = (await rest.login(exchange.server.sessions.request_token(), PRACTICE_SECRET)).text
    await rest.close()
    told: list[Any] = []

    def complain(ear: Ear, fault: Exception) -> None:
        raise fault

    bus = Bus(complain)
    for kind in (TicksSeen, BarClosed, DayClosed):
        bus.hear(kind, told.append)
    async with AsyncExitStack() as stack:
        Home.at(tmp_path / "home").settings.write_text("[scan]\nwatch_low = 10\n")
        house = House(Wish(Mode.PAPER, DAY, home=tmp_path / "home"), bus, stack)
        doors = Doors(PRACTICE_KEY, lambda: token, clock, exchange.root, exchange.ws_root)
        yield Paper(exchange, house, doors, told)


@pytest.mark.slow
async def test_a_paper_day_opens_scans_streams_and_trades_and_the_broker_never_hears_of_an_order(paper: Paper) -> None:
    run = await paper.open()
    assert run.opened.mode is Mode.PAPER
    assert paper.house.books.scan is not None
    assert len(run.opened.symbols) == len(paper.house.books.scan.picks) > 10
    async with patience(200):
        await run.play()
    closed = [fact for fact in paper.told if isinstance(fact, DayClosed)]
    assert len(closed) == 1
    assert closed[0].ticks > 100_000
    assert closed[0].bars > 1_000
    assert len(paper.house.books.account.trades) >= 1
    assert paper.exchange.server.exchange.orders() == []
    assert paper.exchange.server.exchange._orders == {}  # not even one that cannot be seen yet
    await paper.house.ledger.close()
    ledger = SqlLedger.open(paper.house.home.ledger("paper"), read_only=True)
    assert ledger.verify()[0] == ledger.head[0] > 10
    copy = SqlLedger.open(paper.house.home.backups / f"paper-{DAY}.db", read_only=True)
    assert copy.head == ledger.head  # the closed day was backed up at once


async def test_a_dead_token_is_said_before_a_ledger_is_made(paper: Paper) -> None:
    paper.exchange.server.sessions.kill_token()
    with pytest.raises(TokenExpired):
        await paper.open()
    assert not paper.house.home.ledger("paper").exists()


async def test_a_day_without_a_session_names_the_next_one(paper: Paper) -> None:
    with pytest.raises(BadInput) as caught:
        await paper.open(date(2026, 11, 21))
    assert "2026-11-23" in caught.value.remedy


def run_python(code: str) -> str:
    """Run code in a process that has loaded nothing yet."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_paper_process_has_not_even_loaded_the_order_calls() -> None:
    loaded = "import sys, cockpit.cli, cockpit.headless, cockpit.app, cockpit.paper_run, cockpit.kite_login;"
    assert run_python(f"{loaded} print({ORDER_CALLS!r} in sys.modules)") == "False"
    assert run_python(f"{loaded} import {ORDER_CALLS}; print({ORDER_CALLS!r} in sys.modules)") == "True"


@pytest.mark.parametrize("more", [(), ("--headless",)])
def test_live_is_refused_with_the_graduation_sentence(tmp_path: Path, more: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "cockpit", "run", "--live", "--home", str(tmp_path / "home"), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "graduation certificate" in done.stderr
    assert "--paper" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "home").exists()
