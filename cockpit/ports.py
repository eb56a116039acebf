"""The doors between rooms: what each part may ask of another, written as Protocols and handed in by the roof."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from cockpit.account import Account
from cockpit.broker_books import BrokerBooks, BrokerHolding, BrokerOrder, BrokerPosition, BrokerTrade, Funds
from cockpit.facts import DayClosed, DayOpened, FeedMoved, Genesis, Halt, HaltMoved, JournalFact
from cockpit.market import Bars, Instrument, Interval, Phase, Quote, Session, Ticks, TradingDay
from cockpit.money import Paise, Price
from cockpit.opinions import Scan
from cockpit.orders import (
    Charges,
    Decision,
    Fill,
    Intent,
    Mode,
    Order,
    OrderKind,
    OrderMoved,
    Product,
    Proposal,
    Refusal,
    Report,
    Side,
    Withdrawal,
)
from cockpit.settings import RiskSettings


class Calendar(Protocol):
    """Know when the exchange is open; a day it has no data for is an error, never a holiday."""

    def session(self, day: date) -> Session | None:
        """Answer the day's session, None on a known holiday or weekend; CalendarExpired outside the table."""

    def sessions(self, first: date, last: date) -> Sequence[Session]:
        """Answer all sessions of a range, both ends included."""

    def following(self, day: date) -> Session:
        """Answer the first session after `day`."""

    def preceding(self, day: date) -> Session:
        """Answer the last session before `day`."""

    def phase(self, instrument: Instrument, ts: int) -> Phase:
        """Answer what the exchange does for `instrument` at `ts`."""

    @property
    def ends_on(self) -> date:
        """Answer the last day the table knows."""


Frame: TypeAlias = Ticks | Bars | FeedMoved
"""What a feed yields: a frame of ticks, ready-made base bars of one closing instant where no ticks exist, or news of
the feed's own state. The two arrays are told apart by their dtype."""


class Feed(Protocol):
    """Stream ticks of what is watched, and say so when it cannot."""

    def stream(self) -> AsyncIterator[Frame]:
        """Yield frames in order until the tape ends (FeedMoved ENDED) or `close`; never raise for a lost link."""

    async def watch(self, tokens: Sequence[int]) -> None:
        """Make exactly `tokens` the watched set; a reconnect restores it."""

    async def close(self) -> None:
        """End the stream and give back every socket, file and task."""


class History(Protocol):
    """Read what the broker knows of the past and of the moment."""

    async def instruments(self, exchange: str = "NSE") -> Sequence[Instrument]:
        """Answer today's instruments of an exchange."""

    async def candles(self, token: int, interval: Interval, start: int, end: int) -> Bars:
        """Answer candles opening in [start, end], chunked and paced as the broker asks."""

    async def quotes(self, keys: Sequence[str]) -> Mapping[str, Quote]:
        """Answer quotes by trading key; a key the broker does not answer is missing, not zero."""


class Broker(Protocol):
    """Place, change and cancel orders, and report what became of them, in order."""

    @property
    def mode(self) -> Mode:
        """Answer whose money this broker moves."""

    async def place(self, order: Order) -> None:
        """Send a durable order once.

        Errors: Rejection is the broker's no; OutcomeUnknown means it may be live; both leave the truth to `reports`.
        """

    async def modify(
        self, order_id: str, *, quantity: int | None = None, price: Price | None = None, trigger: Price | None = None
    ) -> None:
        """Change a resting order."""

    async def cancel(self, order_id: str) -> None:
        """Cancel a resting order and its resting children; cancelling what is already over is not an error."""

    def see(self, ticks: Ticks) -> None:
        """Let a simulated broker see the market; a real one ignores it."""

    def see_bars(self, bars: Bars) -> None:
        """Let a simulated broker see a whole closed bar, where no ticks exist; a real one ignores it."""

    def reports(self) -> list[Report]:
        """Take what happened since the last call, oldest first."""

    async def books(self) -> BrokerBooks:
        """Read the broker's own books, orders first; an order of ours is known in them by its id or its tag.

        Errors: any CockpitError when they cannot be read whole, within the deadline of its reads.
        """


