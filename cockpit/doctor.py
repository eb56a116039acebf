"""The doctor: every check of this machine with what was found and, where it is not well, what to do about it."""

from __future__ import annotations

import ctypes.util
import importlib.metadata
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from cockpit.clock import WallClock, ist, ist_day
from cockpit.errors import AlreadyRunning, CockpitError, VaultUnavailable
from cockpit.facts import DayClosed
from cockpit.settings import Settings
from cockpit.storage.backup import days
from cockpit.storage.home import Home
from cockpit.storage.instance import held
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.vault import OsVault
from cockpit.venues.calendar import NseCalendar

PINS: Final = {"PySide6_Essentials": "6.11.2", "shiboken6": "6.11.2", "PySide6-QtAds": "5.1.1"}
"""Qt 6.12 loses references on Python 3.11; QtAds is built against exactly this Qt."""
PYTHONS: Final = ((3, 11), (3, 13))
FONT: Final = "Inter"
PROBE_S: Final = 60.0
WATCH_DAYS: Final = 60
"""How far ahead a session whose hours nobody has confirmed is worth a word."""
BUILT: Final = date(2026, 1, 1)
"""No clock that is right shows a day before this one."""
PAPER: Final = "paper"
BACKUP_REMEDY: Final = "Look at the incidents of that day's log; free the disk. The next closed day is backed up again."
KERNELS: Final = ("brains", "engine", "paper", "simulator", "venues")
"""The rooms whose compiled kernels are kept beside their files."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; one that is well may still carry a word worth reading."""

    check: str
    is_well: bool
    found: str
    remedy: str = ""

    @property
    def text(self) -> str:
        """Say it in one or two lines."""
        line = f"{'ok  ' if self.is_well else 'MEND'} {self.check}: {self.found}"
        return line if self.is_well else f"{line}\n       {self.remedy}"

    @property
    def as_json(self) -> dict[str, Any]:
        """Say it to a script."""
        return {"check": self.check, "ok": self.is_well, "found": self.found, "remedy": self.remedy}


Findings = Iterator[Finding]


def findings(root: Path | None, resources: Path) -> tuple[Finding, ...]:
    """Run every check on the data folder at `root` and on this machine; one that fails by itself is a finding."""
    checks: dict[str, Callable[[], Findings]] = {
        "python": _python,
        "screen library": _pins,
        "screen": _screen,
        "data folder": lambda: _in_home(root, resources),
        "calendar": lambda: _calendar(resources),
        "clock": _clock,
        "compiled kernels": _kernels,
        "vault": _vault,
    }
    return tuple(finding for name, check in checks.items() for finding in _guarded(name, check))


def _guarded(name: str, check: Callable[[], Findings]) -> Findings:
    try:
        yield from check()
    except CockpitError as fault:
        yield Finding(name, False, str(fault), fault.remedy)
    except OSError as fault:
        yield Finding(name, False, str(fault), "Mend the named file or folder, or install again.")
    except Exception as fault:
        yield Finding(name, False, f"the check itself failed: {fault!r}", "Report this with the line above.")


# -- the program and its screen ----------------------------------------------------------------------


def _python() -> Findings:
    well = PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]
    yield Finding("python", well, ".".join(map(str, sys.version_info[:3])), "Install Python 3.11, 3.12 or 3.13.")


def _pins() -> Findings:
    wrong = [f"{name} {_version(name)} instead of {pin}" for name, pin in PINS.items() if _version(name) != pin]
    found = "; ".join(wrong) or ", ".join(f"{name} {pin}" for name, pin in PINS.items())
    yield Finding("screen library", not wrong, found, "Run `make setup`: these three are pinned to each other.")


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _screen() -> Findings:
    """Load the screen library in a process of its own: a missing system library ends whoever loads it."""
    command = [sys.executable, *([] if getattr(sys, "frozen", False) else ["-m", "cockpit"]), "probe"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PROBE_S, check=False)
    except subprocess.TimeoutExpired:
        yield Finding("screen", False, f"loading Qt did not end within {PROBE_S:g} s", "Look at the load of the disk.")
        return
    if done.returncode:
        said = (done.stderr.strip() or f"it ended with {done.returncode} and no word").splitlines()[-1]
        yield Finding("screen", False, f"Qt does not load: {said}", "Install the named library (README: setting up).")
        return
    yield _display()
    font = json.loads(done.stdout.splitlines()[-1])["font"]
    instead = f"{font} stands in for {FONT}" if font else ""
    remedy = f"Install the font {FONT}, or any of the families that stand in for it (fonts-inter, fonts-dejavu-core)."
    yield Finding("fonts", bool(font), FONT if font == FONT else instead or "none that the screen is drawn for", remedy)


def _display() -> Finding:
    if not sys.platform.startswith("linux"):
        return Finding("screen", True, "Qt loads")
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return Finding("screen", True, "Qt loads; no display here, so no window: --headless and pictures work")
    well = bool(ctypes.util.find_library("xcb-cursor")) or bool(os.environ.get("WAYLAND_DISPLAY"))
    found = "Qt loads and a display is there"
    return Finding("screen", well, found if well else f"{found}, but not libxcb-cursor", "Install libxcb-cursor0.")


# -- the data folder ---------------------------------------------------------------------------------


