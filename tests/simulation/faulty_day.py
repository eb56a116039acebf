"""A practice day on which things go wrong at named seconds: exchange and cockpit in one process, every door real."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cockpit import journal_log, practice_run
from cockpit.app import opened_run
from cockpit.bus import Bus
from cockpit.facts import JOURNAL, TicksQuarantined
from cockpit.house import Run
from cockpit.orders import Mode
from cockpit.places import resources_folder
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.kite_server import KiteServer
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.practice_day import PracticeDay
from cockpit.storage.home import Home
from cockpit.storage.ledger import SqlLedger
from cockpit.told import Level, Line, Teller
from cockpit.wish import Wish

DAY = date(2026, 11, 8)
"""The hour of Diwali: a whole session that is over in seconds."""
SEED = 7
LEAD_S = 900
"""Seconds of the tape before continuous trading."""

Bend = Callable[[bytes, deque[bytes]], list[bytes]]
"""What is sent instead of a frame, given the frames before it."""
Turn = Callable[[KiteServer], None]


@dataclass(slots=True)
class Met:
    """What a day left behind: on the bus, on the screen, in the log and in the ledger."""

    facts: list[Any] = field(default_factory=list)
    screen: list[Line] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    fault: Exception | None = None
    ledger: Path = Path()

    def of(self, kind: type) -> list[Any]:
        """Answer the facts of a kind that were told."""
        return [fact for fact in self.facts if type(fact) is kind]

    def kept(self) -> list[Any]:
        """Answer the facts of the journal, its chain proven on the way."""
        return [entry.fact for entry in SqlLedger.open(self.ledger, read_only=True).read()]

    def told(self, words: str) -> tuple[Line, dict[str, Any]]:
        """Answer what screen and log say that contains `words`; both must."""
        on_screen = [line for line in self.screen if words in line.words]
        in_log = [line for line in self.log if words in line["what"]]
        assert on_screen, f"{words!r} is not on screen: {[line.words for line in self.screen]}"
        assert in_log, f"{words!r} is not in the log: {[line['what'] for line in self.log]}"
        assert on_screen[0].remedy
        assert in_log[0]["remedy"] == on_screen[0].remedy
        return on_screen[0], in_log[0]


@dataclass(slots=True)
class Exchange:
    """The exchange in this process, in place of the child."""

    server: KiteServer
    http: str
    ws: str

    def request_token(self) -> str:
        """Log in as the practice trader."""
        return self.server.sessions.request_token()

    def stop(self) -> None:
        """Leave it to whoever opened it."""


def exchange_of(market: PracticeMarket, bends: Mapping[int, Bend], turns: Mapping[int, Turn]) -> KiteServer:
    """Build an exchange that bends frames and takes a turn at the seconds named."""
    practised = PracticeDay(market, DAY)
    server = KiteServer(practised, DayClock(practised.grid, 0.0))
    faults = server.faults
    plain_reach, plain_bent = faults.reach, faults.bent_frames
    before: deque[bytes] = deque(maxlen=30)

    def reach(second: int) -> None:
        plain_reach(second)
        if turn := turns.get(second):
            turn(server)

    def bent_frames(frame: bytes, second: int) -> list[bytes]:
        sent = plain_bent(frame, second)
        if sent and (bend := bends.get(second)):
            sent = bend(sent[0], before)
        if frame:
            before.append(frame)
        return sent

    faults.reach, faults.bent_frames = reach, bent_frames  # type: ignore[method-assign]
    return server


async def met_day(
    home: Path,
    market: PracticeMarket,
    *,
    bends: Mapping[int, Bend] | None = None,
    turns: Mapping[int, Turn] | None = None,
    prepare: Turn | None = None,
    play: Callable[[Run, Met], Awaitable[None]] | None = None,
) -> Met:
    """Play the day to its end (or as `play` says) and answer what was met."""
    met = Met()
    server = exchange_of(market, bends or {}, turns or {})
    http, ws = await server.open()
    if prepare is not None:
        prepare(server)
    exchange = Exchange(server, f"http://127.0.0.1:{http}", f"ws://127.0.0.1:{ws}")
    bus = Bus(_raise)
    for kind in (*JOURNAL, TicksQuarantined):
        bus.hear(kind, met.facts.append)
    Teller(met.screen.append, Level.WARNING).listen(bus)
    wish = Wish(Mode.PRACTICE, DAY, seed=SEED, home=home, out=home / "out")
    try:
        with (
            patch.object(practice_run.ExchangeProcess, "started", lambda *asked: exchange),
            patch.object(practice_run, "practice_market", lambda *asked: market),
        ):
            await _opened_and_played(wish, bus, met, play)
    finally:
        await server.close()
        journal_log.end()
    found = sorted(Home.at(home).ledger("practice/x").parent.glob("*.db"))
    met.ledger = found[-1] if found else Path()
    met.log = log_of(home)
    return met


async def _opened_and_played(
    wish: Wish, bus: Bus, met: Met, play: Callable[[Run, Met], Awaitable[None]] | None
) -> None:
    try:
        run = await opened_run(wish, bus)
    except Exception as fault:
        met.fault = fault
        return
    try:
        await (run.play() if play is None else play(run, met))
    except Exception as fault:
        met.fault = fault
    finally:
        await run.close()


def log_of(home: Path) -> list[dict[str, Any]]:
    """Answer the lines of a data folder's log."""
    text = (home / "logs" / "cockpit.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def small_market(home: Path) -> PracticeMarket:
    """Answer the practice market, its history kept below `home`."""
    return practice_run.practice_market(SEED, resources_folder(), Home.at(home))


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; the test's own time limit gives up."""
    while not holds():  # noqa: ASYNC110 - what is waited for has no event of its own
        await asyncio.sleep(0.02)


def _raise(ear: object, fault: Exception) -> None:
    raise fault
