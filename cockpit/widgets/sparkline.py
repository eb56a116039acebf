"""A line small enough for a sentence: loop lag, ticks a second, a day of one name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from cockpit.widgets.paint import dashed, pen
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, Tokens


class Sparkline(Painted):
    """Show numbers in order; NaN is a hole, a baseline is dotted. The last value is marked."""

    def __init__(self, name: str, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name=name)
        self._values: NDArray[Any] = np.zeros(0)
        self._baseline: float | None = None
        self._tone = "accent"
        self._words = ""

    def show_values(
        self, values: NDArray[Any], baseline: float | None = None, tone: str = "accent", words: str = ""
    ) -> None:
        """Show float64 values in order; `words` is what a screen reader says of them."""
        self._values = np.asarray(values, dtype=float)
        self._baseline, self._tone, self._words = baseline, tone, words
        self.refresh()

    def _spoken(self) -> str:
        if self._words:
            return self._words
        known = self._values[np.isfinite(self._values)]
        return f"last {known[-1]:.2f}, from {known.min():.2f} to {known.max():.2f}" if len(known) else "no values yet"

    def sizeHint(self) -> QSize:
        return QSize(90, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(32, 14)

    def _paint(self, painter: QPainter) -> None:
        known = self._values[np.isfinite(self._values)]
        if len(known) < 2:
            return
        low, high = float(known.min()), float(known.max())
        if self._baseline is not None:
            low, high = min(low, self._baseline), max(high, self._baseline)
        area = QRectF(self.rect()).adjusted(2, 3, -4, -3)
        rows = area.bottom() - (self._values - low) / ((high - low) or 1.0) * area.height()
        columns = area.left() + np.arange(len(rows)) * area.width() / (len(rows) - 1)
        if self._baseline is not None:
            y = area.bottom() - (self._baseline - low) / ((high - low) or 1.0) * area.height()
            painter.setPen(dashed(self.tokens.faint, (1.0, 2.0)))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        code = getattr(self.tokens, self._tone)
        painter.setPen(pen(code, 1.3))
        for run in np.split(np.arange(len(rows)), np.flatnonzero(~np.isfinite(rows))):
            points = [QPointF(float(columns[i]), float(rows[i])) for i in run if np.isfinite(rows[i])]
            if len(points) > 1:
                painter.drawPolyline(QPolygonF(points))
        if np.isfinite(rows[-1]):
            painter.setPen(pen(code, 4.0))
            painter.drawPoint(QPointF(float(columns[-1]), float(rows[-1])))
