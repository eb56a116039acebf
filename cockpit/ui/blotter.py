"""The blotter: what is open, sent, filled and wanted today, as plain rows for the tables and the CSV; pure, no Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from cockpit.account import Position, Trade
from cockpit.clock import ist
from cockpit.errors import BadInput
from cockpit.money import Paise, Price
from cockpit.orders import Charges, Fill, Intent, Order, OrderMoved, Refusal, Role, Side, Status
from cockpit.ports import Reports
from cockpit.ui.board import Board, Freshness

CHARGE_WORDS: Final = {
    "brokerage": "Brokerage",
    "stt": "STT",
    "exchange": "Exchange",
    "sebi": "SEBI",
    "stamp": "Stamp duty",
    "gst": "GST",
    "dp": "Depository",
    "penalty": "Penalty",
}


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One open position at the newest believed price. `None` is unknown and is shown as `—`."""

    key: str
    token: int
    symbol: str
    side: Side
    rule: str
    quantity: int
    entry: float
    """Average entry, rupees."""
    price: Price | None
    freshness: Freshness
    age_s: float
    stop: Price | None
    target: Price | None
    gross_paise: Paise | None
    net_paise: Paise | None
    """Gross less the charges booked so far; the exit's own charges come with the exit."""
    risk_multiple: float | None
    charges: Charges
    opened_ts: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of the day with its newest report."""

    key: str
    ts: int
    token: int
    symbol: str
    role: Role
    side: Side
    quantity: int
    filled: int
    kind: str
    price: Price
    trigger: Price
    status: Status
    words: str
    rule: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One thing a rule wanted, and what became of it: refused with every reason, or what its entry order did."""

    key: str
    ts: int
    token: int
    symbol: str
    side: Side
    rule: str
    entry: Price
    stop: Price
    target: Price | None
    outcome: str
    is_refused: bool
    codes: str
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The pinned sums. `open_paise` is None while any open position has no price."""

    n_open: int
    open_paise: Paise | None
    realised_paise: Paise
    """Gross of what was closed."""
    charges: Charges
    slippage_paise: Paise
    net_paise: Paise | None
    is_doubtful: bool
    """True when a price behind the sum is stale: the sum is then greyed."""


def position_rows(board: Board, reports: Reports) -> list[PositionRow]:
    """Answer the open positions, oldest first."""
    risks = {intent.intent_id: intent for intent, _ in reports.intents()}
    ways_out = _ways_out(reports)
    held = sorted(reports.account().positions.values(), key=lambda p: (p.opened_ts, p.token))
    return [_position(p, board, risks.get(p.intent_id), ways_out.get(p.intent_id, {})) for p in held]


def _position(held: Position, board: Board, intent: Intent | None, ways_out: Mapping[Role, Price]) -> PositionRow:
    seen = board.name(held.token) if board.watches(held.token) else None
    price = seen.price if seen is not None and seen.is_seen else None
    gross = None if price is None else held.open_paise(price) + held.realised_paise
    net = None if gross is None else gross - held.charges.total
    risk = intent.risk_per_share * held.entry_quantity if intent else 0
    return PositionRow(
        key=str(held.token),
        token=held.token,
        symbol=held.symbol,
        side=held.side,
        rule=held.rule,
        quantity=abs(held.quantity),
        entry=held.average_price,
        price=price,
        freshness=seen.freshness if seen is not None else Freshness.NONE,
        age_s=seen.age_s if seen is not None else float("nan"),
        stop=ways_out.get(Role.STOP),
        target=ways_out.get(Role.TARGET),
        gross_paise=gross,
        net_paise=net,
        risk_multiple=net / risk if net is not None and risk else None,
        charges=held.charges,
        opened_ts=held.opened_ts,
    )


def _ways_out(reports: Reports) -> dict[str, dict[Role, Price]]:
    """Answer by intent the resting stop and target. Only orders that still live count: a plan is not protection."""
    found: dict[str, dict[Role, Price]] = {}
    for order, moved in reports.orders():
        if order.role in (Role.STOP, Role.TARGET) and not _status(order, moved).is_terminal:
            price = order.trigger if order.role is Role.STOP else order.price
            found.setdefault(order.intent_id, {})[order.role] = price
    return found


def _status(order: Order, moved: OrderMoved | Fill | None) -> Status:
    if moved is None:
        return Status.SENT
    if isinstance(moved, Fill):
        return Status.FILLED if moved.quantity >= order.quantity else Status.OPEN
    return moved.status


def order_rows(reports: Reports) -> list[OrderRow]:
    """Answer the day's orders, newest first. An order without a report is SENT, never done."""
    rows = [_order(order, moved) for order, moved in reports.orders()]
    return sorted(rows, key=lambda row: (row.ts, row.key), reverse=True)


