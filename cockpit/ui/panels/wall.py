"""The chart wall: four to sixteen small linked charts, held names first."""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtWidgets import QHBoxLayout

from cockpit.facts import AccountMarked, BarClosed, BarMoved, FillBooked, IntentMade, OrderChanged, ScanPublished
from cockpit.ui.berth import Place
from cockpit.ui.board import Beat
from cockpit.ui.bridge import UNFOCUSED_MS, Frame, hears
from cockpit.ui.minis import MiniGrid
from cockpit.ui.panel import Panel
from cockpit.ui.theme import Words
from cockpit.ui.tracks import wall_names
from cockpit.widgets.segmented import Choice, Segmented
from cockpit.widgets.states import StateCover

SHAPES: Final = {"4": (4, 2), "6": (6, 3), "9": (9, 3), "12": (12, 4), "16": (16, 4)}


class WallPanel(Panel):
    """Show many names at a glance."""

    key: ClassVar[str] = "wall"
    title: ClassVar[str] = "Chart wall"
    place: ClassVar[Place] = Place.CENTRE
    icon: ClassVar[str] = "view-grid-outline"

    def lay_out(self) -> None:
        """Build the choice of size and the wall."""
        self.sizes = Segmented([Choice(n, n, f"{n} charts") for n in SHAPES], self, name="Charts on the wall")
        self.sizes.choose("9")
        self.sizes.chosen.connect(lambda _: self.refresh())
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 2)
        bar.addWidget(self.sizes)
        bar.addWidget(Words("held names first, then what the rules want, then the scan's rank", parent=self))
        bar.addStretch(1)
        self.wall = MiniGrid(9, 3, self.board, self.reports, self)
        self.column.addLayout(bar)
        self.column.addWidget(self.wall, 1)
        self.cover = StateCover(self.wall)

    def refresh(self) -> None:
        """Choose the names anew and draw every chart."""
        n, columns = SHAPES[self.sizes.current]
        self.wall.set_count(n, columns)
        names = wall_names(self.board, self.reports, n)
        self.wall.show_names(names)
        if names:
            self.cover.ready()
        else:
            self.cover.empty("No names are watched today, so there is nothing to chart.")

    @hears(BarMoved, BarClosed, every_ms=UNFOCUSED_MS)
    def follow_bars(self, frame: Frame) -> None:
        """Move the charts."""
        self.wall.step(closed=frame.has(BarClosed))

    @hears(FillBooked, IntentMade, OrderChanged, ScanPublished, every_ms=UNFOCUSED_MS)
    def choose_names(self, frame: Frame) -> None:
        """Let what is held and wanted move up."""
        self.refresh()
        for mini in self.wall.minis:
            mini.overlay()

    @hears(Beat, AccountMarked, every_ms=1000)
    def show_ages(self, frame: Frame) -> None:
        """Say which names are stale."""
        self.wall.show_ages()
