"""How a table's own cells are drawn: symbol with badge, centred change, day line, score bar, pill, brain stack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QLineF, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from cockpit.widgets.columns import MISSING, Cell, Column, Pill, Spark, Symbol
from cockpit.widgets.paint import CENTRE, LEFT, RIGHT, colour, dashed, pen, pill, text, triangle, width_of
from cockpit.widgets.rows import RowsModel
from cockpit.widgets.tokens import Tokens, Type

PAD: Final = 8.0
KEPT: Final = 192
"""Rows whose drawing one column keeps, the least lately drawn dropped first: two screens of rows, about 2 MB."""

Draw = Callable[[QPainter, QRectF, Any, Column, Tokens], None]


class CellDelegate(QStyledItemDelegate):
    """Draw the cells of one column, each row's once until what it shows changes, and then over the same pixmap.

    So the memory of a table is that of the rows it has, from its first picture on, however long values move.
    """

    def __init__(self, nth: int, rows: RowsModel, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._column, self._rows = rows.columns[nth], rows
        self._looks = (tokens, greyed(tokens))
        self._kept: dict[str, tuple[Any, QPixmap]] = {}
        """By row: what is drawn, and its drawing."""

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look; everything is drawn again."""
        self._looks = (tokens, greyed(tokens))
        self._kept.clear()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a cell: its ground, then its kept pixmap."""
        rect: QRect = option.rect  # type: ignore[attr-defined]
        value, ground, grey = self._rows.cell(index.row(), index.column())
        if ground is not None:
            painter.fillRect(rect, ground)
        if value is None or value != value:
            value = None  # NaN is as unknown as None, and one key of the kept pixmaps serves both
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(rect.topLeft(), self._pixmap(self._rows.keys[index.row()], value, grey, rect.size(), ratio))

    def _pixmap(self, key: str, value: Any, grey: bool, size: QSize, ratio: float) -> QPixmap:
        seen = (_seen(self._column.cell, value), grey, size.width(), size.height(), ratio)
        kept = self._kept.pop(key, None)
        if kept is None or kept[0] != seen:
            canvas = _canvas(size, ratio, kept[1] if kept is not None else None)
            kept = seen, self._drawn(value, grey, size, canvas)
            if len(self._kept) >= max(1, min(KEPT, len(self._rows.keys))):
                del self._kept[next(iter(self._kept))]
        self._kept[key] = kept
        return kept[1]

    def _drawn(self, value: Any, grey: bool, size: QSize, picture: QPixmap) -> QPixmap:
        painter = QPainter(picture)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw = DRAWN[self._column.cell] if value is not None else draw_missing
            draw(painter, QRectF(0, 0, size.width(), size.height()), value, self._column, self._looks[grey])
        finally:
            painter.end()
        return picture


def _seen(cell: Cell, value: Any) -> Any:
    """Answer what of a value can be seen: a change is shown to a hundredth of a per cent, and by its sign."""
    return (round(value, 4), value > 0) if cell is Cell.CHANGE and value is not None else value


def _canvas(size: QSize, ratio: float, former: QPixmap | None) -> QPixmap:
    """Answer an empty pixmap of a size: the former one where it is of that size already."""
    wanted = QSize(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    picture = former if former is not None and former.size() == wanted else QPixmap(wanted)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def greyed(tokens: Tokens) -> Tokens:
    """Answer the look of a row whose values are too old to act on; badges keep their colour, they say why."""
    return replace(tokens, hi=tokens.faint, up=tokens.faint, down=tokens.faint, accent=tokens.faint)


def draw_missing(painter: QPainter, rect: QRectF, value: None, column: Column, tokens: Tokens) -> None:
    """Draw the dash of a value that is not known, where the column's words would stand."""
    align = RIGHT if column.leans_right else LEFT
    text(painter, rect.adjusted(PAD, 0, -PAD, 0), MISSING, (tokens, Type.NUMBER), tokens.faint, align)


def draw_symbol(painter: QPainter, rect: QRectF, value: Symbol, column: Column, tokens: Tokens) -> None:
    """Draw a name with its badge or words under it, on one line where the row is low."""
    left = rect.left() + PAD
    if value.held:  # a small mark before the name: there is a position
        pill(painter, QRectF(rect.left() + 1, rect.center().y() - 7, 3, 14), colour(tokens.accent), 1.5)
    under = value.under if rect.height() >= 30 * tokens.text_scale else ""
    name = QRectF(
        left, rect.top() + (2 if under else 0), rect.width() - PAD - 2, rect.height() * (0.54 if under else 1)
    )
    text(painter, name, value.name, (tokens, Type.NUMBER), tokens.hi, LEFT)
    if not under:
        return
    top = rect.top() + rect.height() * 0.55
    if not value.tone:
        text(painter, QRectF(left, top, rect.width() - PAD, 12), under, (tokens, Type.BADGE), tokens.faint, LEFT)
        return
    wide = width_of(tokens, Type.BADGE, under) + 12
    box = QRectF(left - 1, top, min(wide, rect.width() - PAD), rect.height() * 0.37)
    pill(painter, box, colour(getattr(tokens, f"{value.tone}_bg")), box.height() / 2)
    text(painter, box, under, (tokens, Type.BADGE), getattr(tokens, value.tone), CENTRE)


