"""Fills on ticks: each rule of the paper market with its own numbers."""

from __future__ import annotations

from typing import Any

import pytest

from cockpit.market import TickMode
from cockpit.orders import Fill, OrderKind, Product, Role, Side
from cockpit.paper.pricing import impact, protection
from cockpit.paper.terms import FillRules
from tests.paper.floor_plan import AUCTION_TOKEN, BOOK, FREE, Hall, made_day, order, tick

TENTH = FillRules(impact=0.0, half_spread=0.0, floor_ticks=1)


def opened(rules: FillRules = FREE, **day: Any) -> Hall:
    """Open a hall whose name was last seen at 100.00 at ten, in a deep book."""
    hall = Hall(made_day(**day), rules)
    hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    return hall


def prices(fills: list[Fill]) -> list[tuple[int, int]]:
    return [(fill.price, fill.quantity) for fill in fills]


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, 100_05), (Side.SELL, 99_95)])
def test_a_market_order_buys_at_the_ask_and_sells_at_the_bid(side: Side, price: int) -> None:
    hall = opened()
    hall.place(order(side=side))
    assert prices(hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))) == [(price, 100)]
    assert hall.fills[0].model == "depth-1"
    assert hall.fills[0].slippage == 0
    assert hall.status("A") == "COMPLETE"


def test_a_large_order_walks_the_shown_levels_and_carries_the_rest() -> None:
    hall = opened()
    asks = [(100_05, 30), (100_10, 20), (100_20, 10)]
    hall.place(order())
    seen = hall.show(tick("10:00:01", 100_00, volume=200_000, bids=[(99_95, 9)], asks=asks))
    assert prices(seen) == [(100_05, 30), (100_10, 20), (100_20, 10)]
    assert [fill.slippage for fill in seen] == [0, 5 * 20, 15 * 10]
    assert hall.status("A") == "OPEN"
    assert prices(hall.show(tick("10:00:02", 100_00, volume=300_000, **BOOK))) == [(100_05, 40)]


def test_two_of_our_orders_do_not_take_the_same_shares() -> None:
    hall = opened()
    hall.place(order("A", quantity=60))
    hall.place(order("B", quantity=60))
    asks = [(100_05, 80), (100_10, 500)]
    seen = hall.show(tick("10:00:01", 100_00, volume=200_000, bids=[(99_95, 9)], asks=asks))
    assert prices(seen) == [(100_05, 60), (100_05, 20), (100_10, 40)]


def test_at_most_a_tenth_of_what_traded_since_the_last_look_is_taken() -> None:
    hall = opened(TENTH)
    hall.place(order())
    assert prices(hall.show(tick("10:00:01", 100_00, volume=100_400, **BOOK))) == [(100_05, 40)]
    assert hall.fills[0].flags == ("partial",)
    assert prices(hall.show(tick("10:00:02", 100_00, volume=100_400, **BOOK))) == []
    assert prices(hall.show(tick("10:00:03", 100_00, volume=109_000, **BOOK))) == [(100_05, 60)]


def test_thin_prints_add_up_to_whole_shares_and_never_to_more() -> None:
    hall = opened(TENTH)
    hall.place(order())
    ticks = [tick(f"10:00:{s:02d}", 100_00, volume=100_000 + 4 * s, **BOOK) for s in range(1, 31)]
    assert sum(fill.quantity for fill in hall.show(*ticks)) == 12


def test_without_depth_a_market_order_pays_a_half_spread_beyond_the_last_price() -> None:
    hall = opened(FillRules(impact=0.0, half_spread=0.0004, floor_ticks=1))
    hall.place(order())
    seen = hall.show(tick("10:00:01", 200_00, volume=200_000, mode=TickMode.QUOTE))
    assert prices(seen) == [(200_10, 100)], "0.04 % of 200.00 is 0.08, and rounds to the tick against us"
    assert seen[0].model == "last-1"
    assert seen[0].slippage == 10 * 100


def test_an_unmeasured_spread_costs_at_least_one_tick() -> None:
    hall = opened(FillRules(impact=0.0, half_spread=0.0, floor_ticks=1))
    hall.place(order(side=Side.SELL))
    assert prices(hall.show(tick("10:00:01", 100_00, volume=200_000, mode=TickMode.QUOTE))) == [(99_95, 100)]


