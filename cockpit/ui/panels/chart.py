"""The focus chart: the linked name with VWAP, opening range, trade lines and fills, and four minis below."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout

from cockpit.facts import BarClosed, BarMoved, FeedMoved, FillBooked, IntentMade, OrderChanged, OrderPlaced
from cockpit.market import Instrument, Interval
from cockpit.money import Price
from cockpit.ui.actions import Action
from cockpit.ui.berth import Place
from cockpit.ui.board import Beat, SymbolChosen
from cockpit.ui.bridge import CHART_MS, Frame, hears
from cockpit.ui.formats import age_words
from cockpit.ui.minis import MiniRow
from cockpit.ui.panel import Panel
from cockpit.ui.theme import IconButton
from cockpit.ui.tracks import Follower, gaps, markers, opening_range, price_lines, wall_names
from cockpit.widgets.candles import FocusChart
from cockpit.widgets.chart_head import ChartHead
from cockpit.widgets.overlays import Layer, LineKind, PriceLine
from cockpit.widgets.segmented import Chips, Choice, Segmented

INTERVALS: Final = (Interval.M1, Interval.M3, Interval.M5, Interval.M15, Interval.H1)
LAYERS: Final = (
    (Layer.VWAP, "VWAP", True),
    (Layer.BAND, "Band", False),
    (Layer.OPENING_RANGE, "ORB", True),
    (Layer.VOLUME, "Vol", True),
    (Layer.LINES, "Lines", True),
    (Layer.MARKERS, "Fills", True),
)
N_MINIS: Final = 4
ROOM_FOR_MINIS: Final = 520
"""Height from which the small charts stand under the big one."""
EMPTY: Final = "No bars of this name yet. They appear with its first trade of the session."


class ChartPanel(Panel):
    """Follow the linked name."""

    key: ClassVar[str] = "chart"
    title: ClassVar[str] = "Chart"
    place: ClassVar[Place] = Place.CENTRE
    icon: ClassVar[str] = "chart-line"

    def lay_out(self) -> None:
        """Build bar, head, chart and minis."""
        self.interval = self._first_interval()
        self.head, self.chart = ChartHead(self), FocusChart(self)
        choices = [Choice(str(int(i)), i.label, f"{i.label} bars") for i in INTERVALS if i >= self.interval]
        self.intervals = Segmented(choices, self, name="Interval")
        self.intervals.chosen.connect(lambda key: self.show_interval(Interval(int(key))))
        self.layers = Chips([Choice(layer.value, words) for layer, words, _ in LAYERS], self, name="Shown on the chart")
        self.layers.toggled.connect(lambda key, on: self.chart.show_layer(Layer(key), on))
        self.auto = Chips([Choice("auto", "Auto Y", "Price range follows the candles")], self, name="Price range")
        self.auto.set_on("auto", True)
        self.auto.toggled.connect(lambda _, on: self.chart.set_auto_y(on))
        self.camera = IconButton("camera-outline", "Copy a picture of the chart", self)
        self.camera.clicked.connect(self._copy_picture)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 2)
        bar.setSpacing(10)
        bar.addWidget(self.intervals)
        bar.addWidget(self.layers)
        bar.addStretch(1)
        bar.addWidget(self.auto)
        bar.addWidget(self.camera)
        self.minis = MiniRow(N_MINIS, self.board, self.reports, self)
        self.column.addLayout(bar)
        self.column.addWidget(self.head)
        self.column.addWidget(self.chart, 1)
        self.column.addWidget(self.minis)
        self._wire()

    def _wire(self) -> None:
        self.follower = Follower(self.chart, self.reports)
        self._token = 0
        self.chart.readout_changed.connect(self.head.show_readout)
        self.chart.auto_y_changed.connect(lambda on: self.auto.set_on("auto", on))
        self.chart.typed.connect(self._typed)
        self.chart.level_wanted.connect(self._draw_level)
        self.chart.line_removal_wanted.connect(self._drop_line)
        self.chart.undo_wanted.connect(self._undo_level)
        self._levels: dict[int, list[PriceLine]] = {}
        for layer, _, on in LAYERS:
            self.layers.set_on(layer.value, on)
            self.chart.show_layer(layer, on)

    def _first_interval(self) -> Interval:
        day = self.reports.day()
        return max(Interval.M1, day.interval) if day is not None else Interval.M1

    # -- showing -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the linked name from the session's start."""
        name = self.board.instrument(self.board.selected)
        if name is None:
            self.chart.show_empty("No name is chosen. Choose one in the watchlist, or press Ctrl+K.")
            self.minis.show_names(())
            return
        self._token = name.token
        close = int(self.board.previous_close[self.board.slot(name.token)]) or None
        self.chart.set_instrument(name, close)
        self.head.set_instrument(name, self._note(name), close)
        self.setWindowTitle(f"Chart · {name.symbol}")
        if not self.follower.begin(name.token, self.interval):
            self.chart.show_empty(EMPTY)
        self._overlay()
        self._show_last()
        self.minis.show_names(wall_names(self.board, self.reports, N_MINIS, without=name.token))

    def _note(self, name: Instrument) -> str:
        return f"{name.exchange} · {name.series.value} · {self.interval.label}"

    def show_interval(self, interval: Interval) -> None:
        """Show another interval."""
        self.interval = interval
        self.intervals.choose(str(int(interval)))
        self.refresh()

    def _overlay(self) -> None:
        if not self._token:
            return
        band = opening_range(self.board, self.reports, self._token)
        self.chart.set_opening_range(band)
        self.head.show_opening_range(band)
        drawn = self._levels.get(self._token, [])
        self.chart.set_levels([*price_lines(self.board, self.reports, self._token), *drawn])
        self.chart.set_markers(markers(self.reports, self._token))
        self.chart.set_gaps(gaps(self.board))

    def _show_last(self) -> None:
        if not self._token or not self.board.watches(self._token):
            return
        seen = self.board.name(self._token)
        stale = seen.freshness.is_doubtful
        if seen.is_seen:
            self.head.show_last(seen.price, stale=stale)
        if len(self.chart.study.strip):
            self.chart.set_stale(age_words(seen.age_s) if stale else "")

    # -- hearing -----------------------------------------------------------------------------------

    @hears(SymbolChosen)
    def follow(self, frame: Frame) -> None:
        """Open the name that was chosen anywhere."""
        if self.board.selected != self._token:
            self.refresh()

    @hears(BarMoved, BarClosed, every_ms=CHART_MS)
    def follow_bars(self, frame: Frame) -> None:
        """Move the forming bar, close what has closed."""
        if not self._token:
            return
        was_empty = not len(self.chart.study.strip)
        self.follower.step()
        if was_empty and len(self.chart.study.strip):
            self.refresh()
        self._show_last()
        if frame.has(BarClosed):
            band = opening_range(self.board, self.reports, self._token)
            if band != self.chart.study.opening_range:
                self._overlay()
        self.minis.step(closed=frame.has(BarClosed))

    @hears(FillBooked, OrderPlaced, OrderChanged, IntentMade, FeedMoved, every_ms=CHART_MS)
    def redraw_lines(self, frame: Frame) -> None:
        """Draw lines, markers and gaps again."""
        self._overlay()

    @hears(Beat, every_ms=1000)
    def show_age(self, frame: Frame) -> None:
        """Grey the chart once its name has gone stale."""
        self._show_last()
        self.minis.show_ages()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.minis.setVisible(event.size().height() >= ROOM_FOR_MINIS)

    # -- doing -------------------------------------------------------------------------------------

    def _typed(self, letter: str) -> None:
        if letter == "/" or letter.isalpha():
            self.wanted.emit("palette")
        elif letter.isdigit():
            wanted = next((i for i in INTERVALS if i.label.startswith(letter) and i >= self.interval), None)
            if wanted is not None:
                self.show_interval(wanted)

    def _draw_level(self, price: Price) -> None:
        """Keep a level of this name for as long as the window is open; the ledger does not know of it."""
        mine = self._levels.setdefault(self._token, [])
        mine.append(PriceLine(f"level:{price}:{len(mine)}", price, "LEVEL", LineKind.LEVEL))
        self._overlay()

    def _drop_line(self, key: str) -> None:
        mine = self._levels.get(self._token, [])
        self._levels[self._token] = [line for line in mine if line.key != key]
        self._overlay()

    def _undo_level(self) -> None:
        if self._levels.get(self._token):
            self._levels[self._token].pop()
            self._overlay()

    def _copy_picture(self) -> None:
        QGuiApplication.clipboard().setPixmap(self.chart.picture())
        self.said.emit("good", "Picture of the chart copied.")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.wanted.emit("previous symbol" if back else "next symbol")
        else:
            super().keyPressEvent(event)

    def offers(self) -> Sequence[Action]:
        """Add the intervals to the palette."""
        return [
            Action(f"interval {i.label}", f"Chart interval: {i.label}", partial(self.show_interval, i), keywords="bars")
            for i in INTERVALS
            if str(int(i)) in self.intervals.pills
        ]

    def focus_first(self) -> None:
        """Take the keyboard in the chart."""
        self.chart.setFocus(Qt.FocusReason.TabFocusReason)
