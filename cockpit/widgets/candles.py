"""The focus chart: candles, volume, VWAP, opening range, lines and markers, kept live at the cost of a sliver per tick.

What stands still is one cached sheet, drawn when a bar closes or the view moves; the forming bar, the last price and
its tag are small sheets over it. Everything is laid in screen pixels, so wicks stay one crisp line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGraphicsScene, QVBoxLayout, QWidget

from cockpit.clock import hhmmss
from cockpit.market import Bars, Instrument, Interval, bars_of
from cockpit.money import Price, price_text
from cockpit.widgets.barstrip import BarStrip
from cockpit.widgets.chart_view import ChartView
from cockpit.widgets.easel import Easel
from cockpit.widgets.hand import Hand
from cockpit.widgets.helm import Helm
from cockpit.widgets.overlays import Curve, Gap, Layer, Marker, OpeningRange, PriceLine, Readout, TimeMark, Trend
from cockpit.widgets.paint import colour
from cockpit.widgets.sight import Sight
from cockpit.widgets.states import Fault, StateCover
from cockpit.widgets.study import Study
from cockpit.widgets.tokens import DARK, Tokens, mixed


class FocusChart(QWidget):
    """Show one instrument at one interval. Data comes in by method, wishes go out by signal.

    Units: prices are integers at `price_scale`, times int ns UTC.
    """

    readout_changed = Signal(object)
    """A `Readout`: the bar under the crosshair, else the newest; None where there is none."""
    level_wanted = Signal(int)
    """Alt+H at this price."""
    alert_wanted = Signal(int)
    """Alt+A at this price."""
    time_mark_wanted = Signal(object)
    """Alt+V at this instant, ns UTC."""
    line_removal_wanted = Signal(str)
    """Delete over the line of this key; only levels and alerts can be removed."""
    trend_wanted = Signal(object)
    """Alt+T at one point and a click (or Alt+T) at another: `(ts, price, ts, price)`."""
    undo_wanted = Signal()
    typed = Signal(str)
    """A letter or digit pressed over the chart: the start of a symbol or an interval."""
    measured = Signal(object)
    """The `Span` of the ruler."""
    auto_y_changed = Signal(bool)
    view_changed = Signal()
    """Time or price range moved by the trader."""
    wished = Signal(str)
    """A `Wish` from the state cover: retry, act, cancel, copy."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent)
        self.tokens, self.study = tokens, Study(tokens=tokens)
        self._symbol, self._is_stale = "", False
        self._scene = QGraphicsScene(self)
        # Without an index no tree is rebuilt when small sheets move.
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.view = ChartView(self._scene, self)
        self.easel = Easel(self.study, self._scene)
        self.helm = Helm(self.study, self.easel, self.view)
        self.hand = Hand(self.study, self.easel, self.view, self.helm)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.setFocusProxy(self.view)
        self.cover = StateCover(self, tokens=tokens)
        self._pass_on()
        self.set_tokens(tokens)
        self._name()

    # -- data in -----------------------------------------------------------------------------------------------------

    def set_instrument(self, instrument: Instrument, previous_close: Price | None = None) -> None:
        """Say what is charted; forget bars and overlays of the one before."""
        self._symbol, study = instrument.symbol, self.study
        study.tick_size, study.trends, study.time_marks = instrument.tick_size, (), ()
        study.price_scale, study.previous_close = instrument.price_scale, previous_close
        study.opening_range, study.lines, study.markers, study.gaps = None, (), (), ()
        self.set_bars(bars_of(0), study.strip.interval)

    def set_bars(self, bars: Bars, interval: Interval) -> None:
        """Show closed bars in time order, in a fresh view at their end.

        Errors: BadInput for another dtype than `market.BAR` or bars out of order.
        """
        self.study.strip = BarStrip(bars, interval)
        self.study.curves = ()
        self.hand.drop()
        if len(bars):
            self.cover.ready()
        self._name()
        self.helm.reset()
        self.hand.tell()

    def tick(self, bar: Bars) -> None:
        """Let the forming bar be `bar` (one row). The view moves only where a bar began or the price left the pane.

        Errors: BadInput for a bar that has closed already.
        """
        row: Any = bar.reshape(-1)[0]
        if self.study.strip.tick(row):
            self.helm.grown()
        else:
            self.easel.move_live()
            self.helm.follow_price(float(row["low"]), float(row["high"]))
        if not self.hand.is_reading:
            self.hand.tell()

    def close_bar(self, bar: Bars) -> None:
        """Let `bar` (one row) be closed: it becomes history. Errors: BadInput where it had closed already."""
        self.study.strip.close(bar.reshape(-1)[0])
        self.helm.grown()
        self.hand.tell()

    def set_opening_range(self, band: OpeningRange | None) -> None:
        """Show the opening range, or none."""
        self.study.opening_range = band
        self.helm.refit()

    def set_levels(self, lines: Sequence[PriceLine]) -> None:
        """Show these price lines and no others. The lines of one trade share a key up to its last colon."""
        self.study.lines = tuple(lines)
        self.helm.refit()

    def set_markers(self, markers: Sequence[Marker]) -> None:
        """Show these entries and exits."""
        self.study.markers = tuple(markers)
        self.helm.lay()

    def set_drawings(self, trends: Sequence[Trend], time_marks: Sequence[TimeMark] = ()) -> None:
        """Show the trader's trend lines and time marks, and no others."""
        self.study.trends, self.study.time_marks = tuple(trends), tuple(time_marks)
        self.helm.lay()

    def set_gaps(self, gaps: Sequence[Gap]) -> None:
        """Hatch these stretches of time."""
        self.study.gaps = tuple(gaps)
        self.helm.lay()

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Draw these extra curves; give them again after a bar has closed."""
        self.study.curves = tuple(curves)
        self.helm.lay()

    def show_layer(self, layer: Layer, on: bool) -> None:
        """Switch one layer on or off."""
        self.study.layers = self.study.layers | {layer} if on else self.study.layers - {layer}
        self.helm.refit()

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        self.study.tokens = muted(tokens) if self._is_stale else tokens
        self.view.setBackgroundBrush(colour(tokens.panel))
        self.cover.set_tokens(tokens)
        self.easel.repaint()
        self.helm.lay()

    # -- states ------------------------------------------------------------------------------------------------------

    def show_loading(self, words: str = "") -> None:
        """Cover the chart while its bars are fetched; `words` is the progress."""
        self.cover.loading(words)

    def show_empty(self, sentence: str, button: str = "") -> None:
        """Say why there is nothing to show and what to do about it."""
        self.cover.empty(sentence, button)

    def show_error(self, fault: Fault) -> None:
        """Say what broke."""
        self.cover.error(fault)

    def set_stale(self, age: str) -> None:
        """Grey everything and badge it with its age; an empty age means fresh again."""
        if age:
            self.cover.stale(age)
        else:
            self.cover.ready()
        if bool(age) != self._is_stale:
            self._is_stale = bool(age)
            self.set_tokens(self.tokens)

    # -- view --------------------------------------------------------------------------------------------------------

    @property
    def sight(self) -> Sight:
        """Answer the visible range."""
        return self.helm.sight

    @property
    def auto_y(self) -> bool:
        """Tell whether the price range follows the candles in view."""
        return self.helm.auto_y

    def set_auto_y(self, on: bool) -> None:
        """Let the price range follow the candles, or stay where the trader puts it."""
        self.helm.set_auto_y(on)

    def reset_view(self) -> None:
        """Show the newest bars at the usual width, Auto Y on."""
        self.helm.reset()

    def go_to_end(self) -> None:
        """Move so that the newest bar is in view, and stay with it."""
        self.helm.go_to_end()

    def go_to(self, ts: int) -> None:
        """Move so that instant `ts` is in the middle and its bar is read; nothing to do where there are no bars."""
        if len(self.study.strip):
            index = self.study.strip.holding(ts)
            self.helm.centre(float(self.study.strip.x[index]))
            self.hand.pin(index)

    def picture(self) -> QPixmap:
        """Answer the chart as it stands, for a file or the clipboard."""
        return self.view.grab()

    # -- within ------------------------------------------------------------------------------------------------------

    def _pass_on(self) -> None:
        hand = self.hand
        for name in ("readout_changed", "level_wanted", "alert_wanted", "time_mark_wanted", "line_removal_wanted",
                     "trend_wanted", "undo_wanted", "measured"):  # fmt: skip
            getattr(hand, name).connect(getattr(self, name))
        self.view.typed.connect(self.typed)
        self.helm.auto_y_changed.connect(self.auto_y_changed)
        self.helm.view_changed.connect(self.view_changed)
        self.cover.wished.connect(self.wished)
        hand.readout_changed.connect(self._speak)

    def _name(self) -> None:
        words = f"Chart {self._symbol} {self.study.strip.interval.label}".replace("  ", " ")
        for part in (self, self.view, self.view.viewport()):
            part.setAccessibleName(words)

    def _speak(self, readout: Readout | None) -> None:
        """Tell screen readers about the bar that is read, but not about every tick."""
        if readout is not None and (readout.pinned or not self.study.strip.has_live):
            self.view.setAccessibleDescription(spoken_bar(readout, self.study.price_scale))


def spoken_bar(readout: Readout, price_scale: int) -> str:
    """Say a bar in words: `10:46 open 1,420.13 high ... close ... volume 11810`."""
    row = readout.bar[0]
    parts = [f"{name} {price_text(int(row[name]), price_scale)}" for name in ("open", "high", "low", "close")]
    return f"{hhmmss(int(row['ts_open']))[:5]} {' '.join(parts)} volume {int(row['volume'])}"


def muted(tokens: Tokens) -> Tokens:
    """Answer the look of values that are too old to act on: everything that speaks of the market in grey."""
    up, down, vwap, orb, accent = (
        mixed(code, tokens.dim, 0.82) for code in (tokens.up, tokens.down, tokens.vwap, tokens.orb, tokens.accent)
    )
    return replace(tokens, up=up, down=down, vwap=vwap, orb=orb, accent=accent)
