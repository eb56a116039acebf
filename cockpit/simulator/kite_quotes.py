"""The routes of market data: instruments, quotes and candles, never a second beyond the exchange's clock."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any, Final

import numpy as np
from aiohttp import web

from cockpit.clock import IST, ist_day, to_ns
from cockpit.market import DEPTH, Bars, Interval, bars_of
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.kite_replies import bad_input, rupees_of, stamp, success
from cockpit.simulator.listings import INDEX_TOKEN
from cockpit.simulator.practice_day import Level, PracticeDay, Sight

INSTRUMENT_COLUMNS: Final = (
    "instrument_token", "exchange_token", "tradingsymbol", "name", "last_price", "expiry", "strike", "tick_size",
    "lot_size", "instrument_type", "segment", "exchange",
)  # fmt: skip
EXCHANGES: Final = ("NSE", "BSE", "NFO", "BFO", "CDS", "BCD", "MCX")
MOST_KEYS: Final = {"": 500, "ohlc": 1000, "ltp": 1000}
CANDLES: Final = {
    "minute": (Interval.M1, 60), "3minute": (Interval.M3, 100), "5minute": (Interval.M5, 100),
    "10minute": (Interval.M10, 100), "15minute": (Interval.M15, 200), "30minute": (Interval.M30, 200),
    "60minute": (Interval.H1, 400), "day": (Interval.D1, 2000),
}  # fmt: skip
"""Kite's name of each interval: its length and the days one request may span."""


