"""VWAP pullback: pushes, touches, triggers and withdrawals on bars written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cockpit.clock import NS
from cockpit.engine.bars import BarBuilder
from cockpit.engine.strategies.orb import OpeningRange
from cockpit.engine.strategies.vwap_pullback import VwapPullback
from cockpit.engine.strategies.vwap_pullback_twin import VwapPullbackTwin
from cockpit.errors import BadInput, BadSetting
from cockpit.market import Bars, Interval
from cockpit.orders import Decision, Intent, OrderKind, Side, Withdrawal
from cockpit.settings import OrbSettings, VwapSettings
from tests.engine.made_days import at, made_bars, made_day
from tests.engine.strategies.made_walks import decided

RULES = pytest.mark.parametrize("rule", [VwapPullback, VwapPullbackTwin])
SD = 100.0
# Bars as (high, low, close) in distances from VWAP, whose band is 100 wide: a touch is within 10, a push beyond 100.
TREND = (60, 30, 50)
PUSH = (120, 40, 90)
TOUCH = (40, -5, 20)
DIP = (30, 12, 25)
BREAK = (20, -60, -30)


def told(*bars: tuple[int, int, int], vwap_step: float = 10.0, start: int = 35) -> Bars:
    """Make minutes: `start` of them in the trend, then `bars`; VWAP rises by `vwap_step` a bar from 1,000.00."""
    moves = [TREND] * start + list(bars)
    vwap = 100_000 + vwap_step * np.arange(len(moves))
    rows = [
        (int(v) + low, int(v) + high, int(v) + low, int(v) + close, 2000)
        for v, (high, low, close) in zip(vwap, moves, strict=True)
    ]
    made = made_bars(101, rows)
    made["vwap"], made["vwap_sd"] = vwap, SD
    return made


def run(rule: Any, bars: Bars, settings: VwapSettings | None = None, **facts: Any) -> list[Decision]:
    """Run a rule over minutes one by one on a day of one name."""
    asked = rule(settings or VwapSettings())
    return decided(asked, made_day(interval=Interval(int(bars["interval_s"][0])), **facts), np.split(bars, len(bars)))


@RULES
def test_the_first_touch_after_a_push_is_bought_one_tick_above_its_high(rule: Any) -> None:
    (intent,) = run(rule, told(PUSH, DIP, TOUCH))
    # The 38th bar touches, VWAP 1,003.70: its high is 1,004.10, the pullback's low 1,003.65, half a sd down 1,003.20.
    assert intent == Intent(
        intent_id="VWAPPB-20260803-NAME1-1",
        ts=at("09:53"),
        rule="VWAP PB",
        token=101,
        symbol="NAME1",
        side=Side.BUY,
        kind=OrderKind.STOP,
        entry=100_415,
        stop=100_315,
        target=100_615,
        valid_until=at("09:56"),
        reason="Buys the 1st pullback to VWAP 1,003.70 (sd 1.00), 100% of bars above it, rel. volume 2.0",
    )


@RULES
def test_the_short_rule_is_the_exact_mirror(rule: Any) -> None:
    bars = told(PUSH, DIP, TOUCH)
    (long,) = run(rule, bars)
    turned = bars.copy()
    for column, of in (("open", "open"), ("high", "low"), ("low", "high"), ("close", "close"), ("vwap", "vwap")):
        turned[column] = 200_000 - bars[of]
    (short,) = run(rule, turned)
    assert short.side is Side.SELL
    assert (short.entry, short.stop, short.target) == (200_000 - long.entry, 200_000 - long.stop, 200_000 - long.target)
    assert run(rule, turned, VwapSettings(shorts=False)) == []


@RULES
def test_a_deep_pullback_puts_the_stop_under_its_own_low(rule: Any) -> None:
    deep = (30, -80, -20)  # below half a deviation, yet its close is not below the quarter that would end the push
    (intent,) = run(rule, told(PUSH, deep, TOUCH))
    assert intent.stop == 100_360 - 80 - 5


@RULES
def test_without_a_push_there_is_no_pullback(rule: Any) -> None:
    assert run(rule, told(DIP, TOUCH)) == []


@RULES
def test_the_push_bar_itself_is_no_touch(rule: Any) -> None:
    assert run(rule, told((120, -5, 20))) == []


@RULES
def test_a_close_well_below_vwap_ends_the_push(rule: Any) -> None:
    assert run(rule, told(PUSH, BREAK, TOUCH)) == []


@RULES
def test_a_touch_must_hold_vwap_at_its_close(rule: Any) -> None:
    assert run(rule, told(PUSH, (40, -30, -15))) == []


@RULES
def test_each_touch_needs_a_new_push_and_the_third_is_ignored(rule: Any) -> None:
    once = run(rule, told(PUSH, TOUCH, TOUCH, TOUCH))
    assert len(once) == 1
    again = run(rule, told(*[PUSH, TOUCH] * 4))
    intents = [d for d in again if isinstance(d, Intent)]
    assert [d.intent_id[-1] for d in intents] == ["1", "2"]
    assert "2nd pullback" in intents[1].reason


@RULES
def test_a_trigger_is_taken_back_by_a_close_below_vwap(rule: Any) -> None:
    intent, withdrawal = run(rule, told(PUSH, TOUCH, BREAK))
    assert withdrawal == Withdrawal(
        intent.intent_id, at("09:53"), "Closed at 1,003.40, more than 0.25 sd (1.00) below VWAP 1,003.70"
    )


@RULES
def test_a_trigger_that_traded_or_ran_out_is_not_taken_back(rule: Any) -> None:
    traded = (60, -60, -40)  # trades above the touch bar's high on its way to the bad close
    assert len(run(rule, told(PUSH, TOUCH, traded))) == 1
    assert len(run(rule, told(PUSH, TOUCH, DIP, DIP, DIP, BREAK))) == 1
    assert len(run(rule, told(PUSH, TOUCH, DIP, BREAK))) == 2


@RULES
def test_a_newer_touch_takes_the_place_of_a_trigger_that_waits(rule: Any) -> None:
    # A falling VWAP inside a rising window lets a bar push without reaching the old trigger.
    bars = told(PUSH, (150, -5, 20), PUSH, TOUCH, vwap_step=2.0)
    first, withdrawal, second = run(rule, bars, VwapSettings(trigger_bars=10))
    assert (withdrawal.intent_id, withdrawal.reason.split(":")[0]) == (first.intent_id, "Replaced")
    assert second.intent_id.endswith("-2")


@RULES
def test_touches_outside_the_hours_of_the_rule_do_not_count(rule: Any) -> None:
    settings = VwapSettings(first_touch="10:00", touches=1)
    bars = told(PUSH, TOUCH, *[TREND] * 20, TOUCH)
    (intent,) = run(rule, bars, settings)
    assert intent.ts == at("10:13")
    assert run(rule, bars, VwapSettings(last_touch="09:50")) == []


@RULES
def test_the_trend_must_be_there_and_rising(rule: Any) -> None:
    assert run(rule, told(PUSH, TOUCH, vwap_step=0.0)) == []
    assert run(rule, told(PUSH, TOUCH, vwap_step=-1.0)) == []
    mostly_below = told(PUSH, TOUCH)
    mostly_below["close"][15:25] -= 60
    assert run(rule, mostly_below) == []
    assert len(run(rule, mostly_below, VwapSettings(trend_share=0.5))) == 1


@RULES
def test_volume_must_be_above_the_usual_and_the_usual_known(rule: Any) -> None:
    bars = told(PUSH, TOUCH)
    assert len(run(rule, bars, curve=1600.0)) == 1
    assert run(rule, bars, curve=1700.0) == []
    assert run(rule, bars, curve=np.nan) == []


@RULES
def test_a_constant_price_has_no_band_and_no_signal(rule: Any) -> None:
    day = made_day()
    closed = BarBuilder(day).push_bars(made_bars(101, [(100_000, 100_000, 100_000, 100_000, 5000)] * 120))
    minutes = [bars for bars in closed if bars["interval_s"][0] == 60]
    eager = VwapSettings(relative_volume=0.0, push_sd=0.0, trend_share=0.5, touch_sd=1.0)
    assert decided(rule(eager), day, minutes) == []


@RULES
def test_a_bar_without_volume_is_not_looked_at(rule: Any) -> None:
    silent = told(PUSH, DIP, TOUCH)
    silent["volume"][-3] = 0
    assert run(rule, silent) == []


@RULES
def test_an_index_is_not_looked_at(rule: Any) -> None:
    index = told(PUSH, DIP, TOUCH)
    index["volume"], index["vwap"], index["vwap_sd"] = 0, np.nan, np.nan
    assert run(rule, index) == []


@RULES
def test_a_partial_bar_is_no_touch_and_a_partial_start_blinds_the_whole_day(rule: Any) -> None:
    for index in (0, -1):
        bars = told(PUSH, TOUCH)
        bars["partial"][index] = 1
        assert run(rule, bars) == []
    bars["partial"] = 0
    bars["partial"][5] = 1
    assert len(run(rule, bars)) == 1


@RULES
def test_the_target_can_be_the_sessions_high(rule: Any) -> None:
    to_high = VwapSettings(target="session extreme")
    (intent,) = run(rule, told((400, 40, 90), DIP, TOUCH), to_high)
    assert intent.target == 100_350 + 400
    assert run(rule, told(PUSH, TOUCH, vwap_step=100.0), to_high) == []


def quarter_hours(start: int) -> Bars:
    """Make 15-minute bars: a push after `start` bars and the touch right behind it."""
    bars = told(PUSH, TOUCH, start=start)
    bars["interval_s"] = 900
    bars["ts_open"] = at("09:15") + 900 * NS * np.arange(len(bars))
    return bars


@RULES
def test_on_quarter_hours_the_slope_spans_two_bars_and_the_trigger_three(rule: Any) -> None:
    (intent,) = run(rule, quarter_hours(3))
    assert (intent.ts, intent.valid_until) == (at("10:30"), at("11:15"))


@RULES
def test_a_trigger_never_outlives_the_square_off(rule: Any) -> None:
    late = VwapSettings(last_touch="15:15")
    (intent,) = run(rule, quarter_hours(21), late)
    assert (intent.ts, intent.valid_until) == (at("15:00"), at("15:10"))
    assert run(rule, quarter_hours(22), late) == []


def test_a_slope_of_half_a_bar_is_refused_by_name() -> None:
    with pytest.raises(BadSetting, match=r"vwap\.slope_minutes = 20 min"):
        VwapPullback(VwapSettings(slope_minutes=20)).open_day(made_day(interval=Interval.M15))


@pytest.mark.parametrize("rule", [VwapPullback, OpeningRange])
def test_bars_that_are_not_the_days_base_bars_are_refused(rule: Any) -> None:
    asked = rule(OrbSettings() if rule is OpeningRange else VwapSettings())
    asked.open_day(made_day(interval=Interval.M15))
    with pytest.raises(BadInput, match="60 s given to a rule, the day's 900 s expected"):
        asked.decide(told(PUSH))


def test_asking_before_the_day_is_opened_is_refused() -> None:
    with pytest.raises(BadInput, match="open_day"):
        VwapPullback(VwapSettings()).decide(told(PUSH))
