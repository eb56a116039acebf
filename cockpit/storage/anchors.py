"""Anchors: heads of the journal noted in a second place, so that a chain rewritten from one end to the other is seen.

One line each, `sequence-number hash`, appended at the end of every day and at every close. A torn last line is
ignored: it was never acknowledged.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cockpit.errors import LedgerCorrupt

HASH_LENGTH: Final = 64
LEDGERS: Final = "ledgers"
ANCHORS: Final = "anchors"
"""The folders of a data folder that hold the ledgers and, apart from them, what was noted of their heads."""
ENDING: Final = ".anchors"


class Anchors:
    """Note heads in a file of their own, and hold a chain against them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, head: tuple[int, str]) -> None:
        """Append a head durably; noting the newest one again changes nothing."""
        known = self.noted()
        if head[0] == 0 or known.get(head[0]) == head[1]:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        with self.path.open("r+b") as file:
            # A torn line of an earlier crash is closed first, so that ours stands alone.
            torn = file.seek(0, os.SEEK_END) > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
            file.seek(0, os.SEEK_END)
            file.write(f"{chr(10) if torn else ''}{head[0]} {head[1]}\n".encode())
            file.flush()
            os.fsync(file.fileno())

    def noted(self) -> Mapping[int, str]:
        """Answer the noted heads, hash by sequence number."""
        if not self.path.exists():
            return {}
        heads: dict[int, str] = {}
        for line in self.path.read_text(encoding="ascii", errors="replace").splitlines():
            seq, _, digest = line.partition(" ")
            if seq.isdigit() and len(digest) == HASH_LENGTH:
                heads[int(seq)] = digest
        return heads

    def check(self, found: Mapping[int, str], head_seq: int) -> None:
        """Hold the hashes found in a chain that ends at `head_seq` against what was noted.

        Errors: LedgerCorrupt naming the first sequence number that differs or is gone.
        """
        for seq, digest in sorted(self.noted().items()):
            if seq > head_seq:
                raise LedgerCorrupt(f"entry {head_seq + 1} is missing: {self.path.name} has noted entry {seq}")
            if found.get(seq) != digest:
                raise LedgerCorrupt(f"entry {seq} is not the one {self.path.name} has noted: an entry up to it changed")


def anchors_of(ledger: Path) -> Path:
    """Answer where the heads of a ledger's file are noted: in the data folder's own place for them, else beside it."""
    for folder in ledger.parents:
        if folder.name == LEDGERS and (place := folder.with_name(ANCHORS)).is_dir():
            return place / ledger.relative_to(folder).with_suffix(ENDING)
    return ledger.with_suffix(ENDING)
