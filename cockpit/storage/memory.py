"""A ledger that lives as long as the process, for tests and pure replays: the same laws, texts and hashes, no disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cockpit.errors import BadInput, LedgerDown
from cockpit.facts import JournalFact
from cockpit.ports import Entry
from cockpit.storage.chain import EMPTY, Row, drafted, linked, twice, walked
from cockpit.storage.export import exported


class MemoryLedger:
    """Keep facts in memory as if they were on a disk: what is read back is decoded from its text."""

    def __init__(self) -> None:
        self._head = EMPTY
        self._rows: list[Row] = []
        self._keys: set[str] = set()
        self._is_closed = False

    async def write(self, *facts: JournalFact) -> int:
        """Keep `facts` as one unit and answer the last sequence number.

        Errors: BadInput as every ledger has it; LedgerDown after `close`.
        """
        if self._is_closed:
            raise LedgerDown("the ledger is closed; a fact was given after its end")
        drafts = drafted(facts)
        keys = {draft.key for draft in drafts if draft.key is not None}
        if known := keys & self._keys:
            raise twice(min(known))
        head, rows = linked(self._head, drafts)
        self._rows.extend(rows)
        self._keys |= keys
        self._head = head
        return head.seq

    def read(self, since: int = 0) -> Iterator[Entry]:
        """Yield entries after `since`, in order, verifying the chain on the way."""
        if not 0 <= since <= self._head.seq:
            raise BadInput(f"entries after {since} asked for; the ledger ends in {self._head.seq}")
        last = (since, self._rows[since - 1].hash if since else "")
        return walked(last, self._rows[since : self._head.seq], self._head.pair)

    def verify(self) -> tuple[int, str]:
        """Read the whole chain and answer its head.

        Errors: LedgerCorrupt naming the first bad sequence number.
        """
        for _ in self.read():
            pass
        return self._head.pair

    def export_jsonl(self, path: Path) -> int:
        """Write the journal as text and answer how many entries it has."""
        return exported(self.read(), path)

    @property
    def head(self) -> tuple[int, str]:
        """Answer the last sequence number and hash; (0, "") when empty."""
        return self._head.pair

    async def close(self) -> None:
        """Take no more facts; what was written stays readable."""
        self._is_closed = True
