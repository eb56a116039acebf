"""Total deadlines: whatever a vendor does, its caller gets an answer or a named failure in time.

What outlives its deadline is abandoned, not waited for: a thread that hangs in a vendor's library cannot be stopped,
and a coroutine that ignores its cancellation must not hold up whoever asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, InvalidStateError
from functools import partial
from typing import Any, TypeVar

from cockpit.errors import DeadlinePassed

T = TypeVar("T")
_abandoned: set[asyncio.Task[Any]] = set()
"""Tasks that outlived their deadline are held until they end, or the loop would forget them half-way."""


async def within(deadline_s: float, what: str, work: Coroutine[Any, Any, T]) -> T:
    """Answer what `work` answers within `deadline_s` in all.

    Errors: DeadlinePassed naming `what`; anything `work` raises.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=deadline_s)
    except asyncio.CancelledError:
        _abandon(task)
        raise
    if not done:
        _abandon(task)
        raise DeadlinePassed(f"{what} did not answer within {deadline_s:g} s in all and was abandoned")
    return task.result()


async def in_thread(deadline_s: float, what: str, call: Callable[[], T]) -> T:
    """Answer what the blocking `call` answers within `deadline_s` in all; its thread never holds up the program's end.

    Errors: DeadlinePassed naming `what`; anything `call` raises.
    """
    answer: Future[T] = Future()
    threading.Thread(target=_answered, args=(call, answer), name=f"abandonable {what}", daemon=True).start()
    return await within(deadline_s, what, _awaited(answer))


async def _awaited(answer: Future[T]) -> T:
    return await asyncio.wrap_future(answer)


def _answered(call: Callable[[], T], answer: Future[T]) -> None:
    try:
        value = call()
    except BaseException as fault:  # whatever it is, whoever waits must hear of it
        _settle(partial(answer.set_exception, fault))
    else:
        _settle(partial(answer.set_result, value))


def _settle(tell: Callable[[], None]) -> None:
    """Tell the answer, unless nobody waits any more: it was abandoned, or its loop has ended."""
    with contextlib.suppress(InvalidStateError, RuntimeError):
        tell()


def _abandon(task: asyncio.Task[Any]) -> None:
    _abandoned.add(task)
    task.add_done_callback(_forget)
    task.cancel()


def _forget(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # taken, so that the loop does not complain of what nobody waits for
