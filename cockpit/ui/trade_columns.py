"""The columns of the blotter's tables, and each row as the cells they show."""

from __future__ import annotations

import math
from typing import Any, Final

from cockpit.account import Trade
from cockpit.clock import hhmmss
from cockpit.money import price_text
from cockpit.orders import Fill, Side, Status
from cockpit.ui.blotter import OrderRow, PositionRow, SignalRow
from cockpit.widgets.columns import Cell, Column, Pill, side_ink, signed_r, signed_rupees

_TIME: Final = Column("time", "Time", Cell.NUMBER, 66, show=hhmmss, help="IST")
_SYMBOL: Final = Column("symbol", "Symbol", Cell.TEXT, 104, bold=True)
_SYMBOL_WIDE: Final = Column("symbol", "Symbol", Cell.TEXT, 104, bold=True, stretch=True)
_SIDE: Final = Column("side", "Side", Cell.BADGE, 68)
_RULE: Final = Column("rule", "Rule", Cell.TEXT, 68)
_QUANTITY: Final = Column("quantity", "Qty", Cell.NUMBER, 50)


def _price(key: str, title: str, help_words: str = "", *, flash: bool = False) -> Column:
    return Column(key, title, Cell.NUMBER, 76, show=price_text, help=help_words or f"{title}, rupees", flash=flash)


def _money(key: str, title: str, help_words: str) -> Column:
    return Column(key, title, Cell.NUMBER, 98, show=signed_rupees, ink=side_ink, help=help_words, flash=True)


def _indented(words: str) -> str:
    return f"  {words}"  # a name right after a right-aligned number needs air


POSITIONS: Final = (
    _SYMBOL_WIDE, _SIDE, _RULE, _QUANTITY, _price("entry", "Entry", "Average entry, rupees"),
    _price("price", "LTP", flash=True), _price("stop", "Stop", "The stop resting at the broker"),
    _price("target", "Target", "The target resting at the broker"),
    _money("gross", "Gross P&L", "Before charges, rupees"),
    _money("net", "Net P&L", "After all charges booked so far, rupees"),
    Column("r", "R", Cell.NUMBER, 54, show=signed_r, help="Net result in multiples of the risk taken"),
    Column("age", "Price", Cell.NUMBER, 60, help="How old the price behind the figures is"),
)  # fmt: skip
ORDERS: Final = (
    _TIME, _SYMBOL, Column("role", "For", Cell.TEXT, 62), _SIDE, _QUANTITY,
    Column("filled", "Filled", Cell.NUMBER, 58), Column("kind", "Kind", Cell.TEXT, 64), _price("limit", "Limit"),
    _price("trigger", "Trigger"), Column("status", "Status", Cell.BADGE, 128), _RULE,
    Column("words", "Why", Cell.TEXT, 160, stretch=True),
)  # fmt: skip
FILLS: Final = (
    _TIME, _SYMBOL, Column("role", "For", Cell.TEXT, 62), _SIDE, _QUANTITY, _price("price", "Price"),
    Column("charges", "Charges", Cell.NUMBER, 84, show=price_text, help="What this fill cost beside its price, rupees"),
    Column("slippage", "Slippage", Cell.NUMBER, 76, show=price_text, help="Inside the price already, rupees"), _RULE,
    Column("words", "Model", Cell.TEXT, 140, stretch=True),
)  # fmt: skip
SIGNALS: Final = (
    _TIME, _SYMBOL, _SIDE, _RULE, _price("entry", "Entry"), _price("stop", "Stop"), _price("target", "Target"),
    Column("outcome", "Outcome", Cell.BADGE, 128), Column("words", "Reason", Cell.TEXT, 280, stretch=True),
)  # fmt: skip
TRADES: Final = (
    Column("time", "Closed", Cell.NUMBER, 66, show=hhmmss), _SYMBOL, _SIDE, _RULE, _QUANTITY, _price("entry", "Entry"),
    _price("exit", "Exit"), _money("gross", "Gross P&L", "Before charges, rupees"),
    Column("charges", "Charges", Cell.NUMBER, 84, show=price_text, help="Rupees"),
    _money("net", "Net P&L", "After every charge, rupees"),
    Column("words", "  Left by", Cell.TEXT, 100, show=_indented, stretch=True),
)  # fmt: skip

