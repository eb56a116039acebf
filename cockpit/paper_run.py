"""A paper day: live Kite prices, paper money. The broker's order calls are not imported here, so none can be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from datetime import time as clock_time

import numpy as np

from cockpit.brains.scan import scanned
from cockpit.clock import DAY_NS, IST_OFFSET_NS, Clock, WallClock, instant, ist_day
from cockpit.engine.prepare import CURVE_SESSIONS, trading_day
from cockpit.errors import BadInput
from cockpit.facts import Progressed
from cockpit.house import House, Run
from cockpit.judged_scan import NSE, scan_of_the_eve
from cockpit.kite_login import KiteKeys, vault_of_keys
from cockpit.market import Bars, DailyPanel, Instrument, Interval, Session
from cockpit.opinions import Scan
from cockpit.storage.candles import CandleStore
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.kite_feed import ROOT as STREAM_ROOT
from cockpit.venues.kite_feed import KiteFeed
from cockpit.venues.kite_history import KiteHistory
from cockpit.venues.kite_rest import ROOT as REST_ROOT
from cockpit.venues.kite_rest import KiteRest
from cockpit.venues.universe import UniverseRow, load_universe

HISTORY_DAYS = 420
"""Calendar days of daily candles: a year of sessions and the month that momentum leaves out."""
NIFTY = "NIFTY 50"
MIDNIGHT = clock_time(0, 0)
EVENING = clock_time(20, 0)


@dataclass(frozen=True, slots=True)
class Doors:
    """Where Kite is, and how to get in; the practice exchange stands in for it in tests."""

    api_key: str
    token: Callable[[], str | None]
    clock: Clock
    rest_root: str = REST_ROOT
    stream_root: str = STREAM_ROOT


async def open_paper(house: House) -> Run:
    """Open today on live prices.

    Errors: TokenExpired when nobody logged in today; VaultUnavailable without a keyring; BadInput when today is no
    session.
    """
    clock = WallClock()
    keys = KiteKeys(vault_of_keys(), clock)
    return await open_paper_through(house, Doors(keys.api_key(), keys.token, clock), ist_day(clock.now()))


async def open_paper_through(house: House, doors: Doors, today: date) -> Run:
    """Open the paper day `today` through `doors`."""
    calendar = NseCalendar.load(house.resources)
    session, clock = _session(calendar, today), doors.clock
    rest = KiteRest(doors.api_key, doors.token, clock, root=doors.rest_root)
    house.mind(rest)
    await rest.profile()  # a dead token is said before anything is opened
    await house.open_ledger("paper", clock, "paper")
    history = KiteHistory(rest, clock)
    universe = {row.symbol: row for row in load_universe(house.resources / "universe.csv")}
    listed = {i.symbol: i for i in await history.instruments()}
    names = [_known(listed[symbol], row) for symbol, row in universe.items() if symbol in listed]
    evening = calendar.preceding(today).day
    panel = await _panel(house, history, names, evening)
    scan = await scan_of_the_eve(
        house,
        NSE,
        evening,
        clock.now(),
        lambda: scanned(panel, evening, instant(evening, EVENING), house.settings.scan),
    )
    by_token = {i.token: i for i in names}
    # A pick that is no longer listed this morning cannot be traded; whoever holds it is told by `_held`.
    picked = [by_token[p.token] for p in scan.picks if p.token in by_token]
    watched = (listed[NIFTY], *picked, *_held(house, listed, scan))
    past = await _past(house, history, calendar, watched, today)
    quotes = await history.quotes([i.key for i in watched if not i.is_index])
    bands = {quote.token: quote for quote in quotes.values()}
    day = trading_day(session, Interval.M1, watched, panel, past, bands)
    feed = KiteFeed(
        doors.api_key,
        doors.token,
        clock,
        session.is_trading,
        root=doors.stream_root,
        settings=house.settings.feed,
        ears=house.ears(clock),
    )
    await feed.watch([i.token for i in day.instruments])
    return await house.start(day, feed, house.paper_broker(day, clock), clock, "Kite, live prices, paper money", rest)


def _session(calendar: NseCalendar, today: date) -> Session:
    session = calendar.session(today)
    if session is None:
        following = calendar.following(today).day
        raise BadInput(
            f"{today} is no session of the exchange, and prices are live only on one",
            remedy=f"Come back on {following}; until then `cockpit run --practice` or a replay.",
        )
    return session


def _held(house: House, listed: Mapping[str, Instrument], scan: Scan) -> tuple[Instrument, ...]:
    """Answer what is held and was not picked: a position that is not watched could never be left."""
    picked = {pick.token for pick in scan.picks}
    by_token = {i.token: i for i in listed.values()}
    unlisted = [p.symbol for t, p in house.books.account.positions.items() if t not in by_token]
    if unlisted:
        raise BadInput(
            f"held but not among today's instruments: {', '.join(unlisted)}",
            remedy="Look at the name's corporate actions: it may have been renamed, merged or suspended.",
        )
    return tuple(by_token[token] for token in house.books.account.positions if token not in picked)


def _known(instrument: Instrument, row: UniverseRow) -> Instrument:
    return replace(instrument, sector=row.sector, has_derivatives=row.has_derivatives)


async def _panel(house: House, history: KiteHistory, names: Sequence[Instrument], evening: date) -> DailyPanel:
    """Fetch the universe's daily candles once an evening; the broker allows three requests a second."""
    store = CandleStore(house.home.candles)
    if store.has(evening, Interval.D1):
        return panel_of(store.load(evening, Interval.D1), names)
    end = instant(evening, MIDNIGHT) + DAY_NS - 1
    start = instant(evening - timedelta(days=HISTORY_DAYS), MIDNIGHT)
    parts: list[Bars] = []
    for n, name in enumerate(names):
        house.bus.tell(Progressed("paper", f"daily history, {name.symbol}", n, len(names)))
        parts.append(await history.candles(name.token, Interval.D1, start, end))
    bars = np.concatenate(parts)
    store.save(evening, Interval.D1, bars)
    return panel_of(bars, names)


def panel_of(bars: Bars, names: Sequence[Instrument]) -> DailyPanel:
    """Answer the daily panel of daily bars; a day without a candle of a name is missing there."""
    days, row = np.unique((bars["ts_open"] + IST_OFFSET_NS) // DAY_NS, return_inverse=True)
    column_of = {name.token: column for column, name in enumerate(names)}
    kept = np.isin(bars["token"], list(column_of))
    column = np.array([column_of.get(int(token), 0) for token in bars["token"]])
    grids = {}
    for field in ("open", "high", "low", "close", "volume"):
        grid = np.full((len(days), len(names)), np.nan)
        grid[row[kept], column[kept]] = bars[field][kept] / (1 if field == "volume" else 100)
        grids[field] = grid
    missing = np.full((len(days), len(names)), np.nan)
    return DailyPanel(days.astype("datetime64[D]"), tuple(names), **grids, delivery=missing, source="Kite history")


async def _past(
    house: House, history: KiteHistory, calendar: NseCalendar, watched: Sequence[Instrument], today: date
) -> Mapping[int, Bars]:
    first = today
    for _ in range(CURVE_SESSIONS):
        first = calendar.preceding(first).day
    found: dict[int, Bars] = {}
    for n, name in enumerate(watched):
        house.bus.tell(Progressed("paper", f"minutes, {name.symbol}", n, len(watched)))
        found[name.token] = await history.candles(
            name.token, Interval.M1, instant(first, MIDNIGHT), instant(today, MIDNIGHT) - 1
        )
    return found
