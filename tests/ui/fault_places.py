"""Fourteen places where a fault can be raised, tried in a process of their own: its hooks are then nobody else's."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import qasync
from PySide6.QtCore import QEvent, QObject, QTimer, Signal, qCritical
from PySide6.QtWidgets import QApplication

from cockpit.supervision import Death, Supervisor
from cockpit.ui.crash import Nets


class Boom(Exception):
    """What is raised in these tests, and nowhere else."""


def bang(*_: Any) -> None:
    raise Boom("bang")


async def boom() -> None:
    raise Boom("bang")


KEPT: list[Any] = []
"""What a careless owner keeps a reference to: that is what hides a fault."""


def kept_task(s: Supervisor) -> None:
    KEPT.append(asyncio.get_running_loop().create_task(boom()))


def dropped_task(s: Supervisor) -> None:
    asyncio.get_running_loop().create_task(boom())  # that nobody keeps it is the point


def owned_task(s: Supervisor) -> None:
    KEPT.append(s.start(boom(), "owned"))


def executor(s: Supervisor) -> None:
    KEPT.append(s.start(asyncio.to_thread(bang), "a thread of the pool"))


def job(s: Supervisor) -> None:
    async def due() -> None:
        await asyncio.sleep(0.01)
        bang()

    KEPT.append(s.start(due(), "a job"))


class Signaller(QObject):
    """Something with a signal."""

    said = Signal()


def slot(s: Supervisor) -> None:
    signaller = Signaller()
    signaller.said.connect(bang)
    signaller.said.emit()


def timer(s: Supervisor) -> None:
    QTimer.singleShot(0, bang)


class Eater(QObject):
    """A virtual call of Qt that raises."""

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.User:
            raise Boom("bang")
        return super().event(event)


def virtual_call(s: Supervisor) -> None:
    KEPT.append(Eater())
    QApplication.postEvent(KEPT[-1], QEvent(QEvent.Type.User))


def later(s: Supervisor) -> None:
    asyncio.get_running_loop().call_later(0, bang)


def done_callback(s: Supervisor) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.add_done_callback(bang)
    future.set_result(None)


def thread(s: Supervisor) -> None:
    threading.Thread(target=bang).start()


class Dying:
    """A destructor that raises."""

    def __del__(self) -> None:
        raise Boom("bang")


def destructor(s: Supervisor) -> None:
    Dying()


def generator(s: Supervisor) -> None:
    async def unfinished() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            bang()

    async def leave() -> None:
        async for _ in unfinished():
            break

    KEPT.append(s.start(leave(), "left half-way"))


def qt_itself(s: Supervisor) -> None:
    qCritical("bang")


PLACES: tuple[Callable[[Supervisor], None], ...] = (
    kept_task, dropped_task, owned_task, executor, job, slot, timer, virtual_call, later, done_callback, thread,
    destructor, generator, qt_itself,
)  # fmt: skip


PATIENCE_S = 10.0
"""A place that says nothing for so long has swallowed its fault."""


async def tried() -> dict[str, str]:
    """Raise in one place after the other; answer what was told of each."""
    told: dict[str, str] = {}
    for place in PLACES:
        heard: list[Death] = []
        spoken = asyncio.Event()

        def hear(death: Death, heard: list[Death] = heard, spoken: asyncio.Event = spoken) -> None:
            heard.append(death)
            spoken.set()

        supervisor = Supervisor(hear)
        supervisor.watch_over(asyncio.get_running_loop())
        place(supervisor)
        try:
            await asyncio.wait_for(spoken.wait(), PATIENCE_S)
            told[place.__name__] = heard[0].words
        except TimeoutError:
            told[place.__name__] = "nothing"
        await supervisor.close()
    return told


def main() -> None:
    """Try every place under the loop that the window runs on, and print what was told."""
    app = QApplication([])
    nets = Nets(lambda where, fault: None)
    nets.spread()
    loop = qasync.QEventLoop(app)
    loop.set_exception_handler(nets.caught_in_loop)
    told = loop.run_until_complete(tried())
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # what was broken on purpose is not put away


if __name__ == "__main__":
    main()
