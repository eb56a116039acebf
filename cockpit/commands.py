"""What the smaller commands do: scan, exchange, log in, examine, and look after a ledger."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from datetime import time as clock_time
from pathlib import Path
from typing import Any, Final

import numpy as np

from cockpit.brains.scan import scanned
from cockpit.clock import instant
from cockpit.doctor import Finding, findings
from cockpit.errors import Abstained, BadInput
from cockpit.market import DailyPanel
from cockpit.opinions import Scan
from cockpit.places import resources_folder
from cockpit.settings import Settings
from cockpit.storage.anchors import LEDGERS
from cockpit.storage.home import Home
from cockpit.storage.instance import held
from cockpit.storage.ledger import SqlLedger
from cockpit.told import without_nan

PRACTICE_DAY: Final = date(2026, 11, 20)
"""The day that is practised when none is given; a scan of the practice market is that of its eve."""


@dataclass(frozen=True, slots=True)
class ScanShown:
    """A scan, as text and for scripts."""

    scan: Scan

    @property
    def text(self) -> str:
        """Show on what it stands, funnel, watchlist with reasons, and how many each filter dropped."""
        s = self.scan
        head = f"Scan of {s.session} ({s.source}): " + " > ".join(f"{f.filter} {f.left}" for f in s.funnel)
        rows = [f"{p.rank:>3}  {p.symbol:<12} {p.score * 100:5.1f}  {p.reason}" for p in s.picks]
        out = [f"  {d.symbol:<12} {d.filter}: {d.reason}" for d in s.dropped]
        return "\n".join([head, *_basis_lines(s), "", *rows, "", f"{len(out)} names dropped:", *out])

    @property
    def as_json(self) -> dict[str, Any]:
        """Say it to a script."""
        basis = "ensemble" if self.scan.weights else "factors"
        told: dict[str, Any] = without_nan(
            {**asdict(self.scan), "session": self.scan.session.isoformat(), "basis": basis}
        )
        return told


def _basis_lines(scan: Scan) -> list[str]:
    if not scan.weights:
        return ["Ranked by three factors alone: no brain was asked (`cockpit train` teaches them)."]
    lines = [f"Judged by the ensemble: weights {scan.weights}, models {', '.join(name for name, _ in scan.models)}."]
    if scan.regime is not None:
        why = f" ({scan.regime.reason})" if scan.regime.reason else f", day {scan.regime.days_held}"
        lines.append(f"Weather {scan.regime.state.value}{why}; exposure up to {scan.exposure:.0%} of equity.")
    return [*lines, *(f"Silent: {brain}: {why}" for brain, why in scan.silent)]


async def scan_shown(
    data: Path | None, day: date | None, seed: int, home: Path | None, *, nse: bool = False, factors: bool = False
) -> ScanShown:
    """Scan recorded prices, or the practice market when no folder is given, by the brains where any was trained.

    Errors: Abstained when the prices do not allow a scan; WeightsUnavailable when there are models and no weights that
    may be used; BadInput when the folder has no daily prices, or none of the day asked for.
    """
    if not factors:
        from cockpit.night_commands import Whose, scanned_by_brains

        judged = await scanned_by_brains(Whose(data, nse, seed), home, day)
        if judged is not None:
            return ScanShown(judged)
    if nse:
        raise Abstained("no brain was ever trained on the NSE", remedy="Run `cockpit train --nse` first.")
    return _by_factors(data, day, seed, home)


def _by_factors(data: Path | None, day: date | None, seed: int, home: Path | None) -> ScanShown:
    place = Home.at(home)
    settings = place.read_settings()
    if data is not None:
        from cockpit.venues.recorded import RecordedMarket

        market = RecordedMarket(data)
        return ScanShown(_scanned(market.panel(adjusted=True), day, settings, market.ex_dates()))
    from cockpit.practice_run import practice_market

    practice = practice_market(seed, resources_folder(), place)
    evening = day or max(known for known in practice.days if known < PRACTICE_DAY)
    # The practice panel is adjusted for its splits, so no jump in it needs an explanation.
    return ScanShown(_scanned(practice.daily_panel(evening), evening, settings, {}))


def _scanned(panel: DailyPanel, day: date | None, settings: Settings, explained: Mapping[str, frozenset[date]]) -> Scan:
    evening: date = day or panel.days[-1].astype(object)
    if np.datetime64(evening, "D") not in panel.days:
        first, *_, last = panel.days
        raise BadInput(
            f"no prices of {evening} in {panel.source}",
            remedy=f"Give --date with a session between {first} and {last}.",
        )
    return scanned(panel, evening, instant(evening, clock_time(20, 0)), settings.scan, {}, explained)


async def exchange_served(
    http: int, ws: int, seed: int, speed: float, day: date, home: Path | None, *, hurry_until: int = 0, child: bool
) -> None:
    """Run the practice exchange until it is interrupted."""
    from cockpit.practice_run import serve_exchange

    place = Home.at(home)
    await serve_exchange(http, ws, seed, speed, day, resources_folder(), place, hurry_until=hurry_until, child=child)


async def verified(path: str) -> tuple[int, str]:
    """Read the whole chain of a ledger and answer its head.

    Errors: LedgerCorrupt naming the first bad entry.
    """
    async with _opened(path) as ledger:
        return ledger.verify()


async def rebuilt(path: str) -> str:
    """Build the read tables of a ledger anew and say how many rows each has.

    Errors: AlreadyRunning while a cockpit uses the ledger's data folder; BadInput when there is no such ledger.
    """
    with contextlib.ExitStack() as stack:
        if (root := _root_of(path)) is not None:
            stack.enter_context(held(root))
        async with _opened(path) as ledger:
            rows = ledger.rebuild()
    return ", ".join(f"{n:,} {name.removeprefix('projection_')}" for name, n in rows.items())


async def exported(path: str, to: Path) -> str:
    """Write a ledger's journal as text."""
    async with _opened(path) as ledger:
        n = ledger.export_jsonl(to)
    return f"{n} entries written to {to}"


@contextlib.asynccontextmanager
async def _opened(path: str) -> AsyncIterator[SqlLedger]:
    # Only reading, even to rebuild: that opens a writer of its own, and a file that is not there is never made.
    ledger = SqlLedger.open(path, read_only=True)
    try:
        yield ledger
    finally:
        await ledger.close()


def _root_of(path: str) -> Path | None:
    """Answer the data folder that a ledger's file lies in, None for a database or a file that lies elsewhere."""
    if "://" in path:
        return None
    above = Path(path).expanduser().absolute().parents
    return next((folder.parent for folder in above if folder.name == LEDGERS), None)


def examined(home: Path | None) -> tuple[Finding, ...]:
    """Run the doctor's checks."""
    return findings(home, resources_folder())
