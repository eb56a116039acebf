"""What every broker promises, paper or live: the same laws, asked of both in the same words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cockpit.account import folded
from cockpit.clock import ist_day
from cockpit.errors import NotFound, Rejection
from cockpit.orders import Product, Role, Side, Status
from tests.contracts.brokers import ENTRY, PRICE, Bench, LiveBench, N, PaperBench, exit_of, net, resting, states
from tests.paper.floor_plan import TABLE

BROKERS = [PaperBench, LiveBench]


@pytest.fixture(params=BROKERS, ids=["paper", "live"])
def bench(request: pytest.FixtureRequest) -> Bench:
    make: Callable[[], Bench] = request.param
    return make()


async def test_an_order_is_sent_once(bench: Bench) -> None:
    await bench.place(ENTRY)
    with pytest.raises(Rejection, match="sent once"):
        await bench.place(ENTRY)
    assert await resting(bench) == [(Side.BUY, N)]


async def test_an_order_of_ours_is_known_in_the_books_by_its_id_or_its_tag(bench: Bench) -> None:
    await bench.place(ENTRY)
    (row,) = (await bench.broker.books()).orders
    assert row.broker_order_id == ENTRY.order_id or ENTRY.tag in row.tags


async def test_every_fill_is_told_once_and_an_orders_charges_are_those_of_the_whole(bench: Bench) -> None:
    await bench.place(ENTRY)
    for part in (30, 50, 20):
        await bench.trade("A", part)
    mine = [fill for fill in bench.fills if fill.role is Role.ENTRY]
    assert sum(fill.quantity for fill in mine) == N
    assert len({fill.key for fill in bench.fills}) == len(bench.fills)
    turnover = sum(fill.quantity * fill.price for fill in mine)
    whole = TABLE.order_charges(Product.MIS, Side.BUY, N, turnover, ist_day(mine[0].ts))
    assert sum(fill.charges.total for fill in mine) == whole.total
    assert states(bench.orders)["A"] is Status.FILLED


async def test_what_is_filled_is_protected_for_exactly_that_much(bench: Bench) -> None:
    await bench.place(ENTRY)
    held = 0
    for part in (30, 50, 20):
        await bench.trade("A", part)
        held += part
        exits = [quantity for side, quantity in await resting(bench) if side is Side.SELL]
        assert exits == [held]


async def test_cancelling_ends_what_is_unfilled_and_protects_the_rest(bench: Bench) -> None:
    await bench.place(ENTRY)
    await bench.trade("A", 30)
    await bench.cancel("A")
    assert states(bench.orders)["A"] is Status.CANCELLED
    assert await resting(bench) == [(Side.SELL, 30)]
    await bench.cancel("A")  # what is over is no error


async def test_an_order_that_nobody_placed_cannot_be_cancelled(bench: Bench) -> None:
    with pytest.raises(NotFound):
        await bench.cancel("B")


async def test_a_stop_ends_the_position_and_the_rest_of_its_entry(bench: Bench) -> None:
    await bench.place(ENTRY)
    await bench.trade("A", 30)
    stop = next(order_id for order_id, (order, _) in bench.orders.items() if order.role is Role.STOP)
    await bench.trade(stop, 30)
    assert net(bench.fills) == 0
    assert await resting(bench) == []


async def test_an_exit_takes_stop_and_unfilled_entry_first_and_never_turns_the_position(bench: Bench) -> None:
    await bench.place(ENTRY)
    await bench.trade("A", 30)
    await bench.place(exit_of(30))
    assert await resting(bench) == [(Side.SELL, 30)]
    await bench.trade("A-X1", N)
    assert net(bench.fills) == 0
    assert await resting(bench) == []


async def test_an_exit_of_more_than_is_held_does_not_leave(bench: Bench) -> None:
    await bench.place(ENTRY)
    await bench.trade("A", 30)
    with pytest.raises(Rejection):
        await bench.place(exit_of(31))
    assert all(fill.role is Role.ENTRY for fill in bench.fills)


async def test_after_a_restart_nothing_is_told_twice_and_nothing_is_sent_twice(bench: Bench) -> None:
    await bench.place(ENTRY)
    await bench.trade("A", 30)
    before = list(bench.fills)
    await bench.restart()
    assert bench.fills == before
    with pytest.raises(Rejection, match="sent once"):
        await bench.place(ENTRY)
    await bench.trade("A", 70)
    assert net(bench.fills) == N
    assert [quantity for side, quantity in await resting(bench) if side is Side.SELL] == [N]
    folded(10**9, bench.fills)  # the account takes every fill, in this order


async def test_the_books_tell_what_was_traded(bench: Bench) -> None:
    await bench.place(ENTRY)
    await bench.trade("A", 30)
    books = await bench.broker.books()
    assert [(t.side, t.quantity, t.price) for t in books.trades] == [(Side.BUY, 30, PRICE)]
