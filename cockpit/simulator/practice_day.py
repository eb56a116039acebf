"""One session being practised: the tapes of its names as they are needed, and what can be seen of them at a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from cockpit.market import DEPTH, Instrument, Phase
from cockpit.money import tick_down, tick_up
from cockpit.simulator.depth import DepthRows, depth_rows
from cockpit.simulator.grid import Grid
from cockpit.simulator.index_tape import IndexTape
from cockpit.simulator.kite_packets import Tape
from cockpit.simulator.listings import INDEX, INDEX_TOKEN
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.tape import NameTape

FLEX_FROM: Final = 10
"""Percent: operating range of names with derivatives; it is widened in steps when the price comes near its edge."""
FLEX_STEP: Final = 5
FLEX_NEAR: Final = 1
"""Thousandths of the close before."""


@dataclass(frozen=True, slots=True)
class Level:
    """One price level of the book."""

    price: int
    quantity: int
    orders: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of one name at one second; before its first packet all but `previous` and the band is 0."""

    instrument: Instrument
    second: int
    """Second of the last change; -1 before any."""
    last: int
    quantity: int
    average: int
    volume: int
    open: int
    high: int
    low: int
    previous: int
    trade_second: int
    buy_quantity: int
    sell_quantity: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    band_low: int
    band_high: int
    traded: bool
    """Whether the newest change was a trade."""


class PracticeDay:
    """Answer the tapes and sights of one session of the practice market."""

    def __init__(self, market: PracticeMarket, day: date) -> None:
        self.market = market
        self.day = day
        self.grid: Grid = market.grid(day)
        self._tapes: dict[int, Tape] = {}
        self._known = frozenset(market.tokens)
        self._symbols = {market.instrument(token, day).key: token for token in market.tokens}

    def tape(self, token: int) -> Tape | None:
        """Answer the session's tape of a token, None for one that is not listed."""
        if token not in self._known:
            return None
        if token not in self._tapes:
            self._tapes[token] = self.market.tape(token, self.day)
        return self._tapes[token]

    def token(self, key: str) -> int | None:
        """Answer the token of a trading key such as `NSE:INFY`, None when it is not listed."""
        return self._symbols.get(key)

    def instrument(self, token: int) -> Instrument:
        """Answer the instrument as listed today."""
        return self.market.instrument(token, self.day)

    def phase(self, instrument: Instrument, ts: int) -> Phase:
        """Answer what the exchange does for `instrument` at `ts`."""
        return self.grid.session.phase(instrument, ts)

    def changed_at(self, token: int, second: int) -> int:
        """Answer the newest second up to `second` at which something of a token changed; -1 before any."""
        tape = self.tape(token)
        place = int(tape.second.searchsorted(second, side="right")) - 1 if tape is not None else -1
        return int(tape.second[place]) if tape is not None and place >= 0 else -1

    def traded_in(self, token: int, second: int) -> int:
        """Answer the shares a name traded in one second."""
        tape = self.tape(token)
        if not isinstance(tape, NameTape):
            return 0
        at = tape.at(second)
        if at < 0 or tape.second[at] != second:
            return 0
        return int(tape.volume[at] - (tape.volume[at - 1] if at else 0))

    def sight(self, token: int, second: int) -> Sight | None:
        """Answer what is seen of a token at a second of the tape; None for a token that is not listed."""
        tape = self.tape(token)
        if tape is None:
            return None
        return _index_sight(tape, second) if isinstance(tape, IndexTape) else _name_sight(tape, second)


def flexed(previous: int, tick: int, low: int, high: int, limits: tuple[int, int]) -> tuple[int, int]:
    """Answer the operating range of a name with derivatives whose prices have been between `low` and `high`.

    `limits` is as far as the range can ever be flexed in one day.
    """
    down = up = FLEX_FROM
    while low and low * 1000 <= previous * (1000 - 10 * down + FLEX_NEAR) and previous * (100 - down) > limits[0] * 100:
        down += FLEX_STEP
    while high and high * 1000 >= previous * (1000 + 10 * up - FLEX_NEAR) and previous * (100 + up) < limits[1] * 100:
        up += FLEX_STEP
    floor, ceiling = previous * (100 - down) // 100, previous * (100 + up) // 100
    return max(tick_up(floor, tick), limits[0]), min(tick_down(ceiling, tick), limits[1])


def _name_sight(tape: NameTape, second: int) -> Sight:
    row, at = tape.row, tape.at(second)
    limits = (row.band_low, row.band_high)
    if at < 0:
        if row.instrument.has_derivatives:
            limits = flexed(row.previous, row.tick, 0, 0, limits)
        return Sight(
            row.instrument, -1, row.previous, 0, 0, 0, 0, 0, 0, row.previous, -1, 0, 0, (), (), *limits, traded=False
        )
    high, low = int(tape.high[at]), int(tape.low[at])
    if row.instrument.has_derivatives:
        limits = flexed(row.previous, row.tick, low, high, limits)
    depth = depth_rows(tape, at, at + 1)
    return Sight(
        instrument=row.instrument,
        second=int(tape.second[at]),
        last=int(tape.last[at]),
        quantity=int(tape.quantity[at]),
        average=int(tape.average[at]),
        volume=int(tape.volume[at]),
        open=row.open if high else 0,
        high=high,
        low=low,
        previous=row.previous,
        trade_second=int(tape.trade_second[at]),
        buy_quantity=int(depth.buy_quantity[0]),
        sell_quantity=int(depth.sell_quantity[0]),
        bids=_levels(depth, 0),
        asks=_levels(depth, DEPTH),
        band_low=limits[0],
        band_high=limits[1],
        traded=bool(tape.traded[at]),
    )


def _levels(depth: DepthRows, first: int) -> tuple[Level, ...]:
    shown = zip(depth.price[0].tolist(), depth.quantity[0].tolist(), depth.orders[0].tolist(), strict=True)
    return tuple(Level(*level) for level in list(shown)[first : first + DEPTH] if level[1])


def _index_sight(tape: IndexTape, second: int) -> Sight:
    at = int(tape.second.searchsorted(second, side="right")) - 1
    last, o, h, low = (
        (int(tape.last[at]), int(tape.open[at]), int(tape.high[at]), int(tape.low[at]))
        if at >= 0
        else (tape.previous, 0, 0, 0)
    )
    seen = int(tape.second[at]) if at >= 0 else -1
    return Sight(INDEX, seen, last, 0, 0, 0, o, h, low, tape.previous, -1, 0, 0, (), (), 0, 0, traded=False)


def is_index(token: int) -> bool:
    """Tell whether a token is the index, which is watched and never traded."""
    return token == INDEX_TOKEN
