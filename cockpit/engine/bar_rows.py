"""The rows in which unfinished bars wait: what the compiled steps of `bar_kernel.py` carry from frame to frame."""

from __future__ import annotations

from typing import Final

import numpy as np

PARTS: Final = np.dtype(
    [
        ("ts_open", "i8"),  # its span [ts_open, ends), ns UTC: the same for all names
        ("ends", "i8"),
        ("live", "i8"),  # 1 once the unfinished bar has a price
        ("open", "i8"),
        ("high", "i8"),
        ("low", "i8"),
        ("close", "i8"),
        ("volume", "i8"),
        ("n_ticks", "i8"),
        ("partial", "i8"),
    ],
    align=True,
)
"""The unfinished bar of one name at one interval."""

MOST_WINDOWS: Final = 4
"""A session has one continuous window, a special one two; more would be a mistake in the calendar."""

NAMES: Final = np.dtype(
    [
        ("token", "i8"),
        ("seen_ts", "i8"),  # newest tick's instant; 0 before the first
        ("seen_volume", "i8"),  # highest cumulative volume seen today; -1 before the first
        ("opens", "i8"),  # the continuous window last entered: [opens, closes), ns UTC
        ("closes", "i8"),
        ("base", PARTS),  # the unfinished base bar
        ("late", "i8"),  # ticks older than a closed bar or than the name's newest
        ("faults", "i8"),  # cumulative volumes that went down
        ("weight", "f8"),  # session volume in the closed base bars
        ("mean", "f8"),  # their VWAP
        ("m2", "f8"),  # their volume-weighted sum of squared distances from it
        ("hours", "i8", (MOST_WINDOWS, 2)),  # all continuous windows of the session; 0 where there are fewer
    ],
    align=True,
)
"""What the builder carries for one name from bar to bar."""

SPANS: Final = np.dtype(
    [
        ("seconds", "i8"),
        ("part", "i8"),  # the longest of the shorter intervals that divides it, by index: what its bars are made of
        ("free", "i8"),  # the row of the day's bars that its next one is written to
    ],
    align=True,
)
"""One interval of the day."""

CLOSED: Final = np.dtype([("end", "i8"), ("k", "i8"), ("first", "i8"), ("n", "i8")], align=True)
"""Bars of one interval that closed together: when, which interval, and their rows among the day's bars."""
