"""Over any sequence of intents, broker moods and commands: no cap is passed, and nothing passes a pulled switch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.clock import NS
from cockpit.engine.desk import TradingDesk
from cockpit.errors import OutcomeUnknown, Rejection
from cockpit.facts import Halt, OrderPlaced
from cockpit.market import Ticks
from cockpit.orders import Intent, Order, OrderKind, OrderMoved, Report, Role, Side, Status
from cockpit.settings import RiskSettings
from tests.engine.fakes import FakeStrategy, Rig
from tests.engine.made_days import at, made_day, made_ticks
from tests.engine.made_orders import (
    CASH,
    made_fill,
    made_intent,
    moved,
)

N_NAMES = 18
PRICE = 100_000
LIMITS = RiskSettings()
MOODS = ("rests", "fills", "fills in part", "cancels", "rejects", "vanishes", "reports ahead of its fills")


@dataclass(frozen=True)
class Step:
    """One minute: what is wanted, how the broker takes it, and what a person does before it."""

    name: int
    long: bool
    kind: OrderKind
    stop_ticks: int
    mood: str
    command: str


STEPS = st.builds(
    Step,
    name=st.integers(0, N_NAMES - 1),
    long=st.booleans(),
    kind=st.sampled_from([OrderKind.STOP, OrderKind.MARKET, OrderKind.LIMIT]),
    stop_ticks=st.sampled_from([60, 200, 400, 1500]),
    mood=st.sampled_from(MOODS),
    command=st.sampled_from(["", "", "", "", "", "", "halt", "disarm"]),
)
CALM = STEPS.map(lambda step: Step(step.name, step.long, step.kind, step.stop_ticks, step.mood, ""))


def wish(n: int, step: Step) -> Intent:
    side, away = (Side.BUY, -5 * step.stop_ticks) if step.long else (Side.SELL, 5 * step.stop_ticks)
    return made_intent(
        intent_id=f"ORB-{n}",
        ts=at("09:15") + n * 60 * NS,
        token=101 + step.name,
        symbol=f"NAME{step.name + 1}",
        side=side,
        kind=step.kind,
        stop=PRICE + away,
        target=None,
        valid_until=0,
    )


def minute(n: int) -> Ticks:
    ts = at("09:15") + n * 60 * NS
    return made_ticks([(101 + i, ts, PRICE, 1000 + 10 * n) for i in range(N_NAMES)])


def moody(steps: list[Step]) -> Rig:
    """Make a rig whose broker takes each order in the mood of the step that wanted it."""
    rig = Rig([], [FakeStrategy(script={n: [wish(n, step)] for n, step in enumerate(steps, 1)})], made_day(N_NAMES))
    moods = {f"ORB-{n}": step.mood for n, step in enumerate(steps, 1)}
    for order_id, mood in moods.items():
        if mood in ("rejects", "vanishes"):
            rig.broker.answers[order_id] = Rejection("no") if mood == "rejects" else OutcomeUnknown("no answer")

    def answered(order: Order) -> list[Report]:
        mood, part = moods.get(order.order_id, "fills"), max(1, order.quantity // 3)
        fill = made_fill(order, order.quantity, PRICE, ts=order.ts)
        reports: dict[str, list[Report]] = {
            "rests": [moved(order, Status.OPEN, ts=order.ts)],
            "fills": [fill, moved(order, Status.FILLED, order.quantity, order.ts)],
            "fills in part": [made_fill(order, part, PRICE, ts=order.ts), moved(order, Status.OPEN, part, order.ts)],
            "cancels": [moved(order, Status.CANCELLED, ts=order.ts)],
            "reports ahead of its fills": [moved(order, Status.FILLED, order.quantity, order.ts)],
        }
        return reports[mood]

    rig.broker.on_place = answered
    rig.broker.on_cancel = lambda order_id: [OrderMoved(order_id, rig.clock.now(), Status.CANCELLED, 0)]
    return rig


def reserved(rig: Rig, moods: list[str]) -> dict[int, int]:
    """Answer, counted by the test itself, the paise that each name holds or may come to hold."""
    value: dict[int, int] = {}
    for order in rig.broker.placed:
        if moods[int(order.order_id.split("-")[1]) - 1] not in ("cancels", "rejects"):
            value[order.token] = value.get(order.token, 0) + order.quantity * PRICE
    return value


async def play(steps: list[Step], command: Any = None) -> Rig:
    rig = moody(steps)
    await rig.flow.open()
    await rig.flow.take(minute(0))
    for n, step in enumerate(steps, 1):
        if command is not None and step.command:
            await command(rig, step)
        await rig.flow.take(minute(n))
    return rig


@settings(max_examples=60)
@given(st.lists(CALM, min_size=1, max_size=45))
def test_working_and_unknown_orders_counted_no_cap_is_ever_passed(steps: list[Step]) -> None:
    rig = asyncio.run(play(steps))
    held = reserved(rig, [step.mood for step in steps])
    assert sum(held.values()) <= CASH * LIMITS.gross
    assert all(value <= LIMITS.name_rupees * 100 for value in held.values())
    assert len(held) <= LIMITS.positions
    assert all(order.quantity * PRICE <= LIMITS.order_rupees * 100 for order in rig.broker.placed)
    tokens = [order.token for order in rig.broker.placed]
    assert len(tokens) <= LIMITS.day_entries
    assert all(tokens.count(token) <= LIMITS.name_entries for token in tokens)
    ids = [order.order_id for order in rig.broker.placed]
    assert len(set(ids)) == len(ids)
    assert rig.faults == []


@settings(max_examples=60)
@given(st.lists(STEPS, min_size=1, max_size=25), st.sampled_from([Halt.ENTRIES, Halt.CANCEL, Halt.FLATTEN]))
def test_no_sequence_of_intents_passes_a_pulled_switch(steps: list[Step], level: Halt) -> None:
    pulled: list[int] = []

    async def command(rig: Rig, step: Step) -> None:
        desk = TradingDesk(rig.flow)
        if step.command == "halt":
            await desk.halt(level, "me", "enough for today")
        else:
            await desk.disarm("ORB", "me", "news day")
        pulled.append(len(rig.diary))

    rig = asyncio.run(play(steps, command))
    if pulled:
        after = rig.diary[pulled[0] :]
        entries = [what for verb, what in after if verb == "placed" and what.role is Role.ENTRY]
        durable = [what for verb, what in after if verb == "wrote" and isinstance(what, OrderPlaced)]
        assert entries == []
        assert all(fact.order.role is not Role.ENTRY for fact in durable)


def test_the_sequences_do_reach_every_cap_that_they_claim_to_test() -> None:
    def many(mood: str, stop_ticks: int) -> list[Step]:
        return [Step(n % N_NAMES, True, OrderKind.MARKET, stop_ticks, mood, "") for n in range(40)]

    refused = {
        refusal.code
        for mood, stop_ticks in (("vanishes", 60), ("rests", 1500), ("cancels", 60), ("rejects", 60))
        for fact in asyncio.run(play(many(mood, stop_ticks))).ledger.facts
        if hasattr(fact, "refusals")
        for refusal in fact.refusals
    }
    assert refused >= {"GROSS", "POSITIONS", "ONE_WAY", "NAME_VALUE", "NAME_ENTRIES", "HALT", "REJECTS"}
