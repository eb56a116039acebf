"""Fills on closed bars, where no ticks exist: next bar, stop first, strictly through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cockpit.orders import Fill, OrderKind, Side
from cockpit.paper.terms import FillRules
from tests.paper.floor_plan import FREE, Hall, bar, made_day, order

QUIET = bar("09:59", 100_00, 100_00, 100_00, 100_00)


def opened(rules: FillRules = FREE, **day: Any) -> Hall:
    """Open a hall that has seen one quiet bar at 100.00 and stands at ten o'clock."""
    hall = Hall(made_day(**day), rules)
    hall.show_bars(QUIET)
    return hall


def prices(fills: list[Fill]) -> list[tuple[int, int]]:
    return [(fill.price, fill.quantity) for fill in fills]


def test_a_decision_on_a_bar_fills_at_the_next_open_and_not_before() -> None:
    hall = opened()
    hall.place(order())
    hall.broker.see_bars(QUIET)
    assert hall.broker.reports() == []
    seen = hall.show_bars(bar("10:00", 100_20, 100_50, 100_00, 100_40))
    assert prices(seen) == [(100_20, 100)]
    assert seen[0].model == "bar-1"


def test_crossing_costs_half_spread_and_impact_rounded_against_us() -> None:
    rules = FillRules(impact=1.0, half_spread=0.0005, floor_ticks=1, participation=1.0)
    hall = opened(rules, sigma=0.02, adv=10_000.0)
    hall.place(order())
    seen = hall.show_bars(bar("10:00", 1000_00, 1001_00, 999_00, 1000_00))
    assert prices(seen) == [(1002_50, 100)], "5 bp of spread and 20 bp for 1 % of ADV"
    assert seen[0].slippage == 2_50 * 100


@pytest.mark.parametrize(("volume", "filled"), [(1000, 100), (600, 60), (9, 0), (0, 0)])
def test_at_most_a_tenth_of_a_bar_is_taken(volume: int, filled: int) -> None:
    hall = opened(FillRules(impact=0.0, half_spread=0.0, floor_ticks=0))
    hall.clock.advance(0)
    hall.place(order(quantity=100))
    seen = hall.show_bars(bar("10:00", 100_00, 100_00, 100_00, 100_00, volume))
    assert sum(fill.quantity for fill in seen) == filled


@pytest.mark.parametrize(
    ("side", "prices_of_bar", "price", "flags"),
    [
        (Side.SELL, (90_00, 95_00, 89_00, 92_00), 90_00, ("gap",)),
        (Side.SELL, (102_00, 103_00, 98_00, 99_00), 100_00, ()),
        (Side.BUY, (112_00, 113_00, 111_00, 112_00), 112_00, ("gap",)),
        (Side.BUY, (99_00, 110_00, 98_00, 99_00), 110_00, ()),
    ],
    ids=["gap down", "through on the way down", "gap up", "just reached"],
)
def test_a_stop_fills_at_the_open_it_gapped_to_else_at_its_trigger(
    side: Side, prices_of_bar: tuple[int, int, int, int], price: int, flags: tuple[str, ...]
) -> None:
    hall = opened()
    hall.show_bars(bar("10:00", 105_00, 105_00, 105_00, 105_00))
    trigger = 100_00 if side is Side.SELL else 110_00
    hall.place(order(side=side, kind=OrderKind.STOP, trigger=trigger, when="10:01"))
    seen = hall.show_bars(bar("10:01", *prices_of_bar))
    assert prices(seen) == [(price, 100)]
    assert seen[0].flags == flags


def test_a_stop_limit_beyond_its_limit_stays_unfilled() -> None:
    hall = opened()
    hall.place(order(kind=OrderKind.STOP_LIMIT, trigger=101_00, price=101_50))
    assert hall.show_bars(bar("10:00", 102_00, 103_00, 101_80, 102_00)) == []
    assert hall.status("A") == "OPEN"
    assert prices(hall.show_bars(bar("10:01", 102_00, 102_00, 101_00, 101_00))) == [(101_50, 100)]


