"""The ledger in a SQLite file: set to lose nothing, append-only, private, and halted for good by the first failure."""

from __future__ import annotations

import asyncio
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from cockpit.errors import BadInput, LedgerCorrupt, LedgerDown
from cockpit.storage.engines import engine_of, place_of
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.schema import METADATA, REVISION
from tests.storage.made_facts import a_journal, booked, genesis


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    """Answer a ledger with one day in it."""
    kept = SqlLedger.open(tmp_path / "ledger.db")
    await kept.write(*a_journal(1))
    yield kept
    await kept.close()


async def test_a_ledger_opened_again_goes_on_where_it_ended(tmp_path: Path) -> None:
    facts = a_journal()
    for fact in facts:
        kept = SqlLedger.open(tmp_path / "ledger.db")
        await kept.write(fact)
        await kept.close()
    kept = SqlLedger.open(f"sqlite:///{tmp_path}/ledger.db", read_only=True)
    assert [entry.fact for entry in kept.read()] == facts
    assert kept.verify() == kept.head


async def test_readers_see_only_what_is_durable_and_never_wait_for_the_writer(ledger: SqlLedger) -> None:
    entries = ledger.read()
    next(entries)
    await ledger.write(booked(90))
    assert len(list(entries)) == len(a_journal(1)) - 1
    assert [entry.fact for entry in ledger.read(len(a_journal(1)))] == [booked(90)]


@pytest.mark.parametrize("is_writer", [True, False])
def test_the_database_is_asked_whether_it_keeps_what_durability_needs(tmp_path: Path, is_writer: bool) -> None:
    with engine_of(place_of(tmp_path / "x.db"), is_writer=is_writer).connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]


def test_a_database_that_does_not_obey_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("cockpit.storage.engines.SQLITE_WISHES", {"journal_mode": "wal", "synchronous": 7})
    with pytest.raises(LedgerDown, match=r"keeps synchronous = \d; 7 expected"):
        SqlLedger.open(tmp_path / "x.db")


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_files_are_readable_by_their_owner_alone(tmp_path: Path, ledger: SqlLedger) -> None:
    assert _modes(tmp_path) == {
        "ledger.db": 0o600,
        "ledger.db-wal": 0o600,
        "ledger.db-shm": 0o600,
        "ledger.anchors": 0o600,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM event",
        "DELETE FROM event WHERE seq = 3",
        "UPDATE event SET body = '{}' WHERE seq = 3",
        "UPDATE event SET key = NULL",
        "INSERT OR REPLACE INTO event SELECT seq, ts, kind, key, '{}', prev, hash FROM event WHERE seq = 3",
        "INSERT INTO event SELECT seq + 100, ts, kind, 'x', body, 'x', hash FROM event WHERE seq = 3",
        "DELETE FROM head",
    ],
)
async def test_the_journal_is_append_only_for_everybody(ledger: SqlLedger, tmp_path: Path, statement: str) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as stranger, pytest.raises(sqlite3.IntegrityError, match="journal"):
        stranger.execute(statement)
    stranger.close()
    assert ledger.verify() == ledger.head


async def test_a_second_writer_on_the_same_file_stops_the_first(ledger: SqlLedger, tmp_path: Path) -> None:
    other = SqlLedger.open(tmp_path / "ledger.db")
    await other.write(booked(50))
    with pytest.raises(LedgerDown):
        await ledger.write(booked(51))
    assert other.verify()[0] == len(a_journal(1)) + 1
    await other.close()


async def test_a_file_that_stays_locked_halts_and_stays_halted(ledger: SqlLedger, tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.ensure_future(ledger.write(booked(n))) for n in range(60, 65)]
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(answer) for answer in answers} == {LedgerDown}
    holder.execute("ROLLBACK")
    holder.close()
    with pytest.raises(LedgerDown, match="locked"):
        await ledger.write(booked(70))
    assert ledger.head[0] == len(a_journal(1))


