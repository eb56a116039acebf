"""The market as paper saw it last: names, quotes and open hours in the shape that the compiled looks read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from cockpit.errors import Rejection
from cockpit.market import DEPTH, Instrument, Phase, Quote, Session, TradingDay
from cockpit.paper.halts import BREAKERS
from cockpit.paper.resting import Resting
from cockpit.paper.terms import NAMES, STRIKES, FillRules, Rows

Answer: TypeAlias = tuple[int, int, int, int, int]
"""Row, next order, `Met`, `Why`, strikes written: what a look answers."""
Look: TypeAlias = Callable[[Rows, int, int, Rows, Rows, int, Rows, Rows, Rows, Rows], Answer]
PLAIN, AUCTION = 0, 1
SIDES: Final = 2


class Floor:
    """Carry what the looks need between frames; one row of `names` for each instrument of the day."""

    def __init__(self, day: TradingDay, rules: FillRules) -> None:
        self.instruments = day.instruments
        self.names = np.array([_name(day, slot) for slot in range(len(day.instruments))], dtype=NAMES)
        self.out: Rows = np.zeros((STRIKES, 3), dtype=np.int64)
        self._slots = {instrument.token: slot for slot, instrument in enumerate(day.instruments)}
        self._windows = _windows(day.session)
        self._eaten: Rows = np.zeros((SIDES, DEPTH), dtype=np.int64)
        self._rules = rules.row()

    def look(self, look: Look, seen: Rows, i: int, k: int, resting: Resting) -> Answer:
        """Let `look` go on at row `i`, order `k`; answer what it met first."""
        return look(
            seen,
            i,
            k,
            self.names,
            resting.rows,
            len(resting),
            self._windows,
            self._eaten,
            self._rules,
            self.out,
        )

    def __contains__(self, token: int) -> bool:
        return token in self._slots

    def slot(self, token: int) -> int:
        """Answer the row of a name.

        Errors: Rejection for a name that is not watched today: nothing could ever fill there.
        """
        if token not in self._slots:
            raise Rejection(f"token {token} is not on today's watchlist of {len(self._slots)} names", code=400)
        return self._slots[token]

    def quote(self, slot: int) -> Quote | None:
        """Answer the newest quote of a name, None before its first tick."""
        name = self.names[slot]
        if not name["ts"]:
            return None
        shown = (int(name[column]) for column in ("token", "ts", "last", "bid", "ask", "band_low", "band_high"))
        return Quote(*shown)

    def closes(self, slot: int) -> int:
        """Answer when continuous trading of a name ends for the day, ns UTC."""
        return int(self._windows[self.names[slot]["timetable"], :, 1].max())

    @property
    def paused_until(self) -> int:
        """Answer until when the whole market is halted; 0 when it was not."""
        return int(self._rules[0]["paused_until"])

    def pause(self, until: int) -> None:
        """Let nothing match before `until`."""
        self._rules[0]["paused_until"] = until


def _name(day: TradingDay, slot: int) -> Rows:
    instrument, stats = day.instruments[slot], day.stats[slot]
    row = np.zeros((), dtype=NAMES)
    row["token"], row["tick_size"] = instrument.token, instrument.tick_size
    row["lot"] = instrument.lot_size
    row["timetable"] = AUCTION if instrument.has_derivatives else PLAIN
    row["breaker"] = _halts_market(instrument)
    row["adv"], row["sigma"] = stats["adv_shares"], stats["sigma_day"]
    for band in ("band_low", "band_high"):
        row[band] = 0 if np.isnan(stats[band]) else int(stats[band])
    row["volume"] = -1
    return row


def _halts_market(instrument: Instrument) -> bool:
    return instrument.is_index and instrument.symbol in BREAKERS


def _windows(session: Session) -> Rows:
    timetables = [[w for w in table if w.phase is Phase.CONTINUOUS] for table in (session.plain, session.auction)]
    longest = max(1, *(len(windows) for windows in timetables))
    windows = np.zeros((len(timetables), longest, 2), dtype=np.int64)
    for row, table in enumerate(timetables):
        for column, window in enumerate(table):
            windows[row, column] = window.opens, window.closes
    return windows
