"""The supervisor: it alone starts tasks, and every fault that nobody caught comes to it and is told once, at once.

A task that somebody keeps and nobody awaits fails in silence in asyncio, and so does whatever a thread, a destructor or
a callback raises; here all of them end in one channel.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, TypeVar

T = TypeVar("T")
Work = Coroutine[Any, Any, Any] | Generator[Any, None, Any]
PATIENCE_S: Final = 0.25
"""A task that failed and that nobody has looked at for so long is told; its owner, if it has one, looks at once."""
BRIEF_S: Final = 5.0
TOLD: Final = "told by the supervisor"


@dataclass(frozen=True, slots=True)
class Death:
    """A fault that nobody caught: where, what, and whether money is on that path."""

    where: str
    fault: BaseException
    is_money: bool = False

    @property
    def words(self) -> str:
        """Say it in one line."""
        return f"{self.where} failed: {type(self.fault).__name__}: {self.fault}"


class Supervisor:
    """Own tasks and stand where faults go that nobody caught; `hear` is called on the loop's thread and never waits.

    The same fault is told once; one that comes back in other clothes, as in a paint, at its first, 10th, 100th time.
    """

    def __init__(self, hear: Callable[[Death], None]) -> None:
        self._hear = hear
        self._tasks: set[asyncio.Task[Any]] = set()
        self._brief: set[asyncio.Task[Any]] = set()
        self._unread: set[asyncio.Task[Any]] = set()
        self._times: dict[str, int] = {}
        self._hooks: _Hooks | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- tasks -----------------------------------------------------------------------------------------------------

    def start(
        self, work: Coroutine[Any, Any, T], name: str, *, is_money: bool = False, is_brief: bool = False
    ) -> asyncio.Task[T]:
        """Start `work` on the running loop; its fault is told the moment it ends, awaited or not.

        What is brief is waited for at the close; everything else is cancelled.
        """
        task = asyncio.get_running_loop().create_task(work, name=name)
        owned = self._brief if is_brief else self._tasks
        owned.add(task)

        def ended(task: asyncio.Task[T]) -> None:
            owned.discard(task)
            if not task.cancelled() and (fault := task.exception()) is not None:
                self.report(name, fault, is_money=is_money)

        task.add_done_callback(ended)
        return task

    async def end(self, *tasks: asyncio.Task[Any]) -> None:
        """Cancel tasks and wait until they are over; a fault of theirs was told when it happened."""
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def first(self, *tasks: asyncio.Task[Any]) -> None:
        """Wait until the first of `tasks` is over, and raise its fault if it had one; the others go on."""
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    @property
    def n_tasks(self) -> int:
        """Answer how many tasks it owns that are not over."""
        return len(self._tasks) + len(self._brief)

    async def close(self) -> None:
        """End every task it owns, tell what is still to be told, and give back the hooks."""
        await self.end(*self._tasks)
        if self._brief:
            await asyncio.wait(self._brief, timeout=BRIEF_S)
            await self.end(*self._brief)
        for task in tuple(self._unread):
            self._judge(task)
        if self._hooks is not None:
            self._hooks.fold()
            self._hooks = None

    # -- what nobody caught ----------------------------------------------------------------------------------------

    def watch_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stand, until `close`, where this process sends faults that nobody caught; who stood there hears them, too.

        Tasks that others start on `loop` are watched, too: one whose fault nobody looks at is told.
        """
        self._loop = loop
        self._hooks = _Hooks(self, loop)

    def report(self, where: str, fault: BaseException, *, is_money: bool = False) -> None:
        """Tell a fault; from any thread."""
        if isinstance(fault, KeyboardInterrupt | SystemExit) or TOLD in getattr(fault, "__notes__", ()):
            return
        fault.add_note(TOLD)
        key = f"{where} {fault!r}"[:200]
        times = self._times[key] = self._times.get(key, 0) + 1
        if str(times).strip("0") != "1":
            return
        death = Death(where, fault, is_money)
        if self._loop is None or self._loop.is_closed() or _is_running_here(self._loop):
            self._hear(death)
        else:
            self._loop.call_soon_threadsafe(self._hear, death)

    def made(self, loop: asyncio.AbstractEventLoop, work: Work, **more: Any) -> asyncio.Task[Any]:
        """Make a task for whoever asks the loop for one; the loop's task factory."""
        task = asyncio.Task(work, loop=loop, **more)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        # The private flag says whether anybody has asked for the fault; asking for it here would hide it from the rest.
        if not task.cancelled() and _is_unread(task):
            self._unread.add(task)
            task.get_loop().call_later(PATIENCE_S, self._judge, task)

    def _judge(self, task: asyncio.Task[Any]) -> None:
        if task in self._unread:
            self._unread.discard(task)
            if _is_unread(task) and (fault := task.exception()) is not None:
                self.report(f"task {task.get_name()}", fault)


def _is_unread(task: asyncio.Task[Any]) -> bool:
    return bool(getattr(task, "_log_traceback", False))


def _is_running_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


class _Hooks:
    """The places of this process where faults go, taken over and given back."""

    def __init__(self, supervisor: Supervisor, loop: asyncio.AbstractEventLoop) -> None:
        self._supervisor, self._loop = supervisor, loop
        self._former = sys.excepthook, threading.excepthook, sys.unraisablehook
        # Bound methods are made anew at each look; these are kept to be recognised again.
        self._mine = self._ended, self._thread_ended, self._unraisable
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._mine
        self._former_handler, self._former_factory = loop.get_exception_handler(), loop.get_task_factory()
        loop.set_exception_handler(self._in_loop)
        loop.set_task_factory(supervisor.made)

    def fold(self) -> None:
        """Give everything back, but for what somebody has taken over since."""
        if sys.excepthook is self._mine[0]:
            sys.excepthook = self._former[0]
        if threading.excepthook is self._mine[1]:
            threading.excepthook = self._former[1]
        if sys.unraisablehook is self._mine[2]:
            sys.unraisablehook = self._former[2]
        if not self._loop.is_closed():
            self._loop.set_exception_handler(self._former_handler)
            self._loop.set_task_factory(self._former_factory)

    def _ended(self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        self._supervisor.report("a callback", fault)
        self._former[0](kind, fault, trace)

    def _thread_ended(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            self._supervisor.report(f"thread {told.thread.name if told.thread else '(gone)'}", told.exc_value)
        self._former[1](told)

    def _unraisable(self, told: sys.UnraisableHookArgs) -> None:
        if told.exc_value is not None:
            self._supervisor.report(f"{told.err_msg or 'a destructor'} {told.object!r}"[:120], told.exc_value)
        self._former[2](told)

    def _in_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        fault = context.get("exception")
        self._supervisor.report("the loop", fault if fault is not None else RuntimeError(str(context.get("message"))))
        if self._former_handler is not None:
            self._former_handler(loop, context)
        else:
            loop.default_exception_handler(context)
