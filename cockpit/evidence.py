"""What may be known beyond a name's own prices: filings, deals, flows, headlines, each with when it could be known.

Every table is a structured array with a column `visible`: the first instant, ns UTC, at which a reader could have had
the row. What was not yet visible is cut off by `Evidence.known`, so a backtest sees what its evening saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from datetime import time as clock_time
from enum import StrEnum
from typing import Any, Final, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import DAY_NS, IST_OFFSET_NS, NS
from cockpit.errors import Abstained, BadInput
from cockpit.market import DailyPanel

T = TypeVar("T")
Rows: TypeAlias = NDArray[Any]

MORNING: Final = clock_time(9, 0)
"""What holds from a day on, such as an ex-date, is known before its session opens."""
EVENING: Final = clock_time(18, 30)
"""When the exchange's files of the day are out: delivery, bulk and block deals, institutions. NSE names no hour; in
practice they come between 17:30 and 18:30 on a regular day."""
NIGHT: Final = clock_time(19, 30)
"""When what comes late is out: the participants' positions, and index closes, after a Muhurat session at 19:15."""
DAY_END: Final = clock_time(23, 59, 59)
"""What carries a day and no hour is taken as known when that day is over: it serves the next session first."""
OWNERSHIP_LAG_DAYS: Final = 25
"""Shareholding patterns are due 21 days after the quarter (SEBI LODR, regulation 31), and need a few days to spread."""
QUARTER_LAG_DAYS: Final = 45
"""Quarterly results are due 45 days after the quarter (SEBI LODR, regulation 33)..."""
YEAR_LAG_DAYS: Final = 60
"""...and annual ones 60 days after the year."""

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


SHAPES: Final[Mapping[str, np.dtype[Any]]] = {
    "index": INDEX_DAY, "filings": FILING, "surprises": SURPRISE, "ownership": OWNERSHIP, "deals": DEAL, "flows": FLOW,
    "positioning": POSITIONING, "actions": ACTION,
}  # fmt: skip
"""What the rows of each table of `Evidence` are made of."""
TABLES: Final = tuple(SHAPES)
"""The tables of `Evidence` that are structured arrays with a column `visible`."""


class Flaw(StrEnum):
    """What can be wrong with prices or names, in words."""

    UNEXPLAINED_JUMP = "a jump like a split that no corporate action explains"
    ADJUSTED = "adjusted for a corporate action"
    REPEATED_SESSION = "the session before, saved again"
    REPEATED_BAR = "a bar equal to the one before"
    NO_SESSION = "no session that day"
    THIN_SESSION = "a session in which hardly a name traded"
    MISSING_BARS = "missing bars"
    DUPLICATE = "more than one bar for a day"
    UNIT = "a price in another unit"
    IMPOSSIBLE_BAR = "a bar that cannot be"
    UNTRADED = "no trade that day"
    STALE = "no price that evening"
    UNKNOWN_NAME = "a symbol that nobody knows"
    RENAMED = "a symbol that was renamed"
    FILLED = "filled from another source"
    CONTRADICTED = "two sources contradict each other"


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw found, or one repair made: what, where, on which days, and both numbers in words."""

    flaw: Flaw
    symbol: str
    """Empty when the whole market is meant."""
    first: date
    last: date
    words: str

    def __str__(self) -> str:
        days = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.symbol or 'all names'}, {days}: {self.flaw}: {self.words}"


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
    findings: tuple[Finding, ...] = ()
    """What was found wrong with it, and what was done about that."""
    unfit: Mapping[str, str] = field(default_factory=dict)
    """The symbols that may not be scored this evening, each with the reason; empty before a gate has judged it."""

    def __post_init__(self) -> None:
        for name, dtype in SHAPES.items():
            table = getattr(self, name)
            if isinstance(table, Sourced) and table.value.dtype != dtype:
                raise BadInput(f"evidence table {name}: rows of {table.value.dtype} given, {dtype} expected")

    def known(self, session: date, as_of: int) -> Evidence:
        """Answer what was known at `as_of`, the evening of `session`: later rows are cut off everywhere.

        A surveillance list is of one evening only, so an earlier one is Missing.
        """
        headlines = self.headlines
        if isinstance(headlines, Sourced):
            read = tuple(h for h in headlines.value if h.visible <= as_of)
            newest = max((h.visible for h in read), default=0)
            headlines = Sourced(read, replace(headlines.origin, newest=min(headlines.origin.newest, newest)))
        listed = self.surveillance
        if isinstance(listed, Sourced) and listed.origin.newest > as_of:
            listed = Missing("surveillance", f"the list at hand is newer than {session}")
        cut = {name: _cut(getattr(self, name), as_of) for name in TABLES}
        origin = replace(self.prices.origin, newest=min(self.prices.origin.newest, as_of))
        return replace(
            self,
            session=session,
            as_of=as_of,
            prices=Sourced(self.prices.value.upto(session), origin),
            headlines=headlines,
            surveillance=listed,
            findings=tuple(f for f in self.findings if f.last <= session),
            unfit=self.unfit if session == self.session else {},
            **cut,
        )

    def missing(self) -> tuple[Missing, ...]:
        """Answer what nobody could supply."""
        parts = (*(getattr(self, name) for name in TABLES), self.headlines, self.surveillance)
        return tuple(part for part in parts if isinstance(part, Missing))


def instants(days: NDArray[Any], at: clock_time, *, lag_days: int = 0) -> NDArray[np.int64]:
    """Answer the ns UTC of an Indian wall-clock time on each of `days`, `lag_days` later.

    Shapes: `days` is anything that becomes datetime64[D]; the answer has the same shape.
    """
    second = (at.hour * 60 + at.minute) * 60 + at.second
    day = np.asarray(days).astype("datetime64[D]").astype(np.int64) + lag_days
    return np.asarray(day * DAY_NS + second * NS - IST_OFFSET_NS)


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
