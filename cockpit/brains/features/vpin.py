"""How one-sided trading is, told from bars alone: VPIN with bulk-volume classification.

Source: Easley, Lopez de Prado and O'Hara, Review of Financial Studies 25 (2012): each bar's volume is parted into
bought and sold by how large its price change is against the usual one.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SPAN: Final = 50
"""Bars that are looked at together."""
TINY: Final = 1e-9


def vpin(close: NDArray[Any], volume: NDArray[Any], span: int = SPAN) -> NDArray[np.float64]:
    """Answer VPIN at each bar: 0 when as much was bought as sold, 1 when all of it went one way.

    Shapes: `close` and `volume` [bar]; so is the answer, NaN until `span` changes are known, and where nothing traded.
    A change is large against the spread of the span's changes, so a steady climb is bought from first bar to last.
    """
    answer = np.full(len(close), np.nan)
    changes = np.diff(close, prepend=np.nan)
    for t in range(span, len(close)):
        recent, traded = changes[t - span + 1 : t + 1], volume[t - span + 1 : t + 1]
        total = float(traded.sum())
        if not np.isfinite(recent).all() or not total > 0:
            continue
        spread = float(recent.std())
        one_way = np.array([_one_way(change, spread) for change in recent])
        answer[t] = float((traded * one_way).sum()) / total
    return answer


def _one_way(change: float, spread: float) -> float:
    """Answer |bought - sold| of a bar as a share of its volume: twice the normal probability beyond the middle."""
    if abs(change) <= TINY * spread or change == 0:
        return 0.0
    return math.erf(abs(change) / (spread * math.sqrt(2))) if spread > TINY * abs(change) else 1.0
