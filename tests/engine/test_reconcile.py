"""Every difference between ledger and broker is explained or a break; what differs is named, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.broker_books import BrokerBooks, Difference, Standing, Subject
from cockpit.engine.reconcile import ANY_LOOKS, SAME_LOOKS, compared
from cockpit.facts import FillBooked, OrderChanged, OrderPlaced
from cockpit.orders import OrderMoved, Product, Side, Status
from tests.engine.fakes import FakeBooks
from tests.engine.made_books import mirrored, position, row_of, strange_trade, trade_of
from tests.engine.made_days import at
from tests.engine.made_orders import NOON, made_fill, made_order, moved, opening_facts

LATER = at("12:30")


def ledger(*, filled: int = 100, status: Status = Status.FILLED, fills: bool = True) -> FakeBooks:
    """Make a ledger with one entry of NAME1, filled and reported as told, and one of NAME2 that rests."""
    order, resting = made_order(), made_order("ORB-2", token=102, symbol="NAME2")
    facts: list[Any] = [OrderPlaced(order), OrderChanged(moved(order, status, filled))]
    if fills and filled:
        facts.append(FillBooked(made_fill(order, filled, 100_000)))
    facts += [OrderPlaced(resting), OrderChanged(moved(resting, Status.TRIGGER_PENDING))]
    return FakeBooks(*opening_facts(), *facts)


def bent(books: FakeBooks, **changes: Any) -> BrokerBooks:
    """Answer the books of a broker that agrees but for the changes."""
    return replace(mirrored(books, LATER), **changes)


def standings(found: tuple[Difference, ...]) -> dict[Subject, Standing]:
    return {d.subject: d.standing for d in found}


def looked(theirs: BrokerBooks, ours: FakeBooks, times: int) -> tuple[Difference, ...]:
    """Look several times at books that stay as they are."""
    found: tuple[Difference, ...] = ()
    for _ in range(times):
        found = compared(theirs, ours, found)
    return found


def test_books_that_say_the_same_have_no_difference() -> None:
    ours = ledger()
    assert compared(mirrored(ours, LATER), ours) == ()


@pytest.mark.parametrize("status", [Status.OPEN, Status.SENT, Status.TRIGGER_PENDING])
def test_how_far_the_paper_of_a_live_order_went_is_no_difference(status: Status) -> None:
    ours = ledger()
    rows = [replace(row, status=status) if row.symbol == "NAME2" else row for row in mirrored(ours, LATER).orders]
    assert compared(bent(ours, orders=tuple(rows)), ours) == ()


# -- in flight ---------------------------------------------------------------------------------------


def test_an_order_written_after_the_books_were_read_is_in_flight_for_as_long_as_it_takes() -> None:
    ours = ledger()
    early = replace(mirrored(ours, NOON - 1), orders=(), trades=(), positions=())
    found = compared(early, ours)
    assert {d.standing for d in found} == {Standing.IN_FLIGHT}
    assert "written after the books were read" in found[0].why


def test_an_order_of_unknown_outcome_that_the_book_does_not_show_is_never_called_dead() -> None:
    ours = ledger(filled=0, status=Status.UNKNOWN)
    theirs = bent(ours, orders=tuple(r for r in mirrored(ours, LATER).orders if r.symbol != "NAME1"))
    (found,) = looked(theirs, ours, 50)
    assert (found.standing, found.looks) == (Standing.IN_FLIGHT, 50)


def test_a_fill_that_a_later_look_books_is_explained_and_gone_when_it_is_booked() -> None:
    order = made_order()
    ours = FakeBooks(*opening_facts(), OrderPlaced(order), OrderChanged(moved(order, Status.OPEN)))
    fill = made_fill(order, 100, 100_000, ts=LATER)
    theirs = replace(
        mirrored(ours, LATER),
        orders=(row_of(order, None, 100, status=Status.FILLED),),
        trades=(trade_of(fill),),
        positions=(position(101, "NAME1", Product.MIS, 100),),
    )
    found = compared(theirs, ours)
    assert standings(found) == dict.fromkeys((Subject.ORDER, Subject.TRADE, Subject.POSITION), Standing.IN_FLIGHT)
    ours.apply(FillBooked(fill))
    ours.apply(OrderChanged(moved(order, Status.FILLED, 100)))
    assert compared(theirs, ours, found) == ()


def test_what_stays_in_flight_with_the_same_figures_breaks_after_its_looks() -> None:
    ours = ledger(fills=False)
    theirs = mirrored(ledger(), LATER)
    assert Standing.BREAK not in standings(looked(theirs, ours, SAME_LOOKS)).values()
    found = looked(theirs, ours, SAME_LOOKS + 1)
    assert {Subject.ORDER, Subject.TRADE} <= {d.subject for d in found if d.standing is Standing.BREAK}
    assert "not booked" in found[0].sentence or "0 of 100 filled" in found[0].sentence


def test_a_difference_that_moves_has_longer_but_not_for_ever() -> None:
    found: tuple[Difference, ...] = ()
    ours = ledger(filled=1, status=Status.OPEN)
    for n in range(ANY_LOOKS + 1):
        rows = tuple(replace(r, filled=10 + n) if r.symbol == "NAME1" else r for r in mirrored(ours, LATER).orders)
        before, found = found, compared(bent(ours, orders=rows), ours, found)
    assert standings(before)[Subject.ORDER] is Standing.IN_FLIGHT
    assert standings(found)[Subject.ORDER] is Standing.BREAK


def test_a_position_read_last_may_know_of_a_fill_while_an_order_of_the_name_works() -> None:
    ours = ledger()
    theirs = bent(ours, positions=(*mirrored(ours, LATER).positions, position(102, "NAME2", Product.MIS, 100)))
    assert standings(compared(theirs, ours)) == {Subject.POSITION: Standing.IN_FLIGHT}
    assert standings(looked(theirs, ours, SAME_LOOKS + 1)) == {Subject.POSITION: Standing.BREAK}


# -- breaks ------------------------------------------------------------------------------------------


def test_a_position_that_no_order_and_no_trade_explains_is_a_break_at_once_with_both_figures() -> None:
    ours = ledger()
    (found,) = compared(bent(ours, positions=(position(101, "NAME1", Product.MIS, 90),)), ours)
    assert found.standing is Standing.BREAK
    assert (found.symbol, found.ours, found.theirs) == ("NAME1", "100", "90")
    assert "ledger 100, broker 90" in found.sentence


def test_a_position_under_another_product_is_not_the_same_position() -> None:
    ours = ledger()
    found = compared(bent(ours, positions=(position(101, "NAME1", Product.CNC, 100),)), ours)
    assert [(d.key, d.standing) for d in found] == [
        ("NAME1 CNC", Standing.BREAK),
        ("NAME1 MIS", Standing.BREAK),
    ]


def test_two_orders_under_one_tag_are_a_break_at_once() -> None:
    ours = ledger()
    rows = mirrored(ours, LATER).orders
    (found,) = compared(bent(ours, orders=(*rows, replace(rows[1], broker_order_id="B-twin"))), ours)
    assert found.standing is Standing.BREAK
    assert "B-twin" in found.theirs


def test_a_second_row_of_a_tag_that_never_did_anything_is_let_be() -> None:
    ours = ledger()
    rows = mirrored(ours, LATER).orders
    refused = replace(rows[1], broker_order_id="B-first", status=Status.REJECTED, filled=0)
    assert compared(bent(ours, orders=(refused, *rows)), ours) == ()


@pytest.mark.parametrize("change", [{"price": 100_005}, {"quantity": 99}])
def test_one_trade_with_two_figures_is_a_break_at_once(change: dict[str, int]) -> None:
    ours = ledger()
    trades = tuple(replace(t, **change) for t in mirrored(ours, LATER).trades)  # type: ignore[arg-type]
    (found,) = compared(bent(ours, trades=trades), ours)
    assert (found.subject, found.standing) == (Subject.TRADE, Standing.BREAK)


def test_a_trade_that_stands_twice_in_the_book_is_a_break() -> None:
    ours = ledger()
    trades = mirrored(ours, LATER).trades
    assert Standing.BREAK in {d.standing for d in compared(bent(ours, trades=trades * 2), ours)}


def test_both_legs_of_a_trade_with_oneself_are_two_trades() -> None:
    ours = ledger()
    twin = made_order("ORB-3", side=Side.SELL)
    fill = replace(made_fill(twin, 100, 100_000), trade_id=ours.fills()[0].trade_id)
    for fact in (OrderPlaced(twin), OrderChanged(moved(twin, Status.FILLED, 100)), FillBooked(fill)):
        ours.apply(fact)
    assert compared(mirrored(ours, LATER), ours) == ()


def test_one_tag_on_an_order_of_the_other_side_is_a_break() -> None:
    ours = ledger()
    rows = tuple(replace(r, side=Side.SELL) if r.symbol == "NAME2" else r for r in mirrored(ours, LATER).orders)
    (found,) = compared(bent(ours, orders=rows), ours)
    assert (found.standing, found.ours, found.theirs) == (Standing.BREAK, "BUY NAME2 MIS", "SELL NAME2 MIS")


def test_an_order_is_known_by_the_brokers_id_even_without_its_tag() -> None:
    ours = ledger()
    resting = ours.orders()["ORB-2"][0]
    ours.apply(OrderChanged(OrderMoved("ORB-2", NOON, Status.OPEN, 0, broker_order_id="77")))
    rows = (mirrored(ours, LATER).orders[0], row_of(resting, None, 0, broker_order_id="77", tags=()))
    assert compared(bent(ours, orders=rows), ours) == ()


# -- foreign -----------------------------------------------------------------------------------------


def by_hand(ours: FakeBooks, token: int, side: Side, quantity: int, net: int) -> BrokerBooks:
    """Answer books in which somebody traded by hand, and `net` is what the name came to."""
    agreed = mirrored(ours, LATER)
    hand = replace(agreed.orders[0], broker_order_id="HAND", tags=(), token=token, symbol=f"NAME{token - 100}")
    hand = replace(hand, side=side, quantity=quantity, filled=quantity, status=Status.FILLED)
    others = tuple(p for p in agreed.positions if p.token != token)
    return replace(
        agreed,
        orders=(*agreed.orders, hand),
        trades=(*agreed.trades, strange_trade(token, side, quantity)),
        positions=(*others, position(token, f"NAME{token - 100}", Product.MIS, net)),
    )


def test_what_somebody_trades_by_hand_in_another_name_is_foreign_for_ever_and_never_a_break() -> None:
    ours = ledger()
    found = looked(by_hand(ours, 150, Side.BUY, 10, 10), ours, 50)
    assert {d.standing for d in found} == {Standing.FOREIGN}
    assert {d.token for d in found} == {150}


def test_shares_bought_by_hand_on_top_of_ours_are_foreign() -> None:
    ours = ledger()
    found = compared(by_hand(ours, 101, Side.BUY, 10, 110), ours)
    assert standings(found) == {Subject.ORDER: Standing.FOREIGN, Subject.POSITION: Standing.FOREIGN}


def test_a_hand_that_sells_what_is_held_here_is_a_break() -> None:
    ours = ledger()
    found = compared(by_hand(ours, 101, Side.SELL, 100, 0), ours)
    assert standings(found) == {Subject.ORDER: Standing.FOREIGN, Subject.POSITION: Standing.BREAK}


def test_it_is_a_break_at_once_though_an_order_of_the_name_works_for_that_order_would_now_turn_the_position() -> None:
    ours = ledger()
    stop = made_order("ORB-1-S", side=Side.SELL, parent_id="ORB-1")
    for fact in (OrderPlaced(stop), OrderChanged(moved(stop, Status.TRIGGER_PENDING))):
        ours.apply(fact)
    found = compared(by_hand(ours, 101, Side.SELL, 100, 0), ours)
    assert standings(found)[Subject.POSITION] is Standing.BREAK
    assert "somebody else's trades" in found[0].why


def test_shares_in_the_demat_that_were_there_before_are_foreign() -> None:
    ours = ledger()
    theirs = bent(ours, positions=(*mirrored(ours, LATER).positions, position(777, "OLD", Product.CNC, 5)))
    (found,) = compared(theirs, ours)
    assert (found.standing, found.symbol, found.theirs) == (Standing.FOREIGN, "OLD", "5")


# -- whatever is bent, something is said --------------------------------------------------------------


@given(
    shares=st.integers(-300, 300).filter(lambda n: n != 100),
    filled=st.integers(0, 100),
    lost=st.booleans(),
)
def test_no_bent_figure_goes_unsaid(shares: int, filled: int, lost: bool) -> None:
    ours = ledger()
    agreed = mirrored(ours, LATER)
    theirs = bent(
        ours,
        orders=(replace(agreed.orders[0], filled=filled), *agreed.orders[1:]),
        trades=() if lost else agreed.trades,
        positions=(position(101, "NAME1", Product.MIS, shares),),
    )
    told = standings(compared(theirs, ours))
    assert (Subject.ORDER in told) == (filled != 100)
    assert (Subject.TRADE in told) == lost
    assert Subject.POSITION in told
