"""Where the close lies between the highs and lows of the last sessions: distances, ages, stochastic, Williams."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    BOTTOM_5,
    BOTTOM_SINCE_5,
    CLOSE,
    TOP_5,
    TOP_SINCE_5,
    Family,
    Rows,
    compiled,
    declared,
    lay,
)

SPANS: Final = (14, 20, 28, 60)
"""Stochastic, short channel, Williams, long channel: put together of extremes of five sessions, which may overlap."""
PER_SPAN: Final = 1.0 / SPANS[3]
SMOOTHED: Final = 3
"""Sessions over which the stochastic's line is averaged."""


@compiled
def channels(
    rows: Rows,
    ages: Rows,
    carried: Rows,
    groups: Rows,
    first: int,
    last: int,
    lookbacks: Rows,
    out: Rows,
    slots: Rows,
) -> None:
    """Compute distances to highs and lows, how long ago they were (share of the span), %K, %D and Williams' %R."""
    n_names = rows.shape[2]
    block, tops, bottoms = np.empty((9, n_names)), np.empty((4, n_names)), np.empty((4, n_names))
    for t in range(first, last):
        close = rows[CLOSE, t]
        _highest(rows[TOP_5], t, tops)
        _lowest(rows[BOTTOM_5], t, bottoms)
        _distances(close, tops[1], bottoms[1], block[0:2])
        _distances(close, tops[3], bottoms[3], block[2:4])
        _since(rows[TOP_5], rows[TOP_SINCE_5], t, tops[3], block[4])
        _since(rows[BOTTOM_5], rows[BOTTOM_SINCE_5], t, bottoms[3], block[5])
        _stochastic(close, tops[0], bottoms[0], ages[t - first], carried, block[6:8])
        for j in range(n_names):
            spread = tops[2, j] - bottoms[2, j]
            block[8, j] = (close[j] - tops[2, j]) / spread if spread > 0.0 else np.nan
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _highest(fives: Rows, t: int, tops: Rows) -> None:
    """Answer the highest of each span from row `t` back."""
    for j in range(tops.shape[1]):
        top = max(fives[t, j], fives[t - 5, j])
        tops[0, j] = max(top, fives[t - 9, j])
        top = max(top, fives[t - 10, j], fives[t - 15, j])
        tops[1, j] = top
        top = max(top, fives[t - 20, j])
        tops[2, j] = max(top, fives[t - 23, j])
        for k in range(25, SPANS[3], 5):
            top = max(top, fives[t - k, j])
        tops[3, j] = top


@compiled
def _lowest(fives: Rows, t: int, bottoms: Rows) -> None:
    """Answer the lowest of each span from row `t` back."""
    for j in range(bottoms.shape[1]):
        bottom = min(fives[t, j], fives[t - 5, j])
        bottoms[0, j] = min(bottom, fives[t - 9, j])
        bottom = min(bottom, fives[t - 10, j], fives[t - 15, j])
        bottoms[1, j] = bottom
        bottom = min(bottom, fives[t - 20, j])
        bottoms[2, j] = min(bottom, fives[t - 23, j])
        for k in range(25, SPANS[3], 5):
            bottom = min(bottom, fives[t - k, j])
        bottoms[3, j] = bottom


@compiled
def _since(fives: Rows, ages: Rows, t: int, extreme: Rows, column: Rows) -> None:
    """Answer how long ago the extreme of the longest span was, as a share of it; of equal ones the oldest counts."""
    for j in range(len(column)):
        when = ages[t, j]
        for k in range(5, SPANS[3], 5):
            when = ages[t - k, j] + k if fives[t - k, j] == extreme[j] else when
        column[j] = when * PER_SPAN


@compiled
def _distances(close: Rows, top: Rows, bottom: Rows, block: Rows) -> None:
    for j in range(len(close)):
        block[0, j] = close[j] / top[j] - 1.0
        block[1, j] = close[j] / bottom[j] - 1.0


@compiled
def _stochastic(close: Rows, top: Rows, bottom: Rows, age: Rows, carried: Rows, block: Rows) -> None:
    """Answer %K and its mean over three sessions; the two before today's are carried."""
    for j in range(len(close)):
        spread = top[j] - bottom[j]
        place = (close[j] - bottom[j]) / spread if spread > 0.0 else np.nan
        block[0, j] = place
        block[1, j] = (place + carried[0, j] + carried[1, j]) * (1.0 / SMOOTHED)
        carried[1, j] = carried[0, j] if age[j] > 0 else carried[1, j]
        carried[0, j] = place if age[j] > 0 else carried[0, j]


CHANNELS: Final = Family(
    "channels",
    declared(
        "channels",
        *((f"{side}_{span}", "ratio", span - 1) for span in (20, 60) for side in ("high", "low")),
        *((f"since_{side}_60", "ratio", 59) for side in ("high", "low")),
        ("stoch_k_14", "ratio", 13),
        ("stoch_d_14", "ratio", 13 + SMOOTHED - 1),
        ("williams_28", "ratio", 27),
    ),
    channels,
    carried=SMOOTHED - 1,
)
