"""Reads and checks the dated tables behind the calendar: exception days, timetables and the exchange's yearly list."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cockpit.errors import BadInput
from cockpit.market import Phase

COLUMNS: Final = ("date", "kind", "open", "close", "name", "source")
UNCONFIRMED: Final = "unconfirmed times:"
"""How the source of a row begins when the day is known and its hours are not."""
MIN_HOLIDAYS: Final = 8
"""A yearly list with fewer weekday holidays is a piece of a list; the shortest since 2010 has ten."""
DATE_FORMATS: Final = ("%d-%b-%Y", "%d-%B-%Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%Y-%m-%d", "%d-%m-%Y")


class DayKind(StrEnum):
    """Why a day departs from the regular Monday to Friday."""

    HOLIDAY = "HOLIDAY"
    SPECIAL = "SPECIAL"
    MUHURAT = "MUHURAT"


@dataclass(frozen=True, slots=True)
class DayRow:
    """One row of the session table; a day with two windows has two rows, a Muhurat day may lack its hours."""

    day: date
    kind: DayKind
    opens: time | None
    closes: time | None
    name: str
    source: str

    @property
    def is_confirmed(self) -> bool:
        """Tell whether the hours are from a published timetable."""
        return not self.source.startswith(UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of the trading day in one phase, Indian wall-clock time, [opens, closes)."""

    phase: Phase
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Timetable:
    """The exchange's day since `effective_from`; `auction` is for names that close by auction."""

    name: str
    effective_from: date
    source: str
    plain: tuple[Span, ...]
    auction: tuple[Span, ...]
    square_off: time
    square_off_hard: time


@dataclass(frozen=True, slots=True)
class SpecialRule:
    """How the rest of a short day is arranged around its continuous windows, in minutes."""

    pre_open_minutes: int
    post_close_after_minutes: int
    post_close_minutes: int
    square_off_before_close_minutes: int
    square_off_hard_before_close_minutes: int


@dataclass(frozen=True, slots=True)
class Timetables:
    """All timetables in order of their dates, the rule for short days, and the last day the file vouches for."""

    models: tuple[Timetable, ...]
    special: SpecialRule
    valid_until: date


def read_rows(path: Path) -> tuple[DayRow, ...]:
    """Read a session table in the house's own format.

    Errors: BadInput naming file, row and column of the first value that cannot be.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise BadInput(f"{path.name}: columns {reader.fieldnames} given, {','.join(COLUMNS)} expected")
        rows = tuple(_row(record, f"{path.name} row {number}") for number, record in enumerate(reader, start=2))
    check_rows(rows, path.name)
    return rows


def write_rows(path: Path, rows: Iterable[DayRow]) -> None:
    """Write rows in the house's own format, so that an imported list is there at the next start."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            hours = (f"{at:%H:%M}" if at is not None else "" for at in (row.opens, row.closes))
            writer.writerow((row.day.isoformat(), row.kind.value, *hours, row.name, row.source))


def check_rows(rows: Sequence[DayRow], origin: str) -> None:
    """Refuse rows that contradict each other: unordered days, a holiday beside a session, windows that overlap."""
    for earlier, later in pairwise(rows):
        if later.day < earlier.day:
            raise BadInput(f"{origin}: {later.day} follows {earlier.day}; sort the rows by date")
        if later.day > earlier.day:
            continue
        if DayKind.HOLIDAY in (earlier.kind, later.kind) or earlier.kind is not later.kind:
            raise BadInput(f"{origin}: {later.day} is given twice, as {earlier.kind} and {later.kind}; keep one")
        if earlier.closes is None or later.opens is None or later.opens <= earlier.closes:
            raise BadInput(f"{origin}: the windows of {later.day} overlap or are out of order")


def read_timetables(path: Path) -> Timetables:
    """Read the dated timetables.

    Errors: BadInput naming the model and key that is missing or cannot be.
    """
    with path.open("rb") as file:
        table = tomllib.load(file)
    try:
        models = tuple(_timetable(entry) for entry in table["model"])
        special = SpecialRule(**table["special"])
        valid_until = table["valid_until"]
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path.name}: {error}; compare the entry with the one before it") from error
    starts = [model.effective_from for model in models]
    if not starts or starts != sorted(set(starts)):
        raise BadInput(f"{path.name}: models start on {starts}; dates that rise are expected")
    return Timetables(models, special, valid_until)