def draw_change(painter: QPainter, rect: QRectF, value: float, column: Column, tokens: Tokens) -> None:
    """Draw a change: arrow, per cent, and a bar from the middle under it."""
    code = tokens.side(value)
    tall = rect.height() >= 30 * tokens.text_scale
    words = f"{abs(value):.2%}"
    line = QRectF(
        rect.left(), rect.top() + (2 if tall else 0), rect.width() - PAD, rect.height() * (0.6 if tall else 1)
    )
    text(painter, line, words, (tokens, Type.NUMBER), code, RIGHT)
    if value:
        at = QPointF(line.right() - width_of(tokens, Type.NUMBER, words) - 9, line.center().y())
        triangle(painter, at, 8, code, up=value > 0)
    if tall:
        track = QRectF(line.right() - 44, rect.top() + rect.height() * 0.72, 44, 3)
        pill(painter, track, colour(tokens.line), 1.5)
        reach = min(abs(value) / column.span, 1.0) * 22
        left = track.center().x() - (reach if value < 0 else 0)
        pill(painter, QRectF(left, track.top(), max(reach, 1.5), 3), colour(code), 1.5)


def draw_spark(painter: QPainter, rect: QRectF, value: Spark, column: Column, tokens: Tokens) -> None:
    """Draw the day as a line, the previous close dotted."""
    if len(value.prices) < 2:
        return
    known = [*value.prices, *([value.previous_close] if value.previous_close is not None else [])]
    low, high = min(known), max(known)
    area = rect.adjusted(4, 5, -4, -5)
    span = (high - low) or 1.0

    def row(price: float) -> float:
        return area.bottom() - (price - low) / span * area.height()

    start = value.previous_close if value.previous_close is not None else value.prices[0]
    if value.previous_close is not None:
        y = round(row(start)) + 0.5
        painter.setPen(dashed(tokens.faint, (1.0, 2.0)))
        painter.drawLine(QLineF(area.left(), y, area.right(), y))
    step = area.width() / (len(value.prices) - 1)
    points = [QPointF(area.left() + i * step, row(price)) for i, price in enumerate(value.prices)]
    painter.setPen(pen(tokens.up if value.prices[-1] >= start else tokens.down, 1.2))
    painter.drawPolyline(QPolygonF(points))


def draw_score(painter: QPainter, rect: QRectF, value: float, column: Column, tokens: Tokens) -> None:
    """Draw a score 0..100: the number and a bar, under it where the row is tall, else left of it."""
    words = column.words(value)
    share = min(max(float(value) / 100.0, 0.0), 1.0)
    if rect.height() >= 30 * tokens.text_scale:
        line = QRectF(rect.left(), rect.top() + 2, rect.width() - PAD, rect.height() * 0.6)
        track = QRectF(rect.right() - PAD - 34, rect.top() + rect.height() * 0.72, 34, 3)
    else:
        line = QRectF(rect.left(), rect.top(), rect.width() - PAD, rect.height())
        track = QRectF(rect.left() + 4, rect.center().y() - 2, rect.width() - PAD - 34, 4)
    text(painter, line, words, (tokens, Type.NUMBER), tokens.hi, RIGHT)
    pill(painter, track, colour(tokens.line), track.height() / 2)
    pill(painter, QRectF(track.left(), track.top(), track.width() * share, track.height()), colour(tokens.accent), 2)


def draw_pill(painter: QPainter, rect: QRectF, value: Pill, column: Column, tokens: Tokens) -> None:
    """Draw a word in its pill."""
    wide = min(width_of(tokens, Type.BADGE, value.words) + 14, rect.width() - 4)
    tall = 17 * tokens.text_scale
    box = QRectF(rect.left() + 2, rect.center().y() - tall / 2, wide, tall)
    pill(painter, box, colour(getattr(tokens, f"{value.tone}_bg")), tall / 2)
    text(painter, box, value.words, (tokens, Type.BADGE), getattr(tokens, value.tone), CENTRE)


def draw_stack(painter: QPainter, rect: QRectF, value: tuple[float, ...], column: Column, tokens: Tokens) -> None:
    """Draw the brains' contributions in their fixed order: against the trade left of the middle, for it right of it."""
    middle, half = rect.center().x(), rect.width() / 2 - 4
    tall = min(rect.height() - 8, 14.0)
    top = rect.center().y() - tall / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    ends = {True: middle, False: middle}
    for part, code in zip(value, tokens.brains.in_order, strict=True):
        wide = abs(part) / column.span * half
        if wide < 0.5:
            continue
        right = part > 0
        left = ends[right] if right else ends[right] - wide
        painter.fillRect(QRectF(round(left), top, max(round(wide) - 1, 1), tall), colour(code))
        ends[right] += wide if right else -wide
    painter.setPen(pen(tokens.line2))
    painter.drawLine(QLineF(round(middle) + 0.5, rect.top(), round(middle) + 0.5, rect.bottom()))


DRAWN: Final[dict[Cell, Draw]] = {
    Cell.SYMBOL: draw_symbol,
    Cell.CHANGE: draw_change,
    Cell.SPARK: draw_spark,
    Cell.SCORE: draw_score,
    Cell.BADGE: draw_pill,
    Cell.STACK: draw_stack,
}
