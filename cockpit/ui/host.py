"""The room a panel stands in: it shows loading until the day is there, and a red block when the panel itself fails.

It is on screen before any fact is known, so what a panel and its ears need is imported when the panel is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cockpit.ui.theme import redress
from cockpit.widgets.paint import focus_ring
from cockpit.widgets.states import Fault, StateCover, Wish
from cockpit.widgets.tokens import DARK, Radius, Tokens

if TYPE_CHECKING:
    from cockpit.ports import Desk, Reports
    from cockpit.ui.berth import PanelKind
    from cockpit.ui.board import Board
    from cockpit.ui.bridge import Ears, Frame
    from cockpit.ui.panel import Panel


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
        self._ears: Ears | None = None
        self._ringed = False
        self.setObjectName("panelhost")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(kind.title)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.cover = StateCover(self)
        self.cover.wished.connect(self._grant)
        self.cover.loading(cancel=False, at_once=True)

    def furnish(self, board: Board, desk: Desk, reports: Reports) -> None:
        """Build the panel for a day; a panel that cannot be built leaves its error block here and nowhere else."""
        from cockpit.ui.bridge import Ears

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
        self._ears = Ears(panel)
        self.cover.ready()

    def hear(self, frame: Frame) -> None:
        """Pass a frame on to the panel's ears; a panel nobody sees only gathers what it has missed."""
        if self._ears is not None:
            self._ears.miss(frame)
        if self.isVisible():
            self._tell()

    def _tell(self) -> None:
        if self._ears is None or self.fault is not None:
            return
        try:
            self._ears.tell()
        except Exception as fault:
            self.break_down(fault)

    def break_down(self, fault: Exception) -> None:
        """Show what broke in place of the panel."""
        from cockpit.clock import hhmmss

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
            from cockpit.ui.crash import redacted, story

            QGuiApplication.clipboard().setText(redacted(story(self.fault)))
            self.said.emit("note", f"Details of {self.kind.title} copied; what looks like a secret is blotted out.")

    def _clear(self) -> None:
        self.fault, self._ears = None, None
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
