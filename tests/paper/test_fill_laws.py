"""Laws over whole days: a worse market never pays us, one frame fills like many, and halts last as the table says."""

from __future__ import annotations

from datetime import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.account import folded
from cockpit.clock import NS
from cockpit.orders import OrderKind, Role, Side
from cockpit.paper.halts import halt_minutes
from cockpit.paper.terms import FillRules
from tests.paper.floor_plan import AUCTION_TOKEN, Hall, at, bar, made_day, order, tick

START = 1_00_000_00


def against_us(second: int, side: Side) -> int:
    """Answer a price that runs away while we buy and falls while we sell, one tick a second."""
    return 100_00 + (second if second <= 120 else 240 - second) * 5 * int(side)


def earned_on_ticks(rules: FillRules, side: Side, quantity: int) -> int:
    """Enter at the market, be out at the market: answer what the account has left."""
    hall = Hall(made_day(sigma=0.02, adv=20_000.0), rules)
    for second in range(400):
        last = against_us(min(second, 240), side)
        ts = at("10:00") + second * NS
        book = {"bids": [(last - 5, 40), (last - 10, 400)], "asks": [(last + 5, 40), (last + 10, 400)]}
        hall.show(tick(ts, last, volume=1000 + second * 300, **book))  # type: ignore[arg-type]
        if second == 0:
            hall.place(order(side=side, quantity=quantity, when=ts))
        if second == 120:
            leave(hall, side, ts)
    return folded(START, hall.fills).cash_paise if settled(hall) else 0


def earned_on_bars(rules: FillRules, side: Side, quantity: int) -> int:
    """The same on minute bars."""
    hall = Hall(made_day(sigma=0.02, adv=20_000.0), rules)
    for minute in range(240):
        o, c = (against_us(min(m, 240), side) for m in (minute, minute + 1))
        frame = bar("10:00", o, max(o, c), min(o, c), c, volume=900)
        frame["ts_open"] += minute * 60 * NS
        hall.show_bars(frame)
        ts = int(frame["ts_open"][0]) + 60 * NS
        if minute == 0:
            hall.place(order(side=side, quantity=quantity, when=ts))
        if minute == 120:
            leave(hall, side, ts)
    return folded(START, hall.fills).cash_paise if settled(hall) else 0


def leave(hall: Hall, side: Side, ts: int) -> None:
    net = sum(fill.signed_quantity for fill in hall.fills)
    hall.place(order("X", side=side.opposite, quantity=abs(net), role=Role.EXIT, parent="A", when=ts))


def settled(hall: Hall) -> bool:
    """Only round trips that were entered whole and are over can be compared."""
    return hall.status("A") == "COMPLETE" and hall.status("X") == "COMPLETE"


BETTER_AND_WORSE = [
    ("impact", st.floats(0, 5), lambda low, high: (low, high)),
    ("participation", st.floats(0.05, 1.0), lambda low, high: (high, low)),
    ("latency_ns", st.integers(0, 5 * NS), lambda low, high: (low, high)),
    ("half_spread", st.floats(0, 0.003), lambda low, high: (low, high)),
]


@pytest.mark.parametrize("earned", [earned_on_ticks, earned_on_bars])
@pytest.mark.parametrize(("field", "values", "better_first"), BETTER_AND_WORSE, ids=[f for f, _, _ in BETTER_AND_WORSE])
def test_a_worse_market_never_improves_the_result(earned: Any, field: str, values: Any, better_first: Any) -> None:
    @settings(max_examples=12)
    @given(st.tuples(values, values).map(sorted), st.sampled_from(list(Side)), st.integers(1, 150))
    def law(pair: list[Any], side: Side, quantity: int) -> None:
        better, worse = better_first(*pair)
        results = [earned(FillRules(**{field: value}), side, quantity) for value in (better, worse)]
        assert 0 < results[1] <= results[0]

    law()


@pytest.mark.parametrize("side", list(Side))
def test_the_law_can_tell_better_from_worse(side: Side) -> None:
    """Results that never differed would obey any law."""
    pairs: list[tuple[str, Any, Any]] = [("impact", 0.0, 3.0), ("participation", 1.0, 0.05), ("latency_ns", 0, 4 * NS)]
    for field, better, worse in pairs:
        results = [earned_on_ticks(FillRules(**{field: value}), side, 150) for value in (better, worse)]
        assert 0 < results[1] < results[0]


def test_one_frame_of_many_ticks_fills_like_as_many_frames() -> None:
    rng = np.random.default_rng(7)
    moves = 100_00 + 5 * rng.integers(-6, 7, 400).cumsum()
    frames = []
    for second, last in enumerate(moves.tolist()):
        book = {"bids": [(last - 5, 60)], "asks": [(last + 5, 60)]}
        token = AUCTION_TOKEN if second % 3 == 0 else 101
        ts = at("10:00:01") + second * NS
        frames.append(tick(ts, last, volume=1000 + 200 * second, token=token, **book))  # type: ignore[arg-type]

    def fills(frames: list[Any]) -> list[Any]:
        hall = Hall(made_day(sigma=0.02, adv=20_000.0), FillRules())
        hall.show(tick("10:00", 100_00, volume=10), tick("10:00", 100_00, volume=10, token=AUCTION_TOKEN))
        hall.place(order("A", kind=OrderKind.STOP, trigger=100_30, stop=99_50, target=101_00))
        hall.place(order("B", kind=OrderKind.STOP, trigger=100_40, stop=99_40, target=101_20))
        hall.place(order("C", side=Side.SELL, kind=OrderKind.STOP, trigger=99_70, stop=100_40, token=AUCTION_TOKEN))
        return hall.show(*frames)

    one_by_one = fills(frames)
    assert fills([np.concatenate(frames)]) == one_by_one
    assert len({fill.order_id for fill in one_by_one}) > 3


@pytest.mark.parametrize(
    ("level", "when", "minutes"),
    [
        (10, "12:59", 45),
        (10, "13:00", 15),
        (10, "14:29", 15),
        (10, "14:30", 0),
        (15, "12:59", 105),
        (15, "13:59", 45),
        (15, "14:00", -1),
        (20, "09:20", -1),
        (20, "15:00", -1),
    ],
)
def test_a_market_wide_halt_lasts_as_the_table_says(level: int, when: str, minutes: int) -> None:
    assert halt_minutes(level, time.fromisoformat(when)) == minutes


def test_fills_are_numbered_by_day_and_order() -> None:
    hall = Hall(rules=FillRules(participation=1.0))
    hall.show(tick("10:00", 100_00, volume=100))
    hall.place(order())
    asks = [(100_05, 60), (100_10, 60)]
    hall.show(tick("10:00:01", 100_00, volume=300, bids=[(99_95, 9)], asks=asks))
    assert [fill.trade_id for fill in hall.fills] == ["P20260803000001", "P20260803000002"]
