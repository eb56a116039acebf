"""What must hold in every session, checked as it happens: a witness sees every send, every durable fact, every end.

Codes, after the list of the reliability facts: I1 to I9, I11, I12, I14. Not checked in this world: the age of the data
behind a price (I10) and secrets in texts (I13).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cockpit.clock import NS, ist_day
from cockpit.facts import FillBooked, Halt, HaltMoved, Incident, IntentMade, JournalFact, OrderChanged, OrderPlaced
from cockpit.money import Paise
from cockpit.orders import Charges, Fill, Order, OrderMoved, Role, Status
from cockpit.ports import Books, Costs
from cockpit.simulator.hostile_exchange import HostileExchange, Ticket


class Code(StrEnum):
    """What can be broken."""

    DUPLICATE = "I1 two broker orders for one"
    UNWRITTEN = "I2 sent before it was written"
    LOST_FILL = "I3 fill lost"
    FALSE_FILL = "I3 fill booked twice or invented"
    MONEY = "I4 cash, charges or position differ"
    CAP = "I5 exposure cap passed"
    AFTER_KILL = "I6 entry sent after the kill"
    EDGE = "I7 state moved by an edge that is not listed"
    DEAD_BUT_LIVE = "I7 live order called over"
    FLIPPED = "I7 exit turned a position round"
    CHAIN = "I8 chain broken"
    BOOKS = "I9 books differ from their journal"
    AFTER_DISK = "I8 sent after the disk failed"
    NAKED = "I11 position long without protection, and nobody told"
    RATE = "I12 too many orders in a second"
    STUCK = "I14 unresolved at the end"
    UNTOLD_HALT = "I14 halted without a cause"
    UNCAUGHT = "I14 exception nobody took"


MOST_A_SECOND: Final = 10
"""The broker refuses more; we promise ourselves fewer, and the most that was seen is printed."""
LONGEST_NAKED_NS: Final = 60 * NS
"""So long a position that is known may rest without a stop or an exit at the exchange before somebody must be told."""
PROTECTION: Final = "protection"
"""Where the incident happened that tells of a position without protection."""
OVER: Final = frozenset({Status.FILLED, Status.CANCELLED, Status.REJECTED, Status.LAPSED})
UNDECIDED: Final = frozenset({Status.INTENT, Status.SENT, Status.UNKNOWN})
RESTING: Final = frozenset({Status.OPEN, Status.TRIGGER_PENDING})
EDGES: Final[Mapping[Status, frozenset[Status]]] = {
    **dict.fromkeys(UNDECIDED, frozenset(Status)),
    Status.TRIGGER_PENDING: OVER | RESTING | {Status.UNKNOWN},
    Status.OPEN: OVER | RESTING | {Status.UNKNOWN},  # a limit may be changed into a stop
    Status.FILLED: frozenset({Status.FILLED}),
    # late fill edges: an order that is over may still turn out to have been filled
    **{ended: frozenset({ended, Status.FILLED}) for ended in OVER - {Status.FILLED}},
}


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise, with when and what."""

    code: Code
    ts: int
    sentence: str


