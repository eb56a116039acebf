"""No tick that cannot be true is believed, and no real move is kept out for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cockpit.clock import NS
from cockpit.engine.trust import LEAP_NS, SIGNED_WRAP, Trust, stamps_of
from cockpit.facts import TicksQuarantined
from cockpit.market import Ticks, TradingDay
from cockpit.settings import FeedSettings
from tests.engine.made_days import at, made_day, made_ticks
from tests.engine.trust_twin import TrustTwin

BASE = 100_000
TEN = at("10:00")


class Sieve:
    """A trust that keeps what it was told, with the first tick of every name already believed."""

    def __init__(self, day: TradingDay | None = None, *, warm: bool = True) -> None:
        self.day = day or made_day(3)
        self.told: list[TicksQuarantined] = []
        self.trust = Trust(self.day, FeedSettings(), self.told.append)
        if warm:
            self.take(*[(i.token, TEN + s * NS, BASE, 10 + s) for s in range(3) for i in self.day.instruments])
            self.told.clear()
            self.trust.n_quarantined[:] = 0

    def take(self, *rows: tuple[Any, ...], seen: int | None = None) -> list[tuple[int, int]]:
        """Answer (token, price) of what was believed; `seen` is when our clock says that the frame came."""
        believed = self.trust.sift(made_ticks(rows, seen=seen))
        return [(int(t["token"]), int(t["last_price"])) for t in believed]

    def takes(self, price: int, after: float = 3.0, volume: int = 99, token: int = 101) -> bool:
        return bool(self.take((token, TEN + round(after * NS), price, volume)))

    @property
    def reasons(self) -> list[str]:
        return [told.reason for told in self.told]


@pytest.mark.parametrize(
    "price", [0, -5, SIGNED_WRAP, SIGNED_WRAP + 1, (1 << 32) - 5], ids=["zero", "negative", "wrap", "past", "minus 5"]
)
def test_a_price_of_zero_or_below_wrapped_or_not_is_never_believed(price: int) -> None:
    sieve = Sieve()
    assert not any(sieve.takes(price, 3 + n) for n in range(9))
    assert len(sieve.told) == 9
    assert sieve.told[-1].count == 9


def test_a_hundredfold_price_is_never_believed_however_often_it_comes() -> None:
    sieve = Sieve()
    assert not any(sieve.takes(BASE * 100, 3 + n) for n in range(20))
    assert not any(sieve.takes(BASE // 100, 30 + n) for n in range(20))
    assert sieve.trust.price_of(0) == (BASE, TEN + 2 * NS)


def test_a_price_off_the_tick_is_never_believed_but_an_index_has_no_tick() -> None:
    assert not any(Sieve().takes(BASE + 1, 3 + n) for n in range(5))
    assert Sieve(made_day(3, index=[0])).takes(BASE + 1)


def test_a_real_gap_of_ten_per_cent_is_believed_at_once() -> None:
    for price in (110_000, 90_000, 120_000, 80_000):
        assert Sieve().takes(price)


def test_a_gap_of_a_quarter_is_believed_when_three_ticks_in_a_row_agree() -> None:
    sieve = Sieve()
    assert [sieve.takes(price, n) for n, price in ((3, 125_000), (4, 125_500), (5, 125_100))] == [False, False, True]
    assert sieve.takes(125_000, 6)
    assert "+25.0%" in sieve.reasons[0]


def test_three_wild_ticks_that_do_not_agree_are_not_believed() -> None:
    sieve = Sieve()
    assert not any(sieve.takes(price, 3 + n) for n, price in enumerate((125_000, 135_000, 125_000, 135_000)))


def test_a_believed_tick_between_wild_ones_starts_their_count_anew() -> None:
    sieve = Sieve()
    steps = [125_000, 125_000, BASE, 125_000, 125_000, 125_000]
    assert [sieve.takes(price, 3 + n) for n, price in enumerate(steps)] == [False, False, True, False, False, True]


def test_names_do_not_vouch_for_each_other() -> None:
    sieve = Sieve()
    assert sieve.take(*[(token, TEN + 3 * NS, 125_000, 50) for token in (101, 102, 103)]) == []


def test_a_swapped_token_does_not_move_the_price_of_the_name_it_landed_on() -> None:
    sieve = Sieve()
    sieve.take((102, TEN + 3 * NS, 100_500, 50))
    assert sieve.take((101, TEN + 4 * NS, 321_000, 60), (102, TEN + 4 * NS, 100_500, 60)) == [(102, 100_500)]
    assert sieve.trust.price_of(0)[0] == BASE


def test_an_unknown_token_is_told_and_counted_and_believed_by_nobody() -> None:
    sieve = Sieve()
    assert sieve.take((7, TEN + 3 * NS, BASE, 5), (101, TEN + 3 * NS, BASE, 50), (999, TEN, BASE, 5)) == [(101, BASE)]
    assert sieve.take((7, TEN + 4 * NS, BASE, 5)) == []
    assert [(t.token, t.symbol, t.count) for t in sieve.told] == [
        (7, "token 7", 1), (999, "token 999", 1), (7, "token 7", 2)
    ]  # fmt: skip


def test_a_late_tick_is_believed_to_the_limit_and_not_past_it() -> None:
    sieve = Sieve()  # the newest believed is at two seconds past ten
    assert sieve.takes(BASE, -3.0)
    assert not sieve.takes(BASE, -3.001)
    assert "behind the name's newest" in sieve.reasons[-1]


def test_a_slightly_late_tick_counts_as_a_trade_but_not_as_the_last_price() -> None:
    sieve = Sieve()
    assert sieve.takes(101_000, 1.0)
    assert sieve.trust.price_of(0) == (BASE, TEN + 2 * NS)


def test_an_exact_repeat_is_dropped_once_believed_and_counted() -> None:
    sieve = Sieve()
    assert sieve.takes(BASE, 3)
    assert not sieve.takes(BASE, 3)
    assert sieve.takes(BASE, 3, volume=100)
    assert sieve.takes(BASE, 4, volume=100)
    assert (sieve.trust.n_repeats, sieve.told) == (1, [])


@pytest.mark.parametrize("when", ["08:14:59", "16:30:01"])
def test_a_stamp_outside_the_session_is_never_believed(when: str) -> None:
    sieve = Sieve(warm=False)
    assert not any(sieve.take((101, when, BASE, n)) for n in range(5))


def test_a_stamp_from_the_future_is_set_aside_and_does_not_make_true_ticks_late() -> None:
    sieve = Sieve()
    frame = ((101, at("15:00"), BASE, 50), (102, TEN + 3 * NS, BASE, 50))
    assert sieve.take(*frame, seen=TEN + 3 * NS) == [(102, BASE)]
    assert "far ahead" in sieve.reasons[0]
    assert sieve.takes(BASE, 4)


def test_a_long_silence_of_everybody_is_believed_when_three_ticks_agree_that_it_was_one() -> None:
    sieve = Sieve()
    late = [(token, at("11:00"), BASE, 50) for token in (101, 102, 103)]
    assert sieve.take(*late, seen=TEN) == [(103, BASE)]
    assert len(sieve.take(*[(token, at("11:00:01"), BASE, 60) for token in (101, 102, 103)], seen=TEN)) == 3


def test_a_silence_that_our_own_clock_has_lived_through_needs_no_agreement() -> None:
    assert Sieve().take((101, at("11:00"), BASE, 50), seen=at("11:00")) == [(101, BASE)]


def test_three_stamps_from_different_futures_do_not_vouch_for_each_other() -> None:
    sieve = Sieve()
    wild = [(101, when, BASE, 50) for when in ("13:00", "14:00", "15:00", "13:00")]
    assert not any(sieve.take(row, seen=TEN) for row in wild)


def test_a_stamp_a_minute_ahead_is_the_limit_of_a_leap() -> None:
    limit = TEN + 2 * NS + LEAP_NS
    assert Sieve().take((101, limit, BASE, 50), seen=TEN) == [(101, BASE)]
    assert Sieve().take((101, limit + 1, BASE, 50), seen=TEN) == []


def test_within_one_frame_each_tick_is_judged_by_the_one_before_it() -> None:
    sieve = Sieve()
    rows = [(101, TEN + 3 * NS, price, 50) for price in (115_000, 115_000, 130_000, 110_000)]
    assert sieve.take(*rows) == [(101, 115_000), (101, 130_000), (101, 110_000)]
    assert sieve.trust.n_repeats == 1


def test_a_frame_can_re_admit_a_gap_by_itself() -> None:
    sieve = Sieve()
    rows = [(101, TEN + 3 * NS, 125_000, 50 + n) for n in range(4)]
    assert sieve.take(*rows) == [(101, 125_000)] * 2


def test_rows_keep_their_order() -> None:
    sieve = Sieve()
    rows = [(103, TEN + 3 * NS, BASE, 50), (101, TEN + 3 * NS, 0, 50), (102, TEN + 3 * NS, BASE, 50)]
    rows += [(101, TEN + 3 * NS, BASE, 51), (103, TEN + 4 * NS, BASE, 52)]
    assert [token for token, _ in sieve.take(*rows)] == [103, 102, 101, 103]


def test_a_clean_frame_is_handed_on_as_it_is() -> None:
    sieve = Sieve()
    frame = made_ticks([(101, TEN + 3 * NS, BASE, 50), (102, TEN + 3 * NS, BASE, 50)])
    assert sieve.trust.sift(frame) is frame
    assert len(sieve.trust.sift(frame[:0])) == 0


def test_a_name_without_a_previous_close_is_believed_after_three_ticks_agree_and_never_caught_by_a_wild_first() -> None:
    sieve = Sieve(made_day(1, previous_close=np.nan), warm=False)
    prices = [BASE * 100, BASE, BASE, BASE + 5]
    assert [sieve.take((101, at("09:15") + n, p, n)) != [] for n, p in enumerate(prices)] == [False, False, False, True]
    assert "no previous close" in sieve.reasons[0]


def test_a_price_outside_the_days_band_needs_three_that_agree_and_then_the_band_has_moved() -> None:
    day = made_day(1)
    day.stats["band_low"], day.stats["band_high"] = 95_000, 105_000
    sieve = Sieve(day)
    assert sieve.takes(105_000, 3)
    assert [sieve.takes(105_005, 4 + n) for n in range(4)] == [False, False, True, True]
    assert "band 95000 to 105000" in sieve.reasons[0]


def test_ready_made_bars_move_the_last_believed_price() -> None:
    sieve = Sieve(warm=False)
    sieve.trust.believe(1, 107_000, TEN)
    assert sieve.trust.last() == {102: (107_000, TEN)}
    assert sieve.trust.price_of(0) == (0, 0)


WILD = st.tuples(
    st.sampled_from([101, 102, 103, 7]),
    st.integers(-10, 60).map(lambda s: TEN + s * NS),
    st.sampled_from([0, -5, 1, BASE, BASE + 5, BASE + 1, 110_000, 125_000, 10_000_000, SIGNED_WRAP]),
    st.integers(0, 3),
)


@given(st.lists(WILD, max_size=40), st.lists(st.integers(1, 5), min_size=40, max_size=40))
def test_how_a_stream_is_cut_into_frames_does_not_change_what_is_believed(rows: list[Any], sizes: list[int]) -> None:
    whole, single = Sieve(), Sieve()
    believed = single_steps(single, rows)
    assert all(0 < price < 2 * BASE and price % 5 == 0 for _, price in believed)
    cut: list[tuple[int, int]] = []
    for size in sizes:
        cut += whole.take(*rows[:size])
        rows = rows[size:]
    assert cut == believed
    assert whole.trust.last() == single.trust.last()


def single_steps(sieve: Sieve, rows: list[Any]) -> list[tuple[int, int]]:
    return [pair for row in rows for pair in sieve.take(row)]


HOSTILE = st.tuples(
    st.sampled_from([101, 101, 102, 103, 104, 7]),
    st.sampled_from([0, 0, 0, NS, -NS, -3 * NS, -4 * NS, 61 * NS, 3600 * NS, 3661 * NS, 7 * 3600 * NS]),
    st.sampled_from(
        [0, -5, 1, BASE, BASE + 5, BASE + 1, 105_005, 110_000, 120_005, 125_000, 125_005, 140_005, SIGNED_WRAP, 1 << 60]
    ),
    st.integers(0, 2),
    st.booleans(),
)
"""Token, stamp beside the frame's, price, volume, and whether the packet carries a stamp of its own."""


