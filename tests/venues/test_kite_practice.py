"""The very doors that are used at the broker also open the practice exchange: login, reads, orders and a whole day."""

from __future__ import annotations

import asyncio
import hashlib
import html
import re
import urllib.request
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from cockpit.clock import IST, NS, TapeClock, WallClock, hhmmss, to_ns
from cockpit.errors import BrokerError, TokenExpired
from cockpit.facts import FeedMoved, FeedState
from cockpit.market import Interval, TickMode
from cockpit.orders import Order, OrderKind, Product, Role, Side, Status
from cockpit.simulator.kite_session import PRACTICE_KEY, PRACTICE_SECRET
from cockpit.venues.kite_books import funds_of, order_of, trade_of
from cockpit.venues.kite_feed import KiteFeed
from cockpit.venues.kite_history import KiteHistory
from cockpit.venues.kite_orders import KiteOrders
from cockpit.venues.kite_reader import Ears
from cockpit.venues.kite_rest import KiteRest
from cockpit.venues.login import LoginListener, login_url, new_state
from tests.simulator.conftest import Opened, Opener, charges, listings, market, opened, sessions

__all__ = ["charges", "listings", "market", "opened", "sessions"]

NIFTY = 256265
EVENING = to_ns(datetime(2026, 11, 20, 8, 0, tzinfo=IST))


class Desk:
    """Our doors to one practice exchange, logged in."""

    def __init__(self, exchange: Opened) -> None:
        self.exchange = exchange
        self.token: str | None = None
        self.rest = KiteRest(PRACTICE_KEY, lambda: self.token, WallClock(EVENING, 1000.0), root=exchange.root)
        self.history = KiteHistory(self.rest, WallClock(EVENING))
        self.orders = KiteOrders(self.rest)

    async def log_in(self) -> None:
        request_token = self.exchange.server.sessions.request_token()
        self.token = (await self.rest.login(request_token, PRACTICE_SECRET)).text

    def feed(self, tape: TapeClock, **more: Any) -> KiteFeed:
        return KiteFeed(PRACTICE_KEY, lambda: self.token, tape, lambda ts: True, root=self.exchange.ws_root, **more)


@pytest.fixture
async def desk(opened: Opener) -> Desk:
    desk = Desk(await opened())
    await desk.log_in()
    return desk


def read(address: str) -> str:
    with urllib.request.urlopen(address) as answer:
        return str(answer.read().decode())


async def test_a_person_logs_in_by_the_page_and_comes_back_to_our_listener(opened: Opener) -> None:
    exchange = await opened()
    desk, state = Desk(exchange), new_state()
    async with LoginListener(state, port=0, path="/back") as listener:
        url = login_url(PRACTICE_KEY, state, f"{exchange.root}/connect/login")
        page = await asyncio.to_thread(read, f"{url}&redirect_url={quote(listener.address, safe='')}")
        link = re.search(r'href="([^"]+)"', page)
        assert link is not None
        assert "Logged in" in await asyncio.to_thread(read, exchange.root + html.unescape(link.group(1)))
        token = await desk.rest.login(await listener.request_token(), PRACTICE_SECRET)
    desk.token = token.text
    assert (await desk.rest.profile())["user_id"] == token.user_id == "PRACTICE"


async def test_the_evenings_reads_come_back_as_nouns(desk: Desk) -> None:
    instruments = await desk.history.instruments()
    assert len(instruments) == 41
    assert desk.history.refused == ()
    stock = next(i for i in instruments if not i.is_index)
    start, end = (to_ns(datetime(2026, month, day, tzinfo=IST)) for month, day in ((1, 1), (11, 19)))
    days = await desk.history.candles(stock.token, Interval.D1, start, end)
    minutes = await desk.history.candles(stock.token, Interval.M1, end, end + 86_400 * NS)
    assert len(minutes) >= 360
    last = days[-1]  # the day's candle holds the closing auction too
    assert last["open"] == minutes["open"][0]
    assert last["volume"] >= minutes["volume"].sum()
    assert last["high"] >= minutes["high"].max()
    assert last["low"] <= minutes["low"].min()
    quotes = await desk.history.quotes([stock.key, "NSE:NOSUCHNAME"])
    assert list(quotes) == [stock.key]
    assert quotes[stock.key].band_low < last["close"] < quotes[stock.key].band_high
    assert funds_of((await desk.rest.margins())["equity"]).gap_paise == 0


