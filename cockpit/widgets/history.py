"""The sheet of all that does not move with a tick, kept as a pixmap until a bar closes or the view moves."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from cockpit.widgets.backdrop import paint_backdrop
from cockpit.widgets.layer import Sheet
from cockpit.widgets.marks import CurveStrokes, paint_drawings, paint_lines, paint_markers
from cockpit.widgets.strokes import CandleStrokes
from cockpit.widgets.study import Study


class HistorySheet(Sheet):
    """Draw grid, bands, closed candles, curves, lines and markers; `n_drawn` counts how often that was needed."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, 0.0, cached=True)
        self._candles = CandleStrokes()
        self._curves = CurveStrokes()
        self.n_drawn = 0

    def lay(self) -> None:
        """Compute all strokes for the present view and draw again."""
        study = self.study
        area, sight = study.scale.area, study.scale.sight
        self.place(QRectF(0, 0, area.width, area.bottom))
        part = study.strip.visible(sight.x0 - 1, sight.x1 + 1)
        self._candles.lay(study.strip.rows[part], study.strip.x[part], study.scale, study.most_volume)
        self._curves.lay(study, slice(max(part.start - 1, 0), part.stop))
        self.refresh()

    def _draw(self, painter: QPainter) -> None:
        self.n_drawn += 1
        painter.setClipRect(self.boundingRect())
        paint_backdrop(painter, self.study)
        self._candles.paint(painter, self.study.tokens)
        self._curves.paint(painter)
        paint_lines(painter, self.study)
        paint_drawings(painter, self.study)
        paint_markers(painter, self.study)
