"""Bars: what a tick does to them, when they close, and what never changes afterwards."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from cockpit.clock import to_ns
from cockpit.engine.bars import BarBuilder, build_day
from cockpit.errors import BadInput
from cockpit.market import Bars, Interval, Phase, Session, SessionKind, TickMode, Window, bars_of, ticks_of
from tests.engine.made_days import DAY, at, columns, made_bars, made_day, made_ticks

OHLCV = ("open", "high", "low", "close", "volume")


def base_bars(closed: list[Bars]) -> list[Bars]:
    return [bars for bars in closed if bars["interval_s"][0] == 60]


def test_a_minute_of_ticks_becomes_one_bar_that_closes_at_its_end() -> None:
    builder = BarBuilder(made_day())
    frame = made_ticks([(101, "09:15:01", 1000, 100), (101, "09:15:20", 1010, 150), (101, "09:15:40", 995, 160)])
    assert builder.push(made_ticks([(101, "09:14:50", 998, 40)])) == []
    assert builder.push(frame) == []
    (bar,) = builder.push(made_ticks([(101, "09:16:00", 1001, 200)]))
    assert columns(bar, *OHLCV, "n_ticks", "partial") == [(1000, 1010, 995, 995, 120, 3, 0)]
    assert bar["ts_open"][0] == at("09:15")


def test_a_bar_closes_for_all_names_at_once_in_token_order() -> None:
    builder = BarBuilder(made_day(3))
    builder.push(made_ticks([(103, "09:15:01", 300, 5), (101, "09:15:02", 100, 5)]))
    (bars,) = builder.push(made_ticks([(102, "09:16:30", 200, 5)]))
    assert bars["token"].tolist() == [101, 103]


def test_the_clock_closes_a_bar_that_no_tick_follows() -> None:
    builder = BarBuilder(made_day())
    builder.push(made_ticks([(101, "09:15:01", 100, 5)]))
    assert builder.advance(at("09:15:59")) == []
    (bars,) = builder.advance(at("09:16"))
    assert columns(bars, *OHLCV[:4], "n_ticks") == [(100, 100, 100, 100, 1)]
    assert builder.advance(at("09:17")) == []


def test_a_minute_without_trade_invents_no_bar() -> None:
    builder = BarBuilder(made_day())
    quiet = [(101, "09:15:01", 100, 5), (101, "09:16:10", 100, 5), (101, "09:17:10", 101, 9)]
    closed = base_bars(builder.push(made_ticks(quiet)) + builder.advance(at("09:18")))
    assert [bars["ts_open"][0] for bars in closed] == [at("09:15"), at("09:17")]


def test_a_late_tick_never_rewrites_a_closed_bar() -> None:
    builder = BarBuilder(made_day(2))
    builder.push(made_ticks([(101, "09:15:01", 100, 5)]))
    builder.push(made_ticks([(102, "09:16:00", 50, 5)]))
    before = builder.history(101, Interval.M1).copy()
    builder.push(made_ticks([(101, "09:15:58", 900, 9)], seen=at("09:16:01")))
    builder.advance(at("09:20"))
    assert builder.history(101, Interval.M1).tobytes() == before.tobytes()
    assert builder.late == {101: 1}


def test_a_tick_older_than_its_names_newest_is_late_and_leaves_the_unfinished_bar_alone() -> None:
    builder = BarBuilder(made_day())
    builder.push(made_ticks([(101, "09:15:01", 100, 5), (101, "09:15:30", 101, 9), (101, "09:15:10", 500, 7)]))
    assert columns(builder.moving(Interval.M1), "high", "close") == [(101, 101)]
    assert builder.late == {101: 1}
    assert builder.volume_faults == {}


def test_the_stragglers_of_a_frame_count_before_the_frame_closes_the_bar() -> None:
    builder = BarBuilder(made_day(2))
    builder.push(made_ticks([(102, "09:15:01", 50, 5)]))
    frame = made_ticks([(101, "09:16:00", 100, 5), (102, "09:15:59", 60, 8)], seen=at("09:16:00"))
    (bars,) = builder.push(frame)
    assert columns(bars, "token", "close", "volume") == [(102, 60, 3)]
    assert builder.late == {}


def test_volume_is_the_growth_of_the_days_volume_and_a_fall_counts_for_nothing() -> None:
    builder = BarBuilder(made_day())
    rows = [(101, "09:14:00", 100, 1000), (101, "09:15:01", 100, 1100), (101, "09:15:02", 999, 900)]
    builder.push(made_ticks([*rows, (101, "09:15:03", 102, 1150)]))
    assert columns(builder.moving(Interval.M1), *OHLCV) == [(100, 102, 100, 102, 150)]
    assert builder.volume_faults == {101: 1}


def test_the_first_bar_leaves_the_opening_auctions_volume_out() -> None:
    builder = BarBuilder(made_day())
    full = made_ticks([(101, "09:15:00", 100, 7000), (101, "09:15:04", 101, 7010)], mode=TickMode.FULL)
    full["ts_trade"] = [at("09:08"), at("09:15:04")]
    builder.push(full)
    assert columns(builder.moving(Interval.M1), *OHLCV) == [(101, 101, 101, 101, 10)]


def test_auction_shares_heard_of_after_the_open_are_no_trade_of_the_first_bar() -> None:
    builder = BarBuilder(made_day())
    frame = made_ticks(
        [(101, "09:05", 100, 0), (101, "09:15:00", 100, 7000), (101, "09:15:04", 101, 7010)], mode=TickMode.FULL
    )
    frame["ts_trade"] = [0, at("09:08"), at("09:15:04")]
    builder.push(frame)
    assert columns(builder.moving(Interval.M1), *OHLCV) == [(101, 101, 101, 101, 10)]


def test_without_a_tick_before_the_open_only_the_trade_seen_is_counted() -> None:
    builder = BarBuilder(made_day())
    frame = made_ticks([(101, "09:15:02", 100, 7000)], mode=TickMode.FULL)
    frame["last_quantity"], frame["ts_trade"] = 25, at("09:15:01")
    builder.push(frame)
    assert builder.moving(Interval.M1)["volume"].tolist() == [25]


def test_a_name_first_seen_after_the_first_minute_begins_with_a_partial_bar() -> None:
    builder = BarBuilder(made_day(3))
    builder.push(made_ticks([(101, "09:15:59", 100, 5), (102, "09:16:00", 100, 5), (103, "09:14:00", 100, 5)]))
    builder.push(made_ticks([(101, "09:17:00", 100, 6), (103, "09:17:20", 100, 9), (102, "09:17:30", 100, 7)]))
    builder.advance(at("09:20"))
    flags = [columns(builder.history(token, Interval.M1), "partial") for token in (101, 102, 103)]
    assert flags == [[(0,), (0,)], [(1,), (0,)], [(0,)]]
    assert [builder.history(token, Interval.M5)["partial"].tolist() for token in (101, 102, 103)] == [[0], [1], [0]]


def test_a_first_tick_without_a_trade_still_marks_the_time_nobody_watched() -> None:
    builder = BarBuilder(made_day())
    builder.push(made_ticks([(101, "09:21:30", 100, 0), (101, "09:22:10", 100, 8), (101, "09:26", 100, 9)]))
    assert columns(builder.history(101, Interval.M1), "partial", "volume") == [(0, 8)]
    assert builder.history(101, Interval.M5)["partial"].tolist() == [1]


def test_a_feed_gap_marks_every_bar_it_touches_and_no_other() -> None:
    builder = BarBuilder(made_day())
    builder.push(made_ticks([(101, "09:15:10", 100, 5), (101, "09:16:10", 100, 6)]))
    builder.feed_gap(at("09:16:20"), at("09:18:05"))
    builder.push(made_ticks([(101, "09:18:05", 100, 9), (101, "09:19:10", 100, 10)]))
    builder.advance(at("09:25"))
    assert builder.history(101, Interval.M1)["partial"].tolist() == [0, 1, 1, 0]
    assert builder.history(101, Interval.M5)["partial"].tolist() == [1]


def test_a_pause_of_a_minute_is_not_a_gap() -> None:
    builder = BarBuilder(made_day())
    builder.push(made_ticks([(101, "09:15:10", 100, 5)]))
    builder.feed_gap(at("09:15:10"), at("09:16:10"))
    assert builder.advance(at("09:16"))[0]["partial"].tolist() == [0]


def test_longer_bars_follow_the_base_bar_that_completes_them() -> None:
    builder = BarBuilder(made_day())
    ticks = made_ticks([(101, f"09:{m}:30", 100 + m, m) for m in range(15, 45)])
    closed = builder.push(ticks) + builder.advance(at("09:45"))
    kinds = [
        int(bars["interval_s"][0])
        for bars in closed
        if bars["ts_open"][0] + bars["interval_s"][0] * 10**9 == at("09:45")
    ]
    assert kinds == [60, 180, 300, 600, 900, 1800]
    half_hour = builder.history(101, Interval.M30)
    assert columns(half_hour, *OHLCV[:4], "n_ticks") == [(115, 144, 115, 144, 30)]


def test_longer_bars_agree_with_their_minutes() -> None:
    rng = np.random.default_rng(5)
    volume = np.cumsum(rng.integers(0, 9, 2000)).tolist()
    times = np.sort(rng.integers(at("09:15"), at("15:30"), 2000)).tolist()
    rows = [
        (101, t, int(p), v)
        for t, p, v in zip(times, 10_000 + np.cumsum(rng.integers(-3, 4, 2000)), volume, strict=True)
    ]
    builder = BarBuilder(made_day())
    builder.push(made_ticks([(101, "09:14", 10_000, 0), *rows]))
    builder.advance(at("15:30"))
    minutes = builder.history(101, Interval.M1)
    for interval in (Interval.M3, Interval.M5, Interval.M10, Interval.M15, Interval.M30, Interval.H1):
        for bar in builder.history(101, interval):
            inside = minutes[
                (minutes["ts_open"] >= bar["ts_open"]) & (minutes["ts_open"] < bar["ts_open"] + interval * 10**9)
            ]
            assert (bar["open"], bar["close"]) == (inside["open"][0], inside["close"][-1])
            assert (bar["high"], bar["low"]) == (inside["high"].max(), inside["low"].min())
            assert (bar["volume"], bar["vwap"]) == (inside["volume"].sum(), inside["vwap"][-1])


def test_ticks_outside_the_names_continuous_hours_make_no_bar() -> None:
    builder = BarBuilder(made_day(2, derivatives=[0]))
    rows = [(101, "15:14:30", 100, 5), (102, "15:14:30", 200, 5), (101, "15:15:30", 105, 9), (102, "15:15:30", 205, 9)]
    builder.push(made_ticks([(101, "09:10", 100, 1), (102, "09:10", 200, 1), *rows]))
    builder.advance(at("15:30"))
    assert builder.history(101, Interval.M1)["ts_open"].tolist() == [at("15:14")]
    assert builder.history(102, Interval.M1)["ts_open"].tolist() == [at("15:14"), at("15:15")]


def test_bars_that_the_close_cuts_short_close_with_the_session() -> None:
    builder = BarBuilder(made_day())
    builder.push(made_ticks([(101, "09:14", 100, 0), (101, "15:29:59", 100, 5)]))
    closed = builder.advance(at("15:30"))
    assert {int(bars["interval_s"][0]) for bars in closed} == {60, 180, 300, 600, 900, 1800, 3600}
    assert builder.push(made_ticks([(101, "15:45", 100, 9)])) == []
    assert len(builder.moving(Interval.M1)) == 0


def test_a_break_in_a_special_session_holds_no_bars() -> None:
    hours = (Window(Phase.CONTINUOUS, at("09:15"), at("10:00")), Window(Phase.CONTINUOUS, at("11:30"), at("12:30")))
    session = Session(DAY, SessionKind.SPECIAL, "two", hours, hours, at("12:15"), at("12:20"))
    rows = [(101, t, 100, v) for t, v in (("09:20", 5), ("10:30", 50), ("11:31", 60))]
    builder = BarBuilder(made_day(session=session))
    builder.push(made_ticks([(101, "09:10", 100, 0), *rows]))
    builder.advance(at("12:30"))
    assert columns(builder.history(101, Interval.M1), "ts_open", "volume") == [(at("09:20"), 5), (at("11:31"), 10)]


def test_an_index_has_prices_but_no_volume_and_no_vwap() -> None:
    builder = BarBuilder(made_day(index=[0]))
    rows = [(101, "09:15:01", 100, 0), (101, "09:15:02", 103, 0), (101, "09:15:03", 101, 0)]
    builder.push(made_ticks(rows, mode=TickMode.INDEX_FULL))
    (bar,) = builder.advance(at("09:16"))
    assert columns(bar, *OHLCV, "n_ticks") == [(100, 103, 100, 101, 0, 3)]
    assert np.isnan(bar["vwap"][0])
    assert np.isnan(bar["vwap_sd"][0])


def test_a_tick_without_a_mode_is_refused_by_name() -> None:
    ticks = ticks_of(1)
    ticks["token"], ticks["ts_event"] = 101, at("09:15:01")
    with pytest.raises(BadInput, match="token 101 has mode 0"):
        BarBuilder(made_day()).push(ticks)


def test_a_name_nobody_watches_is_left_alone() -> None:
    builder = BarBuilder(made_day())
    builder.push(made_ticks([(999, "09:15:01", 100, 5)]))
    assert len(builder.moving(Interval.M1)) == 0


def test_vwap_and_its_band_have_the_hand_value_on_three_bars() -> None:
    builder = BarBuilder(made_day())
    builder.push_bars(made_bars(101, [(100, 110, 90, 100, 10), (100, 120, 105, 120, 30), (120, 130, 110, 120, 60)]))
    last = builder.history(101, Interval.M1)[-1]
    # The three hlc3 are 100, 115 and 120, so VWAP is 11650 / 100.
    assert last["vwap"] == pytest.approx(116.5, abs=1e-12)
    assert last["vwap_sd"] == pytest.approx(np.sqrt((10 * 16.5**2 + 30 * 1.5**2 + 60 * 3.5**2) / 100), abs=1e-12)


def test_a_constant_price_is_its_own_vwap_with_no_band() -> None:
    builder = BarBuilder(made_day())
    builder.push_bars(made_bars(101, [(98_765, 98_765, 98_765, 98_765, v) for v in (7, 1_000_003, 13, 999)]))
    bars = builder.history(101, Interval.M1)
    assert bars["vwap"].tolist() == [98_765.0] * 4
    assert bars["vwap_sd"].tolist() == [0.0] * 4


def test_a_bar_without_volume_leaves_vwap_alone() -> None:
    builder = BarBuilder(made_day())
    builder.push_bars(made_bars(101, [(100, 100, 100, 100, 10), (500, 500, 500, 500, 0)]))
    assert builder.history(101, Interval.M1)["vwap"].tolist() == [100.0, 100.0]


def test_the_unfinished_bar_carries_the_vwap_it_would_close_with() -> None:
    builder = BarBuilder(made_day())
    rows = [(101, "09:14", 100, 0), (101, "09:15:05", 100, 10), (101, "09:16:05", 130, 30), (101, "09:16:06", 110, 31)]
    builder.push(made_ticks(rows))
    moving, moving_m3 = builder.moving(Interval.M1), builder.moving(Interval.M3)
    builder.advance(at("09:18"))
    assert moving.tobytes() == builder.history(101, Interval.M1)[-1:].tobytes()
    assert moving_m3.tobytes() == builder.history(101, Interval.M3).tobytes()


def test_the_brokers_own_minutes_make_the_five_minute_bar_of_oracle_13(kite_mocks: Path) -> None:
    candles = json.loads((kite_mocks / "historical_minute.json").read_text())["data"]["candles"]
    day = datetime.fromisoformat(candles[0][0]).date()
    assert str(day) == "2017-12-15"
    shift = at("09:15") - to_ns(datetime.fromisoformat(candles[0][0]))
    bars = bars_of(len(candles))
    for bar, (when, *prices, volume) in zip(bars, candles, strict=True):
        bar["ts_open"] = to_ns(datetime.fromisoformat(when)) + shift
        bar["open"], bar["high"], bar["low"], bar["close"] = (round(price * 100) for price in prices)
        bar["volume"] = volume
    bars["token"], bars["interval_s"] = 101, 60
    builder = BarBuilder(made_day())
    builder.push_bars(bars)
    minutes = builder.history(101, Interval.M1)
    assert columns(minutes[:1], *OHLCV) == [(170450, 170500, 169925, 170280, 2499)]
    assert len(minutes) == 6
    assert columns(builder.history(101, Interval.M5), *OHLCV) == [(170450, 170500, 169800, 169980, 5915)]
    assert builder.moving(Interval.M5)["ts_open"].tolist() == [at("09:20")]


def test_ready_made_quarter_hours_make_half_hours_and_hours() -> None:
    builder = BarBuilder(made_day(interval=Interval.M15))
    builder.push_bars(made_bars(101, [(100, 110, 95, 105, 10)] * 4, interval=Interval.M15))
    assert builder.intervals == (Interval.M15, Interval.M30, Interval.H1)
    assert len(builder.history(101, Interval.M30)) == 2
    assert columns(builder.history(101, Interval.H1), *OHLCV) == [(100, 110, 95, 105, 40)]


def test_ready_made_bars_of_the_wrong_interval_or_grid_are_refused() -> None:
    builder = BarBuilder(made_day())
    with pytest.raises(BadInput, match="900"):
        builder.push_bars(made_bars(101, [(1, 1, 1, 1, 1)], interval=Interval.M15))
    with pytest.raises(BadInput, match="09:15:30"):
        builder.push_bars(made_bars(101, [(1, 1, 1, 1, 1)], start="09:15:30"))


def test_a_ready_made_bar_that_comes_again_is_late() -> None:
    builder = BarBuilder(made_day())
    builder.push_bars(made_bars(101, [(100, 110, 95, 105, 10)]))
    assert builder.push_bars(made_bars(101, [(1, 1, 1, 1, 1)])) == []
    assert builder.late == {101: 1}


def test_an_interval_the_day_does_not_have_is_refused() -> None:
    with pytest.raises(BadInput, match="15m, 30m, 1h"):
        BarBuilder(made_day(interval=Interval.M15)).moving(Interval.M1)


def test_a_whole_day_in_one_call_closes_everything() -> None:
    ticks = made_ticks([(101, "09:14", 100, 0), (101, "09:15:05", 100, 10), (101, "15:29:59", 101, 20)])
    assert sum(len(bars) for bars in build_day(ticks, made_day())) == 14