class OrderDoor(Protocol):
    """A real broker as it is: orders go out by its own ids, its books come in. It remembers and repeats nothing."""

    async def send(self, order: Order) -> str:
        """Send an order once and answer the broker's id for it.

        Errors: the broker's no on evidence (Rejection, FundsShort, BadRequest, NotPermitted, TokenExpired, RateLimited
        or BrokerUnavailable: nothing was placed); OutcomeUnknown on everything else: it may be live.
        """

    async def change(
        self,
        broker_order_id: str,
        token: int,
        *,
        quantity: int | None = None,
        price: Price | None = None,
        trigger: Price | None = None,
        kind: OrderKind | None = None,
    ) -> None:
        """Change the terms of a resting order; what is not named stays. Errors as for `send`."""

    async def withdraw(self, broker_order_id: str) -> None:
        """Ask for a resting order to be cancelled; it may still fill before it is. Errors as for `send`."""

    async def orders(self) -> Sequence[BrokerOrder]:
        """Answer the day's order book. An order that is not in it yet may still be live."""

    async def trades(self) -> Sequence[BrokerTrade]:
        """Answer the day's trade book: the truth about fills."""

    async def positions(self) -> Sequence[BrokerPosition]:
        """Answer the net positions."""

    async def holdings(self) -> Sequence[BrokerHolding]:
        """Answer what lies in the demat account."""

    async def funds(self) -> Funds:
        """Answer the equity segment's funds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal."""

    seq: int
    ts: int
    kind: str
    fact: JournalFact
    hash: str


class Ledger(Protocol):
    """Keep facts for ever, in order."""

    async def write(self, *facts: JournalFact) -> int:
        """Make `facts` durable as one unit and answer the last sequence number.

        Errors: LedgerDown when they are not durable; then nothing may be told and nothing sent.
        """

    def read(self, since: int = 0) -> Iterator[Entry]:
        """Yield entries with a sequence number above `since`, in order, verifying the chain on the way."""

    @property
    def head(self) -> tuple[int, str]:
        """Answer the last sequence number and hash; (0, "") when empty."""

    async def close(self) -> None:
        """Write what is queued and give back the files."""


class Costs(Protocol):
    """Know what trading costs by law and tariff."""

    def order_charges(self, product: Product, side: Side, quantity: int, turnover_paise: Paise, on: date) -> Charges:
        """Answer the charges of one executed order of `turnover_paise`, each line rounded to the paisa."""

    def round_trip_paise(self, product: Product, quantity: int, buy_paise: Paise, sell_paise: Paise, on: date) -> Paise:
        """Answer what buying and selling costs in all."""


class Strategy(Protocol):
    """Decide, from closed bars alone. One instance sees one day; every step is a pure step of its own carried state."""

    @property
    def name(self) -> str:
        """Answer the rule's short name, `ORB` or `VWAP PB`."""

    def open_day(self, day: TradingDay) -> None:
        """Forget yesterday and take in what may be known before the first tick."""

    def decide(self, bars: Bars) -> list[Decision]:
        """Answer intents and withdrawals for bars that closed together (base interval), in token order."""


@dataclass(frozen=True, slots=True)
class RiskView:
    """Everything a rule may look at when it is asked about one proposal. `None` and NaN mean unknown, which refuses."""

    ts: int
    mode: Mode
    session: Session
    phase: Phase
    halt: Halt
    armed: frozenset[str]
    feed_age_s: float
    name_age_s: float
    quote: Quote | None
    instrument: Instrument
    adv_shares: float
    """Mean daily volume of the name."""
    account: Account
    working: tuple[Order, ...]
    """Entry orders that may still fill, those with unknown outcome included."""
    equity_paise: Paise
    peak_paise: Paise
    day_net_paise: Paise
    gross_paise: Paise
    """Value held and working, unsigned, over all names."""
    name_paise: Paise
    """Value held and working in this name, unsigned."""
    day_entries: int
    name_entries: int
    rejects: int
    """Broker rejections in the last ten minutes."""
    orders_sent: tuple[int, int]  # within the last minute, and today
    cost_paise: Paise
    """Round-trip charges of the proposal."""
    limits: RiskSettings


