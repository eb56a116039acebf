"""A practice day: the exchange in a child process, and the same Kite doors, scan, rules and broker as on a paper day.

Prices and instruments come over the wire. Daily history and past minutes are read from the practice market itself,
which is what the exchange's evening files are on a real day.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np

from cockpit.brains.scan import scanned
from cockpit.clock import NS, TapeClock, WallClock
from cockpit.engine.prepare import CURVE_SESSIONS, trading_day
from cockpit.errors import BadInput, BrokerUnavailable
from cockpit.facts import Progressed
from cockpit.house import House, Run
from cockpit.judged_scan import scan_of_the_eve
from cockpit.market import Bars, Instrument, Interval, Quote, Session
from cockpit.opinions import Scan
from cockpit.paper.costs import ChargeTable
from cockpit.simulator.history import HISTORY_FROM
from cockpit.simulator.kite_session import PRACTICE_KEY, PRACTICE_SECRET
from cockpit.simulator.listings import INDEX_TOKEN, load_listings
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.serve import ServeOptions, serve
from cockpit.storage.home import Home
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.kite_feed import KiteFeed
from cockpit.venues.kite_nouns import instruments_of, quotes_of
from cockpit.venues.kite_rest import KiteRest
from cockpit.venues.token import AccessToken
from cockpit.wish import Wish

STEPS: Final = ("the market", "the exchange", "the login", "the scan", "the day")
EVE_NS: Final = 5 * NS
START_S: Final = 180.0
"""A busy machine compiles slowly; an exchange that has said nothing for so long never will."""


async def open_practice(house: House) -> Run:
    """Open a practice day: start the exchange, log in, scan the evening before, and prepare the watchlist.

    Errors: BadInput for a day that is no session; BrokerUnavailable when the exchange does not start.
    """
    wish, tell = house.wish, house.bus.tell
    calendar = NseCalendar.load(house.resources)
    session = _session(calendar, wish.day)
    clock = TapeClock(session.plain[0].opens)
    name = house.day_ledger("practice", f"{wish.day}-seed{wish.seed}")
    await house.open_ledger(name, clock, f"practice-seed{wish.seed}")
    tell(Progressed("practice", STEPS[0], 0, len(STEPS)))
    market = await asyncio.to_thread(practice_market, wish.seed, house.resources, house.home)
    tell(Progressed("practice", STEPS[1], 1, len(STEPS)))
    exchange = await asyncio.to_thread(ExchangeProcess.started, wish, house.home.root, _hurried(house, session))
    house.stack.callback(exchange.stop)
    tell(Progressed("practice", STEPS[2], 2, len(STEPS)))
    pen = _Pen()
    rest = KiteRest(PRACTICE_KEY, pen.read, WallClock(), root=exchange.http)
    house.mind(rest)
    pen.token = await rest.login(await asyncio.to_thread(exchange.request_token), PRACTICE_SECRET)
    tell(Progressed("practice", STEPS[3], 3, len(STEPS)))
    evening = calendar.preceding(wish.day).day
    panel = market.daily_panel(evening)
    scan = await scan_of_the_eve(
        house,
        f"practice-{wish.seed}",
        evening,
        clock.now(),
        lambda: scanned(panel, evening, session.plain[0].opens, house.settings.scan),
    )
    tell(Progressed("practice", STEPS[4], 4, len(STEPS)))
    instruments = await _watched(rest, scan, market)
    bands = await _bands(rest, instruments)
    past = await asyncio.to_thread(_past, market, calendar, session, [i.token for i in instruments])
    day = trading_day(session, Interval.M1, instruments, panel, past, bands)
    feed = _stream(house, exchange, pen, clock, session)
    await feed.watch([i.token for i in day.instruments])
    broker = house.paper_broker(day, clock)
    return await house.start(day, feed, broker, clock, f"practice market, seed {wish.seed}, over the wire")


def _stream(house: House, exchange: ExchangeProcess, pen: _Pen, clock: TapeClock, session: Session) -> KiteFeed:
    return KiteFeed(
        PRACTICE_KEY,
        pen.read,
        clock,
        session.is_trading,
        root=exchange.ws,
        settings=house.settings.feed,
        ears=house.ears(clock),
    )


def practice_market(seed: int, resources: Path, home: Home) -> PracticeMarket:
    """Answer the practice market of a seed; its daily history is kept in the data folder."""
    calendar = NseCalendar.load(resources)
    sessions = calendar.sessions(HISTORY_FROM, calendar.ends_on)
    return PracticeMarket(seed, load_listings(resources / "universe.csv"), sessions, home.candles / "practice")


async def serve_exchange(
    http_port: int,
    ws_port: int,
    seed: int,
    speed: float,
    day: date,
    resources: Path,
    home: Home,
    *,
    hurry_until: int = 0,
    child: bool = False,
) -> None:
    """Serve the practice exchange until cancelled; its ports are printed as one line of JSON.

    As a `child` it also ends when its parent is gone, however the parent went.
    """
    calendar = NseCalendar.load(resources)
    options = ServeOptions(
        universe=resources / "universe.csv",
        sessions=calendar.sessions(HISTORY_FROM, calendar.ends_on),
        cache=home.candles / "practice",
        http=http_port,
        ws=ws_port,
        seed=seed,
        speed=speed,
        hurry_until=hurry_until,
        day=day,
        costs=ChargeTable.load(resources / "charges.toml"),
    )
    if child:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    await serve(options, _say_ready)


@dataclass(frozen=True, slots=True)
class ExchangeProcess:
    """The practice exchange in a process of its own, so that its work never delays ours."""

    child: subprocess.Popen[str]
    http: str
    ws: str

    @classmethod
    def started(cls, wish: Wish, home: Path, hurry_until: int = 0) -> ExchangeProcess:
        """Start it and wait until it says where it listens; up to `hurry_until` (ns UTC) its day is not paced.

        Errors: BrokerUnavailable with its last words when it ends instead.
        """
        asked = ["exchange", "--seed", str(wish.seed), "--speed", str(wish.speed), "--day", wish.day.isoformat()]
        command = [sys.executable, *([] if getattr(sys, "frozen", False) else ["-m", "cockpit"]), *asked]
        command += ["--home", str(home), "--hurry-until", str(hurry_until), "--child"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        assert child.stdout is not None
        patience = threading.Timer(START_S, child.kill)  # reading its line ends when it does
        patience.start()
        line = child.stdout.readline()
        patience.cancel()
        if not line.startswith("{"):
            child.kill()
            raise BrokerUnavailable(
                f"the practice exchange did not start; it said {line.strip() or 'nothing'!r}",
                remedy="Read its last words above; `cockpit exchange` with the same --day starts it alone.",
            )
        ready = json.loads(line)
        return cls(child, f"http://127.0.0.1:{ready['http']}", f"ws://127.0.0.1:{ready['ws']}")

    def request_token(self) -> str:
        """Log in as the practice trader and answer the request token that the redirect carries."""
        door = urlsplit(self.http)
        link = http.client.HTTPConnection(door.hostname or "", door.port, timeout=10)
        try:
            link.request("GET", f"/connect/finish?{urlencode({'api_key': PRACTICE_KEY})}")
            target = link.getresponse().getheader("Location") or ""
        finally:
            link.close()
        found = parse_qs(urlsplit(target).query).get("request_token")
        if not found:
            raise BrokerUnavailable(f"the practice login sent us to {target!r} without a request token")
        return found[0]

    def stop(self) -> None:
        """End it, and wait until it is gone."""
        self.child.terminate()
        try:
            self.child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        for pipe in (self.child.stdout, self.child.stdin):
            if pipe is not None:
                pipe.close()


@dataclass(slots=True)
class _Pen:
    """The day's token, once there is one."""

    token: AccessToken | None = None

    def read(self) -> str | None:
        return self.token.text if self.token else None


