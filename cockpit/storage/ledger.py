"""The ledger: facts for ever, in order, durable before anyone hears of them, on SQLite or Postgres.

`open` brings the tables up to date and starts the writer; `write` returns after the commit; `read` proves the chain
while it reads. What is written once with a key (a fill, an order, an intent) cannot be written again: the whole write
is refused with BadInput and the ledger goes on. Any other failure is LedgerDown, now and for every later write.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from cockpit.errors import BadInput, LedgerCorrupt, LedgerDown
from cockpit.facts import DayClosed, JournalFact
from cockpit.ports import Entry
from cockpit.storage.anchors import Anchors, anchors_of
from cockpit.storage.chain import Head, Row, drafted, linked, proven, twice, walked
from cockpit.storage.engines import Place, engine_of, fault_of, lock_writer, make_file, place_of
from cockpit.storage.export import exported
from cockpit.storage.migrations import migrate, stated
from cockpit.storage.read_tables import gathered, laid
from cockpit.storage.schema import EVENT, HEAD, POSTGRES_TRIGGERS, REVISION, SQLITE_GUARDS
from cockpit.storage.writer import Answer, Unit, Writer

READ_AHEAD: Final = 1_000
_INSERT: Final = f"INSERT INTO event ({', '.join(EVENT.c.keys())}) VALUES ({', '.join('?' * len(EVENT.c))})"
_MOVE_HEAD: Final = "UPDATE head SET seq = ?, hash = ? WHERE seq = ? AND hash = ?"
_KNOWN_KEYS: Final = sa.select(EVENT.c.key).where(EVENT.c.key.in_(sa.bindparam("keys", expanding=True)))


class SqlLedger:
    """Keep facts in a database. Open it with `SqlLedger.open`."""

    def __init__(self, place: Place, readers: sa.Engine, connection: sa.Connection | None, anchors: Anchors | None):
        self._place = place
        self._readers = readers
        self._connection = connection
        self._anchors = anchors
        self._head = self._stored_head()
        self._writer = Writer(self._commit, self._end) if connection is not None else None

    @classmethod
    def open(cls, where: str | Path, *, read_only: bool = False, anchors: Path | None = None) -> SqlLedger:
        """Open the ledger at a path or database URL, made if it is not there.

        `read_only` makes, migrates and locks nothing. `anchors` is the file that notes heads in a second place: that
        of the data folder, else beside the ledger's file, when not given; none for Postgres.

        Errors: LedgerDown when the database cannot be used, LedgerCorrupt when its end does not fit, AlreadyRunning
        when another cockpit writes to it, BadInput for a place that is no ledger.
        """
        place = place_of(where)
        if anchors is None and place.file is not None:
            anchors = anchors_of(place.file)
        connection: sa.Connection | None = None
        try:
            connection = _prepared(place, read_only=read_only)
            return cls(place, engine_of(place, is_writer=False), connection, Anchors(anchors) if anchors else None)
        except BaseException as fault:
            if connection is not None:
                with contextlib.suppress(sa.exc.SQLAlchemyError):
                    connection.close()
            if isinstance(fault, sa.exc.SQLAlchemyError | OSError):
                raise fault_of(fault, place.name, after=0) from fault
            raise

    @property
    def name(self) -> str:
        """Name the place for people; a password is never shown."""
        return self._place.name

    @property
    def head(self) -> tuple[int, str]:
        """Answer the last sequence number and hash; (0, "") when empty."""
        return self._head.pair

    async def write(self, *facts: JournalFact) -> int:
        """Make `facts` durable as one unit and answer the last sequence number.

        Errors: BadInput when a fact breaks a law of the journal or is already in it: then none of them was written
        and the ledger goes on. LedgerDown when they may not be durable: then nothing may be told, sent or written.
        """
        if self._writer is None:
            raise LedgerDown(f"{self.name} was opened for reading only", remedy="Open it without read_only to write.")
        return await self._writer.put(drafted(facts))

    def read(self, since: int = 0) -> Iterator[Entry]:
        """Yield entries with a sequence number above `since`, in order, verifying the chain on the way.

        Errors: LedgerCorrupt naming the first bad sequence number; BadInput when the ledger ends before `since`.
        """
        after = since
        try:
            with self._readers.connect() as connection, connection.begin():
                head = connection.execute(sa.select(HEAD.c.seq, HEAD.c.hash)).one()
                last = (since, _hash_at(connection, since, head.seq))
                with contextlib.closing(_rows(connection, since)) as rows:
                    for entry in walked(last, rows, (head.seq, head.hash)):
                        after = entry.seq
                        yield entry
        except (sa.exc.SQLAlchemyError, UnicodeError, OSError) as fault:
            raise fault_of(fault, self.name, after) from fault

    def verify(self) -> tuple[int, str]:
        """Read the whole chain, the file's own structure, the guards and the anchors, and answer the head.

        Errors: LedgerCorrupt naming the first bad sequence number.
        """
        noted = self._anchors.noted() if self._anchors else {}
        found: dict[int, str] = {}
        last = (0, "")
        for entry in self.read():
            last = (entry.seq, entry.hash)
            if entry.seq in noted:
                found[entry.seq] = entry.hash
        if self._anchors is not None:
            self._anchors.check(found, last[0])
        try:
            with self._readers.connect() as connection, connection.begin():
                _prove_structure(connection, last[0])
        except sa.exc.SQLAlchemyError as fault:
            raise fault_of(fault, self.name, last[0]) from fault
        return last

    def export_jsonl(self, path: Path) -> int:
        """Write the journal as text, one entry a line, and answer how many; equal ledgers give equal bytes."""
        return exported(self.read(), path)

    def rebuild(self) -> dict[str, int]:
        """Drop the read tables and build them again from the journal; answer their rows. They are never authoritative.

        Errors: LedgerCorrupt when the journal does not verify; then the read tables stay as they were.
        """
        rows = gathered(self.read())
        try:
            with engine_of(self._place, is_writer=True).connect() as connection, connection.begin():
                return laid(connection, rows)
        except sa.exc.SQLAlchemyError as fault:
            raise fault_of(fault, self.name) from fault

    async def close(self) -> None:
        """Write what is queued, note the head, and give back the files; closing twice is not an error."""
        if self._writer is not None:
            await self._writer.close()
        self._readers.dispose()

    # -- in the writer's thread ----------------------------------------------------------------------

    def _commit(self, units: Sequence[Unit]) -> list[Answer]:
        assert self._connection is not None
        try:
            head, answers, rows = self._stored(self._connection, units)
        except (sa.exc.SQLAlchemyError, OSError) as fault:
            # The first error is the one to tell: what the clean-up says (there may be no transaction left) is not.
            with contextlib.suppress(sa.exc.SQLAlchemyError, OSError):
                self._connection.rollback()
            raise fault_of(fault, self.name) from fault
        self._head = head
        if self._anchors is not None and any(row.kind == DayClosed.__name__ for row in rows):
            self._anchors.note(head.pair)
        return answers

    def _stored(self, connection: sa.Connection, units: Sequence[Unit]) -> tuple[Head, list[Answer], list[Row]]:
        """Store units in one transaction; the database's own constraint finds what is already there, at no cost."""
        known: frozenset[str] = frozenset()
        while True:
            head, answers, rows = _chained(self._head, units, known)
            try:
                with connection.begin():
                    self._append(connection, head, rows)
            except sa.exc.IntegrityError:
                with connection.begin():
                    already = _known_keys(connection, rows)
                if not already:  # not a fact that is kept once, but a row in our place: somebody else writes
                    raise
                known |= already
            else:
                return head, answers, rows

    def _append(self, connection: sa.Connection, head: Head, rows: list[Row]) -> None:
        if not rows:
            return
        mark = "?" if self._place.file else "%s"
        # The two statements of every commit go to the driver as they are: half the time of one was spent building them.
        connection.exec_driver_sql(_INSERT.replace("?", mark), [_columns(row) for row in rows])
        moved = connection.exec_driver_sql(_MOVE_HEAD.replace("?", mark), (*head.pair, *self._head.pair))
        if moved.rowcount != 1:
            raise LedgerDown(f"{self.name} no longer ends in entry {self._head.seq}: somebody else writes to it")

    def _end(self) -> None:
        assert self._connection is not None
        try:
            if self._anchors is not None and self._writer is not None and self._writer.fault is None:
                self._anchors.note(self._head.pair)
        finally:
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                self._connection.close()

    def _stored_head(self) -> Head:
        with self._readers.connect() as connection, connection.begin():
            seq, digest = connection.execute(sa.select(HEAD.c.seq, HEAD.c.hash)).one()
            if seq == 0:
                if connection.execute(sa.select(sa.func.count()).select_from(EVENT)).scalar():
                    raise LedgerCorrupt(f"entry 1 of {self.name} is foreign: the ledger should be empty")
                return Head()
            if _hash_at(connection, seq, seq) != digest:
                raise LedgerCorrupt(f"entry {seq} of {self.name} is not the one it should end in")
            first = proven((0, ""), _row(connection.execute(sa.select(EVENT).where(EVENT.c.seq == 1)).one())).fact
        return Head(seq, digest, getattr(first, "mode", None))


