"""The routes of funds, positions, holdings, margins and charges: all from the one ledger of the exchange."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from cockpit.orders import Product, Side
from cockpit.paper.costs import ChargeTable, ExactCharges
from cockpit.simulator.account_book import DayPosition, Holding
from cockpit.simulator.client_order import Wish
from cockpit.simulator.exchange import Exchange
from cockpit.simulator.kite_replies import bad_input, success
from cockpit.simulator.order_wishes import parsed_wish
from cockpit.simulator.protection import AUTOMATIC

SEGMENTS: Final = ("equity", "commodity")


class KiteMoney:
    """Answer what the client has, and what orders would need and cost."""

    def __init__(self, exchange: Exchange, admit: Callable[[web.Request], str], charges: ChargeTable | None) -> None:
        self._exchange = exchange
        self._admit = admit
        self._charges = charges

    def routes(self) -> list[web.RouteDef]:
        """Answer the routes of money."""
        return [
            web.get("/user/margins", self._margins),
            web.get("/user/margins/{segment}", self._margins),
            web.get("/portfolio/positions", self._positions),
            web.put("/portfolio/positions", self._convert),
            web.get("/portfolio/holdings", self._holdings),
            web.post("/margins/orders", self._order_margins),
            web.post("/margins/basket", self._basket_margins),
            web.post("/charges/orders", self._contract_note),
        ]

    async def _margins(self, request: web.Request) -> web.Response:
        self._admit(request)
        segment = request.match_info.get("segment", "")
        segments = {"equity": self._equity(), "commodity": _funds(0, 0, 0, enabled=False)}
        if segment and segment not in SEGMENTS:
            raise bad_input(f"Invalid segment {segment!r}.")
        return success(segments[segment] if segment else segments)

    def _equity(self) -> dict[str, Any]:
        account = self._exchange.account
        used = account.used_paise(self._exchange.working())
        return _funds(account.opening_paise, account.realised_paise(), used, enabled=True)

    async def _positions(self, request: web.Request) -> web.Response:
        self._admit(request)
        rows = [self._position(p) for p in self._exchange.account.positions.values()]
        return success({"net": rows, "day": rows})

    def _position(self, p: DayPosition) -> dict[str, Any]:
        last = self._exchange.last_paise(p.instrument.token)
        pnl = p.pnl_paise(last) / 100
        buy_price = p.buy_paise / p.bought / 100 if p.bought else 0
        sell_price = p.sell_paise / p.sold / 100 if p.sold else 0
        sides: dict[str, float] = {}
        for side, shares, price, paise in (
            ("buy", p.bought, buy_price, p.buy_paise),
            ("sell", p.sold, sell_price, p.sell_paise),
        ):
            value = paise / 100
            sides |= {f"{side}_quantity": shares, f"{side}_price": price, f"{side}_value": value, f"{side}_m2m": value}
            sides |= {f"day_{side}_quantity": shares, f"day_{side}_price": price, f"day_{side}_value": value}
        return {
            "tradingsymbol": p.instrument.symbol,
            "exchange": p.instrument.exchange,
            "instrument_token": p.instrument.token,
            "product": p.product,
            "quantity": p.net,
            "overnight_quantity": 0,
            "multiplier": 1,
            "average_price": p.average_paise / 100,
            "close_price": self._exchange.previous_paise(p.instrument.token) / 100,
            "last_price": last / 100,
            "value": (p.sell_paise - p.buy_paise) / 100,
            "pnl": pnl,
            "m2m": pnl,
            "unrealised": pnl,
            "realised": 0,
            **sides,
        }

    async def _convert(self, request: web.Request) -> web.Response:
        self._admit(request)
        raise bad_input("PRACTICE: positions cannot be converted here; close and open them with orders.")

    async def _holdings(self, request: web.Request) -> web.Response:
        self._admit(request)
        return success([self._holding(h) for h in self._exchange.account.holdings.values()])

    def _holding(self, h: Holding) -> dict[str, Any]:
        last, close = (f(h.instrument.token) for f in (self._exchange.last_paise, self._exchange.previous_paise))
        return {
            "tradingsymbol": h.instrument.symbol,
            "exchange": h.instrument.exchange,
            "instrument_token": h.instrument.token,
            "isin": h.instrument.isin,
            "product": "CNC",
            "price": 0,
            "quantity": h.quantity - h.used,
            "used_quantity": h.used,
            "t1_quantity": 0,
            "realised_quantity": h.quantity - h.used,
            "authorised_quantity": 0,
            "authorised_date": None,
            "authorisation": {},
            "opening_quantity": h.quantity,
            "short_quantity": 0,
            "collateral_quantity": 0,
            "collateral_type": "",
            "discrepancy": False,
            "average_price": h.average_paise / 100,
            "last_price": last / 100,
            "close_price": close / 100,
            "pnl": (last - h.average_paise) * (h.quantity - h.used) / 100,
            "day_change": (last - close) / 100,
            "day_change_percentage": (last - close) / close * 100,
        }

    async def _order_margins(self, request: web.Request) -> web.Response:
        self._admit(request)
        return success([self._margin(row) for row in await _rows(request)])

    async def _basket_margins(self, request: web.Request) -> web.Response:
        self._admit(request)
        orders = [self._margin(row) for row in await _rows(request)]
        total = {"type": "", "total": sum(order["total"] for order in orders), "charges": _charges(ExactCharges())}
        return success({"initial": total, "final": total, "orders": orders, "charges": _charges(ExactCharges())})

    def _margin(self, row: Mapping[str, str]) -> dict[str, Any]:
        wish = self._imagined(row)
        price = wish.price or wish.trigger or self._exchange.last_paise(wish.instrument.token)
        needed = self._exchange.account.needed_paise(wish, price) / 100
        return {
            "type": "equity",
            "tradingsymbol": wish.instrument.symbol,
            "exchange": wish.instrument.exchange,
            "span": 0,
            "exposure": 0,
            "option_premium": 0,
            "additional": 0,
            "bo": 0,
            "cash": 0,
            "var": needed,
            "pnl": {"realised": 0, "unrealised": 0},
            "leverage": 5 if wish.product == "MIS" else 1,
            "charges": _charges(self._cost(wish, price)),
            "total": needed,
        }

    async def _contract_note(self, request: web.Request) -> web.Response:
        self._admit(request)
        notes = []
        for row in await _rows(request):
            price = _paise(row, "average_price")
            if price <= 0:
                raise bad_input("average_price must be above 0.")
            wish = self._imagined({**row, "price": str(Decimal(price) / 100)})
            notes.append(
                {
                    "transaction_type": wish.side.name,
                    "tradingsymbol": wish.instrument.symbol,
                    "exchange": wish.instrument.exchange,
                    "variety": wish.variety,
                    "product": wish.product,
                    "order_type": row.get("order_type"),
                    "quantity": wish.quantity,
                    "price": price / 100,
                    "charges": _charges(self._cost(wish, price)),
                }
            )
        return success(notes)

    def _imagined(self, row: Mapping[str, str]) -> Wish:
        """Read an order that is only asked about; protection is nobody's concern then."""
        asked = {**row, "market_protection": row.get("market_protection") or str(AUTOMATIC)}
        return parsed_wish(row.get("variety", "regular"), asked, self._exchange.listed)

    def _cost(self, wish: Wish, price: int) -> ExactCharges:
        if self._charges is None:
            raise bad_input("PRACTICE: the exchange was started without a table of charges.")
        side = Side.BUY if wish.side is Side.BUY else Side.SELL
        return self._charges.charges(Product(wish.product), side, wish.quantity, price, self._exchange.day)