def _hurried(house: House, session: Session) -> int:
    """Answer up to when the day's pace is not kept: where an unfinished day had come, else shortly before the opening.

    Nobody who opens a practice market wants to sit through its quarter of an hour of pre-open.
    """
    if house.books.opened is not None:
        return house.books.last_ts
    return session.opens - EVE_NS


def _session(calendar: NseCalendar, day: date) -> Session:
    session = calendar.session(day)
    if session is None:
        following = calendar.following(day).day
        raise BadInput(f"{day} is no session of the exchange", remedy=f"Give --day; the next one is {following}.")
    return session


async def _watched(rest: KiteRest, scan: Scan, market: PracticeMarket) -> tuple[Instrument, ...]:
    dump = await rest.instruments("NSE", instruments_of)
    listed = {i.token: i for i in dump.instruments}
    known = {x.token: x for x in market.listings}
    missing = [p.symbol for p in scan.picks if p.token not in listed]
    if missing or INDEX_TOKEN not in listed:
        raise BadInput(f"the day's instruments do not list {missing or 'the index'}: no watchlist can be built on them")
    names = (
        replace(listed[p.token], sector=known[p.token].sector, has_derivatives=known[p.token].has_derivatives)
        for p in scan.picks
    )
    return (listed[INDEX_TOKEN], *names)


async def _bands(rest: KiteRest, instruments: Sequence[Instrument]) -> Mapping[int, Quote]:
    quotes = quotes_of(await rest.quote([i.key for i in instruments if not i.is_index]))
    return {quote.token: quote for quote in quotes.values()}


def _past(market: PracticeMarket, calendar: NseCalendar, session: Session, tokens: Sequence[int]) -> Mapping[int, Bars]:
    days: list[date] = []
    before = session.day
    while len(days) < CURVE_SESSIONS:
        before = calendar.preceding(before).day
        days.append(before)
    bars = np.concatenate([market.minutes(tokens, day, Interval.M1, days[0]) for day in reversed(days)])
    return {token: bars[bars["token"] == token] for token in tokens}


def _end_with_parent() -> None:
    # The parent holds the other end of our standard input; reading returns when it dies, even by kill -9.
    sys.stdin.read()
    os._exit(0)


def _say_ready(ready: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(dict(ready)) + "\n")
    sys.stdout.flush()