def _chained(head: Head, units: Sequence[Unit], known: frozenset[str]) -> tuple[Head, list[Answer], list[Row]]:
    """Link the units that keep the journal's laws, and answer the others with their fault."""
    taken = set(known)
    answers, rows = list[Answer](), list[Row]()
    for unit in units:
        own = {draft.key for draft in unit if draft.key is not None}
        try:
            if already := own & taken:
                raise twice(min(already))
            head, linked_rows = linked(head, unit)
        except BadInput as fault:
            answers.append(fault)
            continue
        taken |= own
        rows.extend(linked_rows)
        answers.append(head.seq)
    return head, answers, rows


def _known_keys(connection: sa.Connection, rows: Sequence[Row]) -> frozenset[str]:
    keys = [row.key for row in rows if row.key is not None]
    return frozenset(key for key in connection.scalars(_KNOWN_KEYS, {"keys": keys}) if key is not None)


def _prepared(place: Place, *, read_only: bool) -> sa.Connection | None:
    if place.file is not None:
        if read_only and not place.file.exists():
            raise BadInput(f"no ledger at {place.name}", remedy="Give the path of a ledger that is there.")
        if not read_only:
            make_file(place.file, migrate)
    engine = engine_of(place, is_writer=not read_only)
    connection = engine.connect()
    try:
        if read_only:
            with connection.begin():
                if (revision := stated(connection)) != REVISION:
                    raise LedgerDown(f"{place.name} has tables of revision {revision}; this build reads {REVISION}")
            connection.close()
            return None
        lock_writer(connection, place.name)
        with connection.begin():
            migrate(connection)
        with connection.begin():
            _prove_guards(connection)
    except BaseException:
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            connection.close()
        raise
    return connection


