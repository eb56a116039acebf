"""Makes our nouns of the broker's books: orders, trades, positions, holdings, funds, charges, and their identities."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from cockpit.broker_books import BrokerHolding, BrokerOrder, BrokerPosition, BrokerTrade, Funds
from cockpit.errors import BadInput
from cockpit.orders import Side, Status
from cockpit.venues.kite_nouns import moment, paise_of, rupees_of, scaled
from cockpit.venues.kite_wire import price_scale

Row = Mapping[str, Any]

STATUSES: Final[Mapping[str, Status]] = {
    "COMPLETE": Status.FILLED,
    "CANCELLED": Status.CANCELLED,
    "REJECTED": Status.REJECTED,
    "OPEN": Status.OPEN,
    "TRIGGER PENDING": Status.TRIGGER_PENDING,
    # on their way to the exchange: the broker has them, the market may not
    "PUT ORDER REQ RECEIVED": Status.SENT,
    "VALIDATION PENDING": Status.SENT,
    "OPEN PENDING": Status.SENT,
    "AMO REQ RECEIVED": Status.SENT,
    # live, with a change under way
    "MODIFY VALIDATION PENDING": Status.OPEN,
    "MODIFY PENDING": Status.OPEN,
    "MODIFIED": Status.OPEN,
    "CANCEL PENDING": Status.OPEN,
    "UPDATE": Status.OPEN,
}
SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}


def status_of(text: str) -> Status:
    """Answer where an order stands; words that nobody knows are UNKNOWN, which counts as live and blocks the name."""
    return STATUSES.get(text, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class NoteCharges:
    """The broker's own charges of one order, in rupees, unrounded as it gives them."""

    tax: Decimal
    exchange: Decimal
    sebi: Decimal
    brokerage: Decimal
    stamp: Decimal
    gst: Decimal
    total: Decimal

    @property
    def gap(self) -> Decimal:
        """Answer by how much the total differs from the sum of its lines, in rupees."""
        return self.total - (self.tax + self.exchange + self.sebi + self.brokerage + self.stamp + self.gst)


@dataclass(frozen=True, slots=True)
class Slice:
    """One child of an order that the broker cut into slices: its id, or the broker's no."""

    broker_order_id: str
    error: str


def order_of(row: Row) -> BrokerOrder:
    """Read a row of the order book, of an order's history, or of a pushed update."""
    with _naming("order", row):
        token = int(row["instrument_token"])
        scale = price_scale(token)
        ts = moment(row["order_timestamp"])
        if ts is None:
            raise BadInput("no order_timestamp")
        return BrokerOrder(
            broker_order_id=row["order_id"],
            parent_id=row.get("parent_order_id") or "",
            status=status_of(row["status"]),
            status_text=row["status"],
            reason=row.get("status_message") or "",
            tags=tuple(row.get("tags") or ([row["tag"]] if row.get("tag") else [])),
            token=token,
            exchange=row["exchange"],
            symbol=row["tradingsymbol"],
            side=SIDES[row["transaction_type"]],
            product=row["product"],
            kind=row["order_type"],
            quantity=_count(row["quantity"]),
            filled=_count(row["filled_quantity"]),
            pending=_count(row["pending_quantity"]) if "pending_quantity" in row else _count(row["unfilled_quantity"]),
            cancelled=_count(row["cancelled_quantity"]),
            price=scaled(row["price"], scale, "price"),
            trigger=scaled(row["trigger_price"], scale, "trigger_price"),
            average_price=rupees_of(row["average_price"], "average_price"),
            ts=ts,
        )


def trade_of(row: Row) -> BrokerTrade:
    """Read a row of the trade book. Its own `order_timestamp` is a bare time of day, so the fill's time counts."""
    with _naming("trade", row):
        token = int(row["instrument_token"])
        ts = moment(row["fill_timestamp"])
        quantity, price = _count(row["quantity"]), scaled(row["average_price"], price_scale(token), "average_price")
        if ts is None or quantity <= 0 or price <= 0:
            raise BadInput("a fill has a time, and a quantity and price above 0")
        return BrokerTrade(
            trade_id=row["trade_id"],
            broker_order_id=row["order_id"],
            exchange=row["exchange"],
            token=token,
            symbol=row["tradingsymbol"],
            side=SIDES[row["transaction_type"]],
            product=row["product"],
            quantity=quantity,
            price=price,
            ts=ts,
        )


