"""The data folder: one place for everything that is remembered, readable by its owner alone."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cockpit.errors import BadInput, BadSetting, LedgerDown
from cockpit.storage.anchors import ANCHORS, ENDING, LEDGERS

if TYPE_CHECKING:
    from cockpit.settings import Settings

FOLDERS: Final = (LEDGERS, ANCHORS, "candles", "ticks", "backups", "cache", "reports", "shelf", "nights")
FOLDER_MODE: Final = 0o700
MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Home:
    """Know where each thing lives below `root`. Make it with `at`, which also makes the folders."""

    root: Path

    @classmethod
    def at(cls, root: Path | None = None) -> Home:
        """Open a data folder, the platform's own when no `root` is given; folders are made, permissions set.

        Errors: BadSetting when the folder cannot be made, is no folder, or belongs to somebody else.
        """
        home = cls((root or platform_root()).expanduser().absolute())
        try:
            for folder in (home.root, *(home.root / name for name in FOLDERS)):
                folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
                _own(folder)
        except OSError as fault:
            raise BadSetting(
                f"data folder {home.root} cannot be used: {fault}",
                remedy="Give a folder of yours with --home, or mend its permissions.",
            ) from fault
        return home

    @property
    def settings(self) -> Path:
        """Answer where the settings are."""
        return self.root / "settings.toml"

    def read_settings(self) -> Settings:
        """Answer the settings of this folder, the defaults when it has no file of them.

        Errors: BadSetting naming the file, the line and the field.
        """
        from cockpit.settings import Settings, parsed  # the shell asks for the folder alone, and is painted first

        if not self.settings.exists():
            return Settings()
        try:
            return parsed(self.settings.read_text(encoding="utf-8"))
        except BadSetting as fault:
            raise BadSetting(f"{self.settings}: {fault}") from None
        except UnicodeDecodeError as fault:
            line = fault.object[: fault.start].count(b"\n") + 1
            raise BadSetting(f"{self.settings}: line {line} is not UTF-8 text ({fault.reason})") from None
        except OSError as fault:
            raise BadSetting(
                f"{self.settings} cannot be read: {fault.strerror}", remedy="Mend the file's permissions."
            ) from None

    @property
    def candles(self) -> Path:
        """Answer the folder of stored bars."""
        return self.root / "candles"

    @property
    def ticks(self) -> Path:
        """Answer the folder of recorded ticks."""
        return self.root / "ticks"

    @property
    def backups(self) -> Path:
        """Answer the folder of ledger backups."""
        return self.root / "backups"

    @property
    def reports(self) -> Path:
        """Answer the folder of written reports."""
        return self.root / "reports"

    @property
    def cache(self) -> Path:
        """Answer the folder of things that can be made again: deleting it costs time, nothing else."""
        return self.root / "cache"

    def ledger(self, name: str) -> Path:
        """Answer the file of a ledger, `paper` or `practice/2026-11-20-run1`; modes share code, never a file.

        Errors: BadInput for a name that leads out of the folder of ledgers.
        """
        return self._below(LEDGERS, name, ".db")

    def anchors(self, name: str) -> Path:
        """Answer the file that notes the heads of a ledger, away from the ledger's own folder.

        Errors: BadInput for a name that leads out of the folder of anchors.
        """
        return self._below(ANCHORS, name, ENDING)

    def _below(self, folder: str, name: str, ending: str) -> Path:
        parts = name.split("/")
        if any(part in ("", ".", "..") or "\\" in part or ":" in part for part in parts):
            raise BadInput(f"ledger name {name!r} given; words parted by / expected, as in practice/2026-11-20-run1")
        path = self.root.joinpath(folder, *parts[:-1])
        path.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        return path / f"{parts[-1]}{ending}"

    @property
    def free_mb(self) -> int:
        """Answer how much the disk can still take, in MB."""
        return shutil.disk_usage(self.root).free // MB

    def check_free(self, least_mb: int) -> None:
        """Refuse a disk that a day could fill.

        Errors: LedgerDown with both numbers.
        """
        if (free := self.free_mb) < least_mb:
            raise LedgerDown(
                f"{free:,} MB free on the disk of {self.root}; a day needs {least_mb:,} MB",
                remedy="Free space on this disk, or give a folder on another one with --home.",
            )


def platform_root() -> Path:
    """Answer the folder where this platform keeps an application's data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("cockpit", appauthor=False))


def _own(folder: Path) -> None:
    if os.name == "nt":
        return  # a user's own folder there is private by its access list
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to user {found.st_uid}, not to you")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(FOLDER_MODE)
