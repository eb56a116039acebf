"""A ledger on a disk that may fail: nothing kept, or everything kept and the answer lost; then it stays down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from cockpit.errors import LedgerDown
from cockpit.facts import JournalFact
from cockpit.ports import Entry, Ledger
from cockpit.simulator.fault_plan import Channel, Fault, FaultKind

COMMIT_S: Final = 0.003
"""How long a disk takes to make facts durable; what happens meanwhile finds them not written."""


class HostileLedger:
    """Stand before the journal of a session for the length of one life; `witness` sees each durable fact."""

    def __init__(
        self,
        inner: Ledger,
        struck: Callable[[Channel], tuple[Fault, ...]],
        witness: Callable[[JournalFact], None],
    ) -> None:
        self._inner = inner
        self._struck = struck
        self._witness = witness
        self.is_down = False

    async def write(self, *facts: JournalFact) -> int:
        """Keep facts as the journal does, unless the disk fails.

        Errors: LedgerDown from the first failure on, until the next life.
        """
        if self.is_down:
            raise LedgerDown("the disk failed before")
        kinds = [fault.kind for fault in self._struck(Channel.LEDGER)]
        self.is_down = bool(kinds)
        if FaultKind.DISK in kinds:
            raise LedgerDown("the disk failed; nothing was kept")
        await asyncio.sleep(COMMIT_S)
        seq = await self._inner.write(*facts)
        for fact in facts:
            self._witness(fact)
        if self.is_down:
            raise LedgerDown("the disk failed; whether it kept anything is not known")
        return seq

    def read(self, since: int = 0) -> Iterator[Entry]:
        """Yield entries as the journal does."""
        return self._inner.read(since)

    @property
    def head(self) -> tuple[int, str]:
        """Answer the last sequence number and hash."""
        return self._inner.head

    async def close(self) -> None:
        """Leave the journal open: the next life goes on with it."""
