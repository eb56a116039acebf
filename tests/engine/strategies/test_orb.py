"""Opening range breakout: the hand day, every filter, and the mirror."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cockpit.engine.strategies.orb import OpeningRange
from cockpit.engine.strategies.orb_step import Finding
from cockpit.engine.strategies.orb_twin import OpeningRangeTwin
from cockpit.errors import BadInput, BadSetting
from cockpit.market import Bars, Interval, TradingDay
from cockpit.orders import Decision, Intent, OrderKind, Side
from cockpit.settings import OrbSettings
from tests.engine.made_days import at, made_bars, made_day

# Six quarter hours by hand, in paise, tick 5, ATR 3000, previous close 1,00,000, usual first-bar volume 1000.
HAND_DAY = [
    (100_200, 101_500, 100_000, 101_200, 2000),  # the range: 1,000.00-1,015.00, closed up
    (101_200, 101_480, 101_000, 101_300, 900),
    (101_300, 102_400, 101_200, 102_300, 1100),  # breaks 1,015.05
    (102_300, 103_000, 102_000, 102_800, 800),
    (102_800, 104_700, 102_700, 104_500, 900),  # reaches the target
    (104_500, 104_600, 103_900, 104_000, 700),
]
ONE_BAR = OrbSettings(minutes=15)


def run(rule: Any, day: TradingDay, bars: Bars) -> list[Decision]:
    """Open the day and hand over the bars, one closing instant after the other."""
    rule.open_day(day)
    decisions = []
    for opens in np.unique(bars["ts_open"]):
        now = bars[bars["ts_open"] == opens]
        decisions += rule.decide(now[np.argsort(now["token"])])
    return decisions


def quarter_day(**kw: Any) -> TradingDay:
    return made_day(interval=Interval.M15, **kw)


def hand_bars(*rows: tuple[int, ...]) -> Bars:
    return made_bars(101, rows or HAND_DAY, interval=Interval.M15)


@pytest.mark.parametrize("rule", [OpeningRange, OpeningRangeTwin])
def test_the_hand_day_has_the_hand_values(rule: Any) -> None:
    (intent,) = run(rule(ONE_BAR), quarter_day(), hand_bars())
    # Entry one tick above 1,015.00; the stop is half of 30.00 ATR away because the range's low is farther; 2 R = 30.00.
    assert intent == Intent(
        intent_id="ORB-20260803-NAME1-1",
        ts=at("09:30"),
        rule="ORB",
        token=101,
        symbol="NAME1",
        side=Side.BUY,
        kind=OrderKind.STOP,
        entry=101_505,
        stop=100_005,
        target=104_505,
        valid_until=at("13:00"),
        reason="Buys above the 15-min range 1,000.00–1,015.00 that closed up, rel. volume 2.0, rank 1 of 1",
    )
    assert intent.risk_per_share == 1500


@pytest.mark.parametrize("rule", [OpeningRange, OpeningRangeTwin])
def test_the_short_hand_day_is_its_exact_mirror(rule: Any) -> None:
    down = [(200_000 - o, 200_000 - low, 200_000 - high, 200_000 - c, v) for o, high, low, c, v in HAND_DAY]
    (long,) = run(rule(ONE_BAR), quarter_day(), hand_bars())
    (short,) = run(rule(ONE_BAR), quarter_day(), hand_bars(*down))
    assert short.side is Side.SELL
    assert (short.entry, short.stop, short.target) == (200_000 - long.entry, 200_000 - long.stop, 200_000 - long.target)


def test_the_ranges_own_low_is_the_stop_when_it_is_nearer_than_half_an_atr() -> None:
    (intent,) = run(OpeningRange(ONE_BAR), quarter_day(atr=5_000.0), hand_bars())
    assert isinstance(intent, Intent)
    assert intent.stop == 100_000


def test_the_range_is_told_only_when_it_is_over() -> None:
    rule = OpeningRange(OrbSettings())
    bars = made_bars(101, [(100, 110, 95, 105, 10)] * 16)
    rule.open_day(made_day())
    for i in range(14):
        rule.decide(bars[i : i + 1])
        assert rule.opening_range(101) is None
    rule.decide(bars[14:15])
    assert rule.opening_range(101) == (95, 110)


def test_later_bars_never_change_the_range_and_make_no_second_intent() -> None:
    rule = OpeningRange(ONE_BAR)
    wild = [HAND_DAY[0], *[(1, 999_999, 1, 5, 10**6)] * 5]
    assert len(run(rule, quarter_day(), hand_bars(*wild))) == 1
    assert rule.opening_range(101) == (100_000, 101_500)


@pytest.mark.parametrize("rule", [OpeningRange, OpeningRangeTwin])
@pytest.mark.parametrize("missing", [0, 7, 14])
def test_a_missing_minute_of_the_range_means_no_trade(rule: Any, missing: int) -> None:
    rising = ((100_000 + 40 * i, 100_400 + 40 * i, 99_900 + 40 * i, 100_300 + 40 * i) for i in range(20))
    minutes: list[Any] = [(*prices, 3000) for prices in rising]
    assert len(run(rule(OrbSettings()), made_day(), made_bars(101, minutes))) == 1
    minutes[missing] = None
    asked = rule(OrbSettings())
    assert run(asked, made_day(), made_bars(101, minutes)) == []
    if isinstance(asked, OpeningRange):
        assert asked.opening_range(101) is None
        assert asked.why(101) == "14 whole bars of the 15 the range needs"


@pytest.mark.parametrize("rule", [OpeningRange, OpeningRangeTwin])
def test_a_partial_bar_in_the_range_means_no_trade(rule: Any) -> None:
    bars = hand_bars()
    bars["partial"][0] = 1
    assert run(rule(ONE_BAR), quarter_day(), bars) == []


@pytest.mark.parametrize("rule", [OpeningRange, OpeningRangeTwin])
def test_a_breakout_after_the_last_entry_finds_no_order(rule: Any) -> None:
    (intent,) = run(rule(ONE_BAR), quarter_day(), hand_bars())
    assert intent.valid_until < at("13:01")
    assert run(rule(replace(ONE_BAR, last_entry="09:30")), quarter_day(), hand_bars()) == []


REFUSALS = {
    "volume under 1.5 times the usual": ({}, {"curve": 1400.0}, Finding.VOLUME_LOW),
    "usual volume unknown": ({}, {"curve": np.nan}, Finding.VOLUME_UNKNOWN),
    "usual volume zero": ({}, {"curve": 0.0}, Finding.VOLUME_UNKNOWN),
    "atr unknown": ({}, {"atr": np.nan}, Finding.ATR_UNKNOWN),
    "range under a quarter of the atr": ({}, {"atr": 6_001.0}, Finding.RANGE_NARROW),
    "range over the atr": ({}, {"atr": 1_499.0}, Finding.RANGE_WIDE),
    "price under 50 rupees": ({"price_rupees": 1013}, {}, Finding.CHEAP),
    "previous close unknown": ({}, {"previous_close": np.nan}, Finding.GAP_UNKNOWN),
    "gap over 4 percent": ({}, {"previous_close": 96_000.0}, Finding.GAP_WIDE),
    "body too small": ({"doji": 0.7}, {}, Finding.DOJI),
    "index": ({}, {"index": [0]}, Finding.INDEX),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_filter_takes_its_name_out_and_says_why(case: str) -> None:
    settings, facts, finding = REFUSALS[case]
    rule = OpeningRange(replace(ONE_BAR, **settings))
    assert run(rule, quarter_day(**facts), hand_bars()) == []
    assert run(OpeningRangeTwin(replace(ONE_BAR, **settings)), quarter_day(**facts), hand_bars()) == []
    assert rule.finding(101) is finding
    assert len(rule.why(101)) > 10


def test_an_entry_within_one_percent_of_the_band_is_not_made() -> None:
    for column, band in (
        ("band_high", 102_500.0),
        ("band_high", 99_000.0),
        ("band_low", 100_600.0),
        ("band_low", 102_600.0),
    ):
        day, rule = quarter_day(), OpeningRange(ONE_BAR)
        day.stats[column] = band
        assert run(rule, day, hand_bars()) == []
        assert run(OpeningRangeTwin(ONE_BAR), day, hand_bars()) == []
        assert rule.finding(101) is Finding.NEAR_BAND
    day = quarter_day()
    day.stats["band_low"], day.stats["band_high"] = 90_000.0, 110_000.0
    assert len(run(OpeningRange(ONE_BAR), day, hand_bars())) == 1


def test_shorts_can_be_turned_off() -> None:
    down = hand_bars((101_200, 101_500, 100_000, 100_200, 2000))
    rule = OpeningRange(replace(ONE_BAR, shorts=False))
    assert run(rule, quarter_day(), down) == []
    assert rule.finding(101) is Finding.SHORTS_OFF
    assert len(run(OpeningRange(ONE_BAR), quarter_day(), down)) == 1


def test_only_the_names_with_the_highest_relative_volume_are_wanted() -> None:
    day = quarter_day(n=4)
    rows = [(100_200, 101_500, 100_000, 101_200, volume) for volume in (1600, 4000, 1700, 4000)]
    bars = np.concatenate([made_bars(101 + i, [row], interval=Interval.M15) for i, row in enumerate(rows)])
    rule = OpeningRange(replace(ONE_BAR, top=2))
    decisions = run(rule, day, bars)
    assert [(d.symbol, "rank 1 of 4" in d.reason) for d in decisions if isinstance(d, Intent)] == [
        ("NAME2", True),
        ("NAME4", False),
    ]
    assert rule.finding(101) is Finding.RANK_LOW
    assert rule.why(103) == "rank 3 by relative volume is beyond 2"


def test_a_name_with_an_incomplete_range_takes_nobodys_rank() -> None:
    day = quarter_day(n=2)
    bars = np.concatenate([hand_bars()[:1], hand_bars()[:1]])
    bars["token"], bars["volume"], bars["partial"] = [101, 102], [9000, 2000], [1, 0]
    (intent,) = run(OpeningRange(replace(ONE_BAR, top=1)), day, bars)
    assert isinstance(intent, Intent)
    assert intent.reason.endswith("rank 1 of 1")


def test_a_stop_that_rounds_onto_the_entry_is_no_trade() -> None:
    settings = OrbSettings(minutes=15, stop_atr=0.05, range_high=10.0)
    facts = {"atr": 90.0, "tick_size": 500}
    bars = hand_bars((100_000, 100_500, 100_000, 100_500, 2000))
    rule = OpeningRange(settings)
    assert run(rule, quarter_day(**facts), bars) == run(OpeningRangeTwin(settings), quarter_day(**facts), bars) == []
    assert rule.finding(101) is Finding.NO_ROOM


def test_a_range_of_half_a_bar_is_refused_by_name() -> None:
    with pytest.raises(BadSetting, match=r"orb\.minutes = 5 min.*15m bars"):
        OpeningRange(OrbSettings(minutes=5)).open_day(quarter_day())


def test_asking_before_the_day_is_opened_is_refused() -> None:
    with pytest.raises(BadInput, match="open_day"):
        OpeningRange(OrbSettings()).opening_range(101)


def test_a_new_day_forgets_the_old_one() -> None:
    rule = OpeningRange(ONE_BAR)
    first = run(rule, quarter_day(), hand_bars())
    assert run(rule, quarter_day(), hand_bars()) == first
