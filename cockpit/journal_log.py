"""The log of a data folder: one JSON object a line, Indian time, no secrets; what happened, and what to do about it.

The ledger is the truth about money; the log is for the person who asks what the program met. structlog writes through
the standard library, so what vendors log lands here, too. Nothing else in the house opens a log.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Mapping, MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol

import structlog
from structlog.stdlib import ProcessorFormatter

from cockpit.bus import Bus
from cockpit.clock import WallClock, ist
from cockpit.errors import CockpitError
from cockpit.told import Level, Line, Teller

FOLDER: Final = "logs"
FILE: Final = "cockpit.log"
MOST_BYTES: Final = 5_000_000
KEPT: Final = 5
KEY_LENGTH: Final = 200
NO_REMEDY: Final = "Start again; the journal is whole. If it comes back, report it with the lines of the log."
HIDDEN: Final = "..."
SECRET_NAMES: Final = (
    "access_token", "request_token", "refresh_token", "public_token", "enctoken", "api_key", "api_secret", "checksum",
    "password", "passwd", "secret", "authorization", "x-csrftoken",
)  # fmt: skip

_NAMED = re.compile(
    rf"(\b(?:{'|'.join(SECRET_NAMES)})\b" + r"""\\?["']?\s*[:=]\s*\\?["']?)(?:(?:token|bearer)\s+)?[^\s"'\\&,;})\]]+""",
    re.IGNORECASE,
)
_SIGNED_IN = re.compile(r"(\w://[^\s/:@\"']*:)[^\s/@\"']+(?=@)")
_HEADER = re.compile(r"(\btoken\s+)\w{6,}:\w{6,}")


class Cleaner(Protocol):
    """Whoever knows secrets and takes them out of a text."""

    def cleaned(self, text: str) -> str:
        """Answer `text` without the secrets."""


class Log:
    """The open log of one data folder. `begin` opens it; it stays open until the process ends or another begins."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / FILE
        self._cleaners: list[Cleaner] = []
        self._times: dict[str, int] = {}
        self._file = _File(self.path)
        self._file.setFormatter(_formatter(self.cleaned))
        self._say = structlog.stdlib.get_logger("cockpit")

    def hear(self, bus: Bus) -> None:
        """Leave one line for every fact of `bus` that a person may want to look up."""
        Teller(self.write).listen(bus)

    def hide(self, cleaner: Cleaner) -> None:
        """Take out, from now on, whatever `cleaner` knows to be secret."""
        self._cleaners.append(cleaner)

    def own(self) -> None:
        """Let this process turn the file over when it is full: it holds the data folder."""
        self._file.is_owner = True

    def write(self, line: Line) -> None:
        """Write one line."""
        self._say.log(int(line.level), line.words, where=line.where, remedy=line.remedy, **line.more)

    def fault(self, where: str, fault: BaseException) -> None:
        """Write what went wrong, its remedy and its whole story.

        The same exception is written once; one that comes back, as in a paint, at its first, 10th, 100th time ...
        """
        told = f"logged in {self.path}"
        if told in getattr(fault, "__notes__", ()):
            return
        fault.add_note(told)
        key = f"{where} {fault!r}"[:KEY_LENGTH]
        times = self._times[key] = self._times.get(key, 0) + 1
        if str(times).strip("0") != "1":
            return
        remedy = fault.remedy if isinstance(fault, CockpitError) else NO_REMEDY
        self._say.error(
            f"{type(fault).__name__}: {fault}",
            where=where,
            remedy=remedy,
            times=times,
            exc_info=(type(fault), fault, fault.__traceback__),
        )

    def cleaned(self, text: str) -> str:
        """Answer `text` without secrets: those that were named, and those that can be recognised."""
        for cleaner in self._cleaners:
            text = cleaner.cleaned(text)
        return _HEADER.sub(rf"\1{HIDDEN}", _SIGNED_IN.sub(rf"\1{HIDDEN}", _NAMED.sub(rf"\1{HIDDEN}", text)))

    def _open(self) -> None:
        logging.getLogger().addHandler(self._file)
        logging.getLogger("cockpit").setLevel(logging.INFO)
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                ProcessorFormatter.wrap_for_formatter,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=False,
        )

    def _close(self) -> None:
        logging.getLogger().removeHandler(self._file)
        self._file.close()


_open: Log | None = None
_hooks: _Hooks | None = None


def begin(root: Path) -> Log:
    """Open the log of the data folder `root`, in place of whichever was open."""
    global _open, _hooks  # noqa: PLW0603 - a process has one log, as it has one excepthook
    end()
    _open = Log(root / FOLDER)
    _open._open()
    _hooks = _Hooks(_open)
    return _open


def end() -> None:
    """Close the log, and give the hooks back."""
    global _open, _hooks  # noqa: PLW0603
    if _hooks is not None:
        _hooks.fold()
    if _open is not None:
        _open._close()
        structlog.reset_defaults()
    _open = _hooks = None


def last_words(fault: BaseException, where: str = "the end") -> None:
    """Write a fault, by default the one that ends the program, if a log is open and has not heard of it yet."""
    if _open is not None:
        _open.fault(where, fault)


class _Hooks:
    """Stand where exceptions go that nobody caught, and pass them on."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._former = sys.excepthook, threading.excepthook
        # Bound methods are made anew at each look; these are kept to be recognised again.
        self._mine = self._ended, self._thread_ended
        sys.excepthook, threading.excepthook = self._mine

    def fold(self) -> None:
        """Give back the hooks, unless somebody stands before us."""
        if sys.excepthook is self._mine[0]:
            sys.excepthook = self._former[0]
        if threading.excepthook is self._mine[1]:
            threading.excepthook = self._former[1]

    def _ended(self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            self._log.fault("uncaught", fault)
        self._former[0](kind, fault, trace)

    def _thread_ended(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
            self._log.fault(f"thread {told.thread.name if told.thread else '(gone)'}", told.exc_value)
        self._former[1](told)


class _File(RotatingFileHandler):
    """The file. Only who holds the data folder turns it over; a disk that fails is said once and ends nothing."""

    def __init__(self, path: Path) -> None:
        self.is_owner = False
        self._failed = False
        super().__init__(path, maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - the library's name
        return self.is_owner and bool(super().shouldRollover(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        if not self._failed:
            self._failed = True
            fault = sys.exc_info()[1]
            sys.stderr.write(f"\nthe log {self.baseFilename} cannot be written: {fault}\n  Free the disk; no money is ")
            sys.stderr.write("on this path, the day goes on without its log.\n")


def _formatter(cleaned: Callable[[str], str]) -> ProcessorFormatter:
    render = structlog.processors.JSONRenderer(ensure_ascii=False, default=repr)

    def written(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        return cleaned(str(render(logger, name, event)))

    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.PositionalArgumentsFormatter(),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _stamped,
            written,
        ],
    )


def _stamped(logger: Any, name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Put the instant, the level and the words first; hide what stands under a secret's name."""
    at = ist(WallClock().now()).isoformat(timespec="milliseconds")
    kept = {key: HIDDEN if key.lower() in SECRET_NAMES else value for key, value in event.items()}
    return {"at": at, "level": kept.pop("level", ""), "what": kept.pop("event", ""), **kept}


__all__ = ["FILE", "FOLDER", "Level", "Line", "Log", "begin", "end", "last_words"]
