"""The broker's own books, in our nouns: its orders, trades, positions, holdings and funds, as it wrote them.

They are evidence, never our account: the ledger is held against them, and every difference is explained or halts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cockpit.money import Paise, Price, half_up
from cockpit.orders import OrderMoved, Side, Status


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """One row of the order book. Never reconcile by `kind`: a protected market order comes back as LIMIT."""

    broker_order_id: str
    parent_id: str
    status: Status
    status_text: str
    reason: str
    tags: tuple[str, ...]
    token: int
    exchange: str
    symbol: str
    side: Side
    product: str
    kind: str
    quantity: int
    filled: int
    pending: int
    cancelled: int
    price: Price
    trigger: Price
    average_price: Decimal
    """Rupees, 0 before the first fill."""
    ts: int

    def moved(self, order_id: str) -> OrderMoved:
        """Answer this state as the report on our order `order_id`."""
        told = self.reason or ("" if self.status is not Status.UNKNOWN else f"broker says {self.status_text!r}")
        return OrderMoved(order_id, self.ts, self.status, self.filled, told, broker_order_id=self.broker_order_id)


@dataclass(frozen=True, slots=True)
class BrokerTrade:
    """One row of the trade book: the truth about a fill."""

    trade_id: str
    broker_order_id: str
    exchange: str
    token: int
    symbol: str
    side: Side
    product: str
    quantity: int
    price: Price
    ts: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Answer what makes it unique at the broker."""
        return (self.exchange, self.trade_id, self.broker_order_id, int(self.side))


@dataclass(frozen=True, slots=True)
class BrokerPosition:
    """One position of the day; amounts in rupees as the broker wrote them, the sign of `quantity` is its direction."""

    token: int
    exchange: str
    symbol: str
    product: str
    quantity: int
    overnight_quantity: int
    multiplier: Decimal
    average_price: Decimal
    last_price: Decimal
    buy_value: Decimal
    sell_value: Decimal
    pnl: Decimal

    @property
    def pnl_gap_paise(self) -> Paise:
        """Answer by how much the broker's profit differs from sells - buys + what is open at the last price."""
        worth = self.quantity * self.last_price * self.multiplier
        return half_up((self.pnl - (self.sell_value - self.buy_value + worth)) * 100)


@dataclass(frozen=True, slots=True)
class BrokerHolding:
    """One demat holding; `t1_quantity` was bought yesterday and is on its way."""

    token: int
    exchange: str
    symbol: str
    isin: str
    quantity: int
    t1_quantity: int
    average_price: Decimal
    last_price: Decimal
    pnl: Decimal

    @property
    def pnl_gap_paise(self) -> Paise:
        """Answer by how much the broker's profit differs from (last - average) on all that is owned."""
        owned = self.quantity + self.t1_quantity
        return half_up((self.pnl - (self.last_price - self.average_price) * owned) * 100)


@dataclass(frozen=True, slots=True)
class Funds:
    """The funds of one segment, in paise."""

    net: Paise
    cash: Paise
    adhoc: Paise
    collateral: Paise
    payin: Paise
    debits: Paise

    @property
    def gap_paise(self) -> Paise:
        """Answer by how much `net` differs from what is available less what is used."""
        return self.net - (self.cash + self.adhoc + self.collateral + self.payin - self.debits)


@dataclass(frozen=True, slots=True)
class BrokerBooks:
    """All books of the broker as they stood at some instant between `asked` and `ts`, ns UTC.

    The books are read one after the other while the market moves, orders first: whoever compares them with the ledger
    must expect that a later one knows more.
    """

    asked: int
    ts: int
    orders: tuple[BrokerOrder, ...]
    trades: tuple[BrokerTrade, ...]
    positions: tuple[BrokerPosition, ...]
    holdings: tuple[BrokerHolding, ...]
    funds: Funds


class Subject(StrEnum):
    """What two books may disagree on."""

    ORDER = "order"
    TRADE = "trade"
    POSITION = "position"
    CASH = "cash"


class Standing(StrEnum):
    """What a difference means."""

    IN_FLIGHT = "in flight"
    """Explained: one side knows of something that the other will know at a later look."""
    FOREIGN = "foreign"
    """Explained: made at the broker by somebody else; it is named and blocks its name, and is never booked."""
    BREAK = "break"
    """Nothing explains it: trading halts."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the ledger and the broker differ, with both figures."""

    subject: Subject
    key: str
    """Our order id, the broker's, a trade's, or a name with its product: what it is about, the same at every look."""
    token: int
    symbol: str
    ours: str
    theirs: str
    standing: Standing
    why: str
    """What explains it, or why nothing does."""
    looks: int = 1
    """At how many looks in a row the two differed here."""
    same: int = 1
    """At how many looks in a row they differed by these very figures."""

    @property
    def sentence(self) -> str:
        """Say it whole: what differs, both figures, and why it matters or does not."""
        return f"{self.subject} {self.key}: ledger {self.ours}, broker {self.theirs} ({self.why})"


@dataclass(frozen=True, slots=True)
class BooksCompared:
    """The ledger was held against the broker's books, read between `asked` and `ts`; news, not a fact of the journal.

    `unread` says why the books could not be read; then nothing was compared and nothing is proved.
    """

    ts: int
    asked: int
    differences: tuple[Difference, ...]
    orders: int = 0
    trades: int = 0
    positions: int = 0
    unread: str = ""

    @property
    def is_equal(self) -> bool:
        """Tell whether every difference is explained."""
        return not self.unread and not self.breaks

    @property
    def breaks(self) -> tuple[Difference, ...]:
        """Answer the differences that nothing explains."""
        return tuple(d for d in self.differences if d.standing is Standing.BREAK)