class KiteQuotes:
    """Answer what the exchange shows of its instruments."""

    def __init__(self, day: PracticeDay, clock: DayClock, admit: Callable[[web.Request], str]) -> None:
        self._day = day
        self._clock = clock
        self._admit = admit

    def routes(self) -> list[web.RouteDef]:
        """Answer the routes of market data."""
        return [
            web.get("/instruments", self._instruments),
            web.get("/instruments/{exchange}", self._instruments),
            web.get("/instruments/historical/{token}/{interval}", self._historical),
            web.get("/quote", self._quote),
            web.get("/quote/{kind:ohlc|ltp}", self._quote),
        ]

    async def _instruments(self, request: web.Request) -> web.Response:
        self._admit(request)
        exchange = request.match_info.get("exchange", "NSE").upper()
        if exchange not in EXCHANGES:
            raise bad_input(f"Invalid exchange {exchange!r}.")
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(INSTRUMENT_COLUMNS)
        if exchange == "NSE":
            writer.writerows(self._instrument_row(token) for token in self._day.market.tokens)
        return web.Response(body=text.getvalue().encode(), content_type="text/csv")

    def _instrument_row(self, token: int) -> tuple[Any, ...]:
        i = self._day.instrument(token)
        symbol = i.symbol if i.series.value in ("EQ", "INDEX") else f"{i.symbol}-{i.series.value}"
        segment = "INDICES" if token == INDEX_TOKEN else "NSE"
        return (
            token, token >> 8, symbol, i.name, 0.0, "", 0.0, i.tick_size / 100, i.lot_size, "EQ", segment, i.exchange,
        )  # fmt: skip

    async def _quote(self, request: web.Request) -> web.Response:
        self._admit(request)
        kind = request.match_info.get("kind", "")
        keys = request.query.getall("i", [])
        if not keys:
            raise bad_input("Missing or empty field `i`.")
        if len(keys) > MOST_KEYS[kind]:
            raise bad_input(f"Number of instruments exceeds the limit of {MOST_KEYS[kind]}.")
        rows = {"": self._full, "ohlc": self._ohlc, "ltp": self._ltp}[kind]
        # A key that is not listed is silently missing, as at the broker.
        return success({key: rows(sight) for key in keys if (sight := self._sight(key)) is not None})

    def _sight(self, key: str) -> Sight | None:
        token = int(key) if key.isdigit() else self._day.token(key)
        return None if token is None else self._day.sight(token, self._clock.second)

    @staticmethod
    def _ltp(sight: Sight) -> dict[str, Any]:
        return {"instrument_token": sight.instrument.token, "last_price": rupees_of(sight.last)}

    def _ohlc(self, sight: Sight) -> dict[str, Any]:
        prices = {"open": sight.open, "high": sight.high, "low": sight.low, "close": sight.previous}
        return self._ltp(sight) | {"ohlc": {name: rupees_of(value) for name, value in prices.items()}}

    def _full(self, sight: Sight) -> dict[str, Any]:
        grid = self._day.grid
        row = self._ohlc(sight) | {
            "timestamp": stamp(grid.ts(sight.second)) if sight.second >= 0 else stamp(self._clock.now()),
            "net_change": 0,
        }
        if sight.instrument.is_index:
            return row
        return row | {
            "last_trade_time": stamp(grid.ts(sight.trade_second)) if sight.trade_second >= 0 else None,
            "last_quantity": sight.quantity,
            "buy_quantity": sight.buy_quantity,
            "sell_quantity": sight.sell_quantity,
            "volume": sight.volume,
            "average_price": rupees_of(sight.average),
            "oi": 0,
            "oi_day_high": 0,
            "oi_day_low": 0,
            "lower_circuit_limit": rupees_of(sight.band_low),
            "upper_circuit_limit": rupees_of(sight.band_high),
            "depth": {"buy": _depth(sight.bids), "sell": _depth(sight.asks)},
        }

    async def _historical(self, request: web.Request) -> web.Response:
        self._admit(request)
        token_text, name = request.match_info["token"], request.match_info["interval"]
        if name not in CANDLES:
            raise bad_input(f"invalid interval {name!r}")
        if not token_text.isdigit() or int(token_text) not in self._day.market.tokens:
            raise bad_input("invalid token")
        interval, most_days = CANDLES[name]
        first, last = _instant(request, "from"), _instant(request, "to")
        if (last.date() - first.date()).days > most_days:
            raise bad_input(f"interval exceeds max limit: {most_days} days")
        if last < first:
            raise bad_input("from date cannot be after to date")
        # Many days of minutes are work: they must not hold up the stream.
        candles = await asyncio.to_thread(self._candles, int(token_text), interval, to_ns(first), to_ns(last))
        return success({"candles": candles})

    def _candles(self, token: int, interval: Interval, first: int, last: int) -> list[list[Any]]:
        daily = interval is Interval.D1
        bars = self._daily(token) if daily else self._intraday(token, interval, ist_day(first), ist_day(last))
        bars = bars[(bars["ts_open"] >= first) & (bars["ts_open"] <= last)]
        stamps = [datetime.fromtimestamp(ts / 1e9, IST).strftime("%Y-%m-%dT%H:%M:%S%z") for ts in bars["ts_open"]]
        prices = [np.round(bars[column] / 100, 2).tolist() for column in ("open", "high", "low", "close")]
        return [list(row) for row in zip(stamps, *prices, bars["volume"].tolist(), strict=True)]

    def _intraday(self, token: int, interval: Interval, first: date, last: date) -> Bars:
        market, today = self._day.market, self._day.day
        before = [day for day in market.days if first <= day <= last and day < today]
        parts = [market.minutes([token], day, interval, upto=today) for day in before]
        if first <= today <= last:
            parts.append(self._today(token, interval))
        return np.concatenate(parts) if parts else bars_of(0)

    def _today(self, token: int, interval: Interval) -> Bars:
        return self._day.market.candles(token, self._day.day, self._day.grid, interval, self._clock.second + 1)

    def _daily(self, token: int) -> Bars:
        """Answer the finished days, and today as far as it has come."""
        market, today = self._day.market, self._day.day
        bars = market.daily_bars(token, today)
        sight = self._day.sight(token, self._clock.second)
        if sight is None or not sight.high:
            return bars[:-1]
        bars[-1][["open", "high", "low", "close", "volume"]] = (
            sight.open,
            sight.high,
            sight.low,
            sight.last,
            sight.volume,
        )
        return bars


def _depth(levels: tuple[Level, ...]) -> list[dict[str, Any]]:
    shown = [{"price": rupees_of(x.price), "quantity": x.quantity, "orders": x.orders} for x in levels]
    return shown + [{"price": 0, "quantity": 0, "orders": 0}] * (DEPTH - len(shown))


def _instant(request: web.Request, name: str) -> datetime:
    text = request.query.get(name, "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise bad_input(f"invalid {name} date {text!r}") from fault
    if len(text) == 10 and name == "to":
        moment = datetime.combine(moment.date(), clock_time(23, 59, 59))
    return moment.replace(tzinfo=IST)
