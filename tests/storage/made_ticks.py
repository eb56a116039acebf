"""Frames of ticks and days of bars for the tests: every field of every row is set, so that a lost one is noticed."""

from __future__ import annotations

import numpy as np

from cockpit.market import Bars, Interval, Ticks, bars_of, ticks_of
from tests.storage.made_facts import T0


def frames(n_frames: int, *, seed: int = 1, widest: int = 40) -> list[Ticks]:
    """Answer frames of 1 to `widest` rows, any value in any field."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(n_frames):
        rows = int(draw.integers(1, widest + 1))
        frame = ticks_of(rows)
        frame.view("i8")[:] = draw.integers(-(2**62), 2**62, rows * frame.itemsize // 8)
        frame["ts_seen"] = T0 + number
        made.append(frame)
    return made


def bars(rows: int, interval: Interval = Interval.M1) -> Bars:
    """Answer bars with unknown VWAP in every third row."""
    draw = np.random.default_rng(rows)
    made = bars_of(rows)
    for field in ("token", "ts_open", "open", "high", "low", "close", "volume", "n_ticks"):
        made[field] = draw.integers(0, 2**62, rows)
    made["interval_s"] = interval
    made["vwap"][::3] = draw.random(rows)[::3]
    made["vwap_sd"][::3] = draw.random(rows)[::3] * 1e-310
    return made


def same(ours: list[Ticks], theirs: list[Ticks]) -> bool:
    """Tell whether two days have the same frames with the same boundaries, to the bit."""
    return [frame.tobytes() for frame in ours] == [frame.tobytes() for frame in theirs]
