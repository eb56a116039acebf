"""Our charges against the broker's own note: what every executed order cost by our tariff and by the broker's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Protocol

from cockpit.errors import BadInput
from cockpit.money import Paise, value_paise
from cockpit.orders import Charges, Fill, Side
from cockpit.venues.kite_books import NoteCharges, charges_of

A_PAISA: Final = Decimal(1)
"""Ours are rounded to the paisa line by line and the broker's are not: less than this is no difference."""
ROWS: Final = 50
"""So many orders are asked about in one call."""


class NoteDoor(Protocol):
    """Whoever can ask the broker what orders cost."""

    async def virtual_contract_note(self, orders: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Answer the charges of executed orders, in the order asked."""


@dataclass(frozen=True, slots=True)
class ChargeGap:
    """One line of one order's costs on which we and the broker differ."""

    order_id: str
    symbol: str
    line: str
    ours_paise: Paise
    theirs_paise: Decimal

    @property
    def sentence(self) -> str:
        """Say it with both figures, in paise."""
        both = f"{self.ours_paise} p by our tariff, {self.theirs_paise} p by the broker's note"
        return f"{self.line} of {self.order_id} {self.symbol}: {both}"


@dataclass(slots=True)
class _Executed:
    first: Fill
    quantity: int = 0
    value: Paise = 0
    charges: Charges = field(default_factory=Charges)

    def row(self) -> dict[str, Any]:
        """Write the question; how an order was to execute does not change what it costs."""
        fill = self.first
        return {
            "order_id": fill.order_id,
            "exchange": fill.exchange,
            "tradingsymbol": fill.symbol,
            "transaction_type": "BUY" if fill.side is Side.BUY else "SELL",
            "variety": "regular",
            "product": fill.product.value,
            "order_type": "MARKET",
            "quantity": self.quantity,
            "average_price": float(Decimal(self.value) / self.quantity / 100),
        }


async def charge_gaps(door: NoteDoor, fills: Sequence[Fill]) -> list[ChargeGap]:
    """Answer every line of every order of one day on which the broker's note is more than a paisa away from ours.

    What no note of an order holds is not compared: depository charges and the fee of a forced square-off.
    Errors: whatever the door raises; BadInput when the broker answers about other orders than were asked.
    """
    executed: dict[str, _Executed] = {}
    for fill in fills:
        order = executed.setdefault(fill.order_id, _Executed(fill))
        order.quantity += fill.quantity
        order.value += value_paise(fill.price, fill.quantity)
        order.charges += fill.charges
    asked, found = list(executed.values()), list[ChargeGap]()
    for start in range(0, len(asked), ROWS):
        part = asked[start : start + ROWS]
        told = await door.virtual_contract_note([order.row() for order in part])
        if len(told) != len(part):
            raise BadInput(f"the note answers {len(told)} orders, {len(part)} were asked about")
        for order, row in zip(part, told, strict=True):
            found += _gaps(order, row)
    return found


def _gaps(order: _Executed, row: Mapping[str, Any]) -> list[ChargeGap]:
    fill = order.first
    if (row.get("tradingsymbol"), row.get("quantity")) != (fill.symbol, order.quantity):
        said = f"{row.get('tradingsymbol')} {row.get('quantity')}"
        raise BadInput(f"the note answers about {said} where {fill.symbol} {order.quantity} was asked")
    theirs = charges_of(row.get("charges", {}))
    return [
        ChargeGap(fill.order_id, fill.symbol, line, ours, his)
        for line, ours, his in _lines(order.charges, theirs)
        if abs(his - ours) > A_PAISA
    ]


def _lines(ours: Charges, theirs: NoteCharges) -> list[tuple[str, Paise, Decimal]]:
    return [
        ("brokerage", ours.brokerage, theirs.brokerage * 100),
        ("STT", ours.stt, theirs.tax * 100),
        ("exchange charge", ours.exchange, theirs.exchange * 100),
        ("SEBI fee", ours.sebi, theirs.sebi * 100),
        ("stamp duty", ours.stamp, theirs.stamp * 100),
        ("GST", ours.gst, theirs.gst * 100),
    ]
