"""Reads the shipped universe: 614 NSE names and the invented figures the practice market starts from."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from cockpit.errors import BadInput
from cockpit.market import Series
from cockpit.money import CRORE, Paise, Price, paise

UNIVERSE_SIZE: Final = 614
COLUMNS: Final = (
    "symbol",
    "name",
    "sector",
    "cap",
    "has_derivatives",
    "series",
    "practice_price_rupees",
    "practice_adv_cr",
)
SYMBOL: Final = re.compile(r"[A-Z0-9][A-Z0-9&-]{0,19}")
_Kind = TypeVar("_Kind", bound=StrEnum)


class Cap(StrEnum):
    """The size class of a company, our own reading."""

    LARGE = "LARGE"
    MID = "MID"
    SMALL = "SMALL"


@dataclass(frozen=True, slots=True)
class UniverseRow:
    """Name one stock of the universe. The two practice figures are invented and are never quotes."""

    symbol: str
    name: str
    sector: str
    cap: Cap
    has_derivatives: bool
    series: Series
    practice_price: Price
    """Where the practice market starts, paise."""
    practice_adv_paise: Paise
    """Average value the practice market trades in a day, paise."""


def load_universe(path: Path, *, size: int = UNIVERSE_SIZE) -> tuple[UniverseRow, ...]:
    """Read the universe, in the order of the file.

    Errors: BadInput naming row and column of the first value that cannot be, a symbol given twice, or another count
    than `size`.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise BadInput(f"{path.name}: columns {reader.fieldnames} given, {','.join(COLUMNS)} expected")
        rows = [_row(record, f"{path.name} row {number}") for number, record in enumerate(reader, start=2)]
    first_seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        if row.symbol in first_seen:
            raise BadInput(
                f"{path.name} row {number}, column symbol: {row.symbol} is already in row {first_seen[row.symbol]}"
            )
        first_seen[row.symbol] = number
    if len(rows) != size:
        raise BadInput(f"{path.name}: {len(rows)} names given, {size} expected; restore the shipped file")
    return tuple(rows)


def _row(record: Mapping[str | None, str | None], where: str) -> UniverseRow:
    if None in record:
        raise BadInput(f"{where}: more than {len(COLUMNS)} values given; quote names that hold a comma")
    text = {column: (record[column] or "").strip() for column in COLUMNS}
    for column, value in text.items():
        if not value:
            raise BadInput(f"{where}, column {column}: nothing given")
    if not SYMBOL.fullmatch(text["symbol"]):
        raise BadInput(f"{where}, column symbol: {text['symbol']!r} given, capitals, digits, & and - expected")
    if text["has_derivatives"] not in {"0", "1"}:
        raise BadInput(f"{where}, column has_derivatives: {text['has_derivatives']!r} given, 0 or 1 expected")
    return UniverseRow(
        symbol=text["symbol"],
        name=text["name"],
        sector=text["sector"],
        cap=_word(Cap, text["cap"], where, "cap"),
        has_derivatives=text["has_derivatives"] == "1",
        series=_word(Series, text["series"], where, "series"),
        practice_price=_amount(text["practice_price_rupees"], 1, where, "practice_price_rupees"),
        practice_adv_paise=_amount(text["practice_adv_cr"], CRORE, where, "practice_adv_cr"),
    )


def _word(kind: type[_Kind], text: str, where: str, column: str) -> _Kind:
    try:
        return kind(text)
    except ValueError as error:
        raise BadInput(f"{where}, column {column}: {text!r} given, {' or '.join(kind)} expected") from error


def _amount(text: str, unit: int, where: str, column: str) -> Paise:
    try:
        amount = paise(Decimal(text) * unit)
    except (InvalidOperation, BadInput, OverflowError) as error:
        raise BadInput(
            f"{where}, column {column}: {text!r} given, a number of at most two decimals expected"
        ) from error
    if amount <= 0:
        raise BadInput(f"{where}, column {column}: {text} given, a number above 0 expected")
    return amount
