"""What every panel is: a widget that gets `(board, desk, reports)` and nothing more, and hears frames.

A `Berth` is what the shell knows of a panel before the panel itself is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import ClassVar, Protocol, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cockpit.ports import Desk, Reports
from cockpit.ui.actions import Action
from cockpit.ui.board import Board
from cockpit.ui.errands import Errands
from cockpit.widgets.tokens import DARK, Tokens


class Place(StrEnum):
    """Where a panel stands in the built-in Trade layout."""

    LEFT = "left"
    CENTRE = "centre"
    BELOW = "below"
    RIGHT = "right"
    RIGHT_BELOW = "right below"


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


class PanelKind(Protocol):
    """What a host needs to know of a panel: its names, its place, and how to build it. Panels and berths are kinds."""

    @property
    def key(self) -> str:
        """Answer the stable name in saved layouts."""

    @property
    def title(self) -> str:
        """Answer what stands on the tab."""

    @property
    def place(self) -> Place:
        """Answer where it stands in the built-in layout."""

    @property
    def icon(self) -> str:
        """Answer its icon's name."""

    def __call__(self, board: Board, desk: Desk, reports: Reports, parent: QWidget | None = None) -> Panel:
        """Build it for a day."""


@dataclass(frozen=True, slots=True)
class Berth:
    """A panel that is imported when it is built, so that the shell is on screen before any chart is loaded."""

    key: str
    title: str
    place: Place
    icon: str
    module: str
    name: str
    """The class in that module; its own key, title, place and icon are the same."""

    def kind(self) -> type[Panel]:
        """Import the panel and answer its class."""
        return cast(type[Panel], getattr(import_module(self.module), self.name))

    def __call__(self, board: Board, desk: Desk, reports: Reports, parent: QWidget | None = None) -> Panel:
        """Build the panel for a day."""
        return self.kind()(board, desk, reports, parent)
