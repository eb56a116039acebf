"""The quiet grey rows that stand where data will be."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from cockpit.widgets.paint import colour
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, Tokens

WIDTHS = (0.86, 0.62, 0.78, 0.70, 0.90, 0.55)
"""Shares of the width, so that the rows look like words and not like a barcode; nothing moves."""


class Skeleton(Painted):
    """Draw rows of bars in the density of the table to come."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name="Loading")
        self.hide()

    def _paint(self, painter: QPainter) -> None:
        row = self.tokens.density.row
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for nth in range(self.height() // row):
            y = nth * row + (row - 10) / 2
            painter.setBrush(colour(self.tokens.hover, max(1.0 - nth * row / max(self.height(), 1), 0.15)))
            painter.drawRoundedRect(QRectF(0, y, 72, 10), 3, 3)
            wide = max((self.width() - 84) * WIDTHS[nth % len(WIDTHS)], 0)
            painter.drawRoundedRect(QRectF(84, y, wide, 10), 3, 3)
