"""The exchange behind the practice broker: states, depth, auctions, protection, square-off and one ledger."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cockpit.orders import Side
from cockpit.simulator.account_book import OPENING_CASH, SQUARE_OFF_FEE
from cockpit.simulator.book import Taken, matched, shares_ahead
from cockpit.simulator.client_order import ClientOrder, Wish
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.exchange import Exchange
from cockpit.simulator.kite_replies import WireError
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.practice_day import Level, PracticeDay, Sight, flexed
from cockpit.simulator.protection import protected_limit, protection_percent, protection_tags
from tests.simulator.conftest import DAY

OPEN_S = 900
SQUARED_OFF_S = 6 * 3600 + 12 * 60
"""15:12 counted from 09:00."""
LAST_S = 6 * 3600 + 15 * 60


class Floor:
    """One exchange that tests move through its day by hand."""

    def __init__(self, market: PracticeMarket) -> None:
        self.day = PracticeDay(market, DAY)
        self.clock = DayClock(self.day.grid, 0.0)
        self.exchange = Exchange(self.day, self.clock)
        self.news: list[Any] = []
        names = [x for x in market.listings if x.has_derivatives]
        self.liquid = max(names, key=lambda x: x.adv_paise)

    def go(self, second: int) -> None:
        for k in range(self.clock.second + 1, second + 1):
            self.clock.reach(k)
            self.news += self.exchange.reach(k)

    def sight(self) -> Sight:
        seen = self.day.sight(self.liquid.token, self.clock.second)
        assert seen is not None
        return seen

    def place(self, **changes: Any) -> ClientOrder:
        form = {
            "exchange": "NSE", "tradingsymbol": self.liquid.symbol, "transaction_type": "BUY", "quantity": "10",
            "product": "MIS", "order_type": "LIMIT", "price": "0", "tag": "t",
        }  # fmt: skip
        return self.exchange.place("regular", form | {name: str(value) for name, value in changes.items()})

    def rupees(self, paise: int) -> str:
        return f"{paise / 100:.2f}"


@pytest.fixture
def floor(market: PracticeMarket) -> Floor:
    return Floor(market)


def _statuses(order: ClientOrder) -> list[str]:
    return [row["status"] for row in order.history]


def test_an_order_walks_through_the_brokers_states_before_it_can_fill(floor: Floor) -> None:
    floor.go(OPEN_S + 100)
    order = floor.place(price=floor.rupees(floor.sight().asks[0].price))
    assert _statuses(order) == ["PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING"]
    assert order.row()["exchange_order_id"] is None
    floor.go(OPEN_S + 101)
    assert _statuses(order)[3] == "OPEN"
    assert order.row()["exchange_order_id"] is not None


def test_a_large_order_takes_the_depth_it_meets_and_rests_with_what_is_left(floor: Floor) -> None:
    floor.liquid = min((x for x in floor.day.market.listings if x.has_derivatives), key=lambda x: x.adv_paise)
    floor.go(OPEN_S + 100)
    sight = floor.sight()
    limit = sight.last * 102 // 100 // 100 * 100
    order = floor.place(price=floor.rupees(limit), quantity=40_00_000_00 // limit)
    while not floor.exchange.trades:
        floor.go(floor.clock.second + 1)
    assert order.status == "OPEN"
    assert 0 < order.filled < order.wish.quantity
    floor.go(floor.clock.second + 600)
    trades = floor.exchange.trades
    assert len(trades) > 3
    assert order.filled == sum(t.quantity for t in trades) <= order.wish.quantity
    assert all(t.price <= limit for t in trades)
    assert order.value_paise == sum(t.quantity * t.price for t in trades)


def _sight(market: PracticeMarket, **changes: Any) -> Sight:
    asks = (Level(10010, 100, 2), Level(10015, 50, 1))
    bids = (Level(10000, 80, 2), Level(9995, 40, 1))
    values: dict[str, Any] = {
        "instrument": market.instrument(market.listings[0].token, DAY), "second": 1, "last": 10005, "quantity": 10,
        "average": 10000, "volume": 1000, "open": 10000, "high": 10100, "low": 9900, "previous": 10000,
        "trade_second": 1, "buy_quantity": 0, "sell_quantity": 0, "bids": bids, "asks": asks, "band_low": 9000,
        "band_high": 11000, "traded": True,
    }  # fmt: skip
    return Sight(**values | changes)


def _resting(market: PracticeMarket, side: Side, price: int, quantity: int) -> ClientOrder:
    wish = Wish(market.instrument(market.listings[0].token, DAY), side, "MIS", "LIMIT", quantity, price)
    return ClientOrder("1", "1", wish, 0)


def test_two_orders_never_get_the_same_shares_of_one_book(market: PracticeMarket) -> None:
    sight, taken = _sight(market), Taken()
    first, second = (_resting(market, Side.BUY, 10015, 120) for _ in range(2))
    assert matched(first, sight, 0, taken) == [(100, 10010), (20, 10015)]
    assert matched(second, sight, 0, taken) == [(30, 10015)]
    assert matched(second, sight, 0, taken.renewed(2)) == [(100, 10010), (20, 10015)], "a new book forgets"


def test_a_resting_order_waits_for_the_shares_before_it(market: PracticeMarket) -> None:
    order = _resting(market, Side.BUY, 10000, 50)
    order.queue = shares_ahead(order, _sight(market))
    assert order.queue == 80
    at_price = _sight(market, last=10000)
    assert matched(order, at_price, 60, Taken()) == []
    assert order.queue == 20
    assert matched(order, at_price, 30, Taken()) == [(10, 10000)]


def test_a_trade_beyond_the_limit_fills_a_resting_order_at_its_price(market: PracticeMarket) -> None:
    order = _resting(market, Side.SELL, 10020, 50)
    assert matched(order, _sight(market, last=10025), 30, Taken()) == [(30, 10020)]
    assert matched(order, _sight(market, last=10005), 30, Taken()) == []


def test_a_quote_without_a_trade_fills_nobody_who_rests(market: PracticeMarket) -> None:
    order = _resting(market, Side.SELL, 10020, 50)
    assert matched(order, _sight(market, last=10025, traded=False), 30, Taken()) == []


def test_a_protected_market_order_stops_at_its_band() -> None:
    assert protected_limit(Side.BUY, 15669, 2.0, 1) == 15982, "the broker's own sample order"
    assert protected_limit(Side.BUY, 9000, protection_percent(-1, 9000), 1) == 9180
    assert [protection_percent(-1, last) for last in (9999, 10000, 50000, 50001)] == [2.0, 1.0, 1.0, 0.5]
    assert protection_percent(3.5, 10000) == 3.5
    assert protection_tags(2.0) == ("mktp", "mktp:2.00")


def test_a_stop_waits_for_a_trade_at_its_trigger(floor: Floor) -> None:
    floor.go(OPEN_S + 100)
    sight = floor.sight()
    tick = sight.instrument.tick_size
    trigger = sight.last + 4 * tick
    order = floor.place(
        order_type="SL", trigger_price=floor.rupees(trigger), price=floor.rupees(trigger + 20 * tick), quantity=5
    )
    floor.go(OPEN_S + 101)
    assert order.status == "TRIGGER PENDING"
    while not order.is_over and floor.clock.second < LAST_S - 300:
        floor.go(floor.clock.second + 1)
        if order.status == "TRIGGER PENDING":
            seen = floor.sight()
            assert not (seen.traded and seen.second == floor.clock.second and seen.last >= trigger)
    assert order.status in ("COMPLETE", "CANCELLED")


def test_an_immediate_order_cancels_what_it_cannot_get(floor: Floor) -> None:
    floor.go(OPEN_S + 100)
    order = floor.place(price=floor.rupees(floor.sight().band_low), validity="IOC")
    floor.go(OPEN_S + 102)
    assert order.status == "CANCELLED"
    assert order.row()["cancelled_quantity"] == 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order_type": "MARKET"}, "Market orders without market protection are not allowed via API."),
        ({"order_type": "LIMIT", "price": "0"}, "Price is required"),
        ({"order_type": "SL", "price": "100", "trigger_price": "101"}, "must be less than or equal"),
        ({"order_type": "SL-M", "trigger_price": "100"}, "without market protection"),
        ({"product": "NRML"}, "Invalid `product`"),
        ({"quantity": "0"}, "Invalid `quantity`"),
        ({"quantity": "1.5"}, "Invalid `quantity`"),
        ({"price": "100.001"}, "at most two decimals"),
        ({"tag": "x" * 21}, "Invalid `tag`"),
        ({"tradingsymbol": "NIFTY 50"}, "cannot be traded"),
        ({"validity": "GTC"}, "Invalid `validity`"),
        ({"market_protection": "101", "order_type": "MARKET"}, "Invalid `market_protection`"),
    ],
)
def test_a_form_that_cannot_be_an_order_is_refused_with_the_reason(floor: Floor, changes: Any, words: str) -> None:
    floor.go(OPEN_S + 100)
    with pytest.raises(WireError, match=re.escape(words)) as caught:
        floor.place(**({"price": "100"} | changes))
    assert caught.value.status == 400
    assert not floor.exchange.orders()


def test_a_price_off_the_grid_or_outside_the_band_is_rejected_in_the_order_book(floor: Floor) -> None:
    floor.go(OPEN_S + 100)
    sight = floor.sight()
    off = floor.place(price=floor.rupees(sight.last - sight.last % sight.instrument.tick_size + 1))
    trigger = floor.rupees(sight.band_low + 1)
    stop = floor.place(
        order_type="SL", transaction_type="SELL", trigger_price=trigger, price=floor.rupees(sight.band_low)
    )
    far = floor.place(price=floor.rupees(sight.band_high + sight.instrument.tick_size))
    assert [o.status for o in (off, stop, far)] == ["REJECTED"] * 3
    assert stop.message == "16316 : The trigger price is not a multiple of tick size"
    assert "execution range" in (far.message or "")


def test_the_twenty_sixth_change_is_refused(floor: Floor) -> None:
    floor.go(OPEN_S + 100)
    order = floor.place(price=floor.rupees(floor.sight().band_low))
    for k in range(25):
        floor.go(floor.clock.second + 2)
        floor.exchange.modify(order.order_id, {"quantity": str(11 + k)})
    floor.go(floor.clock.second + 2)
    assert order.wish.quantity == 35
    with pytest.raises(WireError, match="Maximum allowed order modifications exceeded"):
        floor.exchange.modify(order.order_id, {"quantity": "50"})


def test_intraday_positions_are_squared_off_by_the_broker_for_a_fee(floor: Floor) -> None:
    floor.go(OPEN_S + 100)
    floor.place(order_type="MARKET", market_protection=-1)
    resting = floor.place(price=floor.rupees(floor.sight().band_low))
    floor.go(SQUARED_OFF_S - 1)
    assert floor.exchange.account.net(floor.liquid.token, "MIS") == 10
    floor.go(SQUARED_OFF_S)
    with pytest.raises(WireError, match="after the intraday square-off"):
        floor.place(price=floor.rupees(floor.sight().last))
    floor.go(LAST_S - 1)
    assert floor.exchange.account.net(floor.liquid.token, "MIS") == 0
    assert resting.status == "CANCELLED"
    assert floor.exchange.orders()[-1].placed_by == "PRACTICE-RMS"
    assert floor.exchange.account.fees_paise == SQUARE_OFF_FEE


def test_stops_end_when_the_closing_auction_begins_and_delivery_orders_meet_it(floor: Floor) -> None:
    floor.go(LAST_S - 100)
    sight = floor.sight()
    stop = floor.place(
        order_type="SL", product="CNC", price=floor.rupees(sight.band_high), trigger_price=floor.rupees(sight.band_high)
    )
    floor.go(LAST_S - 98)
    bid = floor.place(product="CNC", price=floor.rupees(floor.day.market.day_row(floor.liquid.token, DAY).low))
    floor.go(LAST_S + 1)
    assert stop.status == "CANCELLED"
    assert bid.status in ("OPEN", "COMPLETE")
    eager = floor.place(product="CNC", price=floor.rupees(sight.band_high))
    with pytest.raises(WireError, match="takes no stop orders"):
        floor.place(
            order_type="SL", product="CNC", price=floor.rupees(sight.last), trigger_price=floor.rupees(sight.last)
        )
    floor.go(floor.day.grid.n_seconds - 1)
    close = floor.day.market.day_row(floor.liquid.token, DAY).close
    assert eager.status == "COMPLETE"
    assert eager.average_paise == close


def test_the_opening_auction_fills_at_its_one_price(floor: Floor) -> None:
    floor.go(60)
    sight = floor.sight()
    order = floor.place(price=floor.rupees(sight.band_high))
    floor.go(OPEN_S - 1)
    assert order.status == "COMPLETE"
    assert order.average_paise == floor.day.market.day_row(floor.liquid.token, DAY).open


def test_money_and_shares_are_conserved_over_the_day(floor: Floor) -> None:
    floor.go(OPEN_S + 100)
    for k in range(6):
        side = "BUY" if k % 2 == 0 else "SELL"
        floor.place(order_type="MARKET", market_protection=-1, transaction_type=side, quantity=7 + k)
        floor.go(floor.clock.second + 30)
    account = floor.exchange.account
    position = account.positions[(floor.liquid.token, "MIS")]
    trades = [t for t in floor.exchange.trades if t.order.wish.instrument.token == floor.liquid.token]
    assert position.net == sum(t.quantity * int(t.order.wish.side) for t in trades)
    last = floor.sight().last
    paid = sum(t.quantity * t.price * int(t.order.wish.side) for t in trades)
    assert position.pnl_paise(last) == position.net * last - paid
    assert all(o.filled <= o.wish.quantity for o in floor.exchange.orders())
    assert account.free_paise(()) <= OPENING_CASH + abs(account.realised_paise())


def test_delivery_shares_can_be_sold_once_and_no_more(floor: Floor) -> None:
    floor.go(OPEN_S + 100)
    (held, *_) = floor.exchange.account.holdings.values()
    name = {"tradingsymbol": held.instrument.symbol, "product": "CNC", "transaction_type": "SELL"}
    seen = floor.day.sight(held.instrument.token, floor.clock.second)
    assert seen is not None
    floor.place(**name, quantity=held.quantity, price=floor.rupees(seen.band_high))
    with pytest.raises(WireError, match="Insufficient stock holding") as caught:
        floor.place(**name, quantity=1, price=floor.rupees(seen.band_high))
    assert caught.value.kind == "HoldingException"


def test_the_operating_range_of_a_name_with_derivatives_is_flexed_as_it_is_reached() -> None:
    limits = (80_000, 120_000)
    assert flexed(100_000, 10, 0, 0, limits) == (90_000, 110_000)
    assert flexed(100_000, 10, 95_000, 109_950, limits) == (90_000, 115_000)
    assert flexed(100_000, 10, 80_000, 109_000, limits) == (80_000, 110_000)


def test_a_name_frozen_at_its_band_has_one_side_only_and_buys_do_not_fill(market: PracticeMarket) -> None:
    h = market.history
    plain = [k for k, x in enumerate(market.listings) if not x.has_derivatives]
    frozen = [
        (day, market.listings[k].token)
        for t, day in enumerate(market.days)
        for k in plain
        if h.close[t, k] == h.high[t, k] and h.close[t, k] > 1.045 * h.previous[t, k]
    ]
    rows = ((day, market.day_row(token, day)) for day, token in reversed(frozen))
    day, row = next((day, row) for day, row in rows if row.close == row.band_high)
    practised = PracticeDay(market, day)
    sight = practised.sight(row.instrument.token, int(practised.grid.plain[-1]))
    assert sight is not None
    assert sight.last == sight.band_high
    assert sight.asks == ()
    assert sight.bids
    assert (
        matched(
            ClientOrder("1", "1", Wish(row.instrument, Side.BUY, "CNC", "LIMIT", 10, row.band_high), 0),
            sight,
            0,
            Taken(),
        )
        == []
    )