def position_of(row: Row) -> BrokerPosition:
    """Read one row of `net` or `day`."""
    with _naming("position", row):
        amounts = ("multiplier", "average_price", "last_price", "buy_value", "sell_value", "pnl")
        return BrokerPosition(
            int(row["instrument_token"]),
            row["exchange"],
            row["tradingsymbol"],
            row["product"],
            _count(row["quantity"]),
            _count(row["overnight_quantity"]),
            **{name: rupees_of(row[name], name) for name in amounts},
        )


def holding_of(row: Row) -> BrokerHolding:
    """Read one demat holding."""
    with _naming("holding", row):
        amounts = ("average_price", "last_price", "pnl")
        return BrokerHolding(
            int(row["instrument_token"]),
            row["exchange"],
            row["tradingsymbol"],
            row["isin"],
            _count(row["quantity"]),
            _count(row["t1_quantity"]),
            **{name: rupees_of(row[name], name) for name in amounts},
        )


def funds_of(row: Row) -> Funds:
    """Read the funds of one segment."""
    with _naming("funds", row):
        free, used = row["available"], row["utilised"]
        return Funds(
            net=paise_of(row["net"], "net"),
            cash=paise_of(free["cash"], "cash"),
            adhoc=paise_of(free["adhoc_margin"], "adhoc_margin"),
            collateral=paise_of(free["collateral"], "collateral"),
            payin=paise_of(free["intraday_payin"], "intraday_payin"),
            debits=paise_of(used["debits"], "debits"),
        )


def charges_of(row: Row) -> NoteCharges:
    """Read the `charges` block of a margin or contract-note row."""
    with _naming("charges", row):
        names = ("transaction_tax", "exchange_turnover_charge", "sebi_turnover_charge", "brokerage", "stamp_duty")
        tax, exchange, sebi, brokerage, stamp = (rupees_of(row[name], name) for name in names)
        gst, total = rupees_of(row["gst"]["total"], "gst"), rupees_of(row["total"], "total")
        return NoteCharges(tax, exchange, sebi, brokerage, stamp, gst, total)


def slices_of(told: Row | Sequence[Row]) -> tuple[Slice, ...]:
    """Read the answer to a sliced order: a list, or an object with `children`; partial success is normal."""
    rows = told.get("children") if isinstance(told, Mapping) else told
    if not rows:
        raise BadInput(f"sliced order answered {told!r}; its children expected")
    return tuple(
        Slice(row.get("order_id", ""), str(row["error"].get("message", "")) if "error" in row else "") for row in rows
    )


def is_genuine_postback(row: Row, api_secret: str) -> bool:
    """Tell whether a posted order update carries the checksum that only the broker and we can make."""
    made = postback_checksum(str(row["order_id"]), str(row["order_timestamp"]), api_secret)
    return hmac.compare_digest(made, str(row.get("checksum", "")))


def postback_checksum(order_id: str, order_timestamp: str, api_secret: str) -> str:
    """Answer SHA-256 over order id, its time as written, and the secret (Kite Connect documentation, postbacks)."""
    return hashlib.sha256(f"{order_id}{order_timestamp}{api_secret}".encode()).hexdigest()


def _count(value: Any) -> int:
    exact = rupees_of(value, "quantity")
    if exact != exact.to_integral_value():
        raise BadInput(f"quantity {value!r} is not whole")
    return int(exact)


@contextmanager
def _naming(what: str, row: Row) -> Iterator[None]:
    """Turn whatever is wrong with a row into BadInput that names the row."""
    if not isinstance(row, Mapping):
        raise BadInput(f"{what} is {type(row).__name__}, a row expected")
    try:
        yield
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as fault:
        who = row.get("order_id") or row.get("tradingsymbol") or ""
        raise BadInput(f"{what} {who} cannot be read: {type(fault).__name__} {fault}") from fault
