"""The watch: from the books and the believed prices to what rules, switches and the screen look at."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import Any, Final

import numpy as np

from cockpit.account import Account, Equity, Position
from cockpit.clock import NS, monotonic_ns
from cockpit.engine.risk.exposure import (
    entry_counts,
    gross_value,
    locking_orders,
    name_value,
    open_risk,
    orders_sent,
    recent_rejects,
)
from cockpit.engine.risk.switches import Vitals, looked
from cockpit.engine.trust import Trust
from cockpit.facts import AccountMarked, DayClosed, Halt, RiskSeen, SwitchSeen
from cockpit.market import Quote, TradingDay
from cockpit.money import Paise, Price
from cockpit.orders import Intent, Mode, Proposal
from cockpit.ports import Books, Costs, RiskView
from cockpit.settings import RiskSettings

GAPS_KEPT: Final = 256
REJECT_WINDOW_NS: Final = 600 * NS


class Watch:
    """Look at books and prices together; every answer is what computing it afresh would give.

    A frame asks for the equity and the switches several times over; what they were made of is kept beside the newest
    answer, and as long as it is the same, so is the answer.
    """

    def __init__(
        self, books: Books, costs: Costs, trust: Trust, day: TradingDay, limits: RiskSettings, mode: Mode
    ) -> None:
        self._books = books
        self._costs = costs
        self._trust = trust
        self._day = day
        self._limits = limits
        self._mode = mode
        self._slots = {i.token: slot for slot, i in enumerate(day.instruments)}
        self._newest_frame = 0
        self._arrived = 0
        self.gaps_ms: deque[float] = deque(maxlen=GAPS_KEPT)
        """Real time between the newest frames, for the health of the feed; nothing is decided on it."""
        self._now = 0
        self._marked: tuple[Account, int, Equity] | None = None
        """An account, how often believed prices had moved, and the equity of both."""
        self._looked: tuple[Vitals, tuple[SwitchSeen, ...]] | None = None

    def saw_frame(self, ts: int) -> None:
        """Note that a frame of the feed was taken at `ts`."""
        self._newest_frame = ts
        self._now = ts
        arrived = monotonic_ns()
        if self._arrived:
            self.gaps_ms.append((arrived - self._arrived) / 1e6)
        self._arrived = arrived

    @property
    def newest_frame(self) -> int:
        """Answer when the newest frame was taken, 0 before the first."""
        return self._newest_frame

    def feed_age_s(self, now: int) -> float:
        """Answer how old the newest frame is; NaN before the first."""
        return (now - self._newest_frame) / NS if self._newest_frame else math.nan

    def quote(self, token: int) -> Quote | None:
        """Answer the last believed price with the day's band; None when the name was never seen."""
        slot = self._slots[token]
        price, ts = self._trust.price_of(slot)
        if not price:
            return None
        row = self._day.stats[slot]
        return Quote(token, ts, price, band_low=_whole(row["band_low"]), band_high=_whole(row["band_high"]))

    def marks(self) -> dict[int, Price]:
        """Answer the price at which each open position is marked: the last believed one, else yesterday's close.

        A position of a name without either is carried at its cost, which is what its fills imply; never at zero.
        """
        return {token: self._mark(token, held) for token, held in self._books.account.positions.items()}

    def _mark(self, token: int, held: Position) -> Price:
        slot = self._slots.get(token)
        if slot is not None:
            price, seen = self._trust.price_of(slot)
            close = self._day.stats["previous_close"][slot]
            if seen:
                return price
            if not np.isnan(close):
                return int(close)
        return round(held.cost_paise / held.quantity)

    def equity(self, now: int) -> Equity:
        """Answer the equity at the marks."""
        account, moves = self._books.account, self._trust.n_moves
        if self._marked is not None:
            known, then, equity = self._marked
            if known is account and then == moves:  # an account never changes: what is booked makes another one
                return equity if equity.ts == now else replace(equity, ts=now)
        equity = account.marked(now, self.marks())
        self._marked = account, moves, equity
        return equity

    def day_net(self, equity: Equity) -> Paise:
        """Answer the day's profit, net of charges and marked, against the equity at the day's opening."""
        opened = self._books.opened
        return equity.equity_paise - opened.equity_paise if opened else 0

    def view(self, intent: Intent, now: int) -> RiskView:
        """Answer what the rules may look at for `intent`; its cost is still to be filled in by `costed`."""
        slot = self._slots[intent.token]
        instrument = self._day.instruments[slot]
        equity = self.equity(now)
        quote = self.quote(intent.token)
        in_all, in_name = entry_counts(self._books, intent.token)
        halted = self._books.halt
        return RiskView(
            ts=now,
            mode=self._books.genesis.mode if self._books.genesis else self._mode,
            session=self._day.session,
            phase=self._day.session.phase(instrument, now),
            halt=halted.level if halted else Halt.NONE,
            armed=self._books.armed,
            feed_age_s=self.feed_age_s(now),
            name_age_s=(now - quote.ts) / NS if quote else math.nan,
            quote=quote,
            instrument=instrument,
            adv_shares=float(self._day.stats["adv_shares"][slot]),
            account=self._books.account,
            working=locking_orders(self._books),
            equity_paise=equity.equity_paise,
            peak_paise=max(self._books.peak_paise, equity.equity_paise),
            day_net_paise=self.day_net(equity),
            gross_paise=gross_value(self._books),
            name_paise=name_value(self._books, intent.token),
            day_entries=in_all,
            name_entries=in_name,
            rejects=recent_rejects(self._books, now - REJECT_WINDOW_NS),
            orders_sent=orders_sent(self._books, now),
            cost_paise=0,
            limits=self._limits,
        )

    def costed(self, view: RiskView, proposal: Proposal) -> RiskView:
        """Answer `view` with the proposal's round-trip charges: bought at the entry, sold at the stop, or mirrored."""
        intent = proposal.intent
        entry, stop = proposal.value_paise, intent.stop * proposal.quantity
        buy, sell = (entry, stop) if intent.side > 0 else (stop, entry)
        cost = self._costs.round_trip_paise(intent.product, proposal.quantity, buy, sell, self._day.session.day)
        return replace(view, cost_paise=cost)

    def vitals(self, now: int) -> Vitals:
        """Answer the numbers the switches look at."""
        equity = self.equity(now)
        return Vitals(
            equity_paise=equity.equity_paise,
            peak_paise=max(self._books.peak_paise, equity.equity_paise),
            day_net_paise=self.day_net(equity),
            day_entries=entry_counts(self._books, 0)[0],
            rejects=recent_rejects(self._books, now - REJECT_WINDOW_NS),
            feed_age_s=self.feed_age_s(now),
        )

    def switches(self) -> tuple[SwitchSeen, ...]:
        """Answer how every switch stands at the newest frame."""
        return self._switches(self.vitals(self._now))

    def marked(self, now: int) -> AccountMarked:
        """Answer the account at the marks, for the screen."""
        equity = self.equity(now)
        return AccountMarked(now, self._books.account, equity, self.day_net(equity))

    def risk_seen(self, now: int) -> RiskSeen:
        """Answer how halt and switches stand, for the screen."""
        vitals = self.vitals(now)
        halted = self._books.halt
        return RiskSeen(
            ts=now,
            halt=halted.level if halted else Halt.NONE,
            halted_by=halted.by if halted else "",
            switches=self._switches(vitals),
            drawdown=1 - vitals.equity_paise / vitals.peak_paise,
            open_risk_paise=open_risk(self._books),
        )

    def day_closed(self, now: int, n_bars: int, n_ticks: int) -> DayClosed:
        """Answer the day's arithmetic from the books."""
        opened = self._books.opened
        assert opened is not None, "a day must be open to be closed"
        account = self._books.account
        fills = self._books.fills()
        trades = [t for t in account.trades if t.closed_ts >= opened.ts]
        charges = sum(f.charges.total for f in fills)
        equity = self.equity(now)
        net = equity.equity_paise - opened.equity_paise
        refused = sum(bool(refusals) for _, refusals in self._books.intents().values())
        return DayClosed(
            now, opened.day, len(trades), net + charges, charges, net, equity.equity_paise, refused, n_bars, n_ticks
        )

    def _switches(self, vitals: Vitals) -> tuple[SwitchSeen, ...]:
        if self._looked is None or self._looked[0] != vitals:
            self._looked = vitals, looked(vitals, self._limits)
        return self._looked[1]


def _whole(value: Any) -> Price:
    return 0 if np.isnan(value) else int(value)
