"""Today's picks: the evening scan's list with rank, score and reason, and what a score is made of."""

from __future__ import annotations

import math
from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from cockpit.clock import ist
from cockpit.facts import ScanPublished
from cockpit.opinions import Pick, Scan
from cockpit.ui.berth import Place
from cockpit.ui.board import SymbolChosen
from cockpit.ui.bridge import Frame, hears
from cockpit.ui.panel import Panel
from cockpit.ui.theme import Words
from cockpit.widgets.columns import Cell, Column
from cockpit.widgets.meter import Meter, Reading
from cockpit.widgets.states import StateCover
from cockpit.widgets.table import FastTable
from cockpit.widgets.tokens import Type

COLUMNS: Final = (
    Column("rank", "#", Cell.NUMBER, 34, help="Rank of the scan"),
    Column("symbol", "Symbol", Cell.TEXT, 96, bold=True),
    Column("score", "Score", Cell.SCORE, 92, help="Composite rank over the universe, 0 to 100"),
    Column("reason", "Why", Cell.TEXT, 160, stretch=True),
)
N_PARTS: Final = 5
ROOM_FOR_PARTS: Final = 360
"""Height from which the parts of a score stand under the list; lower, the list needs the room."""


class PicksPanel(Panel):
    """Show why each name is on the list; a name chosen here opens in the chart."""

    key: ClassVar[str] = "picks"
    title: ClassVar[str] = "Today's picks"
    place: ClassVar[Place] = Place.RIGHT
    icon: ClassVar[str] = "filter-variant"

    def lay_out(self) -> None:
        """Build the funnel, the table and the parts."""
        head = QVBoxLayout()
        head.setContentsMargins(10, 8, 10, 4)
        head.setSpacing(2)
        self.funnel = Words("", Type.NUMBER, "text", self)
        self.source = Words("", Type.LABEL, "dim", self)
        self.silent = Words("", Type.LABEL, "warn", self)
        for words in (self.funnel, self.source, self.silent):
            words.setWordWrap(True)
            head.addWidget(words)
        self.table = FastTable(COLUMNS, self, name="Today's picks")
        self.table.current_changed.connect(self._chosen)
        self.table.opened.connect(self._chosen)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 4, 10, 8)
        foot.setSpacing(4)
        line = QHBoxLayout()
        self.name = Words("", Type.TITLE, "hi", self)
        self.score = Words("", Type.TITLE, "hi", self)
        line.addWidget(self.name)
        line.addStretch(1)
        line.addWidget(self.score)
        foot.addLayout(line)
        self.why = Words("", Type.LABEL, "dim", self)
        self.why.setWordWrap(True)
        foot.addWidget(self.why)
        self.parts = [Meter(self) for _ in range(N_PARTS)]
        for meter in self.parts:
            foot.addWidget(meter)
            meter.hide()
        self.column.addLayout(head)
        self.column.addWidget(self.table, 1)
        self.column.addLayout(foot)
        self.cover = StateCover(self.table)
        self._picks: dict[str, Pick] = {}

    def refresh(self) -> None:
        """Draw the list again."""
        scan = self.reports.scan()
        if scan is None or not scan.picks:
            for words in (self.funnel, self.source, self.silent):
                words.say("")
            self.cover.empty("No scan is published for today. Run it from the command line: cockpit scan.")
            return
        self.cover.ready()
        self._picks = {str(pick.token): pick for pick in scan.picks}
        self._show_head(scan)
        self.table.fill(
            {
                key: {"rank": p.rank, "symbol": p.symbol, "score": p.score * 100, "reason": p.reason}
                for key, p in self._picks.items()
            }
        )
        self._explain()

    def _show_head(self, scan: Scan) -> None:
        # A filter that took nobody out is left out of the line; the tooltip has them all.
        before = [None, *(step.left for step in scan.funnel)]
        telling = [step for step, left in zip(scan.funnel, before, strict=False) if step.left != left]
        steps = " › ".join(f"{step.left} {step.filter}" for step in telling)
        self.funnel.setToolTip("\n".join(f"{step.left} after {step.filter}" for step in scan.funnel))
        self.funnel.say(steps or f"{len(scan.picks)} names")
        made = ist(scan.as_of)
        self.source.say(
            f"for {scan.session:%d %b %Y} · made {made:%d %b %H:%M} IST · {scan.source} · {len(scan.dropped)} dropped"
            f" · {_basis(scan)}"
        )
        self.silent.say(" · ".join(f"{brain.replace('_', ' ')} is silent: {why}" for brain, why in scan.silent))
        self.silent.setVisible(bool(scan.silent))

    @hears(ScanPublished)
    def show_scan(self, frame: Frame) -> None:
        """Take in a new scan."""
        self.refresh()

    @hears(SymbolChosen)
    def follow(self, frame: Frame) -> None:
        """Explain the linked name."""
        self._explain()

    def _explain(self) -> None:
        key = str(self.board.selected)
        pick = self._picks.get(key)
        name = self.board.instrument(self.board.selected)
        if pick is None:
            self.name.say(name.symbol if name is not None else "")
            self.score.say("")
            self.why.say("Not among today's picks." if name is not None else "")
        else:
            self.table.set_current(key)
            self.name.say(pick.symbol)
            self.score.say(f"{pick.score * 100:.0f}")
            sure = "" if math.isnan(pick.confidence) else f" · confidence {pick.confidence:.0%}"
            self.why.say(f"rank {pick.rank} of {len(self._picks)}{sure} · {pick.reason}")
        for nth, meter in enumerate(self.parts):
            shown = pick is not None and nth < len(pick.parts) and self.height() >= ROOM_FOR_PARTS
            meter.setVisible(shown)
            if pick is not None and shown:
                words, value = pick.parts[nth]
                meter.show_reading(Reading(words, f"{value * 100:.0f}", value, tone="accent"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def _chosen(self, key: str) -> None:
        if key:
            self.board.select(int(key))

    def focus_first(self) -> None:
        """Take the keyboard in the table."""
        self.table.setFocus(Qt.FocusReason.TabFocusReason)


def _basis(scan: Scan) -> str:
    """Say who ranked the names: the ensemble with its weights, or three factors where no brain was asked."""
    return f"ensemble, weights {scan.weights[:8]}" if scan.weights else "three factors, no brain asked"
