"""Kite's order calls, for a live broker alone: a cockpit that trades on paper never imports this file."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from cockpit.errors import BadRequest, OutcomeUnknown
from cockpit.money import Price
from cockpit.orders import Order, OrderKind, Side
from cockpit.venues.kite_rest import KiteRest
from cockpit.venues.kite_wire import price_scale

VARIETY: Final = "regular"
TAG: Final = re.compile(r"[A-Za-z0-9]{1,20}")
AUTOMATIC: Final = -1
"""Market protection chosen by the broker; without one, market and stop-market orders are refused since 2026-04-01."""
UNPROTECTED: Final = (OrderKind.MARKET, OrderKind.STOP)


class KiteOrders:
    """Place, change and cancel orders, each call once; the truth about what became of them is in the order book.

    Errors: the broker's no as its own error; `OutcomeUnknown` whenever an order may be live. Never send again on that:
    look for the tag in `KiteRest.orders()`.
    """

    def __init__(self, rest: KiteRest, exchange: str = "NSE") -> None:
        self._rest = rest
        self._exchange = exchange

    async def place(self, order: Order, *, protection: int = AUTOMATIC) -> str:
        """Send an order and answer the broker's id for it.

        Errors: BadRequest, with nothing sent, for an order that is not whole.
        """
        asked = self._asked(order, protection)
        order_id = await self._rest.order_call(f"place {order.tag}", lambda kite: kite.place_order(VARIETY, **asked))
        return _checked(order_id, f"place {order.tag}")

    def _asked(self, order: Order, protection: int) -> dict[str, Any]:
        if not TAG.fullmatch(order.tag):
            raise BadRequest(f"tag {order.tag!r} given, 1 to 20 letters and digits expected: it is our only handle")
        if order.quantity <= 0:
            raise BadRequest(f"order {order.order_id} of {order.quantity}: a quantity above 0 expected")
        needs_price = order.kind in (OrderKind.LIMIT, OrderKind.STOP_LIMIT)
        needs_trigger = order.kind in (OrderKind.STOP, OrderKind.STOP_LIMIT)
        if needs_price != (order.price > 0) or needs_trigger != (order.trigger > 0):
            raise BadRequest(f"{order.kind} order at price {order.price}, trigger {order.trigger}: one too many or few")
        asked: dict[str, Any] = {
            "exchange": self._exchange,
            "tradingsymbol": order.symbol,
            "transaction_type": "BUY" if order.side is Side.BUY else "SELL",
            "quantity": order.quantity,
            "product": str(order.product),
            "order_type": str(order.kind),
            "validity": "DAY",
            "tag": order.tag,
        }
        if needs_price:
            asked["price"] = _rupees(order.price, order.token)
        if needs_trigger:
            asked["trigger_price"] = _rupees(order.trigger, order.token)
        if order.kind in UNPROTECTED:
            asked["market_protection"] = _protection(protection)
        return asked

    async def modify(
        self,
        broker_order_id: str,
        token: int,
        *,
        quantity: int | None = None,
        price: Price | None = None,
        trigger: Price | None = None,
        kind: OrderKind | None = None,
    ) -> None:
        """Change a resting order; what is not named stays as it is."""
        asked: dict[str, Any] = {}
        if quantity is not None:
            asked["quantity"] = quantity
        if price is not None:
            asked["price"] = _rupees(price, token)
        if trigger is not None:
            asked["trigger_price"] = _rupees(trigger, token)
        if kind is not None:
            asked["order_type"] = str(kind)
            if kind in UNPROTECTED:
                asked["market_protection"] = AUTOMATIC
        if not asked or any(value is not None and value <= 0 for value in (quantity, price, trigger)):
            raise BadRequest(f"modify {broker_order_id}: a quantity, price or trigger above 0 expected")
        call = f"modify {broker_order_id}"
        answer = await self._rest.order_call(call, lambda kite: kite.modify_order(VARIETY, broker_order_id, **asked))
        _checked(answer, call)

    async def cancel(self, broker_order_id: str) -> None:
        """Ask for a resting order to be cancelled; it may still fill before it is."""
        call = f"cancel {broker_order_id}"
        _checked(await self._rest.order_call(call, lambda kite: kite.cancel_order(VARIETY, broker_order_id)), call)


def _rupees(price: Price, token: int) -> str:
    """Write a price as exact decimal text; a float would be the one inexact step between us and the exchange."""
    return str(Decimal(price) / price_scale(token))


def _protection(percent: int) -> int:
    if percent != AUTOMATIC and not 0 < percent <= 100:
        raise BadRequest(f"market protection {percent} given: -1 (automatic) or 1 to 100 percent expected")
    return percent


def _checked(order_id: Any, call: str) -> str:
    if not isinstance(order_id, str) or not order_id:
        raise OutcomeUnknown(f"{call}: accepted without an order id ({order_id!r}); look for the tag")
    return order_id
