"""Daily bars as rows, as sources answer them, and the panel they make: one bar a name and day, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.evidence import Finding, Flaw, Rows
from cockpit.market import DailyPanel, Instrument

DAY_BAR: Final = np.dtype(
    [
        ("token", "i8"),
        ("day", "M8[D]"),
        ("open", "f8"),  # rupees
        ("high", "f8"),
        ("low", "f8"),
        ("close", "f8"),
        ("volume", "f8"),  # shares
        ("delivery", "f8"),  # 0..1
        ("reinvested", "f8"),  # what a price is multiplied by to have dividends reinvested; NaN unknown
    ]
)
"""One session of one name as a source tells it; NaN where it tells nothing."""
PRICES: Final = ("open", "high", "low", "close")
FIELDS: Final = (*PRICES, "volume", "delivery")


@dataclass(frozen=True, slots=True)
class Gridded:
    """A panel made of rows, with what was wrong with the rows."""

    panel: DailyPanel
    findings: tuple[Finding, ...]


def day_bars(n: int) -> Rows:
    """Answer `n` rows of DAY_BAR of which nothing is known."""
    rows: Rows = np.zeros(n, dtype=DAY_BAR)
    for field in (*FIELDS, "reinvested"):
        rows[field] = np.nan
    return rows


def gridded(rows: Rows, instruments: Sequence[Instrument], source: str) -> Gridded:
    """Make a panel of `rows` (DAY_BAR), columns following `instruments`; rows of other names are left out.

    Two equal rows of a name and day are one. Two that differ are none: nobody can tell which is right, so the day is
    left empty and told.
    """
    column = {instrument.token: k for k, instrument in enumerate(instruments)}
    place = np.array([column.get(token, -1) for token in rows["token"].tolist()], dtype=np.int64)
    rows, place = rows[place >= 0], place[place >= 0]
    rows, place, found = _single(rows, place, instruments)
    days, row = np.unique(rows["day"], return_inverse=True)
    grids = {}
    for field in (*FIELDS, "reinvested"):
        grids[field] = np.full((len(days), len(instruments)), np.nan)
        grids[field][row, place] = rows[field]
    reinvested = grids.pop("reinvested")
    known = None if np.isnan(reinvested).all() else reinvested
    return Gridded(DailyPanel(days, tuple(instruments), **grids, source=source, reinvested=known), found)


def rows_of_panel(panel: DailyPanel) -> Rows:
    """Answer a panel's known bars as DAY_BAR rows, by day, then by column."""
    row, column = np.nonzero(~np.isnan(panel.close))
    rows = day_bars(len(row))
    rows["day"] = panel.days[row]
    rows["token"] = np.array([i.token for i in panel.instruments], dtype=np.int64)[column]
    for field in FIELDS:
        rows[field] = getattr(panel, field)[row, column]
    if panel.reinvested is not None:
        rows["reinvested"] = panel.reinvested[row, column]
    return rows


def emptied(panel: DailyPanel, cells: NDArray[Any]) -> DailyPanel:
    """Answer the panel without the bars in `cells`, bool [day, name]."""
    if not cells.any():
        return panel
    left: dict[str, Any] = {field: np.where(cells, np.nan, getattr(panel, field)) for field in FIELDS}
    return replace(panel, **left)


def _single(
    rows: Rows, place: NDArray[Any], instruments: Sequence[Instrument]
) -> tuple[Rows, NDArray[Any], tuple[Finding, ...]]:
    order = np.lexsort((rows["day"], place))
    rows, place = rows[order], place[order]
    again = np.zeros(len(rows), dtype=bool)
    again[1:] = (place[1:] == place[:-1]) & (rows["day"][1:] == rows["day"][:-1])
    if not again.any():
        return rows, place, ()
    group = np.cumsum(~again) - 1
    differs = np.zeros(len(rows), dtype=bool)
    for field in FIELDS:
        one, other = rows[field][1:], rows[field][:-1]
        differs[1:] |= again[1:] & (one != other) & ~(np.isnan(one) & np.isnan(other))
    torn = np.isin(group, group[differs])
    found = tuple(
        _duplicate(instruments[int(place[k])].symbol, rows["day"][k].astype(object), bool(torn[k]))
        for k in np.flatnonzero(again & np.append(~again[1:], True)).tolist()
    )
    kept = ~again & ~torn
    return rows[kept], place[kept], found


def _duplicate(symbol: str, day: date, is_torn: bool) -> Finding:
    words = "the bars differ, so none of them is taken" if is_torn else "the bars are equal and count once"
    return Finding(Flaw.DUPLICATE, symbol, day, day, words)
