"""Runs the work of a command to its end, or puts it away when somebody interrupts it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

INTERRUPTED: Final = 130
"""The exit code of a command that was interrupted."""


def ran(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; Ctrl-C and SIGTERM cancel it, and the process ends when it has put its things away."""
    runner = asyncio.Runner()
    try:
        return runner.run(_endable(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        # Not through the interpreter's end: it would wait for threads that nobody needs any more, a market being made.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)
    finally:
        runner.close()


async def _endable(work: Coroutine[Any, Any, T]) -> T:
    own = asyncio.current_task()
    assert own is not None, "a runner runs tasks"
    with contextlib.suppress(NotImplementedError):  # Windows has no SIGTERM to hear
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, own.cancel)
    return await work