FULL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
sys.path.insert(0, {repo!r})
from cockpit.errors import LedgerDown
from cockpit.storage.ledger import SqlLedger
from tests.storage.made_facts import booked

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ledger = SqlLedger.open(Path({path!r}))
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    for number in range(10_000):
        try:
            await ledger.write(booked(number))
        except LedgerDown as fault:
            print("DOWN", fault, flush=True)
            break
        print(number, flush=True)
    try:
        await ledger.write(booked(20_000))
    except LedgerDown as fault:
        print("STILL", fault, flush=True)
    await ledger.close()

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs a limit on file sizes")
def test_a_full_disk_stops_the_ledger_with_its_first_error_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    asyncio.run(_begun(path))
    repo = str(Path(__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK.format(repo=repo, path=str(path))],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    *acknowledged, down, still = run.stdout.splitlines()
    assert down.startswith("DOWN")
    assert still.startswith("STILL")
    assert "no transaction" not in down + still, "the clean-up masked the first error"
    kept = SqlLedger.open(path, read_only=True)
    assert kept.verify()[0] - 1 >= len(acknowledged) > 10
    assert [e.fact for e in kept.read(1)][: len(acknowledged)] == [booked(n) for n in range(len(acknowledged))]


KILLED = textwrap.dedent(FULL_DISK).replace("resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))", "pass")


@pytest.mark.slow
def test_a_killed_writer_has_lost_nothing_it_acknowledged(tmp_path: Path) -> None:
    repo = str(Path(__file__).parents[2])
    asyncio.run(_begun(tmp_path / "begun.db"))
    for cut in range(20):
        path = tmp_path / f"{cut}.db"
        shutil.copyfile(tmp_path / "begun.db", path)
        with subprocess.Popen(
            [sys.executable, "-c", KILLED.format(repo=repo, path=str(path))], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            heard = [writer.stdout.readline() for _ in range(1 + 13 * cut)]
            writer.kill()
            heard += writer.stdout.readlines()
        acknowledged = [int(line) for line in heard if line.endswith("\n")]
        kept = SqlLedger.open(path)
        assert kept.verify()[0] > len(acknowledged)
        assert [e.fact for e in kept.read(1)][: len(acknowledged)] == [booked(n) for n in acknowledged]
        asyncio.run(kept.close())


async def test_a_write_whose_caller_went_away_is_still_one_unit(ledger: SqlLedger) -> None:
    before = ledger.head[0]
    abandoned = asyncio.ensure_future(ledger.write(booked(80), booked(81)))
    await asyncio.sleep(0)
    abandoned.cancel()
    await ledger.write(booked(82))
    assert ledger.verify()[0] - before in (1, 3)


def test_reading_only_makes_nothing_and_takes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no ledger at"):
        SqlLedger.open(tmp_path / "none.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


async def test_a_ledger_opened_for_reading_does_not_write(tmp_path: Path, ledger: SqlLedger) -> None:
    reader = SqlLedger.open(tmp_path / "ledger.db", read_only=True)
    with pytest.raises(LedgerDown, match="opened for reading only"):
        await reader.write(booked(1))


@pytest.mark.parametrize("where", ["mysql://me@host/db", "sqlite://", "://", "nonsense://x"])
def test_a_place_that_is_no_ledger_is_refused(where: str) -> None:
    with pytest.raises(BadInput, match="expected"):
        SqlLedger.open(where)


def test_a_file_that_is_no_database_is_called_corrupt(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"these are not the bytes of a ledger" * 100)
    with pytest.raises(LedgerCorrupt, match="not a database"):
        SqlLedger.open(tmp_path / "ledger.db")


def test_a_password_is_never_shown() -> None:
    assert "geheim" not in place_of("postgresql://me:geheim@host/db").name
    with pytest.raises(LedgerDown) as caught:
        SqlLedger.open("postgresql://me:geheim@127.0.0.1:1/db")
    assert "geheim" not in str(caught.value)


def test_a_kill_while_the_file_is_made_leaves_no_half_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(connection: sa.Connection) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cockpit.storage.ledger.migrate", killed)
        with pytest.raises(KeyboardInterrupt):
            SqlLedger.open(tmp_path / "ledger.db")
    assert not (tmp_path / "ledger.db").exists()
    asyncio.run(_begun(tmp_path / "ledger.db"))


async def _begun(path: Path) -> None:
    kept = SqlLedger.open(path)
    assert await kept.write(genesis()) == 1
    await kept.close()


def test_the_migrations_make_what_the_schema_says(tmp_path: Path) -> None:
    asyncio.run(_begun(tmp_path / "ledger.db"))
    with engine_of(place_of(tmp_path / "ledger.db"), is_writer=False).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == REVISION


async def test_tables_of_another_build_are_refused_by_a_reader(tmp_path: Path, ledger: SqlLedger) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as stranger:
        stranger.execute("UPDATE alembic_version SET version_num = 'r9999'")
    stranger.close()
    with pytest.raises(LedgerDown, match="revision r9999; this build reads r0001"):
        SqlLedger.open(tmp_path / "ledger.db", read_only=True)


async def test_tables_of_a_newer_build_are_refused_by_a_writer(tmp_path: Path, ledger: SqlLedger) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as stranger:
        stranger.execute("UPDATE alembic_version SET version_num = 'r9999'")
    stranger.close()
    with pytest.raises(LedgerDown, match="revision 'r9999', which this build does not know"):
        SqlLedger.open(tmp_path / "ledger.db")
