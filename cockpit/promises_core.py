"""The core as it is proved: the house's own dealer, gate, watch and books around one broker, in turns as in the flow.

Bars, strategies and screen are left out: what is asked here is what becomes of orders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from functools import cache
from typing import Final, Protocol, cast

import numpy as np

from cockpit.bus import Bus
from cockpit.clock import instant, ist_day
from cockpit.engine.dealer import HOUSE, Dealer
from cockpit.engine.exits import entry_order, to_cancel
from cockpit.engine.risk.armed import Disarmed
from cockpit.engine.risk.day_entries import DayEntries
from cockpit.engine.risk.gate import Gate
from cockpit.engine.risk.gross_value import GrossTooLarge
from cockpit.engine.risk.halted import Halted
from cockpit.engine.risk.name_value import NameTooLarge
from cockpit.engine.risk.one_way import AlreadyIn
from cockpit.engine.risk.order_value import OrderTooLarge
from cockpit.engine.risk.rejects import Rejects
from cockpit.engine.trust import Trust
from cockpit.engine.watch import Watch
from cockpit.errors import CockpitError
from cockpit.facts import DayOpened, Genesis, Halt, HaltMoved, IntentMade, IntentRefused, IntentWithdrawn, StrategyMoved
from cockpit.market import STATS, Instrument, Interval, Phase, Session, SessionKind, TradingDay, Window, ticks_of
from cockpit.money import Paise, Price
from cockpit.orders import Fill, Intent, Mode, Order, OrderMoved, Proposal, Withdrawal
from cockpit.ports import Books, Broker, Costs, RiskView
from cockpit.settings import RiskSettings
from cockpit.simulator.hostile_exchange import SYMBOLS
from cockpit.simulator.hostile_intents import RULE
from cockpit.simulator.world_ports import Push, Surroundings

CASH: Final[Paise] = 100_000_000
LIMITS: Final = RiskSettings(gross=0.35, order_rupees=150_000, name_rupees=150_000, rejects=50, day_entries=40)
CAP: Final[Paise] = int(CASH * LIMITS.gross * 1.01)
"""The gate's limit moves with the marked equity; a session moves that by less than one per cent."""
ACCOUNT: Final = "PROOF"
BY: Final = "operator"
RULES: Final = (
    Halted(), Disarmed(), OrderTooLarge(), NameTooLarge(), GrossTooLarge(), AlreadyIn(), DayEntries(), Rejects(),
)  # fmt: skip


class RealBroker(Broker, Protocol):
    """A broker over an order door: what the flow asks of any broker, and what only a real one needs."""

    async def look(self) -> None:
        """Read the broker's books and queue what is new as reports."""

    def logged_in(self) -> None:
        """Go on with a new token."""

    def restore(self, orders: Mapping[str, tuple[Order, OrderMoved | None]], fills: Sequence[Fill]) -> None:
        """Take up what the journal knows of the day."""


