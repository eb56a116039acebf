"""What happens when the screen itself fails: one panel shows a red block, the log gets the story, the rest lives on."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

Complaint = Callable[[str, BaseException], None]
"""Takes where it happened and what."""

_SECRET = re.compile(r"[A-Za-z0-9_\-]{24,}")
_log = logging.getLogger("cockpit.screen")  # the roof routes it into the house's log


class QtFault(RuntimeError):
    """What Qt itself called critical or fatal, in its words."""


class Nets:
    """Catch what nobody caught: exceptions out of Qt's virtual calls and the loop's tasks, and Qt's own complaints."""

    def __init__(self, complain: Complaint) -> None:
        self._complain = complain
        self._former = sys.excepthook
        self._former_qt: Any = None
        self._seen: set[str] = set()

    def spread(self) -> None:
        """Begin to catch."""
        sys.excepthook = self._caught
        self._former_qt = qInstallMessageHandler(self._said_by_qt)

    def fold(self) -> None:
        """Give back the hook that was there before."""
        sys.excepthook = self._former
        qInstallMessageHandler(self._former_qt)

    def _caught(self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._former(kind, fault, trace)
            return
        self.note(_place(trace), fault)

    def caught_in_loop(self, loop: Any, context: dict[str, Any]) -> None:
        """Take a fault from the event loop's own handler."""
        fault = context.get("exception")
        self.note("event loop", fault if fault is not None else RuntimeError(str(context.get("message"))))

    def _said_by_qt(self, kind: QtMsgType, where: QMessageLogContext, words: str) -> None:
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            fault = QtFault(words)  # whoever stands before us at the hook hears of it as of any other fault
            sys.excepthook(QtFault, fault, None)
        elif kind is QtMsgType.QtWarningMsg:
            _log.warning("Qt: %s", words)

    def note(self, where: str, fault: BaseException) -> None:
        """Log a fault in full, and complain of it once: a fault in a paint would come back sixty times a second."""
        key = f"{where} {fault!r}"
        if key in self._seen:
            return
        self._seen.add(key)
        _log.error("the screen failed: %s: %r", where, fault, exc_info=fault)
        self._complain(where, fault)


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return f"{frames[-1].name} in {frames[-1].filename.rsplit('/', 1)[-1]}" if frames else "screen"


def redacted(words: str) -> str:
    """Answer words for the clipboard with everything that could be a key or a token blotted out."""
    return _SECRET.sub("•••", words)


def story(fault: BaseException) -> str:
    """Answer the whole traceback as text, for Copy details."""
    return "".join(traceback.format_exception(fault))
