"""What was known on each evening: rows with the instant they became visible, laid out over days and names.

A value on day t stands on rows visible by the evening of t and on nothing later. The evening's hour is that of the
evidence itself, 20:00 as a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import DAY_NS, ist
from cockpit.evidence import Evidence, instants
from cockpit.opinions import FeatureHistory

NEVER: Final = np.iinfo(np.int64).min
"""The instant of something that was not seen so far."""


@dataclass(frozen=True, slots=True)
class Evenings:
    """The days and names of some evidence, and the instant each day is judged at.

    Shapes: `days` datetime64[D] [day], `at` int64 ns UTC [day].
    """

    days: NDArray[Any]
    at: NDArray[Any]
    tokens: tuple[int, ...]

    @classmethod
    def of(cls, evidence: Evidence) -> Evenings:
        """Answer the evenings of the evidence's prices."""
        panel = evidence.prices.value
        at = instants(panel.days, ist(evidence.as_of).time())
        return cls(panel.days, at, tuple(i.token for i in panel.instruments))

    @property
    def shape(self) -> tuple[int, int]:
        """Answer how many days and names there are."""
        return len(self.days), len(self.tokens)

    def names(self, tokens: NDArray[Any]) -> NDArray[np.int64]:
        """Answer the column of each token, -1 for a token that is not among the names."""
        order = np.argsort(self.tokens)
        known = np.asarray(self.tokens, dtype=np.int64)[order]
        place = np.minimum(np.searchsorted(known, tokens), len(known) - 1)
        return np.where(known[place] == tokens, order[place], -1).astype(np.int64)

    def first(self, visible: NDArray[Any]) -> NDArray[np.int64]:
        """Answer the first evening that could know each row; the number of days where none could."""
        return np.searchsorted(self.at, visible, side="left").astype(np.int64)

    def newest(self, tokens: NDArray[Any], visible: NDArray[Any], values: NDArray[Any]) -> Known:
        """Lay the newest visible value of each name over the evenings.

        Shapes: all three [row]; of rows first known on one evening the one visible last stands.
        """
        seen: NDArray[Any] = np.full(self.shape, NEVER, dtype=np.int64)
        grid: NDArray[Any] = np.full(self.shape, np.nan)
        day, name = self.first(visible), self.names(tokens)
        counted = np.flatnonzero((day < len(self.days)) & (name >= 0))
        counted = counted[np.argsort(visible[counted], kind="stable")]
        grid[day[counted], name[counted]] = values[counted]
        seen[day[counted], name[counted]] = visible[counted]
        row = np.where(seen > NEVER, np.arange(len(self.days))[:, None], 0)
        row = np.maximum.accumulate(row, axis=0)
        return Known(np.take_along_axis(grid, row, axis=0), np.take_along_axis(seen, row, axis=0))

    def sessions_since(self, seen: NDArray[Any]) -> NDArray[Any]:
        """Answer how many evenings ago something was first known, 0 for this one; NaN where it never was.

        Shapes: int64 ns UTC [day, name] in, float64 out.
        """
        age = np.arange(len(self.days))[:, None] - self.first(seen)
        return np.where(seen > NEVER, age.astype(np.float64), np.nan)

    def days_since(self, seen: NDArray[Any]) -> NDArray[Any]:
        """Answer how many calendar days lie between `seen` and the evening; NaN where it never was."""
        away = self.at[:, None] - np.where(seen > NEVER, seen, 0)
        return np.where(seen > NEVER, away / DAY_NS, np.nan)


@dataclass(frozen=True, slots=True)
class Known:
    """The newest value of something on each evening. Shapes: `value` float64 and `seen` int64 ns UTC, [day, name]."""

    value: NDArray[Any]
    seen: NDArray[Any]


def known_share(history: FeatureHistory, columns: tuple[str, ...], first: date, last: date) -> float:
    """Answer the share of (name, session) cells from `first` to `last` in which any of `columns` was known.

    A name counts from the first session on which anything at all was measured of it.
    """
    days = (history.days >= np.datetime64(first, "D")) & (history.days <= np.datetime64(last, "D"))
    chosen = [history.columns.index(column) for column in columns]
    known = np.isfinite(history.values[days][:, :, chosen]).any(axis=2)
    return float(known.mean()) if known.size else 0.0
