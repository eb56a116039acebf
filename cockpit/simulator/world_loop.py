"""A loop on simulated time: what is ready runs first, then time jumps to the next thing due; nothing ever waits.

One heap holds the world's events and the sleeps of the code under test, ties broken by the order of asking, so one
seed gives one history. Every step of a task is counted, which is what lets a crash fall between any two awaits.
"""

from __future__ import annotations

import asyncio
import heapq
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any, Final, cast

from cockpit.clock import NS

NEVER: Final = 1 << 62
"""A step or an instant that does not come."""


class Call:
    """One callback that is due; it may be taken back until it runs."""

    __slots__ = ("args", "callback", "context", "is_cancelled")

    def __init__(self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context) -> None:
        self.callback = callback
        self.args = args
        self.context = context
        self.is_cancelled = False

    def cancel(self) -> None:
        """Take it back."""
        self.is_cancelled = True

    def cancelled(self) -> bool:
        """Tell whether it was taken back."""
        return self.is_cancelled


class VirtualLoop:
    """Run tasks and events from `start_ns` on; `complain` hears of exceptions that nobody took.

    It has what tasks, futures, locks and time-outs ask of a loop, and nothing of the machine: no sockets, no threads.
    """

    def __init__(self, start_ns: int, complain: Callable[[BaseException | None, str], None]) -> None:
        self._start = start_ns
        self._complain = complain
        self._ready: deque[Call] = deque()
        self._heap: list[tuple[int, int, Any, Any]] = []
        self._asked = 0
        self._is_running = False
        self.now = start_ns
        """The simulated instant, ns UTC."""
        self.steps = 0
        """How many steps of tasks have run."""
        self.stop_at = NEVER
        """The step before which `on_stop` is called, once."""
        self.on_stop: Callable[[], None] = _nothing

    # -- what the world asks -----------------------------------------------------------------------

    def at(self, ts: int, event: Callable[..., None], *args: Any) -> None:
        """Let `event` happen at an instant (ns UTC), or now if that is past."""
        self._asked += 1
        heapq.heappush(self._heap, (max(ts, self.now), self._asked, event, args))

    def run_until(self, ts: int) -> None:
        """Run everything that is due up to `ts` and stand there."""
        before = events._get_running_loop()
        events._set_running_loop(self._as_loop)
        self._is_running = True
        try:
            self._run(ts)
        finally:
            self._is_running = False
            events._set_running_loop(before)

    def forget(self) -> None:
        """Drop every step and sleep of tasks, as a crash does; the world's own events go on."""
        # The oldest name first: the set of tasks has no order of its own. Nothing that a task says when it is thrown
        # away may reach the next life, so its steps are dropped afterwards.
        for task in sorted(
            asyncio.all_tasks(self._as_loop), key=lambda task: int(task.get_name().removeprefix("Task-"))
        ):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            cast("Coroutine[Any, Any, Any]", task.get_coro()).close()
        self._ready.clear()
        self._heap = [entry for entry in self._heap if entry[3] is not None]
        heapq.heapify(self._heap)

    @property
    def _as_loop(self) -> asyncio.AbstractEventLoop:
        return cast("asyncio.AbstractEventLoop", self)

    def _run(self, upto: int) -> None:
        ready, heap = self._ready, self._heap
        while True:
            while ready:
                call = ready.popleft()
                if not call.is_cancelled:
                    self.steps += 1
                    if self.steps >= self.stop_at:
                        self.stop_at = NEVER
                        self.on_stop()
                        heap = self._heap
                        continue
                    call.context.run(call.callback, *call.args)
                    heap = self._heap
            if not heap or heap[0][0] > upto:
                break
            self.now, _, due, args = heapq.heappop(heap)
            if args is None:
                ready.append(due)
            else:
                due(*args)
                heap = self._heap
        self.now = max(self.now, upto)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task; whoever starts one asks it how it ended."""
        return asyncio.Task(work, loop=self._as_loop)

    # -- what tasks ask ----------------------------------------------------------------------------

    def time(self) -> float:
        """Answer simulated seconds since the start."""
        return (self.now - self._start) / NS

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        """Let `callback` run after what is ready now."""
        call = Call(callback, args, context or copy_context())
        self._ready.append(call)
        return call

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        """Let `callback` run `delay` simulated seconds from now."""
        call = Call(callback, args, context or copy_context())
        self._asked += 1
        heapq.heappush(self._heap, (self.now + max(0, round(delay * NS)), self._asked, call, None))
        return call

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        """Let `callback` run at a reading of `time`."""
        return self.call_later(when - self.time(), callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future of this loop."""
        return asyncio.Future(loop=self._as_loop)

    def create_task(
        self, coro: Coroutine[Any, Any, Any] | Any, *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        """Make a task of this loop."""
        return asyncio.Task(coro, loop=self._as_loop, name=name, context=context)

    def get_debug(self) -> bool:
        """Answer that this loop does not slow itself down to watch itself."""
        return False

    def is_running(self) -> bool:
        """Tell whether it runs."""
        return self._is_running

    def is_closed(self) -> bool:
        """Answer that it never closes: it holds nothing of the machine."""
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Pass on what nobody took."""
        self._complain(context.get("exception"), str(context.get("message")))


class VirtualClock:
    """The clock of a virtual loop, as everything under test sees it."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> int:
        """Answer the simulated instant, ns UTC."""
        return self._loop.now

    def monotonic(self) -> float:
        """Answer simulated seconds."""
        return self._loop.time()

    def advance(self, ts: int) -> None:
        """Ignore `ts`: the world moves this clock."""

    async def sleep(self, seconds: float) -> None:
        """Wait simulated seconds."""
        await asyncio.sleep(max(0.0, seconds))


def _nothing() -> None:
    """Do nothing: no step was named."""
