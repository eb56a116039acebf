"""What the hostile world asks of the trading core, which the roof hands in: one life of it, its journal, its books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cockpit.broker_books import BrokerOrder, BrokerTrade
from cockpit.clock import Clock
from cockpit.facts import Halt
from cockpit.money import Paise, Price
from cockpit.orders import Intent
from cockpit.ports import Books, Costs, Ledger, OrderDoor


@dataclass(frozen=True, slots=True)
class Push:
    """What the broker pushed: an order, with the trade that moved it where one did. It may be false."""

    order: BrokerOrder
    trade: BrokerTrade | None = None


class Core(Protocol):
    """One life of the trading core, from its start to its crash. It may be wrong; that is what is looked for."""

    @property
    def books(self) -> Books:
        """Answer what its journal adds up to."""

    async def start(self) -> None:
        """Recover from the journal and the broker's books."""

    async def want(self, intent: Intent, quantity: int) -> None:
        """Ask the gate about an intent and place its order when nothing is against it."""

    async def withdraw(self, intent_id: str) -> None:
        """Take an intent back that has not been filled."""

    async def halt(self, level: Halt) -> None:
        """Stop trading to a level."""

    async def revive(self) -> None:
        """Lift a halt."""

    async def flatten(self, token: int) -> None:
        """Close the position of one name."""

    def see(self, prices: Mapping[int, Price]) -> None:
        """Take in the newest prices of the names that were traded."""

    async def hear(self, push: Push) -> None:
        """Take in what the broker pushed."""

    async def beat(self) -> None:
        """Look at the broker's books, settle, and do again what a halt demands."""

    async def logged_in(self) -> None:
        """Go on with a new token."""

    async def close(self) -> None:
        """Take the last look of the day, after the market has closed."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one life is given: everything it may know of the world."""

    clock: Clock
    door: OrderDoor
    ledger: Ledger
    last: Callable[[int], tuple[Price, int]]
    """The newest price of a name by token, and when it was seen."""
    closes: int
    """When the market closes, ns UTC."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The design under test: how a journal, a life and the books of a journal are made, and what it promises."""

    name: str
    ledger: Callable[[], Ledger]
    core: Callable[[Surroundings], Core]
    rebuilt: Callable[[Ledger], Books]
    costs: Costs
    cap_paise: Paise
    """Gross exposure, working and unknown orders counted, that may never be passed."""
    protects: bool = True
    """Whether it promises that what is held is protected at the exchange."""
