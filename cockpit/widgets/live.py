"""The sheet of the bar that is forming: candle, volume and the tail of VWAP; a tick repaints this sliver only."""

from __future__ import annotations

from math import isfinite

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter

from cockpit.widgets.layer import Sheet
from cockpit.widgets.overlays import Layer
from cockpit.widgets.paint import dots, pen
from cockpit.widgets.strokes import OneCandle
from cockpit.widgets.study import Study


class LiveSheet(Sheet):
    """Draw the live bar over the column of its place."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, 1.0)
        self._candle = OneCandle()
        self._tail: QLineF | None = None

    def lay(self) -> None:
        """Compute the live bar's strokes; hide where no bar is forming."""
        study, strip = self.study, self.study.strip
        self.setVisible(strip.has_live)
        if not strip.has_live:
            return
        scale, area = study.scale, study.scale.area
        self._candle.lay(strip.rows[-1], strip.last_x, scale, study.most_volume)
        self._tail = self._vwap_tail() if study.shows(Layer.VWAP) else None
        middle, reach = float(scale.px(strip.last_x)), scale.step + 2
        column = QRectF(int(middle - reach), 0, int(2 * reach) + 1, area.bottom)
        self.place(column.intersected(QRectF(0, 0, area.width, area.bottom)))
        self.refresh()

    def _vwap_tail(self) -> QLineF | None:
        strip, scale = self.study.strip, self.study.scale
        n = len(strip)
        if n < 2 or not strip.joined(slice(n - 2, n))[0]:
            return None
        (x0, v0), (x1, v1) = ((float(strip.x[i]), float(strip.rows["vwap"][i])) for i in (n - 2, n - 1))
        if not (isfinite(v0) and isfinite(v1)):
            return None
        return QLineF(scale.px(x0) + 0.5, scale.py(v0) + 0.5, scale.px(x1) + 0.5, scale.py(v1) + 0.5)

    def _draw(self, painter: QPainter) -> None:
        painter.setClipRect(self.boundingRect())
        self._candle.paint(painter, self.study.tokens)
        if self._tail is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(pen(self.study.tokens.vwap, 1.5))
            painter.drawLine(self._tail)


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
        painter.fillRect(QRectF(0, 0, self.study.scale.area.width, 1), dots(self.code, 0.8))
