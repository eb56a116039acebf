"""One cockpit per data folder: a lock the operating system holds, and lets go of even when the process is killed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cockpit.errors import AlreadyRunning

LOCK: Final = "cockpit.lock"
HELD_BYTE: Final = 4_096
"""The byte that is locked: far behind the pid, which Windows would else not let the second cockpit read."""


class InstanceLock:
    """Hold a data folder from `take` to `release`.

    The lock is the operating system's, not the file: a killed process leaves the file and loses the lock.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._number: int | None = None

    def take(self) -> None:
        """Take the folder; taking it again is not an error.

        Errors: AlreadyRunning naming the process that holds it.
        """
        if self._number is not None:
            return
        number = os.open(self._root / LOCK, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(number)
        except OSError:
            holder = _holder(number)
            os.close(number)
            raise AlreadyRunning(f"process {holder} already uses {self._root}") from None
        os.ftruncate(number, 0)
        os.lseek(number, 0, os.SEEK_SET)
        os.write(number, f"{os.getpid()}\n".encode())
        self._number = number

    def release(self) -> None:
        """Give the folder back; releasing what is not held is not an error."""
        if self._number is not None:
            os.close(self._number)
            self._number = None


@contextlib.contextmanager
def held(root: Path) -> Iterator[None]:
    """Hold the data folder for as long as the block runs.

    Errors: AlreadyRunning naming the process that holds it.
    """
    lock = InstanceLock(root)
    lock.take()
    try:
        yield
    finally:
        lock.release()


def _holder(number: int) -> str:
    with contextlib.suppress(OSError):
        os.lseek(number, 0, os.SEEK_SET)
        return os.read(number, 32).decode(errors="replace").strip() or "(starting)"
    return "(unknown)"


if sys.platform == "win32":

    def _lock(number: int) -> None:
        import msvcrt

        os.lseek(number, HELD_BYTE, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)

else:

    def _lock(number: int) -> None:
        # flock belongs to the open file: a second open in the same process is refused too, unlike with lockf.
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
