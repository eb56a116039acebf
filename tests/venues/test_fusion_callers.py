"""Many callers and slow sources: one fetch for all; what hangs or fails is left behind, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from cockpit.clock import TapeClock
from cockpit.errors import Abstained, TokenExpired
from cockpit.evidence import Evidence
from cockpit.venues.sources import PRICES
from tests.venues.scripted_source import NAMES, SESSION, ScriptedSource, bars, prices, table
from tests.venues.test_fusion import evening, fusion


async def test_a_source_that_hangs_is_abandoned_and_the_next_one_is_asked() -> None:
    hangs = prices("Kite", deadline_s=0.05, slow_s=3600)
    evidence = await evening(hangs, prices("Yahoo"))
    assert evidence.prices.origin.source == "Yahoo"
    assert "Kite (prices) did not answer within 0.05 s in all" in evidence.prices.origin.fallback


async def test_a_source_that_fails_again_and_again_is_left_alone_for_a_while_then_tried_once() -> None:
    clock = TapeClock(0)
    broken = ScriptedSource("Kite", {PRICES: lambda ask: TokenExpired("log in")})
    both = fusion(broken, prices("Yahoo"), clock=clock)

    async def ask() -> str:
        clock.advance(clock.now() + 10**9)
        return (await both.evidence(SESSION, NAMES[: 60 - len(broken.asked)])).prices.origin.fallback

    for _ in range(3):
        assert await ask() == "Kite: log in"
    clock.advance(clock.now() + 901 * 10**9)  # what is kept in memory is old by then, and so is the breaker's memory
    assert await ask() == "Kite: log in"
    clock.advance(clock.now() + 20 * 10**9)
    said = (await both.evidence(SESSION, NAMES[:40])).prices.origin.fallback
    assert said == "Kite: left alone for 40 s more after 4 failures, the last: log in"
    assert len(broken.asked) == 4


async def test_thirty_two_tasks_on_a_cold_start_are_one_fetch() -> None:
    source = ScriptedSource("Kite", {PRICES: bars, "deals": lambda ask: table("deals")}, slow_s=0.02)
    one = fusion(source)
    answers = await asyncio.gather(*(one.evidence(SESSION, NAMES) for _ in range(32)))
    assert sorted(what for what, _ in source.asked) == ["deals", PRICES]
    assert all(answer is answers[0] for answer in answers)
    assert await one.evidence(SESSION, NAMES) is answers[0]
    assert len(source.asked) == 2


def test_thirty_two_threads_on_a_cold_start_are_one_fetch() -> None:
    gate = threading.Barrier(32)
    source = prices(slow_s=0.3)
    one = fusion(source)
    answers: list[Evidence] = []

    def ask() -> None:
        gate.wait()
        answers.append(asyncio.run(one.evidence(SESSION, NAMES)))

    threads = [threading.Thread(target=ask) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 32
    assert len(source.asked) == 1
    assert all(not np.isnan(answer.prices.value.close).any() for answer in answers)


async def test_a_failure_reaches_every_waiting_caller_and_the_next_one_asks_again() -> None:
    answers: Sequence[Any] = [TokenExpired("log in"), None]
    source = ScriptedSource(
        "Kite", {PRICES: lambda ask: answers[0] if len(source.asked) == 1 else bars(ask)}, slow_s=0.01
    )
    one = fusion(source)
    told = await asyncio.gather(*(one.evidence(SESSION, NAMES) for _ in range(8)), return_exceptions=True)
    assert all(isinstance(fault, Abstained) for fault in told)
    assert len(source.asked) == 1
    assert (await one.evidence(SESSION, NAMES)).prices.origin.source == "Kite"


async def test_a_caller_who_leaves_does_not_end_the_fetch_for_the_others() -> None:
    source = prices(slow_s=0.05)
    one = fusion(source)
    leaves = asyncio.create_task(one.evidence(SESSION, NAMES))
    stays = asyncio.create_task(one.evidence(SESSION, NAMES))
    await asyncio.sleep(0.01)
    leaves.cancel()
    assert (await stays).prices.origin.source == "Kite"
    assert leaves.cancelled()
    assert len(source.asked) == 1
