"""What a person commands is durable before it works, rises only, and is refused in words when it cannot be meant."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from cockpit.engine.desk import TradingDesk
from cockpit.engine.reports import DayReports
from cockpit.errors import BadInput, LedgerDown, Rejection
from cockpit.facts import (
    ExitAsked,
    FillBooked,
    Halt,
    HaltMoved,
    IntentRefused,
    JournalFact,
    OrderChanged,
    OrderPlaced,
    StrategyMoved,
)
from cockpit.market import Interval
from cockpit.orders import Mode, OrderMoved, Role, Status
from tests.engine.fakes import FakeStrategy, Rig
from tests.engine.made_days import at
from tests.engine.made_orders import (
    made_fill,
    made_intent,
    made_minutes,
    made_order,
    moved,
    opening_facts,
)


def rigged(**rig: Any) -> tuple[Rig, TradingDesk]:
    """Make a desk over 100 shares of NAME1, held, and an entry of NAME2, resting."""
    held, resting = made_order(), made_order("ORB-2", token=102, symbol="NAME2")
    facts = (*opening_facts(), OrderPlaced(held), FillBooked(made_fill(held, 100, 100_000)))
    facts += (OrderChanged(moved(held, Status.FILLED, 100)), OrderPlaced(resting))
    made = Rig(facts=facts, strategies=[FakeStrategy()], start=at("12:30"), **rig)
    made.broker.on_cancel = lambda order_id: [OrderMoved(order_id, at("12:31"), Status.CANCELLED, 0)]
    return made, TradingDesk(made.flow)


@pytest.mark.parametrize(
    ("level", "cancelled", "exits"),
    [(Halt.ENTRIES, [], []), (Halt.CANCEL, ["ORB-2"], []), (Halt.FLATTEN, ["ORB-2"], ["ORB-1-X1"])],
)
async def test_each_level_of_a_halt_does_what_its_words_say(
    level: Halt, cancelled: list[str], exits: list[str]
) -> None:
    rig, desk = rigged()
    await desk.halt(level, "me", "enough for today")
    assert [order.order_id for order in rig.broker.placed] == exits
    assert rig.broker.cancelled == cancelled
    assert rig.books.halt == HaltMoved(at("12:30"), level, "me", "enough for today")
    assert rig.books.armed == {"ORB"}


async def test_a_halt_is_durable_before_its_first_cancel_or_exit() -> None:
    rig, desk = rigged()
    await desk.halt(Halt.FLATTEN, "me", "enough for today")
    assert [(verb, type(what)) for verb, what in rig.diary[:2]] == [("wrote", HaltMoved), ("told", HaltMoved)]
    assert {verb for verb, _ in rig.diary[2:]} >= {"cancelled", "placed"}


async def test_a_halt_that_cannot_be_written_has_no_effect() -> None:
    rig, desk = rigged(fails_at=1)
    with pytest.raises(LedgerDown):
        await desk.halt(Halt.FLATTEN, "me", "enough for today")
    assert rig.diary == []


async def test_a_halt_whose_caller_gave_up_waiting_is_in_force_once_it_is_durable() -> None:
    rig, desk = rigged()
    disk, write = asyncio.Event(), rig.ledger.write

    async def slow(*facts: JournalFact) -> int:
        await disk.wait()
        return await write(*facts)

    rig.ledger.write = slow  # type: ignore[method-assign]
    halting = asyncio.create_task(desk.halt(Halt.ENTRIES, "me", "enough for today"))
    await asyncio.sleep(0)
    halting.cancel()
    await asyncio.sleep(0)
    disk.set()
    with pytest.raises(asyncio.CancelledError):
        await halting
    assert rig.books.halt == rig.ledger.facts[0] == HaltMoved(at("12:30"), Halt.ENTRIES, "me", "enough for today")
    assert [verb for verb, _ in rig.diary] == ["wrote", "told"]


async def test_a_halt_rises_and_never_sinks() -> None:
    rig, desk = rigged()
    for level in (Halt.CANCEL, Halt.ENTRIES, Halt.FLATTEN, Halt.CANCEL):
        await desk.halt(level, "me", "enough for today")
    assert [fact.level for fact in rig.wrote(HaltMoved)] == [Halt.CANCEL, Halt.FLATTEN]
    assert len(rig.broker.placed) == 1


async def test_a_halt_to_none_is_refused_because_only_a_release_releases() -> None:
    rig, desk = rigged()
    with pytest.raises(BadInput, match="revive"):
        await desk.halt(Halt.NONE, "me", "by the back door")
    assert rig.ledger.facts == []


async def test_flattening_twice_sends_one_exit() -> None:
    rig, desk = rigged()
    await desk.flatten(101, "me", "news")
    with pytest.raises(BadInput, match="already on its way"):
        await desk.flatten(101, "me", "news")
    await desk.halt(Halt.FLATTEN, "me", "enough for today")
    (order,) = rig.broker.placed
    assert (order.role, order.quantity, order.order_id) == (Role.EXIT, 100, "ORB-1-X1")


async def test_who_closed_a_position_and_why_is_durable_before_its_exit() -> None:
    rig, desk = rigged()
    await desk.flatten(101, "me", "news")
    asked = ExitAsked(at("12:30"), 101, "NAME1", "me", "news")
    assert [what for verb, what in rig.diary if verb == "wrote"][:1] == [asked]
    assert rig.diary.index(("wrote", asked)) < rig.diary.index(("placed", rig.broker.placed[0]))


async def test_flattening_again_after_the_brokers_no_sends_a_new_exit() -> None:
    rig, desk = rigged()
    rig.broker.answers["ORB-1-X1"] = Rejection("no")
    await desk.flatten(101, "me", "news")
    await desk.flatten(101, "me", "news")
    assert [order.order_id for order in rig.broker.placed] == ["ORB-1-X1", "ORB-1-X2"]


@pytest.mark.parametrize("token", [102, 999])
async def test_flattening_what_is_not_held_is_said_not_swallowed(token: int) -> None:
    rig, desk = rigged()
    with pytest.raises(BadInput, match="nothing is held"):
        await desk.flatten(token, "me", "news")
    assert rig.broker.placed == []


@pytest.mark.parametrize("reason", ["", "ok", "         x         ", "nine char"])
async def test_a_release_needs_a_reason_that_says_something(reason: str) -> None:
    rig, desk = rigged()
    await desk.halt(Halt.ENTRIES, "me", "enough for today")
    with pytest.raises(BadInput, match="at least 10"):
        await desk.revive("me", reason)
    assert rig.books.halt is not None
    assert rig.books.halt.level is Halt.ENTRIES


async def test_a_release_with_a_reason_lifts_the_halt_and_is_written() -> None:
    rig, desk = rigged()
    await desk.halt(Halt.FLATTEN, "me", "enough for today")
    await desk.revive("me", "the feed is back")
    assert rig.wrote(HaltMoved)[-1] == HaltMoved(at("12:30"), Halt.NONE, "me", "the feed is back")


@pytest.mark.parametrize("released_before", [False, True])
async def test_nothing_halted_cannot_be_released(released_before: bool) -> None:
    _, desk = rigged()
    if released_before:
        await desk.halt(Halt.ENTRIES, "me", "enough for today")
        await desk.revive("me", "the feed is back")
    with pytest.raises(BadInput, match="not halted"):
        await desk.revive("me", "the feed is back")


async def test_a_strategy_is_disarmed_and_armed_by_name_and_a_strange_name_is_refused() -> None:
    rig, desk = rigged()
    await desk.disarm("ORB", "me", "news day")
    assert rig.books.armed == frozenset()
    await desk.arm("ORB", "me")
    assert rig.books.armed == {"ORB"}
    assert [(fact.armed, fact.reason) for fact in rig.wrote(StrategyMoved)] == [
        (False, "news day"),
        (True, "armed by hand"),
    ]
    with pytest.raises(BadInput, match="it has ORB"):
        await desk.arm("SCALPER", "me")


async def test_commands_wait_for_the_frame_that_is_being_taken() -> None:
    rig, desk = rigged()
    async with rig.flow.lane:
        command = desk.halt(Halt.ENTRIES, "me", "enough for today")
        task = asyncio.ensure_future(command)
        await rig.clock.sleep(0)
        assert rig.ledger.facts == []
    await task
    assert len(rig.wrote(HaltMoved)) == 1


@pytest.mark.parametrize("level", [Halt.ENTRIES, Halt.CANCEL, Halt.FLATTEN])
async def test_a_halt_from_before_a_restart_still_refuses(level: Halt) -> None:
    facts = (*opening_facts()[:1], HaltMoved(at("08:30"), level, "me", "yesterday's doing"))
    rig = await Rig(made_minutes("09:15", 6), [FakeStrategy(script={2: [made_intent()]})], facts=facts).play()
    assert rig.broker.placed == []
    assert [r.code for r in rig.wrote(IntentRefused)[0].refusals] == ["HALT"]


def test_the_desk_says_whose_money_is_at_stake() -> None:
    assert rigged()[1].mode is Mode.PAPER


async def test_reports_show_closed_bars_and_the_moving_one_last_and_a_spark_of_so_many_points() -> None:
    rig = Rig(start=at("09:15"))
    reports = DayReports(rig.flow)
    await rig.flow.open()
    for n, frame in enumerate(made_minutes("09:15", 8)):
        frame["last_price"] += 5 * n
        await rig.flow.take(frame)
    bars = reports.bars(101, Interval.M1)
    assert [int(b) for b in bars["close"]] == [100_000 + 5 * n for n in range(8)]
    assert reports.last_prices() == {101: (100_035, at("09:22"))}
    closed = [1000 + 0.05 * n for n in range(7)]
    for points in range(1, 10):
        spark = reports.spark(101, points)
        assert 0 < len(spark) <= points
        assert spark[-1] == closed[-1]
    np.testing.assert_allclose(reports.spark(101, 50), closed)
    assert reports.bars(102, Interval.M1).size == reports.spark(102, 5).size == 0
    assert (reports.opening_range(101), reports.scan(), reports.orders()) == (None, None, ())
