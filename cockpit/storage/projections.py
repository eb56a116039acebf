"""What the journal adds up to: one fold from facts to everything a restart and the screen need.

The same fold reads ten years at start and takes in one fact at a time when live; where the journal is cut between the
two makes no difference. Nothing here is stored: it can always be built again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from cockpit.account import Account
from cockpit.errors import LedgerCorrupt
from cockpit.facts import (
    AlarmRaised,
    DayClosed,
    DayOpened,
    ExitAsked,
    FeedMoved,
    FillBooked,
    Genesis,
    HaltMoved,
    Incident,
    IntentMade,
    IntentRefused,
    IntentWithdrawn,
    JournalFact,
    ModelPublished,
    OrderChanged,
    OrderPlaced,
    OutcomesMarked,
    RegimeMoved,
    ScanPublished,
    StrategyMoved,
    WeightsMoved,
)
from cockpit.money import Paise
from cockpit.opinions import Scan
from cockpit.orders import Fill, Intent, Order, OrderMoved, Refusal, Status, Withdrawal
from cockpit.ports import Ledger
from cockpit.storage.codec import instant_of

Placed = tuple[Order, OrderMoved | None]
Wanted = tuple[Intent, tuple[Refusal, ...]]


@dataclass(slots=True)
class Projection:
    """The books: a pure fold over the journal, equal however the journal is cut. Make it with `rebuilt`."""

    genesis: Genesis | None = None
    account: Account = field(default_factory=lambda: Account.opened(0))
    halt: HaltMoved | None = None
    opened: DayOpened | None = None
    peak_paise: Paise = 0
    scan: Scan | None = None
    last_ts: int = 0
    closed: DayClosed | None = None
    """The newest day that was closed."""
    feed: FeedMoved | None = None
    """The newest change of the stream."""
    weights: WeightsMoved | None = None
    """What each brain has earned by the newest evening."""
    regime: RegimeMoved | None = None
    marked: OutcomesMarked | None = None
    """The newest evening whose predictions came true or not."""
    models: dict[str, ModelPublished] = field(default_factory=dict)
    """The model in use by brain."""
    alarms: list[AlarmRaised] = field(default_factory=list)
    """What was raised since the newest scan."""
    _armed: set[str] = field(default_factory=set)
    _orders: dict[str, Placed] = field(default_factory=dict)
    _fills: list[Fill] = field(default_factory=list)
    _intents: dict[str, Wanted] = field(default_factory=dict)
    _withdrawn: dict[str, Withdrawal] = field(default_factory=dict)
    _incidents: list[Incident] = field(default_factory=list)

    def apply(self, fact: JournalFact) -> None:
        """Take in one fact of the journal, in order.

        Errors: LedgerCorrupt when the fact cannot follow the ones before it.
        """
        if self.genesis is None and not isinstance(fact, Genesis):
            raise LedgerCorrupt(f"the books got {type(fact).__name__} first; a journal begins with its Genesis")
        _FOLDS[type(fact)](self, fact)
        self.last_ts = max(self.last_ts, instant_of(fact))

    @property
    def armed(self) -> frozenset[str]:
        """Answer the strategies that may trade: all that were armed and not disarmed since."""
        return frozenset(self._armed)

    def orders(self) -> Mapping[str, Placed]:
        """Answer the newest day's orders by id, in the order placed, with the newest report on each.

        An order of an earlier day whose outcome is unknown is still among them: it blocks its name until it is known.
        """
        return MappingProxyType(self._orders)

    def fills(self) -> Sequence[Fill]:
        """Answer the newest day's fills in order."""
        return tuple(self._fills)

    def intents(self) -> Mapping[str, Wanted]:
        """Answer the newest day's intents by id with the refusals each met."""
        return MappingProxyType(self._intents)

    def withdrawals(self) -> Mapping[str, Withdrawal]:
        """Answer the newest day's withdrawals by intent."""
        return MappingProxyType(self._withdrawn)

    def incidents(self) -> Sequence[Incident]:
        """Answer the newest day's incidents in order."""
        return tuple(self._incidents)

    # -- one fold for each kind of fact -------------------------------------------------------------

    def _begin(self, fact: Genesis) -> None:
        if self.genesis is not None:
            raise LedgerCorrupt("the books got a second Genesis; a journal has one")
        self.genesis = fact
        self.account = Account.opened(fact.cash_paise)
        self.peak_paise = fact.cash_paise

    def _open(self, fact: DayOpened) -> None:
        self.opened = fact
        self._orders = {i: p for i, p in self._orders.items() if p[1] is not None and p[1].status is Status.UNKNOWN}
        self._fills, self._intents, self._withdrawn, self._incidents = [], {}, {}, []

    def _close(self, fact: DayClosed) -> None:
        self.opened = None
        self.closed = fact
        self.peak_paise = max(self.peak_paise, fact.equity_paise)

    def _publish(self, fact: ScanPublished) -> None:
        self.scan = fact.scan
        self.alarms = []

    def _weigh(self, fact: WeightsMoved) -> None:
        self.weights = fact

    def _weather(self, fact: RegimeMoved) -> None:
        self.regime = fact

    def _mark(self, fact: OutcomesMarked) -> None:
        self.marked = fact

    def _use(self, fact: ModelPublished) -> None:
        self.models[fact.brain] = fact

    def _alarm(self, fact: AlarmRaised) -> None:
        self.alarms.append(fact)

    def _want(self, fact: IntentMade) -> None:
        self._intents[fact.intent.intent_id] = (fact.intent, ())

    def _withdraw(self, fact: IntentWithdrawn) -> None:
        self._withdrawn[fact.withdrawal.intent_id] = fact.withdrawal

    def _refuse(self, fact: IntentRefused) -> None:
        wanted = self._intents.get(fact.intent_id)
        if wanted is None:
            raise LedgerCorrupt(f"intent {fact.intent_id} was refused, and the day's journal has no such intent")
        self._intents[fact.intent_id] = (wanted[0], (*wanted[1], *fact.refusals))

    def _place(self, fact: OrderPlaced) -> None:
        self._orders[fact.order.order_id] = (fact.order, None)

    def _move(self, fact: OrderChanged) -> None:
        moved = fact.moved
        known = self._orders.get(moved.order_id)
        newest = moved.order or (known[0] if known is not None else None)
        if newest is not None:
            self._orders[moved.order_id] = (newest, moved)
        # Else it is late news of an order of an earlier day, which the day's view no longer shows.

    def _book(self, fact: FillBooked) -> None:
        self.account = self.account.book(fact.fill)
        self._fills.append(fact.fill)

    def _ask_exit(self, fact: ExitAsked) -> None:
        """Move nothing: it says why the exit order that follows was made."""

    def _halt(self, fact: HaltMoved) -> None:
        self.halt = fact

    def _arm(self, fact: StrategyMoved) -> None:
        (self._armed.add if fact.armed else self._armed.discard)(fact.rule)

    def _feed(self, fact: FeedMoved) -> None:
        self.feed = fact

    def _note(self, fact: Incident) -> None:
        self._incidents.append(fact)