class Witness:
    """Watch one session across all its lives."""

    def __init__(self, now: Callable[[], int], exchange: HostileExchange, cap_paise: Paise, costs: Costs) -> None:
        self._now = now
        self._exchange = exchange
        self._cap = cap_paise
        self._costs = costs
        self._placed: dict[str, Order] = {}
        self._entry_price: dict[str, int] = {}
        self._moved: dict[str, OrderMoved] = {}
        self._booked: Counter[tuple[str, str, str, int]] = Counter()
        self.halt = Halt.NONE
        """The halt that is durable."""
        self.unknown: dict[str, None] = {}
        """The orders whose outcome was unknown at some time, in the order of that."""
        self._under_way: dict[str, Order] = {}
        """Orders whose bytes left and which may still arrive."""
        self._arrived: dict[str, Ticket] = {}
        self.breaches: list[Breach] = []
        self._naked: dict[int, int] = {}
        """Since when the position of a name is without protection at the exchange."""
        self._told_naked = 0
        """When somebody was last told of one."""
        self._second = 0
        self._n_in_second = 0
        self.most_in_second = 0
        self.naked_ns = 0
        """The longest stretch that a known position was seen without protection."""
        self.sent_ids: list[str] = []

    def broken(self, code: Code, sentence: str) -> None:
        """Note a breach."""
        self.breaches.append(Breach(code, self._now(), sentence))

    # -- what passes the door ----------------------------------------------------------------------

    def sending(self, order: Order, *, is_down: bool) -> None:
        """See the bytes of an order leave."""
        self._count(order)
        self.sent_ids.append(order.order_id)
        self._under_way[order.order_id] = order
        if order.order_id not in self._placed:
            self.broken(Code.UNWRITTEN, f"{order.order_id} left without standing in the journal")
        if is_down:
            self.broken(Code.AFTER_DISK, f"{order.order_id} left after the disk had failed")
        if order.role is Role.ENTRY:
            if self.halt >= Halt.ENTRIES:
                self.broken(Code.AFTER_KILL, f"{order.order_id} left under halt {self.halt.name}")
            if (gross := self._gross()) > self._cap:
                self.broken(Code.CAP, f"with {order.order_id} {gross} paise are at stake, the cap is {self._cap}")

    def _count(self, order: Order) -> None:
        second = self._now() // NS
        self._n_in_second = self._n_in_second + 1 if second == self._second else 1
        self._second = second
        self.most_in_second = max(self.most_in_second, self._n_in_second)
        if self._n_in_second > MOST_A_SECOND:
            self.broken(Code.RATE, f"{order.order_id} is order {self._n_in_second} of its second")

    def never_arrives(self, order: Order) -> None:
        """Learn that an order that left was lost on its way or refused at the door."""
        self._under_way.pop(order.order_id, None)

    def arrived(self, ticket: Ticket) -> None:
        """See an order taken by the exchange."""
        order = ticket.order
        self._under_way.pop(order.order_id, None)
        if order.order_id in self._arrived:
            self.broken(Code.DUPLICATE, f"{order.order_id} is at the exchange twice")
        self._arrived.setdefault(order.order_id, ticket)

    def _gross(self) -> Paise:
        """Answer the least that is truly at stake: entries held and working, each share at the lower of the price it
        was decided at and the price it got. What was filled after a confirmed cancel is nobody's to foresee."""
        value: dict[int, int] = {}
        shares: dict[int, int] = {}
        for ticket in self._exchange.tickets:
            if ticket.order.role is Role.ENTRY and not ticket.is_late:
                token, n = ticket.order.token, ticket.filled + (ticket.left if ticket.is_working else 0)
                price = self._price_of(ticket.order)
                filled = min(ticket.value, ticket.filled * price)
                value[token] = value.get(token, 0) + filled + (n - ticket.filled) * price
                shares[token] = shares.get(token, 0) + n
        for order in self._under_way.values():
            if order.role is Role.ENTRY:
                value[order.token] = value.get(order.token, 0) + order.quantity * self._price_of(order)
                shares[order.token] = shares.get(order.token, 0) + order.quantity
        gone: dict[int, int] = {}
        for ticket in self._exchange.tickets:
            if ticket.order.role is not Role.ENTRY:
                gone[ticket.order.token] = gone.get(ticket.order.token, 0) + ticket.filled
        return sum(v * max(0, shares[t] - gone.get(t, 0)) // shares[t] for t, v in value.items() if shares[t])

    def _price_of(self, order: Order) -> int:
        return order.trigger or order.price or self._entry_price.get(order.intent_id, 0)

    # -- what became durable -----------------------------------------------------------------------

    def wrote(self, fact: JournalFact) -> None:
        """See a fact become durable."""
        match fact:
            case OrderPlaced(order=order):
                self._placed[order.order_id] = order
            case OrderChanged(moved=moved):
                self._see_move(moved)
            case FillBooked(fill=fill):
                self._see_fill(fill)
            case HaltMoved(level=level, reason=reason):
                self.halt = level
                if level is not Halt.NONE and not reason:
                    self.broken(Code.UNTOLD_HALT, f"halted to {level.name} for no reason")
            case Incident(where=where) if where == PROTECTION:
                self._told_naked = self._now()
            case IntentMade(intent=intent):
                self._entry_price[intent.intent_id] = intent.entry
            case _:
                pass

    def _see_move(self, moved: OrderMoved) -> None:
        before = self._moved.get(moved.order_id)
        self._moved[moved.order_id] = moved
        if moved.order is not None:
            self._placed.setdefault(moved.order_id, moved.order)
        if moved.status is Status.UNKNOWN:
            self.unknown[moved.order_id] = None
        if before is not None:
            if moved.status not in EDGES[before.status]:
                self.broken(Code.EDGE, f"{moved.order_id} went from {before.status} to {moved.status}")
            elif moved.filled < before.filled and moved.status not in UNDECIDED:
                self.broken(Code.EDGE, f"{moved.order_id} went from {before.filled} filled to {moved.filled}")
        if moved.status in OVER and self._is_live(moved.order_id):
            self.broken(Code.DEAD_BUT_LIVE, f"{moved.order_id} called {moved.status}: {moved.reason}")

    def _is_live(self, order_id: str) -> bool:
        ticket = self._arrived.get(order_id)
        return ticket.is_working if ticket is not None else order_id in self._under_way

    def _see_fill(self, fill: Fill) -> None:
        self._booked[fill.key] += 1
        if self._booked[fill.key] > 1:
            self.broken(Code.FALSE_FILL, f"fill {fill.trade_id} of {fill.order_id} booked again")

    # -- what rests at the exchange ----------------------------------------------------------------

    def watch_protection(self, books: Books) -> None:
        """Look whether what is known to be held is covered at the exchange, and whether a long gap was told."""
        now = self._now()
        for token in [t for t in self._naked if t not in books.account.positions]:
            del self._naked[token]
        for token, held in books.account.positions.items():
            ways = [t for t in self._exchange.tickets if t.order.token == token and t.order.role is not Role.ENTRY]
            # The book does not show what became of a hidden one, and the broker said that it was taken.
            is_hidden = any(t.accepted + t.bent.hidden > now for t in ways)
            cover = sum(t.left for t in ways if t.is_working)
            if is_hidden or cover >= min(abs(held.quantity), abs(self._exchange.net.get(token, 0))):
                self._naked.pop(token, None)
                continue
            since = self._naked.setdefault(token, now)
            self.naked_ns = max(self.naked_ns, now - since)
            if now - since > LONGEST_NAKED_NS and self._told_naked < since - LONGEST_NAKED_NS:
                self._told_naked = now
                self.broken(Code.NAKED, f"{held.quantity} {held.symbol} for {(now - since) // NS} s")

    # -- the end -----------------------------------------------------------------------------------

    def settle(self, books: Books, start_paise: Paise) -> None:
        """Hold the books against the exchange when everything is over."""
        true = Counter(
            ("NSE", trade.trade_id, t.order.order_id, int(trade.side), trade.quantity, trade.price)
            for t, trade, _ in self._exchange.fills
        )
        ours = Counter((*f.key, f.quantity, f.price) for f in books.fills())
        for key in (true - ours).elements():
            self.broken(Code.LOST_FILL, f"trade {key[1]} of {key[2]} is not in the ledger")
        for key in (ours - true).elements():
            self.broken(Code.FALSE_FILL, f"the ledger holds {key[1]} of {key[2]}, the exchange does not")
        self._settle_money(books, start_paise)
        self._settle_orders(books)
        for flip in self._exchange.flips:
            self.broken(Code.FLIPPED, flip)

    def _settle_money(self, books: Books, start_paise: Paise) -> None:
        cash, charges, on = start_paise, Charges(), ist_day(self._now())
        for ticket in self._exchange.tickets:
            if ticket.filled:
                order = ticket.order
                cost = self._costs.order_charges(order.product, order.side, ticket.filled, ticket.value, on)
                charges += cost
                cash -= ticket.value * order.side + cost.total
        account = books.account
        if (account.cash_paise, account.charges) != (cash, charges):
            ours = f"{account.cash_paise} and {account.charges.total} charges"
            self.broken(Code.MONEY, f"ledger {ours}, exchange {cash} and {charges.total}")
        held = {token: p.quantity for token, p in account.positions.items()}
        true = {token: n for token, n in self._exchange.net.items() if n}
        if held != true:
            self.broken(Code.MONEY, f"ledger holds {held}, the exchange says {true}")

    def _settle_orders(self, books: Books) -> None:
        halted = books.halt is not None and books.halt.level >= Halt.CANCEL
        for order_id, (order, moved) in books.orders().items():
            if moved is None or moved.status in UNDECIDED:
                self.broken(Code.STUCK, f"{order_id} is {'without report' if moved is None else moved.status}")
            elif halted and order.role is Role.ENTRY and self._is_live(order_id):
                self.broken(Code.STUCK, f"{order_id} still works under a halt that cancels")

    def settle_flatten(self, books: Books) -> None:
        """Hold the positions against a halt that flattens: the market is open, and the last fault long past.

        A name with an order of unknown outcome is left out: an exit beside it could turn the position.
        """
        if self.halt < Halt.FLATTEN:
            return
        orders = books.orders().values()
        doubtful = {o.token for o, moved in orders if moved is None or moved.status in UNDECIDED}
        for token, quantity in self._exchange.net.items():
            if quantity and token not in doubtful:
                self.broken(Code.STUCK, f"{quantity} of {token} are still held under a halt that flattens")