def _in_home(root: Path | None, resources: Path) -> Findings:
    home = Home.at(root)
    yield from _guarded("data folder", lambda: _folder(home))
    yield from _guarded("settings", lambda: _settings(home))
    yield from _guarded("disk", lambda: _disk(home))
    yield from _guarded("one copy", lambda: _one_copy(home))
    yield from _guarded("ledgers", lambda: _ledgers(home))
    yield from _guarded("backups", lambda: _backups(home))


def _folder(home: Home) -> Findings:
    mode = stat.S_IMODE(home.root.stat().st_mode)
    well = os.name == "nt" or not mode & 0o077
    refused = _refuses_files(home.root)
    found = f"{home.root}, yours alone" if well else f"{home.root} has mode {mode:o}: others can read it"
    yield Finding(
        "data folder", well and not refused, refused or found, "Give a folder of yours with --home, or mend its mode."
    )


def _refuses_files(folder: Path) -> str:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as fault:
        return f"nothing can be written to {folder}: {fault.strerror or fault}"


def _settings(home: Home) -> Findings:
    home.read_settings()
    yield Finding("settings", True, str(home.settings) if home.settings.exists() else "defaults (no settings.toml)")


def _disk(home: Home) -> Findings:
    try:
        least = home.read_settings().store.free_mb
    except CockpitError:  # told as a finding of its own
        least = Settings().store.free_mb
    yield Finding("disk", home.free_mb >= least, f"{home.free_mb:,} MB free", f"Free space: a day needs {least:,} MB.")


def _one_copy(home: Home) -> Findings:
    try:
        with held(home.root):
            yield Finding("one copy", True, "no other cockpit uses this folder")
    except AlreadyRunning as fault:
        yield Finding("one copy", True, f"a cockpit is running: {fault}")


def _ledgers(home: Home) -> Findings:
    """Look at both ends of every chain; the whole of one is what `ledger verify` reads."""
    places: list[str | Path] = sorted((home.root / "ledgers").rglob("*.db"))
    if url := home.read_settings().store.ledger_url:
        places.append(url)
    torn = 0
    for place in places:
        try:
            SqlLedger.open(place, read_only=True)
        except CockpitError as fault:
            torn += 1
            yield Finding("ledgers", False, str(fault), fault.remedy)
    if not torn:
        yield Finding("ledgers", True, f"{len(places)} there, each ends as it should" if places else "none yet")


def _backups(home: Home) -> Findings:
    """Hold the newest backup to the newest day that the paper ledger closed."""
    ledger = home.ledger(PAPER)
    made = days(home.backups, ledger.stem)
    closed = None
    if ledger.exists():
        facts = (entry.fact for entry in SqlLedger.open(ledger, read_only=True).read())
        closed = max((fact.day for fact in facts if isinstance(fact, DayClosed)), default=None)
    if closed is None:
        yield Finding("backups", True, "no paper day to back up yet")
    elif not made or made[-1] < closed:
        found = f"the newest is of {made[-1]}" if made else "none"
        yield Finding("backups", False, f"{found}; the paper ledger closed {closed}", BACKUP_REMEDY)
    else:
        age = (ist_day(WallClock().now()) - made[-1]).days
        yield Finding("backups", True, f"{len(made)} there, the newest of {made[-1]}, {age} days old")


# -- time, kernels, secrets --------------------------------------------------------------------------


def _calendar(resources: Path) -> Findings:
    calendar = NseCalendar.load(resources)
    today = ist_day(WallClock().now())
    warning = calendar.warning(today)
    near = [day for day in calendar.unconfirmed if today <= day <= today + timedelta(days=WATCH_DAYS)]
    unsure = f"; hours not confirmed yet: {', '.join(map(str, near))}" if near else ""
    found = (warning or f"sessions known until {calendar.ends_on}") + unsure
    yield Finding("calendar", warning is None, found, "Import the exchange's yearly holiday list.")


def _clock() -> Findings:
    offset = ZoneInfo("Asia/Kolkata").utcoffset(ist(0).replace(year=2026))
    now = ist(WallClock().now())
    well = now.date() >= BUILT and offset == timedelta(hours=5, minutes=30)
    yield Finding("clock", well, f"{now:%Y-%m-%d %H:%M:%S} in India", "Set the machine's clock and its zone data.")


def _kernels() -> Findings:
    """Compiled kernels are kept between starts; where they cannot be, every start compiles for a minute."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    package = Path(__file__).parent
    folders = (
        [Path(named)] if named else [package / room / "__pycache__" for room in KERNELS if (package / room).is_dir()]
    )
    refused = [said for folder in folders if (said := _cannot_keep(folder))]
    found = refused[0] if refused else f"kept in {named or 'the program folder'}"
    yield Finding(
        "compiled kernels", not refused, found, "Name a folder of yours in the environment variable NUMBA_CACHE_DIR."
    )


def _cannot_keep(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        return f"{folder} cannot be made: {fault.strerror or fault}"
    return _refuses_files(folder)


def _vault() -> Findings:
    try:
        yield Finding("vault", True, OsVault().name)
    except VaultUnavailable as fault:
        yield Finding(
            "vault",
            False,
            f"{fault}. Practice, replay and scan work without it",
            "Unlock or install the desktop's keyring before `cockpit login` and --paper: the day's token lives there.",
        )
