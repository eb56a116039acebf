"""A company's accounts as they stood at each filing: the newest year, the year before, earnings against last year's.

Filings come one by one. After each, the books are read again as they stand then, so a figure restated later changes
nothing before its restatement was public.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
    for part in np.split(ordered, np.flatnonzero(np.diff(ordered["visible"])) + 1):
        if len(part):
            books.enter(part)
            standing = books.standing(int(part["visible"][0]))
            if standing:
                yield standing


@dataclass(slots=True)
class _Books:
    years: Book = field(default_factory=dict)
    quarters: Book = field(default_factory=dict)

    def enter(self, rows: Rows) -> None:
        for row in rows:
            book = self.years if row["months"] == ANNUAL else self.quarters
            end = int(row["period_end"].astype(np.int64))
            if np.isfinite(row["value"]):
                book.setdefault(end, {})[ITEMS[row["item"]]] = float(row["value"])

    def standing(self, visible: int) -> Standing | None:
        twelve = {**self._trailing(), **self.years}  # a filed year goes before one added up of quarters
        if not twelve:
            return None
        end, filed = max(twelve), self.years or twelve
        now = self._with_balance(end, twelve[end])
        return Standing(visible, now, _year_before(twelve, end), filed[max(filed)], _year_before(filed, max(filed)))

    def _trailing(self) -> Book:
        ends = sorted(self.quarters)
        sums: Book = {}
        for k in range(QUARTERS - 1, len(ends)):
            four = ends[k - QUARTERS + 1 : k + 1]
            if four[-1] - four[0] <= YEAR_DAYS - 90 + SLACK_DAYS:
                sums[four[-1]] = _added([self.quarters[end] for end in four])
        return sums

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
    changes: NDArray[Any] = np.full(len(days), np.nan)
    for k in range(len(days)):
        away = np.abs(days[:k] - (days[k] - YEAR_DAYS))
        if k and away.min() <= 2 * SLACK_DAYS:
            changes[k] = earnings[k] - earnings[int(np.argmin(away))]
    answer = np.full(len(days), np.nan)
    for k in range(len(days)):
        past = changes[:k][np.isfinite(changes[:k])][-SPREAD_QUARTERS:]
        if len(past) >= FEWEST_DIFFERENCES and (spread := float(past.std(ddof=1))) > 0:
            answer[k] = changes[k] / spread
    return answer
