"""The dealer: what cannot be sent is said, what must leave waits and leaves, and nothing leaves too fast."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from cockpit.clock import NS
from cockpit.engine.dealer import Dealer
from cockpit.errors import NotPermitted, NotSent, OutcomeUnknown, RateLimited, Rejection, TokenExpired
from cockpit.facts import ExitAsked, FillBooked, Halt, HaltMoved, Incident, JournalFact, OrderChanged, OrderPlaced
from cockpit.orders import ALARM, Mode, Order, OrderKind, OrderMoved, Role, Side, Status
from tests.engine.fakes import Rig
from tests.engine.made_orders import NOON, made_fill, made_order, moved, opening_facts

ENTRY = made_order(ts=NOON - 600 * NS)
STOP = replace(
    ENTRY, order_id="ORB-1-S1", parent_id="ORB-1", role=Role.STOP, side=Side.SELL, trigger=99_000, tag="S1", ts=NOON
)
HOLDING: tuple[JournalFact, ...] = (
    *opening_facts(Mode.LIVE),
    OrderPlaced(ENTRY),
    FillBooked(made_fill(ENTRY, 100, 100_000)),
    OrderChanged(moved(ENTRY, Status.FILLED, 100)),
)


class HandClock:
    """A clock that sleeping moves, as time moves by itself."""

    def __init__(self) -> None:
        self.ts = NOON
        self.slept: list[float] = []

    def now(self) -> int:
        return self.ts

    def monotonic(self) -> float:
        return self.ts / NS

    def advance(self, ts: int) -> None:
        pass

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ts += round(seconds * NS)
        await asyncio.sleep(0)


def rigged(*facts: JournalFact) -> tuple[Rig, Dealer, HandClock]:
    clock = HandClock()
    rig = Rig(facts=facts or HOLDING, wall=clock)
    return rig, rig.flow.dealer, clock


def no_from(cause: Exception) -> NotSent:
    no = NotSent(str(cause))
    no.__cause__ = cause
    return no


def states(rig: Rig, order_id: str) -> list[Status]:
    return [f.moved.status for f in rig.wrote(OrderChanged) if f.moved.order_id == order_id]


async def test_what_never_left_ends_without_counting_as_the_brokers_no() -> None:
    rig, dealer, _ = rigged()
    rig.broker.answers["ORB-2"] = no_from(TokenExpired("dead"))
    await dealer.place(made_order("ORB-2"))
    assert states(rig, "ORB-2") == [Status.CANCELLED]
    assert rig.wrote(HaltMoved) == []


async def test_an_address_that_is_not_registered_halts_entries_and_says_what_to_do() -> None:
    rig, dealer, _ = rigged()
    rig.broker.answers["*"] = no_from(NotPermitted("the IP 203.0.113.7 is not registered"))
    await dealer.place(made_order("ORB-2"))
    (halt,) = rig.wrote(HaltMoved)
    assert halt.level is Halt.ENTRIES
    assert "203.0.113.7" in halt.reason
    assert "registered static IP" in halt.reason


async def test_no_more_than_eight_orders_leave_in_any_second() -> None:
    rig, dealer, clock = rigged()
    left: list[int] = []
    rig.broker.on_place = lambda order: left.append(clock.now()) or []
    for n in range(2, 22):
        await dealer.place(made_order(f"ORB-{n}", token=200 + n, ts=clock.now()))
    assert len(left) == 20
    assert all(later - earlier > NS for earlier, later in zip(left, left[8:], strict=False))
    assert len(clock.slept) == 2


async def test_a_restart_does_not_forget_the_orders_of_this_second() -> None:
    rig, dealer, clock = rigged(*HOLDING, *(OrderPlaced(made_order(f"ORB-{n}", ts=NOON)) for n in range(2, 10)))
    await dealer.place(made_order("ORB-99", ts=NOON))
    assert len(clock.slept) == 1
    assert rig.broker.placed[0].order_id == "ORB-99"


async def test_a_halt_that_is_written_while_an_entry_is_stops_that_entry() -> None:
    rig, dealer, _ = rigged()
    real = rig.ledger.write

    async def write(*facts: JournalFact) -> int:
        seq = await real(*facts)
        if isinstance(facts[0], OrderPlaced):
            rig.books.apply(HaltMoved(NOON, Halt.ENTRIES, "me", "enough"))
        return seq

    rig.ledger.write = write  # type: ignore[method-assign]
    await dealer.place(made_order("ORB-2"))
    assert rig.broker.placed == []
    assert states(rig, "ORB-2") == [Status.CANCELLED]


@pytest.mark.parametrize("cause", [RateLimited("429"), TokenExpired("dead")])
async def test_an_exit_that_could_not_leave_is_made_anew_until_it_does(cause: Exception) -> None:
    rig, dealer, clock = rigged()
    rig.broker.answers["*"] = no_from(cause)
    assert await dealer.flatten((101,), "me", "enough") == 1
    for _ in range(100):
        clock.ts += NS
        await dealer.settle()
    tried = [o.order_id for o in rig.broker.placed]
    assert tried == ["ORB-1-X1", "ORB-1-X2", "ORB-1-X3", "ORB-1-X4", "ORB-1-X5", "ORB-1-X6"]  # ever more seldom
    assert len([i for i in rig.wrote(Incident) if i.where == "exit"]) == 1
    rig.broker.answers.clear()
    clock.ts += 60 * NS
    await dealer.settle()
    await dealer.settle()
    assert [o.order_id for o in rig.broker.placed[len(tried) :]] == ["ORB-1-X7"]


async def test_an_exit_waits_for_a_stop_that_may_be_live_and_leaves_when_it_is_gone() -> None:
    doubted = OrderChanged(replace(moved(STOP, Status.UNKNOWN), order=STOP))
    rig, dealer, clock = rigged(*HOLDING, doubted)
    assert await dealer.flatten((101,), "me", "enough") == 1
    assert rig.broker.placed == []
    assert rig.broker.cancelled == ["ORB-1-S1"]
    rig.broker.told.append(moved(STOP, Status.CANCELLED))
    clock.ts += 2 * NS
    await dealer.settle()
    (exit_,) = rig.broker.placed
    assert (exit_.role, exit_.kind, exit_.quantity, exit_.side) == (Role.EXIT, OrderKind.MARKET, 100, Side.SELL)
    assert [e.by for e in rig.wrote(ExitAsked)] == ["me"]


async def test_a_waiting_exit_is_forgotten_when_nothing_is_held_any_more() -> None:
    rig, dealer, clock = rigged(*HOLDING, OrderChanged(replace(moved(STOP, Status.UNKNOWN), order=STOP)))
    await dealer.flatten((101,), "me", "enough")
    rig.broker.told += [made_fill(STOP, 100, 99_000), moved(STOP, Status.FILLED, 100)]
    for _ in range(5):
        clock.ts += 2 * NS
        await dealer.settle()
    assert rig.broker.placed == []


async def test_beyond_a_minutes_orders_even_an_exit_waits() -> None:
    many = (OrderPlaced(made_order(f"O{n}", token=300 + n, ts=NOON)) for n in range(300))
    rig, dealer, clock = rigged(*HOLDING, *many)
    assert await dealer.flatten((101,), "me", "enough") == 1
    assert rig.broker.placed == []
    clock.ts += 61 * NS
    await dealer.settle()
    assert [o.role for o in rig.broker.placed] == [Role.EXIT]


def asked_for(order: Order) -> OrderMoved:
    return replace(moved(order, Status.INTENT), order=order)


async def test_a_stop_is_durable_before_it_is_sent() -> None:
    rig, dealer, _ = rigged()
    rig.broker.told.append(asked_for(STOP))
    await dealer.settle()
    verbs = [(verb, type(what).__name__) for verb, what in rig.diary if verb in ("wrote", "placed")]
    assert verbs == [("wrote", "OrderChanged"), ("placed", "Order")]


async def test_a_refused_stop_closes_its_position() -> None:
    rig, dealer, _ = rigged()
    rig.broker.answers["ORB-1-S1"] = Rejection("trigger beyond the price")
    rig.broker.told.append(asked_for(STOP))
    await dealer.settle()
    assert [o.role for o in rig.broker.placed] == [Role.STOP, Role.EXIT]
    assert "refused" in rig.wrote(Incident)[0].what


async def test_a_stop_of_unknown_outcome_is_not_followed_by_an_exit_that_could_turn_the_position() -> None:
    rig, dealer, _ = rigged()
    rig.broker.answers["ORB-1-S1"] = OutcomeUnknown("7 s")
    rig.broker.told.append(asked_for(STOP))
    await dealer.settle()
    await dealer.flatten((101,), "me", "enough")
    assert [o.role for o in rig.broker.placed] == [Role.STOP]


async def test_an_alarm_stops_entries_and_closes_the_position() -> None:
    rig, dealer, _ = rigged()
    rig.broker.told.append(replace(moved(ENTRY, Status.FILLED, 100), reason=f"{ALARM}100 NAME1 held for 10 s"))
    await dealer.settle()
    (halt,) = rig.wrote(HaltMoved)
    assert (halt.level, halt.by) == (Halt.ENTRIES, "PROTECTION")
    assert [o.role for o in rig.broker.placed] == [Role.EXIT]
    told: list[Any] = [i.where for i in rig.wrote(Incident)]
    assert told == ["protection"]


async def test_an_exit_that_left_while_its_way_was_cleared_is_not_sent_again() -> None:
    rig, dealer, clock = rigged(*HOLDING, OrderChanged(replace(moved(STOP, Status.UNKNOWN), order=STOP)))
    await dealer.flatten((101,), "me", "enough")
    clock.ts += 2 * NS
    rig.broker.on_cancel = lambda order_id: [moved(STOP, Status.CANCELLED)]
    await dealer.flatten((101,), "me", "now")
    assert [o.order_id for o in rig.broker.placed] == ["ORB-1-X1"]
