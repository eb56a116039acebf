"""A paced practice day that starts again goes quickly to where it had come, and only then at its pace."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import date
from datetime import time as clock_time
from pathlib import Path

import pytest

from cockpit.app import opened_run
from cockpit.bus import Bus, Ear
from cockpit.clock import NS, instant
from cockpit.facts import AccountMarked
from cockpit.orders import Mode
from cockpit.storage.codec import instant_of
from cockpit.storage.home import Home
from cockpit.storage.ledger import SqlLedger
from cockpit.wish import Wish
from tests.simulator.conftest import Opened, Opener, charges, listings, market, opened, patience, sessions
from tests.simulator.test_stream import logged_in, socket, subscribe

__all__ = ["charges", "listings", "market", "opened", "sessions"]

DAY = date(2026, 11, 20)
NOON = 10_000
"""A second of the tape."""


async def frames_until(exchange: Opened, second: int) -> list[bytes]:
    """Read three names' frames until the exchange has come to a second of its tape."""
    token = await logged_in(exchange)
    got: list[bytes] = []
    async with patience(60), socket(exchange, token) as ws:
        await subscribe(ws, exchange.server.day.market.tokens[:3])
        while exchange.server.clock.second < second:
            message = await ws.recv()
            if isinstance(message, bytes) and len(message) > 1:
                got.append(message)
    return got


async def test_a_paced_day_hurries_to_the_instant_it_was_told_and_sends_the_very_bytes_of_a_fast_one(
    opened: Opener,
) -> None:
    # At its own pace the second would come after 2 hours and 45 minutes; the test's patience is a minute.
    fast = await opened()
    start = fast.server.day.grid.start
    hurried = await frames_until(await opened(speed=1.0, hurry_until=start + NOON * NS), NOON + 1)
    whole = await frames_until(fast, NOON + 1)
    n = min(len(hurried), len(whole))
    assert n > 1_000
    assert hashlib.sha256(b"".join(hurried[:n])).digest() == hashlib.sha256(b"".join(whole[:n])).digest()


async def test_behind_that_instant_the_day_keeps_its_pace(opened: Opener) -> None:
    exchange = await opened(speed=1.0)
    start = exchange.server.day.grid.start
    paced = await opened(speed=1.0, hurry_until=start + NOON * NS)
    for clock, second, hurries in (
        (paced.server.clock, NOON - 1, True),
        (paced.server.clock, NOON, False),
        (exchange.server.clock, 0, False),
    ):
        clock.reach(second)
        assert clock.is_fast is hurries


async def played_until(home: Path, ts: int, speed: float) -> list[int]:
    """Play a practice day until the account was marked at or after `ts`, and drop it there; answer all the marks."""
    marks: list[int] = []
    there = asyncio.Event()

    def complain(ear: Ear, fault: Exception) -> None:
        raise fault

    def watch(fact: AccountMarked) -> None:
        marks.append(fact.ts)
        if fact.ts >= ts:
            there.set()

    bus = Bus(complain)
    bus.hear(AccountMarked, watch)
    run = await opened_run(Wish(Mode.PRACTICE, DAY, home=home, speed=speed), bus)
    playing = asyncio.create_task(run.play())
    try:
        async with patience(200):
            await there.wait()
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await run.close()
    return marks


@pytest.mark.slow
async def test_a_practice_day_at_real_time_that_died_at_noon_is_back_at_noon_and_not_at_nine(tmp_path: Path) -> None:
    noon = instant(DAY, clock_time(11, 42))
    await played_until(tmp_path, noon, speed=0.0)
    path = Home.at(tmp_path).ledger(f"practice/{DAY}-seed7-run1")
    reached = max(instant_of(entry.fact) for entry in SqlLedger.open(path, read_only=True).read())
    assert reached > instant(DAY, clock_time(9, 30))
    marks = await played_until(tmp_path, reached + 2 * NS, speed=1.0)
    assert min(marks) >= reached
