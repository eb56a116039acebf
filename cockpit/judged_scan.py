"""The scan a trading day begins with: the one the night published, or three factors where no brain was ever trained.

Where brains are trained and their night is missing, the factors stand in and an incident says so: nobody trades a
list of factors believing it the ensemble's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from cockpit.facts import Incident, ScanPublished
from cockpit.house import House
from cockpit.opinions import Scan
from cockpit.storage.home import Home
from cockpit.storage.ledger import SqlLedger

NIGHTLY: Final = "nightly"
"""The folder of the nights' own ledgers, one a market."""
NSE: Final = "nse"
"""The market whose nights judge live prices."""
REMEDY: Final = "Run `cockpit nightly` for that evening and start the day again, or trade the factors knowingly."


async def published(home: Home, market: str, evening: date) -> Scan | None:
    """Answer the scan that the night of `evening` published on a market, None when it published none.

    Errors: LedgerCorrupt when the night's journal does not verify.
    """
    path = home.ledger(f"{NIGHTLY}/{market}")
    if not path.exists():
        return None
    ledger = SqlLedger.open(path, read_only=True)
    try:
        scans = (entry.fact.scan for entry in ledger.read() if isinstance(entry.fact, ScanPublished))
        return next((scan for scan in scans if scan.session == evening), None)
    finally:
        await ledger.close()


def is_trained(home: Home, market: str) -> bool:
    """Tell whether any brain was ever trained on a market."""
    return any((home.root / "shelf" / market / "model").glob("*/published"))


async def scan_of_the_eve(house: House, market: str, evening: date, ts: int, factors: Callable[[], Scan]) -> Scan:
    """Publish and answer the scan that the day after `evening` begins with; `factors` makes the one without brains."""
    judged = await published(house.home, market, evening)
    scan = judged or factors()
    if judged is None and is_trained(house.home, market):
        what = f"the brains are trained and did not judge the evening of {evening}: three factors stand in"
        await house.tell_incident(Incident(ts, "scan", what, REMEDY))
    await house.publish(scan, ts)
    return scan
