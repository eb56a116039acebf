"""Where the labels of a chart's axes stand: round prices, round Indian times, never two on one spot."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from cockpit.clock import DAY_NS, IST_OFFSET_NS, NS, ist
from cockpit.market import Interval
from cockpit.money import Price
from cockpit.widgets.barstrip import BarStrip
from cockpit.widgets.sight import Scale

MINUTES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360)
DAY_ENDS: Final = (15 * 60 + 30) * 60 * NS
LABEL_GAP: Final = 76.0
"""Least distance between two time labels, px."""
PRICE_GAP: Final = 48.0
"""Least distance between two price labels, px."""


@dataclass(frozen=True, slots=True)
class TimeLabel:
    """One label of the time axis: its place, its words, and whether a new day begins there."""

    x: float
    words: str
    is_day: bool


def price_step(span: float, height: float, gap: float = PRICE_GAP, tick: int = 5) -> int:
    """Answer the round step (1, 2 or 5 times a power of ten, at least a tick) whose labels keep `gap` px apart."""
    least = max(span * gap / max(height, 1.0), float(tick))
    power = 10 ** int(np.floor(np.log10(least)))
    return int(next((m * power for m in (1, 2, 5, 10) if m * power >= least), 10 * power))


def price_labels(scale: Scale, gap: float = PRICE_GAP) -> list[Price]:
    """Answer the round prices to be labelled in the price pane, ascending."""
    sight = scale.sight
    step = price_step(sight.y1 - sight.y0, scale.area.height, gap)
    first = int(np.ceil(max(sight.y0, 0.0) / step)) * step
    return list(range(first, int(np.floor(sight.y1)) + 1, step))


def time_labels(strip: BarStrip, scale: Scale, gap: float = LABEL_GAP) -> list[TimeLabel]:
    """Answer the labels of the time axis, left to right: round times within a day, dates where days begin."""
    if not len(strip):
        return []
    if strip.interval is Interval.D1:
        return _dates(strip, scale, gap)
    found: list[TimeLabel] = []
    days = _days(strip, scale)
    step = _minutes(strip, scale, gap)
    for nth, (x_open, x_close) in enumerate(days):
        if len(days) > 1:
            found.append(TimeLabel(x_open, _date(strip.ts_of(x_open)), nth > 0))
        found += _times(strip, (x_open, x_close), step, (scale.sight.x0, scale.sight.x1))
    return _thinned(found, scale, gap)


def _days(strip: BarStrip, scale: Scale) -> list[tuple[float, float]]:
    """Answer the first and last place of every day in view; the newest day runs on to the right edge."""
    shown = strip.visible(scale.sight.x0 - 1, scale.sight.x1)
    start, stop = max(shown.start - 1, 0), max(shown.stop, shown.start + 1)
    rows = strip.rows[start : stop + 1]
    day = (rows["ts_open"] + IST_OFFSET_NS) // DAY_NS
    firsts = [0, *(np.flatnonzero(np.diff(day)) + 1).tolist()]
    places = [float(strip.x[start + i]) for i in firsts]
    closes = [*places[1:], scale.sight.x1 if stop >= len(strip) - 1 else float(strip.x[min(stop, len(strip) - 1)])]
    return list(zip(places, closes, strict=True))


def _minutes(strip: BarStrip, scale: Scale, gap: float) -> int:
    per_minute = scale.step * 60 / int(strip.interval)
    return next((m for m in MINUTES if m * per_minute >= gap and m * 60 >= int(strip.interval)), 720)


def _times(strip: BarStrip, day: tuple[float, float], minutes: int, view: tuple[float, float]) -> list[TimeLabel]:
    step = minutes * 60 * NS
    left, right = max(day[0], view[0]), min(day[1], view[1])
    first, last = strip.ts_of(left), strip.ts_of(right)
    ts = -(-(first + IST_OFFSET_NS) // step) * step - IST_OFFSET_NS
    found = []
    newest = int(strip.rows["ts_open"][-1])
    while ts <= last:
        if ts > newest and (ts + IST_OFFSET_NS) % DAY_NS > DAY_ENDS:
            break  # the room right of the last bar is labelled to the end of trading and not into the night
        found.append(TimeLabel(strip.x_of(ts), ist(ts).strftime("%H:%M"), is_day=False))
        ts += step
    return found


def _dates(strip: BarStrip, scale: Scale, gap: float) -> list[TimeLabel]:
    """Label daily bars: the first bar of each month, or every so many bars where months are far apart."""
    shown = strip.visible(scale.sight.x0, scale.sight.x1)
    start = shown.start
    stamps = [int(ts) for ts in strip.rows["ts_open"][start : shown.stop + 1]]
    marked = [i for i, (a, b) in enumerate(pairwise(stamps), 1) if ist(a).month != ist(b).month]
    if len(marked) < 2:
        marked = list(range(0, len(stamps), max(1, int(np.ceil(gap / scale.step)))))
    labels = [TimeLabel(float(strip.x[start + i]), _date(stamps[i]), is_day=False) for i in marked]
    return _thinned(labels, scale, gap)


def _thinned(labels: list[TimeLabel], scale: Scale, gap: float) -> list[TimeLabel]:
    """Drop labels that would touch; where a day and a time meet, the day stays."""
    kept: list[TimeLabel] = []
    for label in labels:
        at = scale.px(label.x)
        if not -1.0 <= at <= scale.area.width:
            continue
        if kept and at - scale.px(kept[-1].x) < gap * 0.72:
            if label.is_day and not kept[-1].is_day:
                kept[-1] = label
            continue
        kept.append(label)
    return kept


def _date(ts: int) -> str:
    return ist(ts).strftime("%d %b").lstrip("0")
