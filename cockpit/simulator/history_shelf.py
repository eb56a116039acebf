"""Keeps a walked history between runs as one column file; a file of another market is never read."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from cockpit.market import Session
from cockpit.simulator.effects import MODEL
from cockpit.simulator.history import History
from cockpit.simulator.listings import Listing


class HistoryShelf:
    """One file for one market: its name is the fingerprint of seed, model, names, timetable and numpy's dice."""

    def __init__(self, folder: Path, seed: int, listings: Sequence[Listing], sessions: Sequence[Session]) -> None:
        said = hashlib.sha256(f"{seed} {MODEL} {np.__version__}".encode())
        said.update(repr(listings).encode())
        said.update(repr([(s.day, s.plain, s.auction) for s in sessions]).encode())
        self._path = folder / f"practice-{seed}-{said.hexdigest()[:16]}.npz"

    def read(self) -> History | None:
        """Answer the kept history, None when there is none that can be read: it is walked again then."""
        if not self._path.is_file():
            return None
        try:
            with self._path.open("rb") as file, np.load(file) as columns:
                return History(**{f.name: columns[f.name] for f in fields(History)})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def write(self, history: History) -> None:
        """Keep a history; a half-written file is never found under the right name."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Exchange and cockpit may both be walking the same market: each writes its own draft.
        with tempfile.NamedTemporaryFile(dir=self._path.parent, suffix=".draft", delete=False) as draft:
            np.savez(draft, allow_pickle=False, **{f.name: getattr(history, f.name) for f in fields(History)})
        Path(draft.name).replace(self._path)
