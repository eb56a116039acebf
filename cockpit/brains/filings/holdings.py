"""Whose share of a company moved from one quarter to the next, as the filings told it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.evidence import Rows

NEXT_QUARTER_DAYS: Final = (60, 130)
"""How far apart two quarter ends may lie to be neighbours."""


def changes(rows: Rows, holder: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Answer each newest quarter's change of a holder's share from the quarter before, as (token, visible, change).

    A quarter whose neighbour before was not filed has no change. A late filing of an older quarter is no news.
    Shapes: `rows` is OWNERSHIP [row] in any order; the answers int64, int64 and float64 [change].
    """
    told = rows[np.isfinite(rows[holder])]
    told = told[np.argsort(told["visible"], kind="stable")]
    books: dict[int, dict[int, float]] = {}
    found: list[tuple[int, int, float]] = []
    for row in told:
        token, end = int(row["token"]), int(row["period_end"].astype(np.int64))
        book = books.setdefault(token, {})
        is_newest = not book or end >= max(book)
        book[end] = float(row[holder])
        before = [e for e in book if NEXT_QUARTER_DAYS[0] <= end - e <= NEXT_QUARTER_DAYS[1]]
        if is_newest and before:
            found.append((token, int(row["visible"]), book[end] - book[max(before)]))
    token_, visible, change = zip(*found, strict=True) if found else ((), (), ())
    return np.array(token_, dtype=np.int64), np.array(visible, dtype=np.int64), np.array(change, dtype=np.float64)
