"""The price gutter and the time foot of a chart; a label hides while a tag stands on it."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter

from cockpit.money import price_text
from cockpit.widgets.layer import Sheet
from cockpit.widgets.paint import CENTRE, LEFT, pen, text, width_of
from cockpit.widgets.study import Study
from cockpit.widgets.tokens import Type

GUTTER_PAD = 16.0
FOOT = 22.0
LABEL_HALF = 8.0
TIME_HALF = 16.0


def gutter_width(study: Study) -> float:
    """Answer how wide the price gutter must be for the prices in view, in steps of 8 px so that it does not jitter."""
    sight = study.scale.sight
    widest = max(
        width_of(study.tokens, Type.TAG, price_text(int(price), study.price_scale)) for price in (sight.y0, sight.y1)
    )
    return float(-(-(widest + GUTTER_PAD) // 8) * 8)


class PriceAxis(Sheet):
    """Draw the price labels; `clear_for` hides those that tags stand on."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, 0.5, cached=True)
        self.hidden: frozenset[int] = frozenset()

    def lay(self) -> None:
        """Take the gutter and draw again."""
        area = self.study.scale.area
        self.place(QRectF(area.width, 0, area.gutter, area.bottom))
        self.refresh()

    def clear_for(self, spans: list[tuple[float, float]]) -> None:
        """Hide the labels that the rows `spans` touch; draws again only where that changes something."""
        hidden = frozenset(
            price
            for price in self.study.prices
            for y in (float(self.study.scale.py(price)),)
            if any(top - LABEL_HALF < y < low + LABEL_HALF for top, low in spans)
        )
        if hidden != self.hidden:
            self.hidden = hidden
            self.refresh()

    def _draw(self, painter: QPainter) -> None:
        study, area = self.study, self.study.scale.area
        for price in study.prices:
            if price in self.hidden:
                continue
            y = float(study.scale.py(price))
            rect = QRectF(area.width + 7, y - LABEL_HALF, area.gutter - 8, 2 * LABEL_HALF)
            if rect.top() >= 0 and rect.bottom() <= area.volume_top + LABEL_HALF:
                words = price_text(price, study.price_scale)
                text(painter, rect, words, (study.tokens, Type.AXIS), study.tokens.dim, LEFT)


class TimeAxis(Sheet):
    """Draw the time labels under the panes."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, 0.5, cached=True)
        self.hidden: frozenset[float] = frozenset()

    def clear_for(self, columns: tuple[float, float] | None) -> None:
        """Hide the labels that a tag over `columns` touches; draws again only where that changes something."""
        hidden: frozenset[float] = frozenset()
        if columns is not None:
            left, right = columns[0] - TIME_HALF, columns[1] + TIME_HALF
            px = self.study.scale.px
            hidden = frozenset(label.x for label in self.study.times if left < float(px(label.x)) < right)
        if hidden != self.hidden:
            self.hidden = hidden
            self.refresh()

    def lay(self) -> None:
        """Take the foot and draw again."""
        area = self.study.scale.area
        self.place(QRectF(0, area.bottom, area.width + area.gutter, area.foot))
        self.refresh()

    def _draw(self, painter: QPainter) -> None:
        study, area = self.study, self.study.scale.area
        tokens = study.tokens
        painter.setPen(pen(tokens.line))
        painter.drawLine(QLineF(0, area.bottom + 0.5, area.width, area.bottom + 0.5))
        for label in study.times:
            face = Type.TAG if label.is_day else Type.AXIS
            half = width_of(tokens, face, label.words) / 2 + 2
            x = float(study.scale.px(label.x))
            if label.x not in self.hidden and half <= x <= area.width - half / 2:
                rect = QRectF(x - half, area.bottom + 2, 2 * half, area.foot - 4)
                text(painter, rect, label.words, (tokens, face), tokens.text if label.is_day else tokens.dim, CENTRE)
