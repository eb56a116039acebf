"""Bars of the running session: ticks in, closed bars out, each bar closed once and never rewritten.

Ours, where nothing is published: a tick belongs to the bar of its exchange time (`ts_event`; `ts_seen` where the wire
carries none). A bar closes when any name's tick, or the clock, reaches its end, for all names at once. Only a tick
whose cumulative volume has grown shows a trade and makes a bar; indices and last-price mode have no volume, so there
every tick does. A bar's volume is the growth of the cumulative volume, from the figure the pre-open left behind.

Published: VWAP = sum(hlc3 * v) / sum(v) over the session's base bars, its band the volume-weighted standard deviation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS, hhmmss
from cockpit.engine import bar_kernel as kernel
from cockpit.engine.bar_rows import CLOSED, MOST_WINDOWS, NAMES, PARTS, SPANS
from cockpit.engine.straight import is_plain, straight
from cockpit.errors import BadInput
from cockpit.market import BAR, Bars, Interval, Phase, Ticks, TradingDay, bars_of, ticks_of

GAP_NS: Final = 60 * NS
"""A feed that was silent for no longer than this has hidden nothing: names pause that long by themselves."""
WATCHLIST_BYTES: Final = 16_000_000
"""Bars of a day up to this size are those of a watchlist, and not of the whole market."""


class BarBuilder:
    """Build the bars of one session for one watchlist, the base interval and every longer one that it divides.

    Units: prices, VWAP and its sd at the instruments' price scale.
    """

    def __init__(self, day: TradingDay) -> None:
        self._day = day
        self.intervals = _intervals(day.interval)
        n = len(day.instruments)
        self._names = _names_of(day)
        self._opens, self._closes = day.session.opens, day.session.closes
        self._spans, n_rows = _spans_of(self.intervals, n, self._closes - self._opens)
        self._parts = np.zeros((len(self.intervals) - 1, n), PARTS)
        self._whole = np.zeros(n, PARTS)
        self._bars = np.zeros(n_rows, BAR)  # the whole day's: rows not written yet cost no memory
        if self._bars.nbytes <= WATCHLIST_BYTES:
            self._bars.fill(0)  # a watchlist's few megabytes are taken now: memory stands still, no minute waits for it
        self._first_rows = self._spans["free"].tolist()
        self._log = np.zeros(n_rows // n, CLOSED)
        self._gaps: list[tuple[int, int]] = []
        so_far = self._day_so_far
        self._feed = straight(kernel.feed, ticks_of(0), 0, self._names)
        self._build = straight(kernel.build, ticks_of(0), 0, *so_far)
        self._close = straight(kernel.shut, 0, *so_far, 0)
        self._peek = straight(kernel.peek, 0, *so_far[:3], self._whole, self._bars)
        self._shut(self._opens)
        self._warm()

    def push(self, ticks: Ticks) -> list[Bars]:
        """Take a frame of trusted ticks; answer the bars it closed, oldest first, base interval before longer ones.

        Shapes: each array holds one interval and one closing instant, all names that traded, in token order.
        Errors: BadInput for a tick whose mode is not one of the wire's.
        """
        feed = self._feed if is_plain(ticks) else kernel.feed
        at = feed(ticks, 0, self._names)
        return [] if at == len(ticks) else self._push_on(ticks, at)

    def push_bars(self, bars: Bars) -> list[Bars]:
        """Take ready-made base bars and close them; answer as `push` does, VWAP columns filled in.

        Bars that open together must come together: a second array for the same instant is late.
        Errors: BadInput for another interval than the day's, or an opening that is not on its grid.
        """
        self._check_bars(bars)
        bars = bars[np.lexsort((bars["token"], bars["ts_open"]))]
        closed: list[Bars] = []
        at = 0
        while at < len(bars):
            opens = int(bars["ts_open"][at])
            closed += self._shut(opens)
            at = kernel.lay(bars, at, self._names)
            closed += self._shut(opens + self.intervals[0] * NS)
        return closed

    def advance(self, ts: int) -> list[Bars]:
        """Close by the clock whatever ended at or before `ts`, traded or not; answer as `push` does."""
        return self._shut(ts)

    def moving(self, interval: Interval) -> Bars:
        """Answer the unfinished bars of `interval` as they stand, token order, VWAP up to now."""
        k = self._row(interval)
        out = np.empty(len(self._names), BAR)
        moving = out[: self._peek(k, self._names, self._parts, self._spans, self._whole, out)]
        if self._gaps and len(moving):
            self._mark_gaps(moving)
        return moving

    def history(self, token: int, interval: Interval) -> Bars:
        """Answer the closed bars of one name this session, oldest first."""
        k = self._row(interval)
        bars = self._bars[self._first_rows[k] : self._spans["free"][k]]
        mine: Bars = bars[bars["token"] == token]
        return mine

    def feed_gap(self, start: int, end: int) -> None:
        """Mark as partial every bar still to be closed that [start, end) touches, if the feed was gone over 60 s.

        Tell it while the gap lasts (again with a later `end`): bars that closed before it was told stay as they are.
        """
        if end - start > GAP_NS:
            self._gaps.append((start, end))

    @property
    def late(self) -> dict[int, int]:
        """Answer by token how many ticks came too late to count; names without any are left out."""
        return self._tally("late")

    @property
    def volume_faults(self) -> dict[int, int]:
        """Answer by token how often the cumulative volume went down, which it cannot."""
        return self._tally("faults")

    def _warm(self) -> None:
        """Compile every kernel now: one compiled at the first tick would keep the market waiting for seconds."""
        self.push(ticks_of(0))
        self.push_bars(bars_of(0))
        kernel.lay(bars_of(0), 0, self._names)
        kernel.disorder(ticks_of(1), 0, 0)
        self.moving(self.intervals[-1])

    def _push_on(self, ticks: Ticks, at: int) -> list[Bars]:
        """Go on at a tick that closes bars, or that the kernel cannot read."""
        closed: list[Bars] = []
        given = ticks
        while at >= 0:
            build: Callable[..., Any] = self._build if is_plain(ticks) else kernel.build
            at, n_closed = build(ticks, at, *self._day_so_far)
            closed += self._handed_out(n_closed)
            if at == len(ticks):
                return closed
            if at >= 0:
                ticks = given.copy() if ticks is given else ticks
                _put_in_exchange_order(ticks[at : kernel.disorder(ticks, at, int(kernel.NEVER))])
        raise _bad_mode(ticks[-1 - at])

    def _tally(self, column: str) -> dict[int, int]:
        return {int(s["token"]): int(s[column]) for s in self._names if s[column]}

    def _row(self, interval: Interval) -> int:
        if interval not in self.intervals:
            known = ", ".join(i.label for i in self.intervals)
            raise BadInput(f"interval {interval} asked of a day that has {known}: ask for one of these")
        return self.intervals.index(interval)

    def _shut(self, ts: int) -> list[Bars]:
        return self._handed_out(self._close(ts, *self._day_so_far, 0))

    @property
    def _day_so_far(self) -> tuple[Any, ...]:
        """Answer all that the kernel carries, as its steps take it."""
        return self._names, self._parts, self._spans, self._opens, self._closes, self._bars, self._log

    def _handed_out(self, n_closed: int) -> list[Bars]:
        """Answer what just closed, oldest first: views of the day's bars, which nobody writes to again."""
        closed = [self._bars[first : first + n] for _, _, first, n in sorted(self._log[:n_closed].tolist())]
        if self._gaps:
            for bars in closed:
                self._mark_gaps(bars)
        return closed

    def _mark_gaps(self, bars: Bars) -> None:
        opens, interval = int(bars["ts_open"][0]), int(bars["interval_s"][0])
        end = min(opens + interval * NS, self._closes)
        if any(gap_start < end and opens < gap_end for gap_start, gap_end in self._gaps):
            bars["partial"] = 1

    def _check_bars(self, bars: Bars) -> None:
        base = self.intervals[0]
        if np.any(bars["interval_s"] != int(base)):
            given = sorted(set(bars["interval_s"].tolist()))
            raise BadInput(f"bars of {given} s given, the day's {int(base)} s expected")
        off = (bars["ts_open"] - self._opens) % (int(base) * NS) != 0
        if np.any(off):
            at = hhmmss(int(bars["ts_open"][off][0]))
            raise BadInput(f"a {base.label} bar opens at {at}, which is not on the session's grid: check its time zone")


