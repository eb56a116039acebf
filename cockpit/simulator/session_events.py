"""What the timetable does to orders: auctions print, stops end before the closing auction, intraday is squared off."""

from __future__ import annotations

from typing import Final

from cockpit.market import Instrument
from cockpit.simulator.grid import Grid
from cockpit.simulator.index_tape import IndexTape
from cockpit.simulator.kite_packets import Tape

PLAIN_SQUARE_OFF_S: Final = 600
"""The broker closes intraday positions 10 minutes before continuous trading ends (15:20)..."""
AUCTION_SQUARE_OFF_S: Final = 180
"""...and 3 minutes before it for names that close by auction (15:12). Ours: the broker's own time was not published."""


class SessionEvents:
    """Answer what happens at which second of the session."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._ends = {False: int(grid.plain[-1]) + 1, True: int(grid.auction[-1]) + 1 if grid.has_auction else 0}
        self._square_off = {
            False: self._ends[False] - PLAIN_SQUARE_OFF_S,
            True: self._ends[True] - AUCTION_SQUARE_OFF_S,
        }

    def is_of(self, instrument: Instrument, by_auction: bool) -> bool:
        """Tell whether an instrument follows the timetable with, or without, a closing auction today."""
        return (instrument.has_derivatives and self._grid.has_auction) is by_auction

    def _by_auction(self, instrument: Instrument) -> bool:
        return instrument.has_derivatives and self._grid.has_auction

    def square_offs(self, second: int) -> tuple[bool, ...]:
        """Answer the timetables (by auction or not) whose intraday positions are closed at this second."""
        return tuple(
            by_auction
            for by_auction in (False, True)
            if second == self._square_off[by_auction] and (self._grid.has_auction or not by_auction)
        )

    def is_squared_off(self, instrument: Instrument, second: int) -> bool:
        """Tell whether the time for new intraday orders of an instrument is over."""
        return second >= self._square_off[self._by_auction(instrument)]

    def ends(self, instrument: Instrument, second: int, is_stop: bool) -> bool:
        """Tell whether an order ends now: stops when continuous trading does, the rest after the auction."""
        by_auction = self._by_auction(instrument)
        if by_auction and not is_stop:
            return second >= self._grid.n_seconds - 1
        return second >= self._ends[by_auction]

    def auction_price(self, tape: Tape | None, second: int) -> int:
        """Answer the price an auction prints at this second, 0 when none does."""
        if tape is None or isinstance(tape, IndexTape):
            return 0
        in_opening = second < int(self._grid.plain[0])
        in_closing = tape.row.by_auction and second >= self._grid.close_match
        if not in_opening and not in_closing:
            return 0
        at = tape.at(second)
        if at < 0 or int(tape.second[at]) != second or not tape.traded[at]:
            return 0
        return int(tape.last[at])