def test_ticks_that_carry_no_volume_fill_nothing() -> None:
    hall = opened()
    hall.place(order())
    assert hall.show(tick("10:00:01", 100_00, volume=0, mode=TickMode.LTP)) == []


@pytest.mark.parametrize(
    ("share", "basis_points"), [(0.01, 20.0), (0.001, 6.3)], ids=["one percent of ADV", "a tenth of a percent"]
)
def test_impact_follows_the_square_root_law(share: float, basis_points: float) -> None:
    moved = impact(int(1_000_000 * share), 1_000_000.0, 0.02, 100_000, 1.0)
    assert moved / 100_000 * 1e4 == pytest.approx(basis_points, abs=0.05)


def test_impact_of_an_unknown_name_is_left_out_and_never_invented() -> None:
    assert impact(100, float("nan"), 0.02, 100_000, 1.0) == 0.0
    assert impact(100, 1e6, float("nan"), 100_000, 1.0) == 0.0


def test_later_slices_pay_for_what_the_earlier_ones_moved() -> None:
    hall = opened(FillRules(impact=1.0, participation=0.1), sigma=0.02, adv=10_000.0)
    hall.place(order())
    first = hall.show(tick("10:00:01", 100_00, volume=100_500, **BOOK))
    assert prices(first) == [(100_05, 50)], "the first slice pays the book"
    second = hall.show(tick("10:00:02", 100_00, volume=101_000, **BOOK))
    assert prices(second) == [(100_20, 50)], "0.02 * sqrt(50 / 10000) of 100.05 is 0.1415, against us to the tick"


@pytest.mark.parametrize(
    ("last", "limit", "tick_size", "side"),
    [(90_00, 91_80, 5, 1), (90_00, 88_20, 5, -1), (156_69, 158_25, 1, 1), (1000_03, 1005_00, 5, 1)],
)
def test_protection_is_two_one_or_half_a_percent_and_rounds_inward(
    last: int, limit: int, tick_size: int, side: int
) -> None:
    assert protection(last, tick_size, side) == limit


def test_a_market_order_never_pays_more_than_its_protection() -> None:
    hall = opened()
    hall.place(order())
    asks = [(100_05, 10), (101_00, 10), (101_05, 500)]
    seen = hall.show(tick("10:00:01", 100_00, volume=200_000, bids=[(99_95, 9)], asks=asks))
    assert prices(seen) == [(100_05, 10), (101_00, 10)]
    assert hall.orders["A"][0].price == 101_00, "the report says at what price the rest is protected"


def test_a_limit_fills_only_when_the_market_goes_through_it() -> None:
    hall = opened()
    hall.place(order(kind=OrderKind.LIMIT, price=99_90))
    at_it = tick("10:00:01", 99_90, volume=200_000, bids=[(99_85, 50)], asks=[(99_95, 50)])
    through = tick("10:00:02", 99_85, volume=300_000, bids=[(99_80, 50)], asks=[(99_95, 50)])
    assert hall.show(at_it) == []
    assert prices(hall.show(through)) == [(99_90, 100)]


def test_a_limit_that_the_ask_comes_down_to_takes_what_is_shown_there() -> None:
    hall = opened()
    hall.place(order(kind=OrderKind.LIMIT, price=99_90))
    asks = [(99_85, 30), (99_90, 30), (99_95, 500)]
    seen = hall.show(tick("10:00:01", 99_90, volume=200_000, bids=[(99_80, 50)], asks=asks))
    assert prices(seen) == [(99_85, 30), (99_90, 30)]


def test_a_stop_triggers_once_stays_triggered_and_fills_at_the_book() -> None:
    hall = opened()
    hall.place(order(kind=OrderKind.STOP, trigger=100_50))
    assert hall.status("A") == "TRIGGER PENDING"
    assert hall.show(tick("10:00:01", 100_45, volume=200_000, **BOOK)) == []
    hall.show(tick("10:00:02", 100_50, volume=300_000, bids=[(100_45, 50)]))
    assert hall.status("A") == "OPEN"
    seen = hall.show(tick("10:00:03", 100_40, volume=400_000, bids=[(100_35, 50)], asks=[(100_45, 500)]))
    assert prices(seen) == [(100_45, 100)], "it stays triggered although the price came back"