def build_day(ticks: Ticks, day: TradingDay) -> list[Bars]:
    """Build a whole day's closed bars from its recorded ticks in one go, bit-equal to frame by frame."""
    builder = BarBuilder(day)
    return builder.push(ticks) + builder.advance(day.session.closes)


def _intervals(base: Interval) -> tuple[Interval, ...]:
    if base >= Interval.H1:
        raise BadInput(f"base interval {base.label} given; an intraday one under an hour expected")
    longer = (i for i in Interval if base < i < Interval.D1 and i % base == 0)
    return (base, *longer)


def _spans_of(intervals: tuple[Interval, ...], n_names: int, session_ns: int) -> tuple[NDArray[Any], int]:
    """Answer the intervals as the kernel knows them, and how many bars of all of them a day can have."""
    spans = np.zeros(len(intervals), SPANS)
    n_rows = 0
    for k, seconds in enumerate(intervals):
        part = max((shorter for shorter in range(k) if seconds % intervals[shorter] == 0), default=0)
        spans[k] = (seconds, part, n_rows)
        n_rows += n_names * -(-session_ns // (seconds * NS))
    return spans, n_rows


def _names_of(day: TradingDay) -> NDArray[Any]:
    tokens = [instrument.token for instrument in day.instruments]
    if not tokens or tokens != sorted(set(tokens)):
        raise BadInput("a day's instruments must be some, distinct and in ascending token order")
    names = np.zeros(len(tokens), NAMES)
    names["token"] = tokens
    names["seen_volume"] = -1
    for name, instrument in zip(names, day.instruments, strict=True):
        hours = [(w.opens, w.closes) for w in day.session.windows(instrument) if w.phase is Phase.CONTINUOUS]
        if not 0 < len(hours) <= MOST_WINDOWS:
            raise BadInput(f"{instrument.symbol} has {len(hours)} continuous windows; 1 to {MOST_WINDOWS} expected")
        name["hours"][: len(hours)] = hours
    names["opens"], names["closes"] = names["hours"][:, 0].T
    return names


def _put_in_exchange_order(frame: Ticks) -> None:
    """Sort one frame's ticks by exchange time, ties as they came."""
    frame[:] = frame[np.argsort(np.where(frame["ts_event"] != 0, frame["ts_event"], frame["ts_seen"]), kind="stable")]


def _bad_mode(tick: Any) -> BadInput:
    return BadInput(f"tick of token {tick['token']} has mode {tick['mode']}; one of TickMode expected: fix the feed")
