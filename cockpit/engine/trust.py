"""Which ticks may be believed: what cannot be true is set aside, counted and told, before anything is decided on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS
from cockpit.facts import TicksQuarantined
from cockpit.market import Ticks, TradingDay
from cockpit.money import Price
from cockpit.settings import FeedSettings

SIGNED_WRAP: Final = 1 << 31
"""A price at or above this is a negative number that an unsigned wire field has wrapped."""
AGREEING: Final = 3
"""So many quarantined ticks in a row that agree with each other re-admit a real gap."""
AGREEMENT: Final = 0.01
"""How near to each other agreeing prices lie, as a ratio."""
DAY_SLACK_NS: Final = 3600 * NS

Verdict = NDArray[np.bool_]


class Trust:
    """Sift each frame: answer the ticks that can be true, remember the last believed price of every name.

    Set aside are: unknown tokens, prices of zero or below (or wrapped), prices off the tick, prices farther than `jump`
    from the last believed one, stamps outside the session or far behind the name's newest, and exact repeats.
    A jump that three ticks in a row agree on is believed when it lies within twice the limit: gaps are real sometimes.
    """

    def __init__(self, day: TradingDay, settings: FeedSettings, tell: Callable[[TicksQuarantined], None]) -> None:
        self._day = day
        self._settings = settings
        self._tell = tell
        n = len(day.instruments)
        self._tokens = np.array([i.token for i in day.instruments], dtype=np.int64)
        self._grid = np.array([1 if i.is_index else i.tick_size for i in day.instruments], dtype=np.int64)
        close = day.stats["previous_close"]
        self._base = np.where(np.isnan(close), 0, close).astype(np.int64)
        self._price = np.zeros(n, dtype=np.int64)
        self._seen = np.zeros(n, dtype=np.int64)
        self._volume = np.full(n, -1, dtype=np.int64)
        self._doubted: dict[int, list[int]] = {}
        self.n_quarantined = np.zeros(n, dtype=np.int64)
        self.n_repeats = 0

    def sift(self, ticks: Ticks) -> Ticks:
        """Answer the believed rows of `ticks`, in order."""
        slots = np.searchsorted(self._tokens, ticks["token"])
        slots = np.minimum(slots, len(self._tokens) - 1)
        known = self._tokens[slots] == ticks["token"]
        price, stamp = ticks["last_price"], self._stamps(ticks)
        sound = known & (price > 0) & (price < SIGNED_WRAP) & (price % self._grid[slots] == 0) & self._in_session(stamp)
        near = self._near(slots, price)
        fresh = stamp >= self._seen[slots] - int(self._settings.late_s * NS)
        believed = sound & near & fresh
        if not believed.all():
            believed = self._doubt(ticks, slots, known, sound, fresh, believed)
        repeat = (
            believed
            & (price == self._price[slots])
            & (stamp == self._seen[slots])
            & (ticks["volume"] == self._volume[slots])
        )
        self.n_repeats += int(repeat.sum())
        kept = believed & ~repeat
        self._remember(slots[kept], price[kept], stamp[kept], ticks["volume"][kept])
        return ticks if kept.all() else ticks[kept]

    def last(self) -> Mapping[int, tuple[Price, int]]:
        """Answer (last believed price, when) by token, names never seen left out."""
        return {
            int(t): (int(p), int(s)) for t, p, s in zip(self._tokens, self._price, self._seen, strict=True) if p > 0
        }

    def price_of(self, slot: int) -> tuple[Price, int]:
        """Answer (last believed price, when) of a slot; (0, 0) when it was never seen."""
        return int(self._price[slot]), int(self._seen[slot])

    def believe(self, slot: int, price: Price, ts: int) -> None:
        """Take a ready-made bar's close as the name's last believed price."""
        self._price[slot] = price
        self._seen[slot] = ts

    def _stamps(self, ticks: Ticks) -> NDArray[Any]:
        # Quote and ltp packets carry no exchange time; when they reached us is the best stamp there is.
        stamps: NDArray[Any] = np.where(ticks["ts_event"] > 0, ticks["ts_event"], ticks["ts_seen"])
        return stamps

    def _in_session(self, stamp: NDArray[Any]) -> Verdict:
        session = self._day.session
        return (stamp >= session.opens - DAY_SLACK_NS) & (stamp <= session.closes + DAY_SLACK_NS)

    def _near(self, slots: NDArray[Any], price: NDArray[Any]) -> Verdict:
        base = np.where(self._price[slots] > 0, self._price[slots], self._base[slots])
        near: Verdict = (base == 0) | (np.abs(price - base) <= base * self._settings.jump)
        return near

    def _remember(self, slots: NDArray[Any], price: NDArray[Any], stamp: NDArray[Any], volume: NDArray[Any]) -> None:
        # A frame may hold one name twice; assignment in order keeps the newest row.
        self._price[slots] = price
        self._seen[slots] = np.maximum(self._seen[slots], stamp)
        self._volume[slots] = volume
        if self._doubted:
            for slot in slots:
                self._doubted.pop(int(slot), None)

    def _doubt(
        self, ticks: Ticks, slots: NDArray[Any], known: Verdict, sound: Verdict, fresh: Verdict, believed: Verdict
    ) -> Verdict:
        believed = believed.copy()
        for row in np.flatnonzero(~believed):
            slot = int(slots[row])
            price = int(ticks["last_price"][row])
            if sound[row] and fresh[row] and self._agreed(slot, price):
                believed[row] = True
                continue
            if known[row]:
                self.n_quarantined[slot] += 1
            self._report(ticks, int(row), slot, bool(known[row]), bool(sound[row]), bool(fresh[row]))
        return believed

    def _agreed(self, slot: int, price: Price) -> bool:
        base = int(self._price[slot]) or int(self._base[slot])
        if base and abs(price - base) > 2 * base * self._settings.jump:
            return False
        doubted = self._doubted.setdefault(slot, [])
        if doubted and abs(price - doubted[-1]) > AGREEMENT * doubted[-1]:
            doubted.clear()
        doubted.append(price)
        return len(doubted) >= AGREEING

    def _report(self, ticks: Ticks, row: int, slot: int, known: bool, sound: bool, fresh: bool) -> None:
        price, token = int(ticks["last_price"][row]), int(ticks["token"][row])
        symbol = self._day.instruments[slot].symbol if known else f"token {token}"
        if not known:
            reason = "this token is not watched today"
        elif not sound:
            reason = f"price {price} or its time stamp cannot be true"
        elif not fresh:
            reason = f"its stamp is more than {self._settings.late_s:g} s behind the name's newest"
        else:
            base = int(self._price[slot]) or int(self._base[slot])
            reason = f"price {price} is {price / base - 1:+.1%} from the last believed {base}"
        n = int(self.n_quarantined[slot]) if known else 1
        self._tell(TicksQuarantined(int(ticks["ts_seen"][row]), token, symbol, n, reason))
