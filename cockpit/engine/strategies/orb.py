"""Opening range breakout: a resting stop order one tick beyond the first range of the day's busiest names.

Published (Zarattini, Barbon, Aziz 2024): the range, the direction of its own close, the ranking by relative volume.
Ours: the filters for range in ATR, gap, price and band, the stop at 0.5 ATR (the published 10 % of ATR costs 0.9 R in
India) and the 2 R target; what the trade would cost in R is for the risk gate to refuse.

Times: the intent is made when the range ends and rests until `last_entry`; a later breakout finds no order.
On 15-minute base bars the default range is one bar; a range that is no whole number of bars is refused.
A range is complete when every base bar of it is there and none is partial; anything else is never traded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import hhmmss
from cockpit.engine.strategies import orb_step as step
from cockpit.engine.strategies.grid import Grid
from cockpit.engine.strategies.orb_step import Finding, Limits
from cockpit.engine.strategies.wording import intent_id, orb_reason
from cockpit.errors import BadInput
from cockpit.market import Bars, TradingDay, bars_of
from cockpit.money import Price
from cockpit.orders import Decision, Intent, OrderKind, Side
from cockpit.settings import OrbSettings


class OpeningRange:
    """Trade the breakout of the opening range, long and short, at most once a name and day."""

    def __init__(self, settings: OrbSettings) -> None:
        self._settings = settings
        s = settings
        self._limits = Limits(
            s.relative_volume, s.top, s.range_low, s.range_high, s.price_rupees, s.band_gap, s.gap, s.doji,
            s.stop_atr, s.target_r, s.shorts,
        )  # fmt: skip
        self._day: TradingDay | None = None

    @property
    def name(self) -> str:
        """Answer the rule's short name."""
        return "ORB"

    def open_day(self, day: TradingDay) -> None:
        """Forget yesterday and take in what may be known before the first tick.

        Errors: BadSetting when the range is no whole number of the day's bars.
        """
        grid = Grid(day)
        self._n_bars = grid.bars_in(self._settings.minutes, "orb.minutes")
        self.range_ends = grid.opens + self._n_bars * grid.step
        self._last_entry = grid.at(self._settings.last_entry)
        self._usual_volume = day.volume_curve[:, self._n_bars - 1].copy()
        self._ranges = _ranges_of(day)
        self._is_judged = False
        self._n_ranked = 0
        self._grid, self._day = grid, day
        self._warm(day)

    def decide(self, bars: Bars) -> list[Decision]:
        """Answer the day's intents once, with the bars that close at the end of the range; otherwise nothing."""
        day = self._opened()
        if self._is_judged or len(bars) == 0:
            return []
        now = self._grid.closing_of(bars)
        step.gather(bars, self._ranges, self._grid.opens, self.range_ends)
        if now < self.range_ends:
            return []
        self._is_judged = True
        if now >= self._last_entry:
            self._ranges["finding"] = Finding.TOO_LATE
            return []
        self._n_ranked = step.rank(self._ranges, self._usual_volume, self._n_bars)
        step.judge(self._ranges, day.stats, self._n_bars, self._limits)
        return [self._intent(int(slot), now) for slot in np.flatnonzero(self._ranges["finding"] == Finding.INTENT)]

    def opening_range(self, token: int) -> tuple[Price, Price] | None:
        """Answer (low, high) of the finished and complete opening range, None before its end or with a bar missing."""
        row, _ = self._known(token)
        if not self._is_judged or row["n_bars"] != self._n_bars or row["n_partial"]:
            return None
        return int(row["low"]), int(row["high"])

    def finding(self, token: int) -> Finding:
        """Answer what became of a name: WAITING before the range ends, INTENT, or why it is not traded."""
        return Finding(int(self._known(token)[0]["finding"]))

    def why(self, token: int) -> str:
        """Say in one sentence with numbers what became of a name."""
        return _sentence(*self._known(token), self._n_bars, self._settings, self.range_ends)

    def _warm(self, day: TradingDay) -> None:
        """Compile every kernel now, on nothing: the end of the opening range is no time to wait for it."""
        step.gather(bars_of(0), self._ranges, 0, 0)
        step.rank(self._ranges[:0], self._usual_volume[:0], self._n_bars)
        step.judge(self._ranges[:0], day.stats[:0], self._n_bars, self._limits)

    def _opened(self) -> TradingDay:
        if self._day is None:
            raise BadInput("the opening range rule was asked before a day was opened: call open_day first")
        return self._day

    def _known(self, token: int) -> tuple[Any, Any]:
        day = self._opened()
        slot = day.slot(token)
        return self._ranges[slot], day.stats[slot]

    def _intent(self, slot: int, now: int) -> Intent:
        day, row = self._opened(), self._ranges[slot]
        instrument, side = day.instruments[slot], Side(int(row["side"]))
        reason = orb_reason(
            instrument, side, self._settings.minutes, int(row["low"]), int(row["high"]),
            float(row["relative_volume"]), int(row["rank"]), self._n_ranked,
        )  # fmt: skip
        return Intent(
            intent_id=intent_id(self.name, day.session.day, instrument.symbol, 1),
            ts=now,
            rule=self.name,
            token=instrument.token,
            symbol=instrument.symbol,
            side=side,
            kind=OrderKind.STOP,
            entry=int(row["entry"]),
            stop=int(row["stop"]),
            target=int(row["target"]),
            valid_until=self._last_entry,
            reason=reason,
        )


