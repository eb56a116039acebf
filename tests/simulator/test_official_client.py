"""The practice exchange is honest when the broker's own unmodified client says so."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from cockpit.simulator.kite_session import PRACTICE_KEY, PRACTICE_SECRET
from cockpit.simulator.listings import INDEX_TOKEN
from cockpit.simulator.protection import REFUSAL
from tests.simulator.conftest import Opened, Opener, patience, until

SYMBOL = "360ONE"
KEY = f"NSE:{SYMBOL}"
OPEN_S = 900
"""The tape's second at which continuous trading begins."""

TICKER = """
import json, sys
from kiteconnect import KiteTicker
key, token, root, tokens = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
ticker = KiteTicker(key, token, root=root)
seen = {"ticks": 0, "modes": {}, "last": {}, "messages": [], "updates": []}
def on_connect(ws, response):
    ws.subscribe(tokens)
    ws.set_mode(ws.MODE_FULL, tokens)
def on_ticks(ws, ticks):
    seen["ticks"] += len(ticks)
    for tick in ticks:
        seen["modes"][str(tick["instrument_token"])] = tick["mode"]
        seen["last"][str(tick["instrument_token"])] = tick
def on_message(ws, payload, is_binary):
    if not is_binary:
        seen["messages"].append(json.loads(payload)["data"])
def on_order_update(ws, row):
    seen["updates"].append(row["status"])
def on_close(ws, code, reason):
    ws.stop_retry()
    print(json.dumps(seen, default=str))
    sys.stdout.flush()
    from twisted.internet import reactor
    if reactor.running:
        reactor.stop()
def on_error(ws, code, reason):
    seen["messages"].append(f"error {code} {reason}")
for name in ("on_connect", "on_ticks", "on_message", "on_order_update", "on_close", "on_error"):
    setattr(ticker, name, globals()[name])
ticker.connect()
"""


def client(opened: Opened) -> Any:
    """Log in with the official client, as a user would: request token, checksum, access token."""
    from kiteconnect import KiteConnect

    kite = KiteConnect(api_key=PRACTICE_KEY, root=opened.root)
    session = kite.generate_session(opened.server.sessions.request_token(), api_secret=PRACTICE_SECRET)
    kite.set_access_token(session["access_token"])
    return kite


