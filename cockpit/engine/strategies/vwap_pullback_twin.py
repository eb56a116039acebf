"""The VWAP pullback in plain Python, to be read beside its specification in `vwap_pullback.py`.

Not used to trade: it is the oracle of the compiled rule, decision for decision. The short side is written out in full.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from cockpit.engine.strategies.grid import Grid
from cockpit.engine.strategies.wording import cancel_reason, intent_id, pullback_reason, replaced_reason
from cockpit.market import Bars, Instrument, TradingDay
from cockpit.orders import Decision, Intent, OrderKind, Side, Withdrawal
from cockpit.settings import VwapSettings


@dataclass(slots=True)
class SideStory:
    """What happened to one name as seen from one side."""

    side: Side
    pullback: list[int] = field(default_factory=list)
    """Lows (highs for a short) since the push."""
    is_pushed: bool = False
    touches: int = 0
    waiting: Intent | None = None


@dataclass(slots=True)
class Story:
    """What happened to one name today."""

    bars: list[Any] = field(default_factory=list)
    n_intents: int = 0
    sides: tuple[SideStory, SideStory] = field(default_factory=lambda: (SideStory(Side.BUY), SideStory(Side.SELL)))


class VwapPullbackTwin:
    """Decide as `VwapPullback` does, one plain step after the other."""

    name = "VWAP PB"

    def __init__(self, settings: VwapSettings) -> None:
        self.s = settings

    def open_day(self, day: TradingDay) -> None:
        """Begin a day with nothing seen."""
        self.day = day
        self.grid = Grid(day)
        self.slope_ns = self.grid.bars_in(self.s.slope_minutes, "vwap.slope_minutes") * self.grid.step
        self.stories = [Story() for _ in day.instruments]

    def decide(self, bars: Bars) -> list[Decision]:
        """Go through the names in token order, the long side before the short one."""
        decisions: list[Decision] = []
        for bar in bars:
            if bar["volume"] <= 0 or math.isnan(bar["vwap_sd"]):
                continue
            slot = self.day.slot(int(bar["token"]))
            story = self.stories[slot]
            story.bars.append(bar.copy())
            for here in story.sides:
                if here.side is Side.BUY or self.s.shorts:
                    decisions += self.looked(slot, story, here, bar)
        return decisions

    def looked(self, slot: int, story: Story, here: SideStory, bar: Any) -> list[Decision]:
        """Follow one side of one name over one bar."""
        decisions: list[Decision] = []
        now, instrument = int(bar["ts_open"]) + self.grid.step, self.day.instruments[slot]
        is_broken = self.beyond(here, bar, -self.s.cancel_sd, int(bar["close"])) < 0
        if here.waiting is not None:
            decisions += self.waited(here, here.waiting, bar, now, instrument, is_broken=is_broken)
        if here.is_pushed:
            here.pullback.append(int(bar["low"] if here.side is Side.BUY else bar["high"]))
            if self.is_touch(here, bar, now):
                here.is_pushed = False
                here.touches += 1
                decisions += self.answered(slot, story, here, bar, now)
        if is_broken:
            here.is_pushed = False
        reached = int(bar["high"] if here.side is Side.BUY else bar["low"])
        if bar["vwap_sd"] > 0 and self.beyond(here, bar, self.s.push_sd, reached) >= 0:
            here.is_pushed = True
            here.pullback = []
        return decisions

    def beyond(self, here: SideStory, bar: Any, sds: float, price: int) -> float:
        """Answer how far `price` lies on the trend's side of the line `sds` deviations to that side of VWAP."""
        if here.side is Side.BUY:
            return float(price - (bar["vwap"] + sds * bar["vwap_sd"]))
        return float((bar["vwap"] - sds * bar["vwap_sd"]) - price)

    def waited(
        self, here: SideStory, intent: Intent, bar: Any, now: int, instrument: Instrument, *, is_broken: bool
    ) -> list[Decision]:
        """Stop waiting when the trigger traded or its time is over; take the intent back when a close broke VWAP."""
        traded = bar["high"] >= intent.entry if here.side is Side.BUY else bar["low"] <= intent.entry
        if traded or now >= intent.valid_until:
            here.waiting = None
            return []
        if not is_broken:
            return []
        here.waiting = None
        vwap, sd = float(bar["vwap"]), float(bar["vwap_sd"])
        reason = cancel_reason(instrument, here.side, int(bar["close"]), vwap, sd, self.s.cancel_sd)
        return [Withdrawal(intent.intent_id, now, reason)]

    def is_touch(self, here: SideStory, bar: Any, now: int) -> bool:
        """Tell whether the bar came back to VWAP and held it, within the hours of the rule."""
        is_in_time = bar["ts_open"] >= self.grid.at(self.s.first_touch) and now <= self.grid.at(self.s.last_touch)
        deepest = int(bar["low"] if here.side is Side.BUY else bar["high"])
        came = self.beyond(here, bar, self.s.touch_sd, deepest) <= 0
        held = self.beyond(here, bar, -self.s.touch_sd, int(bar["close"])) >= 0
        return bool(is_in_time and not bar["partial"] and bar["vwap_sd"] > 0 and came and held)

    def answered(self, slot: int, story: Story, here: SideStory, bar: Any, now: int) -> list[Decision]:
        """Make an intent of a touch if the trend, the volume and the room allow it."""
        if story.bars[0]["partial"] or here.touches > self.s.touches or now >= self.day.session.square_off:
            return []
        share, busy = self.trend_share(story, here), self.relative_volume(slot, story, bar)
        if not (share >= self.s.trend_share and busy >= self.s.relative_volume and self.is_sloped(story, here, bar)):
            return []
        instrument = self.day.instruments[slot]
        lay = self.long_plan if here.side is Side.BUY else self.short_plan
        plan = lay(story, here, bar, instrument.tick_size)
        if plan is None:
            return []
        replaced = self.replaced(here, now)
        story.n_intents += 1
        valid_until = min(now + self.s.trigger_bars * self.grid.step, self.day.session.square_off)
        reason = pullback_reason(
            instrument, here.side, here.touches, float(bar["vwap"]), float(bar["vwap_sd"]), share, busy
        )
        here.waiting = Intent(
            intent_id(self.name, self.day.session.day, instrument.symbol, story.n_intents), now, self.name,
            instrument.token, instrument.symbol, here.side, OrderKind.STOP, *plan, valid_until, reason,
        )  # fmt: skip
        return [*replaced, here.waiting]

    def replaced(self, here: SideStory, now: int) -> list[Decision]:
        """Take back an intent that still waits, because a newer touch takes its place."""
        if here.waiting is None:
            return []
        return [Withdrawal(here.waiting.intent_id, now, replaced_reason(here.touches))]

    def trend_share(self, story: Story, here: SideStory) -> float:
        """Answer the share of bars since the trend count began that closed on this side of VWAP; NaN with none."""
        counted = [bar for bar in story.bars if bar["ts_open"] >= self.grid.at(self.s.trend_from)]
        n_beyond = sum(self.beyond(here, bar, 0.0, int(bar["close"])) > 0 for bar in counted)
        return n_beyond / len(counted) if counted else math.nan

    def relative_volume(self, slot: int, story: Story, bar: Any) -> float:
        """Answer the session's volume over what is usual by now; NaN where the usual is unknown."""
        number = (int(bar["ts_open"]) - self.grid.opens) // self.grid.step
        curve = self.day.volume_curve[slot]
        usual = float(curve[number]) if number < len(curve) else math.nan
        return sum(int(b["volume"]) for b in story.bars) / usual if usual > 0 else math.nan

    def is_sloped(self, story: Story, here: SideStory, bar: Any) -> bool:
        """Tell whether VWAP moved to this side over the slope window: against its last value known by then."""
        then = int(bar["ts_open"]) - self.slope_ns
        before = [float(b["vwap"]) for b in story.bars if b["ts_open"] <= then]
        return bool(before) and int(here.side) * (float(bar["vwap"]) - before[-1]) > 0

    def long_plan(self, story: Story, here: SideStory, bar: Any, tick: int) -> tuple[int, int, int] | None:
        """Answer (entry, stop, target) of a long, None when the session's high leaves no room."""
        entry = int(bar["high"]) + tick
        floor = min(float(min(here.pullback)), bar["vwap"] - self.s.stop_sd * bar["vwap_sd"])
        stop = math.floor(floor / tick) * tick - tick
        if self.s.target == "session extreme":
            target = max(int(b["high"]) for b in story.bars)
            return (entry, stop, target) if target > entry else None
        return entry, stop, entry + math.ceil(self.s.target_r * (entry - stop) / tick) * tick

    def short_plan(self, story: Story, here: SideStory, bar: Any, tick: int) -> tuple[int, int, int] | None:
        """Answer (entry, stop, target) of a short, None when the session's low leaves no room."""
        entry = int(bar["low"]) - tick
        ceiling = max(float(max(here.pullback)), bar["vwap"] + self.s.stop_sd * bar["vwap_sd"])
        stop = math.ceil(ceiling / tick) * tick + tick
        if self.s.target == "session extreme":
            target = min(int(b["low"]) for b in story.bars)
            return (entry, stop, target) if target < entry else None
        return entry, stop, entry - math.ceil(self.s.target_r * (stop - entry) / tick) * tick
