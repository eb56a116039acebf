"""The log: everything worth a trader's eye since the start, newest first, each line with its time and its sign."""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from cockpit.clock import hhmmss
from cockpit.facts import JOURNAL, TicksQuarantined
from cockpit.ui.berth import Place
from cockpit.ui.bridge import UNFOCUSED_MS, Frame, hears
from cockpit.ui.news import Grade, Line
from cockpit.ui.panel import Panel
from cockpit.widgets.columns import Cell, Column, Pill
from cockpit.widgets.segmented import Choice, Segmented
from cockpit.widgets.states import StateCover
from cockpit.widgets.table import FastTable

SHOWN: Final = 300
COLUMNS: Final = (
    Column("time", "Time", Cell.NUMBER, 68, show=hhmmss, help="IST"),
    Column("grade", "", Cell.BADGE, 76),
    Column("words", "What happened", Cell.TEXT, 300, stretch=True),
)
_PILLS: Final = {
    Grade.NOTE: Pill("· note", "info"),
    Grade.GOOD: Pill("✓ done", "ok"),
    Grade.WARN: Pill("▲ watch", "warn"),
    Grade.ALARM: Pill("■ alarm", "danger"),
}


class LogPanel(Panel):
    """Show the board's log; a line that speaks of a name opens it in the chart."""

    key: ClassVar[str] = "log"
    title: ClassVar[str] = "Log"
    place: ClassVar[Place] = Place.BELOW
    icon: ClassVar[str] = "text-box-outline"

    def lay_out(self) -> None:
        """Build the filter and the table."""
        self.grades = Segmented([Choice("all", "All"), Choice("bad", "Alarms and warnings")], self, name="Lines shown")
        self.grades.chosen.connect(lambda _: self.refresh())
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 5, 8, 3)
        bar.addWidget(self.grades)
        bar.addStretch(1)
        self.table = FastTable(COLUMNS, self, name="Log")
        self.table.opened.connect(self._open)
        self.column.addLayout(bar)
        room = QHBoxLayout()
        room.setContentsMargins(6, 0, 4, 4)
        room.addWidget(self.table)
        self.column.addLayout(room, 1)
        self.cover = StateCover(self.table)
        self._lines: dict[str, Line] = {}

    def refresh(self) -> None:
        """List the newest lines."""
        only_bad = self.grades.current == "bad"
        kept = [line for line in self.board.log if not only_bad or line.grade in (Grade.WARN, Grade.ALARM)]
        first = len(kept) - min(len(kept), SHOWN)
        self._lines = {f"{first + nth}": line for nth, line in enumerate(kept[first:])}
        newest_first = dict(reversed(self._lines.items()))
        self.table.fill(
            {
                key: {"time": line.ts, "grade": _PILLS[line.grade], "words": line.words}
                for key, line in newest_first.items()
            }
        )
        if self._lines:
            self.cover.ready()
        else:
            self.cover.empty("Nothing has happened yet.")

    @hears(*JOURNAL, TicksQuarantined, every_ms=UNFOCUSED_MS)
    def show_news(self, frame: Frame) -> None:
        """Take in what happened."""
        self.refresh()

    def _open(self, key: str) -> None:
        line = self._lines.get(key)
        if line is not None and line.token:
            self.board.select(line.token)

    def focus_first(self) -> None:
        """Take the keyboard in the table."""
        self.table.setFocus(Qt.FocusReason.TabFocusReason)
