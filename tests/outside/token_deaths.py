"""Kill the day's login again and again: what is asked with it afterwards, and how soon one new login brings all back.

`python -m tests.outside.token_deaths --deaths 20` is the long form; the test runs a short seeded one. The stream and
the order book are read by the doors that are used at the broker; the exchange counts what it had to refuse.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from cockpit.clock import NS, TapeClock, WallClock, monotonic_ns
from cockpit.errors import TokenExpired
from cockpit.facts import FeedMoved, FeedState
from cockpit.places import resources_folder
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.faults import Fault
from cockpit.simulator.history import HISTORY_FROM
from cockpit.simulator.kite_server import KiteServer
from cockpit.simulator.kite_session import PRACTICE_KEY, PRACTICE_SECRET
from cockpit.simulator.listings import load_listings
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.practice_day import PracticeDay
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.kite_feed import KiteFeed
from cockpit.venues.kite_rest import KiteRest

DAY: Final = date(2026, 11, 20)
SPEED: Final = 20.0
"""The exchange's day runs so many times as fast as ours; the drill's own seconds are real."""
LOOK_S: Final = 0.2
"""How often the order book is looked at, dead or alive: far more often than the cockpit does."""
PATIENCE_S: Final = 60.0
BACK_S: Final = 30.0
MOST_ASKED: Final = 2
"""Requests with a dead login after the first refusal."""


@dataclass(slots=True)
class Tally:
    """What the drill has seen."""

    deaths: int = 0
    asked_after: list[int] = field(default_factory=list)
    """Requests refused after the first 403 of each death."""
    ticks_s: list[float] = field(default_factory=list)
    orders_s: list[float] = field(default_factory=list)
    """Real seconds from one new login to the first tick and to the first order book."""
    asked_for_login: list[int] = field(default_factory=list)
    """How often each death was told as TOKEN_DEAD: a person is asked once."""
    faults: list[str] = field(default_factory=list)

    def judge(self) -> None:
        """Name every promise that was broken."""
        if (worst := max(self.asked_after, default=0)) > MOST_ASKED:
            self.faults.append(f"{worst} requests after the first 403, at most {MOST_ASKED} promised")
        for what, seconds in (("ticks", self.ticks_s), ("orders", self.orders_s)):
            if max(seconds, default=0.0) > BACK_S:
                self.faults.append(f"{what} back after {max(seconds):.1f} s, {BACK_S:g} s promised")
        if set(self.asked_for_login) - {1}:
            self.faults.append(f"told {self.asked_for_login} times that a login is needed, once each expected")


class Drill:
    """One exchange, one feed and one REST door, none of which is ever built anew."""

    def __init__(self, server: KiteServer, rest_root: str, ws_root: str) -> None:
        self.token: str | None = None
        self.refused = 0
        self.state = FeedState.CONNECTING
        self.n_dead = 0
        self.n_frames = self.n_books = 0
        self.rest_is_dead = False
        self._server = server
        self._moved = asyncio.Event()
        self.rest = KiteRest(PRACTICE_KEY, self._read_token, WallClock(), root=rest_root)
        self.feed = KiteFeed(PRACTICE_KEY, self._read_token, TapeClock(0), lambda ts: True, root=ws_root)
        self._count_refusals()

    def _read_token(self) -> str | None:
        return self.token

    def _count_refusals(self) -> None:
        honest = self._server.sessions.authorised

        def counted(api_key: str, access_token: str) -> bool:
            good = honest(api_key, access_token)
            self.refused += not good
            return good

        self._server.sessions.authorised = counted  # type: ignore[method-assign]
        self._server.stream._authorised = counted

    async def log_in(self) -> None:
        """Log in once, as a person would."""
        self.token = (await self.rest.login(self._server.sessions.request_token(), PRACTICE_SECRET)).text

    def kill(self) -> None:
        """Let the login die, as a login on another device would: the socket goes with it."""
        self._server.switch_faults([Fault("token_death"), Fault("drop_socket")])

    async def stream(self) -> None:
        """Take frames for as long as the day lasts."""
        async for frame in self.feed.stream():
            if isinstance(frame, FeedMoved):
                self.state = frame.state
                self.n_dead += frame.state is FeedState.TOKEN_DEAD
            else:
                self.n_frames += 1
            self._moved.set()

    async def look(self) -> None:
        """Read the order book again and again, dead or alive."""
        while True:
            try:
                await self.rest.orders()
                self.n_books, self.rest_is_dead = self.n_books + 1, False
            except TokenExpired:
                self.rest_is_dead = True
            self._moved.set()
            await asyncio.sleep(LOOK_S)

    async def until(self, holds: Callable[[], bool]) -> float:
        """Wait until something holds; answer how many seconds that took."""
        began = monotonic_ns()
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._moved.clear()
                await self._moved.wait()
        return (monotonic_ns() - began) / NS


async def died_once(drill: Drill, tally: Tally, alive_s: float, dead_s: float) -> None:
    """Let the login die after a while, stay dead for a while, log in once, and wait for ticks and orders."""
    await asyncio.sleep(alive_s)
    drill.refused = drill.n_dead = 0
    drill.kill()
    await drill.until(lambda: drill.state is FeedState.TOKEN_DEAD and drill.rest_is_dead)
    await asyncio.sleep(dead_s)
    tally.deaths += 1
    tally.asked_after.append(drill.refused - 1)
    tally.asked_for_login.append(drill.n_dead)
    await drill.log_in()
    frames, books = drill.n_frames, drill.n_books
    ticks, orders = await asyncio.gather(
        drill.until(lambda: drill.n_frames > frames), drill.until(lambda: drill.n_books > books)
    )
    tally.ticks_s.append(ticks)
    tally.orders_s.append(orders)


async def drilled(deaths: int, seed: int, resources: Path) -> Tally:
    """Run the drill and answer what was seen."""
    draw, tally = random.Random(seed), Tally()
    sessions = NseCalendar.load(resources).sessions(HISTORY_FROM, date(2026, 12, 31))
    market = PracticeMarket(seed, load_listings(resources / "universe.csv")[:40], sessions)
    day = PracticeDay(market, DAY)
    opens = next(s for s in sessions if s.day == DAY).opens
    server = KiteServer(day, DayClock(day.grid, SPEED, opens + 60 * NS))
    http, ws = await server.open()
    drill = Drill(server, f"http://127.0.0.1:{http}", f"ws://127.0.0.1:{ws}")
    await drill.log_in()
    await drill.feed.watch([i.token for i in market.listings[:10]])
    streaming, looking = asyncio.ensure_future(drill.stream()), asyncio.ensure_future(drill.look())
    try:
        await drill.until(lambda: drill.n_frames > 0 and drill.n_books > 0)
        for _ in range(deaths):
            await died_once(drill, tally, draw.uniform(0.0, 1.0), draw.uniform(0.5, 2.0))
    finally:
        await drill.feed.close()
        for task in (streaming, looking):
            task.cancel()
        await asyncio.wait([streaming, looking])
        await drill.rest.close()
        await server.close()
    tally.judge()
    return tally


def main() -> None:
    """Run the drill of the command line and say what it saw; exit 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.outside.token_deaths", description=__doc__)
    parser.add_argument("--deaths", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    wish = parser.parse_args()
    tally = asyncio.run(drilled(wish.deaths, wish.seed, resources_folder()))
    sys.stdout.write(
        f"{tally.deaths} token deaths, no restart\n"
        f"requests after the first 403: at most {max(tally.asked_after)} (promised {MOST_ASKED}), {tally.asked_after}\n"
        f"ticks back {max(tally.ticks_s):.2f} s after one login at worst, orders {max(tally.orders_s):.2f} s"
        f" (promised {BACK_S:g} s)\n"
    )
    for fault in tally.faults:
        sys.stdout.write(f"BROKEN: {fault}\n")
    sys.exit(1 if tally.faults else 0)


if __name__ == "__main__":
    main()
