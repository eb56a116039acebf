"""Recorded NSE data in Parquet files: real ticks, minutes built from ticks, 15-minute bars and the daily panels.

The files say Indian wall-clock time without a zone; here they become ns UTC. Prices become integer paise. Days on which
only bars exist play as bars; nothing is interpolated into ticks that were never seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cockpit.clock import DAY_NS, IST_OFFSET_NS
from cockpit.errors import BadInput
from cockpit.market import Bars, DailyPanel, Instrument, Interval, TickMode, Ticks, bars_of, ticks_of

ADJUSTED_TICK: Final = 1
"""Prices adjusted for later splits leave the exchange's grid, so adjusted bars get a tick of one paisa."""
RAW_TICK: Final = 5
"""The cash segment's tick in the recorded years before 2025-04-15: 0.05 rupee (NSE circulars of those years)."""


class Tape(StrEnum):
    """What kind of recording a day has, best first."""

    TICKS = "ticks"
    MINUTES = "minutes"
    QUARTERS = "15-minute bars"


FILES: Final = {
    Tape.TICKS: "ticks_sample.parquet",
    Tape.MINUTES: "bars_1min_from_ticks.parquet",
    Tape.QUARTERS: "bars_15min.parquet",
}


class RecordedMarket:
    """Read one folder of recordings. Files are read when first needed and kept; a missing one is named."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BadInput(f"no folder of recordings at {folder}; give --data FOLDER with the Parquet files")
        self._folder = folder
        self._tables: dict[str, dict[str, NDArray[Any]]] = {}

    def tape(self, day: date) -> Tape:
        """Answer the best recording of `day`.

        Errors: BadInput naming the days there are when none has it.
        """
        for tape in Tape:
            if np.datetime64(day, "D") in self.days(tape):
                return tape
        ticks = ", ".join(str(d) for d in self.days(Tape.TICKS))
        quarters = self.days(Tape.QUARTERS)
        raise BadInput(
            f"no recording of {day}; there are ticks of {ticks}, minutes of {len(self.days(Tape.MINUTES))} days and"
            f" 15-minute bars from {quarters[0]} to {quarters[-1]}"
        )

    def days(self, tape: Tape) -> NDArray[Any]:
        """Answer the days a kind of recording has, ascending. Shape: datetime64[D] [day]."""
        return np.unique(self._table(FILES[tape])["ts"].astype("datetime64[D]"))

    def interval(self, tape: Tape) -> Interval:
        """Answer the base interval on which rules decide on such a day."""
        return Interval.M15 if tape is Tape.QUARTERS else Interval.M1

    def instruments(self, tape: Tape, day: date) -> tuple[Instrument, ...]:
        """Answer the instruments recorded that day."""
        rows = self._day_rows(FILES[tape], day)
        tick = ADJUSTED_TICK if tape is Tape.QUARTERS else RAW_TICK
        return tuple(self._instrument(str(s), tick) for s in np.unique(rows["symbol"]))

    def frames(self, tape: Tape, day: date) -> Iterator[NDArray[Any]]:
        """Yield the day's frames in order: one `Ticks` a second, or one `Bars` a closing instant."""
        return self._tick_frames(day) if tape is Tape.TICKS else self._bar_frames(tape, day)

    def past(self, tape: Tape, day: date, symbols: Sequence[str], sessions: int) -> Mapping[int, Bars]:
        """Answer by token the base bars of the last `sessions` recorded days before `day`.

        A recorded minute day that began after 09:16 is left out: its first bar carries volume of an unknown time.
        """
        name = FILES[Tape.MINUTES] if tape is Tape.TICKS else FILES[tape]
        table = self._table(name)
        days = table["ts"].astype("datetime64[D]")
        wanted = np.unique(days[days < np.datetime64(day, "D")])[-3 * sessions :]
        chosen = np.isin(days, wanted) & np.isin(table["symbol"], list(symbols))
        bars = self._bars({column: values[chosen] for column, values in table.items()}, self.interval(tape))
        return {int(t): _whole_days(bars[bars["token"] == t], sessions) for t in np.unique(bars["token"])}

    def panel(self, *, adjusted: bool) -> DailyPanel:
        """Answer the daily panel: the adjusted one of all names, or the exchange's unadjusted one."""
        return self._panel("daily_ohlcv.parquet" if adjusted else "daily_nse_official.parquet")

    def daily(self, tape: Tape) -> DailyPanel:
        """Answer daily prices on the adjustment of a tape's own prices, so that yesterday and today are one scale.

        The 15-minute bars were adjusted for later splits than any daily file, so their days are made of themselves.
        """
        return self._days_of_bars() if tape is Tape.QUARTERS else self.panel(adjusted=False)

    def ex_dates(self) -> Mapping[str, frozenset[date]]:
        """Answer the split and bonus dates by symbol."""
        table = pq.read_table(self._path("splits_dividends.parquet"), columns=["date", "symbol", "split"])
        table = table.filter(pc.greater(table["split"], 0))
        found: dict[str, set[date]] = {}
        for row in table.to_pylist():
            found.setdefault(row["symbol"], set()).add(row["date"])
        return {symbol: frozenset(days) for symbol, days in found.items()}

    def instrument(self, symbol: str) -> Instrument:
        """Answer the instrument of a symbol: its broker token, or a fixed invented one where it has none."""
        return self._instrument(symbol, RAW_TICK)

    # -- reading ---------------------------------------------------------------------------------

    @cached_property
    def _names(self) -> Mapping[str, tuple[int | None, str, str]]:
        columns = ["symbol", "instrument_token", "company", "sector"]
        rows = pq.read_table(self._path("symbols.parquet"), columns=columns).to_pylist()
        return {r["symbol"]: (r["instrument_token"], r["company"], r["sector"] or "") for r in rows}

    @cached_property
    def _tokens(self) -> Mapping[str, int]:
        return _Tokens({symbol: int(token) for symbol, (token, _, _) in self._names.items() if token is not None})

    def _instrument(self, symbol: str, tick: int) -> Instrument:
        _, company, sector = self._names.get(symbol, (None, symbol, ""))
        return Instrument(self._tokens[symbol], symbol, company, tick_size=tick, sector=sector)

    def _path(self, name: str) -> Path:
        path = self._folder / name
        if not path.is_file():
            raise BadInput(f"{name} is not in {self._folder}; recordings need it")
        return path

    def _table(self, name: str) -> dict[str, NDArray[Any]]:
        if name not in self._tables:
            table = pq.read_table(self._path(name))
            self._tables[name] = {
                c: np.asarray(table[c].cast("string")).astype(str) if c == "symbol" else np.asarray(table[c])
                for c in table.column_names
            }
        return self._tables[name]

    def _day_rows(self, name: str, day: date) -> dict[str, NDArray[Any]]:
        table = self._table(name)
        rows = table["ts"].astype("datetime64[D]") == np.datetime64(day, "D")
        return {column: values[rows] for column, values in table.items()}

    def _tick_frames(self, day: date) -> Iterator[Ticks]:
        rows = self._day_rows(FILES[Tape.TICKS], day)
        order = np.lexsort((rows["symbol"], rows["ts"]))
        ticks = ticks_of(len(order))
        ticks["token"] = [self._tokens[s] for s in rows["symbol"][order]]
        ticks["ts_event"] = ticks["ts_seen"] = _utc(rows["ts"][order])
        ticks["last_price"] = _paise(rows["ltp"][order])
        ticks["volume"] = rows["cum_volume"][order]
        ticks["mode"] = int(TickMode.QUOTE)
        cuts = np.flatnonzero(np.diff(ticks["ts_event"])) + 1
        yield from np.split(ticks, cuts)

    def _bar_frames(self, tape: Tape, day: date) -> Iterator[Bars]:
        rows = self._day_rows(FILES[tape], day)
        bars = self._bars(rows, self.interval(tape))
        bars = bars[np.lexsort((bars["token"], bars["ts_open"]))]
        yield from np.split(bars, np.flatnonzero(np.diff(bars["ts_open"])) + 1)

    def _bars(self, rows: Mapping[str, NDArray[Any]], interval: Interval) -> Bars:
        bars = bars_of(len(rows["ts"]))
        bars["token"] = [self._tokens[s] for s in rows["symbol"]]
        bars["ts_open"] = _utc(rows["ts"])
        bars["interval_s"] = int(interval)
        for price in ("open", "high", "low", "close"):
            bars[price] = _paise(rows[price])
        bars["volume"] = rows["volume"]
        if "n_ticks" in rows:
            bars["n_ticks"] = rows["n_ticks"]
        return bars

    def _panel(self, name: str) -> DailyPanel:
        columns = ["date", "symbol", "open", "high", "low", "close", "volume"]
        table = pq.read_table(self._path(name), columns=columns)
        symbols, column = np.unique(np.asarray(table["symbol"].cast("string")).astype(str), return_inverse=True)
        days, row = np.unique(np.asarray(table["date"]).astype("datetime64[D]"), return_inverse=True)
        grids = {}
        for field in columns[2:]:
            grid = np.full((len(days), len(symbols)), np.nan)
            grid[row, column] = np.asarray(table[field], dtype=np.float64)
            grids[field] = grid
        traded = np.nansum(grids["volume"], axis=1) > 0  # sessions in which nothing traded were no sessions
        grids = {field: grid[traded] for field, grid in grids.items()}
        instruments = tuple(self._instrument(str(s), RAW_TICK) for s in symbols)
        delivery = np.full_like(grids["close"], np.nan)
        return DailyPanel(days[traded], instruments, **grids, delivery=delivery, source=name)

    def _days_of_bars(self) -> DailyPanel:
        table = self._table(FILES[Tape.QUARTERS])
        symbols, column = np.unique(table["symbol"].astype(str), return_inverse=True)
        days, row = np.unique(table["ts"].astype("datetime64[D]"), return_inverse=True)
        order = np.lexsort((table["ts"], column, row))
        cell = row[order] * len(symbols) + column[order]
        first = np.concatenate([[0], np.flatnonzero(np.diff(cell)) + 1])
        last = np.concatenate([first[1:] - 1, [len(cell) - 1]])
        value = {name: table[name][order].astype(np.float64) for name in ("open", "high", "low", "close", "volume")}
        found = {
            "open": value["open"][first],
            "high": np.maximum.reduceat(value["high"], first),
            "low": np.minimum.reduceat(value["low"], first),
            "close": value["close"][last],
            "volume": np.add.reduceat(value["volume"], first),
        }
        grids = {name: np.full(len(days) * len(symbols), np.nan) for name in found}
        for name, figures in found.items():
            grids[name][cell[first]] = figures
        shaped = {name: grid.reshape(len(days), len(symbols)) for name, grid in grids.items()}
        instruments = tuple(self._instrument(str(s), ADJUSTED_TICK) for s in symbols)
        delivery = np.full((len(days), len(symbols)), np.nan)
        return DailyPanel(days, instruments, **shaped, delivery=delivery, source=f"days of {FILES[Tape.QUARTERS]}")


class _Tokens(dict[str, int]):
    """Tokens by symbol; a symbol without a broker token gets a fixed one far outside the exchange's range."""

    def __missing__(self, symbol: str) -> int:
        self[symbol] = (1 << 40) + int.from_bytes(hashlib.sha256(symbol.encode()).digest()[:4], "big")
        return self[symbol]


def _whole_days(bars: Bars, sessions: int) -> Bars:
    local = bars["ts_open"] + IST_OFFSET_NS
    day = local // DAY_NS
    minute = local % DAY_NS // (60 * 1_000_000_000)
    began = [d for d in np.unique(day) if minute[day == d].min() <= 9 * 60 + 16]
    return bars[np.isin(day, began[-sessions:])]


def _utc(stamps: NDArray[Any]) -> NDArray[np.int64]:
    return stamps.astype("datetime64[ns]").astype(np.int64) - IST_OFFSET_NS


def _paise(rupees: NDArray[Any]) -> NDArray[np.int64]:
    return np.rint(np.asarray(rupees, dtype=np.float64) * 100).astype(np.int64)
