"""The ledger on a real Postgres: append-only for everybody, one writer, and nothing lost when the link dies."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest

from cockpit.errors import AlreadyRunning, LedgerCorrupt, LedgerDown
from cockpit.storage.ledger import SqlLedger
from tests.storage.made_facts import a_journal, booked


@pytest.fixture
async def ledger(postgres_url: str) -> AsyncIterator[SqlLedger]:
    """Answer a ledger with one day in it."""
    kept = SqlLedger.open(postgres_url)
    await kept.write(*a_journal(1))
    yield kept
    await kept.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM event WHERE seq = 3",
        "UPDATE event SET body = '{}' WHERE seq = 3",
        "TRUNCATE event",
        "TRUNCATE head",
        "DELETE FROM head",
    ],
)
async def test_the_journal_is_append_only_for_everybody(ledger: SqlLedger, postgres_url: str, statement: str) -> None:
    with (
        psycopg.connect(postgres_url) as stranger,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        stranger.execute(statement.encode())
    assert ledger.verify() == ledger.head


async def test_there_is_one_writer(ledger: SqlLedger, postgres_url: str) -> None:
    with pytest.raises(AlreadyRunning, match="another cockpit writes"):
        SqlLedger.open(postgres_url)
    reader = SqlLedger.open(postgres_url, read_only=True)
    assert reader.verify() == ledger.head


async def test_a_link_that_dies_halts_the_ledger_and_a_new_start_goes_on(ledger: SqlLedger, postgres_url: str) -> None:
    head = ledger.head
    with psycopg.connect(postgres_url, autocommit=True) as stranger:
        stranger.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    for number in (50, 51):
        with pytest.raises(LedgerDown):
            await ledger.write(booked(number))
    again = SqlLedger.open(postgres_url)
    assert again.verify() == head
    await again.write(booked(52))
    await again.close()


async def test_a_changed_entry_is_seen(ledger: SqlLedger, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as stranger:
        stranger.execute("ALTER TABLE event DISABLE TRIGGER event_keeps_rows")
        stranger.execute("UPDATE event SET body = replace(body, '142000', '143000') WHERE seq = 10")
    with pytest.raises(LedgerCorrupt, match="entry 10 was changed"):
        ledger.verify()
    with psycopg.connect(postgres_url) as stranger:
        stranger.execute("UPDATE event SET body = replace(body, '143000', '142000') WHERE seq = 10")
    with pytest.raises(LedgerCorrupt, match=r"guards \['event_keeps_rows'\]"):
        ledger.verify()


async def test_a_database_that_flushes_nothing_is_refused(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.storage.engines.POSTGRES_WISHES", {"fsync": "never"})
    with pytest.raises(LedgerDown, match="keeps fsync = 'on'; 'never' expected"):
        SqlLedger.open(postgres_url)
