"""The one thread that writes: callers await, it commits what has gathered as one transaction, then wakes them.

The first error that is not a caller's own fault is kept for good: whoever waits and whoever comes later gets it.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from cockpit.errors import BadInput, LedgerDown
from cockpit.storage.chain import Draft

WAITING: Final = 1_024
"""So many writes may wait; the next caller waits before it may queue."""
GROUP: Final = 256
"""At most so many writes share a commit."""
DEADLINE_S: Final = 15.0
"""A commit that takes longer is a disk that is gone."""

Unit: TypeAlias = tuple[Draft, ...]
"""What one caller wants durable together."""
Answer: TypeAlias = int | BadInput
"""What became of a unit: its last sequence number, or the caller's own fault."""
Commit: TypeAlias = Callable[[Sequence[Unit]], Sequence[Answer]]


@dataclass(frozen=True, slots=True)
class _Job:
    unit: Unit
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[int]

    def answer(self, result: Answer | LedgerDown) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(_settle, self.future, result)


class Writer:
    """Own the thread that makes units durable by `commit`, in the order they came."""

    def __init__(self, commit: Commit, end: Callable[[], None]) -> None:
        self._commit = commit
        self._end = end
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._places = asyncio.Semaphore(WAITING)
        self._fault: LedgerDown | None = None
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> LedgerDown | None:
        """Answer what stopped this writer for good, None while it works."""
        return self._fault

    async def put(self, unit: Unit) -> int:
        """Make a unit durable and answer its last sequence number.

        A caller that is cancelled while waiting does not take its unit back: it may or may not be durable.

        Errors: BadInput when the unit breaks a law of the journal; LedgerDown when it may not be durable.
        """
        async with self._places:
            if self._is_closed or self._fault:
                raise self._refusal()
            loop = asyncio.get_running_loop()
            future: asyncio.Future[int] = loop.create_future()
            self._jobs.put(_Job(unit, loop, future))
            try:
                async with asyncio.timeout(DEADLINE_S):
                    return await future
            except TimeoutError as late:
                self._fault = self._fault or LedgerDown(f"the ledger did not answer within {DEADLINE_S:.0f} s")
                raise self._refusal() from late

    async def close(self) -> None:
        """Write what is queued, then let the thread end."""
        if not self._is_closed:
            self._is_closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _refusal(self) -> LedgerDown:
        if self._fault is None:
            return LedgerDown("the ledger is closed; a fact was given after its end")
        # A fresh exception for each caller: raising one object twice would grow its traceback for ever.
        again = type(self._fault)(str(self._fault), remedy=self._fault.remedy)
        again.__cause__ = self._fault
        return again

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs = self._gathered()
            is_open = jobs[-1] is not None
            self._serve([job for job in jobs if job is not None])
        with contextlib.suppress(queue.Empty):
            while True:
                late = self._jobs.get_nowait()
                if late is not None:
                    late.answer(self._refusal())
        try:
            self._end()
        except Exception as fault:
            self._fault = self._fault or _down(fault)

    def _gathered(self) -> list[_Job | None]:
        jobs: list[_Job | None] = [self._jobs.get()]
        with contextlib.suppress(queue.Empty):
            while len(jobs) < GROUP and jobs[-1] is not None:
                jobs.append(self._jobs.get_nowait())
        return jobs

    def _serve(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        answers: Sequence[Answer | LedgerDown]
        if self._fault:
            answers = [self._refusal() for _ in jobs]
        else:
            try:
                answers = self._commit([job.unit for job in jobs])
            except Exception as fault:
                self._fault = _down(fault)
                answers = [self._refusal() for _ in jobs]
        for job, answer in zip(jobs, answers, strict=True):
            job.answer(answer)


def _down(fault: Exception) -> LedgerDown:
    if isinstance(fault, LedgerDown):
        return fault
    down = LedgerDown(f"the ledger's writer failed: {fault!r}")
    down.__cause__ = fault
    return down


def _settle(future: asyncio.Future[int], result: Answer | LedgerDown) -> None:
    if future.done():
        return
    if isinstance(result, int):
        future.set_result(result)
    else:
        future.set_exception(result)