async def stream_of_a_day(desk: Desk) -> tuple[str, int, list[FeedState], set[int]]:
    tape, digest, n_ticks, modes = TapeClock(0), hashlib.sha256(), 0, set()
    states: list[FeedState] = []
    feed = desk.feed(tape)
    tokens = [i.token for i in await desk.history.instruments()]
    await feed.watch([*tokens[:10], NIFTY])
    async for frame in feed.stream():
        if isinstance(frame, FeedMoved):
            states.append(frame.state)
            continue
        tape.advance(int(frame["ts_event"].max()))
        digest.update(frame.tobytes())
        modes |= set(frame["mode"].tolist())
        n_ticks += len(frame)
    assert hhmmss(tape.now()) > "15:30:00"
    return digest.hexdigest(), n_ticks, states, modes


async def test_a_whole_day_streams_to_its_end_and_is_the_same_each_time(opened: Opener) -> None:
    days = []
    for _ in range(2):
        desk = Desk(await opened())
        await desk.log_in()
        days.append(await stream_of_a_day(desk))
    _, n_ticks, states, modes = days[0]
    assert days[1] == days[0]
    assert states == [FeedState.CONNECTING, FeedState.LIVE, FeedState.ENDED]
    assert modes == {TickMode.FULL, TickMode.INDEX_FULL}
    assert n_ticks > 50_000


def limit_order(symbol: str, token: int, price: int, tag: str) -> Order:
    return Order(
        order_id=tag,
        intent_id=tag,
        parent_id="",
        role=Role.ENTRY,
        token=token,
        symbol=symbol,
        side=Side.BUY,
        quantity=1,
        kind=OrderKind.LIMIT,
        price=price,
        trigger=0,
        product=Product.MIS,
        rule="ORB",
        tag=tag,
        ts=1,
        valid_until=2,
    )


async def test_an_order_is_placed_changed_cancelled_and_found_by_its_tag(desk: Desk) -> None:
    await desk.exchange.at(1200)
    stock = next(i for i in await desk.history.instruments() if not i.is_index)
    quote = (await desk.history.quotes([stock.key]))[stock.key]
    low = quote.last_price - quote.last_price // 50
    low -= low % stock.tick_size
    broker_id = await desk.orders.place(limit_order(stock.symbol, stock.token, low, "RESTS1"))
    await desk.exchange.at(1203)
    await desk.orders.modify(broker_id, stock.token, price=low - stock.tick_size)
    await desk.exchange.at(1206)
    (row,) = (order_of(row) for row in await desk.rest.orders())
    assert (row.broker_order_id, row.tags, row.price) == (broker_id, ("RESTS1",), low - stock.tick_size)
    assert row.moved("ours").status is Status.OPEN
    await desk.orders.cancel(broker_id)
    high = quote.last_price + quote.last_price // 100
    bought = await desk.orders.place(limit_order(stock.symbol, stock.token, high - high % stock.tick_size, "FILLS1"))
    await desk.exchange.at(1210)
    states = {order.tags: order.status for order in map(order_of, await desk.rest.orders())}
    assert states == {("RESTS1",): Status.CANCELLED, ("FILLS1",): Status.FILLED}
    (trade,) = map(trade_of, await desk.rest.trades())
    assert (trade.broker_order_id, trade.symbol, trade.quantity) == (bought, stock.symbol, 1)
    walk = [order_of(row).status for row in await desk.rest.order_history(bought)]
    assert walk[-1] is Status.FILLED
    assert Status.UNKNOWN not in walk


async def test_the_exchanges_no_arrives_as_our_error(desk: Desk) -> None:
    await desk.exchange.at(1200)
    stock = next(i for i in await desk.history.instruments() if not i.is_index)
    with pytest.raises(BrokerError) as caught:
        await desk.orders.place(limit_order("NOSUCHNAME", stock.token, 10000, "NOPE1"))
    assert caught.value.code == 400
    desk.exchange.server.sessions.kill_token()
    with pytest.raises(TokenExpired):
        await desk.rest.positions()


async def test_a_new_login_brings_ticks_back_without_a_restart(opened: Opener) -> None:
    desk = Desk(await opened())
    await desk.log_in()
    good, desk.token = desk.token, "a-token-that-is-dead"
    heard: list[str] = []
    feed = desk.feed(TapeClock(0), ears=Ears(notice=heard.append))
    await feed.watch([NIFTY])
    states: list[FeedState] = []
    async for frame in feed.stream():
        if not isinstance(frame, FeedMoved):
            break
        states.append(frame.state)
        if frame.state is FeedState.TOKEN_DEAD:
            desk.token = good
            feed.token_renewed()
    await feed.close()
    assert states[-3:] == [FeedState.TOKEN_DEAD, FeedState.CONNECTING, FeedState.LIVE]
    assert heard[0].startswith("PRACTICE")
