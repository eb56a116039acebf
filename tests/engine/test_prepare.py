"""What the rules may know before the first tick: counted by hand, unknown where history is short, blind to the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from cockpit.clock import DAY_NS, NS
from cockpit.engine.prepare import trading_day
from cockpit.market import Bars, DailyPanel, Instrument, Interval, Quote, Series, TradingDay, bars_of
from tests.engine.made_days import DAY, at, made_session
from tests.engine.made_panels import made_panel

FRIDAY = date(2026, 7, 31)
"""The last session before the made day, a Monday."""
NAMES = (Instrument(102, "NAME2"), Instrument(101, "NAME1"))
SESSION = made_session()


def day_of(panel: DailyPanel, past: dict[int, Bars] | None = None, bands: dict[int, Quote] | None = None) -> TradingDay:
    return trading_day(SESSION, Interval.M15, NAMES, panel, past or {}, bands or {})


def rising(n: int, last: date = FRIDAY) -> DailyPanel:
    """Closes 100, 101, ... of two names; high and low a rupee around them, so that each true range is 2."""
    return made_panel(100.0 + np.arange(n)[:, None] * np.ones((1, 2)), last)


def past_days(n: int, *, volume: int = 10, token: int = 101, n_bars: int = 25, first_back: int = 1) -> Bars:
    """Make `n` earlier days of 15-minute bars; the k-th day back trades `volume * k` in each bar."""
    rows = []
    for back in range(first_back, first_back + n):
        bars = bars_of(n_bars)
        bars["token"], bars["interval_s"] = token, 900
        bars["ts_open"] = at("09:15") - back * DAY_NS + np.arange(n_bars) * 900 * NS
        bars["volume"] = volume * back
        rows.append(bars)
    return np.concatenate(rows[::-1]) if rows else bars_of(0)


def test_slots_follow_the_tokens_whatever_order_the_names_came_in() -> None:
    day = day_of(rising(30))
    assert [i.token for i in day.instruments] == list(day.stats["token"]) == [101, 102]


def test_the_evening_before_is_counted_by_hand() -> None:
    row = day_of(rising(30)).stats[0]
    assert row["previous_close"] == 12_900
    assert row["atr14"] == pytest.approx(200.0)
    returns = np.diff(np.log(np.arange(109.0, 130.0)))
    assert row["sigma_day"] == pytest.approx(returns.std(ddof=1))
    assert row["adv_shares"] == 1_000_000


def test_a_gap_between_days_is_part_of_the_true_range() -> None:
    close = np.full((15, 2), 100.0)
    close[-1] = 110.0  # 13 days of range 2, and one from the close before at 100 to the high of 111
    assert day_of(made_panel(close, FRIDAY)).stats[0]["atr14"] == pytest.approx(100 * (13 * 2 + 11) / 14)


@pytest.mark.parametrize(
    ("n", "known"),
    [
        (0, set()),
        (14, {"previous_close"}),
        (15, {"previous_close", "atr14"}),
        (20, {"previous_close", "atr14", "adv_shares"}),
        (21, {"previous_close", "atr14", "adv_shares", "sigma_day"}),
    ],
)
def test_what_history_is_too_short_for_is_unknown(n: int, known: set[str]) -> None:
    stats = day_of(rising(n)).stats[0]
    measured = ("previous_close", "atr14", "adv_shares", "sigma_day")
    assert {name for name in measured if not np.isnan(stats[name])} == known


def test_a_name_that_is_not_in_the_panel_is_unknown() -> None:
    panel = rising(30)
    strangers = replace(panel, instruments=(replace(panel.instruments[0], symbol="OTHER"), panel.instruments[1]))
    stats = day_of(strangers).stats
    assert np.isnan(stats[0]["previous_close"])
    assert stats[1]["previous_close"] == 12_900


def test_a_panel_that_ended_long_ago_says_nothing_about_yesterday() -> None:
    assert np.isnan(day_of(rising(30, date(2026, 7, 24))).stats[0]["previous_close"])
    assert day_of(rising(30, date(2026, 7, 27))).stats[0]["previous_close"] == 12_900


def test_rows_of_the_day_itself_and_later_do_not_matter() -> None:
    later = rising(40, DAY + timedelta(days=11))
    before = day_of(later.upto(FRIDAY))
    spoilt = replace(later, close=later.close.copy(), high=later.high.copy(), volume=later.volume.copy())
    late = later.days >= np.datetime64(DAY)
    assert late.sum() == 10
    spoilt.close[late], spoilt.high[late], spoilt.volume[late] = 1e6, np.nan, -1
    assert day_of(spoilt).stats.tobytes() == before.stats.tobytes()


def test_a_band_is_known_only_where_it_was_given() -> None:
    stats = day_of(rising(30), bands={101: Quote(101, 0, 100, band_low=90, band_high=110), 102: Quote(102, 0, 1)}).stats
    assert (stats[0]["band_low"], stats[0]["band_high"]) == (90, 110)
    assert np.isnan(stats[1]["band_low"])
    assert np.isnan(stats[1]["band_high"])


def test_the_volume_curve_is_the_mean_of_cumulative_volumes() -> None:
    curve = day_of(rising(30), {101: past_days(5)}).volume_curve
    assert curve.shape == (2, 25)
    np.testing.assert_allclose(curve[0], 10 * (1 + 2 + 3 + 4 + 5) / 5 * np.arange(1, 26))
    assert np.isnan(curve[1]).all()


def test_the_curve_takes_the_last_fourteen_sessions_and_needs_five() -> None:
    np.testing.assert_allclose(
        day_of(rising(30), {101: past_days(20)}).volume_curve[0], 10 * np.mean(range(1, 15)) * np.arange(1, 26)
    )
    assert np.isnan(day_of(rising(30), {101: past_days(4)}).volume_curve[0]).all()
    assert np.isnan(day_of(rising(30), {101: past_days(0)}).volume_curve[0]).all()


def test_bars_of_the_day_itself_and_later_do_not_enter_the_curve() -> None:
    known = past_days(6)
    future = past_days(3, volume=-(10**6), first_back=-2)
    curve = day_of(rising(30), {101: np.concatenate([known, future])}).volume_curve[0]
    np.testing.assert_array_equal(curve, day_of(rising(30), {101: known}).volume_curve[0])


def test_an_hour_of_a_special_session_does_not_pull_the_curve_down() -> None:
    short = past_days(1, n_bars=4, first_back=7)
    curve = day_of(rising(30), {101: np.concatenate([short, past_days(6)])}).volume_curve[0]
    np.testing.assert_array_equal(curve, day_of(rising(30), {101: past_days(6)}).volume_curve[0])


def test_a_bar_that_did_not_trade_counts_as_no_volume_not_as_unknown() -> None:
    past = past_days(5)
    past = past[(past["ts_open"] - at("09:15")) % DAY_NS != 900 * NS]
    curve = day_of(rising(30), {101: past}).volume_curve[0]
    assert curve[1] == curve[0]


def test_bars_outside_the_sessions_hours_are_left_out() -> None:
    evening = past_days(5)
    evening["ts_open"] += 9 * 3600 * NS
    both = np.concatenate([past_days(5), evening])
    np.testing.assert_array_equal(
        day_of(rising(30), {101: both}).volume_curve[0], day_of(rising(30), {101: past_days(5)}).volume_curve[0]
    )


def test_an_index_takes_its_previous_close_from_its_own_last_bar_and_never_from_today() -> None:
    index = Instrument(103, "NIFTY 50", series=Series.INDEX)
    past = bars_of(2)
    past["token"], past["interval_s"] = index.token, 60
    past["ts_open"] = [at("15:29") - DAY_NS, at("09:15")]
    past["close"] = [2_600_000, 9_999_900]
    known = trading_day(SESSION, Interval.M1, [index], rising(30), {index.token: past}, {})
    unknown = trading_day(SESSION, Interval.M1, [index], rising(30), {}, {})
    assert known.stats["previous_close"][0] == 2_600_000
    assert np.isnan(unknown.stats["previous_close"][0])
