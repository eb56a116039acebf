"""One client order as the exchange keeps it: what was asked, where it stands, and every state it walked through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cockpit.market import Instrument
from cockpit.orders import Side
from cockpit.simulator.kite_replies import rupees_of, stamp
from cockpit.simulator.kite_session import USER_ID

OPEN: Final = "OPEN"
TRIGGER_PENDING: Final = "TRIGGER PENDING"
COMPLETE: Final = "COMPLETE"
CANCELLED: Final = "CANCELLED"
REJECTED: Final = "REJECTED"
OVER: Final = frozenset({COMPLETE, CANCELLED, REJECTED})
WORKING: Final = frozenset({OPEN, TRIGGER_PENDING})
RECEIVED: Final = ("PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING")
MODIFYING: Final = ("MODIFY VALIDATION PENDING", "MODIFY PENDING", "MODIFIED")
CANCELLING: Final = "CANCEL PENDING"


@dataclass(slots=True)
class Wish:
    """What a client asked for; prices in paise, 0 where the kind has none."""

    instrument: Instrument
    side: Side
    product: str
    order_type: str
    quantity: int
    price: int = 0
    trigger: int = 0
    validity: str = "DAY"
    validity_minutes: int = 0
    disclosed: int = 0
    protection: float = 0.0
    """Percent; -1 automatic, 0 none."""
    tag: str = ""
    variety: str = "regular"


@dataclass(slots=True)
class ClientOrder:
    """A wish that was taken, with its fills and its walk."""

    order_id: str
    exchange_order_id: str
    wish: Wish
    placed_ts: int
    status: str = RECEIVED[0]
    message: str | None = None
    tags: tuple[str, ...] = ()
    filled: int = 0
    value_paise: int = 0
    updated_ts: int = 0
    exchange_ts: int = 0
    n_modified: int = 0
    pending: list[tuple[int, str]] = field(default_factory=list)
    """(second, status) still to come, in order."""
    queue: int = 0
    """Shares that stand before ours at our price."""
    looked: int = -1
    """Second of the book it was last held against: a book is looked at once."""
    visible_from: int = -1
    placed_by: str = USER_ID
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Answer the shares not filled."""
        return self.wish.quantity - self.filled

    @property
    def is_over(self) -> bool:
        """Tell whether nothing can happen to it any more."""
        return self.status in OVER

    @property
    def average_paise(self) -> float:
        """Answer the mean price of the fills, paise; 0 before any."""
        return self.value_paise / self.filled if self.filled else 0.0

    def move(self, status: str, ts: int, message: str | None = None) -> None:
        """Enter a state and write it down."""
        self.status, self.updated_ts = status, ts
        self.message = message or self.message
        if status in (OPEN, TRIGGER_PENDING) and not self.exchange_ts:
            self.exchange_ts = ts
        self.history.append(self.row())

    def row(self) -> dict[str, Any]:
        """Answer the order as Kite's order book shows it."""
        w, over = self.wish, self.status in (CANCELLED, REJECTED)
        at_exchange = self.exchange_ts or None
        return {
            "placed_by": self.placed_by,
            "account_id": USER_ID,
            "order_id": self.order_id,
            "exchange_order_id": self.exchange_order_id if at_exchange else None,
            "parent_order_id": None,
            "status": self.status,
            "status_message": self.message,
            "status_message_raw": f"PRACTICE: {self.message}" if self.message else None,
            "order_timestamp": stamp(self.placed_ts if not self.n_modified else self.updated_ts),
            "exchange_update_timestamp": stamp(self.updated_ts),
            "exchange_timestamp": stamp(self.exchange_ts) if at_exchange else None,
            "variety": w.variety,
            "modified": self.n_modified > 0,
            "exchange": w.instrument.exchange,
            "tradingsymbol": w.instrument.symbol,
            "instrument_token": w.instrument.token,
            "order_type": w.order_type,
            "transaction_type": w.side.name,
            "validity": w.validity,
            "validity_ttl": w.validity_minutes,
            "product": w.product,
            "quantity": w.quantity,
            "disclosed_quantity": w.disclosed,
            "price": rupees_of(w.price),
            "trigger_price": rupees_of(w.trigger),
            "average_price": round(self.average_paise / 100, 4),
            "filled_quantity": self.filled,
            "pending_quantity": 0 if over else self.left,
            "cancelled_quantity": self.left if self.status == CANCELLED else 0,
            "market_protection": 0,
            "meta": {},
            "tag": w.tag or None,
            "tags": [*([w.tag] if w.tag else []), *self.tags],
            "guid": f"PRACTICE{self.order_id}",
        }


@dataclass(frozen=True, slots=True)
class ClientTrade:
    """One fill of a client order."""

    trade_id: str
    order: ClientOrder
    quantity: int
    price: int
    ts: int

    def row(self) -> Mapping[str, Any]:
        """Answer the trade as Kite's trade book shows it; its order time is a time without a day, as there."""
        w = self.order.wish
        return {
            "trade_id": self.trade_id,
            "order_id": self.order.order_id,
            "exchange": w.instrument.exchange,
            "tradingsymbol": w.instrument.symbol,
            "instrument_token": w.instrument.token,
            "product": w.product,
            "average_price": rupees_of(self.price),
            "quantity": self.quantity,
            "exchange_order_id": self.order.exchange_order_id,
            "transaction_type": w.side.name,
            "fill_timestamp": stamp(self.ts),
            "order_timestamp": stamp(self.order.placed_ts)[11:],
            "exchange_timestamp": stamp(self.ts),
        }
