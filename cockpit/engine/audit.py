"""The audit: what has been proved of the books, when, and what may not be opened until it is proved again.

Every start is a recovery: nothing is opened before ledger and broker were found equal once. A break halts, durably.
"""

from __future__ import annotations

import asyncio
from typing import Final

from cockpit.broker_books import BooksCompared, BrokerBooks, Difference, Standing
from cockpit.bus import Bus
from cockpit.clock import NS, Clock, hhmmss
from cockpit.engine.dealer import Dealer
from cockpit.engine.reconcile import compared
from cockpit.errors import CockpitError, DeadlinePassed, TokenExpired
from cockpit.facts import Halt
from cockpit.orders import Mode, Proposal, Refusal
from cockpit.ports import Books, Broker

EVERY_NS: Final = 60 * NS
READ_S: Final = 30.0
"""All books together are read within this, or given up until the next look."""
RECONCILE: Final = "RECONCILE"
FOREIGN: Final = "FOREIGN"
MOST_NAMED: Final = 5
"""So many breaks are named in a halt; the rest are counted, and each stands in the journal."""


class Audit:
    """Hold the broker's books against the ledger. `read` waits for the broker; `take` belongs into the flow's lane."""

    def __init__(self, clock: Clock, broker: Broker, books: Books, dealer: Dealer, bus: Bus) -> None:
        self._clock = clock
        self._broker = broker
        self._books = books
        self._dealer = dealer
        self._bus = bus
        self._next = 0
        self._doubt = "ledger and broker have not been found equal since the start"
        self._doubted_at = 0
        self._differences: tuple[Difference, ...] = ()
        self._cash_gap: int | None = None
        self._unread = ""
        self.newest: BooksCompared | None = None
        """What the newest look found; None before the first."""

    @property
    def is_due(self) -> bool:
        """Tell whether a minute has passed since the last look, or something asks for one now."""
        return self._clock.now() >= self._next

    @property
    def is_proved(self) -> bool:
        """Tell whether the books were found equal and nothing has put that in doubt since."""
        return not self._doubt

    def doubt(self, reason: str) -> None:
        """Refuse entries, for this reason, until a look that begins from now on finds the books equal."""
        self._doubt, self._doubted_at = reason, self._clock.now()
        self.hurry()

    def hurry(self) -> None:
        """Let the next look be due at once."""
        self._next = 0

    # -- reading and comparing -------------------------------------------------------------------------------------

    async def read(self) -> BrokerBooks | str:
        """Read the broker's books, or answer why they cannot be read."""
        self._next = self._clock.now() + EVERY_NS
        try:
            async with asyncio.timeout(READ_S):
                return await self._broker.books()
        except TimeoutError:
            late = DeadlinePassed(f"the broker's books did not come within {READ_S:g} s in all")
            return f"{type(late).__name__}: {late}"
        except TokenExpired as fault:
            # Without a login nothing is seen of what the broker does; books read after the next one lift this.
            self.doubt(f"the login is dead: {fault}")
            return f"{type(fault).__name__}: {fault} {fault.remedy}"
        except CockpitError as fault:
            return f"{type(fault).__name__}: {fault} {fault.remedy}"
        except Exception as fault:  # whatever it is: books that were not read prove nothing
            return repr(fault)

    async def take(self, theirs: BrokerBooks | str) -> None:
        """Compare what was read with the ledger as it stands; halt on a break, and tell what was found.

        Errors: LedgerDown when a break cannot be written.
        """
        now = self._clock.now()
        if isinstance(theirs, str):
            await self._note_unread(theirs)
            self._tell(BooksCompared(now, now, self._differences, unread=theirs))
            return
        self._unread = ""
        found = compared(theirs, self._books, self._differences, cash_gap=self._cash_gap)
        counts = len(theirs.orders), len(theirs.trades), len(theirs.positions)
        told = BooksCompared(now, theirs.asked, found, *counts)
        await self._note_new(found)
        self._differences = found
        if told.breaks:
            self._doubt, self._doubted_at = _named(told.breaks), now
            await self._dealer.halt(Halt.CANCEL, RECONCILE, _named(told.breaks))
        elif theirs.asked >= self._doubted_at:
            self._doubt = ""
            if self._cash_gap is None and not found and self._broker.mode is not Mode.LIVE:
                # A real account holds other money, too; here every rupee is ours, so both must move alike from now on.
                self._cash_gap = theirs.funds.cash - self._books.account.cash_paise
        self._tell(told)

    def _tell(self, told: BooksCompared) -> None:
        self.newest = told
        self._bus.tell(told)

    async def _note_unread(self, why: str) -> None:
        if not self._unread:
            await self._dealer.note("reconcile", f"the broker's books cannot be read: {why}")
        self._unread = why

    async def _note_new(self, found: tuple[Difference, ...]) -> None:
        known = {(d.subject, d.key, d.standing) for d in self._differences}
        for difference in found:
            is_new = (difference.subject, difference.key, difference.standing) not in known
            if is_new and difference.standing is not Standing.IN_FLIGHT:
                await self._dealer.note("reconcile", f"{difference.standing}: {difference.sentence}")

    # -- what it lets pass -----------------------------------------------------------------------------------------

    def objections(self, proposal: Proposal) -> tuple[Refusal, ...]:
        """Answer what the books have against opening this: nothing is proved, or somebody else trades the name."""
        now, refusals = self._clock.now(), []
        if self._doubt:
            value = f"unproved since {hhmmss(self._doubted_at)}" if self._doubted_at else "unproved"
            refusals.append(proposal.refused(now, RECONCILE, self._doubt, value, "ledger and broker equal"))
        strange = (d for d in self._differences if d.standing is Standing.FOREIGN)
        refusals += [
            proposal.refused(now, FOREIGN, d.sentence, d.theirs, "nothing foreign")
            for d in strange
            if d.token == proposal.intent.token
        ]
        return tuple(refusals)


def _named(breaks: tuple[Difference, ...]) -> str:
    more = f"; and {len(breaks) - MOST_NAMED} more" if len(breaks) > MOST_NAMED else ""
    return "; ".join(d.sentence for d in breaks[:MOST_NAMED]) + more