class Rule(Protocol):
    """One reason to say no."""

    @property
    def code(self) -> str:
        """Answer the rule's code, e.g. `DAY_LOSS`."""

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None when this rule has nothing against it."""


class Books(Protocol):
    """What the journal adds up to. Built by reading it from the start, moved only by facts that are already durable."""

    def apply(self, fact: JournalFact) -> None:
        """Take in one fact of the journal, in order."""

    @property
    def account(self) -> Account:
        """Answer cash, positions and trades."""

    @property
    def halt(self) -> HaltMoved | None:
        """Answer the newest halt or release, None when trading was never halted."""

    @property
    def armed(self) -> frozenset[str]:
        """Answer the strategies that may trade: all that were armed and not disarmed since."""

    def orders(self) -> Mapping[str, tuple[Order, OrderMoved | None]]:
        """Answer the newest day's orders by id, in the order placed, with the newest report on each."""

    def fills(self) -> Sequence[Fill]:
        """Answer the newest day's fills in order."""

    def intents(self) -> Mapping[str, tuple[Intent, tuple[Refusal, ...]]]:
        """Answer the newest day's intents by id with the refusals each met."""

    def withdrawals(self) -> Mapping[str, Withdrawal]:
        """Answer the newest day's withdrawals by intent id."""

    @property
    def opened(self) -> DayOpened | None:
        """Answer the newest day opened and not closed, None between days."""

    @property
    def closed(self) -> DayClosed | None:
        """Answer the newest day that was closed."""

    @property
    def peak_paise(self) -> Paise:
        """Answer the highest closing equity so far, opening cash included."""

    @property
    def scan(self) -> Scan | None:
        """Answer the newest published scan."""

    @property
    def genesis(self) -> Genesis | None:
        """Answer the first fact, None for an empty journal."""

    @property
    def last_ts(self) -> int:
        """Answer the newest instant the journal speaks of; 0 when empty."""


class Vault(Protocol):
    """Keep secrets in the OS keyring and nowhere else."""

    def read(self, name: str) -> str | None:
        """Answer a secret, None when it was never stored; VaultUnavailable when there is no trustworthy vault."""

    def write(self, name: str, secret: str) -> None:
        """Store a secret and prove that it can be read back."""

    def forget(self, name: str) -> None:
        """Delete a secret; forgetting what is not there is not an error."""


class Desk(Protocol):
    """What a person may tell the engine to do. Every verb is durable before it has effect."""

    @property
    def mode(self) -> Mode:
        """Answer whose money is at stake."""

    async def halt(self, level: Halt, by: str, reason: str) -> None:
        """Stop trading to `level`; it can only rise here, and it survives a restart."""

    async def revive(self, by: str, reason: str) -> None:
        """Lift a halt; refused (BadInput) when the reason is shorter than 10 characters."""

    async def arm(self, rule: str, by: str) -> None:
        """Let a strategy's intents reach the gate."""

    async def disarm(self, rule: str, by: str, reason: str) -> None:
        """Keep a strategy's intents from the gate."""

    async def flatten(self, token: int, by: str, reason: str) -> None:
        """Close one name's position at the market, its resting orders first."""


class Reports(Protocol):
    """What the screen may read. Nothing here changes anything."""

    def day(self) -> TradingDay | None:
        """Answer the day in progress, None before one is opened."""

    def bars(self, token: int, interval: Interval) -> Bars:
        """Answer the session's bars so far, the unfinished one last."""

    def opening_range(self, token: int) -> tuple[Price, Price] | None:
        """Answer (low, high) of the finished opening range, None before it is complete."""

    def opening_range_ends(self) -> int | None:
        """Answer when the opening range ends, ns UTC; None when no strategy keeps one."""

    def account(self) -> Account:
        """Answer the account as booked."""

    def last_prices(self) -> Mapping[int, tuple[Price, int]]:
        """Answer (last price, when seen) by token."""

    def orders(self) -> Sequence[tuple[Order, OrderMoved | None]]:
        """Answer the day's orders with their newest report."""

    def fills(self) -> Sequence[Fill]:
        """Answer the day's fills."""

    def intents(self) -> Sequence[tuple[Intent, tuple[Refusal, ...]]]:
        """Answer the day's intents with the refusals each met."""

    def scan(self) -> Scan | None:
        """Answer the scan that today's watchlist came from."""

    def spark(self, token: int, points: int) -> NDArray[Any]:
        """Answer up to `points` closes of the session so far, float64 rupees."""
