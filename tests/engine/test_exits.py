"""Exits close exactly what is held, once; entries carry their way out; cancels reach entries and nothing else."""

from __future__ import annotations

import pytest

from cockpit.engine.exits import entry_order, exit_order, order_tag, to_cancel
from cockpit.facts import FillBooked, OrderChanged, OrderPlaced
from cockpit.orders import Bracket, Order, OrderKind, Role, Side, Status
from tests.engine.fakes import FakeBooks
from tests.engine.made_orders import (
    NOON,
    made_fill,
    made_order,
    made_proposal,
    moved,
    opening_facts,
)


def holding(quantity: int, side: Side = Side.BUY) -> FakeBooks:
    order = made_order(side=side, quantity=quantity)
    books = FakeBooks(*opening_facts(), OrderPlaced(order), FillBooked(made_fill(order, quantity, 100_000)))
    books.apply(OrderChanged(moved(order, Status.FILLED, quantity)))
    return books


def leaving(books: FakeBooks) -> Order | None:
    return exit_order(books, 101, NOON, "account")


@pytest.mark.parametrize(
    ("kind", "price", "trigger"),
    [
        (OrderKind.MARKET, 0, 0),
        (OrderKind.LIMIT, 100_000, 0),
        (OrderKind.STOP, 0, 100_000),
        (OrderKind.STOP_LIMIT, 100_000, 100_000),
    ],
)
def test_an_entry_order_carries_the_prices_of_its_kind_and_its_bracket(
    kind: OrderKind, price: int, trigger: int
) -> None:
    order = entry_order(made_proposal(150, kind=kind), NOON, "account")
    assert (order.price, order.trigger, order.quantity, order.kind) == (price, trigger, 150, kind)
    assert (order.order_id, order.role, order.bracket) == ("ORB-1", Role.ENTRY, Bracket(99_000, 102_000))


def test_a_tag_is_sixteen_plain_characters_the_same_each_time_and_another_for_each_order_and_account() -> None:
    tags = [order_tag("a", "ORB-1"), order_tag("a", "ORB-2"), order_tag("b", "ORB-1")]
    assert order_tag("a", "ORB-1") == tags[0]
    assert len(set(tags)) == 3
    assert all(len(tag) == 16 and tag.isalnum() and tag.isascii() for tag in tags)


@pytest.mark.parametrize(("side", "way_out"), [(Side.BUY, Side.SELL), (Side.SELL, Side.BUY)])
def test_an_exit_sells_what_is_long_and_buys_back_what_is_short_at_the_market(side: Side, way_out: Side) -> None:
    order = leaving(holding(70, side))
    assert order is not None
    assert (order.side, order.quantity, order.kind, order.role) == (way_out, 70, OrderKind.MARKET, Role.EXIT)
    assert (order.parent_id, order.order_id, order.valid_until) == ("ORB-1", "ORB-1-X1", 0)


def test_nothing_held_needs_no_exit() -> None:
    assert leaving(FakeBooks(*opening_facts())) is None


@pytest.mark.parametrize("status", [None, Status.SENT, Status.OPEN, Status.TRIGGER_PENDING, Status.UNKNOWN])
def test_no_second_exit_while_one_may_be_live(status: Status | None) -> None:
    books = holding(70)
    first = leaving(books)
    assert first is not None
    books.apply(OrderPlaced(first))
    if status is not None:
        books.apply(OrderChanged(moved(first, status)))
    assert leaving(books) is None


def test_an_exit_that_is_reported_filled_before_its_fills_are_booked_is_not_sent_again() -> None:
    books = holding(70)
    first = leaving(books)
    assert first is not None
    books.apply(OrderPlaced(first))
    books.apply(OrderChanged(moved(first, Status.FILLED, 70)))
    assert leaving(books) is None
    books.apply(FillBooked(made_fill(first, 70, 100_500)))
    assert books.account.positions == {}


@pytest.mark.parametrize("status", [Status.REJECTED, Status.CANCELLED, Status.LAPSED])
def test_an_exit_that_failed_is_followed_by_one_with_a_new_name_for_what_is_left(status: Status) -> None:
    books = holding(70)
    first = leaving(books)
    assert first is not None
    books.apply(OrderPlaced(first))
    books.apply(FillBooked(made_fill(first, 30, 100_500)))
    books.apply(OrderChanged(moved(first, status, 30)))
    second = leaving(books)
    assert second is not None
    assert (second.order_id, second.quantity) == ("ORB-1-X2", 40)
    assert second.tag != first.tag


def test_a_cancel_reaches_every_entry_that_may_be_live_and_no_way_out() -> None:
    books = FakeBooks(*opening_facts())
    for n, status in enumerate([None, *Status]):
        order = made_order(f"E{n}")
        books.apply(OrderPlaced(order))
        if status is not None:
            books.apply(OrderChanged(moved(order, status)))
    for role in (Role.STOP, Role.TARGET, Role.EXIT):
        books.apply(OrderPlaced(made_order(f"W-{role}", role=role)))
    reached = {books.orders()[order_id][1] for order_id in to_cancel(books)}
    assert {m.status if m else None for m in reached} == {None, *(s for s in Status if not s.is_terminal)}
    assert all(order_id.startswith("E") for order_id in to_cancel(books))
