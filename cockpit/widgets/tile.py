"""The small chart of the wall: a plain widget with its history in a pixmap and one live bar, cheap enough for fifty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cockpit.market import Bars, Instrument, Interval
from cockpit.money import Price, price_text
from cockpit.widgets.axes import gutter_width
from cockpit.widgets.backdrop import paint_backdrop
from cockpit.widgets.barstrip import BarStrip
from cockpit.widgets.marks import CurveStrokes, paint_lines, paint_markers
from cockpit.widgets.overlays import Gap, Marker, OpeningRange, PriceLine
from cockpit.widgets.paint import CENTRE, LEFT, RIGHT, colour, dots, focus_ring, pen, pill, text, triangle, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.sight import Area, Scale, Sight
from cockpit.widgets.strokes import CandleStrokes, OneCandle
from cockpit.widgets.study import Study
from cockpit.widgets.ticks import price_labels, time_labels
from cockpit.widgets.tokens import DARK, Radius, Tokens, Type

HEAD: Final = 36
FOOT: Final = 16
VALUES: Final = 76
"""Width of the head's right part, where price and change stand, px."""
PRICE_GAP: Final = 26.0
TIME_GAP: Final = 62.0
REACH: Final = 24
"""Rows above and below the last price that its tag, or a label coming back from under it, can touch, px."""


@dataclass(frozen=True, slots=True)
class TileHead:
    """What stands over a tile: a line under the symbol, and a badge (`STALE 25s`) in amber where one is given."""

    note: str = ""
    badge: str = ""


