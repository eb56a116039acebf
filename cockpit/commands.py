"""What the smaller commands do: scan, exchange, log in, examine, and look after a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from cockpit.brains.scan import scanned
from cockpit.clock import instant
from cockpit.doctor import Finding, findings
from cockpit.market import DailyPanel
from cockpit.opinions import Scan
from cockpit.places import resources_folder
from cockpit.settings import Settings, parsed
from cockpit.storage.home import Home
from cockpit.storage.ledger import SqlLedger


@dataclass(frozen=True, slots=True)
class ScanShown:
    """A scan, as text and for scripts."""

    scan: Scan

    @property
    def text(self) -> str:
        """Show funnel, watchlist with reasons, and how many each filter dropped."""
        s = self.scan
        head = f"Scan of {s.session} ({s.source}): " + " > ".join(f"{f.filter} {f.left}" for f in s.funnel)
        rows = [f"{p.rank:>3}  {p.symbol:<12} {p.score * 100:5.1f}  {p.reason}" for p in s.picks]
        out = [f"  {d.symbol:<12} {d.filter}: {d.reason}" for d in s.dropped]
        return "\n".join([head, "", *rows, "", f"{len(out)} names dropped:", *out])

    @property
    def as_json(self) -> dict[str, Any]:
        """Say it to a script."""
        return {**asdict(self.scan), "session": self.scan.session.isoformat()}


def scan_shown(data: Path | None, day: date | None, seed: int, home: Path | None) -> ScanShown:
    """Scan recorded prices, or the practice market when no folder is given.

    Errors: Abstained when the prices do not allow a scan; BadInput when the folder has no daily prices.
    """
    place = Home.at(home)
    settings = read_settings(place)
    if data is not None:
        from cockpit.venues.recorded import RecordedMarket

        market = RecordedMarket(data)
        return ScanShown(_scanned(market.panel(adjusted=True), day, settings, market.ex_dates()))
    from cockpit.practice_run import practice_market

    practice = practice_market(seed, resources_folder(), place)
    evening = day or practice.days[-2]
    # The practice panel is adjusted for its splits, so no jump in it needs an explanation.
    return ScanShown(_scanned(practice.daily_panel(evening), evening, settings, {}))


def _scanned(panel: DailyPanel, day: date | None, settings: Settings, explained: Mapping[str, frozenset[date]]) -> Scan:
    evening: date = day or panel.days[-1].astype(object)
    return scanned(panel, evening, instant(evening, clock_time(20, 0)), settings.scan, {}, explained)


def read_settings(home: Home) -> Settings:
    """Answer the settings of a data folder; BadSetting names what is wrong in its file."""
    return parsed(home.settings.read_text(encoding="utf-8")) if home.settings.exists() else Settings()


async def exchange_served(
    http: int, ws: int, seed: int, speed: float, day: date, home: Path | None, *, child: bool
) -> None:
    """Run the practice exchange until it is interrupted."""
    from cockpit.practice_run import serve_exchange

    await serve_exchange(http, ws, seed, speed, day, resources_folder(), Home.at(home), child=child)


async def verified(path: str) -> tuple[int, str]:
    """Read the whole chain of a ledger and answer its head.

    Errors: LedgerCorrupt naming the first bad entry.
    """
    ledger = SqlLedger.open(path, read_only=True)
    return ledger.verify()


async def rebuilt(path: str) -> str:
    """Build the read tables of a ledger anew and say how many rows each has."""
    rows = SqlLedger.open(path).rebuild()
    return ", ".join(f"{name} {n}" for name, n in rows.items())


async def exported(path: str, to: Path) -> str:
    """Write a ledger's journal as text."""
    n = SqlLedger.open(path, read_only=True).export_jsonl(to)
    return f"{n} entries written to {to}"


def examined(home: Path | None) -> tuple[Finding, ...]:
    """Run the doctor's checks."""
    return findings(Home.at(home), resources_folder())
