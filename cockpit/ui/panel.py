"""What every panel is: a widget that gets `(board, desk, reports)` and nothing more, and hears frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cockpit.ports import Desk, Reports
from cockpit.ui.actions import Action
from cockpit.ui.berth import Place
from cockpit.ui.board import Board
from cockpit.ui.errands import Errands
from cockpit.widgets.tokens import DARK, Tokens


class Panel(QWidget):
    """Show one thing. A subclass names itself, lays itself out in `lay_out`, and marks its ears with `@hears`."""

    key: ClassVar[str] = ""
    """Stable name in saved layouts."""
    title: ClassVar[str] = ""
    place: ClassVar[Place] = Place.CENTRE
    icon: ClassVar[str] = ""
    said = Signal(str, str)
    """A grade and words for a toast."""
    wanted = Signal(str)
    """The id of an action of the window that this panel would like run, such as `halt`."""

    def __init__(self, board: Board, desk: Desk, reports: Reports, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.board, self.desk, self.reports = board, desk, reports
        self.tokens: Tokens = DARK
        self.errands = Errands(self.said.emit)
        self.setObjectName("panel")
        self.setAccessibleName(self.title)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.lay_out()

    def lay_out(self) -> None:
        """Build the widgets; to be written by each panel."""
        raise NotImplementedError(f"{type(self).__name__} has to lay itself out: write lay_out()")

    def refresh(self) -> None:
        """Draw everything again from board and reports; called once after building and whenever the day changes."""

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look; children that draw with tokens get it by themselves."""
        self.tokens = tokens

    def offers(self) -> Sequence[Action]:
        """Answer the actions this panel adds to palette, menus and keys."""
        return ()

    def focus_first(self) -> None:
        """Take the keyboard at the panel's main widget."""
        target = self.nextInFocusChain()
        while target is not None and target is not self:
            if self.isAncestorOf(target) and target.focusPolicy() & Qt.FocusPolicy.TabFocus and target.isVisible():
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return
            target = target.nextInFocusChain()