def hostile_day(*, closes_known: bool) -> TradingDay:
    """Make four names: one with a band, one an index, perhaps none with a previous close."""
    day = made_day(4, index=[3], previous_close=BASE if closes_known else np.nan)
    day.stats["band_low"][1], day.stats["band_high"][1] = 95_000, 105_000
    return day


HOUR = 3600 * NS
LEAPS_BROKEN_OFF = [(101, HOUR, BASE, 0, True), (102, HOUR, BASE, 0, True), (103, 0, BASE, 0, True)]
LEAPS_THAT_AGREE = [(101, HOUR, BASE, 0, True), (102, HOUR, BASE, 0, True), (103, HOUR, 125_000, 0, True)]


@given(frames=st.lists(st.lists(HOSTILE, max_size=10), max_size=25), closes_known=st.booleans())
@example(frames=[[*LEAPS_BROKEN_OFF, (101, HOUR, BASE, 0, True)]], closes_known=True)
@example(frames=[[*LEAPS_THAT_AGREE, (103, 0, BASE, 0, True), (102, HOUR, BASE, 0, True)]], closes_known=True)
def test_the_compiled_walk_believes_and_says_what_its_plain_twin_does(
    frames: list[list[Any]], closes_known: bool
) -> None:
    told: list[TicksQuarantined] = []
    trust = Trust(hostile_day(closes_known=closes_known), FeedSettings(), told.append)
    twin = TrustTwin(hostile_day(closes_known=closes_known), FeedSettings())
    for n, rows in enumerate(frames):
        seen = TEN + n * NS
        frame = made_ticks([(token, seen + off, price, volume) for token, off, price, volume, _ in rows], seen=seen)
        frame["ts_event"] *= np.array([own for *_, own in rows], dtype=np.int64)
        assert trust.sift(frame).tobytes() == frame[twin.sift(frame)].tobytes()
    assert [(one.token, one.count, one.reason) for one in told] == twin.told
    assert trust.last() == twin.last()
    assert (trust.n_repeats, trust.n_strangers) == (twin.n_repeats, twin.n_strangers)