async def asked(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    return await asyncio.to_thread(call, *args, **named)


async def refused(call: Callable[..., Any], *args: Any, **named: Any) -> Exception:
    with pytest.raises(Exception) as caught:
        await asked(call, *args, **named)
    return caught.value


def order(kite: Any, **changes: Any) -> dict[str, Any]:
    form = {
        "variety": kite.VARIETY_REGULAR, "exchange": "NSE", "tradingsymbol": SYMBOL, "transaction_type": "BUY",
        "quantity": 10, "product": "MIS", "order_type": "LIMIT", "price": 1.0, "tag": "t1",
    }  # fmt: skip
    return {k: v for k, v in (form | changes).items() if v is not None}


async def test_the_client_logs_in_and_reads_profile_margins_and_holdings(opened: Opener) -> None:
    kite = await asked(client, await opened())
    assert (await asked(kite.profile))["user_name"] == "PRACTICE TRADER"
    assert (await asked(kite.margins, "equity"))["net"] == 1_000_000.0
    holdings = await asked(kite.holdings)
    assert len(holdings) == 3
    for row in holdings:
        assert row["pnl"] == pytest.approx((row["last_price"] - row["average_price"]) * row["quantity"])
    assert await asked(kite.positions) == {"net": [], "day": []}
    assert await asked(kite.orders) == []


async def test_the_client_reads_instruments_with_the_tick_size_of_the_day(opened: Opener) -> None:
    kite = await asked(client, await opened())
    rows = await asked(kite.instruments, "NSE")
    assert len(rows) == 41
    assert all(row["instrument_token"] >> 8 == int(row["exchange_token"]) for row in rows)
    assert [row["tradingsymbol"] for row in rows if row["segment"] == "INDICES"] == ["NIFTY 50"]
    assert {row["tick_size"] for row in rows if row["segment"] == "NSE"} <= {0.01, 0.05, 0.1, 0.5, 1.0, 5.0}


async def test_the_client_reads_quotes_on_the_tick_grid_inside_the_band(opened: Opener) -> None:
    server = await opened()
    kite = await asked(client, server)
    await server.at(OPEN_S + 60)
    quote = (await asked(kite.quote, [KEY, "NSE:NIFTY 50", "NSE:NOSUCHNAME"]))[KEY]
    assert isinstance(quote["timestamp"], datetime)
    assert quote["lower_circuit_limit"] < quote["last_price"] < quote["upper_circuit_limit"]
    assert quote["ohlc"]["low"] <= quote["last_price"] <= quote["ohlc"]["high"]
    bids = [level["price"] for level in quote["depth"]["buy"] if level["quantity"]]
    asks = [level["price"] for level in quote["depth"]["sell"] if level["quantity"]]
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert set(await asked(kite.ltp, [KEY, "NSE:NOSUCHNAME"])) == {KEY}


async def test_the_client_reads_candles_and_is_refused_beyond_the_span(opened: Opener) -> None:
    server = await opened()
    kite = await asked(client, server)
    token = server.server.day.token(KEY)
    minutes = await asked(kite.historical_data, token, "2026-11-19 09:15:00", "2026-11-19 09:20:00", "minute")
    assert [c["date"].minute for c in minutes] == [15, 16, 17, 18, 19, 20]
    assert str(minutes[0]["date"].utcoffset()) == "5:30:00"
    days = await asked(kite.historical_data, token, "2026-11-01", "2026-11-20", "day")
    assert days[-1]["date"].date().isoformat() == "2026-11-19", "today has not begun, so it has no candle"
    for interval, first, most in (("minute", "2026-09-01", 60), ("day", "2020-11-01", 2000)):
        error = await refused(kite.historical_data, token, first, "2026-11-20", interval)
        assert str(error) == f"interval exceeds max limit: {most} days"
        assert type(error).__name__ == "InputException"


async def test_a_limit_order_walks_fills_and_becomes_a_position(opened: Opener) -> None:
    server = await opened()
    kite = await asked(client, server)
    await server.at(OPEN_S + 60)
    ask = (await asked(kite.quote, [KEY]))[KEY]["depth"]["sell"][4]["price"]
    order_id = await asked(kite.place_order, **order(kite, price=ask))
    await server.at(OPEN_S + 90)
    history = [row["status"] for row in await asked(kite.order_history, order_id)]
    assert history[:4] == ["PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "OPEN"]
    assert history[-1] == "COMPLETE"
    trades = await asked(kite.order_trades, order_id)
    assert sum(trade["quantity"] for trade in trades) == 10
    (position,) = (await asked(kite.positions))["net"]
    assert position["quantity"] == 10
    assert position["pnl"] == pytest.approx(
        position["sell_value"] - position["buy_value"] + position["quantity"] * position["last_price"]
    )
    margins = await asked(kite.margins, "equity")
    assert margins["net"] == pytest.approx(1_000_000 - position["buy_value"] / 5, abs=0.01)


async def test_a_market_order_needs_protection_and_is_shown_as_a_limit_order(opened: Opener) -> None:
    server = await opened()
    kite = await asked(client, server)
    await server.at(OPEN_S + 60)
    market = {"order_type": "MARKET", "price": None}
    error = await refused(kite.place_order, **order(kite, **market))
    assert (str(error), type(error).__name__, error.code) == (REFUSAL, "InputException", 400)  # type: ignore[attr-defined]
    order_id = await asked(kite.place_order, **order(kite, market_protection=-1, **market))
    await server.at(OPEN_S + 62)
    row = next(r for r in await asked(kite.orders) if r["order_id"] == order_id)
    assert row["order_type"] == "LIMIT"
    assert row["market_protection"] == 0
    assert row["tags"][0] == "t1"
    assert row["tags"][1] == "mktp"


async def test_orders_are_modified_and_cancelled_and_then_no_more(opened: Opener) -> None:
    server = await opened()
    kite = await asked(client, server)
    await server.at(OPEN_S + 60)
    low = (await asked(kite.quote, [KEY]))[KEY]["lower_circuit_limit"]
    order_id = await asked(kite.place_order, **order(kite, price=low))
    await server.at(OPEN_S + 62)
    await asked(kite.modify_order, "regular", order_id, quantity=20)
    await server.at(OPEN_S + 64)
    await asked(kite.cancel_order, "regular", order_id)
    await server.at(OPEN_S + 66)
    row = (await asked(kite.order_history, order_id))[-1]
    assert (row["status"], row["quantity"], row["cancelled_quantity"], row["modified"]) == ("CANCELLED", 20, 20, True)
    error = await refused(kite.cancel_order, "regular", order_id)
    assert "already cancelled" in str(error)
    assert type(error).__name__ == "OrderException"


async def test_what_the_broker_refuses_is_refused_in_the_same_class(opened: Opener) -> None:
    server = await opened()
    kite = await asked(client, server)
    closed = await refused(kite.place_order, **order(kite))
    assert "Markets are closed" in str(closed)
    await server.at(OPEN_S + 60)
    high = (await asked(kite.quote, [KEY]))[KEY]["upper_circuit_limit"]
    margin = await refused(kite.place_order, **order(kite, price=high, quantity=90_000))
    assert (type(margin).__name__, margin.code) == ("GeneralException", 400), "the client loses MarginException's name"  # type: ignore[attr-defined]
    assert str(margin).startswith("Insufficient funds. Required margin is ")
    holding = await refused(
        kite.place_order, **order(kite, price=high, quantity=5_000, product="CNC", transaction_type="SELL")
    )
    assert "Insufficient stock holding" in str(holding)
    rejected = await asked(kite.place_order, **order(kite, price=high + 100, quantity=1))
    row = (await asked(kite.order_history, rejected))[-1]
    assert row["status"] == "REJECTED"
    assert "execution range" in row["status_message"]
    assert "not offered" in str(await refused(kite.get_gtts))


async def test_a_dead_token_raises_token_exception_and_calls_the_hook(opened: Opener) -> None:
    server = await opened()
    kite = await asked(client, server)
    called: list[bool] = []
    server.server.clock.leap(22 * 3600)
    kite.set_session_expiry_hook(lambda: called.append(True))
    error = await refused(kite.profile)
    await asyncio.sleep(0)
    assert called == [True]
    assert error is not None


async def test_limits_are_counted_by_class_and_answered_with_429(opened: Opener) -> None:
    server = await opened(speed=1.0)
    kite = await asked(client, server)

    def burst() -> list[int]:
        codes = []
        for _ in range(4):
            try:
                kite.ltp([KEY])
                codes.append(200)
            except Exception as error:
                codes.append(error.code)  # type: ignore[attr-defined]
        return codes

    codes = await asked(burst)
    assert codes[0] == 200
    assert 429 in codes[1:]
    assert (await asked(kite.profile))["broker"] == "PRACTICE", "another class is counted apart"


async def test_charges_and_margins_are_answered_for_imagined_orders(opened: Opener) -> None:
    kite = await asked(client, await opened())
    row = {
        "order_id": "x", "exchange": "NSE", "tradingsymbol": SYMBOL, "transaction_type": "BUY", "variety": "regular",
        "product": "MIS", "order_type": "LIMIT", "quantity": 100, "average_price": 500.0, "price": 500.0,
    }  # fmt: skip
    (note,) = await asked(kite.get_virtual_contract_note, [row])
    costs = note["charges"]
    parts = ("transaction_tax", "exchange_turnover_charge", "sebi_turnover_charge", "brokerage", "stamp_duty")
    assert costs["total"] == pytest.approx(sum(costs[p] for p in parts) + costs["gst"]["total"])
    assert costs["brokerage"] == 15.0
    (margin,) = await asked(kite.order_margins, [row])
    assert margin["total"] == 10_000.0


async def test_the_official_ticker_sees_the_whole_day_and_its_end(opened: Opener) -> None:
    server = await opened()
    kite = await asked(client, server)
    tokens = [server.server.day.token(KEY), INDEX_TOKEN]
    ticker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TICKER, PRACTICE_KEY, kite.access_token, server.ws_root, json.dumps(tokens),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with patience(60):
        out, err = await ticker.communicate()
    assert out, err.decode()
    seen = json.loads(out.splitlines()[0])
    assert seen["messages"][-1] == "PRACTICE DAY OVER"
    assert seen["modes"] == {str(token): "full" for token in tokens}
    expected = sum(len(tape.second) for token in tokens if (tape := server.server.day.tape(token)) is not None)
    assert seen["ticks"] == expected
    row = server.server.day.market.day_row(tokens[0], server.server.day.day)
    last = seen["last"][str(tokens[0])]
    assert round(last["last_price"] * 100) == row.close
    assert last["volume_traded"] == row.volume
    assert [round(last["ohlc"][k] * 100) for k in ("open", "high", "low", "close")] == [
        row.open, row.high, row.low, row.previous,
    ]  # fmt: skip
    assert len(last["depth"]["buy"]) == len(last["depth"]["sell"]) == 5


async def test_the_official_ticker_hears_of_its_orders(opened: Opener) -> None:
    server = await opened(speed=30.0)
    kite = await asked(client, server)
    token = server.server.day.token(KEY)
    ticker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TICKER, PRACTICE_KEY, kite.access_token, server.ws_root, json.dumps([token]),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with patience(60):
        await until(lambda: server.server.clock.second >= 1)
        low = (await asked(kite.quote, [KEY]))[KEY]["lower_circuit_limit"]
        order_id = await asked(kite.place_order, **order(kite, price=low))
        await until(lambda: server.server.exchange.order(order_id).status == "OPEN")
        await asked(kite.cancel_order, "regular", order_id)
        await until(lambda: server.server.exchange.order(order_id).status == "CANCELLED")
        await asyncio.sleep(0.2)
        await server.server.close()
        out, _ = await ticker.communicate()
    assert json.loads(out.splitlines()[0])["updates"] == ["OPEN", "CANCELLED"]
