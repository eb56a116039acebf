"""What the screen may read of a running day: books, bars and believed prices, and nothing that could change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.account import Account
from cockpit.engine.flow import Flow
from cockpit.market import Bars, Interval, TradingDay
from cockpit.money import Price
from cockpit.opinions import Scan
from cockpit.orders import Fill, Intent, Order, OrderMoved, Refusal


class DayReports:
    """The readings of one flow."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._books = flow.plugs.books

    def day(self) -> TradingDay:
        """Answer the day in progress."""
        return self._flow.day

    def bars(self, token: int, interval: Interval) -> Bars:
        """Answer the session's bars so far, the unfinished one last."""
        closed = self._flow.bars.history(token, interval)
        moving = self._flow.bars.moving(interval)
        return np.concatenate([closed, moving[moving["token"] == token]])

    def opening_range(self, token: int) -> tuple[Price, Price] | None:
        """Answer (low, high) of the finished opening range of the first strategy that keeps one."""
        for strategy in self._flow.plugs.strategies:
            reader = getattr(strategy, "opening_range", None)
            if reader is not None:
                found: tuple[Price, Price] | None = reader(token)
                return found
        return None

    def opening_range_ends(self) -> int | None:
        """Answer when the opening range ends, ns UTC; None when no strategy keeps one."""
        ends = (getattr(strategy, "range_ends", None) for strategy in self._flow.plugs.strategies)
        return next((end for end in ends if end is not None), None)

    def account(self) -> Account:
        """Answer the account as booked."""
        return self._books.account

    def last_prices(self) -> Mapping[int, tuple[Price, int]]:
        """Answer (last believed price, when) by token."""
        return self._flow.trust.last()

    def orders(self) -> Sequence[tuple[Order, OrderMoved | None]]:
        """Answer the day's orders with their newest report."""
        return tuple(self._books.orders().values())

    def fills(self) -> Sequence[Fill]:
        """Answer the day's fills."""
        return tuple(self._books.fills())

    def intents(self) -> Sequence[tuple[Intent, tuple[Refusal, ...]]]:
        """Answer the day's intents with the refusals each met."""
        return tuple(self._books.intents().values())

    def scan(self) -> Scan | None:
        """Answer the scan that today's watchlist came from."""
        return self._books.scan

    def spark(self, token: int, points: int) -> NDArray[Any]:
        """Answer up to `points` closes of the session so far, float64 rupees."""
        bars = self._flow.bars.history(token, self._flow.day.interval)
        step = max(1, -(-len(bars) // max(1, points)))
        # Counted from the newest backwards, so that the line always ends at the last close.
        return np.asarray(bars["close"][::-step][::-1], dtype=np.float64) / 100
