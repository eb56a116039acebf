"""SIGINT and SIGTERM close the window as its own button does: the engine is put away before the process ends."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from PySide6.QtCore import QSocketNotifier

CLOSING: Final = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """While inside, call `close` on Qt's own turn when the process is asked to end.

    Python runs a handler only between two of its own instructions, and Qt may sleep for long without any: the
    interpreter therefore also writes a byte into a socket that Qt watches.
    """

    def __init__(self, close: Callable[[], object]) -> None:
        self._close = close
        self._ours, self._theirs = socket.socketpair()
        self._before: dict[signal.Signals, Any] = {}
        self._asked = False

    def __enter__(self) -> Signals:
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._woken)
        self._waker = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in CLOSING:
            self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._waker)
        self._notifier.setEnabled(False)
        self._notifier.deleteLater()
        for end in (self._ours, self._theirs):
            end.close()

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self._asked = True

    def _woken(self) -> None:
        self._ours.recv(4096)
        if self._asked:
            self._asked = False
            self._close()
