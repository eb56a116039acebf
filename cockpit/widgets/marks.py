"""What lies over the candles: curves, VWAP and its band, lines of a trade, triangles of entries and exits."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter

from cockpit.widgets.overlays import Layer, LineKind, Marker, PriceLine, Trend, rule_colour
from cockpit.widgets.paint import dashed, pen, text, triangle
from cockpit.widgets.strokes import LineStrokes
from cockpit.widgets.study import Study
from cockpit.widgets.tokens import Type

MARKER = 9.0
"""Side of a marker, px."""
MARKER_GAP = 9.0
"""Distance from a bar to its marker's middle, px."""


class CurveStrokes:
    """Hold the segments of every curve of a study: `lay` computes them, `paint` draws them."""

    def __init__(self) -> None:
        self._laid: list[tuple[LineStrokes, str, float]] = []

    def lay(self, study: Study, part: slice) -> None:
        """Compute the curves over the closed bars of `part`."""
        self._laid = []
        rows = study.strip.rows[part]
        if study.shows(Layer.CURVES):
            for curve in study.curves:
                values = np.full(len(study.strip), np.nan)
                values[: len(curve.values)] = curve.values[: len(values)]
                self._add(study, part, values[part], (curve.colour, 1.2))
        if study.shows(Layer.BAND):
            for side in (-1.0, 1.0):
                self._add(study, part, rows["vwap"] + side * rows["vwap_sd"], (study.tokens.dim, 1.0))
        if study.shows(Layer.VWAP):
            self._add(study, part, rows["vwap"], (study.tokens.vwap, 1.5))

    def _add(self, study: Study, part: slice, values: np.ndarray, look: tuple[str, float]) -> None:
        strokes = LineStrokes()
        strokes.lay(study.strip.x[part], values, study.strip.joined(part), study.scale)
        self._laid.append((strokes, *look))

    def paint(self, painter: QPainter) -> None:
        """Draw what was laid."""
        for strokes, code, width in self._laid:
            strokes.paint(painter, code, width)


def paint_lines(painter: QPainter, study: Study) -> None:
    """Draw every price line from where it starts to the right edge."""
    if not (study.shows(Layer.LINES) and len(study.strip)):
        return
    for line in study.lines:
        y = int(study.scale.py(line.price)) + 0.5
        if study.scale.area.top <= y <= study.scale.area.volume_top:
            left = 0.0 if line.since is None else max(float(study.scale.px(study.strip.x_of(line.since))), 0.0)
            _paint_line(painter, study, line, QLineF(left, y, study.scale.area.width, y))


def _paint_line(painter: QPainter, study: Study, line: PriceLine, where: QLineF) -> None:
    code = line.colour(study.tokens)
    solid = line.kind in (LineKind.ENTRY, LineKind.LEVEL)
    painter.setPen(pen(code) if solid else dashed(code, (4.0, 2.0)))
    painter.drawLine(where)


def paint_drawings(painter: QPainter, study: Study) -> None:
    """Draw the trader's own trend lines and time marks."""
    if not (study.shows(Layer.LINES) and len(study.strip)):
        return
    scale, strip, tokens = study.scale, study.strip, study.tokens
    for mark in study.time_marks:
        x = int(scale.px(strip.x_of(mark.ts))) + 0.5
        painter.setPen(dashed(tokens.text, (4.0, 3.0), 0.7))
        painter.drawLine(QLineF(x, 0, x, scale.area.bottom))
        text(painter, QRectF(x + 4, 2, 160, 14), mark.label, (tokens, Type.BADGE), tokens.text)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen(tokens.text, 1.2))
    for trend in study.trends:
        painter.drawLine(trend_line(study, trend))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def trend_line(study: Study, trend: Trend) -> QLineF:
    """Answer where a trend line runs, px."""
    x0, x1 = (float(study.scale.px(study.strip.x_of(ts))) for ts in (trend.starts, trend.ends))
    return QLineF(x0, float(study.scale.py(trend.start_price)), x1, float(study.scale.py(trend.end_price)))


def marker_places(study: Study) -> list[tuple[Marker, QPointF]]:
    """Answer every marker in view with its middle in px: below its bar where it points up, else above it."""
    if not (study.shows(Layer.MARKERS) and len(study.strip)):
        return []
    found = []
    for marker in study.markers:
        index = study.strip.holding(marker.ts)
        bar = study.strip.rows[index]
        x = float(study.scale.px(study.strip.x[index]))
        up = marker.points_up
        y = float(study.scale.py(bar["low"] if up else bar["high"])) + (MARKER_GAP if up else -MARKER_GAP)
        if -MARKER <= x <= study.scale.area.width + MARKER:
            found.append((marker, QPointF(int(x) + 0.5, y)))
    return found


def paint_markers(painter: QPainter, study: Study) -> None:
    """Draw every marker in the colour of its rule, edged by the panel so that it reads on a candle."""
    for marker, place in marker_places(study):
        triangle(painter, place, MARKER + 4, study.tokens.panel, up=marker.points_up)
        triangle(painter, place, MARKER, rule_colour(study.tokens, marker.rule), up=marker.points_up)


def marker_at(study: Study, at: QPointF) -> Marker | None:
    """Answer the marker under a point, if any."""
    reach = MARKER + 2
    for marker, place in reversed(marker_places(study)):
        if QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach).contains(at):
            return marker
    return None
