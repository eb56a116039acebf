"""The routes of orders and trades, and of what is not offered: GTT, alerts and the like say so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from cockpit.simulator.client_order import ClientOrder
from cockpit.simulator.exchange import Exchange
from cockpit.simulator.faults import Faults
from cockpit.simulator.kite_replies import WireError, bad_input, success
from cockpit.simulator.order_wishes import check_variety

MOST_SLICES: Final = 10
FREEZE_SHARES: Final = 100_000
"""Shares of one order at most; autoslice cuts more into several."""
NOT_OFFERED: Final = (
    "/gtt/triggers", "/gtt/triggers/{id}", "/alerts", "/alerts/{id}", "/mf/{rest:.*}",
    "/instruments/trigger_range/{side}", "/portfolio/holdings/auctions",
)  # fmt: skip
Tell = Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]


class KiteOrders:
    """Take orders over HTTP and show what became of them."""

    def __init__(self, exchange: Exchange, admit: Callable[[web.Request], str], faults: Faults, tell: Tell) -> None:
        self._exchange = exchange
        self._admit = admit
        self._faults = faults
        self._tell = tell

    def routes(self) -> list[web.RouteDef]:
        """Answer the routes of orders and trades."""
        return [
            web.get("/orders", self._orders),
            web.get("/orders/{order_id}", self._history),
            web.get("/orders/{order_id}/trades", self._order_trades),
            web.get("/trades", self._trades),
            web.post("/orders/{variety}", self._place),
            web.put("/orders/{variety}/{order_id}", self._modify),
            web.delete("/orders/{variety}/{order_id}", self._cancel),
            *(web.route("*", path, self._not_offered) for path in NOT_OFFERED),
        ]

    async def _place(self, request: web.Request) -> web.Response:
        self._admit(request)
        form = await _form(request)
        quantity = int(form["quantity"]) if form.get("quantity", "").isdigit() else 0
        if form.get("autoslice", "").lower() == "true" and quantity > FREEZE_SHARES:
            return await self._place_slices(request.match_info["variety"], form, quantity)
        if quantity > FREEZE_SHARES:
            raise bad_input(f"Quantity {quantity} is above the freeze quantity {FREEZE_SHARES}; use autoslice.")
        order = self._placed(request.match_info["variety"], form)
        await self._tell(self._exchange.news())
        return success({"order_id": order.order_id})

    def _placed(self, variety: str, form: Mapping[str, str]) -> ClientOrder:
        hidden = self._faults.take("hide_order")
        return self._exchange.place(variety, form, visible_from=self._seen_after(hidden.seconds) if hidden else -1)

    def _seen_after(self, seconds: float) -> int:
        return self._exchange.second + int(seconds)

    async def _place_slices(self, variety: str, form: Mapping[str, str], quantity: int) -> web.Response:
        """Cut a large order; partial success is normal."""
        slices = [FREEZE_SHARES] * (quantity // FREEZE_SHARES) + (
            [quantity % FREEZE_SHARES] if quantity % FREEZE_SHARES else []
        )
        if len(slices) > MOST_SLICES:
            raise bad_input(f"Autoslice makes at most {MOST_SLICES} orders; {len(slices)} would be needed.")
        children: list[dict[str, Any]] = []
        for shares in slices:
            try:
                children.append({"order_id": self._placed(variety, {**form, "quantity": str(shares)}).order_id})
            except WireError as error:
                said = {"code": error.status, "error_type": error.kind, "message": str(error), "data": None}
                children.append({"error": said})
        await self._tell(self._exchange.news())
        first = next((child["order_id"] for child in children if "order_id" in child), None)
        flat = self._faults.take("flat_autoslice")
        return success(children if flat else {"order_id": first, "children": children})

    async def _modify(self, request: web.Request) -> web.Response:
        self._admit(request)
        check_variety(request.match_info["variety"])
        order = self._exchange.modify(request.match_info["order_id"], await _form(request))
        return success({"order_id": order.order_id})

    async def _cancel(self, request: web.Request) -> web.Response:
        self._admit(request)
        check_variety(request.match_info["variety"])
        return success({"order_id": self._exchange.cancel(request.match_info["order_id"]).order_id})

    async def _orders(self, request: web.Request) -> web.Response:
        self._admit(request)
        return success([order.row() for order in self._exchange.orders()])

    async def _history(self, request: web.Request) -> web.Response:
        self._admit(request)
        return success(self._exchange.order(request.match_info["order_id"]).history)

    async def _trades(self, request: web.Request) -> web.Response:
        self._admit(request)
        return success([trade.row() for trade in self._exchange.trades])

    async def _order_trades(self, request: web.Request) -> web.Response:
        self._admit(request)
        order = self._exchange.order(request.match_info["order_id"])
        return success([trade.row() for trade in self._exchange.trades if trade.order is order])

    async def _not_offered(self, request: web.Request) -> web.Response:
        self._admit(request)
        raise bad_input(f"PRACTICE: {request.path} is not offered here; orders, quotes and portfolio are.")


async def _form(request: web.Request) -> dict[str, str]:
    """Read a form; JSON belongs to the margin and charge routes only."""
    if request.can_read_body and request.content_type != "application/x-www-form-urlencoded":
        raise bad_input("Invalid content type; a form expected.")
    return {name: str(value) for name, value in (await request.post()).items()}
