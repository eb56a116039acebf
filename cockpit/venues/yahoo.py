"""The door to Yahoo through yfinance: daily prices for gaps, the index, fundamentals and results.

What the door cures: `timeout` bounds single reads, so each call runs in a thread under a total deadline; `download`
swallows its errors, so `Ticker.history` is asked to raise them; an empty frame is an error, not an answer; prices come
split-adjusted with dividends apart, never mixed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from types import ModuleType
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import IST, Clock
from cockpit.errors import BadInput, BrokerUnavailable, CockpitError, DeadlinePassed, NotFound, RateLimited
from cockpit.evidence import (
    DAY_END,
    FILING,
    INDEX_DAY,
    ITEMS,
    NIGHT,
    QUARTER_LAG_DAYS,
    SURPRISE,
    YEAR_LAG_DAYS,
    Origin,
    Rows,
    Sourced,
    instants,
)
from cockpit.market import Instrument
from cockpit.venues.day_bars import day_bars
from cockpit.venues.deadline import in_thread
from cockpit.venues.sources import PRICES, Ask

T = TypeVar("T")
CALL_S: Final = 8.0
"""One name's answer, in all."""
AT_ONCE: Final = 4
GIVE_UP: Final = 3
"""After so many names in a row ran into the deadline the rest is not asked: each left a thread behind."""
NAMED: Final = 3
ITEM_OF: Final[Mapping[str, str]] = {
    "Total Revenue": "revenue", "Gross Profit": "gross_profit", "Operating Income": "operating_income", "EBIT": "ebit",
    "EBITDA": "ebitda", "Interest Expense": "interest", "Pretax Income": "pretax_income", "Tax Provision": "tax",
    "Net Income": "net_income", "Basic Average Shares": "shares", "Basic EPS": "eps", "Total Assets": "total_assets",
    "Current Assets": "current_assets", "Current Liabilities": "current_liabilities",
    "Long Term Debt": "long_term_debt", "Stockholders Equity": "equity", "Operating Cash Flow": "operating_cash",
    "Capital Expenditure": "capital_spending",
}  # fmt: skip
FRAMES: Final = (
    ("quarterly_income_stmt", 3), ("quarterly_balance_sheet", 3), ("quarterly_cashflow", 3),
    ("income_stmt", 12), ("balance_sheet", 12), ("cashflow", 12),
)  # fmt: skip
INDEX: Final = "^NSEI"
FEAR: Final = "^INDIAVIX"


