"""Errands: what a click asks of the engine, run as tasks that are never lost and never fail in silence."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from cockpit.errors import CockpitError

if TYPE_CHECKING:
    import asyncio

Say = Callable[[str, str], None]
"""Takes a grade (`note`, `good`, `warn`, `alarm`) and words for the trader."""


class Errands:
    """Keep a strong reference to every task, say how each ended, and wait for all of them before the window goes."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, Any], done: str, failed: str) -> None:
        """Start `work` on the running loop; say `done` when it worked, `failed` with the reason when it did not."""
        import asyncio  # here, not above: the shell is painted without it

        task = asyncio.ensure_future(self._told(work, done, failed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _told(self, work: Coroutine[Any, Any, Any], done: str, failed: str) -> None:
        try:
            await work
        except CockpitError as fault:
            self._say("alarm", f"{failed}: {fault} {fault.remedy}")
        except Exception as fault:
            self._say("alarm", f"{failed}: {fault!r}")
            raise
        else:
            if done:
                self._say("good", done)

    @property
    def n_open(self) -> int:
        """Answer how many errands are still under way."""
        return len(self._tasks)

    async def finished(self) -> None:
        """Wait until every errand has ended, each having said how."""
        import asyncio

        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
