"""Whoever changes the past is seen: by the chain, by the head, by the anchors; and the first bad entry is named."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cockpit.errors import LedgerCorrupt, LedgerDown
from cockpit.ports import Entry
from cockpit.storage.anchors import Anchors, anchors_of
from cockpit.storage.chain import EMPTY, Row, drafted, linked, walked
from cockpit.storage.home import Home
from cockpit.storage.ledger import SqlLedger
from tests.storage.made_facts import a_journal, booked

FACTS = a_journal(2)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Answer a closed ledger of two days whose side file is folded in."""
    kept = SqlLedger.open(tmp_path / "ledger.db")
    for fact in FACTS:
        await kept.write(fact)
    await kept.close()
    return tmp_path / "ledger.db"


def _verified(path: Path) -> list[Entry]:
    kept = SqlLedger.open(path, read_only=True)
    kept.verify()
    return list(kept.read())


def _changed_in(path: Path, offset: int, bit: int) -> Path:
    copy = path.with_name("copy.db")
    shutil.copyfile(path, copy)
    with copy.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))
    return copy


@pytest.mark.slow
def test_every_changed_byte_of_an_entry_is_seen(path: Path) -> None:
    raw = path.read_bytes()
    row = next(_rows(path, "seq = 9"))
    start = raw.index(row.body.encode())
    for offset in range(start, start + len(row.body) + len(row.prev) + len(row.hash)):
        with pytest.raises(LedgerDown):
            _verified(_changed_in(path, offset, offset % 7))


def test_a_changed_byte_anywhere_is_seen_or_changes_nothing_that_is_read(path: Path) -> None:
    before, size = _verified(path), path.stat().st_size
    draw, seen = random.Random(5), 0
    for offset in draw.sample(range(size), 300):
        copy = _changed_in(path, offset, draw.randrange(8))
        try:
            assert _verified(copy) == before
        except LedgerDown:
            seen += 1
    assert seen > 100


def _rows(path: Path, where: str) -> Iterator[Row]:
    stranger = sqlite3.connect(path)
    found = [Row(*row) for row in stranger.execute(f"SELECT * FROM event WHERE {where} ORDER BY seq")]
    stranger.close()
    return iter(found)


Crime = Callable[[sqlite3.Connection], None]


def _delete(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM event WHERE seq = 9")


def _delete_tail(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM event WHERE seq > 30")


def _delete_tail_and_move_head(connection: sqlite3.Connection) -> None:
    _delete_tail(connection)
    connection.execute("UPDATE head SET seq = 30, hash = (SELECT hash FROM event WHERE seq = 30)")


def _delete_all(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM event")
    connection.execute("UPDATE head SET seq = 0, hash = ''")


def _swap(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET seq = 1000 WHERE seq = 8")
    connection.execute("UPDATE event SET seq = 8 WHERE seq = 9")
    connection.execute("UPDATE event SET seq = 9 WHERE seq = 1000")


def _edit(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET body = replace(body, '142000', '143000') WHERE seq = 10")


def _edit_ts(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET ts = ts + 1 WHERE seq = 10")


def _free_a_key(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET key = NULL WHERE seq = 10")


def _rename_kind(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET kind = 'Incident' WHERE seq = 10")


def _append(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO event SELECT 42, ts, kind, 'x', body, 'x', hash FROM event WHERE seq = 10")


def _rewrite(connection: sqlite3.Connection) -> None:
    """Rewrite the whole chain without one fill, every hash recomputed: only the second place can tell."""
    _, rows = linked(EMPTY, drafted(FACTS[:9] + FACTS[10:]))
    connection.execute("DELETE FROM event")
    connection.executemany(
        "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(r.seq, r.ts, r.kind, r.key, r.body, r.prev, r.hash) for r in rows],
    )
    connection.execute("UPDATE head SET seq = ?, hash = ?", (rows[-1].seq, rows[-1].hash))


@pytest.mark.parametrize(
    ("crime", "said"),
    [
        (_delete, "entry 9 is missing"),
        (_delete_tail, "entry 30|entry 31|entry 41"),
        (_delete_tail_and_move_head, "entry 31 is missing"),
        (_delete_all, "entry 1 is missing"),
        (_swap, "entry 8 "),
        (_edit, "entry 10 was changed"),
        (_edit_ts, "entry 10 was changed"),
        (_free_a_key, "entry 10 has another key"),
        (_rename_kind, "entry 10 was changed"),
        (_append, "entry 42|foreign"),
        (_rewrite, "entry 21 is not the one"),
    ],
)
async def test_a_stranger_with_the_guards_off_is_seen(path: Path, crime: Crime, said: str) -> None:
    _commit_crime(path, crime)
    with pytest.raises(LedgerCorrupt, match=said):
        _verified(path)


async def test_guards_that_are_gone_are_seen(path: Path) -> None:
    stranger = sqlite3.connect(path)
    stranger.execute("DROP TRIGGER event_keeps_words")
    stranger.close()
    for read_only in (True, False):
        with pytest.raises(LedgerCorrupt, match="event_keeps_words"):
            SqlLedger.open(path, read_only=read_only).verify()


def test_reading_on_after_a_given_entry_proves_the_join() -> None:
    head, rows = linked(EMPTY, drafted(FACTS))
    with pytest.raises(LedgerCorrupt, match="entry 6 does not follow entry 5"):
        list(walked((5, "0" * 64), rows[5:], head.pair))
    with pytest.raises(LedgerCorrupt, match="entry 7 was changed"):
        list(walked((5, rows[4].hash), [rows[5], replace(rows[6], ts=1)], head.pair))


def test_anchors_survive_a_torn_last_line(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / "heads")
    anchors.note((5, "a" * 64))
    with anchors.path.open("a") as file:
        file.write("9 bbb")
    anchors.note((9, "c" * 64))
    anchors.note((9, "c" * 64))
    assert anchors.noted() == {5: "a" * 64, 9: "c" * 64}
    assert anchors.path.read_text().count("\n") == 3


async def test_heads_are_noted_at_the_end_of_each_day_and_at_the_close(path: Path) -> None:
    ends = [i for i, fact in enumerate(FACTS, 1) if type(fact).__name__ == "DayClosed"]
    assert list(Anchors(path.with_suffix(".anchors")).noted()) == ends
    kept = SqlLedger.open(path)
    await kept.write(booked(77))
    await kept.close()
    assert kept.head[0] in Anchors(path.with_suffix(".anchors")).noted()


async def test_the_data_folder_has_its_own_place_for_heads_and_a_reader_finds_it(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    path = home.ledger("practice/2026-11-20-run1")
    kept = SqlLedger.open(path)
    await kept.write(*FACTS)
    await kept.close()
    assert anchors_of(path) == home.anchors("practice/2026-11-20-run1")
    assert len(Anchors(anchors_of(path)).noted()) == 1
    _commit_crime(path, _rewrite)
    with pytest.raises(LedgerCorrupt, match="entry 41 is missing"):
        _verified(path)


def _commit_crime(path: Path, crime: Crime) -> None:
    stranger = sqlite3.connect(path)
    guards = [text for (text,) in stranger.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
    for text in guards:
        stranger.execute(f"DROP TRIGGER {text.split()[2]}")
    crime(stranger)
    for text in guards:
        stranger.execute(text)
    stranger.commit()
    stranger.close()
