"""The paper broker's books say what its fills add up to, and a ledger that heard every report agrees with them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from cockpit.account import Account, Position, folded
from cockpit.broker_books import BrokerBooks, Standing, Subject
from cockpit.engine.reconcile import compared
from cockpit.orders import Fill, Product, Side
from cockpit.paper.terms import FillRules
from tests.paper.floor_plan import BOOK, FREE, PLAIN_TOKEN, Hall, at_once, order, tick
from tests.paper.scripts import SCRIPTS, Performance

CASH = 10_00_000_00


class Heard:
    """The ledger of a hall: what its reports add up to, a fill or report left out on demand."""

    def __init__(self, hall: Hall, fills: list[Fill] | None = None, start: Account | None = None) -> None:
        self._hall = hall
        self._fills = hall.fills if fills is None else fills
        account = start or Account.opened(CASH)
        for fill in self._fills:
            account = account.book(fill)
        self.account = account

    def orders(self) -> Any:
        return self._hall.orders

    def fills(self) -> list[Fill]:
        return self._fills


def books_of(hall: Hall) -> BrokerBooks:
    """Read the hall's books; the paper broker never waits."""
    kept: list[BrokerBooks] = []

    async def read() -> None:
        kept.append(await hall.broker.books())

    at_once(read())
    return kept[0]


def held() -> Hall:
    hall = Hall(rules=FREE)
    hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    hall.place(order(stop=99_00, target=102_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    return hall


@pytest.mark.parametrize("bars", [False, True])
@settings(max_examples=40)
@given(script=SCRIPTS)
def test_after_every_step_of_a_random_day_the_books_and_the_ledger_are_equal(bars: bool, script: list[Any]) -> None:
    hall = Hall(rules=FillRules(participation=0.5))

    def compare() -> None:
        assert compared(books_of(hall), Heard(hall), cash_gap=-CASH) == ()  # type: ignore[arg-type]

    Performance(hall, bars=bars).play(script, compare)


def test_the_rows_say_what_was_bought_and_what_works() -> None:
    books = books_of(held())
    assert [(row.broker_order_id, row.filled, row.pending, row.cancelled) for row in books.orders] == [
        ("A", 100, 0, 0),
        ("A-S", 0, 100, 0),
        ("A-T", 0, 100, 0),
    ]
    assert books.orders[0].average_price == sum(t.price * t.quantity for t in books.trades) / Decimal(10_000)
    (position,) = books.positions
    assert (position.quantity, position.overnight_quantity, position.product) == (100, 0, "MIS")
    assert position.pnl_gap_paise == 0
    assert books.holdings == ()


def test_shares_carried_in_lie_in_the_demat_and_what_was_paid_for_them_is_not_invented() -> None:
    carried = Position(PLAIN_TOKEN, "PLAIN", Product.CNC, 40, 40 * 90_00, "OLD", "ORB", 0)
    hall = Hall(rules=FREE, carried=(carried,))
    books = books_of(hall)
    assert [(h.quantity, h.average_price.is_nan()) for h in books.holdings] == [(40, True)]
    account = Account(CASH, CASH, {PLAIN_TOKEN: carried})
    assert compared(books, Heard(hall, start=account)) == ()  # type: ignore[arg-type]


def test_a_fill_that_was_never_heard_of_is_named_with_both_figures() -> None:
    hall = held()
    found = compared(books_of(hall), Heard(hall, fills=[]))  # type: ignore[arg-type]
    subjects = {d.subject for d in found}
    assert subjects == {Subject.ORDER, Subject.TRADE, Subject.POSITION}
    assert all(d.standing is Standing.IN_FLIGHT for d in found)
    for _ in range(3):
        found = compared(books_of(hall), Heard(hall, fills=[]), found)  # type: ignore[arg-type]
    assert Standing.BREAK in {d.standing for d in found if d.subject is Subject.TRADE}


def test_money_that_moved_otherwise_than_the_trades_is_a_break() -> None:
    hall = held()
    honest = Heard(hall)
    honest.account = folded(CASH - 1, hall.fills)
    (found,) = compared(books_of(hall), honest, cash_gap=-CASH)  # type: ignore[arg-type]
    assert (found.subject, found.standing) == (Subject.CASH, Standing.BREAK)


def test_a_short_position_is_told_with_its_sign() -> None:
    hall = Hall(rules=FREE)
    hall.show(tick("10:00", 100_00, volume=100_000, **BOOK))
    hall.place(order(side=Side.SELL, stop=101_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    assert [p.quantity for p in books_of(hall).positions] == [-100]
