"""A made day, its names and its ticks for the tests of the paper broker; times are Indian wall-clock text."""

from __future__ import annotations

import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cockpit.clock import NS, TapeClock
from cockpit.errors import Rejection
from cockpit.market import (
    STATS,
    Bars,
    Instrument,
    Interval,
    Series,
    Session,
    TickMode,
    Ticks,
    TradingDay,
    bars_of,
    ticks_of,
)
from cockpit.orders import Bracket, Fill, Mode, Order, OrderKind, OrderMoved, Product, Report, Role, Side, Status
from cockpit.paper.broker import PaperBroker
from cockpit.paper.costs import ChargeTable
from cockpit.paper.terms import FillRules
from cockpit.settings import PaperSettings
from tests.engine.made_days import at
from tests.engine.made_days import made_session as regular_session

TABLE = ChargeTable.load(Path(__file__).resolve().parents[2] / "resources" / "charges.toml")
PLAIN_TOKEN, AUCTION_TOKEN, INDEX_TOKEN = 101, 202, 256265
FREE = FillRules(impact=0.0, half_spread=0.0, floor_ticks=0, participation=1.0)
"""Rules without any cost of crossing: fills land on the reference price, so a hand ledger can follow."""


def made_session() -> Session:
    """Make the engine's made session with the square-off of the paper room: from 15:05 to 15:10."""
    return replace(regular_session(), square_off=at("15:05"), square_off_hard=at("15:10"))


def made_day(
    *,
    band: tuple[float, float] = (np.nan, np.nan),
    sigma: float = np.nan,
    adv: float = np.nan,
    series: Series = Series.EQ,
    lot: int = 1,
    interval: Interval = Interval.M1,
) -> TradingDay:
    """Make a day with a plain name, a name with derivatives and the index."""
    names = (
        Instrument(PLAIN_TOKEN, "PLAIN", series=series, tick_size=5, lot_size=lot),
        Instrument(AUCTION_TOKEN, "DERIV", tick_size=5, has_derivatives=True),
        Instrument(INDEX_TOKEN, "NIFTY 50", series=Series.INDEX, tick_size=5),
    )
    stats = np.zeros(len(names), dtype=STATS)
    for column in ("previous_close", "atr14"):
        stats[column] = np.nan
    stats["token"] = [n.token for n in names]
    stats["sigma_day"], stats["adv_shares"] = sigma, adv
    stats["band_low"], stats["band_high"] = band
    return TradingDay(made_session(), interval, names, stats, np.full((len(names), 1), np.nan))


def tick(
    when: str | int,
    last: int,
    *,
    volume: int,
    bids: Sequence[tuple[int, int]] = (),
    asks: Sequence[tuple[int, int]] = (),
    token: int = PLAIN_TOKEN,
    mode: TickMode = TickMode.FULL,
    close: int = 0,
) -> Ticks:
    """Make a frame of one tick; `bids` and `asks` are (price, quantity) from the best on."""
    frame = ticks_of(1)
    row = frame[0]
    row["token"], row["ts_event"] = token, at(when) if isinstance(when, str) else when
    row["ts_seen"] = row["ts_event"]
    row["last_price"], row["volume"], row["mode"], row["close"] = last, volume, int(mode), close
    for level, (price, quantity) in enumerate(bids):
        row["bid_price"][level], row["bid_quantity"][level] = price, quantity
    for level, (price, quantity) in enumerate(asks):
        row["ask_price"][level], row["ask_quantity"][level] = price, quantity
    return frame


def bar(when: str, o: int, h: int, low: int, c: int, volume: int = 100_000, token: int = PLAIN_TOKEN) -> Bars:
    """Make one closed minute bar that opens at `when`."""
    frame = bars_of(1)
    row = frame[0]
    row["token"], row["ts_open"], row["interval_s"] = token, at(when), 60
    row["open"], row["high"], row["low"], row["close"], row["volume"] = o, h, low, c, volume
    return frame


def at_once(verb: Coroutine[Any, Any, None]) -> None:
    """Run a verb of the paper broker, which never waits for anything."""
    with contextlib.suppress(StopIteration):
        verb.send(None)
        raise AssertionError("the paper broker waited")