_FOLDS: Final[Mapping[type, Callable[[Projection, Any], None]]] = {
    Genesis: Projection._begin,
    DayOpened: Projection._open,
    DayClosed: Projection._close,
    ScanPublished: Projection._publish,
    WeightsMoved: Projection._weigh,
    RegimeMoved: Projection._weather,
    OutcomesMarked: Projection._mark,
    ModelPublished: Projection._use,
    AlarmRaised: Projection._alarm,
    IntentMade: Projection._want,
    IntentWithdrawn: Projection._withdraw,
    IntentRefused: Projection._refuse,
    OrderPlaced: Projection._place,
    OrderChanged: Projection._move,
    FillBooked: Projection._book,
    ExitAsked: Projection._ask_exit,
    HaltMoved: Projection._halt,
    StrategyMoved: Projection._arm,
    FeedMoved: Projection._feed,
    Incident: Projection._note,
}
"""How each kind of fact moves the books."""


def folded(facts: Iterable[JournalFact]) -> Projection:
    """Answer the books that facts add up to."""
    books = Projection()
    for fact in facts:
        books.apply(fact)
    return books


def rebuilt(ledger: Ledger) -> Projection:
    """Answer the books of a whole ledger, its chain verified on the way.

    Errors: LedgerCorrupt naming the first bad sequence number.
    """
    return folded(entry.fact for entry in ledger.read())
