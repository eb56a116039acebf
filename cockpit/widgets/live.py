"""The sheet of the bar that is forming: candle, volume and the tail of VWAP; a tick repaints this sliver only."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter

from cockpit.widgets.layer import Sheet
from cockpit.widgets.overlays import Layer
from cockpit.widgets.paint import dashed
from cockpit.widgets.strokes import CandleStrokes, LineStrokes
from cockpit.widgets.study import Study


class LiveSheet(Sheet):
    """Draw the live bar over the column of its place."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, 1.0)
        self._candle = CandleStrokes()
        self._tail = LineStrokes()

    def lay(self) -> None:
        """Compute the live bar's strokes; hide where no bar is forming."""
        study, strip = self.study, self.study.strip
        self.setVisible(strip.has_live)
        if not strip.has_live:
            return
        n, area = len(strip), study.scale.area
        part = slice(max(n - 2, 0), n)
        self._candle.lay(strip.rows[n - 1 :], strip.x[n - 1 :], study.scale, study.most_volume)
        vwap = strip.rows["vwap"][part] if study.shows(Layer.VWAP) else np.full(n - part.start, np.nan)
        self._tail.lay(strip.x[part], vwap, strip.joined(part), study.scale)
        middle, reach = float(study.scale.px(strip.x[n - 1])), study.scale.step + 2
        column = QRectF(int(middle - reach), 0, int(2 * reach) + 1, area.bottom)
        self.place(column.intersected(QRectF(0, 0, area.width, area.bottom)))
        self.refresh()

    def _draw(self, painter: QPainter) -> None:
        painter.setClipRect(self.boundingRect())
        self._candle.paint(painter, self.study.tokens)
        self._tail.paint(painter, self.study.tokens.vwap, 1.5)


class PriceRule(Sheet):
    """Draw the dotted line of the last price, two pixels high."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, 2.0)
        self.code = study.tokens.up

    def stand(self, y: float, code: str) -> None:
        """Stand at pixel row `y` in a colour; hide where the price is out of the pane."""
        area = self.study.scale.area
        self.setVisible(area.top <= y <= area.top + area.height)
        self.place(QRectF(0, -1, area.width, 2))
        self.setPos(0, int(y))
        if code != self.code:
            self.code = code
            self.refresh()

    def _draw(self, painter: QPainter) -> None:
        painter.setPen(dashed(self.code, (1.0, 2.0), 0.8))
        painter.drawLine(QLineF(0, 0, self.study.scale.area.width, 0))