def _order(order: Order, moved: OrderMoved | Fill | None) -> OrderRow:
    filled = 0 if moved is None else moved.quantity if isinstance(moved, Fill) else moved.filled
    words = moved.reason if isinstance(moved, OrderMoved) else ""
    status = _status(order, moved)
    return OrderRow(
        order.order_id, order.ts, order.token, order.symbol, order.role, order.side, order.quantity, filled,
        order.kind.value, order.price, order.trigger, status, words or _MEANING.get(status, ""), order.rule,
    )  # fmt: skip


_MEANING: Final = {
    Status.SENT: "sent; the broker has not answered yet",
    Status.UNKNOWN: "it may be live: never sent again, reconciled",
}


def fill_rows(reports: Reports) -> list[Fill]:
    """Answer the day's fills, newest first."""
    return sorted(reports.fills(), key=lambda f: (f.ts, f.trade_id), reverse=True)


def signal_rows(reports: Reports) -> list[SignalRow]:
    """Answer everything the rules wanted today, refused or not, newest first."""
    entries = {order.intent_id: _order(order, moved) for order, moved in reports.orders() if order.role is Role.ENTRY}
    rows = [_signal(intent, refusals, entries.get(intent.intent_id)) for intent, refusals in reports.intents()]
    return sorted(rows, key=lambda row: (row.ts, row.key), reverse=True)


def _signal(intent: Intent, refusals: Sequence[Refusal], entry: OrderRow | None) -> SignalRow:
    if refusals:
        outcome, reason = "REFUSED", " ".join(refusal.sentence for refusal in refusals)
    elif entry is not None:
        outcome, reason = entry.status.value, intent.reason
    else:
        outcome, reason = "NO ORDER", intent.reason
    return SignalRow(
        intent.intent_id, intent.ts, intent.token, intent.symbol, intent.side, intent.rule, intent.entry, intent.stop,
        intent.target, outcome, bool(refusals), ", ".join(r.code for r in refusals), reason,
    )  # fmt: skip


def trade_rows(reports: Reports) -> list[Trade]:
    """Answer the closed round trips, newest first."""
    return sorted(reports.account().trades, key=lambda t: (t.closed_ts, t.token), reverse=True)


def totals(board: Board, reports: Reports) -> Totals:
    """Answer the sums over positions, trades and charges of the account."""
    rows, account = position_rows(board, reports), reports.account()
    realised = sum(t.gross_paise for t in account.trades)
    known = [row.gross_paise for row in rows if row.gross_paise is not None]
    open_paise = sum(known) if len(known) == len(rows) else None
    return Totals(
        n_open=len(rows),
        open_paise=open_paise,
        realised_paise=realised,
        charges=account.charges,
        slippage_paise=sum(f.slippage for f in reports.fills()),
        net_paise=None if open_paise is None else realised + open_paise - account.charges.total,
        is_doubtful=any(row.freshness.is_doubtful for row in rows),
    )


def charge_lines(charges: Charges) -> list[tuple[str, Paise]]:
    """Answer every line of the charges with its name, zero lines too, so that the sum can be followed."""
    return [(word, getattr(charges, name)) for name, word in CHARGE_WORDS.items()]


def as_csv(rows: Iterable[Any]) -> str:
    """Answer rows (any of this file's, or fills) as CSV with raw numbers and ISO times, for a file with a BOM."""
    listed = list(rows)
    if not listed:
        raise BadInput("there is nothing to export: the table is empty")
    names = [f.name for f in fields(listed[0])]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for row in listed:
        writer.writerow([_plain(name, getattr(row, name)) for name in names])
    return out.getvalue()


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Charges):
        return value.total
    if isinstance(value, Side):
        return value.name
    if name.endswith("ts"):
        return ist(value).isoformat()
    if isinstance(value, str) and value[:1] in "=+-@\t\r":
        return f"'{value}"  # a spreadsheet must not take a broker's words for a formula
    return value
