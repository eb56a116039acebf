"""A recorded day is the same frames with the same boundaries; what was lost is said, and nothing waits for a disk."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from cockpit.errors import BadInput
from cockpit.facts import Incident
from cockpit.market import Ticks, bars_of, ticks_of
from cockpit.storage import recorder as recorder_module
from cockpit.storage.recorder import TickRecorder, TickStore
from cockpit.storage.tick_file import HEAD, MARK, packed, scanned
from tests.storage.made_facts import DAY, T0
from tests.storage.made_ticks import frames, same

FRAMES = frames(60)


async def _recorded(folder: Path, made: list[Ticks]) -> list[Incident]:
    told: list[Incident] = []
    recorder = TickRecorder(folder, DAY, told.append)
    for frame in made:
        recorder.record(frame)
    await recorder.close()
    return told


def _read(folder: Path) -> list[Ticks]:
    return list(TickStore(folder).recorded(DAY))


def _names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_day_comes_back_frame_by_frame(tmp_path: Path) -> None:
    assert await _recorded(tmp_path, FRAMES) == []
    assert same(_read(tmp_path), FRAMES)
    assert TickStore(tmp_path).days() == (DAY,)


async def test_a_restart_in_the_day_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for part in (FRAMES[:20], FRAMES[20:21], [], FRAMES[21:]):
        assert await _recorded(tmp_path, part) == []
    assert same(_read(tmp_path), FRAMES)


async def test_a_frame_that_changes_after_it_was_recorded_stays_as_it_was(tmp_path: Path) -> None:
    reused = FRAMES[0].copy()
    recorder = TickRecorder(tmp_path, DAY, print)
    recorder.record(reused)
    reused["last_price"] = 0
    await recorder.close()
    assert same(_read(tmp_path), FRAMES[:1])


async def test_frames_without_ticks_are_no_frames(tmp_path: Path) -> None:
    await _recorded(tmp_path, [FRAMES[0], ticks_of(0), FRAMES[1]])
    assert same(_read(tmp_path), FRAMES[:2])


async def test_bars_are_not_recorded_as_ticks(tmp_path: Path) -> None:
    recorder = TickRecorder(tmp_path, DAY, print)
    with pytest.raises(BadInput, match="TICK expected"):
        recorder.record(bars_of(3))
    await recorder.close()


async def test_a_packed_day_has_the_same_frames(tmp_path: Path) -> None:
    await _recorded(tmp_path, FRAMES)
    path = TickStore(tmp_path).compact(DAY)
    assert _names(tmp_path) == [path.name] == ["2026-11-20.parquet"]
    assert same(_read(tmp_path), FRAMES)
    assert TickStore(tmp_path).days() == (DAY,)


async def test_a_day_of_many_chunks_is_packed_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.storage.tape_columns.CHUNK", 100)
    await _recorded(tmp_path, FRAMES)
    TickStore(tmp_path).compact(DAY)
    assert same(_read(tmp_path), FRAMES)


async def test_a_copy_that_differs_is_not_kept_in_place_of_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _recorded(tmp_path, FRAMES)
    monkeypatch.setattr("cockpit.storage.tape_columns.unpacked_tape", lambda _: iter(FRAMES[1:]))
    with pytest.raises(BadInput, match="does not read back"):
        TickStore(tmp_path).compact(DAY)
    assert _names(tmp_path) == ["2026-11-20.ticks"]
    assert same(_read(tmp_path), FRAMES)


def test_a_day_that_was_not_recorded_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no ticks of 2026-11-20"):
        TickStore(tmp_path).recorded(DAY)
    with pytest.raises(BadInput, match="no recording"):
        TickStore(tmp_path).compact(DAY)


@pytest.mark.parametrize("left", [1, 7, MARK.size, MARK.size + 1, -1])
async def test_a_torn_last_frame_is_left_out_then_cut_off_and_told(tmp_path: Path, left: int) -> None:
    await _recorded(tmp_path, FRAMES[:10])
    path = tmp_path / "2026-11-20.ticks"
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(packed(FRAMES[10])[:left])
    torn = path.stat().st_size - whole
    assert same(_read(tmp_path), FRAMES[:10])
    assert (scanned(path).good, scanned(path).torn) == (whole, torn)
    told = await _recorded(tmp_path, FRAMES[10:])
    assert [(i.where, i.ts, f"{torn} bytes of a torn" in i.what) for i in told] == [("recorder", T0 + 10, True)]
    assert same(_read(tmp_path), FRAMES)


@pytest.mark.parametrize("kept", [0, 1, len(HEAD) - 1])
async def test_a_file_torn_in_its_first_line_begins_anew(tmp_path: Path, kept: int) -> None:
    (tmp_path / "2026-11-20.ticks").write_bytes(HEAD[:kept])
    assert _read(tmp_path) == []
    await _recorded(tmp_path, FRAMES)
    assert same(_read(tmp_path), FRAMES)


async def test_a_tail_of_zeros_after_a_power_cut_is_a_torn_tail(tmp_path: Path) -> None:
    await _recorded(tmp_path, FRAMES[:5])
    with (tmp_path / "2026-11-20.ticks").open("ab") as file:
        file.write(bytes(5_000))
    assert same(_read(tmp_path), FRAMES[:5])


async def test_damage_in_the_middle_is_an_error_and_the_day_goes_on_in_a_new_file(tmp_path: Path) -> None:
    await _recorded(tmp_path, FRAMES)
    path = tmp_path / "2026-11-20.ticks"
    raw = path.read_bytes()
    offset = len(raw) // 2
    path.write_bytes(raw[:offset] + bytes([raw[offset] ^ 1]) + raw[offset + 1 :])
    with pytest.raises(BadInput, match=r"damaged at byte \d+"):
        _read(tmp_path)
    told = await _recorded(tmp_path, FRAMES[:3])
    assert len(told) == 1
    assert "set aside as 2026-11-20.ticks.damaged-" in told[0].what
    assert same(_read(tmp_path), FRAMES[:3])


async def test_every_changed_byte_is_seen_or_is_a_torn_tail(tmp_path: Path) -> None:
    await _recorded(tmp_path, FRAMES[:4])
    path = tmp_path / "2026-11-20.ticks"
    raw = path.read_bytes()
    for offset in np.random.default_rng(2).integers(0, len(raw), 300):
        path.write_bytes(raw[:offset] + bytes([raw[offset] ^ 16]) + raw[offset + 1 :])
        try:
            read = _read(tmp_path)
        except BadInput:
            continue
        assert len(read) < 4
        assert same(read, FRAMES[: len(read)])
        assert scanned(path).torn > 0


async def test_a_full_queue_drops_and_says_so_once_and_never_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = threading.Event()

    def stuck(frame: Ticks) -> bytes:
        disk.wait()
        return packed(frame)

    monkeypatch.setattr(recorder_module, "WAITING", 5)
    monkeypatch.setattr(recorder_module, "packed", stuck)
    told: list[Incident] = []
    recorder = TickRecorder(tmp_path, DAY, told.append)
    for frame in FRAMES[:40]:
        recorder.record(frame)
    assert recorder.dropped == 40 - recorder.recorded >= 29
    assert [incident.what for incident in told] == ["ticks are not being recorded: 5 frames wait for the disk"]
    disk.set()
    while recorder.dropped and len(told) == 1:
        recorder.record(FRAMES[40])
    assert f"{recorder.dropped} frames were lost" in told[1].what
    await recorder.close()
    assert len(_read(tmp_path)) == recorder.recorded


async def test_a_disk_that_fails_is_told_and_the_day_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = threading.Event()

    def broken(frame: Ticks) -> bytes:
        failed.set()
        raise OSError("no space left on device")

    monkeypatch.setattr(recorder_module, "packed", broken)
    told: list[Incident] = []
    recorder = TickRecorder(tmp_path, DAY, told.append)
    recorder.record(FRAMES[0])
    failed.wait()
    while not told:
        recorder.record(FRAMES[1])
    assert "no space left on device" in told[0].what
    await recorder.close()
    await recorder.close()


KILLED = """
import sys, time
from datetime import date
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from cockpit.storage.recorder import TickRecorder
from tests.storage.made_ticks import frames
recorder = TickRecorder(Path(sys.argv[1]), date(2026, 11, 20), print)
for number, frame in enumerate(frames(5_000, widest=4)):
    recorder.record(frame)
    print(number, flush=True)
    time.sleep(0.0002)
"""


def test_a_killed_recorder_leaves_a_day_that_reads(tmp_path: Path) -> None:

    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parents[2])],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for _ in range(300):
            process.stdout.readline()
        process.kill()
    read = _read(tmp_path)
    assert len(read) > 100
    assert same(read, frames(5_000, widest=4)[: len(read)])
