"""Random days for the paper broker: a walk of ticks or bars with orders, changes and cancels in between."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cockpit.clock import NS, ist_day
from cockpit.errors import BrokerError
from cockpit.market import TickMode
from cockpit.orders import Charges, Fill, OrderKind, Role, Side
from tests.paper.floor_plan import AUCTION_TOKEN, PLAIN_TOKEN, TABLE, Hall, at, bar, order, tick

STEP = 5
SIDES = st.sampled_from([Side.BUY, Side.SELL])
TOKENS = st.sampled_from([PLAIN_TOKEN, AUCTION_TOKEN])
ENTRY_KINDS = st.sampled_from([OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT])


@dataclass(frozen=True)
class Seen:
    """One second (or minute) of one name: the price moves, some volume trades, a book may be shown."""

    token: int
    move: int
    volume: int
    book: tuple[tuple[int, int], ...]
    mode: TickMode
    wide: int


@dataclass(frozen=True)
class Entered:
    """An entry with its bracket; distances in ticks from the last price."""

    token: int
    side: Side
    kind: OrderKind
    quantity: int
    away: int
    risk: int
    reward: int
    lives: int


@dataclass(frozen=True)
class Left:
    """An exit of some share of what is held."""

    token: int
    share: float


@dataclass(frozen=True)
class Cancelled:
    """A cancel of one of the orders placed so far."""

    which: int


@dataclass(frozen=True)
class Moved:
    """A stop or target moved by some ticks."""

    which: int
    by: int


LEVELS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 120)), max_size=5).map(tuple)
SEEN = st.builds(
    Seen,
    TOKENS,
    st.integers(-8, 8),
    st.integers(0, 900),
    LEVELS,
    st.sampled_from([TickMode.FULL, TickMode.FULL, TickMode.QUOTE]),
    st.integers(1, 3),
)
ENTERED = st.builds(
    Entered,
    TOKENS,
    SIDES,
    ENTRY_KINDS,
    st.integers(1, 300),
    st.integers(0, 10),
    st.integers(1, 20),
    st.integers(0, 25),
    st.integers(0, 20),
)
STEPS = st.one_of(
    SEEN,
    SEEN,
    SEEN,
    SEEN,
    ENTERED,
    ENTERED,
    st.builds(Left, TOKENS, st.floats(0.1, 1.0)),
    st.builds(Cancelled, st.integers(0, 50)),
    st.builds(Moved, st.integers(0, 50), st.integers(-10, 10)),
)
SCRIPTS = st.lists(STEPS, min_size=5, max_size=60)


class Performance:
    """Play a script on a hall; the same script on the same hall always plays the same."""

    def __init__(self, hall: Hall, *, bars: bool = False) -> None:
        self.hall = hall
        self.bars = bars
        self.second = 0
        self.last = {PLAIN_TOKEN: 100_00, AUCTION_TOKEN: 600_00}
        self.volume = {PLAIN_TOKEN: 0, AUCTION_TOKEN: 0}
        self.n_entries = 0
        self.n_exits = 0
        for token in (PLAIN_TOKEN, AUCTION_TOKEN):
            self.see(Seen(token, 0, 0, (), TickMode.FULL, 1))

    def play(self, script: list[Any], after: Callable[[], None] = lambda: None) -> None:
        """Play every step; a refused order is part of the play."""
        for step in script:
            self.step(step)
            after()

    def step(self, step: Any) -> None:
        """Play one step."""
        if isinstance(step, Seen):
            self.see(step)
        else:
            with contextlib.suppress(BrokerError):
                self.act(step)

    def act(self, step: Any) -> None:
        """Play a step of ours."""
        match step:
            case Entered():
                self.enter(step)
            case Left():
                self.leave(step)
            case Cancelled():
                self.cancel(step)
            case Moved():
                self.move(step)

    def see(self, step: Seen) -> None:
        """Show the next second or minute."""
        self.second += 1
        before = self.last[step.token]
        last = self.last[step.token] = max(before + step.move * STEP, 50_00)
        if self.bars:
            minute = at("10:00") + self.second * 60 * NS
            high, low = max(before, last) + step.wide * 4 * STEP, min(before, last) - step.wide * 3 * STEP
            frame = bar("10:00", before, high, low, last)
            frame["ts_open"], frame["volume"], frame["token"] = minute, step.volume, step.token
            self.hall.show_bars(frame)
            return
        self.volume[step.token] += step.volume
        bids, asks = self._book(step, last)
        ts = at("10:00") + self.second * NS
        volume = self.volume[step.token]
        frame = tick(ts, last, volume=volume, bids=bids, asks=asks, token=step.token, mode=step.mode)
        self.hall.show(frame)

    def _book(self, step: Seen, last: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        gaps = np.cumsum([step.wide, *(gap for gap, _ in step.book[1:])])[: len(step.book)] * STEP
        shown = [quantity for _, quantity in step.book]
        bids = [(last - int(gap), quantity) for gap, quantity in zip(gaps, shown, strict=True)]
        asks = [(last + int(gap), quantity) for gap, quantity in zip(gaps, reversed(shown), strict=True)]
        return bids, asks

    def enter(self, step: Entered) -> None:
        """Place an entry with its bracket."""
        side, last = int(step.side), self.last[step.token]
        away = step.away * STEP * side
        price = {OrderKind.LIMIT: last - away, OrderKind.STOP_LIMIT: last + away + 2 * STEP * side}.get(step.kind, 0)
        trigger = last + away if step.kind in (OrderKind.STOP, OrderKind.STOP_LIMIT) else 0
        around = price or trigger or last
        stop = around - step.risk * STEP * side - (4 * STEP * side if price and trigger else 0)
        target = around + step.reward * STEP * side if step.reward else None
        self.n_entries += 1
        made = order(
            f"E{self.n_entries}",
            side=step.side,
            quantity=step.quantity * self.hall.day.instruments[0].lot_size,
            kind=step.kind,
            price=price,
            trigger=trigger,
            when=self.hall.clock.now(),
            stop=stop,
            target=target,
            token=step.token,
        )
        self.hall.place(made)

    def leave(self, step: Left) -> None:
        """Place an exit of a share of the position."""
        net = self.net(step.token)
        self.n_exits += 1
        made = order(
            f"X{self.n_exits}",
            side=Side.SELL if net > 0 else Side.BUY,
            quantity=max(1, int(abs(net) * step.share)),
            when=self.hall.clock.now(),
            token=step.token,
            role=Role.EXIT,
            parent="E1",
        )
        self.hall.place(made)

    def cancel(self, step: Cancelled) -> None:
        """Cancel some order."""
        if self.hall.orders:
            self.hall.cancel(list(self.hall.orders)[step.which % len(self.hall.orders)])

    def move(self, step: Moved) -> None:
        """Move the stop or the target of some child."""
        children = [o for o, _ in self.hall.orders.values() if o.role in (Role.STOP, Role.TARGET)]
        if not children:
            return
        child = children[step.which % len(children)]
        word, price = ("trigger", child.trigger) if child.role is Role.STOP else ("price", child.price)
        self.hall.modify(child.order_id, **{word: price + step.by * STEP})

    def net(self, token: int) -> int:
        """Answer the signed quantity that the fills left in a name."""
        return sum(fill.signed_quantity for fill in self.hall.fills if fill.token == token)


def obey(hall: Hall, show: Performance) -> None:
    """Check after every step: fills within orders, exits within holdings, every bracketed share protected once."""
    filled: dict[str, list[Fill]] = {}
    for fill in hall.fills:
        filled.setdefault(fill.order_id, []).append(fill)
    for order_id, (placed, moved) in hall.orders.items():
        total = sum(f.quantity for f in filled.get(order_id, []))
        assert total <= placed.quantity
        assert moved is None or total == moved.filled
        assert sum((f.charges for f in filled.get(order_id, [])), Charges()) == charges_of(filled.get(order_id, []))
    for token in show.last:
        working = [
            (o, o.quantity - m.filled)
            for o, m in hall.orders.values()
            if o.token == token and m is not None and not m.status.is_terminal
        ]
        size = abs(show.net(token))
        exits = sum(left for o, left in working if o.role is Role.EXIT)
        assert sum(left for o, left in working if o.role is Role.STOP) + exits == size, "never naked, never flipping"
        assert sum(left for o, left in working if o.role is Role.TARGET) + exits <= size


def charges_of(fills: list[Fill]) -> Charges:
    """Answer what the tariff takes of one order whose executions these are, in one piece."""
    if not fills:
        return Charges()
    turnover = sum(f.quantity * f.price for f in fills)
    first = fills[0]
    return TABLE.order_charges(first.product, first.side, 0, turnover, ist_day(first.ts))
