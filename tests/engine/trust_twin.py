"""Trust in plain Python, to be read beside its specification: an object a name, a list of what was doubted.

Not used to trade: it is the oracle of `trust_kernel.py`, tick for tick and word for word.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from cockpit.clock import NS, hhmmss
from cockpit.market import Instrument, Ticks, TradingDay
from cockpit.settings import FeedSettings

MINUTE = 60 * NS
HOUR = 3600 * NS


@dataclass
class Name:
    """What is known about one name."""

    instrument: Instrument
    close: float
    band_low: float
    band_high: float
    last: tuple[int, int, int] | None = None
    """Price, stamp and volume of the last believed tick."""
    doubted: list[int] = field(default_factory=list)
    n_quarantined: int = 0

    @property
    def base(self) -> int:
        """Answer what the next price must be near to; 0 where nothing is known."""
        if self.last:
            return self.last[0]
        return 0 if math.isnan(self.close) else int(self.close)

    def is_in_band(self, price: int) -> bool:
        """Tell whether the day's band, if there is one, allows the price."""
        return not (price < self.band_low or price > self.band_high)


class TrustTwin:
    """Judge one tick after the other."""

    def __init__(self, day: TradingDay, settings: FeedSettings) -> None:
        self.session, self.settings = day.session, settings
        self.names = {
            instrument.token: Name(instrument, float(stat["previous_close"]), stat["band_low"], stat["band_high"])
            for instrument, stat in zip(day.instruments, day.stats, strict=True)
        }
        self.newest = day.session.opens
        self.leaps: list[int] = []
        self.told: list[tuple[int, int, str]] = []
        self.n_strangers: dict[int, int] = {}
        self.n_repeats = 0

    def sift(self, ticks: Ticks) -> list[bool]:
        """Answer for every row whether it is believed."""
        return [self.believes(tick) for tick in ticks]

    def last(self) -> dict[int, tuple[int, int]]:
        """Answer (price, stamp) by token of all names seen."""
        return {token: name.last[:2] for token, name in self.names.items() if name.last}

    def believes(self, tick: Any) -> bool:
        """Judge one tick; what is set aside is told with its reason."""
        token = int(tick["token"])
        if token not in self.names:
            n = self.n_strangers[token] = self.n_strangers.get(token, 0) + 1
            self.told.append((token, n, "this token is not watched today"))
            return False
        name = self.names[token]
        price, seen, volume = (int(tick[column]) for column in ("last_price", "ts_seen", "volume"))
        ts = int(tick["ts_event"]) or seen
        reason = self.against(name, price, ts, seen)
        if reason:
            name.n_quarantined += 1
            self.told.append((token, name.n_quarantined, reason))
            return False
        if name.last == (price, ts, volume):
            self.n_repeats += 1
            return False
        self.leaps.clear()
        if name.last is None or ts >= name.last[1]:
            name.last = (price, ts, volume)
            name.doubted.clear()
            self.newest = max(self.newest, ts)
        return True

    def against(self, name: Name, price: int, ts: int, seen: int) -> str:
        """Answer what speaks against a tick, nothing if it may be believed."""
        grid = 1 if name.instrument.is_index else name.instrument.tick_size
        in_session = self.session.opens - HOUR <= ts <= self.session.closes + HOUR
        if price <= 0 or price >= 2**31 or price % grid or not in_session:
            return f"price {price} or its time stamp {hhmmss(ts)} cannot be true"
        if name.last and name.last[1] - ts > self.settings.late_s * NS:
            return f"its stamp is more than {self.settings.late_s:g} s behind the name's newest"
        if ts - max(self.newest, seen) > MINUTE and not self.everybody_was_silent(ts):
            return f"its stamp {hhmmss(ts)} is far ahead of the newest believed, {hhmmss(self.newest)}"
        return self.too_far(name, price)

    def everybody_was_silent(self, ts: int) -> bool:
        """Tell whether three leaps in a row agree."""
        if self.leaps and abs(ts - self.leaps[-1]) > MINUTE:
            self.leaps.clear()
        self.leaps.append(ts)
        if len(self.leaps) >= 3:
            self.newest = ts
            return True
        return False

    def too_far(self, name: Name, price: int) -> str:
        """Answer what speaks against the price, nothing if it is near or the third that agree."""
        base, jump = name.base, self.settings.jump
        if base and name.is_in_band(price) and abs(price - base) <= base * jump:
            return ""
        if not base or abs(price - base) <= 2 * base * jump:
            if name.doubted and abs(price - name.doubted[-1]) > 0.01 * name.doubted[-1]:
                name.doubted.clear()
            name.doubted.append(price)
            if len(name.doubted) >= 3:
                name.band_low, name.band_high = min(name.band_low, price), max(name.band_high, price)
                return ""
        if not base:
            return f"price {price} has no previous close beside it; 3 ticks that agree are needed"
        if not name.is_in_band(price):
            return f"price {price} lies outside the day's band {name.band_low:.0f} to {name.band_high:.0f}"
        return f"price {price} is {price / base - 1:+.1%} from the last believed {base}"
