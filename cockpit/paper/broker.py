"""The paper broker: takes orders like the exchange, fills them from what the market showed, reports in order.

The market comes in by `see` and `see_bars`, orders by `place`, and all that follows leaves by `reports`. What is kept
between frames follows from those reports alone, which is why `restore` can put everything back after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from cockpit.account import Position
from cockpit.broker_books import BrokerBooks
from cockpit.clock import NS, hhmmss
from cockpit.errors import Rejection
from cockpit.market import Bars, Phase, Ticks, TradingDay
from cockpit.money import Price, price_text
from cockpit.orders import Charges, Fill, Mode, Order, OrderMoved, Product, Report, Role, Status
from cockpit.paper.acceptance import Standing, accept, check_prices
from cockpit.paper.bar_matching import look_bars
from cockpit.paper.blotter import CHILDREN, Birth, Blotter, Strike
from cockpit.paper.costs import ChargeTable
from cockpit.paper.floor import Floor, Look
from cockpit.paper.halts import halted_until
from cockpit.paper.holdings import Holding
from cockpit.paper.matching import look_ticks
from cockpit.paper.recovery import Recovered, forced_id, is_forced
from cockpit.paper.resting import NEVER, NO_FEE, UNPRICED, Ticket
from cockpit.paper.statement import stated
from cockpit.paper.terms import REFERENCE, FillRules, Met, Rows, Why
from cockpit.settings import PaperSettings

FLAGS: Final = ((Met.GAP, "gap"), (Met.AMBIGUOUS, "ambiguous"))
SQUARE_OFF_EVERY: Final = 60 * NS


class PaperBroker:
    """Fill orders of one day without a broker. One instance sees one day; `now` is the flow's clock.

    `carried` are positions held from earlier days (`recovery.carried_in`); only exits close them. `looks` are the two
    matching kernels, which a test may exchange for their plain-Python twins.
    """

    def __init__(
        self,
        day: TradingDay,
        costs: ChargeTable,
        settings: PaperSettings,
        mode: Mode,
        now: Callable[[], int],
        *,
        rules: FillRules | None = None,
        carried: Iterable[Position] = (),
        looks: tuple[Look, Look] = (look_ticks, look_bars),
    ) -> None:
        self._day = day
        self._costs = costs
        self._mode = mode
        self._now = now
        self._rules = rules or FillRules.of(settings)
        self._look_ticks, self._look_bars = looks
        self._floor = Floor(day, self._rules)
        self._blotter = Blotter(day, costs, self._rules, self._floor, now)
        for position in carried:
            self._blotter.holdings.open(Holding.carry(position))
        self._next_square_off = day.session.square_off_hard
        self._resumes = NEVER

    # -- what the flow asks ------------------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        """Answer whose money this broker moves."""
        return self._mode

    async def place(self, order: Order) -> None:
        """Take an order to the exchange.

        An exit first takes the name's unfilled entries, and of its children as much as it will close itself.
        Errors: Rejection with the exchange's words; nothing has changed then, and nothing is reported.
        """
        if order.order_id in self._blotter.tickets:
            raise Rejection(f"{order.order_id} was placed before; an order is sent once", code=400)
        standing = self._standing(order.token)
        accept(order, standing, self._rules.stale_ns)
        self._blotter.admit(order)
        age = standing.now - (standing.quote.ts if standing.quote else 0)
        if order.role is Role.EXIT and age > self._rules.stale_ns:
            self._alarm(self._blotter.known(order.order_id), standing.now, Why.NONE)

    async def modify(
        self, order_id: str, *, quantity: int | None = None, price: Price | None = None, trigger: Price | None = None
    ) -> None:
        """Change a resting order; it is at the exchange again after the latency.

        Errors: NotFound for an unknown order; Rejection for one that is over, for terms the exchange refuses, and for
        the quantity of a child or an exit, which follows what is held.
        """
        ticket = self._blotter.known(order_id)
        old = ticket.order
        moved = replace(
            old,
            quantity=old.quantity if quantity is None else quantity,
            price=old.price if price is None else price,
            trigger=old.trigger if trigger is None else trigger,
        )
        self._check_change(ticket, moved)
        self._blotter.change(ticket, moved)

    async def cancel(self, order_id: str) -> None:
        """Cancel what is unfilled of an entry or an exit; children stay with the part that was filled.

        Errors: NotFound for an unknown order; Rejection for a child: what is held stays protected until an exit.
        """
        ticket = self._blotter.known(order_id)
        if ticket.status.is_terminal:
            return
        if ticket.order.role in CHILDREN:
            raise Rejection(f"{order_id} protects a position: change it, or place an exit, which cancels it", code=400)
        self._blotter.end(ticket, Status.CANCELLED, "cancelled by us")
        self._blotter.balance(ticket.order.token, self._now())

    def see(self, ticks: Ticks) -> None:
        """Let working orders look at a frame of ticks."""
        self._look(self._look_ticks, ticks)

    def see_bars(self, bars: Bars) -> None:
        """Let working orders look at closed bars, where no ticks exist."""
        self._look(self._look_bars, bars)

    def reports(self) -> list[Report]:
        """Take what happened since the last call, oldest first."""
        return self._blotter.taken()

    async def books(self) -> BrokerBooks:
        """Answer the books as they stand; they are this broker's own state, so nothing has to be waited for."""
        return stated(self._blotter, self._floor, self._now())

    def restore(self, orders: Mapping[str, tuple[Order, OrderMoved | None]], fills: Sequence[Fill]) -> None:
        """Put back the day's orders, holdings and counters from what the journal kept; for a fresh broker only.

        An order that was written but never reported did not reach this exchange: it is reported CANCELLED.
        Errors: LedgerCorrupt when orders, reports and fills contradict each other.
        """
        blotter = self._blotter
        told = Recovered.read(orders, fills, self._day.session.day, blotter.holdings)
        blotter.tickets, blotter.n_fills, blotter.delivered = told.tickets, told.n_fills, told.delivered
        blotter.fills = list(fills)
        now = max([self._now(), *told.heard.values()])
        for order_id, ticket in told.tickets.items():
            if order_id in told.unheard:
                ticket.status = Status.CANCELLED
                blotter.say(ticket, now, "never reached the exchange: the cockpit stopped before sending it")
            elif ticket.left:
                ticket.fee = self._square_off_fee() if is_forced(ticket.order) and not ticket.filled else NO_FEE
                blotter.rest(ticket, told.heard[order_id])
        blotter.balance_all(now)

    # -- orders at the door ------------------------------------------------------------------------

    def _standing(self, token: int) -> Standing:
        slot = self._floor.slot(token)
        name = self._floor.names[slot]
        resting, held = self._blotter.resting, self._blotter.holdings.in_name(token)
        products = [h.product for h in held] + [t.order.product for t in resting if t.order.token == token]
        return Standing(
            instrument=self._day.instruments[slot],
            session=self._day.session,
            now=self._now(),
            quote=self._floor.quote(slot),
            band_low=int(name["band_low"]),
            band_high=int(name["band_high"]),
            paused_until=self._floor.paused_until,
            net=self._blotter.holdings.net(token),
            exiting=resting.exiting(token),
            product=products[0] if products else None,
            working_side=resting.side_of(token, Role.ENTRY),
        )

    def _check_change(self, ticket: Ticket, moved: Order) -> None:
        old = ticket.order
        if ticket.status.is_terminal:
            raise Rejection(f"{old.order_id} is {ticket.status.value} and cannot change", code=400)
        if old.role is not Role.ENTRY and moved.quantity != old.quantity:
            raise Rejection(f"the quantity of {old.order_id} follows what is held; it cannot be set", code=400)
        if moved.quantity <= ticket.filled:
            said = f"{ticket.filled} of {old.order_id} are filled; {moved.quantity} is not above that"
            raise Rejection(said, code=400)
        if ticket.is_triggered and moved.trigger != old.trigger:
            raise Rejection(f"{old.order_id} was triggered at {price_text(old.trigger)}; that stands", code=400)
        # The price of a market order is the protection that the exchange gave it, no limit of ours.
        was_guarded = moved.kind in UNPRICED and moved.price == old.price
        check_prices(replace(moved, price=0) if was_guarded else moved, self._standing(old.token))

    # -- what the market does to them --------------------------------------------------------------

    def _look(self, look: Look, seen: Rows) -> None:
        resting = self._blotter.resting
        resting.tidy()
        i, k, upto = 0, 0, len(seen)
        while True:
            i, k, met, why, n = self._floor.look(look, seen[:upto], i, k, resting)
            if not met and upto == len(seen):
                break
            # Something happened at row i: finish that row, put the orders in their places, and only then go on, so
            # that one frame of many ticks fills like as many frames.
            upto = i + 1 if met else len(seen)
            if not met:
                resting.tidy()
                continue
            slot = self._floor.slot(int(seen["token"][i]))
            ts = int(self._floor.names[slot]["ts"])
            if met & Met.HALTED:
                self._halt(slot, ts)
            else:
                self._meet(resting[k - 1], ts, Met(met), Why(why), n, seen[i])
        now = self._now()
        resting.tidy()
        if now >= min(resting.next_expiry, self._next_square_off, self._resumes):
            self._keep_time(now)
        for ticket in resting.urgent:
            self._notice_silence(ticket, now)

    def _meet(self, ticket: Ticket, ts: int, met: Met, why: Why, n: int, seen: Any) -> None:
        if met & Met.LAPSED:
            self._lapse(ticket, ts)
            return
        if met & Met.TRIGGERED:
            ticket.status = Status.OPEN
            self._blotter.resting.is_untidy = True
        is_bar = "ts_open" in seen.dtype.names
        model = "bar-1" if is_bar else "depth-1" if met & Met.DEPTH else "last-1"
        flags = tuple(word for bit, word in FLAGS if met & bit)
        for price, quantity, reference in self._floor.out[:n].tolist():
            beyond = max(0, (price - reference) * int(ticket.order.side)) * quantity
            self._blotter.book(ticket, Strike(quantity, price, ts, beyond, model, flags))
        self._tell(ticket, ts, met, why)
        if n:
            first = int(self._floor.out[0, REFERENCE])
            birth = Birth(int(seen["ts_open"]), first != int(seen["open"])) if is_bar else None
            self._blotter.follow(ticket, ts, birth)

    def _tell(self, ticket: Ticket, ts: int, met: Met, why: Why) -> None:
        said, changed = [], None
        if met & Met.TRIGGERED:
            said.append(f"triggered at {price_text(ticket.order.trigger)}")
        if met & Met.GUARDED and ticket.left:
            limit = int(self._blotter.resting.row(ticket)["guard"])
            changed = ticket.order = replace(ticket.order, price=limit)
            said.append(f"protected at {price_text(limit)}")
        if met & Met.WAITS:
            said.append(self._wait_words(ticket, why))
        if met & (Met.FILLED | Met.TRIGGERED | Met.WAITS) or changed is not None:
            self._blotter.say(ticket, ts, "; ".join(said), changed)

    def _wait_words(self, ticket: Ticket, why: Why) -> str:
        name = self._floor.names[self._floor.slot(ticket.order.token)]
        last = price_text(int(name["last"]))
        words = {
            Why.NONE: f"no tick of the name since {hhmmss(int(name['ts']))}" if name["ts"] else "no tick seen today",
            Why.NO_VOLUME: "too little trades to take a share of",
            Why.NO_SIDE: f"nobody shows the other side; last price {last}",
            Why.PROTECTION: f"the market is beyond its protection; last price {last}",
        }
        return f"waits with {ticket.left} unfilled: {words[why]}"

    # -- what the clock does to them ---------------------------------------------------------------

    def _keep_time(self, now: int) -> None:
        resting = self._blotter.resting
        for ticket in [t for t in resting if int(resting.row(t)["expires"]) <= now]:
            self._lapse(ticket, now)
        if now >= self._resumes:
            self._resumes = NEVER
            self._blotter.balance_all(now)
        if now >= self._next_square_off:
            self._square_off(now)
        resting.tidy()

    def _lapse(self, ticket: Ticket, ts: int) -> None:
        held = self._blotter.holdings.net(ticket.order.token)
        reason = "its time ran out"
        if ticket.order.role is not Role.ENTRY and held:
            fate = "becomes delivery" if held > 0 else "goes to the exchange's auction, with its penalty"
            fate = fate if ticket.order.product is Product.MIS else "stays held"
            reason = f"trading ended with {held} {ticket.order.symbol} open: it {fate}"
        self._blotter.end(ticket, Status.LAPSED, reason, ts)
        if ticket.order.role is Role.EXIT:
            self._blotter.balance(ticket.order.token, ts)

    def _square_off(self, now: int) -> None:
        mis = [h for h in self._blotter.holdings if h.product is Product.MIS and h.token in self._floor]
        self._next_square_off = now + SQUARE_OFF_EVERY if mis else NEVER
        for token in sorted({holding.token for holding in mis}):
            first = self._blotter.holdings.in_name(token)[0]
            left = abs(self._blotter.holdings.net(token)) - self._blotter.resting.exiting(token)
            instrument = self._day.instruments[self._floor.slot(token)]
            is_open = self._day.session.phase(instrument, now) is Phase.CONTINUOUS and now >= self._floor.paused_until
            if left > 0 and is_open:
                order = self._forced_exit(first, left, now)
                self._blotter.admit(order, fee=self._square_off_fee(), reason="squared off by the broker")

    def _square_off_fee(self) -> Charges:
        return self._costs.row(self._day.session.day).square_off_fee().rounded()

    def _forced_exit(self, holding: Holding, quantity: int, now: int) -> Order:
        before = sum(is_forced(t.order) and t.order.token == holding.token for t in self._blotter.tickets.values())
        return holding.exit(forced_id(holding.intent_id, before + 1), quantity, now)

    def _notice_silence(self, ticket: Ticket, now: int) -> None:
        row = self._blotter.resting.row(ticket)
        seen = int(self._floor.names[int(row["slot"])]["ts"])
        due = int(row["due"]) or int(row["ready"]) + self._rules.patience_ns
        if ticket.left and now >= due and now - seen > self._rules.stale_ns:
            self._alarm(ticket, now, Why.NONE)

    def _alarm(self, ticket: Ticket, now: int, why: Why) -> None:
        self._blotter.resting.row(ticket)["due"] = now + self._rules.alarm_ns
        self._blotter.say(ticket, now, self._wait_words(ticket, why))

    def _halt(self, slot: int, ts: int) -> None:
        level = int(self._floor.names[slot]["level"])
        until = halted_until(level, ts)
        if until <= ts:
            return
        self._floor.pause(until)
        self._resumes = until
        index = self._day.instruments[slot].symbol
        reason = f"{index} moved {level} %: the whole market is halted until {hhmmss(until)}"
        for ticket in list(self._blotter.resting):
            self._blotter.end(ticket, Status.CANCELLED, reason, ts)
