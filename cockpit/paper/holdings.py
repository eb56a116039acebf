"""What entries brought in and what is left of each: the quantities that children are sized to and exits may take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cockpit.account import Position
from cockpit.errors import BadInput
from cockpit.money import Price
from cockpit.orders import Bracket, Order, OrderKind, Product, Role, Side


@dataclass(slots=True)
class Holding:
    """The open part of one entry, with its way out; `bracket` is None for what was carried in from another day."""

    entry_id: str
    intent_id: str
    token: int
    symbol: str
    side: Side
    product: Product
    rule: str
    tag: str
    left: int = 0
    stop: Price = 0
    target: Price = 0
    carried: bool = False

    @classmethod
    def of(cls, entry: Order) -> Holding:
        """Open the holding of an entry order that begins to fill."""
        bracket = entry.bracket or Bracket(0, None)
        return cls(
            entry.order_id,
            entry.intent_id,
            entry.token,
            entry.symbol,
            entry.side,
            entry.product,
            entry.rule,
            entry.tag,
            stop=bracket.stop,
            target=0 if bracket.target is None else bracket.target,
        )

    @classmethod
    def carry(cls, held: Position) -> Holding:
        """Open the holding of a position that was there before this day; it has no children, only exits close it."""
        intent = held.intent_id
        return cls(
            intent,
            intent,
            held.token,
            held.symbol,
            held.side,
            held.product,
            held.rule,
            "",
            left=abs(held.quantity),
            carried=True,
        )

    def price_of(self, role: Role) -> Price:
        """Answer the price of the child of `role`; 0 when this holding has no such child."""
        return self.stop if role is Role.STOP else self.target

    def child(self, role: Role, number: int, quantity: int, ts: int) -> Order:
        """Answer the `number`th child of `role`: its id and tag follow from the entry's, the same after a restart."""
        letter = role.value[0]
        suffix = f"{letter}{number if number > 1 else ''}"
        is_stop = role is Role.STOP
        return Order(
            order_id=f"{self.entry_id}-{suffix}",
            intent_id=self.intent_id,
            parent_id=self.entry_id,
            role=role,
            token=self.token,
            symbol=self.symbol,
            side=self.side.opposite,
            quantity=quantity,
            kind=OrderKind.STOP if is_stop else OrderKind.LIMIT,
            price=0 if is_stop else self.target,
            trigger=self.stop if is_stop else 0,
            product=self.product,
            rule=self.rule,
            tag=f"{self.tag[:16]}{suffix}",
            ts=ts,
            valid_until=0,
        )

    def exit(self, order_id: str, quantity: int, ts: int) -> Order:
        """Answer a market order that the broker itself places to close `quantity` of the name."""
        return Order(
            order_id=order_id,
            intent_id=self.intent_id,
            parent_id=self.entry_id,
            role=Role.EXIT,
            token=self.token,
            symbol=self.symbol,
            side=self.side.opposite,
            quantity=quantity,
            kind=OrderKind.MARKET,
            price=0,
            trigger=0,
            product=self.product,
            rule=self.rule,
            tag=f"{self.tag[:16]}{order_id.rpartition('-')[2]}",
            ts=ts,
            valid_until=0,
        )


class Holdings:
    """Move holdings by fills alone, so that the same fills always leave the same holdings."""

    def __init__(self) -> None:
        self._by_entry: dict[str, Holding] = {}
        self._by_token: dict[int, list[Holding]] = {}

    def __iter__(self) -> Iterator[Holding]:
        return (holding for holding in self._by_entry.values() if holding.left)

    def open(self, holding: Holding) -> None:
        """Take in a holding."""
        self._by_entry[holding.entry_id] = holding
        self._by_token.setdefault(holding.token, []).append(holding)

    def of(self, entry_id: str) -> Holding | None:
        """Answer the holding an entry opened; None before its first fill."""
        return self._by_entry.get(entry_id)

    def book(self, order: Order, quantity: int) -> None:
        """Move the holdings by one fill of `order`: entries add, children take from their own, exits from the oldest.

        Errors: BadInput for a fill that takes more than there is; the position would flip.
        """
        if order.role is Role.ENTRY:
            if order.order_id not in self._by_entry:
                self.open(Holding.of(order))
            self._by_entry[order.order_id].left += quantity
            return
        source = [self._by_entry[order.parent_id]] if order.role is not Role.EXIT else self.in_name(order.token)
        for holding in source:
            taken = min(holding.left, quantity)
            holding.left -= taken
            quantity -= taken
        if quantity:
            raise BadInput(f"fill of {order.order_id} takes {quantity} {order.symbol} more than is held")

    def in_name(self, token: int) -> list[Holding]:
        """Answer what is open in a name, oldest first."""
        return [holding for holding in self._by_token.get(token, ()) if holding.left]

    def net(self, token: int) -> int:
        """Answer the signed quantity held in a name."""
        return sum(holding.left * int(holding.side) for holding in self.in_name(token))

    def uncovered(self, token: int, exiting: int) -> list[tuple[Holding, int]]:
        """Answer each holding of a name with what its children must cover; `exiting` is taken from the oldest."""
        shares = []
        for holding in self._by_token.get(token, ()):
            reserved = min(holding.left, exiting)
            exiting -= reserved
            shares.append((holding, holding.left - reserved))
        return shares
