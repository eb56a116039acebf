"""Knows when NSE's cash market is open, from dated tables; a day without data is an error, never a holiday."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Final

from cockpit.clock import NS, instant, ist_day
from cockpit.errors import BadInput, CalendarExpired
from cockpit.market import Instrument, Phase, Session, SessionKind, Window
from cockpit.venues.session_table import (
    MIN_HOLIDAYS,
    DayKind,
    DayRow,
    Span,
    SpecialRule,
    Timetable,
    Timetables,
    check_rows,
    read_rows,
    read_timetables,
)

WARN_DAYS: Final = 30
"""How long before its end the calendar asks for the next list."""
MINUTE: Final = 60 * NS
ONE_DAY: Final = timedelta(days=1)


class NseCalendar:
    """Answer NSE's sessions and phases for the years its tables cover."""

    def __init__(self, rows: Sequence[DayRow], timetables: Timetables) -> None:
        check_rows(rows, "session rows")
        self._rows = tuple(rows)
        self._timetables = timetables
        self._days: dict[date, list[DayRow]] = {}
        for row in rows:
            self._days.setdefault(row.day, []).append(row)
        self._starts, self._ends = _coverage(rows, timetables)
        self._built: dict[date, Session | None] = {}

    @classmethod
    def load(cls, resources: Path, *imported: Path) -> NseCalendar:
        """Read the shipped tables in `resources` and, on top, lists imported before.

        Errors: BadInput naming file and row when a table cannot be what it claims to be.
        """
        calendar = cls(read_rows(resources / "sessions.csv"), read_timetables(resources / "session_models.toml"))
        for path in imported:
            calendar = calendar.extended(read_rows(path))
        return calendar

    def extended(self, rows: Iterable[DayRow]) -> NseCalendar:
        """Answer a calendar that also knows `rows`, e.g. those of `import_holidays`.

        Days known alike stay as they are; hours fill in a Muhurat day that had none.
        Errors: BadInput for a day that would turn from session to holiday or back, and for a year that leaves a gap.
        """
        added: dict[date, list[DayRow]] = {}
        for row in rows:
            added.setdefault(row.day, []).append(row)
        merged = dict(self._days)
        for day, news in added.items():
            merged[day] = _reconciled(day, self._days.get(day, []), news)
        return NseCalendar([row for day in sorted(merged) for row in merged[day]], self._timetables)

    @property
    def starts_on(self) -> date:
        """Answer the first day the tables know."""
        return self._starts

    @property
    def ends_on(self) -> date:
        """Answer the last day the tables know."""
        return self._ends

    @property
    def unconfirmed(self) -> tuple[date, ...]:
        """Answer the sessions whose hours no published timetable confirms, in order."""
        return tuple(sorted({row.day for row in self._rows if not row.is_confirmed}))

    def warning(self, today: date) -> str | None:
        """Answer what to tell the trader when the calendar is about to end, or has ended; None before that."""
        left = (self._ends - today).days
        if left > WARN_DAYS:
            return None
        when = f"in {left} days, " if left > 1 else ""
        verb = "ends" if left >= 0 else "ended"
        return f"The exchange calendar {verb} {when}on {self._ends}. {CalendarExpired.remedy}"

    def session(self, day: date) -> Session | None:
        """Answer the day's session, None on a known holiday or weekend.

        Errors: CalendarExpired outside the tables, and for a Muhurat day whose hours are not in them yet.
        """
        self._check(day)
        if day not in self._built:
            self._built[day] = self._build(day)
        return self._built[day]

    def holiday_name(self, day: date) -> str:
        """Answer why the exchange is closed that day; empty on sessions and plain weekends."""
        self._check(day)
        rows = self._days.get(day, [])
        return rows[0].name if rows and rows[0].kind is DayKind.HOLIDAY else ""

    def sessions(self, first: date, last: date) -> Sequence[Session]:
        """Answer all sessions from `first` to `last`, both included."""
        if last < first:
            raise BadInput(f"range {first} to {last} given; the first day must not be after the last")
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return tuple(session for session in map(self.session, days) if session is not None)

    def following(self, day: date) -> Session:
        """Answer the first session after `day`."""
        return self._walk(day, ONE_DAY)

    def preceding(self, day: date) -> Session:
        """Answer the last session before `day`."""
        return self._walk(day, -ONE_DAY)

    def phase(self, instrument: Instrument, ts: int) -> Phase:
        """Answer what the exchange does for `instrument` at `ts` (ns UTC)."""
        session = self.session(ist_day(ts))
        return Phase.CLOSED if session is None else session.phase(instrument, ts)

    def _check(self, day: date) -> None:
        if day > self._ends:
            raise CalendarExpired(
                f"{day} is after {self._ends}, the last day of the exchange calendar; not a holiday, unknown"
            )
        if day < self._starts:
            raise CalendarExpired(
                f"{day} is before {self._starts}, the first day of the exchange calendar",
                remedy=f"Ask from {self._starts} on; older sessions are not in the table.",
            )

    def _walk(self, day: date, step: timedelta) -> Session:
        while True:
            day += step
            found = self.session(day)
            if found is not None:
                return found

    def _build(self, day: date) -> Session | None:
        rows = self._days.get(day, [])
        if (not rows and day.weekday() >= 5) or (rows and rows[0].kind is DayKind.HOLIDAY):
            return None
        model = next(m for m in reversed(self._timetables.models) if m.effective_from <= day)
        if not rows:
            return _full_day(day, model, SessionKind.REGULAR)
        hours = [(row.opens, row.closes) for row in rows if row.opens is not None and row.closes is not None]
        if not hours:
            raise CalendarExpired(
                f"the hours of the Muhurat session of {day} are not in the calendar",
                remedy=f"Add the row {day},MUHURAT,<open>,<close> from the exchange's notice.",
            )
        kind = SessionKind.MUHURAT if rows[0].kind is DayKind.MUHURAT else SessionKind.SPECIAL
        if hours == [(span.opens, span.closes) for span in model.plain if span.phase is Phase.CONTINUOUS]:
            return _full_day(day, model, kind)
        return _short_day(day, model, self._timetables.special, kind, hours)


