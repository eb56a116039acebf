"""Kite as `ports.History`: instruments, candles in the chunks the broker allows, quotes in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np

from cockpit.clock import IST, Clock, ist, ist_day, to_ns
from cockpit.errors import BadInput
from cockpit.market import Bars, Instrument, Interval, Quote, bars_of
from cockpit.venues.kite_nouns import candles_of, instruments_of, quotes_of
from cockpit.venues.kite_rest import QUOTE_KEYS, KiteRest

NAMES: Final[Mapping[Interval, str]] = {
    Interval.M1: "minute",
    Interval.M3: "3minute",
    Interval.M5: "5minute",
    Interval.M10: "10minute",
    Interval.M15: "15minute",
    Interval.M30: "30minute",
    Interval.H1: "60minute",
    Interval.D1: "day",
}
CHUNK_DAYS: Final[Mapping[Interval, int]] = {
    # Days a request may span, by interval: "interval exceeds max limit: N days" (Kite Connect forum and docs, 2026-07).
    Interval.M1: 60,
    Interval.M3: 100,
    Interval.M5: 100,
    Interval.M10: 100,
    Interval.M15: 200,
    Interval.M30: 200,
    Interval.H1: 400,
    Interval.D1: 2000,
}


def chunks(first: date, last: date, interval: Interval) -> Iterator[tuple[date, date]]:
    """Yield the spans of days, both ends included, in which candles of an interval may be asked for."""
    step = timedelta(days=CHUNK_DAYS[interval] - 1)
    while first <= last:
        yield first, min(first + step, last)
        first += step + timedelta(days=1)


class KiteHistory:
    """Read history and quotes from the broker."""

    def __init__(self, rest: KiteRest, clock: Clock) -> None:
        self._rest = rest
        self._clock = clock
        self.refused: tuple[str, ...] = ()
        """The rows of the newest instruments dump that could not be read, each with the reason."""

    async def instruments(self, exchange: str = "NSE") -> Sequence[Instrument]:
        """Answer today's instruments of an exchange; `refused` then names the rows that were left out.

        Errors: BadInput for a dump that cannot be trusted as a whole.
        """
        dump = await self._rest.instruments(exchange, instruments_of)
        self.refused = dump.refused
        return dump.instruments

    async def candles(self, token: int, interval: Interval, start: int, end: int) -> Bars:
        """Answer candles opening in [start, end], oldest first; one that is not over yet is marked partial.

        Errors: BadInput for an end before the start, or for candles that cannot be.
        """
        if end < start:
            raise BadInput(f"candles from {ist(start)} to {ist(end)} asked for: the end lies before the start")
        parts = [
            await self._chunk(token, interval, max(start, _begin(first)), min(end, _finish(last)))
            for first, last in chunks(ist_day(start), ist_day(end), interval)
        ]
        return joined([part for part in parts if len(part)])

    async def _chunk(self, token: int, interval: Interval, start: int, end: int) -> Bars:
        rows = await self._rest.historical(token, NAMES[interval], _wall(start), _wall(end))
        bars = candles_of(rows, token, interval, self._clock.now())
        # A daily candle opens at midnight; the broker may answer it for a day asked from 09:15 on.
        return bars[(bars["ts_open"] >= start) & (bars["ts_open"] <= end)]

    async def quotes(self, keys: Sequence[str]) -> Mapping[str, Quote]:
        """Answer quotes by trading key; a key the broker does not answer is missing, not zero."""
        found: dict[str, Quote] = {}
        for begin in range(0, len(keys), QUOTE_KEYS):
            found |= quotes_of(await self._rest.quote(keys[begin : begin + QUOTE_KEYS]))
        return found


def joined(parts: Sequence[Bars]) -> Bars:
    """Join chunks in time; where two tell of the same candle, the one asked for later knows better."""
    if not parts:
        return bars_of(0)
    bars = np.concatenate(parts)
    _, from_end = np.unique(bars["ts_open"][::-1], return_index=True)
    return bars[len(bars) - 1 - from_end]


def _begin(day: date) -> int:
    return to_ns(datetime.combine(day, time.min, tzinfo=IST))


def _finish(day: date) -> int:
    return to_ns(datetime.combine(day, time(23, 59, 59), tzinfo=IST))


def _wall(ts: int) -> str:
    # The broker reads plain Indian wall time, and the client would send another zone's digits unconverted.
    return ist(ts).strftime("%Y-%m-%d %H:%M:%S")
