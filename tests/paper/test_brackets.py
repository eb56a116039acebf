"""The laws of brackets: children follow what is held, one fill reduces the other, nothing ever flips."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from cockpit.account import folded
from cockpit.errors import NotFound, Rejection
from cockpit.orders import OrderKind, Role, Side
from cockpit.paper.terms import FillRules
from tests.paper.floor_plan import BOOK, FREE, INDEX_TOKEN, TABLE, Hall, order, tick
from tests.paper.scripts import SCRIPTS, Performance, obey

HALF = FillRules(participation=0.5)


def opened() -> Hall:
    hall = Hall(rules=FREE)
    hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    return hall


def held(**terms: Any) -> Hall:
    """Open a hall that holds 100 with stop 99.00 and target 102.00 at 10:00:01."""
    hall = opened()
    hall.place(order(**{"stop": 99_00, "target": 102_00, **terms}))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    return hall


def sizes(hall: Hall) -> dict[str, tuple[int, str]]:
    return {order_id: (o.quantity, hall.status(order_id)) for order_id, (o, _) in hall.orders.items()}


def test_children_live_from_the_first_part_of_the_entry_and_grow_with_it() -> None:
    hall = opened()
    hall.place(order(stop=99_00, target=102_00))
    hall.show(tick("10:00:01", 100_00, volume=100_030, **BOOK))
    assert sizes(hall)["A-S"] == (30, "TRIGGER PENDING")
    assert sizes(hall)["A-T"] == (30, "OPEN")
    hall.show(tick("10:00:02", 100_00, volume=200_000, **BOOK))
    assert sizes(hall) == {"A": (100, "COMPLETE"), "A-S": (100, "TRIGGER PENDING"), "A-T": (100, "OPEN")}


def test_children_carry_the_ids_and_tags_of_their_entry() -> None:
    hall = held()
    for order_id, role in (("A-S", Role.STOP), ("A-T", Role.TARGET)):
        child = hall.orders[order_id][0]
        assert (child.parent_id, child.intent_id, child.role, child.rule) == ("A", "A", role, "TEST")
        assert child.tag.isalnum()
        assert len(child.tag) <= 20
        assert child.side is Side.SELL


def test_a_part_of_one_child_takes_the_same_part_from_the_other() -> None:
    hall = held()
    hall.show(tick("10:00:02", 102_05, volume=200_040, bids=[(102_00, 40)], asks=[(102_10, 500)]))
    assert sizes(hall)["A-S"] == (60, "TRIGGER PENDING")
    hall.show(tick("10:00:03", 98_90, volume=300_000, bids=[(98_85, 500)], asks=[(98_95, 500)]))
    assert sizes(hall) == {"A": (100, "COMPLETE"), "A-S": (60, "COMPLETE"), "A-T": (100, "CANCELLED")}
    assert sum(f.signed_quantity for f in hall.fills) == 0


def test_a_child_that_fills_ends_the_rest_of_its_entry() -> None:
    hall = opened()
    hall.place(order(stop=99_00))
    hall.show(tick("10:00:01", 100_00, volume=100_030, **BOOK))
    hall.show(tick("10:00:02", 98_90, volume=200_000, bids=[(98_85, 500)], asks=[(120_00, 9)]))
    assert hall.status("A") == "CANCELLED"
    assert hall.reason("A") == "its stop was filled"


def test_cancelling_an_entry_leaves_the_children_of_its_filled_part() -> None:
    hall = opened()
    hall.place(order(stop=99_00, target=102_00))
    hall.show(tick("10:00:01", 100_00, volume=100_030, **BOOK))
    hall.cancel("A")
    assert sizes(hall) == {"A": (100, "CANCELLED"), "A-S": (30, "TRIGGER PENDING"), "A-T": (30, "OPEN")}
    hall.cancel("A")
    assert hall.status("A") == "CANCELLED", "cancelling what is over is not an error"


def test_a_child_cannot_be_cancelled_because_it_protects() -> None:
    hall = held()
    with pytest.raises(Rejection, match="protects a position"):
        hall.cancel("A-S")
    with pytest.raises(NotFound, match="not in today's book"):
        hall.cancel("nobody")


def test_an_exit_takes_the_children_first_and_closes_what_is_held() -> None:
    hall = held()
    told = len(hall.told)
    hall.place(order("X", side=Side.SELL, role=Role.EXIT, parent="A", when="10:00:01"))
    assert [(r.order_id, r.status.value) for r in hall.told[told:]] == [  # type: ignore[union-attr]
        ("A-S", "CANCELLED"),
        ("A-T", "CANCELLED"),
        ("X", "OPEN"),
    ]
    seen = hall.show(tick("10:00:02", 98_00, volume=300_000, **BOOK))
    assert [(f.order_id, f.quantity) for f in seen] == [("X", 100)]


def test_an_exit_of_a_part_leaves_the_rest_protected() -> None:
    hall = held()
    hall.place(order("X", side=Side.SELL, quantity=40, role=Role.EXIT, parent="A", when="10:00:01"))
    assert sizes(hall)["A-S"] == (60, "TRIGGER PENDING")
    hall.show(tick("10:00:02", 98_00, volume=300_000, **BOOK))
    assert {f.order_id: f.quantity for f in hall.fills} == {"A": 100, "X": 40, "A-S": 60}


def test_cancelling_an_exit_protects_the_position_again() -> None:
    hall = held()
    hall.place(order("X", side=Side.SELL, role=Role.EXIT, parent="A", when="10:00:01"))
    hall.cancel("X")
    assert sizes(hall)["A-S2"] == (100, "TRIGGER PENDING")
    assert sizes(hall)["A-T2"] == (100, "OPEN")


def test_an_exit_takes_the_entries_that_still_work_in_the_name() -> None:
    hall = opened()
    hall.place(order(stop=99_00))
    hall.show(tick("10:00:01", 100_00, volume=100_030, **BOOK))
    hall.place(order("X", side=Side.SELL, quantity=30, role=Role.EXIT, parent="A", when="10:00:01"))
    assert hall.status("A") == "CANCELLED"


@pytest.mark.parametrize("quantity", [101, 200])
def test_an_exit_that_would_flip_the_position_is_refused(quantity: int) -> None:
    hall = held()
    with pytest.raises(Rejection, match="would flip the position"):
        hall.place(order("X", side=Side.SELL, quantity=quantity, role=Role.EXIT, parent="A", when="10:00:01"))
    assert sizes(hall)["A-S"] == (100, "TRIGGER PENDING"), "a refused exit has not touched the children"


def test_a_moved_stop_protects_at_its_new_price() -> None:
    hall = held()
    hall.modify("A-S", trigger=99_50)
    seen = hall.show(tick("10:00:03", 99_45, volume=300_000, bids=[(99_40, 500)], asks=[(99_50, 500)]))
    assert [(f.order_id, f.price) for f in seen] == [("A-S", 99_40)]


def test_the_quantity_of_a_child_cannot_be_set() -> None:
    hall = held()
    with pytest.raises(Rejection, match="follows what is held"):
        hall.modify("A-S", quantity=50)


def test_an_entry_that_is_not_filled_in_time_lapses_and_its_filled_part_stays_protected() -> None:
    hall = opened()
    hall.place(order(stop=99_00, valid_until="10:00:05"))
    hall.show(tick("10:00:01", 100_00, volume=100_030, **BOOK), tick("10:00:05", 100_00, volume=200_000, **BOOK))
    assert sizes(hall) == {"A": (100, "LAPSED"), "A-S": (30, "TRIGGER PENDING")}


def test_a_time_that_runs_out_is_noticed_without_a_tick_of_the_name() -> None:
    hall = opened()
    hall.place(order(kind=OrderKind.LIMIT, price=99_00, valid_until="10:00:05"))
    hall.show(tick("10:00:06", 25_000_00, volume=0, token=INDEX_TOKEN))
    assert hall.status("A") == "LAPSED"


def test_what_nobody_squared_off_the_broker_closes_for_a_fee() -> None:
    hall = held()
    hall.show(tick("15:10", 100_00, volume=300_000, **BOOK))
    assert sizes(hall)["A-S"] == (100, "CANCELLED")
    seen = hall.show(tick("15:10:01", 100_00, volume=400_000, **BOOK))
    assert [(f.order_id, f.role) for f in seen] == [("A-Q1", Role.EXIT)]
    fee = TABLE.row(hall.day.session.day).square_off_fee().rounded().penalty
    assert fee == 59_00
    assert seen[0].charges.penalty == fee


def test_an_exit_of_our_own_at_the_hard_time_costs_no_fee() -> None:
    hall = held()
    hall.show(tick("15:09:58", 100_00, volume=300_000, **BOOK))
    hall.place(order("X", side=Side.SELL, role=Role.EXIT, parent="A", when="15:09:58"))
    hall.show(tick("15:10", 100_00, volume=300_000, **BOOK), tick("15:10:01", 100_00, volume=400_000, **BOOK))
    assert [f.order_id for f in hall.fills] == ["A", "X"]
    assert all(f.charges.penalty == 0 for f in hall.fills)


def test_a_short_that_cannot_be_bought_back_goes_to_auction_and_says_so() -> None:
    hall = held(side=Side.SELL, stop=101_00, target=None)
    for minute in (10, 20, 29):
        hall.show(tick(f"15:{minute}", 110_00, volume=300_000 + minute, bids=[(110_00, 9000)]))
    hall.show(tick("15:30", 110_00, volume=400_000, bids=[(110_00, 9000)]))
    assert hall.status("A-Q1") == "LAPSED"
    assert "auction" in hall.reason("A-Q1")


def test_a_market_wide_halt_cancels_everything_and_protects_again_when_it_ends() -> None:
    hall = held()
    hall.place(order("B", kind=OrderKind.LIMIT, price=99_50, when="10:00:01"))
    hall.show(tick("10:00:02", 22_500_00, volume=0, token=INDEX_TOKEN, close=25_000_00))
    assert {hall.status(o) for o in ("A-S", "A-T", "B")} == {"CANCELLED"}
    assert "halted until 10:45:02" in hall.reason("B")
    with pytest.raises(Rejection, match="halted until 10:45:02"):
        hall.place(order("C", when="10:00:02"))
    assert hall.show(tick("10:30", 50_00, volume=300_000, bids=[(49_95, 500)])) == []
    hall.show(tick("10:45:02", 100_00, volume=300_000, **BOOK))
    assert sizes(hall)["A-S2"] == (100, "TRIGGER PENDING")


@pytest.mark.parametrize("bars", [False, True], ids=["ticks", "bars"])
@given(script=SCRIPTS)
def test_no_random_day_breaks_a_law_of_brackets(bars: bool, script: list[Any]) -> None:
    hall = Hall(rules=HALF)
    show = Performance(hall, bars=bars)
    show.play(script, lambda: obey(hall, show))
    account = folded(10_00_000_00, hall.fills)
    paid = sum(f.signed_quantity * f.price + f.charges.total for f in hall.fills)
    assert account.cash_paise == 10_00_000_00 - paid
    assert [show.net(t) for t in show.last] == [p.quantity if (p := account.positions.get(t)) else 0 for t in show.last]
