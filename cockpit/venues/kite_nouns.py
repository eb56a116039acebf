"""Makes our nouns of Kite's market rows: instruments, quotes, candles; floats, naive times and suffixes end here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import numpy as np

from cockpit.clock import IST, NS, to_ns
from cockpit.errors import BadInput
from cockpit.market import Bars, Instrument, Interval, Quote, Series, bars_of
from cockpit.money import Paise, Price, half_up
from cockpit.venues.kite_wire import INDICES, price_scale

COLUMNS: Final = (
    "instrument_token", "exchange_token", "tradingsymbol", "name", "last_price", "expiry", "strike", "tick_size",
    "lot_size", "instrument_type", "segment", "exchange",
)  # fmt: skip
NEVER: Final = ("", "0001-01-01 00:00:00", "1970-01-01 05:30:00")
"""How Kite writes a moment that has not come."""
REFUSED_SHARE: Final = 0.02
DAY_DONE_NS: Final = 16 * 3600 * NS
"""A daily candle is whole when post-close trading has ended, 16:00 IST (NSE timings, 2026-08)."""


@dataclass(frozen=True, slots=True)
class Dump:
    """The day's instruments of an exchange, and the rows that could not be what they claim, each with the reason."""

    instruments: tuple[Instrument, ...]
    refused: tuple[str, ...]


def instruments_of(text: str | bytes) -> Dump:
    """Read an instruments dump.

    Errors: BadInput for other columns, an empty dump, a name given twice, or more than 2 % of rows refused.
    """
    told = text.decode("utf-8") if isinstance(text, bytes) else text
    reader = csv.DictReader(io.StringIO(told.strip()))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise BadInput(f"instruments dump has columns {reader.fieldnames}, {','.join(COLUMNS)} expected")
    found: dict[str, Instrument] = {}
    refused: list[str] = []
    for number, row in enumerate(reader, start=2):
        try:
            instrument = _instrument(row)
        except (BadInput, ValueError, TypeError, InvalidOperation) as fault:
            refused.append(f"row {number} ({row.get('tradingsymbol')}): {fault}")
            continue
        if instrument.key in found:
            raise BadInput(f"instruments dump row {number}: {instrument.key} is there twice; fetch it again")
        found[instrument.key] = instrument
    n_rows = len(found) + len(refused)
    if not found or len(refused) > REFUSED_SHARE * n_rows:
        raise BadInput(f"instruments dump: {len(refused)} of {n_rows} rows cannot be read, first: {refused[:1]}")
    return Dump(tuple(found.values()), tuple(refused))


def _instrument(row: Mapping[str, str]) -> Instrument:
    token, symbol, exchange = int(row["instrument_token"]), row["tradingsymbol"], row["exchange"]
    if token >> 8 != int(row["exchange_token"]):
        raise BadInput(f"token {token} does not contain exchange token {row['exchange_token']}")
    if not symbol or not exchange:
        raise BadInput("a tradingsymbol and an exchange expected")
    scale = price_scale(token)
    tick = scaled(row["tick_size"], scale, "tick_size")
    series = series_of(symbol, token, row["instrument_type"], exchange)
    if tick < 0 or (tick == 0 and series is not Series.INDEX):
        raise BadInput(f"tick size {row['tick_size']} given, one above 0 expected")
    return Instrument(
        token=token,
        symbol=symbol,
        name=row["name"],
        exchange=exchange,
        series=series,
        tick_size=tick,
        lot_size=int(row["lot_size"]),
        price_scale=scale,
    )


def series_of(symbol: str, token: int, kind: str, exchange: str) -> Series:
    """Answer the series: NSE writes those other than EQ as a suffix of two characters, `CENTRALBK-BE`."""
    if token & 0xFF == INDICES:
        return Series.INDEX
    if kind != "EQ":
        return Series.OTHER
    stem, dash, suffix = symbol.rpartition("-")
    if exchange != "NSE" or not (dash and stem) or len(suffix) != 2:
        return Series.EQ
    return Series(suffix) if suffix in set(Series) else Series.OTHER


def quotes_of(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Quote]:
    """Read full quotes by trading key; a key that the broker left out stays out."""
    return {key: _quote(key, row) for key, row in rows.items()}


