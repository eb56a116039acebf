"""Knows under which symbol a company trades today: renamings with their dates, from a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from cockpit.errors import BadInput

COLUMNS: Final = ("old", "new", "since")


@dataclass(frozen=True, slots=True)
class Rename:
    """From the morning of `since` the name `old` trades as `new`."""

    old: str
    new: str
    since: date


class Renames:
    """Follow a symbol through its renamings. A symbol given to another company later is told apart by the day."""

    def __init__(self, renames: Iterable[Rename]) -> None:
        self._by_old: dict[str, list[Rename]] = {}
        for rename in sorted(renames, key=lambda r: r.since):
            self._by_old.setdefault(rename.old, []).append(rename)

    def today(self, symbol: str, seen: date = date.min) -> str:
        """Answer what the company is called now that was called `symbol` on the day `seen`."""
        while (step := self._next(symbol, seen)) is not None:
            symbol, seen = step.new, step.since
        return symbol

    def since(self, symbol: str) -> date | None:
        """Answer when a symbol was last given up, None when it never was."""
        steps = self._by_old.get(symbol)
        return steps[-1].since if steps else None

    def _next(self, symbol: str, seen: date) -> Rename | None:
        return next((r for r in self._by_old.get(symbol, ()) if r.since > seen), None)


NO_RENAMES: Final = Renames(())


def load_renames(path: Path) -> Renames:
    """Read the table of renamings.

    Errors: BadInput naming the row and what is wrong with it.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise BadInput(f"{path.name}: columns {reader.fieldnames} given, {','.join(COLUMNS)} expected")
        return Renames([_rename(row, f"{path.name} row {number}") for number, row in enumerate(reader, start=2)])


def _rename(row: Mapping[str, str], where: str) -> Rename:
    try:
        rename = Rename(row["old"].strip(), row["new"].strip(), date.fromisoformat(row["since"].strip()))
    except (ValueError, AttributeError) as fault:
        raise BadInput(f"{where}: {dict(row)} given, an old symbol, a new one and a date expected") from fault
    if not rename.old or not rename.new or rename.old == rename.new:
        raise BadInput(f"{where}: {rename.old!r} became {rename.new!r}: two different symbols expected")
    return rename
