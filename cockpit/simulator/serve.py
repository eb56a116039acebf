"""Runs the practice exchange until its day is over or it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from cockpit.errors import BadInput
from cockpit.market import Session
from cockpit.paper.costs import ChargeTable
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.kite_server import KiteServer
from cockpit.simulator.kite_session import Credentials
from cockpit.simulator.listings import load_listings
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.practice_day import PracticeDay

DEFAULT_DAY: Final = date(2026, 11, 20)
DEFAULT_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the exchange is to be. Port 0 picks one; `speed` 0 is as fast as the client reads."""

    universe: Path
    sessions: Sequence[Session]
    """Every session of the calendar since `HISTORY_FROM`, the practised day among them."""
    cache: Path | None = None
    http: int = 0
    ws: int = 0
    seed: int = DEFAULT_SEED
    speed: float = 1.0
    hurry_until: int = 0
    """Instant (ns UTC) up to which a paced day goes as fast as the client reads, before the pace begins."""
    day: date = DEFAULT_DAY
    costs: ChargeTable | None = None
    credentials: Credentials = field(default_factory=Credentials)
    mocks: Path | None = None
    """A folder of the broker's sample answers: they are served word for word instead of a market. For tests."""
    linger: bool = True
    """Whether the doors stay open after the day is over, for those who still read."""


def built_server(options: ServeOptions) -> KiteServer:
    """Build the exchange of `options`; nothing listens yet.

    Errors: BadInput for a day that is no session or lies outside the calendar.
    """
    if options.day not in {s.day for s in options.sessions}:
        raise BadInput(
            f"{options.day} is no session of the exchange",
            remedy=f"Give --day with a session between {options.sessions[0].day} and {options.sessions[-1].day}.",
        )
    market = PracticeMarket(options.seed, load_listings(options.universe), options.sessions, options.cache)
    day = PracticeDay(market, options.day)
    return KiteServer(day, DayClock(day.grid, options.speed, options.hurry_until), options.costs, options.credentials)


async def serve(options: ServeOptions, ready: Callable[[Mapping[str, Any]], None]) -> None:
    """Open the doors, call `ready` with their ports and the day, and serve until cancelled (or over)."""
    if options.mocks is not None:
        from cockpit.simulator.kite_mocks import serve_mocks

        await serve_mocks(options.mocks, options.http, ready)
        return
    server = await asyncio.to_thread(built_server, options)
    http, ws = await server.open(options.http, options.ws)
    ready({"http": http, "ws": ws, "day": options.day.isoformat(), "seed": options.seed, "market": "PRACTICE"})
    try:
        await server.stream.over.wait()
        if options.linger:
            await asyncio.Event().wait()
    finally:
        await server.close()
