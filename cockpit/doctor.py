"""The doctor: every check of this machine with what was found and, where it is not well, what to do about it."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cockpit.clock import WallClock, ist_day
from cockpit.errors import AlreadyRunning, CockpitError
from cockpit.settings import Settings, parsed
from cockpit.storage.home import Home
from cockpit.storage.instance import held
from cockpit.storage.vault import OsVault
from cockpit.venues.calendar import NseCalendar

QT_PIN: Final = "6.11.2"
"""Qt 6.12 loses references on Python 3.11; QtAds is built against exactly this one."""
PYTHONS: Final = ((3, 11), (3, 13))


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

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


def findings(home: Home, resources: Path) -> tuple[Finding, ...]:
    """Run every check; one that fails by itself is a finding, not a crash."""
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "python": _python,
        "screen library": _qt,
        "data folder": lambda: _folder(home),
        "settings": lambda: _settings(home),
        "one copy": lambda: _one_copy(home),
        "calendar": lambda: _calendar(resources),
        "vault": _vault,
    }
    return tuple(finding for name, check in checks.items() for finding in _guarded(name, check))


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except CockpitError as fault:
        yield Finding(name, False, str(fault), fault.remedy)
    except Exception as fault:
        yield Finding(name, False, f"the check itself failed: {fault!r}", "Report this with the line above.")


def _python() -> Iterator[Finding]:
    version = sys.version_info[:2]
    well = PYTHONS[0] <= version <= PYTHONS[1]
    yield Finding("python", well, ".".join(map(str, sys.version_info[:3])), "Install Python 3.11, 3.12 or 3.13.")


def _qt() -> Iterator[Finding]:
    found = importlib.metadata.version("PySide6_Essentials")
    yield Finding("screen library", found == QT_PIN, f"PySide6 {found}", f"Run `make setup`: the pin is {QT_PIN}.")


def _folder(home: Home) -> Iterator[Finding]:
    free_mb = shutil.disk_usage(home.root).free // 1_000_000
    least = _read_settings(home).store.free_mb
    yield Finding("data folder", True, str(home.root))
    yield Finding("disk", free_mb >= least, f"{free_mb:,} MB free", f"Free space: a day needs {least:,} MB.")


def _settings(home: Home) -> Iterator[Finding]:
    _read_settings(home)
    found = str(home.settings) if home.settings.exists() else "defaults (no settings.toml)"
    yield Finding("settings", True, found)


def _read_settings(home: Home) -> Settings:
    return parsed(home.settings.read_text(encoding="utf-8")) if home.settings.exists() else Settings()


def _one_copy(home: Home) -> Iterator[Finding]:
    try:
        with held(home.root):
            yield Finding("one copy", True, "no other cockpit uses this folder")
    except AlreadyRunning as fault:
        yield Finding("one copy", True, f"a cockpit is running: {fault}")


def _calendar(resources: Path) -> Iterator[Finding]:
    calendar = NseCalendar.load(resources)
    warning = calendar.warning(ist_day(WallClock().now()))
    yield Finding(
        "calendar",
        warning is None,
        warning or f"sessions known until {calendar.ends_on}",
        "Import the exchange's yearly holiday list.",
    )


def _vault() -> Iterator[Finding]:
    found = OsVault().name
    yield Finding("vault", True, found)
