"""A small practice market and its exchange for the tests: forty names, the whole calendar."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from cockpit.market import Session
from cockpit.paper.costs import ChargeTable
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.history import HISTORY_FROM
from cockpit.simulator.kite_server import KiteServer
from cockpit.simulator.kite_session import PRACTICE_KEY, PRACTICE_SECRET
from cockpit.simulator.listings import Listing, load_listings
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.practice_day import PracticeDay
from cockpit.venues.calendar import NseCalendar

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
DAY = date(2026, 11, 20)
SEED = 7


@pytest.fixture(scope="session")
def sessions() -> tuple[Session, ...]:
    return tuple(NseCalendar.load(RESOURCES).sessions(HISTORY_FROM, date(2026, 12, 31)))


@pytest.fixture(scope="session")
def listings() -> tuple[Listing, ...]:
    return load_listings(RESOURCES / "universe.csv")[:40]


@pytest.fixture(scope="session")
def market(listings: tuple[Listing, ...], sessions: tuple[Session, ...]) -> PracticeMarket:
    return PracticeMarket(SEED, listings, sessions)


@pytest.fixture(scope="session")
def charges() -> ChargeTable:
    return ChargeTable.load(RESOURCES / "charges.toml")


@dataclass(slots=True)
class Opened:
    """A server with its ports and a way to log in."""

    server: KiteServer
    http: int
    ws: int

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def ws_root(self) -> str:
        return f"ws://127.0.0.1:{self.ws}"

    async def at(self, second: int) -> None:
        """Move the day to a second of the tape without anybody subscribing."""
        for k in range(max(self.server.clock.second, -1) + 1, second + 1):
            self.server.clock.reach(k)
            await self.server.stream.tell_orders(self.server.exchange.reach(k))


def checksum(request_token: str) -> str:
    return hashlib.sha256(f"{PRACTICE_KEY}{request_token}{PRACTICE_SECRET}".encode()).hexdigest()


Opener = Callable[..., Awaitable[Opened]]


@pytest.fixture
async def opened(market: PracticeMarket, charges: ChargeTable) -> AsyncIterator[Opener]:
    servers: list[KiteServer] = []

    async def open_one(speed: float = 0.0, day: date = DAY, hurry_until: int = 0) -> Opened:
        practised = PracticeDay(market, day)
        server = KiteServer(practised, DayClock(practised.grid, speed, hurry_until), charges)
        servers.append(server)
        return Opened(server, *await server.open())

    yield open_one
    for server in servers:
        await server.close()


@asynccontextmanager
async def patience(seconds: float = 20.0) -> AsyncIterator[None]:
    """Give up on what never comes; nothing is asserted about how long it takes."""
    async with asyncio.timeout(seconds):
        yield


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that nobody announces; `patience` around it gives up."""
    while not holds():  # noqa: ASYNC110 the exchange's clock has no event for every second
        await asyncio.sleep(0.02)
