"""A recorded day as one column file: outside tools can read it, and it still holds the same frames."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cockpit.errors import BadInput
from cockpit.market import TICK, Ticks
from cockpit.storage.atomic import replacing
from cockpit.storage.columns import FORMAT, damaged, opened, rows_of, table_of
from cockpit.storage.tick_file import Tape

CHUNK: Final = 65_536
"""Rows packed at a time, whole frames: memory stays flat however long the day was."""
FRAME: Final = "frame"
"""The column that tells which frame a tick came in."""


def pack_tape(tape: Path, columns: Path) -> None:
    """Write the frames of a tape as columns and prove that they read back to the bit.

    Errors: BadInput when they do not; then there is no column file.
    """
    spoken = hashlib.sha256()

    def write(file: IO[bytes]) -> None:
        schema = _table(np.zeros(0, dtype=TICK), np.zeros(0, dtype="i4")).schema
        with pq.ParquetWriter(file, schema, use_dictionary=False, **FORMAT) as writer:
            for rows, frames in _chunks(_heard(Tape(tape).frames(), spoken)):
                writer.write_table(_table(rows, frames))

    replacing(columns, write)
    read = hashlib.sha256()
    for _ in _heard(unpacked_tape(columns), read):
        pass
    if read.digest() != spoken.digest():
        columns.unlink()
        raise BadInput(f"{columns.name} does not read back as {tape.name}; the recording was kept")


def unpacked_tape(columns: Path) -> Iterator[Ticks]:
    """Yield the frames that `pack_tape` packed.

    Errors: BadInput when the file is damaged.
    """
    try:
        with opened(columns) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                rows = rows_of(table, TICK, columns)
                frames = table.column(FRAME).to_numpy()
                yield from np.split(rows, np.flatnonzero(np.diff(frames)) + 1) if rows.size else ()
    except (pa.ArrowException, OSError) as fault:
        raise damaged(columns, fault) from fault


def _table(rows: Ticks, frames: NDArray[Any]) -> pa.Table:
    return table_of(rows).append_column(FRAME, pa.array(frames))


def _chunks(frames: Iterable[Ticks]) -> Iterator[tuple[Ticks, NDArray[Any]]]:
    held: list[Ticks] = []
    rows = 0
    numbers = count()
    for frame in frames:
        held.append(frame)
        rows += len(frame)
        if rows >= CHUNK:
            yield _joined(held, numbers)
            held, rows = [], 0
    if held:
        yield _joined(held, numbers)


def _joined(frames: list[Ticks], numbers: Iterator[int]) -> tuple[Ticks, NDArray[Any]]:
    lengths = [len(frame) for frame in frames]
    first = [next(numbers) for _ in frames]
    return np.concatenate(frames), np.repeat(np.array(first, dtype="i4"), lengths)


def _heard(frames: Iterable[Ticks], digest: Any) -> Iterator[Ticks]:
    for frame in frames:
        digest.update(len(frame).to_bytes(8, "little") + np.ascontiguousarray(frame).tobytes())
        yield frame
