"""What we want, what we sent, what happened: intents, refusals, orders, reports and fills."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, TypeAlias

from cockpit.money import Paise, Price


class Mode(StrEnum):
    """Whose market and whose money: it stands in the ledger's first row and never changes there."""

    PRACTICE = "PRACTICE"
    REPLAY = "REPLAY"
    PAPER = "PAPER"
    LIVE = "LIVE"


class Side(IntEnum):
    """Buy or sell; the value is the sign of the quantity it adds."""

    BUY = 1
    SELL = -1

    @property
    def opposite(self) -> Side:
        """Answer the side that closes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


class Product(StrEnum):
    """MIS is squared off the same day, CNC is delivery."""

    MIS = "MIS"
    CNC = "CNC"


class OrderKind(StrEnum):
    """How an order may execute. A market order always carries protection."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "SL-M"
    STOP_LIMIT = "SL"


class Role(StrEnum):
    """What an order is for."""

    ENTRY = "ENTRY"
    STOP = "STOP"
    TARGET = "TARGET"
    EXIT = "EXIT"


class Status(StrEnum):
    """Where an order stands. Only listed broker evidence ends one; all else is UNKNOWN, which blocks its name."""

    INTENT = "INTENT"  # durable with us, not sent
    SENT = "SENT"  # the bytes left; no evidence yet
    OPEN = "OPEN"  # resting; may be partly filled
    TRIGGER_PENDING = "TRIGGER PENDING"
    FILLED = "COMPLETE"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    LAPSED = "LAPSED"  # its validity ended without a fill
    UNKNOWN = "UNKNOWN"

    @property
    def is_terminal(self) -> bool:
        """Tell whether the order can change no more (but for a late fill, which reopens it)."""
        return self in TERMINAL


TERMINAL: Final = frozenset({Status.FILLED, Status.CANCELLED, Status.REJECTED, Status.LAPSED})


