"""The journal as text, one canonical JSON entry a line: equal ledgers give equal bytes, whatever keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from cockpit.ports import Entry
from cockpit.storage.atomic import replacing
from cockpit.storage.codec import dumped, encoded


def export_line(entry: Entry) -> str:
    """Answer one entry as one line, without its end."""
    return dumped(
        {
            "body": json.loads(encoded(entry.fact)),
            "hash": entry.hash,
            "kind": entry.kind,
            "seq": entry.seq,
            "ts": entry.ts,
        }
    )


def exported(entries: Iterable[Entry], path: Path) -> int:
    """Write entries to `path`, all or nothing, and answer how many there were."""

    def write(file: IO[bytes]) -> int:
        count = 0
        for entry in entries:
            file.write(export_line(entry).encode() + b"\n")
            count += 1
        return count

    return replacing(path, write)
