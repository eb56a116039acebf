"""The room a panel stands in: it shows loading until the day is there, and a red block when the panel itself fails."""

from __future__ import annotations

import re

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cockpit.clock import hhmmss, monotonic_ns
from cockpit.ports import Desk, Reports
from cockpit.ui.board import Board
from cockpit.ui.bridge import Ear, Frame, ears_of
from cockpit.ui.crash import story
from cockpit.ui.panel import Panel, PanelKind
from cockpit.ui.theme import redress
from cockpit.widgets.paint import focus_ring
from cockpit.widgets.states import Fault, StateCover, Wish
from cockpit.widgets.tokens import DARK, Radius, Tokens

_SECRET = re.compile(r"[A-Za-z0-9_\-]{24,}")


def redacted(words: str) -> str:
    """Answer words for the clipboard with everything that could be a key or a token blotted out."""
    return _SECRET.sub("•••", words)


class PanelHost(QWidget):
    """Build one panel, let it hear, and stand in for it when it is not there or has broken; the others live on."""

    said = Signal(str, str)
    wanted = Signal(str)

    def __init__(self, kind: PanelKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind, self.tokens = kind, DARK
        self.panel: Panel | None = None
        self.fault: BaseException | None = None
        self._given: tuple[Board, Desk, Reports] | None = None
        self._ears: list[Ear] = []
        self._ringed = False
        self.setObjectName("panelhost")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(kind.title)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.cover = StateCover(self)
        self.cover.wished.connect(self._grant)
        self.cover.loading(cancel=False)

    def furnish(self, board: Board, desk: Desk, reports: Reports) -> None:
        """Build the panel for a day; a panel that cannot be built leaves its error block here and nowhere else."""
        self._given = (board, desk, reports)
        self._clear()
        try:
            panel = self.kind(board, desk, reports, self)
            self._column.addWidget(panel)
            self.panel = panel
            panel.said.connect(self.said)
            panel.wanted.connect(self.wanted)
            redress(panel, self.tokens)
            panel.refresh()
        except Exception as fault:
            self.break_down(fault)
            return
        self._ears = [Ear(hearing, method) for hearing, method in ears_of(panel)]
        self.cover.ready()

    def hear(self, frame: Frame) -> None:
        """Pass a frame on to the panel's ears; a panel nobody sees only gathers what it has missed."""
        for ear in self._ears:
            ear.miss(frame)
        if self.isVisible():
            self._tell()

    def _tell(self) -> None:
        if self.fault is not None:
            return
        now = monotonic_ns()
        try:
            for ear in self._ears:
                ear.tell(now)
        except Exception as fault:
            self.break_down(fault)

    def break_down(self, fault: Exception) -> None:
        """Show what broke in place of the panel."""
        self.fault = fault
        since = hhmmss(self._given[0].now) if self._given and self._given[0].now else ""
        if self.panel is not None:
            self.panel.hide()
        what = f"{self.kind.title} stopped: {type(fault).__name__}: {fault}"
        self.cover.error(Fault(what, since, "the other panels, orders and stops, and HALT ALL."))
        self.said.emit("alarm", what)

    def _grant(self, wish: str) -> None:
        if wish == Wish.RETRY and self._given is not None:
            self.furnish(*self._given)
        elif wish == Wish.COPY and self.fault is not None:
            QGuiApplication.clipboard().setText(redacted(story(self.fault)))
            self.said.emit("note", f"Details of {self.kind.title} copied; what looks like a secret is blotted out.")

    def _clear(self) -> None:
        self.fault, self._ears = None, []
        if self.panel is not None:
            self._column.removeWidget(self.panel)
            self.panel.deleteLater()
            self.panel = None

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens

    def focus_first(self) -> None:
        """Take the keyboard, in the panel or on the button of its cover."""
        if self.panel is not None and self.fault is None:
            self.panel.focus_first()
        else:
            self.setFocus(Qt.FocusReason.TabFocusReason)

    def ring(self, on: bool) -> None:
        """Draw the focus ring round the whole dock, or not."""
        if on != self._ringed:
            self._ringed = on
            self._column.setContentsMargins(*([2] * 4 if on else [0] * 4))
            self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ringed:
            painter = QPainter(self)
            try:
                focus_ring(painter, QRectF(self.rect()), self.tokens, Radius.DOCK)
            finally:
                painter.end()
