"""Where the close lies between the highs and lows of the last sessions: distances, ages, stochastic, Williams."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import CLOSE, Family, Rows, compiled, declared, lay
from cockpit.brains.features.windows import widen

SPANS: Final = (14, 20, 28, 60)
"""Stochastic, short channel, Williams, long channel."""
FIVES: Final = (0, 5, 9, 10, 15, 20, 23, 25, 30, 35, 40, 45, 50, 55)
"""From where back five sessions are taken: overlaps do no harm to extremes."""
TAKEN: Final = (0, 3, 5, 7, 14)
"""How many of the fives each span has taken, after none."""
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
    at: int,
) -> None:
    """Compute distances to highs and lows, how long ago they were (share of the span), %K, %D and Williams' %R."""
    n_names = rows.shape[2]
    block, top, bottom = np.empty((9, n_names)), np.empty((2, n_names)), np.empty((2, n_names))
    for t in range(first, last):
        close = rows[CLOSE, t]
        top[0], bottom[0], top[1], bottom[1] = -np.inf, np.inf, 0.0, 0.0
        for w in range(len(SPANS)):
            for i in range(TAKEN[w], TAKEN[w + 1]):
                widen(rows, t, FIVES[i], top, bottom)
            if w == 0:
                _stochastic(close, top[0], bottom[0], ages[t - first], carried, block[6:8])
            elif w == 2:
                for j in range(n_names):
                    spread = top[0, j] - bottom[0, j]
                    block[8, j] = (close[j] - top[0, j]) / spread if spread > 0.0 else np.nan
            else:
                _distances(close, top[0], bottom[0], block[w - 1 : w + 1])
        for j in range(n_names):
            block[4, j], block[5, j] = top[1, j] / SPANS[3], bottom[1, j] / SPANS[3]
        lay(block, ages[t - first], lookbacks, out[t - first], at)


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
        block[1, j] = (place + carried[0, j] + carried[1, j]) / SMOOTHED
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