def test_the_newest_believed_stamp_is_reached_and_what_was_set_aside_reaches_nothing() -> None:
    sieve = Sieve(warm=False)
    assert sieve.trust.reached == 0
    frame = made_ticks([(101, TEN, BASE, 1), (102, TEN - NS, BASE, 1), (103, TEN + NS, 0, 1)])
    believed = sieve.trust.sift(frame)
    assert sieve.trust.reached == int(stamps_of(believed).max()) == TEN


def test_what_is_left_of_every_second_row_of_a_frame_is_right_too() -> None:
    rows = [(101, TEN + 3 * NS, BASE, 50), (7, TEN, BASE, 1), (102, TEN + 3 * NS, 0, 50), (7, TEN, BASE, 1)]
    rows.append((103, TEN + 3 * NS, BASE, 50))
    believed = Sieve().trust.sift(made_ticks(rows)[::2])
    assert believed["token"].tolist() == [101, 103]


def test_the_jump_that_is_refused_follows_the_setting() -> None:
    strict = Trust(made_day(1), replace(FeedSettings(), jump=0.02), lambda told: None)
    first: Ticks = made_ticks([(101, "09:15", BASE, 1)])
    assert len(strict.sift(first)) == 1
    assert len(strict.sift(made_ticks([(101, "09:15:01", 102_005, 2)]))) == 0
    assert len(strict.sift(made_ticks([(101, "09:15:02", 102_000, 3)]))) == 1
