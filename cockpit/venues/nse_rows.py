"""Reading NSE's files row by row: columns by name, numbers and dates as NSE writes them, bad rows named by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias

import numpy as np

from cockpit.clock import IST, to_ns
from cockpit.errors import BadInput
from cockpit.evidence import Rows

BAD_SHARE: Final = 0.05
"""A file of which more rows cannot be read is not what it claims to be."""
BAD_ALLOWED: Final = 1
NAMED: Final = 5
DAYS: Final = ("%d-%b-%Y", "%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y", "%d-%b-%y")
INSTANTS: Final = ("%d-%b-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d-%b-%Y %H:%M", "%d-%m-%Y %H:%M:%S")
Row: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The rows of a file, and the ones that could not be read, each named by file and line."""

    rows: Rows
    bad: tuple[str, ...]


def csv_rows(text: str, file: str, needed: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Yield (line, row) of a CSV with NSE's habits: spaces around names and values, a title above the header.

    Errors: BadInput naming the columns that are missing.
    """
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), skipinitialspace=True)
    wanted = {_key(name) for name in needed}
    for head in reader:
        names = [_key(name) for name in head]
        if wanted <= set(names):
            break
        if reader.line_num > 3:
            raise BadInput(f"{file}: no header with the columns {', '.join(needed)} in its first lines")
    else:
        raise BadInput(f"{file}: no header with the columns {', '.join(needed)}")
    for values in reader:
        if any(value.strip() for value in values):
            yield reader.line_num, {n: v.strip() for n, v in zip(names, values, strict=False)}


def json_rows(text: str, file: str) -> list[dict[str, Any]]:
    """Answer the records of a JSON file: a list, or a list under `data`.

    Errors: BadInput when it is neither: NSE answers a web page to whom it does not like.
    """
    try:
        told = json.loads(text)
    except ValueError as fault:
        raise BadInput(f"{file}: no JSON: {str(fault)[:80]}; download it again in a browser") from fault
    if isinstance(told, dict):
        told = told.get("data")
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise BadInput(f"{file}: a list of records expected")
    return told


def collected(
    rows: Iterator[tuple[int, Row]], file: str, dtype: np.dtype[Any], read: Callable[[Row], tuple[Any, ...] | None]
) -> Parsed:
    """Read rows one by one; `read` answers the fields of `dtype` in order, or None for a row that is not wanted.

    Errors: BadInput when too many rows are bad, naming the first of them.
    """
    good: list[tuple[Any, ...]] = []
    bad: list[str] = []
    n_rows = 0
    for line, row in rows:
        n_rows += 1
        try:
            fields = read(row)
        except (BadInput, KeyError, ValueError, OverflowError) as fault:
            bad.append(f"{file} line {line}: {fault if isinstance(fault, BadInput) else repr(fault)}")
        else:
            if fields is not None:
                good.append(fields)
    if len(bad) > max(BAD_ALLOWED, BAD_SHARE * n_rows):
        raise BadInput(f"{len(bad)} of {n_rows} rows cannot be read: {'; '.join(bad[:NAMED])}")
    return Parsed(np.array(good, dtype=dtype), tuple(bad))


def number(text: str) -> float:
    """Read a number with or without commas; NSE writes `-` where there is none, which is NaN.

    Errors: BadInput for anything else.
    """
    plain = text.replace(",", "").strip()
    if plain in {"-", "", "NA", "nil", "Nil", "NIL"}:
        return float("nan")
    try:
        value = float(plain)
    except ValueError as fault:
        raise BadInput(f"{text!r} given, a number expected") from fault
    if not np.isfinite(value):
        raise BadInput(f"{text!r} given, a finite number expected")
    return value


def known(text: str) -> float:
    """Read a number that must be there."""
    value = number(text)
    if np.isnan(value):
        raise BadInput(f"{text!r} given, a number expected")
    return value


def day(text: str) -> date:
    """Read a date in any of the ways NSE writes it.

    Errors: BadInput otherwise.
    """
    for way in DAYS:
        try:
            return datetime.strptime(text.strip().title(), way).replace(tzinfo=IST).date()
        except ValueError:
            continue
    raise BadInput(f"{text!r} given, a date like 28-Jun-2024 expected")


def moment(text: str) -> int:
    """Read an Indian wall-clock instant as ns UTC.

    Errors: BadInput otherwise.
    """
    for way in INSTANTS:
        try:
            return to_ns(datetime.strptime(text.strip().title(), way).replace(tzinfo=IST))
        except ValueError:
            continue
    raise BadInput(f"{text!r} given, an instant like 28-Jun-2024 18:22:10 expected")


def _key(name: str) -> str:
    return " ".join(name.strip().strip('"').upper().split())