def import_holidays(path: Path) -> tuple[DayRow, ...]:
    """Read the exchange's own yearly holiday list (CSV with a date and a description column) into checked rows.

    Weekend holidays are left out, because no session falls on them. Laxmi Pujan becomes a Muhurat day without hours:
    the exchange notifies those later, and until then the calendar answers neither "open" nor "closed" for it.
    Errors: BadInput naming the row, when a date cannot be read, contradicts its weekday, repeats, or is of a second
    year, and when the list is too short to be a year's.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.reader(file))
    head, date_at, name_at, day_at = _find_header(records, path.name)
    rows: dict[date, DayRow] = {}
    for number, record in enumerate(records[head + 1 :], start=head + 2):
        if not any(cell.strip() for cell in record):
            continue
        where = f"{path.name} row {number}"
        row = _listed(record, where, date_at, name_at, day_at)
        if row.day in rows:
            raise BadInput(f"{where}: {row.day} is listed twice")
        rows[row.day] = row
    kept = tuple(rows[day] for day in sorted(rows) if day.weekday() < 5 or rows[day].kind is DayKind.MUHURAT)
    _check_year(kept, path.name)
    return kept


def _row(record: Mapping[str, str | None], where: str) -> DayRow:
    values = {column: (record.get(column) or "").strip() for column in COLUMNS}
    for column in ("date", "kind", "name", "source"):
        if not values[column]:
            raise BadInput(f"{where}, column {column}: nothing given")
    day = _parsed(date.fromisoformat, values["date"], where, "date", "a date like 2026-01-26")
    kind = _parsed(DayKind, values["kind"], where, "kind", " or ".join(DayKind))
    opens = _parsed(time.fromisoformat, values["open"], where, "open", "09:15") if values["open"] else None
    closes = _parsed(time.fromisoformat, values["close"], where, "close", "15:30") if values["close"] else None
    if kind is DayKind.HOLIDAY and (opens or closes or day.weekday() >= 5):
        raise BadInput(f"{where}: a holiday is a weekday without hours; {values['date']} is given otherwise")
    if (opens is None) != (closes is None) or (opens is None and kind is DayKind.SPECIAL):
        raise BadInput(f"{where}, columns open and close: both expected for a {kind} day")
    if opens is not None and closes is not None and closes <= opens:
        raise BadInput(f"{where}, column close: {values['close']} is not after {values['open']}")
    return DayRow(day, kind, opens, closes, values["name"], values["source"])


def _parsed(read: Any, text: str, where: str, column: str, expected: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise BadInput(f"{where}, column {column}: {text!r} given, {expected} expected") from error


def _timetable(entry: Mapping[str, Any]) -> Timetable:
    plain = tuple(_span(span) for span in entry["plain"])
    return Timetable(
        name=entry["name"],
        effective_from=entry["effective_from"],
        source=entry["source"],
        plain=plain,
        auction=tuple(_span(span) for span in entry["auction"]) if "auction" in entry else plain,
        square_off=time.fromisoformat(entry["square_off"]),
        square_off_hard=time.fromisoformat(entry["square_off_hard"]),
    )


def _span(entry: Mapping[str, str]) -> Span:
    span = Span(Phase(entry["phase"]), time.fromisoformat(entry["opens"]), time.fromisoformat(entry["closes"]))
    if span.closes <= span.opens:
        raise ValueError(f"window {dict(entry)} closes before it opens")
    return span


def _find_header(records: Sequence[Sequence[str]], name: str) -> tuple[int, int, int, int | None]:
    for at, record in enumerate(records):
        columns = [cell.strip().lower() for cell in record]
        if "date" in columns and {"description", "holiday", "holidays"} & set(columns):
            title = next(c for c in columns if c in {"description", "holiday", "holidays"})
            return at, columns.index("date"), columns.index(title), columns.index("day") if "day" in columns else None
    raise BadInput(f"{name}: no header with Date and Description found; give the exchange's yearly holiday list as CSV")


def _listed(record: Sequence[str], where: str, date_at: int, name_at: int, day_at: int | None) -> DayRow:
    if len(record) <= max(date_at, name_at):
        raise BadInput(f"{where}: {len(record)} columns given, date and description expected")
    day = _listed_date(record[date_at].strip(), where)
    weekday = record[day_at].strip() if day_at is not None and day_at < len(record) else ""
    if weekday and not f"{day:%A}".lower().startswith(weekday[:3].lower()):
        raise BadInput(f"{where}: {day} is a {day:%A}, the list says {weekday}")
    name = record[name_at].strip().strip("*").strip()
    if not name:
        raise BadInput(f"{where}, column description: nothing given")
    is_muhurat = any(word in name.lower() for word in ("laxmi puj", "lakshmi puj", "muhurat"))
    kind = DayKind.MUHURAT if is_muhurat else DayKind.HOLIDAY
    return DayRow(day, kind, None, None, name, f"exchange's yearly list of {day.year}")


def _listed_date(text: str, where: str) -> date:
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  (a calendar day has no zone)
        except ValueError:
            continue
    raise BadInput(f"{where}, column date: {text!r} given, a date like 26-Jan-2027 expected")


def _check_year(rows: Sequence[DayRow], name: str) -> None:
    years = sorted({row.day.year for row in rows})
    if len(years) != 1:
        raise BadInput(f"{name}: holidays of the years {years} given, one year expected; split the list by year")
    holidays = sum(row.kind is DayKind.HOLIDAY for row in rows)
    if holidays < MIN_HOLIDAYS:
        raise BadInput(f"{name}: {holidays} weekday holidays for {years[0]}, at least {MIN_HOLIDAYS} expected")