_STATUS_TONES: Final = {
    Status.FILLED: "ok",
    Status.CANCELLED: "info",
    Status.LAPSED: "info",
    Status.REJECTED: "danger",
    Status.UNKNOWN: "danger",
    Status.INTENT: "warn",
    Status.SENT: "warn",
    Status.OPEN: "info",
    Status.TRIGGER_PENDING: "info",
}
_STATUS_MARKS: Final = {"ok": "✓", "danger": "■", "warn": "▲", "info": "●"}


def position_cells(row: PositionRow) -> dict[str, Any]:
    """Answer a position's cells."""
    return {
        "symbol": row.symbol, "side": _side(row.side), "rule": row.rule, "quantity": row.quantity,
        "entry": round(row.entry * 100), "price": row.price, "stop": row.stop, "target": row.target,
        "gross": row.gross_paise, "net": row.net_paise, "r": row.risk_multiple, "age": _age(row),
    }  # fmt: skip


def _age(row: PositionRow) -> str:
    if math.isnan(row.age_s):
        return "no price"
    seconds = int(row.age_s)
    return row.freshness.value if not row.freshness.is_doubtful else f"{row.freshness.value} {seconds}s"


def order_cells(row: OrderRow) -> dict[str, Any]:
    """Answer an order's cells."""
    return {
        "time": row.ts, "symbol": row.symbol, "role": row.role.value.title(), "side": _way(row.side),
        "quantity": row.quantity, "filled": row.filled, "kind": row.kind, "limit": row.price or None,
        "trigger": row.trigger or None, "status": _status(row.status), "rule": row.rule, "words": row.words,
    }  # fmt: skip


def fill_cells(fill: Fill) -> dict[str, Any]:
    """Answer a fill's cells."""
    words = " ".join((fill.model, *fill.flags)).strip() or "broker"
    return {
        "time": fill.ts, "symbol": fill.symbol, "role": fill.role.value.title(), "side": _way(fill.side),
        "quantity": fill.quantity, "price": fill.price, "charges": fill.charges.total, "slippage": fill.slippage,
        "rule": fill.rule, "words": words,
    }  # fmt: skip


def signal_cells(row: SignalRow) -> dict[str, Any]:
    """Answer a signal's cells; a refusal shows its codes and every sentence."""
    outcome = Pill(f"■ REFUSED {row.codes}", "danger") if row.is_refused else _outcome(row.outcome)
    return {
        "time": row.ts, "symbol": row.symbol, "side": _side(row.side), "rule": row.rule, "entry": row.entry,
        "stop": row.stop, "target": row.target, "outcome": outcome, "words": row.reason,
    }  # fmt: skip


def trade_cells(trade: Trade) -> dict[str, Any]:
    """Answer a closed trade's cells."""
    return {
        "time": trade.closed_ts, "symbol": trade.symbol, "side": _side(trade.side), "rule": trade.rule,
        "quantity": trade.quantity, "entry": round(trade.entry_price * 100), "exit": round(trade.exit_price * 100),
        "gross": trade.gross_paise, "charges": trade.charges.total, "net": trade.net_paise,
        "words": " ".join((trade.exit_role.value.lower(), *trade.flags)),
    }  # fmt: skip


def _side(side: Side) -> Pill:
    return Pill("▲ LONG", "up") if side is Side.BUY else Pill("▼ SHORT", "down")


def _way(side: Side) -> Pill:
    return Pill("▲ BUY", "up") if side is Side.BUY else Pill("▼ SELL", "down")


def _status(status: Status) -> Pill:
    tone = _STATUS_TONES[status]
    return Pill(f"{_STATUS_MARKS[tone]} {status.value}", tone)


def _outcome(words: str) -> Pill:
    known = next((status for status in Status if status.value == words), None)
    return _status(known) if known is not None else Pill(f"▲ {words}", "warn")
