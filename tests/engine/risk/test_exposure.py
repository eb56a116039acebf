"""What is held, what works and what is unknown all count, and are never counted as nothing."""

from __future__ import annotations

import pytest

from cockpit.clock import NS
from cockpit.engine.risk.exposure import (
    entry_counts,
    gross_value,
    locking_orders,
    name_value,
    open_risk,
    orders_sent,
    recent_rejects,
    working_entries,
)
from cockpit.facts import FillBooked, IntentMade, OrderChanged, OrderPlaced
from cockpit.orders import Order, OrderKind, Role, Side, Status
from tests.engine.fakes import FakeBooks
from tests.engine.made_orders import (
    NOON,
    made_fill,
    made_intent,
    made_order,
    moved,
    opening_facts,
)

VALUE = 100 * 100_000


def books_of(*orders: Order) -> FakeBooks:
    books = FakeBooks(*opening_facts())
    for order in orders:
        if order.role is Role.ENTRY:
            books.apply(IntentMade(made_intent(intent_id=order.intent_id)))
        books.apply(OrderPlaced(order))
    return books


@pytest.mark.parametrize("status", [None, *Status])
def test_an_order_counts_until_the_broker_has_ended_it(status: Status | None) -> None:
    order = made_order()
    books = books_of(order)
    if status is not None:
        books.apply(OrderChanged(moved(order, status)))
    over = status in (Status.FILLED, Status.CANCELLED, Status.REJECTED, Status.LAPSED)
    assert working_entries(books) == (() if over else (order,))
    assert gross_value(books) == name_value(books, 101) == (0 if over else VALUE)


def test_a_market_order_counts_at_the_price_seen_when_it_was_decided() -> None:
    books = books_of(made_order(kind=OrderKind.MARKET, trigger=0, price=0))
    assert gross_value(books) == VALUE


def test_a_limit_order_counts_at_its_limit() -> None:
    assert gross_value(books_of(made_order(kind=OrderKind.LIMIT, trigger=0, price=90_000))) == 9_000_000


def test_a_partly_filled_entry_counts_once_what_is_held_at_cost_and_the_rest_at_its_price() -> None:
    order = made_order()
    books = books_of(order)
    books.apply(FillBooked(made_fill(order, 40, 100_100)))
    books.apply(OrderChanged(moved(order, Status.OPEN, 40)))
    assert name_value(books, 101) == gross_value(books) == 40 * 100_100 + 60 * 100_000


def test_a_report_that_runs_ahead_of_its_fills_frees_nothing() -> None:
    order = made_order()
    books = books_of(order)
    books.apply(OrderChanged(moved(order, Status.OPEN, 40)))
    assert gross_value(books) == VALUE
    books.apply(OrderChanged(moved(order, Status.FILLED, 100)))
    assert gross_value(books) == VALUE
    assert locking_orders(books) == (order,)
    books.apply(FillBooked(made_fill(order, 100, 100_000)))
    assert gross_value(books) == VALUE
    assert locking_orders(books) == ()


def test_a_short_counts_unsigned() -> None:
    order = made_order(side=Side.SELL)
    books = books_of(order)
    books.apply(FillBooked(made_fill(order, 100, 100_000)))
    books.apply(OrderChanged(moved(order, Status.FILLED, 100)))
    assert books.account.positions[101].quantity == -100
    assert name_value(books, 101) == gross_value(books) == VALUE
    assert name_value(books, 102) == 0


def test_names_add_up_and_do_not_net() -> None:
    long, short = made_order("A"), made_order("B", token=102, side=Side.SELL)
    books = books_of(long, short)
    books.apply(FillBooked(made_fill(long, 100, 100_000)))
    books.apply(OrderChanged(moved(long, Status.FILLED, 100)))
    assert gross_value(books) == 2 * VALUE


def test_a_stop_of_unknown_outcome_locks_its_name_and_a_resting_one_does_not() -> None:
    stop = made_order("ORB-1-S", role=Role.STOP, side=Side.SELL)
    books = books_of(stop)
    books.apply(OrderChanged(moved(stop, Status.TRIGGER_PENDING)))
    assert locking_orders(books) == ()
    books.apply(OrderChanged(moved(stop, Status.UNKNOWN)))
    assert locking_orders(books) == (stop,)


@pytest.mark.parametrize(("side", "trigger"), [(Side.BUY, 99_000), (Side.SELL, 101_000)])
def test_open_risk_is_what_the_resting_stop_would_lose_and_all_of_it_without_one(side: Side, trigger: int) -> None:
    order = made_order(side=side)
    books = books_of(order)
    books.apply(FillBooked(made_fill(order, 100, 100_000)))
    assert open_risk(books) == VALUE
    stop = made_order("ORB-1-S", role=Role.STOP, side=side.opposite, trigger=trigger)
    books.apply(OrderPlaced(stop))
    assert open_risk(books) == 100 * 1000
    books.apply(OrderChanged(moved(stop, Status.CANCELLED)))
    assert open_risk(books) == VALUE


def test_a_stop_beyond_the_entry_risks_nothing_and_never_less_than_nothing() -> None:
    order = made_order()
    books = books_of(order, made_order("ORB-1-S", role=Role.STOP, side=Side.SELL, trigger=101_000))
    books.apply(FillBooked(made_fill(order, 100, 100_000)))
    assert open_risk(books) == 0


def test_entries_are_counted_in_all_and_by_name_and_exits_are_not() -> None:
    books = books_of(made_order("A"), made_order("B", token=102), made_order("A-X1", role=Role.EXIT))
    assert entry_counts(books, 101) == (2, 1)
    assert entry_counts(books, 999) == (2, 0)


def test_only_rejections_inside_the_window_count() -> None:
    old, fresh, edge = made_order("A"), made_order("B"), made_order("C")
    books = books_of(old, fresh, edge)
    for order, ts in ((old, NOON - 1), (edge, NOON), (fresh, NOON + 1)):
        books.apply(OrderChanged(moved(order, Status.REJECTED, ts=ts)))
    assert recent_rejects(books, NOON) == 2


def test_orders_are_counted_from_the_journal_by_minute_and_day_and_a_target_is_none() -> None:
    books = books_of(
        made_order("A", ts=NOON - 61 * NS),
        made_order("B", ts=NOON - 60 * NS),
        made_order("C", ts=NOON - 60 * NS + 1),
        made_order("C-S1", ts=NOON, role=Role.STOP),
        made_order("C-T1", ts=NOON, role=Role.TARGET),
    )
    assert orders_sent(books, NOON) == (2, 4)