class Yahoo:
    """Answer what Yahoo has of each name; names it does not answer are named in the origin, not invented."""

    name = "Yahoo"
    supplies = frozenset({PRICES, "index", "filings", "surprises"})

    def __init__(
        self, clock: Clock, *, module: ModuleType | Any = None, deadline_s: float = 240.0, call_s: float = CALL_S
    ) -> None:
        self._clock = clock
        self._module = module
        self.deadline_s = deadline_s
        self._call_s = call_s

    async def fetch(self, what: str, ask: Ask) -> Sourced[Any]:
        """Answer one part of the evening.

        Errors: BadInput when no name was answered, with the first reasons; RateLimited as soon as Yahoo says so.
        """
        if what == "index":
            rows, missed = await self._index(ask), list[str]()
        elif what == PRICES:
            rows, missed = await self._each(ask.instruments, partial(self._bars, first=ask.first, last=ask.session))
        else:
            rows, missed = await self._each(ask.instruments, self._filings if what == "filings" else self._results)
        newest = ask.as_of if what == PRICES else int(rows["visible"].max())
        more = f" and {len(missed) - NAMED} more" if len(missed) > NAMED else ""
        words = f"{len(missed)} names without an answer: {'; '.join(missed[:NAMED])}{more}" if missed else ""
        return Sourced(rows, Origin(self.name, newest, self._clock.now(), words))

    async def _each(
        self, instruments: Sequence[Instrument], read: Callable[[Instrument], Rows]
    ) -> tuple[Rows, list[str]]:
        """Read name by name, a few at a time, until all are there, the time is nearly up, or Yahoo will not answer."""
        gate, parts, missed, hung = asyncio.Semaphore(AT_ONCE), [], [], 0
        refused: RateLimited | None = None

        async def one(instrument: Instrument) -> None:
            nonlocal hung, refused
            async with gate:
                if refused is not None or hung >= GIVE_UP:
                    missed.append(f"{instrument.symbol}: not asked any more")
                    return
                try:
                    parts.append(await self._called(f"Yahoo's {instrument.symbol}", partial(read, instrument)))
                    hung = 0
                except RateLimited as fault:
                    refused = fault
                except CockpitError as fault:
                    hung = hung + 1 if isinstance(fault, DeadlinePassed) else hung
                    missed.append(f"{instrument.symbol}: {fault}")

        tasks = [asyncio.ensure_future(one(instrument)) for instrument in instruments]
        _, late = await asyncio.wait(tasks, timeout=0.9 * self.deadline_s) if tasks else (set(), set())
        for task in late:
            task.cancel()
        if refused is not None and not parts:
            raise refused
        if not parts:
            raise BadInput(f"no name was answered: {'; '.join(missed[:NAMED]) or 'none was asked for in time'}")
        return np.concatenate(parts), missed + ["late"] * len(late)

    async def _called(self, what: str, call: Callable[[], T]) -> T:
        return await in_thread(self._call_s, what, call)

    def _ticker(self, symbol: str) -> Any:
        if self._module is None:
            import yfinance

            self._module = yfinance
        return self._module.Ticker(symbol)

    def _history(self, symbol: str, first: date, last: date) -> Any:
        try:
            frame = self._ticker(symbol).history(
                start=first.isoformat(), end=(last + timedelta(days=1)).isoformat(), interval="1d", auto_adjust=False,
                actions=False, raise_errors=True, timeout=self._call_s,
            )  # fmt: skip
        except Exception as fault:  # whatever the vendor raises becomes one of ours
            raise _ours(symbol, fault) from fault
        if frame is None or not len(frame):
            raise BadInput(f"{symbol}: an empty frame")
        return frame

    def _bars(self, instrument: Instrument, first: date, last: date) -> Rows:
        frame = self._history(_yahoo(instrument), first, last)
        close, volume = _column(frame, "Close"), _column(frame, "Volume")
        traded = np.isfinite(close) & (volume > 0)  # a row without volume repeats the day before
        rows = day_bars(int(traded.sum()))
        rows["token"], rows["day"] = instrument.token, _days(frame)[traded]
        for field in ("open", "high", "low", "close"):
            rows[field] = _column(frame, field.title())[traded]
        rows["volume"] = volume[traded]
        if "Adj Close" in frame:
            rows["reinvested"] = _column(frame, "Adj Close")[traded] / close[traded]
        return rows

    async def _index(self, ask: Ask) -> Rows:
        frame = await self._called("Yahoo's index", partial(self._history, INDEX, ask.first, ask.session))
        rows: Rows = np.zeros(len(frame), dtype=INDEX_DAY)
        rows["day"], rows["vix"] = _days(frame), np.nan
        for field in ("open", "high", "low", "close"):
            rows[field] = _column(frame, field.title())
        try:
            fear = await self._called("Yahoo's VIX", partial(self._history, FEAR, ask.first, ask.session))
        except CockpitError:
            fear = None  # the index alone is an answer; its volatility is then unknown, not invented
        if fear is not None:
            closes = dict(zip(_days(fear).tolist(), _column(fear, "Close").tolist(), strict=True))
            rows["vix"] = [closes.get(day, np.nan) for day in rows["day"].tolist()]
        rows["visible"] = instants(rows["day"], NIGHT)
        return np.asarray(rows[np.isfinite(rows["close"])])

    def _filings(self, instrument: Instrument) -> Rows:
        ticker = self._ticker(_yahoo(instrument))
        parts = []
        for name, months in FRAMES:
            try:
                frame = getattr(ticker, name)
            except Exception as fault:  # as above
                raise _ours(instrument.symbol, fault) from fault
            if frame is not None and len(frame):
                parts += _statement(instrument.token, frame, months)
        if not parts:
            raise BadInput(f"{instrument.symbol}: every statement is empty")
        return np.concatenate(parts)

    def _results(self, instrument: Instrument) -> Rows:
        try:
            frame = self._ticker(_yahoo(instrument)).earnings_dates
        except Exception as fault:  # as above
            raise _ours(instrument.symbol, fault) from fault
        if frame is None or not len(frame):
            raise BadInput(f"{instrument.symbol}: no results")
        reported = _column(frame, "Reported EPS")
        out = np.isfinite(reported)  # what is still to come has a date and no figure
        rows: Rows = np.zeros(int(out.sum()), dtype=SURPRISE)
        rows["token"] = instrument.token
        stamps = frame.index.tz_convert("UTC").tz_localize(None).to_numpy()
        rows["visible"] = stamps.astype("M8[ns]").astype(np.int64)[out]
        rows["estimate"], rows["reported"] = _column(frame, "EPS Estimate")[out], reported[out]
        return rows


def _statement(token: int, frame: Any, months: int) -> list[Rows]:
    """Read one statement: rows are items, columns the ends of periods.

    What is told is what stands today, which a later filing may have restated: a period counts from the filing of the
    next one that is told, the newest from its own.
    """
    ends = frame.columns.to_numpy().astype("M8[D]")
    order = np.argsort(ends)
    after = np.empty(len(ends), dtype="M8[D]")
    after[order] = np.append(ends[order][1:], ends[order][-1:])
    visible = instants(after, DAY_END, lag_days=YEAR_LAG_DAYS if months == 12 else QUARTER_LAG_DAYS)
    parts = []
    for theirs, ours in ITEM_OF.items():
        if theirs in frame.index:
            values = np.asarray(frame.loc[theirs], dtype=np.float64)
            if ours == "capital_spending":
                values = np.abs(values)  # theirs is money going out, below zero
            there = np.isfinite(values)
            rows: Rows = np.zeros(int(there.sum()), dtype=FILING)
            rows["token"], rows["item"], rows["months"] = token, ITEMS.index(ours), months
            rows["period_end"], rows["visible"], rows["value"] = ends[there], visible[there], values[there]
            parts.append(rows)
    return parts


def _yahoo(instrument: Instrument) -> str:
    return f"{instrument.symbol}.NS"


def _column(frame: Any, name: str) -> NDArray[Any]:
    if name not in frame:
        raise BadInput(f"no column {name!r} in Yahoo's frame; it has {', '.join(map(str, frame.columns))}")
    return np.asarray(frame[name], dtype=np.float64)


def _days(frame: Any) -> NDArray[Any]:
    index = frame.index
    if getattr(index, "tz", None) is not None:
        index = index.tz_convert(IST).tz_localize(None)
    return np.asarray(index.to_numpy()).astype("M8[D]")


def _ours(symbol: str, fault: Exception) -> CockpitError:
    """Answer the vendor's error as one of ours, by its name: its classes are known only where it is installed."""
    kind, words = type(fault).__name__, f"{symbol}: {type(fault).__name__}: {fault}"
    if isinstance(fault, CockpitError):
        return fault
    if kind == "YFRateLimitError":
        return RateLimited(words, code=429)
    return NotFound(words) if "Missing" in kind else BrokerUnavailable(words)
