"""The NSE itself as a market of evenings: Kite, Yahoo, the exchange's files and the news, fused into one evidence.

Kite names the instruments, so a login is needed the first time; the names are kept, and an evening without a login
asks the other sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from cockpit.clock import Clock, WallClock
from cockpit.engine.schedule import due
from cockpit.errors import Abstained, BadInput, CockpitError, VaultUnavailable
from cockpit.evidence import Headline
from cockpit.judged_scan import NSE
from cockpit.kite_login import KiteKeys, vault_of_keys
from cockpit.market import Instrument, Series
from cockpit.nightly_run import Market
from cockpit.settings import EveningSettings
from cockpit.storage.atomic import replacing
from cockpit.storage.home import Home
from cockpit.storage.table_cache import TableCache
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.fusion import Fusion
from cockpit.venues.kite_daily import KiteDaily
from cockpit.venues.kite_history import KiteHistory
from cockpit.venues.kite_rest import ROOT, KiteRest
from cockpit.venues.news import NewsFeeds
from cockpit.venues.nse_evening import NseFolder
from cockpit.venues.renames import load_renames
from cockpit.venues.sources import Source
from cockpit.venues.universe import load_universe
from cockpit.venues.yahoo import Yahoo

FOLDER: Final = "nse"
"""Below the data folder: where the exchange's evening files are looked for."""


@dataclass(frozen=True, slots=True)
class Doors:
    """How Kite is reached; None where nobody is logged in."""

    clock: Clock
    rest: KiteRest | None
    why_not: str = ""
    """Why there is no Kite tonight."""


async def nse_market(session: date | None, resources: Path, home: Home) -> Market:
    """Answer the NSE as known on the evening of `session`, the newest whose evening has come when it is None.

    Errors: Abstained when nobody has prices or the names were never learned from Kite.
    """
    async with AsyncExitStack() as stack:
        doors = _doors()
        if doors.rest is not None:
            stack.push_async_callback(doors.rest.close)
        return await nse_market_through(doors, session, resources, home, [Yahoo(doors.clock)])


async def nse_market_through(
    doors: Doors, session: date | None, resources: Path, home: Home, others: Sequence[Source]
) -> Market:
    """Answer the same through `doors`; `others` are asked after Kite and before the files."""
    calendar, settings = NseCalendar.load(resources), home.read_settings().evening
    evening = session or due(calendar, doors.clock.now()).session
    if evening is None:
        raise Abstained("no evening has come yet")
    history = KiteHistory(doors.rest, doors.clock) if doors.rest is not None else None
    instruments = await _instruments(history, resources, home, doors.why_not)
    news = _news(settings, doors.clock, home)
    kite: list[Source] = [KiteDaily(history, doors.clock)] if history is not None else []
    files = NseFolder(home.root / FOLDER, load_renames(resources / "renames.csv"), doors.clock)
    sources = [*kite, *others, files, *([news] if news is not None else [])]
    fusion = Fusion(
        sources,
        calendar,
        doors.clock,
        cabinet=TableCache(home.cache / "tables", doors.clock),
        history_days=settings.history_days,
    )
    evidence = await fusion.evidence(evening, instruments)
    if news is not None:
        _keep_headlines(news.kept, home)
    return Market(NSE, evidence)


def _doors() -> Doors:
    clock = WallClock()
    try:
        keys = KiteKeys(vault_of_keys(), clock)
        key = keys.api_key()
    except (VaultUnavailable, CockpitError) as fault:
        return Doors(clock, None, str(fault))
    if keys.token() is None:
        return Doors(clock, None, "nobody logged in to Kite today")
    return Doors(clock, KiteRest(key, keys.token, clock, root=ROOT))


async def _instruments(
    history: KiteHistory | None, resources: Path, home: Home, why_not: str
) -> tuple[Instrument, ...]:
    """Answer the universe's instruments as Kite lists them, from the last listing where Kite cannot be asked.

    Errors: Abstained when they were never learned.
    """
    path = home.cache / "instruments.json"
    universe = {row.symbol: row for row in load_universe(resources / "universe.csv")}
    if history is not None:
        listed = {i.symbol: i for i in await history.instruments()}
        found = tuple(
            replace(listed[s], sector=row.sector, has_derivatives=row.has_derivatives)
            for s, row in universe.items()
            if s in listed
        )
        replacing(path, partial(_put, json.dumps([asdict(i) for i in found])))
        return found
    if not path.exists():
        raise Abstained(
            f"the names were never learned from Kite: {why_not}",
            remedy="Log in once with `cockpit login`; later evenings do without.",
        )
    try:
        return tuple(Instrument(**{**row, "series": Series(row["series"])}) for row in json.loads(path.read_text()))
    except (ValueError, TypeError, KeyError) as fault:
        raise BadInput(f"{path} cannot be read: {fault}", remedy="Delete it and log in to Kite once.") from fault


def _news(settings: EveningSettings, clock: Clock, home: Home) -> NewsFeeds | None:
    feeds = dict(_feed(part) for part in settings.feeds.split() if part)
    return NewsFeeds(feeds, clock, _kept_headlines(home)) if feeds else None


def _feed(part: str) -> tuple[str, str]:
    name, mark, address = part.partition("=")
    if not (mark and name and address.startswith(("https://", "http://"))):
        raise BadInput(f"feed {part!r} given; name=https://address expected, feeds parted by spaces")
    return name, address


def _kept_headlines(home: Home) -> Sequence[Headline]:
    path = home.cache / "headlines.json"
    if not path.exists():
        return ()
    try:
        return tuple(Headline(**row) for row in json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as fault:
        raise BadInput(
            f"{path} cannot be read: {fault}", remedy="Delete it: headlines count from when they are seen again."
        ) from fault


def _keep_headlines(kept: Sequence[Headline], home: Home) -> None:
    rows: list[Mapping[str, Any]] = [asdict(line) for line in kept]
    replacing(home.cache / "headlines.json", partial(_put, json.dumps(rows, ensure_ascii=False)))


def _put(text: str, file: IO[bytes]) -> int:
    return file.write(text.encode())
