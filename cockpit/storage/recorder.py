"""The tick recorder: every frame of the day to a file, off the decision lane; it drops and says so, and never waits.

`TickRecorder` appends while the day runs; `TickStore` reads days back, frame by frame as they were, and packs a day
that is over into one column file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from cockpit.errors import BadInput
from cockpit.facts import Incident
from cockpit.market import TICK, Ticks
from cockpit.storage.tape_columns import pack_tape, unpacked_tape
from cockpit.storage.tick_file import HEAD, Tape, packed, scanned

WAITING: Final = 4_096
"""Frames that may wait for the disk: an hour of one frame a second, seconds of a practice day flat out."""
GROUP: Final = 64
SYNC_EVERY: Final = 256
"""Frames between two forced flushes; a killed process loses none, a power cut at most these."""

Complaint = Callable[[Incident], None]


class TickRecorder:
    """Append the frames of one day to its file, from a thread of its own.

    `complain` hears, in the caller's thread, of frames that were dropped, of a torn tail that was cut off, and of a
    disk that failed; the day goes on in every case.
    """

    def __init__(self, folder: Path, day: date, complain: Complaint) -> None:
        self.path = folder / f"{day.isoformat()}.ticks"
        self.dropped = 0
        """Frames lost to a full queue or a failed disk."""
        self.recorded = 0
        """Frames handed to the file."""
        self._complain = complain
        self._storm = 0
        self._fault: Exception | None = None
        self._frames: queue.Queue[Ticks | None] = queue.Queue(WAITING)
        self._found = _begun(self.path)
        self._thread = threading.Thread(target=self._run, name="tick-recorder", daemon=True)
        self._thread.start()

    def record(self, ticks: Ticks) -> None:
        """Take a frame; never wait. Frames without ticks are not recorded.

        Errors: BadInput for an array that is no `Ticks`.
        """
        if ticks.dtype != TICK:
            raise BadInput(f"an array of {ticks.dtype} given to the recorder; TICK expected")
        if not ticks.size:
            return
        ts = int(ticks["ts_seen"][-1])
        if self._found:
            self._tell(ts, self._found, "Nothing to do; a replay of this day has a gap there.")
            self._found = ""
        try:
            if self._fault is not None:
                raise queue.Full
            self._frames.put_nowait(ticks.copy())
        except queue.Full:
            self._drop(ts)
        else:
            self.recorded += 1
            if self._storm:
                self._tell(ts, f"recording goes on; {self._storm} frames were lost", "A replay of this day has a gap.")
                self._storm = 0

    async def close(self) -> None:
        """Write what waits, force it to the disk, and end the thread; closing twice is not an error."""
        if self._thread.is_alive():
            await asyncio.to_thread(self._frames.put, None)
            await asyncio.to_thread(self._thread.join)

    def _drop(self, ts: int) -> None:
        self.dropped += 1
        self._storm += 1
        if self._storm == 1:
            why = f"the disk failed: {self._fault}" if self._fault else f"{WAITING} frames wait for the disk"
            self._tell(ts, f"ticks are not being recorded: {why}", "Look at the disk; trading is not touched by this.")

    def _tell(self, ts: int, what: str, remedy: str) -> None:
        self._complain(Incident(ts, "recorder", what, remedy))

    def _run(self) -> None:
        try:
            self._write()
        except Exception as fault:
            self._fault = fault
            while self._frames.get() is not None:
                pass  # the lane never waits for a disk that has failed

    def _write(self) -> None:
        unsynced = 0
        with self.path.open("ab") as file:
            is_open = True
            while is_open:
                frames = self._gathered()
                is_open = frames[-1] is not None
                whole = [frame for frame in frames if frame is not None]
                file.write(b"".join(map(packed, whole)))
                file.flush()  # to the system at once: a killed process loses nothing that it had written
                unsynced += len(whole)
                if unsynced >= SYNC_EVERY or not is_open:
                    os.fsync(file.fileno())
                    unsynced = 0

    def _gathered(self) -> list[Ticks | None]:
        frames = [self._frames.get()]
        with contextlib.suppress(queue.Empty):
            while len(frames) < GROUP and frames[-1] is not None:
                frames.append(self._frames.get_nowait())
        return frames


class TickStore:
    """Read recorded days back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def days(self) -> Sequence[date]:
        """Answer the recorded days, oldest first."""
        files = [*self._folder.glob("*.ticks"), *self._folder.glob("*.parquet")]
        return tuple(sorted({date.fromisoformat(file.stem) for file in files}))

    def recorded(self, day: date) -> Iterator[Ticks]:
        """Yield the frames of a day as they were recorded, boundaries and all; a torn tail is left out.

        Errors: BadInput when the day was not recorded or its file is damaged.
        """
        if (tape := self._file(day, "ticks")).exists():
            return Tape(tape).frames()
        if (columns := self._file(day, "parquet")).exists():
            return unpacked_tape(columns)
        raise BadInput(f"no ticks of {day} are recorded in {self._folder}", remedy="Replay a day that `days` lists.")

    def compact(self, day: date) -> Path:
        """Pack a day that is over into one column file, compare every frame, and only then delete the recording.

        Errors: BadInput when there is nothing to pack or the copy differs; then the recording stays.
        """
        tape, columns = self._file(day, "ticks"), self._file(day, "parquet")
        if not tape.exists():
            raise BadInput(f"no recording of {day} to pack in {self._folder}", remedy="Record the day first.")
        pack_tape(tape, columns)
        tape.unlink()
        return columns

    def _file(self, day: date, ending: str) -> Path:
        return self._folder / f"{day.isoformat()}.{ending}"


def _begun(path: Path) -> str:
    """Make the file ready to append to; answer what had to be cut off or set aside, empty when it was well."""
    found = ""
    if path.exists():
        try:
            tape = scanned(path)
        except BadInput as fault:
            # No torn tail: the whole file is set aside, so that today's ticks have a file they can be read from.
            aside = path.with_name(f"{path.name}.damaged-{path.stat().st_size}")
            path.rename(aside)
            found = f"{fault}; it was set aside as {aside.name}"
        else:
            os.truncate(path, tape.good)
            found = f"{tape.torn} bytes of a torn last frame were cut off {path.name}" if tape.torn else ""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if path.stat().st_size == 0:
        with path.open("r+b") as file:
            file.write(HEAD)
            file.flush()
            os.fsync(file.fileno())
    return found
