"""Features within the day on 5, 15 and 60 minutes, known at the end of the bar they are made of and never before.

A bar belongs to the moment it ends. `push` takes bars as they close, live or from a recording; `panel` answers what is
known at a moment. A longer interval keeps its last closed bar's numbers until its next bar closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.features import minutes
from cockpit.brains.features.columns import Column, Kind
from cockpit.brains.features.fingerprint import fingerprint
from cockpit.clock import NS
from cockpit.errors import BadInput
from cockpit.market import Bars, Interval, bars_of
from cockpit.opinions import FeaturePanel

INTERVALS: Final = (Interval.M5, Interval.M15, Interval.H1)
NAMES: Final = (
    ("return", 1, Kind.WINDOW),
    ("vwap_gap", 0, Kind.WINDOW),
    ("rsi_14", 10 * minutes.RSI_SPAN, Kind.CARRIED),
    ("range_place_12", minutes.PLACE_SPAN - 1, Kind.WINDOW),
    ("relative_volume_20", minutes.VOLUME_SPAN - 1, Kind.WINDOW),
)
"""The columns of each interval with their look-back in bars of it."""


class IntradayFeatures:
    """Carry the intraday columns of some names over bars of several intervals.

    Errors: BadInput when a bar of another interval is pushed, or one that ends at or before what was pushed.
    """

    def __init__(self, tokens: Sequence[int], intervals: Sequence[Interval] = INTERVALS) -> None:
        self.tokens = tuple(sorted(tokens))
        self.intervals = tuple(intervals)
        self.declared = tuple(
            Column(f"{name}_{interval.label}", f"intraday {interval.label}", "ratio", lookback, kind)
            for interval in self.intervals
            for name, lookback, kind in NAMES
        )
        self.columns = tuple(column.name for column in self.declared)
        self.schema = fingerprint(self.declared, "float64", [minutes.__name__])
        self._slots = np.array(self.tokens, dtype=np.int64)
        n = len(self.tokens)
        self._carried = {int(interval): _Carried(n) for interval in self.intervals}

    def push(self, bars: Bars) -> None:
        """Take closed bars of one interval, in order of time; names that are not ours are passed over."""
        if not len(bars):
            return
        seconds = int(bars["interval_s"][0])
        carried = self._carried.get(seconds)
        if carried is None or (bars["interval_s"] != seconds).any():
            raise BadInput(f"bars of {seconds} s given; one of {[int(i) for i in self.intervals]} s expected")
        places = np.searchsorted(self._slots, bars["token"]).clip(max=len(self.tokens) - 1)
        slots = np.where(self._slots[places] == bars["token"], places, -1)
        begun = bars["ts_open"] < carried.ends[places]
        if (begun & (slots >= 0)).any():
            raise BadInput(f"a bar of {seconds} s begins before the last one of its name has ended")
        minutes.take(bars, slots, carried.kept, carried.rsi, carried.counts, carried.ends, carried.out)

    def panel(self, as_of: int) -> FeaturePanel:
        """Answer what is known at `as_of`, ns UTC; stale where the newest bar of an interval has been missed.

        Errors: BadInput when a bar was pushed that ends later: it was not known then.
        """
        values = np.concatenate([self._carried[int(i)].out for i in self.intervals], axis=1)
        stale = np.isnan(values)
        for k, interval in enumerate(self.intervals):
            ends = self._carried[int(interval)].ends
            if (ends > as_of).any():
                raise BadInput(f"a {interval.label} bar that ends after {as_of} was pushed; it was not known then")
            columns = slice(k * len(NAMES), (k + 1) * len(NAMES))
            stale[:, columns] |= (as_of - ends >= 2 * int(interval) * NS)[:, None]
        return FeaturePanel(as_of, self.tokens, self.columns, values, stale, self.schema)


class _Carried:
    """What one interval carries: the last bars, RSI's averages, and the columns as of each name's newest bar."""

    def __init__(self, n: int) -> None:
        self.kept = np.full((minutes.N_KEPT, minutes.DEPTH, n), np.nan)
        self.rsi = np.full((2, n), np.nan)
        self.counts = np.zeros(n, dtype=np.int64)
        self.ends = np.zeros(n, dtype=np.int64)
        self.out = np.full((n, minutes.N_COLUMNS), np.nan)


def closing(
    bars: Bars, opens: int, intervals: Sequence[Interval] = INTERVALS, until: int | None = None
) -> Iterator[tuple[int, Bars]]:
    """Yield (end, bars) of one session's minutes put together, in order of the moments at which the bars are known.

    `opens` is when the session opened, ns UTC; `until` is what the clock says, the end of the last minute by default. A
    bar that has not ended by then is not yielded.
    """
    if not len(bars):
        return
    if until is None:
        until = int((bars["ts_open"] + bars["interval_s"] * NS).max())
    tokens = np.unique(bars["token"])
    longer = np.concatenate(
        [_folded(bars[bars["token"] == t], int(i), opens, until) for t in tokens for i in intervals]
    )
    ends: NDArray[Any] = longer["ts_open"] + longer["interval_s"] * NS
    order = np.lexsort((longer["token"], longer["interval_s"], ends))
    longer, ends = longer[order], ends[order]
    starts = np.flatnonzero(np.diff(ends, prepend=-1) | np.diff(longer["interval_s"], prepend=-1))
    for first, last in pairwise([*starts, len(longer)]):
        yield int(ends[first]), longer[first:last]


def _folded(bars: Bars, seconds: int, opens: int, until: int) -> Bars:
    out = bars_of(len(bars))
    ordered = bars[np.argsort(bars["ts_open"], kind="stable")]
    n: int = minutes.fold(ordered, seconds, opens, until, out)
    return out[:n]
