"""A backup is one that was read back; it restores to the same head, and old ones go by the week."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest

from cockpit.errors import BadInput, LedgerCorrupt, LedgerDown
from cockpit.storage.backup import backed_up, days, dropped, restored
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.memory import MemoryLedger
from tests.storage.made_facts import DAY, a_journal, booked


async def test_a_running_ledger_is_backed_up_and_restored_to_the_same_head(tmp_path: Path) -> None:
    path = tmp_path / "paper.db"
    kept = SqlLedger.open(path)
    await kept.write(*a_journal())
    backup = backed_up(path, tmp_path / "backups", DAY)
    assert backup.head == kept.head
    await kept.write(booked(90))
    await kept.close()
    _lost(tmp_path)
    assert restored(backup.path, path) == backup.head
    again = SqlLedger.open(path)
    assert [entry.fact for entry in again.read()] == a_journal()
    await again.write(booked(91))
    assert again.verify() == again.head
    await again.close()


def _lost(folder: Path) -> None:
    for file in folder.glob("paper.db*"):
        file.unlink()


async def test_a_backup_made_while_facts_are_written_is_whole(tmp_path: Path) -> None:
    kept = SqlLedger.open(tmp_path / "paper.db")
    await kept.write(*a_journal())

    async def busy() -> None:
        for number in range(100, 400):
            await kept.write(booked(number))

    writing = asyncio.ensure_future(busy())
    made = [await asyncio.to_thread(backed_up, tmp_path / "paper.db", tmp_path / str(n), DAY) for n in range(5)]
    await writing
    await kept.close()
    hashes = {entry.seq: entry.hash for entry in kept.read()}
    for backup in made:
        assert hashes[backup.head[0]] == backup.head[1]


def test_only_its_owner_can_read_a_backup_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    backup = backed_up(asyncio.run(_made(tmp_path)), tmp_path / "backups", DAY)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["paper-2026-11-20.db"]
    assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600


async def _made(tmp_path: Path) -> Path:
    kept = SqlLedger.open(tmp_path / "paper.db")
    await kept.write(*a_journal())
    await kept.close()
    return tmp_path / "paper.db"


def _damage(path: Path) -> None:
    stranger = sqlite3.connect(path)
    stranger.execute("DROP TRIGGER event_keeps_words")
    stranger.execute("UPDATE event SET body = replace(body, '142000', '143000') WHERE seq = 10")
    stranger.commit()
    stranger.close()


def test_a_ledger_in_doubt_replaces_no_backup(tmp_path: Path) -> None:
    path = asyncio.run(_made(tmp_path))
    good = backed_up(path, tmp_path / "backups", DAY)
    raw = good.path.read_bytes()
    _damage(path)
    with pytest.raises(LedgerCorrupt, match="entry 10"):
        backed_up(path, tmp_path / "backups", DAY)
    assert good.path.read_bytes() == raw
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_a_backup_in_doubt_is_not_restored(tmp_path: Path) -> None:
    path = asyncio.run(_made(tmp_path))
    backup = backed_up(path, tmp_path / "backups", DAY)
    _damage(backup.path)
    _lost(tmp_path)
    with pytest.raises(LedgerCorrupt, match="entry 10"):
        restored(backup.path, path)
    assert not path.exists()


def test_a_restore_never_overwrites(tmp_path: Path) -> None:
    path = asyncio.run(_made(tmp_path))
    backup = backed_up(path, tmp_path / "backups", DAY)
    with pytest.raises(BadInput, match="is still there"):
        restored(backup.path, path)


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no ledger at"):
        backed_up(tmp_path / "none.db", tmp_path, DAY)
    with pytest.raises(BadInput, match="no backup at"):
        restored(tmp_path / "none.db", tmp_path / "paper.db")


def test_a_folder_that_cannot_take_the_copy_is_an_error(tmp_path: Path) -> None:
    path = asyncio.run(_made(tmp_path))
    (tmp_path / "backups" / ".paper-2026-11-20.db.part").mkdir(parents=True)
    with pytest.raises((LedgerDown, OSError)):
        backed_up(path, tmp_path / "backups", DAY)


def test_seven_days_and_eight_weeks_are_kept(tmp_path: Path) -> None:
    path = asyncio.run(_made(tmp_path))
    for back in range(100, -1, -9):
        backed_up(path, tmp_path / "backups", DAY - timedelta(days=back))
    assert len(days(tmp_path / "backups", "paper")) <= 8 + 7
    every_day = {DAY - timedelta(days=back) for back in range(365)}
    kept: set[date] = set()
    for day in sorted(every_day):
        kept.add(day)
        kept -= set(dropped(kept))
    newest = sorted(kept, reverse=True)
    assert newest[:7] == [DAY - timedelta(days=back) for back in range(7)]
    weeks = {day.isocalendar()[:2] for day in newest}
    assert len(weeks) == 8
    assert len(newest) <= 7 + 8


async def test_a_plain_copy_of_the_file_is_stale_and_that_is_why_we_do_not_make_one(tmp_path: Path) -> None:
    kept = SqlLedger.open(tmp_path / "paper.db")
    await kept.write(*a_journal())
    backup = backed_up(tmp_path / "paper.db", tmp_path / "backups", DAY)
    plain = tmp_path / "plain.db"
    plain.write_bytes((tmp_path / "paper.db").read_bytes())
    assert SqlLedger.open(plain, read_only=True).head[0] < backup.head[0]
    twin = MemoryLedger()
    await twin.write(*a_journal())
    assert backup.head == twin.head
    await kept.close()
