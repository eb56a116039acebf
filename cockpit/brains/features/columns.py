"""How a feature is declared: one column with its unit and look-back, and the family whose kernel computes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[Any]

_SOURCES: Final = hashlib.sha256(b"".join(f.read_bytes() for f in sorted(Path(__file__).parent.glob("*.py")))).digest()


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a kernel and keep the machine code beside its source.

    What is divided by nothing becomes NaN or infinite, as in numpy, and never stops. Arithmetic is never reordered, so
    that a row alone and a row within ten years come out bit for bit the same.
    """
    kernel: Any = njit(cache=True, nogil=True, error_model="numpy")(function)
    # numba throws kept code away when its own file changes. It holds the kernels and numbers of its neighbours as well:
    # kept code is of use only while every file here is what it was.
    file = kernel._cache._cache_file
    file._source_stamp = (file._source_stamp, _SOURCES)
    return kernel


CLOSE_20, HIGH, LOW, CLOSE, OPEN, VOLUME, DELIVERY, REINVESTED = range(8)
"""The series of a name's sessions as they came, behind the sum of twenty closes, of which a year is kept too.

Prices are with dividends reinvested; price / REINVESTED was paid.
"""
RETURN, CHANGE, MARKET, LOG_VOLUME, VOLUME_CHANGE, TRUE_RANGE, TYPICAL, FLOW, SIGNED_VOLUME, SIGNED_MONEY = range(8, 18)
"""The series worked out of them, see `sessions.py`. RETURN is of logarithms, CHANGE the plain ratio less 1."""
VOLUME_5, RANGE_5, RETURN_5, RETURN_SQUARE_5, MARKET_5, MARKET_SQUARE_5, BOTH_5 = range(18, 25)
CLOSE_5, VOLUME_CHANGE_5, VOLUME_CHANGE_SQUARE_5, RETURN_VOLUME_CHANGE_5 = range(25, 29)
"""Sums over a session and the four before it: longer windows are put together from these, a fifth of the rows."""
LOG_RANGE_SQUARE, TOP_5, TOP_SINCE_5, BOTTOM_5, BOTTOM_SINCE_5 = range(29, 34)
"""Extremes of the same five sessions, and how many sessions ago the oldest of them was."""
INVERSE: Final = 34
"""One over the close: to multiply costs a quarter of dividing."""
N_SERIES: Final = 35
FIVE: Final = 5
"""Rows that a window takes in one go: sums then stay in the processor's registers for five rows, not for one."""
N_RAW: Final = 8
N_DEEP: Final = 4
"""Series of which a year is kept; of the others, as much as their longest window reads."""

APART: Final = -1
"""The group of an index: it is measured, but it is not one of the names that are compared with each other."""


class Kind(StrEnum):
    """What a column depends on beside today's row."""

    WINDOW = "window"
    """The name's own last `lookback` sessions, and nothing before them."""
    CARRIED = "carried"
    """A recurrence over all of the name's past; after `lookback` sessions its beginning no longer shows."""
    CROSS = "cross-section"
    """Windows, compared across the names of the day."""


@dataclass(frozen=True, slots=True)
class Column:
    """Declare one feature. `lookback` is how many earlier sessions of its own a name needs before it has a value."""

    name: str
    family: str
    unit: str
    lookback: int
    kind: Kind = Kind.WINDOW


Kernel: TypeAlias = Callable[[Rows, Rows, Rows, Rows, int, int, Rows, Rows, Rows], None]
"""Compute a family's columns for rows `first` to `last` (exclusive) of the sessions.

Called with (rows, ages, carried, groups, first, last, lookbacks, out, slots). Shapes: `rows` float64 [series, row,
name]; `ages` int64 [row - first, name], how many sessions of its own a name has had by then, 0 where it has none that
day; `carried` float64 [recurrence, name], advanced in place; `groups` int64 [name], the sector's code or `APART`;
`lookbacks` and `slots` int64 [column of the family], a column's look-back and its place in `out`; `out` float32
[row - first, column, name].
"""


@dataclass(frozen=True, slots=True)
class Family:
    """Name the columns that one kernel computes, in its order, and how many recurrences it carries."""

    name: str
    columns: tuple[Column, ...]
    kernel: Kernel
    carried: int = 0


def declared(family: str, *columns: tuple[str, str, int], kind: Kind = Kind.WINDOW) -> tuple[Column, ...]:
    """Declare a family's columns from (name, unit, look-back)."""
    return tuple(Column(name, family, unit, lookback, kind) for name, unit, lookback in columns)


@compiled
def lay(block: Rows, ages: Rows, lookbacks: Rows, out: Rows, slots: Rows) -> None:
    """Write a family's day, missing where a name is absent or too young for the column.

    Shapes: `block` float64 [column of the family, name]; `ages` int64 [name]; `out` float32 [column, name];
    `lookbacks` and `slots` int64 [column of the family].
    """
    for c in range(block.shape[0]):
        needed, column = lookbacks[c], out[slots[c]]
        for j in range(block.shape[1]):
            column[j] = block[c, j] if ages[j] > needed else np.nan


@compiled
def turn(made: Rows, values: Rows) -> None:
    """Turn what the families made into the answer: names by columns, without the columns nobody asked for.

    Shapes: `made` float32 [day, column made, name], those asked for in front; `values` float32 [day, name, column].
    """
    for day in range(len(made)):
        for j in range(made.shape[2]):
            for c in range(values.shape[2]):
                values[day, j, c] = made[day, c, j]
