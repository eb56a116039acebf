"""One sheet of a chart's scene: a graphics item with a rectangle, a painter that always ends and a study to draw."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cockpit.widgets.study import Study


class Sheet(QGraphicsItem):
    """Draw a part of a study in scene pixels; a cached sheet repaints only when it is told to `refresh`."""

    def __init__(self, study: Study, height: float, *, cached: bool = False) -> None:
        super().__init__()
        self.study = study
        self._rect = QRectF()
        self.setZValue(height)
        self.setAcceptedMouseButtons(self.acceptedMouseButtons().NoButton)
        if cached:
            self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def place(self, rect: QRectF) -> None:
        """Take this rectangle of the scene; nothing happens where it is the same."""
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = QRectF(rect)

    def refresh(self) -> None:
        """Draw again."""
        self.update()

    def _draw(self, painter: QPainter) -> None:
        """Draw the sheet; to be written by each kind."""
        raise NotImplementedError(f"{type(self).__name__} has to say how it is drawn: write _draw(painter)")

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the sheet for Qt and give the painter back as it was."""
        painter.save()
        try:
            self._draw(painter)
        finally:
            painter.restore()
