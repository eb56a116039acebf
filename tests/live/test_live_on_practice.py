"""The live broker through the official client at the practice exchange: fills, stops, exits, and failures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit.clock import WallClock
from cockpit.errors import NotPermitted, NotSent, OutcomeUnknown
from cockpit.live.broker import LiveBroker
from cockpit.orders import Bracket, Fill, Order, OrderKind, OrderMoved, Product, Role, Side, Status, order_tag
from cockpit.simulator.faults import Fault
from cockpit.simulator.kite_session import PRACTICE_KEY, PRACTICE_SECRET
from cockpit.venues.kite_door import KiteDoor
from cockpit.venues.kite_rest import KiteRest
from tests.live.rig import CLOSES, NOON, TABLE
from tests.simulator.conftest import Opened, Opener, charges, listings, market, opened, sessions

__all__ = ["charges", "listings", "market", "opened", "sessions"]

SHAPES = ("cut", "html", "no_envelope", "timeout_400", "cut_short", "drip", "hang")


class Desk:
    """A live broker logged in at a practice exchange, at second 1000 of its day."""

    def __init__(self, exchange: Opened) -> None:
        self.exchange = exchange
        self.token = ""
        clock = WallClock(NOON, 1000.0)
        self.rest = KiteRest(PRACTICE_KEY, lambda: self.token, clock, root=exchange.root, order_s=0.4)
        self.door = KiteDoor(self.rest)
        self.broker = LiveBroker(self.door, TABLE, lambda: NOON, account="me", closes=CLOSES)
        self.listing = exchange.server.day.market.listings[0]
        self.states: dict[str, Status] = {}
        self.fills: list[Fill] = []

    async def open(self) -> Desk:
        await self.exchange.at(1000)
        request_token = self.exchange.server.sessions.request_token()
        self.token = (await self.rest.login(request_token, PRACTICE_SECRET)).text
        return self

    @property
    def last(self) -> int:
        return self.exchange.server.exchange.last_paise(self.listing.token)

    def entry(self, **changes: object) -> Order:
        last = self.last // 100 * 100
        bracket = Bracket(last - last // 50 // 100 * 100, None)
        plain = Order(
            "ORB-1", "ORB-1", "", Role.ENTRY, self.listing.token, self.listing.symbol, Side.BUY, 3, OrderKind.MARKET,
            0, 0, Product.MIS, "ORB", order_tag("me", "ORB-1"), NOON, CLOSES, bracket,
        )  # fmt: skip
        return replace(plain, **changes)  # type: ignore[arg-type]

    async def look(self, seconds: int = 3) -> None:
        for _ in range(2):
            await self.exchange.at(self.exchange.server.clock.second + seconds)
            await self.broker.look()
            while reports := self.broker.reports():
                for report in reports:
                    await self._take(report)

    async def _take(self, report: OrderMoved | Fill) -> None:
        if isinstance(report, Fill):
            self.fills.append(report)
            return
        self.states[report.order_id] = report.status
        if report.status is Status.INTENT and report.order is not None:
            await self.broker.place(report.order)


@pytest.fixture
async def desk(opened: Opener) -> Desk:
    return await Desk(await opened()).open()


async def test_an_entry_fills_its_stop_rests_and_an_exit_leaves_nothing_behind(desk: Desk) -> None:
    entry = desk.entry()
    await desk.broker.place(entry)
    await desk.look()
    await desk.look()
    assert (desk.states["ORB-1"], desk.states["ORB-1-S1"]) == (Status.FILLED, Status.TRIGGER_PENDING)
    assert desk.broker.naked == frozenset()
    out = desk.entry(
        order_id="ORB-1-X1", parent_id="ORB-1", role=Role.EXIT, side=Side.SELL, tag=order_tag("me", "X"), bracket=None
    )
    with pytest.raises(NotSent, match="may still fill"):
        await desk.broker.place(out)  # the cancel is on its way to the exchange
    await desk.look()
    await desk.broker.place(replace(out, order_id="ORB-1-X2", tag=order_tag("me", "X2")))
    await desk.look()
    await desk.look()
    books = await desk.broker.books()
    assert {row.status for row in books.orders} == {Status.FILLED, Status.CANCELLED}
    assert [p.quantity for p in books.positions] == [0]
    assert sum(fill.signed_quantity for fill in desk.fills) == 0


async def test_a_resting_stop_is_changed_into_a_limit_by_the_door(desk: Desk) -> None:
    entry = desk.entry()
    await desk.broker.place(entry)
    await desk.look()
    await desk.look()
    (stop,) = [row for row in await desk.door.orders() if row.side is Side.SELL]
    target = desk.last // 100 * 100 + desk.last // 50 // 100 * 100
    await desk.door.change(stop.broker_order_id, stop.token, price=target, kind=OrderKind.LIMIT)
    await desk.look()
    (changed,) = [row for row in await desk.door.orders() if row.side is Side.SELL]
    assert (changed.kind, changed.price, changed.status) == ("LIMIT", target, Status.OPEN)


@pytest.mark.parametrize("placed", [True, False], ids=["taken", "lost"])
@pytest.mark.parametrize("kind", SHAPES)
async def test_no_shape_of_failure_doubles_an_order_or_buries_a_live_one(desk: Desk, kind: str, placed: bool) -> None:
    seconds = {"drip": 0.05, "hang": 1.0}.get(kind, 0.0)
    fault = Fault(kind, route="/orders", method="POST", placed=placed, seconds=seconds)
    desk.exchange.server.switch_faults([fault])
    low = desk.last // 100 * 100 - 100
    with pytest.raises(OutcomeUnknown):
        await desk.broker.place(desk.entry(kind=OrderKind.LIMIT, price=low))
    await desk.look()
    assert desk.states.get("ORB-1") in ({Status.OPEN, Status.FILLED} if placed else {None})
    assert len([row for row in await desk.door.orders() if row.side is Side.BUY]) == int(placed)


async def test_an_address_that_is_not_registered_is_a_no_that_names_it(desk: Desk) -> None:
    desk.exchange.server.switch_faults([Fault("forbidden_ip", route="/orders", method="POST")])
    with pytest.raises(NotSent, match=r"203\.0\.113\.7") as caught:
        await desk.broker.place(desk.entry())
    assert isinstance(caught.value.__cause__, NotPermitted)
    assert await desk.door.orders() == []


async def test_every_book_of_the_account_is_read(desk: Desk) -> None:
    books = await desk.broker.books()
    assert (books.orders, books.trades, books.positions) == ((), (), ())
    assert books.funds.gap_paise == 0
