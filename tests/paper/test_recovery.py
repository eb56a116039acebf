"""After a crash the broker is what the journal says it was, at whatever point the crash came."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.account import Account, Position
from cockpit.errors import LedgerCorrupt
from cockpit.orders import Order, OrderMoved, Product, Role, Side
from cockpit.paper.recovery import carried_in
from cockpit.paper.terms import FillRules
from tests.paper.floor_plan import BOOK, FREE, PLAIN_TOKEN, Hall, made_day, order, tick
from tests.paper.scripts import SCRIPTS, Performance, obey

HALF = FillRules(participation=0.5)


def reborn(hall: Hall) -> Hall:
    """Kill the broker and build another from what its reports left in the books."""
    after = Hall(hall.day, HALF)
    after.clock.advance(hall.clock.now())
    after.broker.restore(hall.orders, hall.fills)
    after.orders, after.told = dict(hall.orders), list(hall.told)
    return after


def books(hall: Hall) -> dict[str, tuple[Order, OrderMoved | None]]:
    return dict(hall.orders)


@given(script=SCRIPTS)
def test_a_restart_finds_every_order_and_child_as_it_was(script: list[Any]) -> None:
    hall = Hall(made_day(), HALF)
    Performance(hall).play(script)
    after = reborn(hall)
    after.collect()
    assert books(after) == books(hall), "nothing has to be put right when every order was reported"
    again = reborn(after)
    again.collect()
    assert again.told == after.told


@given(script=SCRIPTS, cut=st.integers(1, 50))
def test_a_restart_anywhere_keeps_every_law_and_counts_no_trade_twice(script: list[Any], cut: int) -> None:
    hall = Hall(made_day(), HALF)
    show = Performance(hall)
    show.play(script[:cut])
    show.hall = reborn(hall)
    show.play(script[cut:], lambda: obey(show.hall, show))
    keys = [fill.trade_id for fill in show.hall.fills]
    assert len(keys) == len(set(keys))


def test_a_restart_changes_no_later_fill_once_the_name_was_seen_again() -> None:
    def day(*, crash: bool) -> list[Any]:
        hall = Hall(made_day(), HALF)
        hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
        hall.place(order(stop=99_00, target=102_00))
        hall.show(tick("10:00:01", 100_00, volume=100_060, **BOOK))
        hall.show(tick("10:00:02", 100_00, volume=100_060, **BOOK))
        hall = reborn(hall) if crash else hall
        hall.show(tick("10:00:03", 100_00, volume=100_060, **BOOK))
        hall.show(tick("10:00:04", 100_00, volume=100_100, **BOOK))
        hall.show(tick("10:00:05", 98_50, volume=100_120, bids=[(98_45, 500)], asks=[(98_55, 500)]))
        hall.show(tick("10:00:06", 98_40, volume=200_000, bids=[(98_35, 500)], asks=[(98_45, 500)]))
        return hall.told

    assert day(crash=True) == day(crash=False)


def test_a_triggered_stop_stays_triggered_and_keeps_its_protection() -> None:
    hall = Hall(made_day(), HALF)
    hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    hall.place(order(stop=99_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK), tick("10:00:02", 98_90, volume=200_000))
    assert hall.status("A-S") == "OPEN"
    assert hall.orders["A-S"][0].price == 96_95
    after = reborn(hall)
    after.show(tick("10:00:03", 99_50, volume=200_000, **BOOK))
    seen = after.show(tick("10:00:04", 99_50, volume=400_000, bids=[(96_90, 10), (96_85, 500)]))
    assert seen == [], "below its protection it still does not sell"
    seen = after.show(tick("10:00:05", 99_50, volume=600_000, bids=[(97_00, 500)]))
    assert [(f.order_id, f.price) for f in seen] == [("A-S", 97_00)]


def test_a_part_filled_order_goes_on_to_the_paisa() -> None:
    def charges(*, crash: bool) -> list[Any]:
        hall = Hall(made_day(), FREE)
        hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
        hall.place(order(quantity=97))
        hall.show(tick("10:00:01", 100_00, volume=100_031, **BOOK))
        hall = reborn(hall) if crash else hall
        hall.show(tick("10:00:02", 100_00, volume=100_031, **BOOK), tick("10:00:03", 100_00, volume=200_000, **BOOK))
        return [fill.charges for fill in hall.fills]

    assert charges(crash=True) == charges(crash=False)


def test_an_order_that_was_written_and_never_sent_is_cancelled_and_said_so() -> None:
    hall = Hall(made_day(), HALF)
    hall.clock.advance(order().ts)
    hall.orders["A"] = (order(), None)
    after = reborn(hall)
    after.collect()
    assert after.status("A") == "CANCELLED"
    assert "never reached the exchange" in after.reason("A")


def test_a_forced_exit_costs_its_fee_once_across_a_restart() -> None:
    hall = Hall(made_day(), HALF)
    hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    hall.place(order(stop=99_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK), tick("15:10", 100_00, volume=200_000, **BOOK))
    hall = reborn(hall)
    hall.show(tick("15:10:01", 100_00, volume=200_000, **BOOK), tick("15:10:02", 100_00, volume=200_060, **BOOK))
    hall = reborn(hall)
    hall.show(tick("15:10:03", 100_00, volume=200_060, **BOOK), tick("15:10:04", 100_00, volume=400_000, **BOOK))
    assert [f.charges.penalty for f in hall.fills] == [0, 59_00, 0]
    assert sum(f.signed_quantity for f in hall.fills) == 0


def test_books_that_contradict_each_other_stop_the_start() -> None:
    hall = Hall(made_day(), FREE)
    hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    hall.place(order())
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    with pytest.raises(LedgerCorrupt, match="says 100 filled, its fills 0"):
        Hall(hall.day).broker.restore(hall.orders, [])
    with pytest.raises(LedgerCorrupt, match="which the journal does not hold"):
        Hall(hall.day).broker.restore({}, hall.fills)


def test_what_was_carried_in_from_another_day_can_be_closed_and_pays_the_depository() -> None:
    first = Hall(made_day(), FREE)
    first.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    first.place(order(product=Product.CNC))
    first.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    account = Account.opened(10_00_000_00)
    for fill in first.fills:
        account = account.book(fill)
    second = Hall(made_day(), FREE, carried=carried_in(account.positions, ()))
    second.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    leaving = order("X", side=Side.SELL, role=Role.EXIT, parent="A", product=Product.CNC)
    second.place(replace(leaving, quantity=100))
    second.show(tick("10:00:01", 100_00, volume=100_050, **BOOK), tick("10:00:02", 100_00, volume=300_000, **BOOK))
    assert [f.quantity for f in second.fills] == [50, 50]
    assert [f.charges.dp > 0 for f in second.fills] == [True, False]
    for fill in second.fills:
        account = account.book(fill)
        before = carried_in(account.positions, second.fills[: second.fills.index(fill) + 1])
        assert [(p.token, p.quantity, p.product) for p in before] == [(PLAIN_TOKEN, 100, Product.CNC)]
    third = Hall(made_day(), FREE, carried=carried_in(account.positions, second.fills))
    third.broker.restore(second.orders, second.fills)
    assert third.broker.reports() == []


def test_a_position_in_a_name_nobody_watches_today_waits_for_its_day() -> None:
    other = Position(999, "GONE", Product.MIS, -5, -500_00, "OLD", "TEST", 0)
    hall = Hall(made_day(), FREE, carried=[other])
    hall.show(tick("15:10", 100_00, volume=100_000, **BOOK))
    assert hall.told == []