def test_a_stop_that_the_market_gaps_through_gets_the_gap() -> None:
    hall = opened()
    hall.place(order(stop=99_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    seen = hall.show(tick("10:00:02", 95_00, volume=300_000, bids=[(96_00, 500)], asks=[(96_05, 500)]))
    assert prices(seen) == [(95_00, 100)], "a bid that came back above the trade does not help"
    assert seen[0].flags == ("gap",)
    assert seen[0].role is Role.STOP


def test_an_order_meets_no_tick_before_it_is_at_the_exchange() -> None:
    hall = opened(FillRules(participation=1.0, latency_ns=2_500_000_000))
    hall.place(order())
    early = [tick(f"10:00:0{s}", 100_00, volume=100_000 * (s + 1), **BOOK) for s in (1, 2)]
    assert hall.show(*early) == []
    assert len(hall.show(tick("10:00:03", 100_00, volume=900_000, **BOOK))) == 1


def test_a_tick_older_than_the_newest_of_its_name_fills_nothing() -> None:
    hall = opened()
    hall.show(tick("10:00:05", 100_00, volume=150_000, **BOOK))
    hall.place(order())
    assert hall.show(tick("10:00:04", 90_00, volume=160_000, bids=[(89_95, 500)], asks=[(90_05, 500)])) == []


def test_at_the_upper_band_a_market_buy_does_not_fill() -> None:
    hall = opened(band=(90_00.0, 110_00.0))
    hall.show(tick("10:00:01", 110_00, volume=200_000, bids=[(110_00, 9000)]))
    hall.place(order(when="10:00:01"))
    locked = tick("10:00:02", 110_00, volume=300_000, bids=[(110_00, 9000)])
    unseen = tick("10:00:03", 110_00, volume=400_000, mode=TickMode.QUOTE)
    assert hall.show(locked, unseen) == []


def test_a_stop_at_the_lower_band_does_not_fill_and_says_so() -> None:
    hall = opened(band=(90_00.0, 110_00.0))
    hall.place(order(stop=91_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    for second in range(2, 10):
        hall.show(tick(f"10:00:0{second}", 90_00, volume=200_000 + second, asks=[(90_00, 90_000)]))
    assert hall.status("A-S") == "OPEN"
    assert hall.reason("A-S") == "waits with 100 unfilled: nobody shows the other side; last price 90.00"


def test_an_exit_alarms_after_patience_and_then_once_a_minute() -> None:
    hall = opened()
    hall.place(order(stop=90_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    hall.place(order("X", side=Side.SELL, role=Role.EXIT, parent="A", when="10:00:01"))
    before = len(hall.told)
    hall.show(*(tick(f"10:{s // 60:02d}:{s % 60:02d}", 100_00, volume=200_000) for s in range(2, 130)))
    waits = [r for r in hall.told[before:] if "waits" in getattr(r, "reason", "")]
    assert len(waits) == 3


def test_an_exit_alarms_when_its_name_falls_silent() -> None:
    hall = opened()
    hall.place(order(stop=90_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    hall.place(order("X", side=Side.SELL, role=Role.EXIT, parent="A", when="10:00:01"))
    hall.show(tick("10:00:30", 100_00, volume=9, token=AUCTION_TOKEN))
    assert hall.reason("X") == "waits with 100 unfilled: no tick of the name since 10:00:01"


def test_an_exit_that_its_protection_keeps_waiting_is_protected_anew() -> None:
    hall = opened()
    hall.place(order(stop=50_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    hall.place(order("X", side=Side.SELL, role=Role.EXIT, parent="A", when="10:00:01"))
    ticks = [
        tick(f"10:00:{s:02d}", 100_00 if s < 4 else 90_00, volume=200_000 + s * 1000, bids=[(89_95, 500)], asks=[])
        for s in range(2, 13)
    ]
    assert hall.show(*ticks[:-1]) == []
    assert hall.orders["X"][0].price == 99_00
    assert prices(hall.show(ticks[-1])) == [(89_95, 100)]


def test_ticks_outside_the_continuous_session_fill_nothing() -> None:
    hall = Hall(made_day(), FREE)
    hall.show(tick("15:14:59", 100_00, volume=1000, token=AUCTION_TOKEN, **BOOK))
    late = order(token=AUCTION_TOKEN, kind=OrderKind.LIMIT, price=101_00, when="15:14:59", product=Product.CNC)
    hall.place(late)
    auction = tick("15:15:00", 100_00, volume=900_000, token=AUCTION_TOKEN, **BOOK)
    assert hall.show(auction) == []
    assert hall.status("A") == "LAPSED"
