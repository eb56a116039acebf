"""Files that are there whole or not at all: written beside their place, forced to the disk, then renamed over it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

T = TypeVar("T")


def replacing(path: Path, write: Callable[[IO[bytes]], T]) -> T:
    """Let `write` fill a new file and put it in the place of `path`; on any error the old file stays as it was.

    The file is readable by its owner alone.
    """
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(number, "wb") as file:
            answer = write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return answer


def sync_folder(folder: Path) -> None:
    """Force a folder's list of names to the disk; Windows keeps it with the file and cannot be asked."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
