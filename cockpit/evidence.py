"""What may be known beyond a name's own prices: filings, deals, flows, headlines, each with when it could be known.

Every table is a structured array with a column `visible`: the first instant, ns UTC, at which a reader could have had
the row. What was not yet visible is cut off by `Evidence.known`, so a backtest sees what its evening saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import Abstained
from cockpit.market import DailyPanel

T = TypeVar("T")
Rows: TypeAlias = NDArray[Any]

ITEMS: Final = (
    # as filed, rupees (shares: number; eps: rupees a share)
    "revenue", "gross_profit", "operating_income", "ebit", "ebitda", "interest", "pretax_income", "tax", "net_income",
    "shares", "eps", "total_assets", "current_assets", "current_liabilities", "long_term_debt", "equity",
    "operating_cash", "capital_spending",
    # ready-made by the source: the nine Piotroski answers as 0 or 1, and the return on capital employed as a ratio
    "roa_positive", "cash_positive", "roa_up", "cash_above_income", "leverage_down", "current_ratio_up", "no_issue",
    "margin_up", "turnover_up", "roce",
)  # fmt: skip
"""What a filing row may speak of; a row names its item by the place in this tuple."""

FILING: Final = np.dtype(
    [
        ("token", "i8"),
        ("item", "i2"),
        ("period_end", "M8[D]"),
        ("months", "i2"),  # 3 or 12: how long a time the figure covers
        ("visible", "i8"),
        ("value", "f8"),
    ]
)
SURPRISE: Final = np.dtype(
    [("token", "i8"), ("visible", "i8"), ("estimate", "f8"), ("reported", "f8")]  # rupees a share; NaN: none published
)
"""One result as it was announced, with the consensus before it."""
OWNERSHIP: Final = np.dtype(
    [
        ("token", "i8"),
        ("period_end", "M8[D]"),
        ("visible", "i8"),
        ("promoter", "f8"),  # shares of the equity, 0..1; NaN unknown
        ("foreign", "f8"),
        ("domestic", "f8"),
        ("public", "f8"),
    ]
)
DEAL: Final = np.dtype(
    [
        ("token", "i8"),
        ("day", "M8[D]"),
        ("visible", "i8"),
        ("side", "i8"),  # +1 bought, -1 sold
        ("quantity", "i8"),
        ("price", "i8"),  # paise
        ("client", "i8"),  # a stable number for one client, so that a day's round trips cancel
        ("is_fund", "?"),
    ]
)
"""One bulk or block deal."""
FLOW: Final = np.dtype(
    [("day", "M8[D]"), ("visible", "i8"), ("sessions", "i2"), ("foreign_crore", "f8"), ("domestic_crore", "f8")]
)
"""Net cash purchases of foreign and domestic institutions over `sessions` sessions up to `day` (1, or about 21)."""
POSITIONING: Final = np.dtype(
    [
        ("day", "M8[D]"),
        ("visible", "i8"),
        ("foreign_index_long", "f8"),  # open contracts of index futures, then of stock futures
        ("foreign_index_short", "f8"),
        ("domestic_index_long", "f8"),
        ("domestic_index_short", "f8"),
        ("own_index_long", "f8"),
        ("own_index_short", "f8"),
        ("foreign_stock_long", "f8"),
        ("foreign_stock_short", "f8"),
        ("advances", "f8"),
        ("declines", "f8"),
    ]
)
"""What the participants of the derivatives market held that evening, and how many names rose and fell."""
ACTION: Final = np.dtype(
    [("token", "i8"), ("ex_day", "M8[D]"), ("visible", "i8"), ("shares", "f8"), ("dividend", "f8")]
)
"""A corporate action: one share became `shares` (1 unless split or bonus) and `dividend` rupees a share were paid."""
INDEX_DAY: Final = np.dtype(
    [("day", "M8[D]"), ("open", "f8"), ("high", "f8"), ("low", "f8"), ("close", "f8"), ("vix", "f8"), ("visible", "i8")]
)
"""One session of NIFTY 50 with India VIX at its close; NaN where a figure is missing."""


@dataclass(frozen=True, slots=True)
class Headline:
    """One published line about a name. `visible` is when it was first seen, ns UTC."""

    visible: int
    token: int
    text: str
    source: str
    category: str = ""
    """The exchange's own category of an announcement, empty for the press."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Say who answered, how old the newest part is, when we fetched it, and whether a better source failed first."""

    source: str
    newest: int
    """The newest instant the values speak of, ns UTC."""
    fetched: int
    fallback: str = ""
    """Why a better source did not answer; empty when the best one did."""

    def age_s(self, now: int) -> float:
        """Answer how old the newest value is, seconds."""
        return (now - self.newest) / 1e9


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value with its origin. Callers read the value; the screen and the discounts read the origin."""

    value: T
    origin: Origin


@dataclass(frozen=True, slots=True)
class Missing:
    """A table that nobody could supply, with the reason. It is never an empty table."""

    what: str
    reason: str


Table: TypeAlias = Sourced[Rows] | Missing


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the evening of `session` may judge by, as known at `as_of` (ns UTC)."""

    session: date
    as_of: int
    prices: Sourced[DailyPanel]
    index: Table
    filings: Table
    surprises: Table
    ownership: Table
    deals: Table
    flows: Table
    positioning: Table
    actions: Table
    headlines: Sourced[tuple[Headline, ...]] | Missing
    surveillance: Sourced[Mapping[str, str]] | Missing
    """Symbol to the exchange measure it is under that evening."""

    def known(self, session: date, as_of: int) -> Evidence:
        """Answer what was known at `as_of`, the evening of `session`: later rows are cut off everywhere.

        A surveillance list is of one evening only, so an earlier one is Missing.
        """
        headlines = self.headlines
        if isinstance(headlines, Sourced):
            headlines = replace(headlines, value=tuple(h for h in headlines.value if h.visible <= as_of))
        listed = self.surveillance
        if isinstance(listed, Sourced) and listed.origin.newest > as_of:
            listed = Missing("surveillance", f"the list at hand is newer than {session}")
        cut = {name: _cut(getattr(self, name), as_of) for name in TABLES}
        prices = replace(self.prices, value=self.prices.value.upto(session))
        return replace(
            self, session=session, as_of=as_of, prices=prices, headlines=headlines, surveillance=listed, **cut
        )

    def missing(self) -> tuple[Missing, ...]:
        """Answer what nobody could supply."""
        parts = (*(getattr(self, name) for name in TABLES), self.headlines, self.surveillance)
        return tuple(part for part in parts if isinstance(part, Missing))


TABLES: Final = ("index", "filings", "surprises", "ownership", "deals", "flows", "positioning", "actions")
"""The tables of `Evidence` that are structured arrays with a column `visible`."""


def rows_of(table: Table) -> Rows:
    """Answer a table's rows.

    Errors: Abstained with the reason when nobody could supply it.
    """
    if isinstance(table, Missing):
        raise Abstained(f"{table.what} is missing: {table.reason}")
    return table.value


def _cut(table: Table, as_of: int) -> Table:
    if isinstance(table, Missing):
        return table
    rows = table.value[table.value["visible"] <= as_of]
    newest = int(rows["visible"].max()) if len(rows) else 0
    origin = replace(table.origin, newest=min(table.origin.newest, newest))
    return Sourced(rows, origin)
