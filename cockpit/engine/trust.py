"""Which ticks may be believed: what cannot be true is set aside, counted and told, before anything is decided on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS, hhmmss
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
LEAP_NS: Final = 60 * NS
"""A stamp so far ahead of all that was believed, and of our own clock, would carry the tape's time and close bars."""

Verdict = NDArray[np.bool_]


class Trust:
    """Sift each frame: answer the ticks that can be true, remember the last believed price of every name.

    Set aside are: unknown tokens, prices of zero or below (or wrapped), prices off the tick, outside the day's band or
    farther than `jump` from the last believed one, stamps outside the session, far behind the name's newest or far
    ahead of everybody's, and exact repeats. Three ticks in a row that agree are believed all the same when only price
    or leap spoke against them: gaps, relaxed bands and silences are real. A price beyond twice the limit never is.
    A name whose previous close is unknown has nothing to be near to, so its first price needs that agreement too.
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
        self._low = np.where(np.isnan(day.stats["band_low"]), 0, day.stats["band_low"])
        self._high = np.where(np.isnan(day.stats["band_high"]), np.inf, day.stats["band_high"])
        self._price = np.zeros(n, dtype=np.int64)
        self._seen = np.zeros(n, dtype=np.int64)
        self._volume = np.full(n, -1, dtype=np.int64)
        self._newest = day.session.opens
        self._doubted: dict[int, list[int]] = {}
        self._leaps: list[int] = []
        self.n_quarantined = np.zeros(n, dtype=np.int64)
        self.n_strangers: dict[int, int] = {}
        self.n_repeats = 0

    def sift(self, ticks: Ticks) -> Ticks:
        """Answer the believed rows of `ticks`, in order."""
        slots = np.minimum(np.searchsorted(self._tokens, ticks["token"]), len(self._tokens) - 1)
        known = self._tokens[slots] == ticks["token"]
        if not known.all():
            self._name_strangers(ticks[~known])
            ticks, slots = ticks[known], slots[known]
        kept = np.zeros(len(ticks), dtype=np.bool_)
        for rows in _rounds(slots):
            kept[rows] = self._sift_once(ticks[rows], slots[rows])
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
        self._newest = max(self._newest, ts)

    # -- one look at names that each appear once ---------------------------------------------------

    def _sift_once(self, ticks: Ticks, slots: NDArray[Any]) -> Verdict:
        price, stamp, volume = ticks["last_price"], stamps_of(ticks), ticks["volume"]
        sound = (price > 0) & (price < SIGNED_WRAP) & (price % self._grid[slots] == 0) & self._in_session(stamp)
        fresh = stamp >= self._seen[slots] - int(self._settings.late_s * NS)
        believed = sound & fresh & self._near(slots, price)
        believed &= stamp <= np.maximum(self._newest, ticks["ts_seen"]) + LEAP_NS
        if not believed.all():
            for row in np.flatnonzero(~believed):
                believed[row] = self._doubt(ticks[row], int(slots[row]), bool(sound[row]), bool(fresh[row]))
        repeat = believed & (price == self._price[slots]) & (stamp == self._seen[slots])
        repeat &= volume == self._volume[slots]
        self.n_repeats += int(repeat.sum())
        kept: Verdict = believed & ~repeat
        self._remember(slots[kept], price[kept], stamp[kept], volume[kept])
        return kept

    def _in_session(self, stamp: NDArray[Any]) -> Verdict:
        session = self._day.session
        return (stamp >= session.opens - DAY_SLACK_NS) & (stamp <= session.closes + DAY_SLACK_NS)

    def _near(self, slots: NDArray[Any], price: NDArray[Any]) -> Verdict:
        base = np.where(self._price[slots] > 0, self._price[slots], self._base[slots])
        inside = (price >= self._low[slots]) & (price <= self._high[slots])
        near: Verdict = inside & (base > 0) & (np.abs(price - base) <= base * self._settings.jump)
        return near

    def _remember(self, slots: NDArray[Any], price: NDArray[Any], stamp: NDArray[Any], volume: NDArray[Any]) -> None:
        if not len(slots):
            return
        # A tick that is a little late is a trade that happened, but no longer the last price.
        newer = stamp >= self._seen[slots]
        slots, price, stamp, volume = slots[newer], price[newer], stamp[newer], volume[newer]
        self._price[slots] = price
        self._seen[slots] = stamp
        self._volume[slots] = volume
        self._newest = max(self._newest, int(stamp.max(initial=0)))
        self._leaps.clear()
        if self._doubted:
            for slot in slots:
                self._doubted.pop(int(slot), None)

    # -- what speaks against a tick, and what may speak for it -------------------------------------

    def _doubt(self, tick: Any, slot: int, sound: bool, fresh: bool) -> bool:
        price, stamp = int(tick["last_price"]), int(tick["ts_event"] or tick["ts_seen"])
        if not sound:
            reason = f"price {price} or its time stamp {hhmmss(stamp)} cannot be true"
        elif not fresh:
            reason = f"its stamp is more than {self._settings.late_s:g} s behind the name's newest"
        elif not self._in_time(stamp, int(tick["ts_seen"])):
            reason = f"its stamp {hhmmss(stamp)} is far ahead of the newest believed, {hhmmss(self._newest)}"
        elif not self._near(np.array([slot]), np.array([price]))[0] and not self._agreed(slot, price):
            reason = self._far(slot, price)
        else:
            return True
        self.n_quarantined[slot] += 1
        symbol, token = self._day.instruments[slot].symbol, int(tick["token"])
        self._tell(TicksQuarantined(int(tick["ts_seen"]), token, symbol, int(self.n_quarantined[slot]), reason))
        return False

    def _in_time(self, stamp: int, seen: int) -> bool:
        if stamp <= max(self._newest, seen) + LEAP_NS:
            return True
        if self._leaps and abs(stamp - self._leaps[-1]) > LEAP_NS:
            self._leaps.clear()
        self._leaps.append(stamp)
        if len(self._leaps) < AGREEING:
            return False
        self._newest = stamp
        return True

    def _agreed(self, slot: int, price: Price) -> bool:
        base = int(self._price[slot]) or int(self._base[slot])
        if base and abs(price - base) > 2 * base * self._settings.jump:
            return False
        doubted = self._doubted.setdefault(slot, [])
        if doubted and abs(price - doubted[-1]) > AGREEMENT * doubted[-1]:
            doubted.clear()
        doubted.append(price)
        if len(doubted) < AGREEING:
            return False
        # The exchange relaxes bands of names with derivatives during the day: the band gives way with the price.
        self._low[slot], self._high[slot] = min(self._low[slot], price), max(self._high[slot], price)
        return True

    def _far(self, slot: int, price: Price) -> str:
        base = int(self._price[slot]) or int(self._base[slot])
        if not base:
            return f"price {price} has no previous close beside it; {AGREEING} ticks that agree are needed"
        if not self._low[slot] <= price <= self._high[slot]:
            return f"price {price} lies outside the day's band {self._low[slot]:.0f} to {self._high[slot]:.0f}"
        return f"price {price} is {price / base - 1:+.1%} from the last believed {base}"

    def _name_strangers(self, ticks: Ticks) -> None:
        for tick in ticks:
            token = int(tick["token"])
            n = self.n_strangers[token] = self.n_strangers.get(token, 0) + 1
            reason = "this token is not watched today"
            self._tell(TicksQuarantined(int(tick["ts_seen"]), token, f"token {token}", n, reason))


def stamps_of(ticks: Ticks) -> NDArray[Any]:
    """Answer each tick's instant, ns UTC: exchange time, or when it reached us where the packet carries none."""
    stamps: NDArray[Any] = np.where(ticks["ts_event"] > 0, ticks["ts_event"], ticks["ts_seen"])
    return stamps


def _rounds(slots: NDArray[Any]) -> Iterator[Any]:
    """Yield row selections in which no name appears twice, so that each tick is judged by the one before it."""
    if (slots[1:] > slots[:-1]).all():  # a feed mostly sends its names once each, in order
        yield slice(None)
        return
    order = np.argsort(slots, kind="stable")
    grouped = slots[order]
    starts = np.ones(len(slots), dtype=np.bool_)
    starts[1:] = grouped[1:] != grouped[:-1]
    if starts.all():
        yield slice(None)
        return
    nth = np.empty(len(slots), dtype=np.int64)
    nth[order] = np.arange(len(slots)) - np.flatnonzero(starts)[np.cumsum(starts) - 1]
    for n in range(int(nth.max()) + 1):
        yield np.flatnonzero(nth == n)
