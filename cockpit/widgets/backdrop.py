"""What lies behind the candles: the grid, the opening range, the tinted zones of a trade, hatched gaps."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter

from cockpit.widgets.overlays import Layer, LineKind, PriceLine
from cockpit.widgets.paint import CENTRE, colour, dashed, pen, text
from cockpit.widgets.study import Study
from cockpit.widgets.tokens import Type

RANGE_ALPHA, WINDOW_ALPHA = 0.13, 0.17
ZONE_ALPHA = 0.09


def paint_backdrop(painter: QPainter, study: Study) -> None:
    """Draw everything behind the candles, farthest first."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _grid(painter, study)
    if study.shows(Layer.OPENING_RANGE) and len(study.strip):
        _opening_range(painter, study)
    if study.shows(Layer.LINES) and len(study.strip):
        _zones(painter, study)
    if len(study.strip):
        _gaps(painter, study)


def _grid(painter: QPainter, study: Study) -> None:
    area = study.scale.area
    painter.setPen(pen(study.tokens.grid))
    for price in study.prices:
        y = int(study.scale.py(price)) + 0.5
        painter.drawLine(QLineF(0, y, area.width, y))
    for label in study.times:
        x = int(study.scale.px(label.x)) + 0.5
        painter.setPen(pen(study.tokens.line2 if label.is_day else study.tokens.grid))
        painter.drawLine(QLineF(x, 0, x, area.bottom))


def _opening_range(painter: QPainter, study: Study) -> None:
    band = study.opening_range
    if band is None:
        return
    scale, tokens = study.scale, study.tokens
    # A place is the middle of its bar, so a window runs from half a place before its first bar.
    left, right, end = (float(scale.px(study.strip.x_of(ts) - 0.5)) for ts in (band.opens, band.closes, band.until))
    end = min(end, scale.area.width)
    top, low = (int(scale.py(price)) for price in (band.high, band.low))
    painter.save()
    painter.setClipRect(QRectF(0, 0, scale.area.width, scale.area.volume_top))
    painter.fillRect(QRectF(left, top, max(end - left, 0), low - top), colour(tokens.orb, RANGE_ALPHA))
    painter.fillRect(QRectF(left, top, max(min(right, end) - left, 0), low - top), colour(tokens.orb, WINDOW_ALPHA))
    painter.setPen(dashed(tokens.orb, (4.0, 2.0), 0.75))
    for y in (top + 0.5, low + 0.5):
        painter.drawLine(QLineF(left, y, end, y))
    painter.restore()


def _zones(painter: QPainter, study: Study) -> None:
    """Tint the way from each entry to its stop and to its target. Lines of one trade share the start of their keys."""
    for trade in _trades(study.lines):
        entry = trade.get(LineKind.ENTRY)
        if entry is None:
            continue
        left = 0.0 if entry.since is None else max(float(study.scale.px(study.strip.x_of(entry.since))), 0.0)
        for kind in (LineKind.STOP, LineKind.TARGET):
            if kind in trade:
                ends = sorted((float(study.scale.py(entry.price)), float(study.scale.py(trade[kind].price))))
                fill = colour(trade[kind].colour(study.tokens), ZONE_ALPHA)
                painter.fillRect(QRectF(left, ends[0], study.scale.area.width - left, ends[1] - ends[0]), fill)


def _trades(lines: tuple[PriceLine, ...]) -> list[dict[LineKind, PriceLine]]:
    trades: dict[str, dict[LineKind, PriceLine]] = {}
    for line in lines:
        trades.setdefault(line.key.rpartition(":")[0], {})[line.kind] = line
    return list(trades.values())


def _gaps(painter: QPainter, study: Study) -> None:
    scale, tokens = study.scale, study.tokens
    for gap in study.gaps:
        left, right = (float(scale.px(study.strip.x_of(ts) - 0.5)) for ts in (gap.opens, gap.closes))
        if right < 0 or left > scale.area.width:
            continue
        rect = QRectF(max(left, 0), 0, min(right, scale.area.width) - max(left, 0), scale.area.bottom)
        painter.fillRect(rect, colour(tokens.danger, 0.07))
        painter.fillRect(rect, QBrush(colour(tokens.danger, 0.28), Qt.BrushStyle.BDiagPattern))
        painter.setPen(pen(tokens.danger, 1.0, Qt.PenStyle.DotLine, 0.6))
        for x in (rect.left(), rect.right()):
            painter.drawLine(QLineF(x, 0, x, rect.bottom()))
        words = QRectF(rect.left() - 40, 2, rect.width() + 80, 16)
        text(painter, words, gap.words, (tokens, Type.BADGE), tokens.danger, CENTRE)
