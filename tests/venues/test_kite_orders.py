"""Orders leave as the broker wants them, exactly priced and protected, once; what is not whole does not leave."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from cockpit.clock import WallClock
from cockpit.errors import BadRequest, OutcomeUnknown, Rejection
from cockpit.orders import Order, OrderKind, Product, Role, Side
from cockpit.venues.kite_orders import KiteOrders
from cockpit.venues.kite_rest import KiteRest
from tests.venues.fake_kite import FakeRest, error, ok

TAG = "ABCDEFGH23456789"
LIMIT = Order(
    order_id="o1",
    intent_id="i1",
    parent_id="",
    role=Role.ENTRY,
    token=738561,
    symbol="RELIANCE",
    side=Side.BUY,
    quantity=7,
    kind=OrderKind.LIMIT,
    price=141915,
    trigger=0,
    product=Product.MIS,
    rule="ORB",
    tag=TAG,
    ts=1,
    valid_until=2,
)
STOP = replace(LIMIT, side=Side.SELL, kind=OrderKind.STOP, price=0, trigger=139990)


@pytest.fixture
def server() -> Iterator[FakeRest]:
    with FakeRest({"*": [ok({"order_id": "151220000000000"})]}) as fake:
        yield fake


def orders_to(server: FakeRest) -> KiteOrders:
    return KiteOrders(KiteRest("key", lambda: "token-of-the-day", WallClock(0, 1000.0), root=server.root))


def sent(server: FakeRest) -> dict[str, str]:
    return dict(parse_qsl(server.asked[-1].body))


async def test_a_limit_order_leaves_with_its_exact_price_and_its_tag(server: FakeRest) -> None:
    assert await orders_to(server).place(LIMIT) == "151220000000000"
    assert (server.asked[0].method, server.asked[0].path) == ("POST", "/orders/regular")
    assert sent(server) == {
        "variety": "regular",
        "exchange": "NSE",
        "tradingsymbol": "RELIANCE",
        "transaction_type": "BUY",
        "quantity": "7",
        "product": "MIS",
        "order_type": "LIMIT",
        "validity": "DAY",
        "price": "1419.15",
        "tag": TAG,
    }


@pytest.mark.parametrize("kind", [OrderKind.MARKET, OrderKind.STOP])
async def test_an_order_without_a_price_carries_market_protection(server: FakeRest, kind: OrderKind) -> None:
    trigger = 139990 if kind is OrderKind.STOP else 0
    order = replace(LIMIT, kind=kind, price=0, trigger=trigger)
    await orders_to(server).place(order)
    assert sent(server)["market_protection"] == "-1"
    await orders_to(server).place(order, protection=2)
    assert sent(server)["market_protection"] == "2"
    with pytest.raises(BadRequest, match="market protection 0 given"):
        await orders_to(server).place(order, protection=0)


async def test_a_stop_leaves_with_its_trigger_and_no_price(server: FakeRest) -> None:
    await orders_to(server).place(STOP)
    told = sent(server)
    assert (told["order_type"], told["trigger_price"], told["transaction_type"]) == ("SL-M", "1399.9", "SELL")
    assert "price" not in told
    await orders_to(server).place(replace(STOP, kind=OrderKind.STOP_LIMIT, price=139000))
    assert (sent(server)["order_type"], sent(server)["price"]) == ("SL", "1390")
    assert "market_protection" not in sent(server)


@pytest.mark.parametrize(
    "change",
    [
        {"tag": ""},
        {"tag": "A" * 21},
        {"tag": "with space"},
        {"quantity": 0},
        {"price": 0},
        {"trigger": 5},
        {"kind": OrderKind.MARKET},
        {"kind": OrderKind.STOP},
    ],
)
async def test_an_order_that_is_not_whole_does_not_leave(server: FakeRest, change: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        await orders_to(server).place(replace(LIMIT, **change))
    assert server.asked == []


async def test_changes_and_cancels_name_the_brokers_order(server: FakeRest) -> None:
    orders = orders_to(server)
    await orders.modify("151", 738561, quantity=5, trigger=140000)
    assert (server.asked[-1].method, server.asked[-1].path) == ("PUT", "/orders/regular/151")
    assert (sent(server)["quantity"], sent(server)["trigger_price"]) == ("5", "1400")
    assert "price" not in sent(server)
    await orders.cancel("151")
    assert (server.asked[-1].method, server.asked[-1].path) == ("DELETE", "/orders/regular/151")
    for nothing in ({}, {"quantity": 0}, {"price": -1}):
        with pytest.raises(BadRequest, match="modify 151"):
            await orders.modify("151", 738561, **nothing)


async def test_an_acceptance_without_an_id_may_be_live() -> None:
    with FakeRest({"*": [ok({"order_id": ""})]}) as server, pytest.raises(OutcomeUnknown, match="look for the tag"):
        await orders_to(server).place(LIMIT)


async def test_a_no_of_the_broker_names_our_order_by_its_tag() -> None:
    no = error(400, "OrderException", "Trigger price is above the circuit")
    words = f"place {TAG}: HTTP 400, OrderException: Trigger price"
    with FakeRest({"*": [no]}) as server, pytest.raises(Rejection, match=words):
        await orders_to(server).place(STOP)


def test_reading_the_broker_does_not_import_what_can_trade() -> None:
    code = (
        "import sys, cockpit.venues.kite_rest, cockpit.venues.kite_history, cockpit.venues.kite_feed;"
        "print('cockpit.venues.kite_orders' in sys.modules, 'kiteconnect' in sys.modules, 'twisted' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False"] * 3
