"""Kite as a real broker: our orders out by its calls, its books in as our nouns. For a live broker alone."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit.broker_books import BrokerHolding, BrokerOrder, BrokerPosition, BrokerTrade, Funds
from cockpit.money import Price
from cockpit.orders import Order, OrderKind
from cockpit.venues.kite_books import funds_of, holding_of, order_of, position_of, trade_of
from cockpit.venues.kite_orders import KiteOrders
from cockpit.venues.kite_rest import KiteRest

SEGMENT = "equity"


class KiteDoor:
    """The order desk of one Kite account. It remembers nothing and repeats nothing.

    Slicing by the broker is never asked for: its children would share one tag, and a tag is our only handle.
    """

    def __init__(self, rest: KiteRest) -> None:
        self._rest = rest
        self._orders = KiteOrders(rest)

    async def send(self, order: Order) -> str:
        """Send an order once and answer Kite's id for it.

        Errors: the no on evidence; OutcomeUnknown on everything else.
        """
        return await self._orders.place(order)

    async def change(
        self,
        broker_order_id: str,
        token: int,
        *,
        quantity: int | None = None,
        price: Price | None = None,
        trigger: Price | None = None,
        kind: OrderKind | None = None,
    ) -> None:
        """Change the terms of a resting order; what is not named stays."""
        await self._orders.modify(broker_order_id, token, quantity=quantity, price=price, trigger=trigger, kind=kind)

    async def withdraw(self, broker_order_id: str) -> None:
        """Ask for a resting order to be cancelled; it may still fill before it is."""
        await self._orders.cancel(broker_order_id)

    async def orders(self) -> Sequence[BrokerOrder]:
        """Answer the day's order book."""
        return [order_of(row) for row in await self._rest.orders()]

    async def trades(self) -> Sequence[BrokerTrade]:
        """Answer the day's trade book."""
        return [trade_of(row) for row in await self._rest.trades()]

    async def positions(self) -> Sequence[BrokerPosition]:
        """Answer the net positions."""
        return [position_of(row) for row in (await self._rest.positions())["net"]]

    async def holdings(self) -> Sequence[BrokerHolding]:
        """Answer what lies in the demat account."""
        return [holding_of(row) for row in await self._rest.holdings()]

    async def funds(self) -> Funds:
        """Answer the equity segment's funds."""
        return funds_of((await self._rest.margins())[SEGMENT])
