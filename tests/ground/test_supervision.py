"""Whoever starts a task through the supervisor hears of its end; whoever starts one elsewhere is watched over."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncIterator

import pytest

from cockpit.supervision import Death, Supervisor


class Boom(Exception):
    """What is raised in these tests, and nowhere else."""


async def boom() -> None:
    raise Boom("bang")


async def lasting() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def told() -> list[Death]:
    return []


@pytest.fixture
async def watching(told: list[Death]) -> AsyncIterator[Supervisor]:
    """Watch over the running loop, its own complaints kept out of the test's output."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)
    supervisor = Supervisor(told.append)
    supervisor.watch_over(loop)
    yield supervisor
    await supervisor.close()
    loop.set_exception_handler(None)


async def heard(supervisor: Supervisor, told: list[Death]) -> Death:
    """Wait until something is told; a test that hangs here has found a silence."""
    if not told:
        spoken = asyncio.Event()
        supervisor._hear = lambda death: (told.append(death), spoken.set())  # type: ignore[assignment, func-returns-value]
        await asyncio.wait_for(spoken.wait(), 10)
    return told[0]


async def test_a_task_it_started_is_told_at_its_end_though_its_owner_keeps_it_and_never_looks(
    watching: Supervisor, told: list[Death]
) -> None:
    kept = watching.start(boom(), "the flow", is_money=True)
    await asyncio.wait([kept])
    await asyncio.sleep(0)
    assert [(d.where, d.is_money, type(d.fault)) for d in told] == [("the flow", True, Boom)]
    assert told[0].words == "the flow failed: Boom: bang"


async def test_a_task_that_somebody_else_started_and_keeps_is_told_when_nobody_looks(
    watching: Supervisor, told: list[Death]
) -> None:
    kept = asyncio.get_running_loop().create_task(boom(), name="forgotten")
    assert (await heard(watching, told)).where == "task forgotten"
    assert kept.done()


async def test_a_fault_that_its_awaiter_caught_is_nobody_elses_business(
    watching: Supervisor, told: list[Death]
) -> None:
    with contextlib.suppress(Boom):
        await asyncio.get_running_loop().create_task(boom())
    with contextlib.suppress(Boom):
        await asyncio.gather(boom(), lasting_no_more())
    await watching.close()
    assert told == []


async def lasting_no_more() -> None:
    await asyncio.sleep(0)


async def test_a_cancelled_task_did_not_die(watching: Supervisor, told: list[Death]) -> None:
    task = watching.start(lasting(), "a watch")
    await asyncio.sleep(0)
    await watching.end(task)
    assert (task.cancelled(), told, watching.n_tasks) == (True, [], 0)


async def test_one_fault_is_told_once_by_whichever_way_it_comes(watching: Supervisor, told: list[Death]) -> None:
    task = watching.start(boom(), "the beat")
    with contextlib.suppress(Boom):
        await watching.first(task)
    watching.report("again", told[0].fault)
    assert len(told) == 1


async def test_a_storm_of_one_fault_is_told_at_its_powers_of_ten(watching: Supervisor, told: list[Death]) -> None:
    for _ in range(1000):
        watching.report("paint", Boom("bang"))
    assert len(told) == 4


async def test_the_first_to_end_ends_the_wait_and_its_fault_is_raised(watching: Supervisor) -> None:
    other = watching.start(lasting(), "other")
    with pytest.raises(Boom):
        await watching.first(other, watching.start(boom(), "first"))
    assert not other.done()


async def test_at_the_close_what_lasts_is_cancelled_and_what_is_brief_is_waited_for(watching: Supervisor) -> None:
    done: list[str] = []

    async def brief() -> None:
        await asyncio.sleep(0.02)
        done.append("written")

    lasts = watching.start(lasting(), "lasts")
    watching.start(brief(), "brief", is_brief=True)
    await watching.close()
    assert (lasts.cancelled(), done, watching.n_tasks) == (True, ["written"], 0)


async def test_a_task_that_failed_just_before_the_close_is_told_at_the_close(
    watching: Supervisor, told: list[Death]
) -> None:
    kept = asyncio.get_running_loop().create_task(boom())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await watching.close()
    assert kept.done()
    assert len(told) == 1


async def test_a_thread_is_told_on_the_loops_own_thread(watching: Supervisor) -> None:
    where, spoken = list[threading.Thread](), asyncio.Event()

    def hear(death: Death) -> None:
        where.append(threading.current_thread())
        spoken.set()

    watching._hear = hear
    await asyncio.to_thread(watching.report, "a thread", Boom("bang"))
    await asyncio.wait_for(spoken.wait(), 10)
    assert where == [threading.current_thread()]


async def test_the_hooks_are_given_back_at_the_close() -> None:
    loop = asyncio.get_running_loop()
    before = sys.excepthook, threading.excepthook, sys.unraisablehook, loop.get_exception_handler()
    supervisor = Supervisor(lambda death: None)
    supervisor.watch_over(loop)
    assert sys.excepthook is not before[0]
    await supervisor.close()
    after = sys.excepthook, threading.excepthook, sys.unraisablehook, loop.get_exception_handler()
    assert after == before
    assert loop.get_task_factory() is None
