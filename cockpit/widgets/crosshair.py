"""The crosshair, with its price and time tags, and the ruler that measures between two points."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsScene

from cockpit.clock import ist
from cockpit.market import Interval
from cockpit.money import MINUS, price_text
from cockpit.widgets.layer import Sheet
from cockpit.widgets.paint import CENTRE, colour, dashed, pen, pill, text, width_of
from cockpit.widgets.study import Study
from cockpit.widgets.tags import Tag, TagSheet, tag_height
from cockpit.widgets.tokens import Type


class Crosshair:
    """Follow the pointer or the keyboard: two thin lines, a price tag in the gutter, a time tag in the foot."""

    def __init__(self, study: Study, scene: QGraphicsScene) -> None:
        self._study = study
        self._row, self._column = _Thread(study, is_row=True), _Thread(study, is_row=False)
        self._price, self._time = TagSheet(study, 7.0), _TimeTag(study)
        for sheet in (self._row, self._column, self._price, self._time):
            scene.addItem(sheet)
        self.hide()

    def hide(self) -> None:
        """Take the crosshair away."""
        for sheet in (self._row, self._column, self._price, self._time):
            sheet.hide()

    def stand(self, x: float, ts: int, y: float | None) -> None:
        """Stand at column `x`, which is instant `ts`; `y` None (keyboard) leaves the price line out."""
        area = self._study.scale.area
        self._column.stand(x)
        self._time.show_time(x, ts)
        in_pane = y is not None and 0 <= y <= area.volume_top
        self._row.setVisible(in_pane)
        self._price.setVisible(in_pane)
        if in_pane and y is not None:
            self._row.stand(y)
            words = price_text(self._study.on_tick(self._study.scale.price(y)), self._study.price_scale)
            self._price.show_tag(Tag(words, "", self._study.tokens.line2, y), y)

    @property
    def spans(self) -> list[tuple[float, float]]:
        """Answer the rows its price tag covers."""
        return [self._price.span] if self._price.isVisible() else []

    @property
    def columns(self) -> tuple[float, float] | None:
        """Answer the columns its time tag covers."""
        rect = self._time.mapRectToScene(self._time.boundingRect())
        return (rect.left(), rect.right()) if self._time.isVisible() else None


class _Thread(Sheet):
    """One line of the crosshair."""

    def __init__(self, study: Study, *, is_row: bool) -> None:
        super().__init__(study, 6.0)
        self._is_row = is_row

    def stand(self, at: float) -> None:
        """Stand at a row or column."""
        area = self.study.scale.area
        self.place(QRectF(0, -1, area.width, 2) if self._is_row else QRectF(-1, 0, 2, area.bottom))
        self.setPos(*((0, int(at)) if self._is_row else (int(at), 0)))
        self.show()

    def _draw(self, painter: QPainter) -> None:
        area = self.study.scale.area
        painter.setPen(dashed(self.study.tokens.dim, (3.0, 3.0)))
        end = QPointF(area.width, 0.0) if self._is_row else QPointF(0.0, area.bottom)
        painter.drawLine(QLineF(QPointF(0, 0), end))


class _TimeTag(Sheet):
    """The time under the crosshair."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, 7.0)
        self._words = ""

    def show_time(self, x: float, ts: int) -> None:
        """Show instant `ts` at column `x`."""
        area, strip = self.study.scale.area, self.study.strip
        stamp = ist(ts)
        words = f"{stamp:%H:%M}"
        if strip.interval is Interval.D1:
            words = f"{stamp.day} {stamp:%b %Y}"
        elif strip.spans_days:
            words = f"{stamp.day} {stamp:%b %H:%M}"
        if words != self._words:
            self._words = words
            self.refresh()
        half = width_of(self.study.tokens, Type.TAG, words) / 2 + 8
        self.place(QRectF(-half, 1, 2 * half, area.foot - 3))
        self.setPos(min(max(int(x), half), area.width + area.gutter - half), area.bottom)
        self.show()

    def _draw(self, painter: QPainter) -> None:
        tokens = self.study.tokens
        pill(painter, self.boundingRect().adjusted(0.5, 0.5, -0.5, -0.5), colour(tokens.line2), 3.0, pen(tokens.dim))
        text(painter, self.boundingRect(), self._words, (tokens, Type.TAG), tokens.ink_on(tokens.line2), CENTRE)


@dataclass(frozen=True, slots=True)
class Span:
    """What the ruler measured: bars and seconds between two places, the price move (price scale) and its ratio."""

    bars: int
    seconds: int
    move: int
    ratio: float

    def words(self, price_scale: int) -> str:
        """Say it in one line: `+12.40 (+0.88%) · 14 bars · 14 min`."""
        sign = "+" if self.move > 0 else MINUS if self.move < 0 else ""
        move = price_text(abs(self.move), price_scale)
        minutes, days = divmod(self.seconds, 86_400)[1] // 60, self.seconds // 86_400
        spell = f"{days} d" if days else f"{minutes} min"
        return f"{sign}{move} ({sign}{abs(self.ratio):.2%}) · {self.bars} bars · {spell}"


class Ruler(Sheet):
    """Draw the measured rectangle between two points, tinted by its direction, with its figures."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, 8.0)
        self._ends: tuple[tuple[float, float], tuple[float, float]] | None = None
        self.hide()

    def stretch(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Measure from (place, price) to (place, price)."""
        self._ends = (start, end)
        area = self.study.scale.area
        self.place(QRectF(0, 0, area.width, area.bottom))
        self.show()
        self.refresh()

    def drop(self) -> None:
        """Take the ruler away."""
        self._ends = None
        self.hide()

    @property
    def span(self) -> Span | None:
        """Answer what is measured; None while nothing is."""
        if self._ends is None:
            return None
        (x0, p0), (x1, p1) = self._ends
        strip = self.study.strip
        seconds = abs(strip.ts_of(x1) - strip.ts_of(x0)) // 1_000_000_000
        return Span(round(abs(x1 - x0)), int(seconds), round(p1 - p0), (p1 - p0) / p0 if p0 else 0.0)

    def _draw(self, painter: QPainter) -> None:
        span = self.span
        if span is None or self._ends is None:
            return
        (x0, p0), (x1, p1) = self._ends
        scale, tokens = self.study.scale, self.study.tokens
        code = tokens.side(span.move)
        box = QRectF(QPointF(scale.px(x0), scale.py(p0)), QPointF(scale.px(x1), scale.py(p1))).normalized()
        painter.fillRect(box, colour(code, 0.12))
        painter.setPen(pen(code))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        words = span.words(self.study.price_scale)
        wide, tall = width_of(tokens, Type.TAG, words) + 14, tag_height(self.study) + 2
        top = box.top() - tall - 4 if p1 >= p0 else box.bottom() + 4
        left = min(max(box.center().x() - wide / 2, 0), scale.area.width - wide)
        label = QRectF(left, min(max(top, 0), scale.area.bottom - tall), wide, tall)
        pill(painter, label, colour(code), 3.0)
        text(painter, label, words, (tokens, Type.TAG), tokens.ink_on(code), CENTRE)