class Hall:
    """A broker with its clock: place at a time, show ticks and bars, collect what it reports."""

    def __init__(self, day: TradingDay | None = None, rules: FillRules | None = None, **more: Any) -> None:
        self.day = day or made_day()
        self.clock = TapeClock(at("09:00"))
        self.broker = PaperBroker(self.day, TABLE, PaperSettings(), Mode.PRACTICE, self.clock.now, rules=rules, **more)
        self.told: list[Report] = []
        self.orders: dict[str, tuple[Order, OrderMoved | None]] = {}
        self.n_traded = 0

    def place(self, order: Order) -> None:
        """Place an order; it is in the book of orders as soon as it is durable, as in the flow."""
        is_new = order.order_id not in self.orders
        self.orders.setdefault(order.order_id, (order, None))
        try:
            at_once(self.broker.place(order))
        except Rejection as no:
            if is_new:
                moved = OrderMoved(order.order_id, self.clock.now(), Status.REJECTED, 0, no.raw)
                self.orders[order.order_id] = (order, moved)
            raise
        self.collect()

    def cancel(self, order_id: str) -> None:
        """Cancel an order."""
        at_once(self.broker.cancel(order_id))
        self.collect()

    def modify(self, order_id: str, **terms: int) -> None:
        """Change an order."""
        at_once(self.broker.modify(order_id, **terms))
        self.collect()

    def show(self, *frames: Ticks) -> list[Fill]:
        """Show frames of ticks in turn; answer the fills they made."""
        before = len(self.fills)
        for frame in frames:
            self.clock.advance(int(frame["ts_event"].max()))
            self.broker.see(frame)
            self.collect()
        return self.fills[before:]

    def show_bars(self, *frames: Bars) -> list[Fill]:
        """Show closed bars in turn; answer the fills they made."""
        before = len(self.fills)
        for frame in frames:
            self.clock.advance(int(frame["ts_open"][0] + frame["interval_s"][0] * NS))
            self.broker.see_bars(frame)
            self.collect()
        return self.fills[before:]

    def collect(self) -> None:
        """Take the reports into the book of orders, as the journal's reader would."""
        for report in self.broker.reports():
            self.told.append(report)
            if isinstance(report, OrderMoved):
                known = self.orders.get(report.order_id)
                order = report.order or (known[0] if known else None)
                assert order is not None, f"report on {report.order_id}, which nobody was told of"
                self.orders[report.order_id] = (order, report)

    @property
    def fills(self) -> list[Fill]:
        """Answer all fills so far."""
        return [report for report in self.told if isinstance(report, Fill)]

    def status(self, order_id: str) -> str:
        """Answer where an order stands, as text."""
        moved = self.orders[order_id][1]
        return moved.status.value if moved else "unreported"

    def reason(self, order_id: str) -> str:
        """Answer the newest reason given for an order."""
        moved = self.orders[order_id][1]
        return moved.reason if moved else ""


def order(
    order_id: str = "A",
    *,
    side: Side = Side.BUY,
    quantity: int = 100,
    kind: OrderKind = OrderKind.MARKET,
    price: int = 0,
    trigger: int = 0,
    when: str | int = "10:00",
    stop: int | None = None,
    target: int | None = None,
    token: int = PLAIN_TOKEN,
    product: Product = Product.MIS,
    valid_until: str = "",
    role: Role = Role.ENTRY,
    parent: str = "",
) -> Order:
    """Make an order; a `stop` gives it a bracket."""
    return Order(
        order_id=order_id,
        intent_id=parent or order_id,
        parent_id=parent,
        role=role,
        token=token,
        symbol="PLAIN" if token == PLAIN_TOKEN else "DERIV",
        side=side,
        quantity=quantity,
        kind=kind,
        price=price,
        trigger=trigger,
        product=product,
        rule="TEST",
        tag=f"TAG{order_id:0>13}",
        ts=at(when) if isinstance(when, str) else when,
        valid_until=at(valid_until) if valid_until else 0,
        bracket=None if stop is None else Bracket(stop, target),
    )


BOOK: dict[str, Any] = {"bids": [(99_95, 10_000)], "asks": [(100_05, 10_000)]}
"""A deep book around 100 rupees."""
