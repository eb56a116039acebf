"""Kite as a source of evidence: daily candles of every name, and the index with its volatility."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final

import numpy as np

from cockpit.clock import DAY_NS, IST, IST_OFFSET_NS, Clock, to_ns
from cockpit.errors import BadInput, BadRequest, CockpitError, NotFound
from cockpit.evidence import INDEX_DAY, NIGHT, Origin, Rows, Sourced, instants
from cockpit.market import Bars, Interval
from cockpit.ports import History
from cockpit.venues.day_bars import PRICES as FIELDS
from cockpit.venues.day_bars import day_bars
from cockpit.venues.sources import PRICES, Ask

NIFTY: Final = 256_265
INDIA_VIX: Final = 264_969
"""Tokens of NIFTY 50 and India VIX, as Kite's instruments dump gives them for NSE."""
SKIPPED: Final = (BadRequest, NotFound, BadInput)
"""Errors of one name; anything else (a dead token, no permission, no answer) is of the whole source."""
NAMED: Final = 3


class KiteDaily:
    """Answer daily bars from the broker's history: split-adjusted, dividends not reinvested.

    The broker allows three requests a second (Kite Connect, rate limits, 2026-07), so 614 names take about 205 s.
    """

    name = "Kite"
    supplies = frozenset({PRICES, "index"})

    def __init__(self, history: History, clock: Clock, *, deadline_s: float = 420.0) -> None:
        self._history = history
        self._clock = clock
        self.deadline_s = deadline_s

    async def fetch(self, what: str, ask: Ask) -> Sourced[Any]:
        """Answer daily bars of the names, or the index.

        Errors: TokenExpired and the like for the whole source; a name Kite does not know is named in the origin.
        """
        if what == "index":
            return await self._index(ask)
        parts, missed = [], []
        for instrument in ask.instruments:
            try:
                bars = await self._candles(instrument.token, ask)
            except SKIPPED as fault:
                missed.append(f"{instrument.symbol}: {fault}")
            else:
                parts.append(_rows(bars))
        if not any(len(part) for part in parts):
            raise BadInput(f"Kite has no candle of any name: {'; '.join(missed[:NAMED]) or 'every answer was empty'}")
        words = f"{len(missed)} names without an answer: {'; '.join(missed[:NAMED])}" if missed else ""
        return Sourced(np.concatenate(parts), Origin(self.name, ask.as_of, self._clock.now(), words))

    async def _candles(self, token: int, ask: Ask) -> Bars:
        start = to_ns(datetime.combine(ask.first, time.min, tzinfo=IST))
        end = to_ns(datetime.combine(ask.session, time(23, 59, 59), tzinfo=IST))
        bars = await self._history.candles(token, Interval.D1, start, end)
        return np.asarray(bars[bars["partial"] == 0])

    async def _index(self, ask: Ask) -> Sourced[Rows]:
        bars = await self._candles(NIFTY, ask)
        if not len(bars):
            raise BadInput("Kite has no candle of NIFTY 50")
        rows: Rows = np.zeros(len(bars), dtype=INDEX_DAY)
        rows["day"], rows["vix"] = _days(bars), np.nan
        for field in FIELDS:
            rows[field] = bars[field] / 100
        try:
            fear = await self._candles(INDIA_VIX, ask)
        except CockpitError:
            fear = bars[:0]  # the index alone is an answer; its volatility is then unknown, not invented
        closes = dict(zip(_days(fear).tolist(), (fear["close"] / 100).tolist(), strict=True))
        rows["vix"] = [closes.get(day, np.nan) for day in rows["day"].tolist()]
        rows["visible"] = instants(rows["day"], NIGHT)
        return Sourced(rows, Origin(self.name, int(rows["visible"].max()), self._clock.now()))


def _rows(bars: Bars) -> Rows:
    traded = bars[bars["volume"] > 0]
    rows = day_bars(len(traded))
    rows["token"], rows["day"], rows["volume"] = traded["token"], _days(traded), traded["volume"]
    for field in FIELDS:
        rows[field] = traded[field] / 100
    return rows


def _days(bars: Bars) -> Any:
    return ((bars["ts_open"] + IST_OFFSET_NS) // DAY_NS).astype("datetime64[D]")
