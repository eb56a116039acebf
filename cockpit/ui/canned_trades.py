"""The canned morning's trades: entries with their brackets, exits, refusals, and one order nobody can vouch for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cockpit import facts
from cockpit.clock import NS
from cockpit.market import Bars, TradingDay
from cockpit.orders import (
    Bracket,
    Charges,
    Fill,
    Intent,
    Order,
    OrderKind,
    OrderMoved,
    Product,
    Refusal,
    Role,
    Side,
    Status,
)

BarsOf = Callable[[int], Bars]


@dataclass
class Story:
    """What happened: the lists that reports would read and the facts that a bus would have told."""

    orders: list[tuple[Order, OrderMoved | None]] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    intents: list[tuple[Intent, tuple[Refusal, ...]]] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class _Plan:
    symbol: str
    side: Side
    rule: str
    quantity: int
    entry_bar: int


_PLANS = (
    _Plan("TITAN", Side.SELL, "ORB", 42, 21),
    _Plan("LT", Side.BUY, "ORB", 38, 24),
    _Plan("RELIANCE", Side.BUY, "ORB", 70, 37),
    _Plan("INFY", Side.BUY, "VWAP PB", 64, 48),
    _Plan("SBIN", Side.BUY, "VWAP PB", 210, 61),
    _Plan("TATASTEEL", Side.SELL, "ORB", 1050, 66),
    _Plan("MARUTI", Side.BUY, "VWAP PB", 8, 102),
    _Plan("DLF", Side.BUY, "ORB", 140, 118),
)
_REFUSED = (
    (
        "HDFCBANK",
        "ORB",
        "NAME_VALUE",
        "HDFCBANK would hold ₹2,41,800.00, limit ₹2,00,000.00.",
        "₹2,41,800.00",
        "₹2,00,000.00",
    ),
    ("ITC", "VWAP PB", "COST", "Costs are 0.41 R, limit 0.25 R.", "0.41 R", "0.25 R"),
    ("ICICIBANK", "ORB", "HALT", "Trading is halted: no new entries.", "ENTRIES", "NONE"),
)


def trades_of(day: TradingDay, bars_of_name: BarsOf) -> Story:
    """Tell the story of the morning on the bars of its names."""
    story = Story()
    for nth, plan in enumerate(_PLANS):
        _trade(story, day, nth, plan, bars_of_name)
    for nth, refused in enumerate(_REFUSED):
        _refuse(story, day, nth, refused, bars_of_name)
    _unknown(story, day, bars_of_name)
    story.told.sort(key=_when)
    return story


def _when(fact: Any) -> int:
    inner = next(
        iter(getattr(fact, name) for name in ("intent", "order", "fill", "moved") if hasattr(fact, name)), fact
    )
    return int(inner.ts)


def _token(day: TradingDay, symbol: str) -> int:
    return next(i.token for i in day.instruments if i.symbol == symbol)


def _intent(day: TradingDay, nth: str, symbol: str, rule: str, side: Side, bar: Any) -> Intent:
    step = max(25, int(bar["close"]) * 6 // 1000 // 5 * 5)
    entry, sign = int(bar["close"]), int(side)
    return Intent(
        f"in-{nth}", int(bar["ts_open"]) + 60 * NS, rule, _token(day, symbol), symbol, side, OrderKind.STOP, entry,
        entry - sign * step, entry + 2 * sign * step, day.session.square_off,
        "close beyond the opening range on 1.9× volume" if rule == "ORB" else "first pullback to VWAP in an up day",
    )  # fmt: skip


def _order(intent: Intent, role: Role, quantity: int, **more: Any) -> Order:
    entry = role is Role.ENTRY
    side = intent.side if entry else intent.side.opposite
    kind = OrderKind.LIMIT if role is Role.TARGET else OrderKind.STOP
    trigger = intent.entry if entry else intent.stop if role is Role.STOP else 0
    price = (intent.target or 0) if role is Role.TARGET else 0
    bracket = Bracket(intent.stop, intent.target) if entry else None
    name = intent.intent_id if entry else f"{intent.intent_id}-{role.value.lower()}"
    return Order(
        name, intent.intent_id, "" if entry else intent.intent_id, role, intent.token, intent.symbol, side, quantity,
        kind,
        price, trigger, Product.MIS, intent.rule, name.replace("-", ""), intent.ts, intent.valid_until, bracket,
    )  # fmt: skip


def _fill(order: Order, price: int, ts: int) -> Fill:
    turnover = price * order.quantity
    lines = [min(2000, turnover * 3 // 10_000), turnover // 4000 * (order.side < 0), turnover * 3 // 100_000]
    gst = (lines[0] + lines[2]) * 18 // 100
    stamp = turnover * 3 // 100_000 * (order.side > 0)
    charges = Charges(
        brokerage=lines[0], stt=lines[1], exchange=lines[2], sebi=turnover // 1_000_000, stamp=stamp, gst=gst
    )
    return Fill(
        f"t-{order.order_id}", order.order_id, order.intent_id, order.role, order.token, order.symbol, order.side,
        order.quantity, price, ts, order.product, order.rule, charges, slippage=order.quantity * 5, model="canned",
    )  # fmt: skip


def _trade(story: Story, day: TradingDay, nth: int, plan: _Plan, bars_of_name: BarsOf) -> None:
    bars = bars_of_name(_token(day, plan.symbol))
    if len(bars) <= plan.entry_bar + 1:
        return
    intent = _intent(day, str(nth), plan.symbol, plan.rule, plan.side, bars[plan.entry_bar])
    entry = _order(intent, Role.ENTRY, plan.quantity)
    bought = _fill(entry, intent.entry + 5 * int(plan.side), intent.ts + NS)
    story.intents.append((intent, ()))
    story.fills.append(bought)
    story.told += [facts.IntentMade(intent), facts.OrderPlaced(entry), facts.FillBooked(bought)]
    story.orders.append((entry, OrderMoved(entry.order_id, bought.ts, Status.FILLED, plan.quantity)))
    left = _way_out(intent, bars[plan.entry_bar + 1 :])
    for role in (Role.STOP, Role.TARGET):
        child = _order(intent, role, plan.quantity)
        status, filled = Status.TRIGGER_PENDING if role is Role.STOP else Status.OPEN, 0
        if left is not None:
            status = Status.FILLED if role is left[0] else Status.CANCELLED
            if role is left[0]:
                filled = plan.quantity
                sold = _fill(child, (child.trigger or child.price) - 5 * int(plan.side) * (role is Role.STOP), left[1])
                story.fills.append(sold)
                story.told.append(facts.FillBooked(sold))
        story.orders.append((child, OrderMoved(child.order_id, left[1] if left else bought.ts, status, filled)))


def _way_out(intent: Intent, bars: Bars) -> tuple[Role, int] | None:
    """Answer by which of its children, and when, a position was closed on these bars; None while it is open."""
    up = intent.side is Side.BUY
    for bar in bars:
        if (bar["low"] <= intent.stop) if up else (bar["high"] >= intent.stop):
            return Role.STOP, int(bar["ts_open"])
        if intent.target and ((bar["high"] >= intent.target) if up else (bar["low"] <= intent.target)):
            return Role.TARGET, int(bar["ts_open"])
    return None


def _refuse(story: Story, day: TradingDay, nth: int, refused: tuple[str, ...], bars_of_name: BarsOf) -> None:
    symbol, rule, code, sentence, value, limit = refused
    bars = bars_of_name(_token(day, symbol))
    at = 52 + nth * 31
    if len(bars) <= at:
        return
    intent = _intent(day, f"r{nth}", symbol, rule, Side.BUY, bars[at])
    no = Refusal(intent.intent_id, intent.ts, rule, code, sentence, value, limit, intent.token, symbol)
    story.intents.append((intent, (no,)))
    story.told += [facts.IntentMade(intent), facts.IntentRefused(intent.intent_id, intent.ts, (no,))]


def _unknown(story: Story, day: TradingDay, bars_of_name: BarsOf) -> None:
    bars = bars_of_name(_token(day, "WIPRO"))
    if len(bars) <= 120:
        return
    intent = _intent(day, "u", "WIPRO", "ORB", Side.BUY, bars[120])
    order = _order(intent, Role.ENTRY, 310)
    moved = OrderMoved(order.order_id, intent.ts + NS, Status.UNKNOWN, 0, "the broker did not answer in 5 s")
    story.intents.append((intent, ()))
    story.orders.append((order, moved))
    story.told += [facts.IntentMade(intent), facts.OrderPlaced(order), facts.OrderChanged(moved)]
