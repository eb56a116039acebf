"""Bars that were bought or built once, in one column file a day and interval, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cockpit.errors import BadInput
from cockpit.market import BAR, Bars, Interval
from cockpit.storage.atomic import replacing
from cockpit.storage.columns import FORMAT, damaged, opened, rows_of, table_of


class CandleStore:
    """Keep bars below a folder, `15m/2026-11-20.parquet`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, day: date, interval: Interval, bars: Bars) -> Path:
        """Keep a day's bars in place of what was there; the file is whole at every instant.

        Errors: BadInput for an array that is no `Bars` or holds bars of another interval.
        """
        if bars.dtype != BAR:
            raise BadInput(f"an array of {bars.dtype} given; BAR expected")
        if bars.size and (bars["interval_s"] != interval).any():
            raise BadInput(f"bars of {sorted(set(bars['interval_s'].tolist()))} s given; {int(interval)} s expected")
        path = self._path(day, interval)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replacing(path, lambda file: pq.write_table(table_of(bars), file, **FORMAT))
        return path

    def load(self, day: date, interval: Interval) -> Bars:
        """Answer a day's bars exactly as they were saved.

        Errors: BadInput when the day was never saved, or its file is not what was written.
        """
        path = self._path(day, interval)
        if not path.exists():
            raise BadInput(
                f"no {interval.label} bars of {day} are stored in {self._root}",
                remedy="Ask `has` first, or fetch the day's history.",
            )
        try:
            with opened(path) as file:
                return rows_of(file.read(), BAR, path)
        except (pa.ArrowException, OSError) as fault:
            raise damaged(path, fault) from fault

    def has(self, day: date, interval: Interval) -> bool:
        """Tell whether a day's bars are stored."""
        return self._path(day, interval).exists()

    def days(self, interval: Interval) -> Sequence[date]:
        """Answer the days that are stored, oldest first."""
        return tuple(date.fromisoformat(path.stem) for path in sorted((self._root / interval.label).glob("*.parquet")))

    def _path(self, day: date, interval: Interval) -> Path:
        return self._root / interval.label / f"{day.isoformat()}.parquet"