def _ranges_of(day: TradingDay) -> NDArray[Any]:
    ranges = np.zeros(len(day.instruments), step.RANGES)
    ranges["relative_volume"] = np.nan
    for row, instrument in zip(ranges, day.instruments, strict=True):
        row["token"], row["is_index"] = instrument.token, instrument.is_index
        row["tick"], row["scale"] = instrument.tick_size, instrument.price_scale
    return ranges


def _sentence(row: Any, stat: Any, n_bars: int, s: OrbSettings, ends: int) -> str:
    in_atr = (row["high"] - row["low"]) / stat["atr14"] if stat["atr14"] > 0 else np.nan
    gap = row["open"] / stat["previous_close"] - 1
    share = abs(row["close"] - row["open"]) / (row["high"] - row["low"]) if row["high"] > row["low"] else 0.0
    said = {
        Finding.WAITING: f"the opening range ends at {hhmmss(ends)}",
        Finding.INTENT: f"wanted, rank {row['rank']}, relative volume {row['relative_volume']:.1f}",
        Finding.INDEX: "an index is watched and never traded",
        Finding.INCOMPLETE: f"{row['n_bars'] - row['n_partial']} whole bars of the {n_bars} the range needs",
        Finding.TOO_LATE: f"the range ended after the last entry at {s.last_entry}",
        Finding.VOLUME_UNKNOWN: "the usual opening volume is unknown",
        Finding.VOLUME_LOW: f"relative volume {row['relative_volume']:.2f} is under {s.relative_volume:g}",
        Finding.RANK_LOW: f"rank {row['rank']} by relative volume is beyond {s.top}",
        Finding.ATR_UNKNOWN: "the 14-day range (ATR) is unknown",
        Finding.RANGE_NARROW: f"range of {in_atr:.2f} ATR is under {s.range_low:g}",
        Finding.RANGE_WIDE: f"range of {in_atr:.2f} ATR is over {s.range_high:g}",
        Finding.CHEAP: f"closed the range under {s.price_rupees} rupees",
        Finding.GAP_UNKNOWN: "the previous close is unknown",
        Finding.GAP_WIDE: f"opening gap of {gap:+.1%} is over {s.gap:.0%}",
        Finding.DOJI: f"body of {share:.0%} of the range gives no direction; {s.doji:.0%} needed",
        Finding.SHORTS_OFF: "the range closed down and shorts are off",
        Finding.NEAR_BAND: f"the entry lies within {s.band_gap:.0%} of the price band",
        Finding.NO_ROOM: "the stop rounds onto the entry",
    }
    return said[Finding(int(row["finding"]))]
