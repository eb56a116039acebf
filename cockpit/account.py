"""What the fills add up to: positions, trades, equity. Pure folds; nothing here reads a clock or a price by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from cockpit.errors import BadInput
from cockpit.money import Paise, Price, value_paise
from cockpit.orders import Charges, Fill, Product, Role, Side

NO_CHARGES: Final = Charges()


@dataclass(frozen=True, slots=True)
class Position:
    """What is open in one name: signed quantity, what it cost, and which intent opened it."""

    token: int
    symbol: str
    product: Product
    quantity: int
    cost_paise: Paise
    """Signed value paid for the open quantity (negative for a short: money received)."""
    intent_id: str
    rule: str
    opened_ts: int
    charges: Charges = NO_CHARGES
    """All charges booked to the round trip so far."""
    realised_paise: Paise = 0
    """Gross profit of the part already closed."""
    entry_quantity: int = 0
    """How many were opened in all, unsigned."""
    entry_paise: Paise = 0
    exit_paise: Paise = 0

    @property
    def side(self) -> Side:
        """Answer the side that opened it."""
        return Side.BUY if self.quantity > 0 else Side.SELL

    @property
    def average_price(self) -> float:
        """Answer the average price of what is open, in rupees (for the screen)."""
        return self.cost_paise / self.quantity / 100

    def open_paise(self, price: Price, price_scale: int = 100) -> Paise:
        """Answer the gross profit of the open part at `price`."""
        return value_paise(price, self.quantity, price_scale) - self.cost_paise


@dataclass(frozen=True, slots=True)
class Trade:
    """One closed round trip, net of its costs."""

    intent_id: str
    token: int
    symbol: str
    rule: str
    product: Product
    side: Side
    quantity: int
    entry_paise: Paise
    exit_paise: Paise
    gross_paise: Paise
    charges: Charges
    opened_ts: int
    closed_ts: int
    exit_role: Role
    flags: tuple[str, ...] = ()

    @property
    def net_paise(self) -> Paise:
        """Answer the profit after every charge."""
        return self.gross_paise - self.charges.total

    @property
    def entry_price(self) -> float:
        """Answer the average entry in rupees (for the screen)."""
        return self.entry_paise / self.quantity / 100

    @property
    def exit_price(self) -> float:
        """Answer the average exit in rupees (for the screen)."""
        return self.exit_paise / self.quantity / 100


@dataclass(frozen=True, slots=True)
class Equity:
    """One point of the curve."""

    ts: int
    cash_paise: Paise
    open_paise: Paise
    equity_paise: Paise


@dataclass(frozen=True, slots=True)
class Account:
    """The fold of all fills. Identity held at all times: cash = start + sells - buys - charges, to the paisa."""

    start_paise: Paise
    cash_paise: Paise
    positions: Mapping[int, Position] = field(default_factory=lambda: MappingProxyType({}))
    trades: tuple[Trade, ...] = ()
    charges: Charges = NO_CHARGES
    seen: frozenset[tuple[str, str, str, int]] = frozenset()

    @classmethod
    def opened(cls, cash_paise: Paise) -> Account:
        """Open an empty account with `cash_paise`."""
        return cls(start_paise=cash_paise, cash_paise=cash_paise)

    def book(self, fill: Fill) -> Account:
        """Answer the account after `fill`; a fill already booked changes nothing.

        Errors: BadInput for a quantity or price that is not positive, or for a fill that would flip a position.
        """
        if fill.key in self.seen:
            return self
        if fill.quantity <= 0 or fill.price <= 0:
            raise BadInput(f"fill {fill.trade_id} of {fill.quantity} at {fill.price}: both must be above 0")
        held = self.positions.get(fill.token)
        value = value_paise(fill.price, fill.signed_quantity)
        position, trade = _grow(held, fill, value) if _adds(held, fill) else _shrink(held, fill)
        positions = {token: p for token, p in self.positions.items() if token != fill.token}
        if position is not None:
            positions[fill.token] = position
        return replace(
            self,
            cash_paise=self.cash_paise - value - fill.charges.total,
            positions=MappingProxyType(positions),
            trades=(*self.trades, trade) if trade else self.trades,
            charges=self.charges + fill.charges,
            seen=self.seen | {fill.key},
        )

    def marked(self, ts: int, prices: Mapping[int, Price]) -> Equity:
        """Answer the equity at `prices` (by token).

        Errors: BadInput when an open position has no price: a missing price is not a zero.
        """
        missing = [p.symbol for t, p in self.positions.items() if t not in prices]
        if missing:
            raise BadInput(f"no price for open positions {missing}; equity cannot be stated")
        open_paise = sum(p.open_paise(prices[t]) for t, p in self.positions.items())
        cost = sum(p.cost_paise for p in self.positions.values())
        return Equity(ts, self.cash_paise, open_paise, self.cash_paise + cost + open_paise)

    @property
    def realised_net_paise(self) -> Paise:
        """Answer what closed parts earned after all charges booked so far, open positions' charges included."""
        gross = sum(t.gross_paise for t in self.trades) + sum(p.realised_paise for p in self.positions.values())
        return gross - self.charges.total


def folded(start_paise: Paise, fills: Iterable[Fill]) -> Account:
    """Answer the account that `fills` imply, from an opening cash."""
    account = Account.opened(start_paise)
    for fill in fills:
        account = account.book(fill)
    return account


def _adds(held: Position | None, fill: Fill) -> bool:
    return held is None or (held.quantity > 0) == (fill.side is Side.BUY)


def _grow(held: Position | None, fill: Fill, value: Paise) -> tuple[Position, None]:
    if held is None:
        held = Position(fill.token, fill.symbol, fill.product, 0, 0, fill.intent_id, fill.rule, fill.ts)
    return (
        replace(
            held,
            quantity=held.quantity + fill.signed_quantity,
            cost_paise=held.cost_paise + value,
            charges=held.charges + fill.charges,
            entry_quantity=held.entry_quantity + fill.quantity,
            entry_paise=held.entry_paise + abs(value),
        ),
        None,
    )


def _shrink(held: Position | None, fill: Fill) -> tuple[Position | None, Trade | None]:
    assert held is not None
    if fill.quantity > abs(held.quantity):
        raise BadInput(
            f"fill {fill.trade_id} of {fill.quantity} {fill.symbol} would flip a position of {held.quantity};"
            " split it at the flat point"
        )
    # Integer share of the cost: what is left keeps the remainder, so nothing is lost between partial exits.
    left = held.quantity + fill.signed_quantity
    cost_left = held.cost_paise * left // held.quantity if left else 0
    cost_out = held.cost_paise - cost_left
    proceeds = value_paise(fill.price, fill.quantity) * (1 if held.quantity > 0 else -1)
    position = replace(
        held,
        quantity=left,
        cost_paise=cost_left,
        charges=held.charges + fill.charges,
        realised_paise=held.realised_paise + proceeds - cost_out,
        exit_paise=held.exit_paise + abs(proceeds),
    )
    return (position, None) if left else (None, _closed(position, held.side, fill))


def _closed(position: Position, side: Side, fill: Fill) -> Trade:
    return Trade(
        intent_id=position.intent_id,
        token=position.token,
        symbol=position.symbol,
        rule=position.rule,
        product=position.product,
        side=side,
        quantity=position.entry_quantity,
        entry_paise=position.entry_paise,
        exit_paise=position.exit_paise,
        gross_paise=position.realised_paise,
        charges=position.charges,
        opened_ts=position.opened_ts,
        closed_ts=fill.ts,
        exit_role=fill.role,
        flags=fill.flags,
    )