def _quote(key: str, row: Mapping[str, Any]) -> Quote:
    try:
        token = int(row["instrument_token"])
        scale = price_scale(token)
        depth: Mapping[str, Any] = row.get("depth") or {}  # an index has none
        ts = moment(row.get("timestamp"))
        if ts is None:
            raise BadInput(f"quote of {key} carries no time: it cannot be judged fresh")
        return Quote(
            token,
            ts,
            scaled(row["last_price"], scale, f"{key} last_price"),
            _best(depth.get("buy"), scale, key),
            _best(depth.get("sell"), scale, key),
            scaled(row.get("lower_circuit_limit", 0), scale, f"{key} lower_circuit_limit"),
            scaled(row.get("upper_circuit_limit", 0), scale, f"{key} upper_circuit_limit"),
        )
    except (KeyError, ValueError, TypeError) as fault:
        raise BadInput(f"quote of {key} cannot be read ({type(fault).__name__}: {fault})") from fault


def _best(levels: Sequence[Mapping[str, Any]] | None, scale: int, key: str) -> Price:
    return scaled(levels[0]["price"], scale, f"{key} depth") if levels else 0


def last_prices_of(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Price]:
    """Read last prices, of `ltp`, `ohlc` or full quotes, by trading key."""
    return {
        key: scaled(row["last_price"], price_scale(int(row["instrument_token"])), f"{key} last_price")
        for key, row in rows.items()
    }


# -- candles -----------------------------------------------------------------------------------------------------------


def candles_of(rows: Sequence[Sequence[Any]], token: int, interval: Interval, now: int) -> Bars:
    """Read raw candles into bars, oldest first; one that is not over at `now` is marked partial.

    Prices are rounded to the price scale, because candles adjusted for splits may carry more decimals.
    Errors: BadInput naming the first row that is no candle, or that does not come after the one before.
    """
    bars = bars_of(len(rows))
    if not rows:
        return bars
    opens = np.fromiter(_candle_times(rows), dtype=np.int64, count=len(rows))
    try:
        numbers = np.array([row[1:6] for row in rows], dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise BadInput(f"candles of {token}: a row without five numbers ({fault})") from fault
    _check_candles(token, rows, opens, numbers)
    bars["token"], bars["ts_open"], bars["interval_s"] = token, opens, int(interval)
    scale = price_scale(token)
    for column, name in enumerate(("open", "high", "low", "close")):
        bars[name] = np.rint(numbers[:, column] * scale)
    bars["volume"] = np.rint(numbers[:, 4])
    bars["partial"] = opens + (DAY_DONE_NS if interval is Interval.D1 else int(interval) * NS) > now
    return bars


def _candle_times(rows: Sequence[Sequence[Any]]) -> Iterator[int]:
    for row in rows:
        try:
            yield to_ns(datetime.fromisoformat(row[0]))
        except (TypeError, ValueError, IndexError, BadInput) as fault:
            raise BadInput(f"candle {list(row)} has no zoned time: {fault}") from fault


def _check_candles(token: int, rows: Sequence[Sequence[Any]], opens: Any, numbers: Any) -> None:
    first, high, low, last, volume = numbers.T
    sound = np.isfinite(numbers).all(axis=1) & (low > 0) & (volume >= 0)
    sound &= (low <= np.minimum(first, last)) & (high >= np.maximum(first, last))
    sound[1:] &= np.diff(opens) > 0
    if not sound.all():
        number = int(np.argmin(sound))
        raise BadInput(f"candles of {token}: row {number}, {list(rows[number])}, is no candle after the one before")


# -- numbers and moments -----------------------------------------------------------------------------------------------


def rupees_of(value: Any, what: str) -> Decimal:
    """Answer a number of the broker as the decimal it was written as.

    Errors: BadInput for what is no finite number.
    """
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        raise BadInput(f"{what} is {value!r}, a number expected") from None
    if isinstance(value, bool) or not exact.is_finite():
        raise BadInput(f"{what} is {value!r}, a finite number expected")
    return exact


def scaled(value: Any, scale: int, what: str) -> Price:
    """Answer a price at its scale, exactly.

    Errors: BadInput for more decimals than the scale holds, because a traded price has none to lose.
    """
    exact = rupees_of(value, what) * scale
    if exact != exact.to_integral_value():
        raise BadInput(f"{what} is {value!r}: finer than 1/{scale}; check the instrument's segment")
    return int(exact)


def paise_of(value: Any, what: str) -> Paise:
    """Answer an amount of money in paise, halves up: the broker's own sums carry the dust of floats."""
    return half_up(rupees_of(value, what) * 100)


def moment(value: Any) -> int | None:
    """Answer ns UTC of a time as Kite gives it (Indian wall time, as text or naive), None for one that has not come.

    Errors: BadInput for what is no time.
    """
    if value is None or value in NEVER:
        return None
    try:
        when = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as fault:
        raise BadInput(f"time {value!r} cannot be read: YYYY-MM-DD HH:MM:SS expected") from fault
    return to_ns(when.replace(tzinfo=IST) if when.tzinfo is None else when)