def _charges(exact: ExactCharges) -> dict[str, Any]:
    rupees = {
        name: float(getattr(exact, name) / 100) for name in ("stt", "exchange", "sebi", "brokerage", "stamp", "gst")
    }
    return {
        "transaction_tax": rupees["stt"],
        "transaction_tax_type": "stt",
        "exchange_turnover_charge": rupees["exchange"],
        "sebi_turnover_charge": rupees["sebi"],
        "brokerage": rupees["brokerage"],
        "stamp_duty": rupees["stamp"],
        "gst": {"igst": rupees["gst"], "cgst": 0, "sgst": 0, "total": rupees["gst"]},
        "total": sum(rupees.values()),
    }


def _funds(opening: int, realised: int, used: int, *, enabled: bool) -> dict[str, Any]:
    net = (opening + realised - used) / 100
    return {
        "enabled": enabled,
        "net": net,
        "available": {
            "adhoc_margin": 0,
            "cash": opening / 100,
            "opening_balance": opening / 100,
            "live_balance": net,
            "collateral": 0,
            "intraday_payin": 0,
        },
        "utilised": {
            "debits": used / 100,
            "exposure": 0,
            "m2m_realised": realised / 100,
            "m2m_unrealised": 0,
            "option_premium": 0,
            "payout": 0,
            "span": used / 100,
            "holding_sales": 0,
            "turnover": 0,
            "liquid_collateral": 0,
            "stock_collateral": 0,
            "delivery": 0,
        },
    }


async def _rows(request: web.Request) -> list[dict[str, str]]:
    """Read a JSON array of orders; values become text, as they are in a form."""
    if request.content_type != "application/json":
        raise bad_input("Invalid content type; a JSON array of orders expected.")
    try:
        rows = json.loads(await request.text())
    except ValueError as fault:
        raise bad_input("Invalid JSON.") from fault
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_input("A JSON array of orders expected.")
    return [{name: str(value) for name, value in row.items() if value is not None} for row in rows]


def _paise(row: Mapping[str, str], name: str) -> int:
    try:
        return round(Decimal(row.get(name, "0")) * 100)
    except ArithmeticError as fault:
        raise bad_input(f"Invalid `{name}`.") from fault
