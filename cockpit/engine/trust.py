"""Which ticks may be believed: what cannot be true is set aside, counted and told, before anything is decided on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS, hhmmss
from cockpit.engine import trust_kernel as kernel
from cockpit.engine.straight import is_plain, straight
from cockpit.engine.trust_kernel import AGREEING, LEAP_NS, SIGNED_WRAP, Verdict
from cockpit.facts import TicksQuarantined
from cockpit.market import TICK, Ticks, TradingDay, ticks_of
from cockpit.money import Price
from cockpit.settings import FeedSettings

__all__ = ["LEAP_NS", "SIGNED_WRAP", "Trust", "stamps_of"]

DAY_SLACK_NS: Final = 3600 * NS


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
        self._names = _names_of(day)
        self._tape = _tape_of(day, settings)
        self._price, self._seen = self._names["price"], self._names["seen"]
        self._verdicts = np.zeros(len(day.instruments), np.int64)
        self.n_quarantined = np.zeros(len(day.instruments), np.int64)
        self.n_strangers: dict[int, int] = {}
        self.n_moves = 0
        """Rises whenever a believed price may have moved: as long as it stands, so do all prices."""
        # Compiled now: at the first tick the market would wait for it.
        self._walk = straight(kernel.walk, ticks_of(0), 0, self._names, self._tape, self._verdicts)

    def sift(self, ticks: Ticks) -> Ticks:
        """Answer the believed rows of `ticks`, in order; the very array given when that is all of them."""
        n = len(ticks)
        self.n_moves += 1
        if n > len(self._verdicts):
            self._verdicts = np.zeros(n, np.int64)
        walk = self._walk if is_plain(ticks) else kernel.walk
        at, n_believed = walk(ticks, 0, self._names, self._tape, self._verdicts)
        while at < n:
            self._set_aside(ticks[at], Verdict(int(self._verdicts[at])))
            at, more = walk(ticks, at + 1, self._names, self._tape, self._verdicts)
            n_believed += more
        return ticks if n_believed == n else _picked(ticks, self._verdicts[:n] == Verdict.BELIEVED)

    @property
    def n_repeats(self) -> int:
        """Answer how many exact repeats were dropped today."""
        return int(self._tape["n_repeats"][0])

    @property
    def reached(self) -> int:
        """Answer the newest stamp of all ticks believed so far, ns UTC; 0 before the first."""
        return int(self._tape["reached"][0])

    def last(self) -> Mapping[int, tuple[Price, int]]:
        """Answer (last believed price, when) by token, names never seen left out."""
        tokens, prices, seen = (self._names[column].tolist() for column in ("token", "price", "seen"))
        return {token: (price, ts) for token, price, ts in zip(tokens, prices, seen, strict=True) if price > 0}

    def price_of(self, slot: int) -> tuple[Price, int]:
        """Answer (last believed price, when) of a slot; (0, 0) when it was never seen."""
        return int(self._price[slot]), int(self._seen[slot])

    def believe(self, slot: int, price: Price, ts: int) -> None:
        """Take a ready-made bar's close as the name's last believed price."""
        self.n_moves += 1
        self._price[slot] = price
        self._seen[slot] = ts
        self._tape["newest"] = max(int(self._tape["newest"][0]), ts)

    # -- the words for what was set aside ----------------------------------------------------------

    def _set_aside(self, tick: Any, verdict: Verdict) -> None:
        token, seen = int(tick["token"]), int(tick["ts_seen"])
        if verdict is Verdict.STRANGER:
            n = self.n_strangers[token] = self.n_strangers.get(token, 0) + 1
            self._tell(TicksQuarantined(seen, token, f"token {token}", n, "this token is not watched today"))
            return
        slot = int(np.searchsorted(self._names["token"], token))
        self.n_quarantined[slot] += 1
        symbol, reason = self._day.instruments[slot].symbol, self._why(tick, verdict, self._names[slot])
        self._tell(TicksQuarantined(seen, token, symbol, int(self.n_quarantined[slot]), reason))

    def _why(self, tick: Any, verdict: Verdict, name: Any) -> str:
        price, ts = int(tick["last_price"]), int(tick["ts_event"] or tick["ts_seen"])
        if verdict is Verdict.UNSOUND:
            return f"price {price} or its time stamp {hhmmss(ts)} cannot be true"
        if verdict is Verdict.LATE:
            return f"its stamp is more than {self._settings.late_s:g} s behind the name's newest"
        if verdict is Verdict.AHEAD:
            newest = hhmmss(int(self._tape["newest"][0]))
            return f"its stamp {hhmmss(ts)} is far ahead of the newest believed, {newest}"
        base = int(name["price"]) or int(name["base"])
        if not base:
            return f"price {price} has no previous close beside it; {AGREEING} ticks that agree are needed"
        if not name["band_low"] <= price <= name["band_high"]:
            return f"price {price} lies outside the day's band {name['band_low']:.0f} to {name['band_high']:.0f}"
        return f"price {price} is {price / base - 1:+.1%} from the last believed {base}"


def stamps_of(ticks: Ticks) -> NDArray[Any]:
    """Answer each tick's instant, ns UTC: exchange time, or when it reached us where the packet carries none."""
    stamps: NDArray[Any] = np.where(ticks["ts_event"] > 0, ticks["ts_event"], ticks["ts_seen"])
    return stamps


def _names_of(day: TradingDay) -> NDArray[Any]:
    names = np.zeros(len(day.instruments), kernel.WATCHED)
    names["token"] = [i.token for i in day.instruments]
    names["grid"] = [1 if i.is_index else i.tick_size for i in day.instruments]
    for column, stat, unknown in (
        ("base", "previous_close", 0.0), ("band_low", "band_low", 0.0), ("band_high", "band_high", np.inf),
    ):  # fmt: skip
        names[column] = np.where(np.isnan(day.stats[stat]), unknown, day.stats[stat])
    names["volume"] = -1
    return names


def _tape_of(day: TradingDay, settings: FeedSettings) -> NDArray[Any]:
    tape = np.zeros(1, kernel.TAPE)
    tape["begins"], tape["ends"] = day.session.opens - DAY_SLACK_NS, day.session.closes + DAY_SLACK_NS
    tape["late_ns"], tape["jump"] = int(settings.late_s * NS), settings.jump
    tape["newest"] = day.session.opens
    return tape


def _picked(ticks: Ticks, kept: NDArray[np.bool_]) -> Ticks:
    """Copy the kept rows as blocks of memory; numpy copies a structured array field by field, many times slower."""
    blocks = np.ascontiguousarray(ticks).view(np.int64).reshape(len(ticks), -1)
    picked: Ticks = blocks[kept].reshape(-1).view(TICK)
    return picked
