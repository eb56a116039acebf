"""The runner: a window that paints first, an engine that comes after, and a close that leaves nothing running.

Qt and asyncio share one loop (qasync). The roof gives `make_running`; the runner shows its progress, its failure with
the remedy, or its day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import qasync

from cockpit.bus import Bus
from cockpit.ports import Desk, Reports
from cockpit.ui.board import Board
from cockpit.ui.bridge import Bridge
from cockpit.ui.crash import Nets
from cockpit.ui.shell import Shell
from cockpit.ui.signals import Signals
from cockpit.ui.start_cover import StartCover


@dataclass(frozen=True, slots=True)
class Running:
    """A day that is ready: what panels may read and tell, the day itself, and how to put it away."""

    desk: Desk
    reports: Reports
    run: Callable[[], Awaitable[None]]
    """Run the day to its end; cancelled when the window closes."""
    close: Callable[[], Awaitable[None]]
    """Give back everything that was opened; awaited exactly once, also after a failure of `run`."""


MakeRunning = Callable[[Bus], Awaitable[Running]]


def run_window(make_running: MakeRunning, shell: Shell) -> int:
    """Run the day in the shell's window, and answer the exit code once everything is put away."""
    loop = qasync.QEventLoop(shell.app)
    asyncio.set_event_loop(loop)
    session = Session(make_running, shell)
    session.nets.spread()
    loop.set_exception_handler(session.nets.caught_in_loop)
    try:
        with loop, Signals(shell.window.close):
            return int(loop.run_until_complete(session.live()))
    finally:
        session.nets.fold()


class Session:
    """One window's life: shell, day, close."""

    def __init__(self, make_running: MakeRunning, shell: Shell) -> None:
        self._make = make_running
        self.board, self.window = Board(), shell.window
        self.window.take_board(self.board)
        self.bus = Bus(lambda ear, fault: self.nets.note(f"watcher {ear!r}", fault))
        self.bridge = Bridge(self.bus, self.board, self.window)
        self.bridge.frame.connect(self.window.hear)
        self.nets = Nets(self._complain)
        self.cover = StartCover(self.window)
        self._closing = asyncio.Event()
        self._retry = asyncio.Event()
        self.window.closing.connect(self._closing.set)
        self.cover.retry_wanted.connect(self._retry.set)

    async def live(self) -> int:
        """Show the shell, make the day, run it, and wait for the window to be closed; answer the exit code."""
        self.window.show()
        await asyncio.sleep(0)  # one turn of the loop: the shell is on screen before anything heavy is imported
        code = 0
        try:
            while not self._closing.is_set():
                code = await self._attempt()
                if code == 0 or self._closing.is_set():
                    break
                await self._either(self._retry.wait(), self._closing.wait())
                self._retry.clear()
            await self._closing.wait()
        finally:
            self.bridge.close()
            await self.window.errands.finished()
            self.window.deleteLater()
        return code

    def _complain(self, where: str, fault: BaseException) -> None:
        if not self._closing.is_set():  # a window that is going has no place for toasts; the log has it all
            self.window.say("alarm", f"{where}: {fault!r}. The rest goes on; see the log.")

    async def _attempt(self) -> int:
        """Make one day and run it; answer 1 when it failed and its story is on screen."""
        self.cover.wait(self.board)
        making = asyncio.ensure_future(self._make(self.bus))
        running: Running | None = None
        try:
            await self._either(making, self._closing.wait())
            if self._closing.is_set():
                return 0
            running = making.result()
            for _ in self.window.furnishing(running.desk, running.reports):
                await asyncio.sleep(0)  # one panel for each turn of the loop: the window answers all the while
            self.cover.leave()
            day = asyncio.ensure_future(running.run())
            await self._either(day, self._closing.wait())
            if not day.done():
                await _ended(day)
            elif not day.cancelled():
                day.result()
        except Exception as fault:
            self.nets.note("day", fault)
            self.cover.fail(fault)
            return 1
        finally:
            await _ended(making)
            running = running if running is not None else _result(making)
            if running is not None:
                await running.close() if self._closing.is_set() else await self._keep_readable(running)
        return 0

    async def _keep_readable(self, running: Running) -> None:
        """Leave a finished day's books open until the window goes: its tables are still being read."""
        if not self.cover.is_failed:
            await self._closing.wait()
        await running.close()

    async def _either(self, *waits: Awaitable[object]) -> None:
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task, wait in zip(tasks, waits, strict=True):
            if task is not wait:  # only what was wrapped here is ended here; a day is ended by its owner
                await _ended(task)


async def _ended(task: asyncio.Future[object] | asyncio.Task[Running] | asyncio.Task[None]) -> None:
    """Cancel a task and wait until it is over; what it raised stays with the task."""
    if not task.done():
        task.cancel()
    await asyncio.wait([task])


def _result(making: asyncio.Future[Running]) -> Running | None:
    failed = making.cancelled() or making.exception() is not None
    return None if failed else making.result()
