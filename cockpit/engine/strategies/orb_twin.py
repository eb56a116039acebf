"""The opening range breakout in plain Python, to be read beside its specification.

Not used to trade: it is the oracle of `orb.py`, decision for decision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from cockpit.clock import NS
from cockpit.engine.strategies.grid import Grid
from cockpit.engine.strategies.wording import intent_id, orb_reason
from cockpit.market import Bars, Instrument, TradingDay
from cockpit.orders import Decision, Intent, OrderKind, Side
from cockpit.settings import OrbSettings


@dataclass(slots=True)
class Range:
    """The bars of one name's opening range."""

    bars: list[Any] = field(default_factory=list)

    def is_complete(self, n_bars: int) -> bool:
        """Tell whether every bar is there and none is partial."""
        return len(self.bars) == n_bars and not any(bar["partial"] for bar in self.bars)

    @property
    def open(self) -> int:
        """Answer the first bar's open."""
        return int(self.bars[0]["open"])

    @property
    def close(self) -> int:
        """Answer the last bar's close."""
        return int(self.bars[-1]["close"])

    @property
    def high(self) -> int:
        """Answer the highest high."""
        return max(int(bar["high"]) for bar in self.bars)

    @property
    def low(self) -> int:
        """Answer the lowest low."""
        return min(int(bar["low"]) for bar in self.bars)

    @property
    def volume(self) -> int:
        """Answer the shares traded."""
        return sum(int(bar["volume"]) for bar in self.bars)


class OpeningRangeTwin:
    """Decide as `OpeningRange` does, one plain step after the other."""

    name = "ORB"

    def __init__(self, settings: OrbSettings) -> None:
        self.s = settings

    def open_day(self, day: TradingDay) -> None:
        """Begin a day with empty ranges."""
        self.day = day
        self.grid = Grid(day)
        self.n_bars = self.grid.bars_in(self.s.minutes, "orb.minutes")
        self.ends = self.grid.opens + self.n_bars * self.grid.step
        self.ranges = {instrument.token: Range() for instrument in day.instruments}
        self.is_over = False

    def decide(self, bars: Bars) -> list[Decision]:
        """Collect the range's bars; when it ends, rank and judge the names in token order."""
        if self.is_over:
            return []
        for bar in bars:
            if self.grid.opens <= bar["ts_open"] < self.ends:
                self.ranges[int(bar["token"])].bars.append(bar.copy())
        now = int(bars["ts_open"][0]) + int(bars["interval_s"][0]) * NS
        if now < self.ends:
            return []
        self.is_over = True
        if now >= self.grid.at(self.s.last_entry):
            return []
        volumes = self.relative_volumes()
        ranked = sorted(volumes, key=lambda slot: (-volumes[slot], slot))
        intents = []
        for slot in sorted(ranked[: self.s.top]):
            intent = self.judged(slot, volumes[slot], ranked.index(slot) + 1, len(ranked), now)
            if intent is not None:
                intents.append(intent)
        return list(intents)

    def relative_volumes(self) -> dict[int, float]:
        """Answer by slot the opening volume over its usual one, for names whose range is complete and known."""
        known = {}
        for slot, instrument in enumerate(self.day.instruments):
            opening = self.ranges[instrument.token]
            usual = float(self.day.volume_curve[slot, self.n_bars - 1])
            if not instrument.is_index and opening.is_complete(self.n_bars) and usual > 0:
                known[slot] = opening.volume / usual
        return known

    def judged(self, slot: int, relative_volume: float, rank: int, of: int, now: int) -> Intent | None:
        """Answer the name's intent, or None when a filter takes it out."""
        s, instrument, stat = self.s, self.day.instruments[slot], self.day.stats[slot]
        opening = self.ranges[instrument.token]
        atr, size = float(stat["atr14"]), opening.high - opening.low
        before = float(stat["previous_close"])
        body = opening.close - opening.open
        is_wanted = (
            relative_volume >= s.relative_volume
            and atr > 0
            and s.range_low * atr <= size <= s.range_high * atr
            and abs(opening.close) >= s.price_rupees * instrument.price_scale
            and abs(before) > 0
            and abs(opening.open - before) / abs(before) <= s.gap
            and body != 0
            and abs(body) >= s.doji * size
            and (body > 0 or s.shorts)
        )
        if not is_wanted:
            return None
        plan = self.long_plan(opening, instrument, stat) if body > 0 else self.short_plan(opening, instrument, stat)
        if plan is None:
            return None
        side, (entry, stop, target) = Side.BUY if body > 0 else Side.SELL, plan
        reason = orb_reason(instrument, side, s.minutes, opening.low, opening.high, relative_volume, rank, of)
        return Intent(
            intent_id(self.name, self.day.session.day, instrument.symbol, 1), now, self.name, instrument.token,
            instrument.symbol, side, OrderKind.STOP, entry, stop, target, self.grid.at(s.last_entry), reason,
        )  # fmt: skip

    def long_plan(self, opening: Range, instrument: Instrument, stat: Any) -> tuple[int, int, int] | None:
        """Answer (entry, stop, target) of a long: above the range, stopped under it or at half an ATR."""
        tick = instrument.tick_size
        entry = opening.high + tick
        farthest = math.ceil((entry - self.s.stop_atr * stat["atr14"]) / tick) * tick
        stop = max(opening.low, farthest)
        if self.is_near_band(entry, stat) or stop >= entry:
            return None
        return entry, stop, entry + math.ceil(self.s.target_r * (entry - stop) / tick) * tick

    def short_plan(self, opening: Range, instrument: Instrument, stat: Any) -> tuple[int, int, int] | None:
        """Answer (entry, stop, target) of a short: under the range, stopped above it or at half an ATR."""
        tick = instrument.tick_size
        entry = opening.low - tick
        farthest = math.floor((entry + self.s.stop_atr * stat["atr14"]) / tick) * tick
        stop = min(opening.high, farthest)
        if self.is_near_band(entry, stat) or stop <= entry:
            return None
        return entry, stop, entry - math.ceil(self.s.target_r * (stop - entry) / tick) * tick

    def is_near_band(self, entry: int, stat: Any) -> bool:
        """Tell whether the entry lies too near to the price band, or beyond it; never so where there is none (NaN)."""
        room = self.s.band_gap * abs(entry)
        return bool(stat["band_high"] - entry < room or entry - stat["band_low"] < room)
