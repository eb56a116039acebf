"""A company's accounts as they stood at each filing: the newest year, the year before, earnings against last year's.

Filings come one by one. After each, the books are read again as they stand then, so a figure restated later changes
nothing before its restatement was public.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.evidence import ITEMS, Rows

YEAR_DAYS: Final = 365
SLACK_DAYS: Final = 20
"""A year before is a year before though the date of closing moved a little."""
ANNUAL, QUARTER = 12, 3
QUARTERS: Final = 4
BALANCE: Final = frozenset(
    {"total_assets", "current_assets", "current_liabilities", "long_term_debt", "equity", "shares"}
)
"""Figures of one day; all others are of a stretch of time and add up over quarters."""
SPREAD_QUARTERS: Final = 8
FEWEST_DIFFERENCES: Final = 4

Book = dict[int, dict[str, float]]
"""Figures by the day a period ended (days since 1970)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The books of one company after one filing."""

    visible: int
    now: Mapping[str, float]
    """The newest twelve months: the last four quarters, or the year, whichever ended later."""
    before: Mapping[str, float]
    """The twelve months before those; empty when they are not known."""
    year: Mapping[str, float]
    """The newest year filed as one, which tells more than quarters do; where none was, the newest twelve months."""
    year_before: Mapping[str, float]


def standings(rows: Rows) -> Iterator[Standing]:
    """Answer one company's books after each of its filings. Shape: `rows` is FILING [row], of one token, any order."""
    books = _Books()
    ordered = rows[np.argsort(rows["visible"], kind="stable")]
    ends = ordered["period_end"].astype(np.int64).tolist()
    columns = (ordered["visible"].tolist(), ends, *(ordered[field].tolist() for field in ("months", "item", "value")))
    for visible, filed in groupby(zip(*columns, strict=True), key=itemgetter(0)):
        books.enter(filed)
        standing = books.standing(visible)
        if standing:
            yield standing


@dataclass(slots=True)
class _Books:
    years: Book = field(default_factory=dict)
    quarters: Book = field(default_factory=dict)

    def enter(self, filed: Iterable[tuple[int, int, int, int, float]]) -> None:
        """Enter rows of (visible, end of period, months, item, value)."""
        for _, end, months, item, value in filed:
            if math.isfinite(value):
                book = self.years if months == ANNUAL else self.quarters
                book.setdefault(end, {})[ITEMS[item]] = value

    def standing(self, visible: int) -> Standing | None:
        ends = sorted({*self.years, *self.quarters}, reverse=True)
        end = next((e for e in ends if self._twelve(e)), None)
        if end is None:
            return None
        before = next((e for e in ends if abs(e - (end - YEAR_DAYS)) <= SLACK_DAYS and self._twelve(e)), None)
        now, then = self._with_balance(end, self._twelve(end)), {} if before is None else self._twelve(before)
        if not self.years:
            return Standing(visible, now, then, now, then)
        filed = max(self.years)
        return Standing(visible, now, then, self.years[filed], _year_before(self.years, filed))

    def _twelve(self, end: int) -> dict[str, float]:
        """Answer the twelve months to a day: the year as filed, else four quarters added up; empty when one lacks."""
        if end in self.years:
            return self.years[end]
        four = sorted(e for e in self.quarters if end - YEAR_DAYS + 90 - SLACK_DAYS <= e <= end)
        return _added([self.quarters[e] for e in four]) if len(four) == QUARTERS else {}

    def _with_balance(self, end: int, year: dict[str, float]) -> dict[str, float]:
        """Take what a quarter does not tell of assets and debts from the newest year's end, at most a year ago."""
        older = [e for e in self.years if end - YEAR_DAYS - SLACK_DAYS <= e < end]
        if not older or end in self.years:
            return year
        return {**{item: v for item, v in self.years[max(older)].items() if item in BALANCE}, **year}


def _added(quarters: list[dict[str, float]]) -> dict[str, float]:
    in_all = set.intersection(*(set(quarter) for quarter in quarters)) - BALANCE
    added = {item: sum(quarter[item] for quarter in quarters) for item in sorted(in_all)}
    return added | {item: value for item, value in quarters[-1].items() if item in BALANCE}


def _year_before(book: Book, end: int) -> dict[str, float]:
    near = [e for e in book if abs(e - (end - YEAR_DAYS)) <= SLACK_DAYS]
    return book[min(near, key=lambda e: abs(e - (end - YEAR_DAYS)))] if near else {}


def seasonal_surprises(days: NDArray[Any], earnings: NDArray[Any]) -> NDArray[np.float64]:
    """Answer each result's standardised surprise: earnings less those a year before, over the spread of such changes.

    Shapes: `days` int64 ascending and `earnings` float64, [result]; so is the answer, NaN where it cannot be told.
    The spread is the standard deviation of up to eight earlier changes, of four at least: the change that is judged
    has no part in it.
    Source: Bernard and Thomas, Journal of Accounting Research 27 (1989), with the seasonal random walk.
    """
    changes = _seasonal_changes(days, earnings)
    return np.array([_standardised(changes[: k + 1]) for k in range(len(changes))], dtype=np.float64)


def newest_surprise(days: NDArray[Any], earnings: NDArray[Any]) -> float:
    """Answer the last of `seasonal_surprises`."""
    return _standardised(_seasonal_changes(days, earnings))


def _seasonal_changes(days: NDArray[Any], earnings: NDArray[Any]) -> NDArray[np.float64]:
    place = np.searchsorted(days, days - YEAR_DAYS)
    changes: NDArray[Any] = np.full(len(days), np.nan)
    for k in range(len(days)):
        near = [
            j for j in (place[k] - 1, place[k]) if 0 <= j < k and abs(days[k] - YEAR_DAYS - days[j]) <= 2 * SLACK_DAYS
        ]
        if near:
            changes[k] = earnings[k] - earnings[min(near, key=lambda j: abs(days[k] - YEAR_DAYS - days[j]))]
    return changes


def _standardised(changes: NDArray[Any]) -> float:
    """Answer the last of some changes over the spread of those before it; NaN when they are too few or all equal."""
    past = changes[:-1][np.isfinite(changes[:-1])][-SPREAD_QUARTERS:]
    spread = float(past.std(ddof=1)) if len(past) >= FEWEST_DIFFERENCES else 0.0
    return float(changes[-1]) / spread if spread > 0 else float("nan")