def _coverage(rows: Sequence[DayRow], timetables: Timetables) -> tuple[date, date]:
    years = sorted({row.day.year for row in rows})
    if not years:
        raise BadInput("no session rows given; a calendar without holidays would call every weekday open")
    missing = sorted(set(range(years[0], years[-1] + 1)) - set(years))
    if missing:
        raise BadInput(f"no holidays given for {missing}; import these years first, a gap would read as open days")
    holidays = Counter(row.day.year for row in rows if row.kind is DayKind.HOLIDAY)
    thin = [year for year in years if holidays[year] < MIN_HOLIDAYS]
    if thin:
        raise BadInput(f"fewer than {MIN_HOLIDAYS} holidays given for {thin}; a part of a list would read as open days")
    starts, ends = date(years[0], 1, 1), date(years[-1], 12, 31)
    if timetables.models[0].effective_from > starts:
        raise BadInput(f"timetables begin on {timetables.models[0].effective_from}, session rows on {starts}")
    if timetables.valid_until > ends:
        raise BadInput(
            f"timetables vouch for {timetables.valid_until}, session rows end on {ends}; one list is missing"
        )
    return starts, ends


def _reconciled(day: date, known: list[DayRow], news: list[DayRow]) -> list[DayRow]:
    if not known:
        return news
    closed = {row.kind is DayKind.HOLIDAY for row in chain(known, news)}
    if len(closed) > 1:
        raise BadInput(f"{day} is {known[0].kind} in the calendar and {news[0].kind} in the new list; check the notice")
    return news if known[0].opens is None else known


def _full_day(day: date, model: Timetable, kind: SessionKind) -> Session:
    return Session(
        day=day,
        kind=kind,
        model=model.name,
        plain=_windows(day, model.plain),
        auction=_windows(day, model.auction),
        square_off=instant(day, model.square_off),
        square_off_hard=instant(day, model.square_off_hard),
    )


def _windows(day: date, spans: Sequence[Span]) -> tuple[Window, ...]:
    return tuple(Window(span.phase, instant(day, span.opens), instant(day, span.closes)) for span in spans)


def _short_day(
    day: date, model: Timetable, rule: SpecialRule, kind: SessionKind, hours: Sequence[tuple[time, time]]
) -> Session:
    """Lay pre-open, breaks and closing session around the continuous windows; short days have no closing auction."""
    has_pre_open = any(span.phase is Phase.PRE_OPEN for span in model.plain)
    windows: list[Window] = []
    for opens, closes in ((instant(day, a), instant(day, b)) for a, b in hours):
        enters = opens - rule.pre_open_minutes * MINUTE if has_pre_open else opens
        if windows and enters > windows[-1].closes:
            windows.append(Window(Phase.BREAK, windows[-1].closes, enters))
        if has_pre_open:
            windows.append(Window(Phase.PRE_OPEN, enters, opens))
        windows.append(Window(Phase.CONTINUOUS, opens, closes))
    last = windows[-1].closes
    after = last + rule.post_close_after_minutes * MINUTE
    windows.append(Window(Phase.POST_CLOSE, after, after + rule.post_close_minutes * MINUTE))
    return Session(
        day=day,
        kind=kind,
        model=f"{model.name}+{kind.value}",
        plain=tuple(windows),
        auction=tuple(windows),
        square_off=last - rule.square_off_before_close_minutes * MINUTE,
        square_off_hard=last - rule.square_off_hard_before_close_minutes * MINUTE,
    )
