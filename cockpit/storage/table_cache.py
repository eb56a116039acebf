"""Fetched tables kept between runs, a checked column file each, with their origin; age is told, not hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cockpit.clock import Clock
from cockpit.errors import BadInput
from cockpit.evidence import Origin, Rows, Sourced
from cockpit.storage.atomic import replacing
from cockpit.storage.columns import FORMAT, damaged, opened, rows_of, table_of

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
ORIGIN: Final = b"cockpit origin"
DAY_S: Final = 86_400.0
LIFE_S: Final[Mapping[str, float]] = {
    "filings": 100 * DAY_S, "surprises": 100 * DAY_S, "ownership": 130 * DAY_S, "actions": 7 * DAY_S,
}  # fmt: skip
"""How long a kept table serves as if it were new; every other one is of one evening and its next morning."""
EVENING_S: Final = 1.0 * DAY_S


class TableCache:
    """Keep tables below a folder, `filings.parquet`."""

    def __init__(self, root: Path, clock: Clock, life_s: Mapping[str, float] = LIFE_S) -> None:
        self._root = root
        self._clock = clock
        self._life_s = life_s

    def keep(self, name: str, rows: Rows, origin: Origin) -> None:
        """Keep a table in place of what was kept under the name; the file is whole at every instant.

        Errors: BadInput for an unsafe name; OSError when the disk refuses, and what was kept stays.
        """
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replacing(path, partial(_write, table_of(rows), json.dumps(asdict(origin)).encode()))

    def find(self, name: str, dtype: np.dtype[Any]) -> Sourced[Rows] | None:
        """Answer the table kept under the name, to the bit; its origin says that it was kept, how old it is, and
        whether it has expired. None when there is none, or none that can be trusted."""
        path = self._path(name)
        if not path.exists():
            return None
        try:
            rows, origin = self._read(path, dtype)
        except BadInput:
            return None  # damaged, or of an older version: as if it had never been kept, and the next fetch mends it
        age_s = max(0.0, (self._clock.now() - origin.fetched) / 1e9)
        life_s = self._life_s.get(name, EVENING_S)
        words = f"kept since {_ago(age_s)} ago"
        if age_s > life_s:
            words += f", expired: it serves for {_ago(life_s)}"
        said = "; ".join([words, *([origin.fallback] if origin.fallback else [])])
        return Sourced(rows, replace(origin, source=f"{origin.source} (kept)", fallback=said))

    def _read(self, path: Path, dtype: np.dtype[Any]) -> tuple[Rows, Origin]:
        try:
            with opened(path) as file:
                said = json.loads((file.metadata.metadata or {})[ORIGIN])
                return rows_of(file.read(), dtype, path), Origin(**said)
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as fault:
            raise damaged(path, fault) from fault

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise BadInput(f"{name!r} given; small letters, digits, _ and - expected, 64 at most")
        return self._root / f"{name}.parquet"


def _write(table: pa.Table, said: bytes, file: IO[bytes]) -> None:
    with pq.ParquetWriter(file, table.schema, **FORMAT) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({ORIGIN: said})


def _ago(seconds: float) -> str:
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 2 * DAY_S else f"{seconds / DAY_S:.1f} days"