class ChartTile(Painted):
    """Show one instrument's session at a glance; a click or Enter asks for the big chart."""

    chosen = Signal(int)
    """The instrument's token."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens)
        self.study = Study(tokens=tokens)
        self._instrument: Instrument | None = None
        self._head = TileHead()
        self._history, self._live, self._curves = CandleStrokes(), OneCandle(), CurveStrokes()
        self._picture: QPixmap | None = None
        self._session: tuple[int, int] | None = None
        self.n_drawn = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        return QSize(250, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(150, 110)

    def set_instrument(self, instrument: Instrument, previous_close: Price | None = None) -> None:
        """Say what is charted; its bars follow."""
        self._instrument = instrument
        self.study.price_scale, self.study.previous_close = instrument.price_scale, previous_close
        self.study.opening_range, self.study.lines, self.study.markers, self.study.gaps = None, (), (), ()
        self.setAccessibleName(f"Mini chart {instrument.symbol}")
        self._relay()

    def set_head(self, head: TileHead) -> None:
        """Change the note and the badge."""
        if head != self._head:
            self._head = head
            self._picture = None
            self.refresh()

    def set_bars(self, bars: Bars, interval: Interval, session: tuple[int, int] | None = None) -> None:
        """Show closed bars; `session` (opens, closes; ns UTC) keeps the whole day in view from its first bar."""
        self.study.strip = BarStrip(bars, interval)
        self._session = session
        self._relay()

    def tick(self, bar: Bars) -> None:
        """Let the forming bar be `bar` (one row); repaints its sliver and the price tag only, while it fits."""
        row: Any = bar.reshape(-1)[0]
        before = self._last_row()
        if self.study.strip.tick(row) or self._outgrown(row):
            self._relay()
            return
        self._lay_live()
        self.update(self._column())
        self.update(QRect(self.width() - VALUES, 0, VALUES, HEAD))
        for y in {before, self._last_row()}:
            self.update(QRect(0, y - REACH, self.width(), 2 * REACH))
        if self.hasFocus():
            self.setAccessibleDescription(self._spoken())

    def close_bar(self, bar: Bars) -> None:
        """Let `bar` (one row) be closed."""
        self.study.strip.close(bar.reshape(-1)[0])
        self._relay()

    def set_opening_range(self, band: OpeningRange | None) -> None:
        """Show the opening range, or none."""
        self.study.opening_range = band
        self._relay()

    def set_levels(self, lines: tuple[PriceLine, ...]) -> None:
        """Show these price lines."""
        self.study.lines = tuple(lines)
        self._relay()

    def set_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show these entries and exits."""
        self.study.markers = tuple(markers)
        self._relay()

    def set_gaps(self, gaps: tuple[Gap, ...]) -> None:
        """Hatch these stretches of time."""
        self.study.gaps = tuple(gaps)
        self._relay()

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.study.tokens = tokens
        super().set_tokens(tokens)
        self._relay()

    def _spoken(self) -> str:
        """Say the last price, the change and the badge."""
        if not len(self.study.strip):
            return "no bars yet"
        parts = [price_text(self._close(), self.study.price_scale)]
        change = self._change()
        if change is not None:
            parts.append(f"{'up' if change >= 0 else 'down'} {abs(change):.2%}")
        return " ".join([*parts, self._head.badge]).strip()

    def _paint(self, painter: QPainter) -> None:
        if self._picture is None:
            self._picture = self._drawn()
        painter.drawPixmap(0, 0, self._picture)
        self._paint_values(painter)
        if len(self.study.strip):
            painter.save()
            painter.translate(0, HEAD)
            painter.setClipRect(QRectF(0, 0, self.width(), self.height() - HEAD))
            if self.study.strip.has_live:
                self._live.paint(painter, self.study.tokens)
            self._paint_price(painter)
            painter.restore()
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), self.tokens, Radius.DOCK)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._relay()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        else:
            event.ignore()

    # -- laying ------------------------------------------------------------------------------------------------------

    def _relay(self) -> None:
        study = self.study
        study.scale = Scale(study.scale.sight, self._area())
        self._look()
        study.scale = Scale(study.scale.sight, self._area())
        study.relabel()
        study.prices = price_labels(study.scale, PRICE_GAP)
        study.times = time_labels(study.strip, study.scale, TIME_GAP)
        part = slice(0, study.strip.n_closed)
        self._history.lay(study.strip.rows[part], study.strip.x[part], study.scale, study.most_volume)
        self._curves.lay(study, slice(0, len(study.strip)))
        self._lay_live()
        self._picture = None
        self.refresh()

    def _lay_live(self) -> None:
        study, strip = self.study, self.study.strip
        if strip.has_live:
            self._live.lay(strip.rows[-1], strip.last_x, study.scale, study.most_volume)

    def _look(self) -> None:
        """Take the session, or else all bars, as the time in view, and fit the prices."""
        study, strip = self.study, self.study.strip
        if not len(strip):
            return
        end = strip.last_x + 0.08 * max(strip.last_x, 30.0)
        if self._session is not None:
            end = strip.x_of(self._session[1])
        first = strip.x_of(self._session[0]) if self._session is not None else 0.0
        sight = replace(study.scale.sight, x0=min(first, 0.0) - 0.8, x1=max(end, strip.last_x + 1, 20.0))
        study.scale = Scale(sight, study.scale.area)
        extent = study.extent()
        if extent is not None:
            study.scale = Scale(sight.fitted(*extent), study.scale.area)

    def _outgrown(self, row: Any) -> bool:
        sight: Sight = self.study.scale.sight
        too_tall = float(row["volume"]) > 1.1 * self.study.most_volume
        return sight.left_by(float(row["low"]), float(row["high"])) or too_tall

    def _area(self) -> Area:
        gutter = gutter_width(self.study)
        panes = max(self.height() - HEAD - FOOT, 30)
        volume = round(panes * 0.16)
        wide = max(self.width() - gutter, 40.0)
        return Area(wide, 3.0, panes - volume - 6.0, float(panes - volume), float(volume), gutter, float(FOOT))

    # -- drawing -----------------------------------------------------------------------------------------------------

    def _drawn(self) -> QPixmap:
        """Answer everything that a tick does not move, as a pixmap at the screen's resolution."""
        self.n_drawn += 1
        ratio = self.devicePixelRatioF()
        picture = QPixmap(QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))))
        picture.setDevicePixelRatio(ratio)
        picture.fill(colour(self.tokens.panel))
        painter = QPainter(picture)
        try:
            frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            pill(painter, frame, colour(self.tokens.panel), Radius.DOCK, pen(self.tokens.line))
            self._paint_head(painter)
            painter.translate(0, HEAD)
            self._paint_panes(painter)
        finally:
            painter.end()
        return picture

    def _paint_panes(self, painter: QPainter) -> None:
        study, area = self.study, self.study.scale.area
        if not len(study.strip):
            rect = QRectF(0, 0, self.width(), self.height() - HEAD)
            text(painter, rect, "no bars yet", (self.tokens, Type.LABEL), self.tokens.faint, CENTRE)
            return
        painter.save()
        painter.setClipRect(QRectF(1, 0, area.width - 1, area.bottom))
        paint_backdrop(painter, study)
        self._history.paint(painter, study.tokens)
        self._curves.paint(painter)
        paint_lines(painter, study)
        paint_markers(painter, study)
        painter.restore()
        self._paint_axes(painter)

    def _paint_axes(self, painter: QPainter) -> None:
        study, area, tokens = self.study, self.study.scale.area, self.tokens
        for price in study.prices:
            y = float(study.scale.py(price))
            if 6 <= y <= area.volume_top:
                rect = QRectF(area.width + 5, y - 8, area.gutter - 6, 16)
                text(painter, rect, price_text(price, study.price_scale), (tokens, Type.AXIS), tokens.dim, LEFT)
        for label in study.times:
            half = width_of(tokens, Type.AXIS, label.words) / 2 + 1
            x = float(study.scale.px(label.x))
            if half <= x <= area.width - half / 2:
                rect = QRectF(x - half, area.bottom, 2 * half, FOOT - 2)
                text(painter, rect, label.words, (tokens, Type.AXIS), tokens.dim, CENTRE)

    def _paint_head(self, painter: QPainter) -> None:
        tokens, wide = self.tokens, self.width()
        if self._instrument is None:
            return
        upper, lower = QRectF(8, 4, wide - VALUES - 10, 16), QRectF(8, 19, wide - VALUES - 10, 14)
        text(painter, upper, self._instrument.symbol, (tokens, Type.NUMBER), tokens.hi, LEFT)
        text(painter, lower, self._head.note, (tokens, Type.AXIS), tokens.dim, LEFT)
        if self._head.badge:
            self._paint_badge(painter, 8 + width_of(tokens, Type.NUMBER, self._instrument.symbol) + 8)

    def _paint_values(self, painter: QPainter) -> None:
        """Write the last price and the change: the part of the head that ticks."""
        if self._instrument is None or not len(self.study.strip):
            return
        tokens, wide = self.tokens, self.width()
        upper, lower = QRectF(wide - VALUES, 4, VALUES - 8, 16), QRectF(wide - VALUES, 19, VALUES - 8, 14)
        price = price_text(self._close(), self.study.price_scale)
        text(painter, upper, price, (tokens, Type.NUMBER), tokens.hi, RIGHT)
        change = self._change()
        if change is not None:
            code, words = tokens.side(change), f"{abs(change):.2%}"
            text(painter, lower, words, (tokens, Type.TAG), code, RIGHT)
            at = QPointF(wide - 8 - width_of(tokens, Type.TAG, words) - 9, 26)
            triangle(painter, at, 7, code, up=change >= 0)

    def _paint_badge(self, painter: QPainter, left: float) -> None:
        wide = width_of(self.tokens, Type.BADGE, self._head.badge) + 12
        room = self.width() - left - 76
        if room < wide:
            return
        rect = QRectF(left, 5, wide, 14)
        pill(painter, rect, colour(self.tokens.warn_bg), 7)
        text(painter, rect, self._head.badge, (self.tokens, Type.BADGE), self.tokens.warn, CENTRE)

    def _paint_price(self, painter: QPainter) -> None:
        study, area, tokens = self.study, self.study.scale.area, self.study.tokens
        row = study.strip.rows[-1]
        y = float(self._last_row() - HEAD)
        change = self._change()
        code = tokens.side(change or float(row["close"] - row["open"]) or 1.0)
        painter.fillRect(QRectF(1, y, area.width - 1, 1), dots(code, 0.8))
        for price in study.prices:  # a label that the tag would cut is not shown at all
            if abs(float(study.scale.py(price)) - y) < 16:
                label = QRectF(area.width + 1, float(study.scale.py(price)) - 8, area.gutter - 3, 16)
                painter.fillRect(label, colour(self.tokens.panel))
        box = QRectF(area.width + 1, y - 8, area.gutter - 3, 17)
        painter.fillRect(box, colour(code))
        words = price_text(self._close(), study.price_scale)
        text(painter, box, words, (tokens, Type.TAG), tokens.ink_on(code), CENTRE)

    # -- facts -------------------------------------------------------------------------------------------------------

    def _close(self) -> Price:
        return int(self.study.strip.rows["close"][-1])

    def _change(self) -> float | None:
        before = self.study.previous_close
        return None if not before else self._close() / before - 1.0

    def _last_row(self) -> int:
        area = self.study.scale.area
        if not len(self.study.strip):
            return HEAD
        return HEAD + int(np.clip(self.study.scale.py(self._close()), 8.0, area.volume_top))

    def _column(self) -> QRect:
        scale = self.study.scale
        middle = int(scale.px(self.study.strip.last_x))
        return QRect(middle - int(scale.step) - 2, HEAD, int(2 * scale.step) + 5, int(scale.area.bottom))

    def _choose(self) -> None:
        if self._instrument is not None:
            self.chosen.emit(self._instrument.token)
