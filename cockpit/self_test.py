"""The self-test: every part of the installed program is made to work once, in a folder that is thrown away.

It is for packages: what a build forgot to carry along is found here and not on a trading morning.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import secrets
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from cockpit.clock import NS, monotonic_ns
from cockpit.errors import CockpitError, VaultUnavailable

LATE: Final = (
    "aiohttp", "alembic", "apscheduler.schedulers.asyncio", "feedparser", "jinja2", "keyring", "kiteconnect",
    "lightgbm", "pandas", "psycopg", "pyarrow.parquet", "qtawesome", "scipy.stats", "sklearn.linear_model", "structlog",
    "vaderSentiment.vaderSentiment", "websockets", "yaml", "yfinance",
)  # fmt: skip
"""Libraries that are imported late, in a worker or by name: a packager cannot see that they are needed."""
PRACTISED: Final = date(2026, 11, 20)
SEED: Final = 7
ROWS, COLUMNS, DAYS = 400, 3, 8
VAULT_WORD: Final = "self-test"


@dataclass(frozen=True, slots=True)
class Proof:
    """One part that was made to work, or did not."""

    part: str
    is_well: bool
    found: str
    seconds: float

    @property
    def text(self) -> str:
        """Say it in a line."""
        return f"{'ok  ' if self.is_well else 'FAIL'} {self.part}: {self.found} ({self.seconds:.1f} s)"

    @property
    def as_json(self) -> dict[str, Any]:
        """Say it to a script."""
        return {"part": self.part, "ok": self.is_well, "found": self.found, "seconds": round(self.seconds, 2)}


Part = Callable[[Path], str]
"""A part at work in a folder of its own; it answers what was seen and raises when it does not work."""


def proofs(parts: tuple[tuple[str, Part], ...] | None = None) -> Iterator[Proof]:
    """Make every part work, one after the other; one that fails does not keep the others from being tried."""
    with tempfile.TemporaryDirectory(prefix="cockpit-self-test-") as folder:
        for name, part in PARTS if parts is None else parts:
            place = Path(folder) / name.replace(" ", "-")
            place.mkdir()
            began = monotonic_ns()
            try:
                is_well, found = True, part(place)
            except CockpitError as fault:
                is_well, found = False, f"{fault} {fault.remedy}"
            except Exception as fault:
                is_well, found = False, f"{type(fault).__name__}: {fault}"
            yield Proof(name, is_well, found, (monotonic_ns() - began) / NS)


def _libraries(_: Path) -> str:
    for name in LATE:
        import_module(name)
    return f"{len(LATE)} libraries load"


def _resources(_: Path) -> str:
    from cockpit.paper.costs import ChargeTable
    from cockpit.places import resources_folder
    from cockpit.venues.calendar import NseCalendar
    from cockpit.venues.universe import load_universe

    folder = resources_folder()
    ChargeTable.load(folder / "charges.toml")
    names, ends = load_universe(folder / "universe.csv"), NseCalendar.load(folder).ends_on
    return f"{len(names)} names, a calendar up to {ends}, charges"


def _ledger(place: Path) -> str:
    from cockpit import __version__
    from cockpit.facts import Genesis
    from cockpit.orders import Mode
    from cockpit.storage.backup import backed_up, restored
    from cockpit.storage.ledger import SqlLedger

    async def written() -> tuple[int, str]:
        ledger = SqlLedger.open(place / "made.db")
        await ledger.write(Genesis(0, Mode.PRACTICE, "self-test", 100, __version__))
        await ledger.close()
        return ledger.verify()

    head = asyncio.run(written())
    copy = backed_up(place / "made.db", place / "backups", PRACTISED)
    if restored(copy.path, place / "again.db") != head:
        raise CockpitError("a restored backup has another head", remedy="Do not trade with this build.")
    return "written, verified, backed up, restored"


def _model(place: Path) -> str:
    import numpy as np

    from cockpit.brains.learning.boosting import Binned, BoostingParams

    rng = np.random.default_rng(SEED)
    columns = rng.random((DAYS, ROWS, COLUMNS), dtype=np.float32)
    rank = columns[..., 0] - 0.5 + rng.normal(0, 0.1, (DAYS, ROWS))
    days = np.arange(DAYS)
    params = BoostingParams(rounds=20, min_data_in_leaf=20)
    grown = Binned(columns, [f"c{i}" for i in range(COLUMNS)]).grown(rank, days[:6], days[6:], params, SEED)
    return f"{grown.rounds} trees grown"


def _words(_: Path) -> str:
    from cockpit.brains.words.phrases import Phrases
    from cockpit.brains.words.tone import LexiconTone
    from cockpit.places import resources_folder

    tone = LexiconTone(Phrases.load(resources_folder() / "phrases.csv")).tone("Profit doubles, order book at a record")
    if tone <= 0:
        raise CockpitError(f"good news sounds like {tone:+.2f}", remedy="The word list is missing: install again.")
    return f"good news sounds like {tone:+.2f}"


def _workers(_: Path) -> str:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return f"a worker answers {pool.submit(_square, 7).result(timeout=120)}"


def _square(n: int) -> int:
    return n * n


def _practice(place: Path) -> str:
    from cockpit.headless import play
    from cockpit.orders import Mode
    from cockpit.storage.ledger import SqlLedger
    from cockpit.wish import Wish

    wish = Wish(Mode.PRACTICE, PRACTISED, seed=SEED, speed=0.0, home=place / "home", out=place / "out")
    result = asyncio.run(play(wish, quiet=True))
    if SqlLedger.open(Path(result.ledger), read_only=True).verify() != result.head:
        raise CockpitError("the day's ledger has another head", remedy="Do not trade with this build.")
    drawn = [p for p in result.pictures if p.stat().st_size > 0]
    if not result.closed.trades or len(drawn) != len(result.pictures) or not drawn:
        raise CockpitError(
            f"{result.closed.trades} trades, {len(drawn)} pictures", remedy="Do not trade with this build."
        )
    return (
        f"{result.closed.ticks:,} ticks over the wire, {result.closed.trades} trades, {len(drawn)} pictures, a report"
    )


def _vault(_: Path) -> str:
    from cockpit.storage.vault import OsVault

    try:
        vault = OsVault(service=f"cockpit {VAULT_WORD}")
    except VaultUnavailable as fault:
        return f"none on this machine: {fault}"  # the program works without; the doctor says what to do
    word = secrets.token_hex(8)
    vault.write(VAULT_WORD, word)
    found = OsVault(service=f"cockpit {VAULT_WORD}").read(VAULT_WORD)
    vault.forget(VAULT_WORD)
    if found != word:
        raise VaultUnavailable("the keyring did not give back what it was given")
    return f"{vault.name} keeps and gives back"


PARTS: Final[tuple[tuple[str, Part], ...]] = (
    ("libraries", _libraries),
    ("resources", _resources),
    ("ledger", _ledger),
    ("vault", _vault),
    ("workers", _workers),
    ("words", _words),
    ("model", _model),
    ("practice day", _practice),
)
