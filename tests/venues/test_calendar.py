"""The calendar against the exchange's own dates, and against itself where it must refuse to guess."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cockpit.clock import instant, ist, to_ns
from cockpit.errors import BadInput, CalendarExpired
from cockpit.market import Instrument, Phase, SessionKind
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.session_table import import_holidays, read_rows, read_timetables, write_rows

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
RELIANCE = Instrument(token=738561, symbol="RELIANCE", has_derivatives=True)
PLAIN = Instrument(token=1, symbol="VESUVIUS", has_derivatives=False)
LIST_2027 = [
    ("26-Jan-2027", "Tuesday", "Republic Day"),
    ("22-Mar-2027", "Monday", "Holi"),
    ("26-Mar-2027", "Friday", "Good Friday"),
    ("14-Apr-2027", "Wednesday", "Dr. Ambedkar Jayanti"),
    ("01-May-2027", "Saturday", "Maharashtra Day"),
    ("17-May-2027", "Monday", "Bakri Id"),
    ("16-Jun-2027", "Wednesday", "Moharram"),
    ("15-Oct-2027", "Friday", "Dussehra"),
    ("29-Oct-2027", "Friday", "Diwali Laxmi Pujan*"),
    ("15-Nov-2027", "Monday", "Guru Nanak Jayanti"),
]


@pytest.fixture(scope="module")
def calendar() -> NseCalendar:
    return NseCalendar.load(RESOURCES)


def at(day: date, hour: int, minute: int, second: int = 0) -> int:
    return instant(day, time(hour, minute, second))


def yearly_list(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    lines = [f'{n},"{day}",{weekday},"{name}"' for n, (day, weekday, name) in enumerate(rows, start=1)]
    path.write_text("\n".join(["Sr. No.,Date,Day,Description", *lines, ""]), encoding="utf-8")
    return path


def test_known_days_of_2026_answer_as_the_exchange_does(calendar: NseCalendar) -> None:
    session = calendar.session(date(2026, 11, 20))
    assert session is not None
    assert session.kind is SessionKind.REGULAR
    assert calendar.session(date(2026, 11, 24)) is None
    assert calendar.holiday_name(date(2026, 11, 24)) == "Guru Nanak Jayanti"
    assert calendar.session(date(2026, 12, 25)) is None
    assert calendar.session(date(2026, 11, 21)) is None
    muhurat = calendar.session(date(2026, 11, 8))
    assert muhurat is not None
    assert muhurat.kind is SessionKind.MUHURAT
    assert date(2026, 11, 8) in calendar.unconfirmed


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2027, 1, 4), date(2031, 6, 2)])
def test_a_day_after_the_table_is_unknown_and_never_closed(calendar: NseCalendar, day: date) -> None:
    with pytest.raises(CalendarExpired, match="2026-12-31") as refusal:
        calendar.session(day)
    assert "Import the exchange's yearly holiday list" in refusal.value.remedy
    with pytest.raises(CalendarExpired):
        calendar.phase(RELIANCE, at(day, 10, 0))
    with pytest.raises(CalendarExpired):
        calendar.sessions(date(2026, 12, 1), day)
    with pytest.raises(CalendarExpired):
        calendar.following(date(2026, 12, 31))


def test_a_day_before_the_table_is_refused_too(calendar: NseCalendar) -> None:
    assert calendar.starts_on == date(2010, 1, 1)
    with pytest.raises(CalendarExpired, match="before 2010-01-01"):
        calendar.preceding(date(2010, 1, 4))


def test_sessions_per_year_are_the_exchange_count(calendar: NseCalendar) -> None:
    counts = {year: len(calendar.sessions(date(year, 1, 1), date(year, 12, 31))) for year in (2024, 2025, 2026)}
    assert counts == {2024: 249, 2025: 249, 2026: 247}


def test_the_closing_auction_ends_continuous_trading_of_derivative_names_at_1515(calendar: NseCalendar) -> None:
    now = date(2026, 11, 20)
    assert calendar.phase(RELIANCE, at(now, 15, 14, 59)) is Phase.CONTINUOUS
    assert calendar.phase(RELIANCE, at(now, 15, 15)) is Phase.AUCTION
    assert calendar.phase(RELIANCE, at(now, 15, 16)) is Phase.AUCTION
    assert not calendar.phase(RELIANCE, at(now, 15, 16)).takes_entries
    assert calendar.phase(PLAIN, at(now, 15, 16)) is Phase.CONTINUOUS
    assert calendar.phase(PLAIN, at(now, 15, 29, 59)) is Phase.CONTINUOUS
    assert calendar.phase(PLAIN, at(now, 15, 30)) is Phase.CLOSED
    assert calendar.phase(RELIANCE, at(date(2026, 7, 31), 15, 16)) is Phase.CONTINUOUS


@pytest.mark.parametrize(("day", "model"), [(date(2026, 7, 31), "nse-preopen"), (date(2026, 8, 3), "nse-cas")])
def test_the_timetable_changes_on_the_day_the_auction_went_live(calendar: NseCalendar, day: date, model: str) -> None:
    session = calendar.session(day)
    assert session is not None
    assert session.model == model


def test_a_regular_day_walks_through_its_phases(calendar: NseCalendar) -> None:
    day = date(2026, 11, 20)
    seen = [calendar.phase(RELIANCE, at(day, h, m)) for h, m in ((8, 59), (9, 0), (9, 14), (9, 15), (15, 40), (15, 50))]
    assert seen == [
        Phase.CLOSED, Phase.PRE_OPEN, Phase.PRE_OPEN, Phase.CONTINUOUS, Phase.CLOSED, Phase.POST_CLOSE,
    ]  # fmt: skip
    assert calendar.phase(RELIANCE, at(date(2026, 11, 24), 10, 0)) is Phase.CLOSED


def test_intraday_positions_are_flat_before_the_auction_begins(calendar: NseCalendar) -> None:
    session = calendar.session(date(2026, 11, 20))
    assert session is not None
    assert ist(session.square_off).time() == time(15, 5)
    assert ist(session.square_off_hard).time() == time(15, 10)
    auction = next(w for w in session.auction if w.phase is Phase.AUCTION)
    assert session.square_off < session.square_off_hard < auction.opens


@pytest.mark.parametrize("day", [date(2024, 3, 2), date(2024, 5, 18)])
def test_the_standby_site_saturdays_have_two_windows_with_a_break_between(calendar: NseCalendar, day: date) -> None:
    session = calendar.session(day)
    assert session is not None
    assert session.kind is SessionKind.SPECIAL
    open_windows = [(ist(w.opens).time(), ist(w.closes).time()) for w in session.plain if w.phase is Phase.CONTINUOUS]
    assert open_windows == [(time(9, 15), time(10, 0)), (time(11, 30), time(12, 30))]
    assert calendar.phase(PLAIN, at(day, 10, 30)) is Phase.BREAK
    assert calendar.phase(PLAIN, at(day, 11, 20)) is Phase.PRE_OPEN
    assert calendar.phase(PLAIN, at(day, 12, 45)) is Phase.POST_CLOSE
    assert session.square_off < session.square_off_hard < session.closes


def test_weekend_sessions_are_found_by_walking_over_them(calendar: NseCalendar) -> None:
    assert calendar.following(date(2026, 1, 30)).day == date(2026, 2, 1)
    assert calendar.preceding(date(2025, 2, 3)).day == date(2025, 2, 1)
    assert calendar.following(date(2025, 10, 20)).day == date(2025, 10, 21)
    assert calendar.following(date(2025, 10, 21)).day == date(2025, 10, 23)


def test_a_full_budget_saturday_runs_the_regular_timetable(calendar: NseCalendar) -> None:
    budget, friday = calendar.session(date(2025, 2, 1)), calendar.session(date(2025, 1, 31))
    assert budget is not None
    assert friday is not None
    assert budget.kind is SessionKind.SPECIAL
    assert budget.model == friday.model
    day_ns = (budget.opens - friday.opens, budget.closes - friday.closes)
    assert day_ns == (86_400 * 10**9, 86_400 * 10**9)


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2012, 11, 13), time(15, 45), time(17, 0)),
        (date(2018, 11, 7), time(17, 30), time(18, 30)),
        (date(2024, 11, 1), time(18, 0), time(19, 0)),
        (date(2025, 10, 21), time(13, 45), time(14, 45)),
    ],
)
def test_muhurat_sessions_keep_their_own_hours(calendar: NseCalendar, day: date, opens: time, closes: time) -> None:
    session = calendar.session(day)
    assert session is not None
    assert session.kind is SessionKind.MUHURAT
    assert (ist(session.opens).time(), ist(session.closes).time()) == (opens, closes)


def test_there_is_one_muhurat_session_every_year(calendar: NseCalendar) -> None:
    sessions = calendar.sessions(calendar.starts_on, calendar.ends_on)
    years = [s.day.year for s in sessions if s.kind is SessionKind.MUHURAT]
    assert years == list(range(2010, 2027))


def test_windows_of_every_session_are_in_order_and_do_not_overlap(calendar: NseCalendar) -> None:
    for session in calendar.sessions(calendar.starts_on, calendar.ends_on):
        for windows in (session.plain, session.auction):
            edges = [edge for w in windows for edge in (w.opens, w.closes)]
            assert edges == sorted(edges), session.day
        assert session.opens < session.square_off < session.square_off_hard < session.closes, session.day


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Pacific/Auckland", "UTC"])
def test_the_answer_does_not_depend_on_the_zone_or_its_daylight_saving(calendar: NseCalendar, zone: str) -> None:
    for day in (date(2026, 3, 9), date(2026, 3, 30), date(2026, 10, 26), date(2026, 11, 2)):
        first_minute = datetime(day.year, day.month, day.day, 3, 45, tzinfo=UTC).astimezone(ZoneInfo(zone))
        assert calendar.phase(PLAIN, to_ns(first_minute)) is Phase.CONTINUOUS
        assert calendar.phase(PLAIN, to_ns(first_minute) - 1) is Phase.PRE_OPEN


def test_the_calendar_warns_thirty_days_before_its_end(calendar: NseCalendar) -> None:
    assert calendar.ends_on == date(2026, 12, 31)
    assert calendar.warning(date(2026, 11, 30)) is None
    soon = calendar.warning(date(2026, 12, 1))
    assert soon is not None
    assert "in 30 days" in soon
    assert "Import" in soon
    late = calendar.warning(date(2027, 1, 2))
    assert late is not None
    assert "ended on 2026-12-31" in late


def test_an_imported_list_opens_the_next_year(calendar: NseCalendar, tmp_path: Path) -> None:
    rows = import_holidays(yearly_list(tmp_path / "holidays.csv", LIST_2027))
    assert len(rows) == 9, "the Saturday holiday is no exception"
    longer = calendar.extended(rows)
    assert longer.ends_on == date(2027, 12, 31)
    assert longer.session(date(2027, 1, 26)) is None
    opened = longer.session(date(2027, 1, 1))
    assert opened is not None
    assert opened.model == "nse-cas"
    assert calendar.ends_on == date(2026, 12, 31), "the calendar it grew from is unchanged"


def test_a_muhurat_day_without_hours_is_neither_open_nor_closed(calendar: NseCalendar, tmp_path: Path) -> None:
    longer = calendar.extended(import_holidays(yearly_list(tmp_path / "holidays.csv", LIST_2027)))
    with pytest.raises(CalendarExpired, match="2027-10-29") as refusal:
        longer.session(date(2027, 10, 29))
    assert "2027-10-29,MUHURAT" in refusal.value.remedy
    notice = tmp_path / "notice.csv"
    notice.write_text("date,kind,open,close,name,source\n2027-10-29,MUHURAT,18:00,19:00,Laxmi Pujan,notice\n")
    session = longer.extended(read_rows(notice)).session(date(2027, 10, 29))
    assert session is not None
    assert ist(session.opens).time() == time(18, 0)


def test_an_imported_list_survives_being_written_and_read(calendar: NseCalendar, tmp_path: Path) -> None:
    rows = import_holidays(yearly_list(tmp_path / "holidays.csv", LIST_2027))
    write_rows(tmp_path / "sessions-2027.csv", rows)
    assert read_rows(tmp_path / "sessions-2027.csv") == rows
    again = NseCalendar.load(RESOURCES, tmp_path / "sessions-2027.csv")
    assert again.ends_on == date(2027, 12, 31)


def test_a_list_that_skips_a_year_is_refused(calendar: NseCalendar, tmp_path: Path) -> None:
    rows = import_holidays(yearly_list(tmp_path / "holidays.csv", LIST_2027))
    distant = [row.__class__(row.day.replace(year=2028), row.kind, None, None, row.name, row.source) for row in rows]
    with pytest.raises(BadInput, match="2027"):
        calendar.extended(sorted(distant, key=lambda row: row.day))


def test_one_row_of_a_new_year_does_not_make_the_year_known(calendar: NseCalendar, tmp_path: Path) -> None:
    rows = import_holidays(yearly_list(tmp_path / "holidays.csv", LIST_2027))
    with pytest.raises(BadInput, match="part of a list"):
        calendar.extended(rows[:1])


def test_a_new_list_cannot_close_a_known_session(calendar: NseCalendar, tmp_path: Path) -> None:
    budget = tmp_path / "late.csv"
    budget.write_text("date,kind,open,close,name,source\n2025-10-21,HOLIDAY,,,Laxmi Pujan,somewhere\n")
    with pytest.raises(BadInput, match="2025-10-21"):
        calendar.extended(read_rows(budget))


def test_a_late_poll_day_is_added_to_a_known_year(calendar: NseCalendar, tmp_path: Path) -> None:
    poll = tmp_path / "poll.csv"
    poll.write_text("date,kind,open,close,name,source\n2026-12-02,HOLIDAY,,,Poll day,notice\n")
    assert calendar.session(date(2026, 12, 2)) is not None
    assert calendar.extended(read_rows(poll)).session(date(2026, 12, 2)) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("26-Jan-2027", "Monday", "Republic Day"), "row 2: 2027-01-26 is a Tuesday"),
        (("26/01/2027", "Tuesday", "Republic Day"), "row 2, column date"),
        (("26-Jan-2027", "Tuesday", " "), "row 2, column description"),
        (("22-Mar-2027", "Monday", "Holi"), "row 3: 2027-03-22 is listed twice"),
        (("26-Jan-2028", "Wednesday", "Republic Day"), "one year expected"),
    ],
)
def test_a_wrong_yearly_list_is_refused_by_row(tmp_path: Path, change: tuple[str, str, str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        import_holidays(yearly_list(tmp_path / "holidays.csv", [change, *LIST_2027[1:]]))


def test_a_part_of_a_yearly_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least 8"):
        import_holidays(yearly_list(tmp_path / "holidays.csv", LIST_2027[:5]))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2026-13-01,HOLIDAY,,,X,Y", "row 2, column date"),
        ("2026-01-26,SHUT,,,X,Y", "row 2, column kind"),
        ("2026-01-26,SPECIAL,9.15,15:30,X,Y", "row 2, column open"),
        ("2026-01-26,SPECIAL,15:30,09:15,X,Y", "row 2, column close"),
        ("2026-01-26,SPECIAL,,,X,Y", "columns open and close"),
        ("2026-01-25,HOLIDAY,,,X,Y", "row 2: a holiday is a weekday"),
        ("2026-01-26,HOLIDAY,,,X,", "row 2, column source"),
        ("2026-01-26,HOLIDAY,,,X,Y\n2026-01-26,HOLIDAY,,,X,Y", "given twice"),
        ("2026-01-26,SPECIAL,09:15,11:00,X,Y\n2026-01-26,SPECIAL,10:00,12:00,X,Y", "overlap"),
        ("2026-01-27,HOLIDAY,,,X,Y\n2026-01-26,HOLIDAY,,,X,Y", "sort the rows"),
    ],
)
def test_a_wrong_table_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text(f"date,kind,open,close,name,source\n{row}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        read_rows(path)


def test_a_timetable_without_its_windows_is_refused(tmp_path: Path) -> None:
    text = (
        (RESOURCES / "session_models.toml").read_text(encoding="utf-8").replace('closes = "15:15"', 'closes = "09:00"')
    )
    (tmp_path / "models.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="closes before it opens"):
        read_timetables(tmp_path / "models.toml")


def test_the_table_agrees_with_the_days_the_index_really_moved(calendar: NseCalendar, market_data: Path) -> None:
    import pandas as pd

    index = pd.read_parquet(market_data / "index_daily.parquet", columns=["date", "symbol"])
    days = {stamp.date() for stamp in pd.to_datetime(index.loc[index["symbol"] == "NIFTY 50", "date"])}
    first, last = date(2010, 1, 1), date(2024, 12, 31)
    recorded = {day for day in days if first <= day <= last}
    ours = {session.day for session in calendar.sessions(first, last)}
    assert recorded - ours == set(), "a day the index moved must be a session"
    # The recording has a hole of eleven days after 2022-08-26; on all of them hundreds of stocks traded.
    missing = ours - recorded
    assert len(missing) == 11
    assert {day.year for day in missing} == {2022}
    stocks = pd.read_parquet(market_data / "daily_ohlcv.parquet", columns=["date", "volume"])
    traded = pd.to_datetime(stocks.loc[stocks["volume"] > 0, "date"]).dt.date.value_counts()
    assert all(traded[day] > 300 for day in missing)


def test_the_two_window_days_agree_with_recorded_minutes(calendar: NseCalendar, market_data: Path) -> None:
    import pandas as pd

    minutes = pd.read_parquet(market_data / "index_1min_2024.parquet", columns=["ts", "symbol"])
    stamps = minutes.loc[minutes["symbol"] == "NIFTY 50", "ts"]
    for day in (date(2024, 3, 2), date(2024, 5, 18)):
        session = calendar.session(day)
        assert session is not None
        seen = [to_ns(ts.to_pydatetime().replace(tzinfo=ist(0).tzinfo)) for ts in stamps[stamps.dt.date == day]]
        planned = [
            minute
            for w in session.plain
            if w.phase is Phase.CONTINUOUS
            for minute in range(w.opens, w.closes, int(timedelta(minutes=1).total_seconds()) * 10**9)
        ]
        assert seen == planned