def _prove_guards(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = {str(name): str(text) for name, text in rows}
        gone = [name for name, text in SQLITE_GUARDS if found.get(name) != text]
    else:
        names = connection.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
        gone = sorted(POSTGRES_TRIGGERS - set(names.scalars()))
    if gone:
        raise LedgerCorrupt(f"the guards {gone} of the journal are gone or changed: somebody made it writable")


def _prove_structure(connection: sa.Connection, last: int) -> None:
    _prove_guards(connection)
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        if said != ["ok"]:
            raise LedgerCorrupt(f"the file's structure is damaged (entries 1 to {last} could be read): {said[0]}")


def _hash_at(connection: sa.Connection, seq: int, head_seq: int) -> str:
    if not 0 <= seq <= head_seq:
        raise BadInput(f"entries after {seq} asked for; the ledger ends in {head_seq}")
    if seq == 0:
        return ""
    digest = connection.execute(sa.select(EVENT.c.hash).where(EVENT.c.seq == seq)).scalar()
    if digest is None:
        raise LedgerCorrupt(f"entry {seq} is missing: the ledger should end in entry {head_seq}")
    return str(digest)


def _rows(connection: sa.Connection, since: int) -> Generator[Row, None, None]:
    query = sa.select(EVENT).where(EVENT.c.seq > since).order_by(EVENT.c.seq)
    with connection.execution_options(yield_per=READ_AHEAD).execute(query) as result:
        for found in result:
            yield _row(found)


def _row(found: sa.Row[tuple[object, ...]]) -> Row:
    return Row(found.seq, found.ts, found.kind, found.key, found.body, found.prev, found.hash)


def _columns(row: Row) -> tuple[object, ...]:
    return (row.seq, row.ts, row.kind, row.key, row.body, row.prev, row.hash)
