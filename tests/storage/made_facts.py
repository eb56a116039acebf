"""Facts for the tests: a small day whose parts fit together, and single facts of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cockpit.facts import (
    DayClosed,
    DayOpened,
    FeedMoved,
    FeedState,
    FillBooked,
    Genesis,
    Halt,
    HaltMoved,
    Incident,
    IntentMade,
    IntentRefused,
    IntentWithdrawn,
    JournalFact,
    OrderChanged,
    OrderPlaced,
    StrategyMoved,
)
from cockpit.orders import (
    Charges,
    Fill,
    Intent,
    Mode,
    Order,
    OrderKind,
    OrderMoved,
    Product,
    Refusal,
    Role,
    Side,
    Status,
    Withdrawal,
)

DAY = date(2026, 11, 20)
T0 = 1_795_146_300_000_000_000
"""09:15 IST of that day."""


def genesis(mode: Mode = Mode.PAPER) -> Genesis:
    """Begin a journal with ten lakh rupees."""
    return Genesis(T0 - 1, mode, "me", 1_000_000_00, "0.1")


def opened(day: date = DAY, mode: Mode = Mode.PAPER, ts: int = T0) -> DayOpened:
    """Open a day."""
    return DayOpened(ts, day, mode, "practice", ("RELIANCE", "TCS"), 1_000_000_00)


def closed(day: date = DAY, equity: int = 1_000_100_00, ts: int = T0 + 99) -> DayClosed:
    """Close a day."""
    return DayClosed(ts, day, 1, 200_00, 100_00, 100_00, equity, 1, 375, 22_500)


def intent(number: int, ts: int = T0 + 1) -> Intent:
    """Want a position."""
    return Intent(
        f"I{number}", ts, "ORB", 7, "RELIANCE", Side.BUY, OrderKind.STOP, 1_400_00, 1_390_00, None, ts + 60, "breakout"
    )


def order(number: int, ts: int = T0 + 2) -> Order:
    """Send an order."""
    return Order(
        order_id=f"O{number}",
        intent_id=f"I{number}",
        parent_id="",
        role=Role.ENTRY,
        token=7,
        symbol="RELIANCE",
        side=Side.BUY,
        quantity=10,
        kind=OrderKind.STOP,
        price=0,
        trigger=1_400_00,
        product=Product.MIS,
        rule="ORB",
        tag=f"tag{number}",
        ts=ts,
        valid_until=ts + 60,
    )


def fill(number: int, side: Side = Side.BUY, price: int = 1_400_00, ts: int = T0 + 3) -> Fill:
    """Fill ten shares."""
    return Fill(
        trade_id=f"T{number}-{side.name}",
        order_id=f"O{number}",
        intent_id=f"I{number}",
        role=Role.ENTRY if side is Side.BUY else Role.STOP,
        token=7,
        symbol="RELIANCE",
        side=side,
        quantity=10,
        price=price,
        ts=ts,
        product=Product.MIS,
        rule="ORB",
        charges=Charges(brokerage=20_00, gst=3_60),
    )


def booked(number: int, side: Side = Side.BUY, price: int = 1_400_00) -> FillBooked:
    """Book ten shares."""
    return FillBooked(fill(number, side, price))


def a_day(number: int = 1) -> list[JournalFact]:
    """Answer one day with everything in it: a trade, a refusal, a withdrawal, an unknown order, a halt, an incident."""
    n, ts = number * 10, T0 + number * 86_400_000_000_000
    child = replace(order(n + 1, ts + 5), parent_id=f"O{n}", role=Role.STOP, side=Side.SELL)
    refusal = Refusal(f"I{n + 2}", ts + 8, "ORB", "DAY_LOSS", "Too much lost.", "3", "2", 7, "RELIANCE")
    return [
        opened(DAY.replace(day=number), ts=ts),
        StrategyMoved(ts, "ORB", True, "me", "begin"),
        IntentMade(intent(n, ts + 1)),
        OrderPlaced(order(n, ts + 2)),
        OrderChanged(OrderMoved(f"O{n}", ts + 3, Status.OPEN, 0)),
        FillBooked(fill(n, ts=ts + 4)),
        OrderChanged(OrderMoved(f"O{n}", ts + 4, Status.FILLED, 10)),
        OrderChanged(OrderMoved(f"O{n + 1}", ts + 5, Status.TRIGGER_PENDING, 0, "child", child)),
        FillBooked(fill(n, Side.SELL, 1_420_00, ts + 6)),
        IntentMade(intent(n + 2, ts + 8)),
        IntentRefused(f"I{n + 2}", ts + 8, (refusal,)),
        IntentMade(intent(n + 3, ts + 9)),
        IntentWithdrawn(Withdrawal(f"I{n + 3}", ts + 10, "too late")),
        IntentMade(intent(n + 4, ts + 9)),
        OrderPlaced(order(n + 4, ts + 10)),
        OrderChanged(OrderMoved(f"O{n + 4}", ts + 11, Status.UNKNOWN, 0, "no answer")),
        FeedMoved(ts + 12, FeedState.SILENT, "no frame"),
        Incident(ts + 13, "feed", "silent", "wait"),
        HaltMoved(ts + 14, Halt.ENTRIES, "DAY_LOSS", "too much lost"),
        closed(DAY.replace(day=number), 1_000_000_00 + number * 100_00, ts + 99),
    ]


def a_journal(days: int = 3) -> list[JournalFact]:
    """Answer a journal of some days."""
    return [genesis(), *(fact for number in range(1, days + 1) for fact in a_day(number))]
