"""The header of a table and the bars it scrolls by, flat and quiet in the house's colours."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from cockpit.widgets.columns import Cell, Column
from cockpit.widgets.paint import LEFT, RIGHT, colour, pen, text, triangle, width_of
from cockpit.widgets.tokens import HIT, Tokens, Type

TEXT_PAD: Final = 3.0
"""What Qt's own delegate leaves beside its words; the header does the same, so that both stand in one line."""
DRAWN_PAD: Final = 8.0


class TableHead(QHeaderView):
    """Draw the titles of the columns and, at the one sorted by, an arrow."""

    def __init__(self, columns: tuple[Column, ...], tokens: Tokens, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._columns, self.tokens = columns, tokens
        self.setAccessibleName("Columns")
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(HIT + 4)
        self.setSectionsMovable(True)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        self.updateGeometry()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        # Qt would ask the model for every title, and asks often; only the height counts under a table.
        return QSize(self.length(), max(HIT + 2, round(26 * self.tokens.text_scale)))

    def paintSection(self, painter: QPainter, rect: QRect, nth: int) -> None:
        tokens, column = self.tokens, self._columns[nth]
        painter.save()
        try:
            painter.fillRect(rect, colour(tokens.panel))
            painter.setPen(pen(tokens.line))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
            sorted_here = self.isSortIndicatorShown() and self.sortIndicatorSection() == nth
            self._paint_title(painter, QRectF(rect), column, sorted_here=sorted_here)
        finally:
            painter.restore()

    def _paint_title(self, painter: QPainter, rect: QRectF, column: Column, *, sorted_here: bool) -> None:
        tokens = self.tokens
        first = self.visualIndex(self._columns.index(column)) == 0
        left = DRAWN_PAD if column.cell in (Cell.SYMBOL, Cell.SPARK) or (column.is_drawn and first) else TEXT_PAD
        right = DRAWN_PAD if column.is_drawn else TEXT_PAD
        inner = rect.adjusted(left, 0, -right - (10 if sorted_here else 0), 0)
        ink = tokens.hi if sorted_here else tokens.dim
        text(painter, inner, column.title, (tokens, Type.LABEL), ink, RIGHT if column.leans_right else LEFT)
        if sorted_here:
            wide = width_of(tokens, Type.LABEL, column.title)
            x = inner.right() + 6 if column.leans_right else min(inner.left() + wide + 8, inner.right() + 6)
            up = self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
            triangle(painter, QPointF(x, rect.center().y() + 0.5), 6, ink, up=up)


def scroll_style(tokens: Tokens) -> str:
    """Answer the style sheet of a thin scroll bar without arrows; meant for one scroll bar, never for a whole table."""
    return (
        f"QScrollBar {{ background: {tokens.panel}; border: 0; margin: 0 }}"
        "QScrollBar:vertical { width: 8px } QScrollBar:horizontal { height: 8px }"
        f"QScrollBar::handle {{ background: {tokens.line2}; border-radius: 3px; margin: 1px }}"
        "QScrollBar::handle:vertical { min-height: 32px } QScrollBar::handle:horizontal { min-width: 32px }"
        f"QScrollBar::handle:hover {{ background: {tokens.faint} }}"
        "QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0 }"
        "QScrollBar::add-page, QScrollBar::sub-page { background: none }"
    )
