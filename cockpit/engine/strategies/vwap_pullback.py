"""VWAP pullback: join a trend when price comes back to the session's VWAP and turns.

There is no published definition; these rules are ours, from the common statement. For a long (a short is the mirror):

- Trend: enough bars since 09:30 closed above VWAP, and VWAP itself has risen over the slope window.
- Push, then touch: a bar reaches `push_sd` above VWAP; a later bar comes within `touch_sd` of VWAP and does not close
  below that. The touch uses the push up, so the next one needs a new push; a close `cancel_sd` below VWAP ends it too.
- Only the first touches count, trend or not, and only inside the hours of the rule.
- Trigger: one tick above the touch bar's high, resting for the next `trigger_bars` bars of the clock. It is taken back
  when a bar closes `cancel_sd` below VWAP, or when a newer touch takes its place.
- Stop: one tick under the lower of the pullback's low and `stop_sd` below VWAP. Target: in R, or the session's high.

A bar without volume or VWAP is not looked at. A partial bar is no touch, and a name whose first bar was partial has no
session VWAP, so this rule leaves it alone all day. On 15-minute base bars the slope spans 2 bars, the first touch can
be the 09:45 bar and a trigger rests for 45 minutes; a slope window of no whole number of bars is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.engine.strategies import vwap_pullback_step as step
from cockpit.engine.strategies.grid import Grid
from cockpit.engine.strategies.vwap_pullback_step import Act, Limits
from cockpit.engine.strategies.wording import cancel_reason, intent_id, pullback_reason, replaced_reason
from cockpit.errors import BadInput
from cockpit.market import Bars, TradingDay, bars_of
from cockpit.orders import Decision, Intent, OrderKind, Side, Withdrawal
from cockpit.settings import VwapSettings


class VwapPullback:
    """Trade pullbacks to the session's VWAP, long and short, at each of the first touches."""

    def __init__(self, settings: VwapSettings) -> None:
        self._settings = settings
        self._day: TradingDay | None = None

    @property
    def name(self) -> str:
        """Answer the rule's short name."""
        return "VWAP PB"

    def open_day(self, day: TradingDay) -> None:
        """Forget yesterday and take in what may be known before the first tick.

        Errors: BadSetting when the slope window is no whole number of the day's bars.
        """
        grid, n = Grid(day), len(day.instruments)
        self._limits = limits_of(self._settings, grid)
        self._names = _names_of(day)
        self._sides = np.zeros((n, 2), step.SIDES)
        self._vwaps = np.full((n, grid.n_bars), np.nan)
        self._usual = usual_volume(day, grid.n_bars)
        self._acts = np.zeros(n * step.ACTS_PER_NAME, step.ACTS)
        self._grid, self._day = grid, day
        self._step(bars_of(0))  # compiles now: the first closed bar is no time to wait for it

    def decide(self, bars: Bars) -> list[Decision]:
        """Answer intents at touches and withdrawals of what a close has broken, for bars that closed together."""
        if self._day is None:
            raise BadInput("the VWAP pullback rule was asked before a day was opened: call open_day first")
        if len(bars) == 0:
            return []
        now = self._grid.closing_of(bars)
        return [self._told(self._day, act, now) for act in self._step(bars)]

    def _step(self, bars: Bars) -> NDArray[Any]:
        n_acts = step.decide(bars, self._names, self._sides, self._vwaps, self._usual, self._limits, self._acts)
        acts: NDArray[Any] = self._acts[:n_acts]
        return acts

    def _told(self, day: TradingDay, act: Any, now: int) -> Decision:
        instrument, side = day.instruments[act["slot"]], Side(int(act["side"]))
        about = intent_id(self.name, day.session.day, instrument.symbol, int(act["number"]))
        vwap, sd = float(act["vwap"]), float(act["sd"])
        if act["act"] == Act.CANCEL:
            reason = cancel_reason(instrument, side, int(act["close"]), vwap, sd, self._settings.cancel_sd)
            return Withdrawal(about, now, reason)
        if act["act"] == Act.REPLACE:
            return Withdrawal(about, now, replaced_reason(int(act["touch"])))
        reason = pullback_reason(instrument, side, int(act["touch"]), vwap, sd, float(act["share"]), float(act["busy"]))
        return Intent(
            intent_id=about,
            ts=now,
            rule=self.name,
            token=instrument.token,
            symbol=instrument.symbol,
            side=side,
            kind=OrderKind.STOP,
            entry=int(act["entry"]),
            stop=int(act["stop"]),
            target=int(act["target"]),
            valid_until=int(act["valid_until"]),
            reason=reason,
        )


def limits_of(s: VwapSettings, grid: Grid) -> Limits:
    """Turn settings into what the kernel takes on this day's grid."""
    return Limits(
        opens=grid.opens,
        step=grid.step,
        trend_from=grid.at(s.trend_from),
        first_touch=grid.at(s.first_touch),
        last_touch=grid.at(s.last_touch),
        last_valid=grid.day.session.square_off,
        slope_bars=grid.bars_in(s.slope_minutes, "vwap.slope_minutes"),
        relative_volume=s.relative_volume,
        trend_share=s.trend_share,
        push_sd=s.push_sd,
        touch_sd=s.touch_sd,
        touches=s.touches,
        trigger_bars=s.trigger_bars,
        cancel_sd=s.cancel_sd,
        stop_sd=s.stop_sd,
        target_r=s.target_r,
        at_extreme=s.target == "session extreme",
        shorts=s.shorts,
    )


def usual_volume(day: TradingDay, n_bars: int) -> NDArray[Any]:
    """Answer the day's volume curve, one column a bar of the session; bars the curve does not reach are unknown."""
    usual = np.full((len(day.instruments), n_bars), np.nan)
    known = day.volume_curve[:, :n_bars]
    usual[:, : known.shape[1]] = known
    return usual


def _names_of(day: TradingDay) -> NDArray[Any]:
    names = np.zeros(len(day.instruments), step.NAMES)
    names["token"] = [instrument.token for instrument in day.instruments]
    names["tick"] = [instrument.tick_size for instrument in day.instruments]
    return names
