"""The bars of one chart in order, each at its place on the time axis: a missing minute keeps its empty place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import DAY_NS, IST_OFFSET_NS, NS, hhmmss
from cockpit.errors import BadInput
from cockpit.market import BAR, Bars, Interval

Array = NDArray[Any]


class BarStrip:
    """Keep closed bars and at most one live bar, with their places.

    Places are floats that count intervals: within a day by time, so a lost minute leaves a hole; from one day to the
    next by one, so a night leaves none. Daily bars are counted one by one.
    """

    def __init__(self, bars: Bars, interval: Interval) -> None:
        if bars.dtype != BAR:
            raise BadInput(f"bars of dtype {bars.dtype} given, market.BAR expected: build them with bars_of")
        if len(bars) > 1 and not bool(np.all(np.diff(bars["ts_open"]) > 0)):
            raise BadInput("bars out of time order or repeated: sort them and keep one bar for each start")
        self.interval = interval
        self._step = int(interval) * NS
        self._rows = np.zeros(max(512, 2 * len(bars)), dtype=BAR)
        self._rows[: len(bars)] = bars
        self._x = np.zeros(len(self._rows))
        self._n = len(bars)
        self._x[: self._n] = self._places(bars["ts_open"])
        self.has_live = False

    def __len__(self) -> int:
        return self._n

    @property
    def n_closed(self) -> int:
        """Count the bars that cannot change any more."""
        return self._n - self.has_live

    @property
    def rows(self) -> Bars:
        """Answer all bars, the live one last."""
        return self._rows[: self._n]

    @property
    def x(self) -> Array:
        """Answer the place of every bar."""
        return self._x[: self._n]

    @property
    def spans_days(self) -> bool:
        """Tell whether the bars are of more than one Indian day."""
        ts = self._rows["ts_open"][: self._n] + IST_OFFSET_NS
        return self._n > 1 and int(ts[0]) // DAY_NS != int(ts[-1]) // DAY_NS

    @property
    def last_x(self) -> float:
        """Answer the place of the newest bar; 0 where there is none."""
        return float(self._x[self._n - 1]) if self._n else 0.0

    def tick(self, bar: Bars) -> bool:
        """Let the live bar be `bar` (one row); tell whether it is a new bar.

        Errors: BadInput when it starts before the newest bar, because a closed bar is never rewritten.
        """
        ts = int(bar["ts_open"])
        newest = int(self._rows["ts_open"][self._n - 1]) if self._n else -1
        if ts < newest or (ts == newest and not self.has_live):
            raise BadInput(f"bar of {hhmmss(ts)} given after {hhmmss(newest)} had closed; only the forming bar ticks")
        if ts == newest:
            self._rows[self._n - 1] = bar
            return False
        self._append(bar)
        self.has_live = True
        return True

    def close(self, bar: Bars) -> bool:
        """Let `bar` be closed, whether it was live or comes ready-made; tell whether it took a new place."""
        is_new = self.tick(bar)
        self.has_live = False
        return is_new

    def visible(self, x0: float, x1: float) -> slice:
        """Answer which closed bars have their place in [x0, x1]."""
        start, stop = np.searchsorted(self._x[: self.n_closed], (x0, x1))
        return slice(int(start), min(int(stop) + 1, self.n_closed))

    def joined(self, part: slice) -> Array:
        """Tell for each neighbouring pair in `part` whether a line may run between them: no hole and no night there."""
        x, ts = self._x[part], self._rows["ts_open"][part]
        if self.interval is Interval.D1:
            return np.ones(max(len(x) - 1, 0), dtype=bool)
        return (np.diff(x) < 1.5) & (np.diff((ts + IST_OFFSET_NS) // DAY_NS) == 0)

    def nearest(self, x: float) -> int:
        """Answer the index of the bar nearest to place `x`; BadInput where there are no bars."""
        if not self._n:
            raise BadInput("no bars are shown, so none is nearest: give bars first")
        right = min(int(np.searchsorted(self.x, x)), self._n - 1)
        left = max(right - 1, 0)
        return left if abs(self._x[left] - x) <= abs(self._x[right] - x) else right

    def holding(self, ts: int) -> int:
        """Answer the index of the bar that holds an instant, or of the last one before it; 0 before the first."""
        return max(int(np.searchsorted(self._rows["ts_open"][: self._n], ts, side="right")) - 1, 0)

    def x_of(self, ts: int) -> float:
        """Answer the place of an instant, also between and beyond the bars."""
        i = self.holding(ts)
        place = float(self._x[i]) + (ts - int(self._rows["ts_open"][i])) / self._step
        return min(place, float(self._x[i + 1])) if i + 1 < self._n else place

    def ts_of(self, x: float) -> int:
        """Answer the instant at a place, also between and beyond the bars."""
        i = max(int(np.searchsorted(self.x, x + 1e-9, side="right")) - 1, 0)
        return int(self._rows["ts_open"][i]) + round((x - float(self._x[i])) * self._step)

    def _append(self, bar: Bars) -> None:
        if self._n == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros(self._n, dtype=BAR)])
            self._x = np.concatenate([self._x, np.zeros(self._n)])
        self._rows[self._n] = bar
        tail = self._rows["ts_open"][max(self._n - 1, 0) : self._n + 1]
        self._x[self._n] = (self.last_x + self._places(tail)[-1]) if self._n else 0.0
        self._n += 1

    def _places(self, ts: Array) -> Array:
        if not len(ts):
            return np.zeros(0)
        steps = np.ones(len(ts) - 1)
        if self.interval is not Interval.D1:
            day = (ts + IST_OFFSET_NS) // DAY_NS
            steps = np.where(np.diff(day) == 0, np.diff(ts) / self._step, 1.0)
        return np.concatenate([[0.0], np.cumsum(steps)])
