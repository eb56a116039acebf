"""Intents, views, orders, fills and opening facts made for the tests of gate, flow and desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cockpit.account import Account
from cockpit.facts import DayOpened, Genesis, Halt, JournalFact, StrategyMoved
from cockpit.market import Quote, Ticks
from cockpit.orders import (
    Charges,
    Fill,
    Intent,
    Mode,
    Order,
    OrderKind,
    OrderMoved,
    Product,
    Proposal,
    Role,
    Side,
    Status,
)
from cockpit.ports import RiskView
from cockpit.settings import RiskSettings
from tests.engine.made_days import at, made_day, made_ticks

CASH = 100_000_000
"""Ten lakh rupees, in paise."""
NOON = at("12:00")


def made_intent(**changes: Any) -> Intent:
    """Make a sound long intent of NAME1: buy above 1,000.00 with the stop 10 rupees below."""
    plain = Intent(
        intent_id="ORB-1",
        ts=NOON,
        rule="ORB",
        token=101,
        symbol="NAME1",
        side=Side.BUY,
        kind=OrderKind.STOP,
        entry=100_000,
        stop=99_000,
        target=102_000,
        valid_until=at("13:00"),
        reason="made",
    )
    return replace(plain, **changes)


def made_view(**changes: Any) -> RiskView:
    """Make a view in which nothing speaks against `made_intent` with a quantity of 200."""
    day = made_day(1)
    plain = RiskView(
        ts=NOON,
        mode=Mode.PAPER,
        session=day.session,
        phase=day.session.phase(day.instruments[0], NOON),
        halt=Halt.NONE,
        armed=frozenset({"ORB"}),
        feed_age_s=0.0,
        name_age_s=1.0,
        quote=Quote(101, NOON, 100_000, band_low=90_000, band_high=110_000),
        instrument=day.instruments[0],
        adv_shares=1e9,
        account=Account.opened(CASH),
        working=(),
        equity_paise=CASH,
        peak_paise=CASH,
        day_net_paise=0,
        gross_paise=0,
        name_paise=0,
        day_entries=0,
        name_entries=0,
        rejects=0,
        orders_sent=(0, 0),
        cost_paise=1000,
        limits=RiskSettings(),
    )
    return replace(plain, **changes)


def made_proposal(quantity: int = 200, **changes: Any) -> Proposal:
    """Make the proposal of a made intent; 200 shares at 1,000.00 are exactly the order limit of 2 lakh."""
    return Proposal(made_intent(**changes), quantity)


def made_order(order_id: str = "ORB-1", **changes: Any) -> Order:
    """Make a working entry order of NAME1."""
    plain = Order(
        order_id=order_id,
        intent_id=order_id,
        parent_id="",
        role=Role.ENTRY,
        token=101,
        symbol="NAME1",
        side=Side.BUY,
        quantity=100,
        kind=OrderKind.STOP,
        price=0,
        trigger=100_000,
        product=Product.MIS,
        rule="ORB",
        tag=f"T{order_id}",
        ts=NOON,
        valid_until=at("13:00"),
    )
    return replace(plain, **changes)


def made_fill(order: Order, quantity: int, price: int, n: int = 1, ts: int = NOON) -> Fill:
    """Make the n-th fill of an order."""
    return Fill(
        trade_id=f"T{n}-{order.order_id}",
        order_id=order.order_id,
        intent_id=order.intent_id,
        role=order.role,
        token=order.token,
        symbol=order.symbol,
        side=order.side,
        quantity=quantity,
        price=price,
        ts=ts,
        product=order.product,
        rule=order.rule,
        charges=Charges(),
    )


def moved(order: Order, status: Status, filled: int = 0, ts: int = NOON, reason: str = "") -> OrderMoved:
    """Make a broker's report on an order."""
    return OrderMoved(order.order_id, ts, status, filled, reason)


def opening_facts(mode: Mode = Mode.PAPER, armed: Sequence[str] = ("ORB",)) -> tuple[JournalFact, ...]:
    """Make the facts of a ledger whose day is open."""
    day = made_day(1).session.day
    return (
        Genesis(at("08:00"), mode, "made", CASH, "test"),
        DayOpened(at("09:00"), day, mode, "made", ("NAME1",), CASH),
        *(StrategyMoved(at("09:00"), rule, True, "the house", "made") for rule in armed),
    )


def made_minutes(first: str, n: int, *, token: int = 101, price: int = 100_000) -> list[Ticks]:
    """Make `n` frames a minute apart, one tick of one name each, so that from the second on each closes a bar."""
    start = at(first)
    return [made_ticks([(token, start + i * 60 * 10**9, price, 1000 + 100 * i)]) for i in range(n)]
