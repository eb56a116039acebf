"""However a day's frames are cut and fed, the bars are the same to the bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.clock import NS
from cockpit.engine.bars import BarBuilder, build_day
from cockpit.market import Bars, Interval, TickMode, Ticks, TradingDay, ticks_of
from tests.engine.made_days import at, made_bars, made_day

N_NAMES = 4
SECONDS = 3000


def random_frames(seed: int) -> Ticks:
    """Make 50 minutes of frames with quiet names, stragglers, late ticks and a volume counter that sometimes falls."""
    rng = np.random.default_rng(seed)
    n = 2500
    ticks = ticks_of(n)
    ticks["ts_seen"] = at("09:14") + np.sort(rng.integers(0, SECONDS, n)) * NS
    ticks["ts_event"] = ticks["ts_seen"] - rng.integers(0, 4, n) * (rng.random(n) < 0.3) * NS
    ticks["ts_event"][rng.random(n) < 0.05] = 0
    ticks["token"] = 101 + rng.choice(N_NAMES + 1, n, p=[0.4, 0.4, 0.15, 0.01, 0.04])
    ticks["last_price"] = 10_000 + np.cumsum(rng.integers(-5, 6, n))
    ticks["last_quantity"] = 3
    for token in range(101, 101 + N_NAMES):
        mine = ticks["token"] == token
        ticks["volume"][mine] = np.cumsum(rng.integers(0, 5, mine.sum())) - 40 * (rng.random(mine.sum()) < 0.01)
    ticks["volume"] = np.maximum(ticks["volume"], 0)
    ticks["mode"] = TickMode.QUOTE
    return ticks


def fed_in_frames(ticks: Ticks, day: TradingDay, cuts: list[int]) -> tuple[bytes, BarBuilder]:
    """Feed `ticks` cut at frame borders near `cuts`; answer all closed bars as bytes, and the builder."""
    starts = np.flatnonzero(np.diff(ticks["ts_seen"], prepend=-1))
    builder, closed = BarBuilder(day), list[Bars]()
    borders = sorted({int(starts[cut % len(starts)]) for cut in cuts})
    for frame in np.split(ticks, borders):
        closed += builder.push(frame)
    closed += builder.advance(day.session.closes)
    return b"".join(bars.tobytes() for bars in closed), builder


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), cuts=st.lists(st.integers(0, 10**6), max_size=60))
def test_a_day_cut_anywhere_gives_the_same_bars_as_the_day_in_one_call(seed: int, cuts: list[int]) -> None:
    ticks, day = random_frames(seed), made_day(N_NAMES)
    whole = b"".join(bars.tobytes() for bars in build_day(ticks, day))
    assert fed_in_frames(ticks, day, cuts)[0] == whole


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_a_day_fed_frame_by_frame_gives_the_same_bars_and_the_same_counts(seed: int) -> None:
    ticks, day = random_frames(seed), made_day(N_NAMES)
    every_frame = list(range(len(ticks)))
    live, builder = fed_in_frames(ticks, day, every_frame)
    whole = BarBuilder(day)
    assert live == b"".join(bars.tobytes() for bars in whole.push(ticks) + whole.advance(day.session.closes))
    assert (builder.late, builder.volume_faults) == (whole.late, whole.volume_faults)
    assert builder.late
    assert builder.volume_faults


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), asked=st.lists(st.integers(0, SECONDS), max_size=20))
def test_looking_at_unfinished_bars_or_the_clock_changes_nothing(seed: int, asked: list[int]) -> None:
    ticks, day = random_frames(seed), made_day(N_NAMES)
    watched = BarBuilder(day)
    closed = list[Bars]()
    for frame in np.split(ticks, np.flatnonzero(np.diff(ticks["ts_seen"])) + 1):
        for interval in watched.intervals:
            watched.moving(interval)
        if any(frame["ts_seen"][0] == at("09:14") + s * NS for s in asked):
            # The market's own clock never runs ahead of what has been seen.
            closed += watched.advance(int(np.where(frame["ts_event"], frame["ts_event"], frame["ts_seen"]).min()))
        closed += watched.push(frame)
    closed += watched.advance(day.session.closes)
    assert b"".join(bars.tobytes() for bars in closed) == b"".join(bars.tobytes() for bars in build_day(ticks, day))


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), n_ticks=st.integers(1, 2500))
def test_the_unfinished_bar_of_every_interval_is_what_closes_if_nobody_trades_any_more(seed: int, n_ticks: int) -> None:
    builder = BarBuilder(made_day(N_NAMES))
    builder.push(random_frames(seed)[:n_ticks])
    moving = {interval: builder.moving(interval).tobytes() for interval in builder.intervals}
    closed = dict.fromkeys(builder.intervals, b"")
    for bars in builder.advance(at("15:30")):
        closed[Interval(int(bars["interval_s"][0]))] += bars.tobytes()
    assert moving == closed


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_bars_once_handed_out_are_never_written_to_again(seed: int) -> None:
    builder = BarBuilder(made_day(N_NAMES))
    handed: list[tuple[Bars, bytes]] = []
    for frame in np.split(random_frames(seed), 50):
        builder.feed_gap(at("09:30"), at("09:40"))
        handed += [(bars, bars.tobytes()) for bars in builder.push(frame)]
        handed += [(bars, bars.tobytes()) for bars in map(builder.moving, builder.intervals)]
    builder.advance(at("15:30"))
    assert handed
    assert all(bars.tobytes() == then for bars, then in handed)


def test_ticks_that_lie_in_memory_in_another_way_give_the_same_bars() -> None:
    ticks, day = random_frames(7), made_day(N_NAMES)
    spread = ticks_of(2 * len(ticks))[::2]
    spread[:] = ticks
    sealed = ticks.copy()
    sealed.flags.writeable = False
    whole = b"".join(bars.tobytes() for bars in build_day(ticks, day))
    for other in (spread, sealed):
        assert b"".join(bars.tobytes() for bars in build_day(other, day)) == whole


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_closed_minutes_pushed_again_as_ready_made_bars_give_the_same_bars(seed: int) -> None:
    day = made_day(N_NAMES)
    closed = build_day(random_frames(seed), day)
    again = BarBuilder(day)
    pushed = again.push_bars(np.concatenate([bars for bars in closed if bars["interval_s"][0] == 60]))
    pushed += again.advance(day.session.closes)
    for bars in (*closed, *pushed):
        if bars["interval_s"][0] > 60:
            bars["partial"] = 0  # a longer bar made of ticks also knows of unwatched time without a trade
    assert {bars.tobytes() for bars in pushed} == {bars.tobytes() for bars in closed}


@settings(max_examples=30)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 10**7), st.integers(0, 500), st.integers(0, 500), st.integers(0, 10**7)),
        min_size=1,
        max_size=60,
    )
)
def test_the_running_vwap_agrees_with_the_sums_of_its_definition(rows: list[tuple[int, int, int, int]]) -> None:
    builder = BarBuilder(made_day())
    builder.push_bars(made_bars(101, [(p, p + up, p - down, p, v) for p, up, down, v in rows]))
    bars = builder.history(101, Interval.M1)
    price = (bars["high"] + bars["low"] + bars["close"]) / 3
    volume = bars["volume"].astype(np.float64)
    if not volume.sum():
        assert np.isnan(bars["vwap"]).all()
        return
    mean = np.average(price, weights=volume)
    spread = np.sqrt(np.average((price - mean) ** 2, weights=volume))
    np.testing.assert_allclose(bars["vwap"][-1], mean, rtol=1e-12)
    np.testing.assert_allclose(bars["vwap_sd"][-1], spread, rtol=1e-9, atol=1e-6)
