"""The volume profile: at which prices the shares of the last 20 and 60 sessions changed hands.

Daily bars do not say at which price each share traded, so a session's volume is spread evenly over its range. The point
of control is the middle of the fullest of 24 bins; the value area grows from it, always to the fuller neighbour, until
it holds 70 % of the volume.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import CLOSE, HIGH, LOW, VOLUME, Family, Rows, compiled, declared, lay

SPANS: Final = (20, 60)
BINS: Final = 24
VALUE_SHARE: Final = 0.7


@compiled
def profile(
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
    """Compute close over the point of control and over both ends of the value area, less 1, and the area's width."""
    n_names, step = rows.shape[2], 4
    block, bins = np.empty((step * len(SPANS), n_names)), np.empty(BINS)
    for t in range(first, last):
        for j in range(n_names):
            for w in range(len(SPANS)):
                known = ages[t - first, j] > SPANS[w] - 1
                low, width = _spread(rows, t, SPANS[w], j, bins) if known else (np.nan, np.nan)
                _describe(bins, low, width, rows[CLOSE, t, j], block[w * step : (w + 1) * step, j])
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _spread(rows: Rows, t: int, span: int, j: int, bins: Rows) -> tuple[float, float]:
    """Fill the bins with a name's volume; answer where they begin and how wide each is, missing if there is nothing."""
    low, high, total = rows[LOW, t, j], rows[HIGH, t, j], 0.0
    for k in range(span):
        low, high = min(low, rows[LOW, t - k, j]), max(high, rows[HIGH, t - k, j])
        total += rows[VOLUME, t - k, j]
    bins[:] = 0.0
    if not (total > 0.0 and high > low):
        return np.nan, np.nan
    width = (high - low) / BINS
    for k in range(span):
        _pour((rows[LOW, t - k, j] - low) / width, (rows[HIGH, t - k, j] - low) / width, rows[VOLUME, t - k, j], bins)
    return low, width


@compiled
def _pour(begin: float, end: float, volume: float, bins: Rows) -> None:
    """Spread one session's volume over the bins between `begin` and `end`, counted in bins."""
    first, last = min(int(begin), BINS - 1), min(int(end), BINS - 1)
    if first == last:
        bins[first] += volume
        return
    for b in range(first, last + 1):
        bins[b] += volume * (min(end, b + 1.0) - max(begin, float(b))) / (end - begin)


@compiled
def _describe(bins: Rows, low: float, width: float, close: float, told: Rows) -> None:
    top = 0
    for b in range(BINS):
        top = b if bins[b] > bins[top] else top
    first, last, held, wanted = top, top, bins[top], VALUE_SHARE * bins.sum()
    while held < wanted and (first > 0 or last < BINS - 1):
        below = bins[first - 1] if first > 0 else -1.0
        above = bins[last + 1] if last < BINS - 1 else -1.0
        if above >= below:
            last, held = last + 1, held + above
        else:
            first, held = first - 1, held + below
    told[0] = close / (low + (top + 0.5) * width) - 1.0
    told[1] = close / (low + first * width) - 1.0
    told[2] = close / (low + (last + 1.0) * width) - 1.0
    told[3] = (last + 1.0 - first) * width / close


NAMES: Final = ("point_of_control", "value_low", "value_high", "value_width")
PROFILE: Final = Family(
    "volume profile",
    declared("volume profile", *((f"{name}_{span}", "ratio", span - 1) for span in SPANS for name in NAMES)),
    profile,
)
