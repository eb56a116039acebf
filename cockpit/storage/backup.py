"""Backups that restore: made by the database's own online copy, verified entry by entry, and kept 7 days and 8 weeks.

A plain copy of a running ledger's file looks healthy and lacks whatever still stands in its side file; so a backup is
never a file copy, and a backup that was not read back is not one.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from cockpit.errors import BadInput, LedgerDown
from cockpit.storage.anchors import anchors_of
from cockpit.storage.atomic import sync_folder
from cockpit.storage.ledger import SqlLedger

DAILY: Final = 7
WEEKLY: Final = 8
PAGES: Final = 1_024
"""Pages copied at a time, so that the ledger's writer is never held up for long."""
PAUSE_S: Final = 0.001


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified copy of a ledger: where it is, of which day, and the head it ends in."""

    path: Path
    day: date
    head: tuple[int, str]


def backed_up(ledger: Path, folder: Path, day: date) -> Backup:
    """Copy a ledger, running or not, read the copy back, and drop the copies that are too old.

    Errors: LedgerDown when the copy cannot be made; LedgerCorrupt when what was copied does not verify (the ledger
    itself is then in doubt): no backup is left and no older one is dropped.
    """
    if not ledger.exists():
        raise BadInput(f"no ledger at {ledger} to back up", remedy="Give the path of a ledger that is there.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = _path(folder, ledger.stem, day)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        _copied(ledger, part)
        head = SqlLedger.open(part, read_only=True, anchors=_no_anchors(part)).verify()
        part.replace(path)
    finally:
        for leftover in (part, part.with_name(f"{part.name}-wal"), part.with_name(f"{part.name}-shm")):
            leftover.unlink(missing_ok=True)
    sync_folder(folder)
    for old in dropped(days(folder, ledger.stem)):
        _path(folder, ledger.stem, old).unlink()
    return Backup(path, day, head)


def restored(backup: Path, ledger: Path) -> tuple[int, str]:
    """Put a backup in the place of a ledger that is gone, and answer its head after reading every entry.

    The heads noted of the lost ledger are set aside: entries after the backup are gone, and a person chose so.

    Errors: BadInput when a ledger is still there, because a restore never overwrites; LedgerCorrupt when the backup
    does not verify; then nothing is put in place.
    """
    if ledger.exists():
        raise BadInput(f"{ledger} is still there", remedy="Move the damaged ledger and its -wal file aside first.")
    if not backup.exists():
        raise BadInput(f"no backup at {backup}", remedy="Give the path of a backup that is there.")
    head = SqlLedger.open(backup, read_only=True, anchors=_no_anchors(backup)).verify()
    ledger.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = ledger.with_name(f".{ledger.name}.part")
    part.unlink(missing_ok=True)
    _copied(backup, part)
    part.rename(ledger)
    anchors = anchors_of(ledger)
    if anchors.exists():
        anchors.replace(anchors.with_name(f"{anchors.name}.before-restore-{head[0]}"))
    sync_folder(ledger.parent)
    found = SqlLedger.open(ledger, read_only=True, anchors=_no_anchors(ledger)).verify()
    if found != head:
        raise LedgerDown(f"the restored ledger ends in {found}, the backup in {head}")
    return head


def days(folder: Path, stem: str) -> Sequence[date]:
    """Answer the days a ledger was backed up, oldest first."""
    return tuple(sorted(date.fromisoformat(path.stem[-10:]) for path in folder.glob(f"{stem}-????-??-??.db")))


def dropped(kept: Iterable[date]) -> Sequence[date]:
    """Answer which backups are too old: all but the newest 7, and the newest of each of the newest 8 weeks."""
    newest_first = sorted(set(kept), reverse=True)
    weekly: dict[tuple[int, int], date] = {}
    for day in newest_first:
        weekly.setdefault(day.isocalendar()[:2], day)
    staying = {*newest_first[:DAILY], *list(weekly.values())[:WEEKLY]}
    return tuple(day for day in reversed(newest_first) if day not in staying)


def _copied(source: Path, target: Path) -> None:
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            target.chmod(0o600)
            new.execute("PRAGMA synchronous = FULL")
            old.backup(new, pages=PAGES, sleep=PAUSE_S)
    except (sqlite3.Error, OSError) as fault:
        target.unlink(missing_ok=True)
        raise LedgerDown(
            f"{source} could not be copied to {target}: {fault}", remedy="Free the backup disk and try again."
        ) from fault


def _no_anchors(path: Path) -> Path:
    return path.with_name(f"{path.name}.no-anchors")


def _path(folder: Path, stem: str, day: date) -> Path:
    return folder / f"{stem}-{day.isoformat()}.db"
