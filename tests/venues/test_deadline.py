"""Deadlines are total: neither a thread that hangs nor a coroutine that will not be cancelled holds anybody up."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from cockpit.clock import TapeClock
from cockpit.errors import BadInput, DeadlinePassed
from cockpit.venues.breaker import Breaker
from cockpit.venues.deadline import in_thread, within


async def test_an_answer_in_time_is_the_answer_and_an_error_is_the_error() -> None:
    assert await in_thread(5, "yahoo", lambda: threading.current_thread().daemon) is True
    assert await within(5, "news", asyncio.sleep(0, "said")) == "said"

    def wrong() -> None:
        raise BadInput("no such name")

    with pytest.raises(BadInput, match="no such name"):
        await in_thread(5, "yahoo", wrong)


async def test_a_thread_that_hangs_is_abandoned_and_what_it_says_later_disturbs_nobody() -> None:
    hang, ended = threading.Event(), threading.Event()

    def stuck() -> str:
        hang.wait(60)
        ended.set()
        return "too late"

    with pytest.raises(DeadlinePassed, match=r"yahoo did not answer within 0\.05 s in all"):
        await in_thread(0.05, "yahoo", stuck)
    hang.set()
    assert await in_thread(5, "the end of it", lambda: ended.wait(5))
    await asyncio.sleep(0.02)


async def test_a_call_that_drips_never_outlives_its_total() -> None:
    stop = threading.Event()

    def drips() -> None:
        while not stop.is_set():  # each wait is short: a timeout a read would never fire
            time.sleep(0.01)

    with pytest.raises(DeadlinePassed):
        await in_thread(0.1, "drip", drips)
    stop.set()


async def test_a_coroutine_that_will_not_be_cancelled_is_left_behind() -> None:
    stop = asyncio.Event()

    async def stubborn() -> None:
        while not stop.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    with pytest.raises(DeadlinePassed):
        await within(0.05, "stubborn", stubborn())
    stop.set()
    await asyncio.sleep(0.05)


async def test_a_caller_who_is_cancelled_cancels_what_was_asked() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    task = asyncio.create_task(within(60, "work", work()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert seen == ["cancelled"]


def test_a_loop_that_ended_is_not_disturbed_by_a_late_answer() -> None:
    hang, ended = threading.Event(), threading.Event()

    def stuck() -> None:
        hang.wait(60)
        ended.set()

    with pytest.raises(DeadlinePassed):
        asyncio.run(in_thread(0.02, "yahoo", stuck))
    hang.set()
    assert ended.wait(5)


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_try_when_it_has_cooled() -> None:
    clock = TapeClock(0)
    breaker = Breaker(clock, failures=2, cool_s=30)
    breaker.failed("a")
    breaker.worked()
    breaker.failed("b")
    assert breaker.refusal() is None
    breaker.failed("c")
    assert breaker.refusal() == "left alone for 30 s more after 2 failures, the last: c"
    clock.advance(31 * 10**9)
    assert breaker.refusal() is None
    assert "being tried again" in str(breaker.refusal())
    breaker.failed("d")
    assert "left alone for 30 s" in str(breaker.refusal())
    clock.advance(62 * 10**9)
    assert breaker.refusal() is None
    breaker.let_go()
    assert breaker.refusal() is None
    breaker.worked()
    assert breaker.refusal() is None
    assert breaker.refusal() is None
