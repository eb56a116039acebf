"""The index second by second, made of the middle of its names' markets; it meets its own daily row exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.simulator.grid import Grid
from cockpit.simulator.listings import INDEX_TOKEN
from cockpit.simulator.tape import DayRow, mid_path


@dataclass(frozen=True, slots=True)
class IndexTape:
    """Columns over the seconds at which the index was given out; values in hundredths."""

    second: NDArray[Any]
    last: NDArray[Any]
    open: NDArray[Any]
    high: NDArray[Any]
    low: NDArray[Any]
    previous: int
    token: int = INDEX_TOKEN

    @property
    def token_of(self) -> int:
        """Answer the token, as every tape does."""
        return self.token


def index_tape(
    seed: int, grid: Grid, rows: Sequence[DayRow], weights: NDArray[Any], daily: NDArray[Any], before: int
) -> IndexTape:
    """Weigh the names of `rows` together; `daily` is open, high, low, close of the index, `before` its last close."""
    n = len(grid.plain)
    relative = np.zeros(n)
    for row, weight in zip(rows, weights.tolist(), strict=True):
        mid = mid_path(seed, grid, row)
        held = np.full(n, mid[-1])
        held[np.searchsorted(grid.plain, grid.auction if row.by_auction else grid.plain)] = mid
        relative += weight * held / row.previous
    level = np.clip(np.rint(before * relative), daily[2], daily[1]).astype(np.int64)
    level[0] = daily[0]
    second, last = [grid.plain], [level]
    if grid.open_match < grid.plain[0]:
        second.insert(0, np.array([0, grid.open_match + 30]))
        last.insert(0, np.array([before, daily[0]]))
    if grid.has_auction:
        second.append(np.array([max(grid.close_match + 250, int(grid.plain[-1]) + 1)]))
        last.append(daily[3:4])
    else:
        level[-1] = daily[3]
    when, value = np.concatenate(second), np.concatenate(last).astype(np.int64)
    opened = when > 0 if grid.open_match < grid.plain[0] else when >= 0
    return IndexTape(
        second=when,
        last=value,
        open=np.where(opened, daily[0], 0),
        high=np.maximum.accumulate(np.where(opened, value, 0)),
        low=np.where(opened, np.minimum.accumulate(np.where(opened, value, np.iinfo(np.int64).max)), 0),
        previous=before,
    )