@dataclass(frozen=True, slots=True)
class Intent:
    """What a strategy wants for one name, with its way out. The quantity is not the strategy's to choose.

    `entry` is the trigger of a stop entry (`kind` STOP) or the limit of a LIMIT entry; for MARKET it is the price seen
    when deciding. `stop` and `target` are prices; no target means the position leaves by stop or by time.
    """

    intent_id: str
    ts: int
    rule: str
    token: int
    symbol: str
    side: Side
    kind: OrderKind
    entry: Price
    stop: Price
    target: Price | None
    valid_until: int
    reason: str
    product: Product = Product.MIS

    @property
    def prices(self) -> tuple[Price, ...]:
        """Answer every price it names: entry, stop and, where there is one, target."""
        return (self.entry, self.stop) if self.target is None else (self.entry, self.stop, self.target)

    @property
    def risk_per_share(self) -> Price:
        """Answer how far the stop lies from the entry, at price scale."""
        return abs(self.entry - self.stop)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A strategy takes back an intent that has not been filled, with the reason."""

    intent_id: str
    ts: int
    reason: str


Decision: TypeAlias = Intent | Withdrawal
"""What a strategy may answer."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An intent with the quantity that sizing gave it, as the risk gate sees it."""

    intent: Intent
    quantity: int

    @property
    def value_paise(self) -> Paise:
        """Answer what the entry would be worth, in paise."""
        return self.intent.entry * self.quantity

    @property
    def risk_paise(self) -> Paise:
        """Answer what is lost, before costs, if the stop fills at its price."""
        return self.intent.risk_per_share * self.quantity

    def refused(self, ts: int, code: str, sentence: str, value: str, limit: str) -> Refusal:
        """Answer our no to this proposal, in the rule's words and with both its numbers."""
        i = self.intent
        return Refusal(i.intent_id, ts, i.rule, code, sentence, value, limit, i.token, i.symbol)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Our no to an intent: which rule, its code, and both numbers. (A `Rejection` is the broker's no.)"""

    intent_id: str
    ts: int
    rule: str
    """The strategy whose intent was refused."""
    code: str
    """The refusing rule's code, e.g. `DAY_LOSS`."""
    sentence: str
    """In words, both numbers included."""
    value: str
    limit: str
    token: int = 0
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Bracket:
    """The way out that travels with an entry: children follow the filled quantity, one fill reduces the other."""

    stop: Price
    target: Price | None


@dataclass(frozen=True, slots=True)
class Order:
    """What we sent, or are about to. `price` is the limit, `trigger` the stop trigger; 0 where the kind has none."""

    order_id: str
    intent_id: str
    parent_id: str
    """The entry order for a child or an exit, else empty."""
    role: Role
    token: int
    symbol: str
    side: Side
    quantity: int
    kind: OrderKind
    price: Price
    trigger: Price
    product: Product
    rule: str
    tag: str
    """Alphanumeric, at most 20: the only idempotency handle the broker gives us."""
    ts: int
    valid_until: int
    bracket: Bracket | None = None


ALARM: Final = "ALARM: "
"""A report whose reason begins so speaks of a position that nothing at the broker would close."""


@dataclass(frozen=True, slots=True)
class OrderMoved:
    """The broker's report that an order changed state or terms; a broker's own children arrive with their `order`."""

    order_id: str
    ts: int
    status: Status
    filled: int
    reason: str = ""
    order: Order | None = None
    """The order's newest terms: set when a broker-made child is first heard of, and whenever terms changed since."""
    broker_order_id: str = ""

    @property
    def is_alarm(self) -> bool:
        """Tell whether it says that a position is without protection."""
        return self.reason.startswith(ALARM)


@dataclass(frozen=True, slots=True)
class Charges:
    """What a fill or an order cost beside its price, in paise, line by line."""

    brokerage: Paise = 0
    stt: Paise = 0
    exchange: Paise = 0
    sebi: Paise = 0
    stamp: Paise = 0
    gst: Paise = 0
    dp: Paise = 0
    penalty: Paise = 0
    """Broker's square-off fee and the like, taxes included."""

    @property
    def total(self) -> Paise:
        """Answer the sum of all lines."""
        return self.brokerage + self.stt + self.exchange + self.sebi + self.stamp + self.gst + self.dp + self.penalty

    def __add__(self, other: Charges) -> Charges:
        """Add line by line."""
        return Charges(*(a + b for a, b in zip(self.lines(), other.lines(), strict=True)))

    def __sub__(self, other: Charges) -> Charges:
        """Subtract line by line."""
        return Charges(*(a - b for a, b in zip(self.lines(), other.lines(), strict=True)))

    def lines(self) -> tuple[Paise, ...]:
        """Answer the lines in field order."""
        return (
            self.brokerage,
            self.stt,
            self.exchange,
            self.sebi,
            self.stamp,
            self.gst,
            self.dp,
            self.penalty,
        )


@dataclass(frozen=True, slots=True)
class Fill:
    """What happened: so many at such a price. (exchange, trade_id, order_id, side) books it exactly once."""

    trade_id: str
    order_id: str
    intent_id: str
    role: Role
    token: int
    symbol: str
    side: Side
    quantity: int
    price: Price
    ts: int
    product: Product
    rule: str
    charges: Charges
    """What this fill added to its order's charges; the sums over an order are exact to the paisa."""
    slippage: Paise = 0
    """Part of the price that the fill model took beyond the reference price, already inside `price`; for reports."""
    model: str = ""
    """The fill model that made it; empty for a real broker."""
    flags: tuple[str, ...] = ()
    """E.g. `gap`, `ambiguous`, `partial`."""
    exchange: str = "NSE"

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Answer what makes this fill unique."""
        return (self.exchange, self.trade_id, self.order_id, int(self.side))

    @property
    def signed_quantity(self) -> int:
        """Answer the quantity with the side's sign."""
        return self.quantity * int(self.side)


Report: TypeAlias = OrderMoved | Fill
"""What a broker tells, in order."""


def order_tag(account: str, order_id: str) -> str:
    """Answer the 16 alphanumeric characters that name this order at the broker, the same after every restart."""
    digest = hashlib.sha256(f"{account}/{order_id}".encode()).digest()
    return base64.b32encode(digest[:10]).decode("ascii")
