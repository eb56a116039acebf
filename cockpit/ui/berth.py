"""Where a panel stands and what the shell knows of it before the panel itself is imported."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cockpit.ports import Desk, Reports
    from cockpit.ui.board import Board
    from cockpit.ui.panel import Panel


class Place(StrEnum):
    """Where a panel stands in the built-in Trade layout."""

    LEFT = "left"
    CENTRE = "centre"
    BELOW = "below"
    RIGHT = "right"
    RIGHT_BELOW = "right below"


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
        return cast("type[Panel]", getattr(import_module(self.module), self.name))

    def __call__(self, board: Board, desk: Desk, reports: Reports, parent: QWidget | None = None) -> Panel:
        """Build the panel for a day."""
        return self.kind()(board, desk, reports, parent)
