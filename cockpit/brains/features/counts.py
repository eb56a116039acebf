"""Alpha158's counts and sums of changes: how often and by how much price and volume rose and fell in each window.

Source: qlib's Alpha158.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.bars import TINY
from cockpit.brains.features.columns import CLOSE, VOLUME, Family, Rows, compiled, lay
from cockpit.brains.features.windows import WINDOWS, operators


@compiled
def counts(
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
    """Compute CNTP, CNTN, CNTD of the closes, SUMP, SUMN, SUMD of their changes and VSUMP, VSUMN, VSUMD of volume's."""
    n_names, step = rows.shape[2], len(WINDOWS)
    block, sums = np.empty((9 * step, n_names)), np.empty((6, n_names))
    for t in range(first, last):
        sums[:] = 0.0
        k = 0
        for w in range(step):
            while k < WINDOWS[w]:
                _tally(rows[CLOSE, t - k], rows[CLOSE, t - k - 1], sums[:4])
                _part(rows[VOLUME, t - k], rows[VOLUME, t - k - 1], sums[4], sums[5])
                k += 1
            for j in range(n_names):
                block[w, j] = sums[0, j] / k
                block[step + w, j] = sums[1, j] / k
                block[2 * step + w, j] = (sums[0, j] - sums[1, j]) / k
            _shares(sums[2], sums[3], block, 3 * step + w)
            _shares(sums[4], sums[5], block, 6 * step + w)
        lay(block, ages[t - first], lookbacks, out[t - first], slots)


@compiled
def _tally(now: Rows, before: Rows, sums: Rows) -> None:
    for j in range(len(now)):
        sums[0, j] += 1.0 if now[j] > before[j] else 0.0
        sums[1, j] += 1.0 if now[j] < before[j] else 0.0
    _part(now, before, sums[2], sums[3])


@compiled
def _part(now: Rows, before: Rows, up: Rows, down: Rows) -> None:
    """Add a change to the sum of rises or of falls; by arithmetic, so that a missing one makes the sum missing."""
    for j in range(len(now)):
        change = now[j] - before[j]
        up[j] += (abs(change) + change) / 2.0
        down[j] += (abs(change) - change) / 2.0


@compiled
def _shares(up: Rows, down: Rows, block: Rows, at: int) -> None:
    step = len(WINDOWS)
    for j in range(len(up)):
        total = up[j] + down[j] + TINY
        block[at, j] = up[j] / total
        block[at + step, j] = down[j] / total
        block[at + 2 * step, j] = (up[j] - down[j]) / total


NAMES: Final = ("CNTP", "CNTN", "CNTD", "SUMP", "SUMN", "SUMD", "VSUMP", "VSUMN", "VSUMD")
COUNTS: Final = Family("counts", operators("counts", NAMES, before=1), counts)
