"""The chain: each entry's hash covers its own text and the hash before it, so that no past entry changes unseen.

Pure: every ledger, in a file, on a server or in memory, links and checks with the functions here and so obeys one law:
the first fact is a `Genesis`, there is only one, a day has its mode, and what may stand only once stands only once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cockpit.errors import BadInput, LedgerCorrupt
from cockpit.facts import DayOpened, Genesis, JournalFact
from cockpit.orders import Mode
from cockpit.ports import Entry
from cockpit.storage.codec import decoded, encoded, instant_of, key_of


@dataclass(frozen=True, slots=True)
class Head:
    """Where a journal ends: its last entry, and the mode its genesis set (None while it is empty)."""

    seq: int = 0
    hash: str = ""
    mode: Mode | None = None

    @property
    def pair(self) -> tuple[int, str]:
        """Answer sequence number and hash."""
        return (self.seq, self.hash)


EMPTY: Final = Head()
LAST_INSTANT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact in its canonical text, not yet in the chain."""

    ts: int
    kind: str
    key: str | None
    body: str
    mode: Mode | None
    """The mode the fact claims, for the facts that claim one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as stored. `key` is what may stand only once, None where the fact may repeat."""

    seq: int
    ts: int
    kind: str
    key: str | None
    body: str
    prev: str
    hash: str


def digest(prev: str, seq: int, ts: int, kind: str, body: str) -> str:
    """Answer the SHA-256 of an entry in hexadecimal; only `body`, the last part, may contain line ends."""
    return hashlib.sha256(f"{prev}\n{seq}\n{ts}\n{kind}\n{body}".encode()).hexdigest()


def drafted(facts: Iterable[JournalFact]) -> tuple[Draft, ...]:
    """Put facts into their canonical text.

    Errors: BadInput for a fact with a value that is not of its type, and for a fact given twice.
    """
    drafts = tuple(
        Draft(
            ts=instant_of(fact),
            kind=type(fact).__name__,
            key=key_of(fact),
            body=encoded(fact),
            mode=fact.mode if isinstance(fact, Genesis | DayOpened) else None,
        )
        for fact in facts
    )
    for draft in drafts:
        if not 0 <= draft.ts <= LAST_INSTANT:
            raise BadInput(f"{draft.kind} of instant {draft.ts} given; ns UTC since 1970 in 64 bits expected")
    keys = [draft.key for draft in drafts if draft.key is not None]
    if len(set(keys)) != len(keys):
        raise twice(next(key for i, key in enumerate(keys) if key in keys[:i]))
    return drafts


def twice(key: str) -> BadInput:
    """Answer the refusal of a fact that is already in the journal."""
    return BadInput(
        f"{key} is already in the ledger; nothing of this write was kept",
        remedy="Leave out what is already written: the ledger keeps each fill, order and intent once.",
    )


def linked(head: Head, drafts: Sequence[Draft]) -> tuple[Head, tuple[Row, ...]]:
    """Append drafts to a chain that ends in `head`: the new head, and the rows to store.

    Errors: BadInput when the first fact of a journal is not its genesis, or a fact claims another mode.
    """
    rows: list[Row] = []
    for draft in drafts:
        _lawful(head, draft)
        seq = head.seq + 1
        row = Row(
            seq=seq,
            ts=draft.ts,
            kind=draft.kind,
            key=draft.key,
            body=draft.body,
            prev=head.hash,
            hash=digest(head.hash, seq, draft.ts, draft.kind, draft.body),
        )
        rows.append(row)
        head = Head(seq, row.hash, head.mode or draft.mode)
    return head, tuple(rows)


def _lawful(head: Head, draft: Draft) -> None:
    is_genesis = draft.kind == Genesis.__name__
    if is_genesis and head.seq:
        raise BadInput(
            f"a second Genesis given at entry {head.seq + 1}; this ledger began as {head.mode} and stays so",
            remedy="Open a new ledger for another mode or account.",
        )
    if not is_genesis and not head.seq:
        raise BadInput(
            f"{draft.kind} given to an empty ledger; its first fact is a Genesis",
            remedy="Write whose money this is before anything else.",
        )
    if head.seq and draft.mode is not None and draft.mode is not head.mode:
        raise BadInput(
            f"a day of mode {draft.mode} given to a ledger of mode {head.mode}",
            remedy="Open the ledger that belongs to this mode.",
        )


def proven(last: tuple[int, str], row: Row) -> Entry:
    """Answer the entry of a stored row that follows `last` (sequence number, hash).

    Errors: LedgerCorrupt naming the first bad sequence number.
    """
    seq = last[0] + 1
    if row.seq != seq:
        raise LedgerCorrupt(f"entry {seq} is missing: entry {row.seq} follows entry {last[0]}")
    if row.prev != last[1]:
        raise LedgerCorrupt(f"entry {seq} does not follow entry {last[0]}: it was written after another one")
    if row.hash != digest(row.prev, row.seq, row.ts, row.kind, row.body):
        raise LedgerCorrupt(f"entry {seq} was changed after it was written: its hash does not fit")
    fact = decoded(row.kind, row.body, seq)
    if (row.key, row.ts) != (key_of(fact), instant_of(fact)):
        raise LedgerCorrupt(f"entry {seq} has another key or instant than the {row.kind} it holds")
    if (seq == 1) != isinstance(fact, Genesis):
        raise LedgerCorrupt(f"entry {seq} is a {row.kind}; a ledger has one Genesis, and it is entry 1")
    return Entry(seq, row.ts, row.kind, fact, row.hash)


def walked(last: tuple[int, str], rows: Iterable[Row], head: tuple[int, str]) -> Iterator[Entry]:
    """Yield proven entries after `last`, and prove at the end that none is missing before `head`.

    Errors: LedgerCorrupt naming the first bad sequence number.
    """
    for row in rows:
        entry = proven(last, row)
        last = (row.seq, row.hash)
        yield entry
    if last != head:
        raise LedgerCorrupt(f"entry {last[0] + 1} is missing or foreign: the ledger should end in {head[0]} {head[1]}")