class DeskCore:
    """One life of the core: dealer, gate, watch and books over a broker, one thing at a time in one lane."""

    def __init__(
        self, around: Surroundings, books: Books, broker: RealBroker, costs: Costs, dealer: type[Dealer] = Dealer
    ) -> None:
        self.around = around
        self.books = books
        self.broker = broker
        self.dealer = dealer(around.clock, broker, around.ledger, books, Bus(_complain))
        self.gate = Gate(RULES)
        trust = cast("Trust", Prices(around.last))
        self.watch = Watch(books, costs, trust, day_of(around.closes), LIMITS, broker.mode)
        self.lane = asyncio.Lock()
        self.is_proved = False
        """Whether the broker's books were read once in this life: until then nothing is opened."""
        self._is_looking = False
        self._looks_again = False

    async def start(self) -> None:
        """Open the day, or go on with it; then look, before anything may be opened."""
        async with self.lane:
            now = self.around.clock.now()
            if self.books.genesis is None:
                await self.dealer.keep(Genesis(now, Mode.LIVE, ACCOUNT, CASH, "promises"))
            if self.books.opened is None:
                await self.dealer.keep(
                    DayOpened(now, ist_day(now), Mode.LIVE, "hostile world", tuple(SYMBOLS.values()), CASH),
                    StrategyMoved(now, RULE, True, HOUSE, "armed at the opening"),
                )
            self.broker.restore(self.books.orders(), self.books.fills())
        await self.beat()

    async def want(self, intent: Intent, quantity: int) -> None:
        """Ask the gate about an intent, once; write it, and place its order when nothing is against it."""
        async with self.lane:
            now = self.around.clock.now()
            if not self.is_proved or self.knows(intent):
                return
            proposal = Proposal(intent, quantity)
            refusals = self.gate.ask(proposal, self.watch.costed(self.view(intent), proposal))
            if refusals:
                await self.dealer.keep(IntentMade(intent), IntentRefused(intent.intent_id, now, refusals))
                return
            await self.dealer.keep(IntentMade(intent))
            await self.dealer.place(entry_order(proposal, now, self.dealer.account_name))

    def knows(self, intent: Intent) -> bool:
        """Tell whether an intent was asked about before."""
        return intent.intent_id in self.books.intents()

    def view(self, intent: Intent) -> RiskView:
        """Answer what the gate sees of an intent."""
        return self.watch.view(intent, self.around.clock.now())

    async def withdraw(self, intent_id: str) -> None:
        """Take an intent back that has not been filled."""
        async with self.lane:
            if intent_id in self.books.intents() and intent_id not in self.books.withdrawals():
                now = self.around.clock.now()
                await self.dealer.keep(IntentWithdrawn(Withdrawal(intent_id, now, "taken back by the plan")))
            if intent_id in to_cancel(self.books):
                await self.dealer.cancel((intent_id,))

    async def halt(self, level: Halt) -> None:
        """Stop trading to a level."""
        async with self.lane:
            await self.dealer.halt(level, BY, "pressed by the plan")

    async def revive(self) -> None:
        """Lift a halt."""
        async with self.lane:
            if self.books.halt is not None and self.books.halt.level is not Halt.NONE:
                now = self.around.clock.now()
                await self.dealer.keep(HaltMoved(now, Halt.NONE, BY, "revived by the plan"))

    async def flatten(self, token: int) -> None:
        """Close the position of one name."""
        async with self.lane:
            await self.dealer.flatten((token,), BY, "flattened by the plan")

    def see(self, prices: Mapping[int, Price]) -> None:
        """Show the broker the newest prices of what is held: its targets are watched in software."""
        held = [token for token in self.books.account.positions if token in prices]
        if held:
            ticks = ticks_of(len(held))
            ticks["token"], ticks["last_price"] = held, [prices[token] for token in held]
            self.broker.see(ticks)

    async def hear(self, push: Push) -> None:
        """Take a push as what it is, a hint: look."""
        await self._look()

    async def beat(self) -> None:
        """Look at the broker's books, settle, and do again what a halt demands."""
        await self._look()
        async with self.lane:
            await self.dealer.settle()
            await self.dealer.enforce()

    async def logged_in(self) -> None:
        """Go on with a new token."""
        self.broker.logged_in()
        await self.beat()

    async def close(self) -> None:
        """Take the last look of the day, after the market has closed."""
        await self.beat()

    async def _look(self) -> None:
        # Read beside the lane, booked within it; what is heard during a look asks for one more.
        if self._is_looking:
            self._looks_again = True
            return
        self._is_looking = True
        try:
            await self.broker.look()
            self.is_proved = True
        except CockpitError:
            self._looks_again = False  # the next beat looks again
        finally:
            self._is_looking = False
        async with self.lane:
            await self.dealer.settle()
        if self._looks_again:
            self._looks_again = False
            await self._look()


class Prices:
    """The believed prices as the watch asks for them, by slot, straight from the world."""

    def __init__(self, last: Callable[[int], tuple[Price, int]]) -> None:
        self._last = last
        self._tokens = tuple(SYMBOLS)

    def price_of(self, slot: int) -> tuple[Price, int]:
        """Answer (price, when seen) of a slot."""
        return self._last(self._tokens[slot])

    @property
    def n_moves(self) -> int:
        """Answer a number that rises whenever a price may have moved."""
        return self._last(self._tokens[0])[1]


@cache
def day_of(closes: int) -> TradingDay:
    """Answer the day all sessions share: every name known, trading all day, without a band."""
    day = ist_day(closes)
    windows = (Window(Phase.CONTINUOUS, instant(day, time(9, 15)), closes),)
    session = Session(day, SessionKind.REGULAR, "proof", windows, windows, closes, closes)
    instruments = tuple(Instrument(token=token, symbol=symbol, tick_size=5) for token, symbol in SYMBOLS.items())
    stats = np.zeros(len(instruments), STATS)
    stats["token"] = list(SYMBOLS)
    stats["previous_close"], stats["adv_shares"], stats["sigma_day"] = 100_000.0, 1e7, 0.02
    stats["band_low"] = stats["band_high"] = np.nan
    curve = np.ones((len(instruments), 375))
    return TradingDay(session, Interval.M1, instruments, stats, curve)


def _complain(ear: Callable[..., None], fault: Exception) -> None:
    raise fault
