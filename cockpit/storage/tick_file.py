"""The file ticks are recorded in: a head that names the columns, then frames, each with its length and checksum.

A process that is killed leaves a torn last frame: readers stop before it, and who appends cuts it off. Damage with
good frames behind it is no torn tail and is an error, because a replay would silently miss part of a day.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import numpy as np
import pyarrow as pa

from cockpit.errors import BadInput
from cockpit.market import TICK, Ticks

HEAD: Final = b"COCKPIT TICKS 1 " + json.dumps(TICK.descr, separators=(",", ":")).encode() + b"\n"
MARK: Final = struct.Struct("<III")
"""Before each frame: stored bytes, rows, and the CRC-32 of both."""
LONGEST: Final = 1 << 26
_CODEC: Final = pa.Codec("zstd", compression_level=1)
_WIDTH: Final = TICK.itemsize // 8
"""Every field of a tick is 8 bytes wide, so a frame is a matrix of integers."""


def packed(ticks: Ticks) -> bytes:
    """Answer a frame as it stands in the file: mark and compressed columns (columns compress, rows do not)."""
    matrix = np.ascontiguousarray(ticks).view("i8").reshape(ticks.size, _WIDTH)
    stored: bytes = _CODEC.compress(np.ascontiguousarray(matrix.T), asbytes=True)
    return MARK.pack(len(stored), ticks.size, zlib.crc32(stored, ticks.size)) + stored


def unpacked(stored: bytes, rows: int) -> Ticks:
    """Answer the frame that `packed` stored."""
    raw = _CODEC.decompress(stored, decompressed_size=rows * TICK.itemsize, asbytes=True)
    matrix = np.frombuffer(raw, dtype="i8").reshape(_WIDTH, rows)
    return np.ascontiguousarray(matrix.T).reshape(-1).view(TICK)


class Tape:
    """Read a tick file from the start; after the last frame, `torn` tells the bytes of a torn tail left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.good = len(HEAD)
        """Where the last whole frame ends."""
        self.torn = 0

    def frames(self) -> Iterator[Ticks]:
        """Yield the frames as they were recorded, boundaries and all.

        Errors: BadInput for another file, and for damage with good frames behind it.
        """
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            self._begin(file, size)
            while self.good < size and self.torn == 0:
                frame = self._frame(file, size)
                if frame is not None:
                    yield frame

    def _begin(self, file: IO[bytes], size: int) -> None:
        found = file.read(len(HEAD))
        if found == HEAD:
            return
        if HEAD.startswith(found):  # killed while the very first bytes were written
            self.good, self.torn = 0, size
            return
        raise BadInput(
            f"{self.path} begins with {found[:24]!r}: no tick file of this build",
            remedy="Replay it with the build that recorded it, or delete it.",
        )

    def _frame(self, file: IO[bytes], size: int) -> Ticks | None:
        mark = file.read(MARK.size)
        if len(mark) < MARK.size:
            self.torn = size - self.good
            return None
        length, rows, crc = MARK.unpack(mark)
        end = self.good + MARK.size + length
        if 0 < length <= LONGEST and end <= size:
            stored = file.read(length)
            if zlib.crc32(stored, rows) == crc:
                self.good = end
                return unpacked(stored, rows)
        if end >= size or not any(mark):
            self.torn = size - self.good
            return None
        raise BadInput(
            f"{self.path} is damaged at byte {self.good} of {size}, with more of the day behind it",
            remedy="Restore the file; a replay of half a day is not that day.",
        )


def scanned(path: Path) -> Tape:
    """Read a file to its end and answer the tape, which then knows where the good part ends."""
    tape = Tape(path)
    for _ in tape.frames():
        pass
    return tape
