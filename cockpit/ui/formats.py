"""How the screen words ages, shares and missing numbers; money and prices are worded by `money`."""

from __future__ import annotations

import math
from typing import Final

from cockpit.money import MINUS

MISSING: Final = "—"


def age_words(seconds: float) -> str:
    """Say an age: `0.4 s`, `25 s`, `3 min`, `2 h 05 min`; `—` when unknown."""
    if math.isnan(seconds):
        return MISSING
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def percent(ratio: float, decimals: int = 2, *, sign: bool = False) -> str:
    """Show a ratio in per cent: `1.07%`; `—` when unknown."""
    if math.isnan(ratio):
        return MISSING
    mark = MINUS if ratio < 0 else "+" if sign and ratio > 0 else ""
    return f"{mark}{abs(ratio) * 100:.{decimals}f}%"


def arrow(change: float) -> str:
    """Answer the sign that goes with a change: colour is never alone."""
    return "▲" if change > 0 else "▼" if change < 0 else ""


def milliseconds(value: float) -> str:
    """Show a lag: `38 ms`; `—` when it was not measured."""
    return MISSING if math.isnan(value) else f"{value:.0f} ms"


def countdown(seconds: float) -> str:
    """Say how long until something: `3 h 47 min`, `12 min`, `under a minute`."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return "under a minute"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
