"""One flight for many passengers: who asks for what is already being fetched waits for that fetch."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from cockpit.errors import DeadlinePassed

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Flights(Generic[K, T]):
    """Share running work by key, between tasks and between the loops of different threads."""

    def __init__(self) -> None:
        self._flying: dict[K, Future[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()
        self._lock = threading.Lock()

    async def join(self, key: K, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Answer what `start` answers, started at most once at a time for `key`.

        A passenger who leaves does not end the flight for the others.
        Errors: what `start` raises, for every passenger; DeadlinePassed when its loop ended under way.
        """
        with self._lock:
            shared = self._flying.get(key)
            if shared is None:
                shared = self._flying[key] = Future()
                task = asyncio.ensure_future(start())
                self._tasks.add(task)
                task.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(asyncio.wrap_future(shared))

    def _land(self, key: K, task: asyncio.Task[T]) -> None:
        with self._lock:
            shared = self._flying.pop(key)
            self._tasks.discard(task)
        if task.cancelled():
            shared.set_exception(DeadlinePassed(f"the fetch of {key} was abandoned: its loop ended"))
        elif (fault := task.exception()) is not None:
            shared.set_exception(fault)
        else:
            shared.set_result(task.result())
