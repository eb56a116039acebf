"""The door to the databases: SQLite in a file or Postgres by URL, set to lose nothing, and asked whether they are."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from cockpit.errors import AlreadyRunning, BadInput, LedgerCorrupt, LedgerDown
from cockpit.storage.atomic import sync_folder

BUSY_MS: Final = 2_000
"""Somebody who holds the file longer than this halts trading: a ledger is not waited for."""
SQLITE_WISHES: Final = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": BUSY_MS}
"""WAL + FULL lost nothing in 400 power cuts; NORMAL lost acknowledged commits in 7 of 10."""
POSTGRES_WISHES: Final = {
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "server_encoding": "UTF8",
}
WRITER_LOCK: Final = 0x636F636B70697400
"""Any fixed number: whoever holds this advisory lock is the one writer of a Postgres journal."""
TROUBLE: Final = ("locked", "busy", "disk i/o", "is full", "unable to open", "readonly", "read-only", "interrupted")
"""What SQLite says of a disk or a neighbour; anything else it says while reading is about the bytes of the file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ledger is: a file of SQLite, or the URL of a Postgres database."""

    url: sa.URL
    file: Path | None

    @property
    def name(self) -> str:
        """Name the place for people; a password is never shown."""
        return str(self.file) if self.file else self.url.render_as_string(hide_password=True)


def place_of(where: str | Path) -> Place:
    """Understand a path or a database URL.

    Errors: BadInput for a URL that is neither SQLite's nor Postgres's.
    """
    if isinstance(where, Path) or "://" not in where:
        file = Path(where).expanduser().absolute()
        return Place(sa.URL.create("sqlite", database=str(file)), file)
    try:
        url = sa.make_url(where)
    except sa.exc.ArgumentError:
        raise BadInput("a ledger URL that cannot be read given; postgresql://user@host/name expected") from None
    backend = url.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return Place(url.set(drivername="postgresql+psycopg"), None)
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return place_of(Path(url.database))
    raise BadInput(f"ledger on {backend} given; a file path, sqlite:///path or postgresql://... expected")


def engine_of(place: Place, *, is_writer: bool) -> sa.Engine:
    """Open the door of a place; every connection through it is set up and asserted first.

    Errors: LedgerDown, on connecting, when the database does not keep a setting that durability needs.
    """
    if place.file is None:
        level = "SERIALIZABLE" if is_writer else "REPEATABLE READ"
        engine = sa.create_engine(place.url, poolclass=NullPool, isolation_level=level, hide_parameters=True)
        sa.event.listen(engine, "connect", lambda connection, _: _assert_postgres(connection))
        return engine
    engine = sa.create_engine(
        place.url, poolclass=NullPool, hide_parameters=True, connect_args={"check_same_thread": False}
    )
    # A deferred transaction that turns to writing fails at once, whatever the timeout: so a writer begins as one.
    begin = "BEGIN IMMEDIATE" if is_writer else "BEGIN"
    sa.event.listen(engine, "connect", lambda connection, _: _set_sqlite(connection, is_writer=is_writer))
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def make_file(file: Path, fill: Callable[[sa.Connection], None]) -> None:
    """Make a database file that only its owner may read, if there is none; SQLite's side files follow it in that.

    It is filled under another name and renamed when complete, so that a kill in between leaves no half ledger.
    """
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with engine_of(place_of(new), is_writer=True).connect() as connection, connection.begin():
        fill(connection)
    new.rename(file)
    sync_folder(file.parent)


def lock_writer(connection: sa.Connection, name: str) -> None:
    """Become the one writer of a Postgres journal; SQLite's writer is alone by the lock of its data folder.

    Errors: AlreadyRunning when another connection is it.
    """
    if connection.dialect.name != "postgresql":
        return
    if not connection.execute(sa.text("SELECT pg_try_advisory_lock(:n)"), {"n": WRITER_LOCK}).scalar():
        raise AlreadyRunning(f"another cockpit writes to {name}")
    connection.commit()


def fault_of(fault: BaseException, name: str, after: int | None = None) -> LedgerDown:
    """Turn a database's error into ours; `after` is the last entry that was read well, None when writing."""
    words = str(getattr(fault, "orig", None) or fault)
    said = f"{name}: {words}"
    is_bytes = isinstance(fault, sa.exc.DBAPIError) and isinstance(fault.orig, sqlite3.Error)
    if "malformed" in words or "not a database" in words:
        return LedgerCorrupt(f"{said} (after entry {after})" if after is not None else said)
    if after is not None and is_bytes and not any(trouble in words.lower() for trouble in TROUBLE):
        return LedgerCorrupt(f"entry {after + 1} cannot be read: {said}")
    return LedgerDown(said)


def _set_sqlite(connection: Any, *, is_writer: bool) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    cursor = connection.cursor()
    for pragma, value in SQLITE_WISHES.items():
        cursor.execute(f"PRAGMA {pragma} = {value}")
    cursor.execute("PRAGMA fullfsync = 1")  # macOS flushes the drive's own cache only when asked so
    cursor.execute("PRAGMA trusted_schema = 0")
    cursor.execute("PRAGMA cell_size_check = 1")
    if not is_writer:
        cursor.execute("PRAGMA query_only = 1")
    for pragma, value in SQLITE_WISHES.items():
        _assert(pragma, cursor.execute(f"PRAGMA {pragma}").fetchone()[0], value)
    cursor.close()


def _assert_postgres(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        for setting, value in POSTGRES_WISHES.items():
            cursor.execute(f"SHOW {setting}")
            _assert(setting, cursor.fetchone()[0], value)
    connection.commit()


def _assert(setting: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise LedgerDown(
            f"the database keeps {setting} = {found!r}; {wanted!r} expected: a power cut would lose entries",
            remedy=f"Set {setting} to {wanted!r} on the database, or use another one.",
        )
