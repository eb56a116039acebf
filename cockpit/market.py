"""What trades, when it trades, what was seen of it and what that amounted to: instruments, sessions, ticks, bars.

Ticks and bars travel as structured numpy arrays (one row each, columns by name), never as an object per tick.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum, StrEnum
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import BadInput
from cockpit.money import Price

DEPTH: Final = 5
"""Price levels a side that a full packet carries."""


class TickMode(IntEnum):
    """Which fields of a tick row were on the wire; the others are 0 and mean nothing."""

    LTP = 1
    QUOTE = 2
    FULL = 3
    INDEX_QUOTE = 4
    INDEX_FULL = 5


TICK: Final = np.dtype(
    [
        ("token", "i8"),
        ("ts_event", "i8"),  # exchange time, ns UTC; 0 where the mode carries none
        ("ts_seen", "i8"),  # when the frame reached us, ns UTC
        ("last_price", "i8"),  # every price: integer at the instrument's price_scale
        ("last_quantity", "i8"),
        ("average_price", "i8"),
        ("volume", "i8"),  # shares so far today, cumulative
        ("buy_quantity", "i8"),
        ("sell_quantity", "i8"),
        ("open", "i8"),
        ("high", "i8"),
        ("low", "i8"),
        ("close", "i8"),  # the previous session's close
        ("ts_trade", "i8"),  # last trade, ns UTC; 0 where unknown
        ("oi", "i8"),
        ("oi_high", "i8"),
        ("oi_low", "i8"),
        ("bid_price", "i8", (DEPTH,)),
        ("bid_quantity", "i8", (DEPTH,)),
        ("bid_orders", "i8", (DEPTH,)),
        ("ask_price", "i8", (DEPTH,)),
        ("ask_quantity", "i8", (DEPTH,)),
        ("ask_orders", "i8", (DEPTH,)),
        ("mode", "i8"),  # a TickMode
    ],
    align=True,
)
"""One row of a `Ticks` array."""

BAR: Final = np.dtype(
    [
        ("token", "i8"),
        ("ts_open", "i8"),  # start of the bar, ns UTC; the bar covers [ts_open, ts_open + interval)
        ("interval_s", "i8"),
        ("open", "i8"),
        ("high", "i8"),
        ("low", "i8"),
        ("close", "i8"),
        ("volume", "i8"),
        ("n_ticks", "i8"),  # 0 when the bar came ready-made from history
        ("partial", "i8"),  # 1 when part of the bar's time was not observed; opening ranges refuse such bars
        ("vwap", "f8"),  # session VWAP (hlc3 weighted) at this bar's close; NaN before the first volume
        ("vwap_sd", "f8"),  # volume-weighted standard deviation around it
    ],
    align=True,
)
"""One row of a `Bars` array."""

Ticks: TypeAlias = NDArray[Any]
"""A structured array of dtype `TICK`, in the order seen."""
Bars: TypeAlias = NDArray[Any]
"""A structured array of dtype `BAR`."""


class Interval(IntEnum):
    """The bar lengths of the house, in seconds."""

    M1 = 60
    M3 = 180
    M5 = 300
    M10 = 600
    M15 = 900
    M30 = 1800
    H1 = 3600
    D1 = 86_400

    @property
    def label(self) -> str:
        """Name the interval as traders write it: `1m`, `15m`, `1h`, `1D`."""
        if self is Interval.D1:
            return "1D"
        return f"{self // 3600}h" if self >= 3600 else f"{self // 60}m"


class Series(StrEnum):
    """NSE series that decide how a name may be traded."""

    EQ = "EQ"
    BE = "BE"  # trade to trade: delivery only
    BZ = "BZ"
    SM = "SM"
    ST = "ST"
    INDEX = "INDEX"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Instrument:
    """Name one thing that trades. Prices of it are integers at `price_scale`; `tick_size` is in the same unit."""

    token: int
    symbol: str
    name: str = ""
    exchange: str = "NSE"
    series: Series = Series.EQ
    tick_size: int = 5
    lot_size: int = 1
    price_scale: int = 100
    sector: str = ""
    isin: str = ""
    has_derivatives: bool = False
    """F&O underlying: its closing auction ends continuous trading at 15:15 since 2026-08-03."""

    @property
    def key(self) -> str:
        """Answer the trading key, `NSE:RELIANCE`."""
        return f"{self.exchange}:{self.symbol}"

    @property
    def is_index(self) -> bool:
        """Tell whether this is an index, which is watched and never traded."""
        return self.series is Series.INDEX


class Phase(StrEnum):
    """What the exchange is doing for one instrument at one instant."""

    CLOSED = "closed"
    PRE_OPEN = "pre-open"
    CONTINUOUS = "open"
    BREAK = "break"
    AUCTION = "closing auction"
    POST_CLOSE = "post-close"

    @property
    def takes_entries(self) -> bool:
        """Tell whether a new position may be opened now."""
        return self is Phase.CONTINUOUS


class SessionKind(StrEnum):
    """Why the exchange is open that day."""

    REGULAR = "regular"
    SPECIAL = "special"
    MUHURAT = "muhurat"


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of time in one phase: [opens, closes), ns UTC."""

    phase: Phase
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day of the exchange with its dated timetable.

    `plain` holds the windows of names without derivatives, `auction` those of names that close by auction; both are in
    time order and may hold two continuous windows on special days. `model` names the timetable, because daily closes
    before and after a change of timetable are not the same quantity.
    """

    day: date
    kind: SessionKind
    model: str
    plain: tuple[Window, ...]
    auction: tuple[Window, ...]
    square_off: int
    """When our own square-off of intraday positions starts, ns UTC."""
    square_off_hard: int
    """When every intraday position must be flat, ns UTC."""

    def windows(self, instrument: Instrument) -> tuple[Window, ...]:
        """Answer the timetable that holds for this instrument."""
        return self.auction if instrument.has_derivatives else self.plain

    def phase(self, instrument: Instrument, ts: int) -> Phase:
        """Answer the phase of `instrument` at `ts`; outside all windows the market is closed."""
        for window in self.windows(instrument):
            if window.opens <= ts < window.closes:
                return window.phase
        return Phase.CLOSED

    def is_trading(self, ts: int) -> bool:
        """Tell whether plain names trade continuously at `ts`: whether a silent feed is worth noticing."""
        return any(w.opens <= ts < w.closes for w in self.plain if w.phase is Phase.CONTINUOUS)

    @property
    def opens(self) -> int:
        """Answer when continuous trading first opens, ns UTC."""
        return min(w.opens for w in self.plain if w.phase is Phase.CONTINUOUS)

    @property
    def closes(self) -> int:
        """Answer when continuous trading of plain names last closes, ns UTC."""
        return max(w.closes for w in self.plain if w.phase is Phase.CONTINUOUS)


@dataclass(frozen=True, slots=True)
class Quote:
    """What the market offers for one instrument at one instant; 0 in a price means no such side is shown."""

    token: int
    ts: int
    last_price: Price
    bid: Price = 0
    ask: Price = 0
    band_low: Price = 0
    band_high: Price = 0


STATS: Final = np.dtype(
    [
        ("token", "i8"),
        ("previous_close", "f8"),  # price scale; NaN unknown, as everywhere in this row
        ("atr14", "f8"),  # 14-day average true range, price scale
        ("sigma_day", "f8"),  # daily volatility as a ratio, 20 sessions
        ("adv_shares", "f8"),  # mean daily volume, 20 sessions
        ("band_low", "f8"),  # the day's price band, price scale; NaN where the name has none
        ("band_high", "f8"),
    ],
    align=True,
)
"""What the evening before knows about one watched name."""


@dataclass(frozen=True, slots=True)
class TradingDay:
    """One session of one watchlist: everything the rules may know before the first tick.

    Shapes: `instruments` sets the slot order (ascending token); `stats` is `STATS` [slot]; `volume_curve` is float64
    [slot, bar of the session], the mean cumulative volume at the close of each bar of `interval` over previous
    sessions, NaN where unknown. A rule that needs an unknown number does not trade the name.
    """

    session: Session
    interval: Interval
    instruments: tuple[Instrument, ...]
    stats: NDArray[Any]
    volume_curve: NDArray[Any]

    def slot(self, token: int) -> int:
        """Answer the row of `token`; BadInput when it is not watched."""
        for slot, instrument in enumerate(self.instruments):
            if instrument.token == token:
                return slot
        raise BadInput(f"token {token} is not on today's watchlist")


@dataclass(frozen=True, slots=True)
class DailyPanel:
    """Daily bars of many names, time-major.

    Shapes: `days` is datetime64[D] [day]; every other array is float64 [day, name], columns following `instruments`.
    Units: prices in rupees, split- and bonus-adjusted; volume in shares; `delivery` 0..1. NaN means missing, not zero.
    """

    days: NDArray[Any]
    instruments: tuple[Instrument, ...]
    open: NDArray[Any]
    high: NDArray[Any]
    low: NDArray[Any]
    close: NDArray[Any]
    volume: NDArray[Any]
    delivery: NDArray[Any]
    source: str
    reinvested: NDArray[Any] | None = None
    """Factor [day, name] that turns a price into one with dividends reinvested; None when dividends are not known.
    Returns are made of `price * reinvested`, traded values and price filters of the price alone."""

    def upto(self, day: date) -> DailyPanel:
        """Answer the panel as it was known after the close of `day`: later rows are cut off."""
        n = int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right"))
        return replace(
            self,
            days=self.days[:n],
            open=self.open[:n],
            high=self.high[:n],
            low=self.low[:n],
            close=self.close[:n],
            volume=self.volume[:n],
            delivery=self.delivery[:n],
            reinvested=None if self.reinvested is None else self.reinvested[:n],
        )

    def total(self, prices: NDArray[Any]) -> NDArray[Any]:
        """Answer `prices` (one of the panel's own arrays) with dividends reinvested, as far as they are known."""
        return prices if self.reinvested is None else prices * self.reinvested


def ticks_of(rows: int) -> Ticks:
    """Answer an empty (zeroed) `Ticks` array of `rows` rows."""
    return np.zeros(rows, dtype=TICK)


def bars_of(rows: int) -> Bars:
    """Answer an empty (zeroed) `Bars` array of `rows` rows, VWAP unknown."""
    bars = np.zeros(rows, dtype=BAR)
    bars["vwap"] = np.nan
    bars["vwap_sd"] = np.nan
    return bars