@pytest.mark.parametrize(("low", "o", "price"), [(99_00, 100_00, None), (98_95, 100_00, 99_00), (98_00, 98_50, 98_50)])
def test_a_limit_fills_strictly_through_at_the_better_of_limit_and_open(low: int, o: int, price: int | None) -> None:
    hall = opened()
    hall.place(order(kind=OrderKind.LIMIT, price=99_00))
    seen = hall.show_bars(bar("10:00", o, 100_00, low, o))
    assert prices(seen) == ([] if price is None else [(price, 100)])


def held(**more: Any) -> Hall:
    """Open a hall that holds 100 bought at 100.00 with stop 99.00 and target 102.00, at 10:01."""
    hall = opened(**more)
    hall.place(order(stop=99_00, target=102_00))
    hall.show_bars(bar("10:00", 100_00, 100_10, 99_90, 100_00))
    return hall


def test_a_bar_that_reached_stop_and_target_hits_the_stop_and_says_it_is_ambiguous() -> None:
    hall = held()
    seen = hall.show_bars(bar("10:01", 100_00, 103_00, 98_00, 102_50))
    assert [(f.order_id, f.price, f.flags) for f in seen] == [("A-S", 99_00, ("ambiguous",))]
    assert hall.status("A-T") == "CANCELLED"


def test_a_bar_that_reached_only_the_target_takes_it() -> None:
    hall = held()
    seen = hall.show_bars(bar("10:01", 100_00, 103_00, 99_50, 102_50))
    assert [(f.order_id, f.price, f.flags) for f in seen] == [("A-T", 102_00, ())]


def test_a_stop_may_be_hit_in_the_bar_of_its_entry_but_a_target_may_not() -> None:
    hall = opened()
    hall.place(order(kind=OrderKind.STOP, trigger=101_00, stop=99_00, target=102_00))
    seen = hall.show_bars(bar("10:00", 100_00, 103_00, 98_00, 102_50))
    assert [(f.order_id, f.flags) for f in seen] == [("A", ()), ("A-S", ("ambiguous",))]
    other = opened()
    other.place(order(kind=OrderKind.STOP, trigger=101_00, stop=99_00, target=102_00))
    seen = other.show_bars(bar("10:00", 100_00, 103_00, 99_50, 102_50))
    assert [f.order_id for f in seen] == ["A"]


@pytest.mark.parametrize(("side", "band"), [(Side.BUY, 110_00), (Side.SELL, 90_00)])
def test_a_bar_locked_at_the_band_fills_nobody_who_needs_the_other_side(side: Side, band: int) -> None:
    hall = opened(band=(90_00.0, 110_00.0))
    hall.place(order(side=side))
    assert hall.show_bars(bar("10:00", band, band, band, band)) == []


def test_a_bar_that_ends_after_the_order_does_not_fill_it() -> None:
    hall = opened()
    hall.place(order(valid_until="10:00:30"))
    assert hall.show_bars(bar("10:00", 100_00, 101_00, 99_00, 100_00)) == []
    assert hall.status("A") == "LAPSED"


def test_without_slippage_a_day_matches_the_hand_ledger() -> None:
    hall = held()
    hall.show_bars(bar("10:01", 100_50, 102_50, 100_00, 102_00))
    hall.place(order("B", side=Side.SELL, quantity=50, stop=103_00, when="10:02"))
    hall.show_bars(bar("10:02", 102_00, 102_20, 101_00, 101_00), bar("10:03", 103_50, 104_00, 103_00, 103_50))
    ledger = [("A", 1, 100, 100_00), ("A-T", -1, 100, 102_00), ("B", -1, 50, 102_00), ("B-S", 1, 50, 103_50)]
    assert [(f.order_id, int(f.side), f.quantity, f.price) for f in hall.fills] == ledger
    gross = sum(-int(f.side) * f.quantity * f.price for f in hall.fills)
    assert gross == 200_00 - 75_00


def test_unknown_statistics_leave_impact_out() -> None:
    hall = opened(FillRules(impact=1.0, half_spread=0.0, floor_ticks=0), sigma=float("nan"), adv=np.nan)
    hall.place(order())
    assert prices(hall.show_bars(bar("10:00", 100_00, 100_00, 100_00, 100_00))) == [(100_00, 100)]
