"""What every own-drawn widget stands on: tokens in, a painter that always ends, words for a screen reader."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cockpit.widgets.paint import CENTRE, colour, font, text
from cockpit.widgets.tokens import DARK, Face, Tokens, Type


class Painted(QWidget):
    """Draw by `_paint(painter)`; a drawing that fails shows a red block instead and raises once, never on every frame.

    A subclass draws in `_paint` and says in `_spoken` what a screen reader should read.
    """

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK, name: str = "") -> None:
        super().__init__(parent)
        self.tokens = tokens
        self._broken = ""
        if name:
            self.setAccessibleName(name)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look and draw again."""
        self.tokens = tokens
        self.refresh()
        self.updateGeometry()

    def refresh(self) -> None:
        """Draw again with what is known now, and tell screen readers."""
        self._broken = ""
        words = self._spoken()
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
        self.update()

    def _spoken(self) -> str:
        """Answer in words what is drawn; empty where the widget's name says it all."""
        return ""

    def _paint(self, painter: QPainter) -> None:
        """Draw the widget; to be written by each subclass."""
        raise NotImplementedError(f"{type(self).__name__} has to say how it is drawn: write _paint(painter)")

    def measures(self, face: Face) -> QFontMetrics:
        """Answer whole-pixel font measures of a type step on this screen."""
        return QFontMetrics(font(self.tokens, face), self)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            if self._broken:
                self._paint_broken(painter)
                return
            try:
                self._paint(painter)
            except Exception as error:
                # Said once and loudly (the except hook writes it to the log); the next frames only show the block.
                self._broken = f"{type(error).__name__}: {error}"
                painter.resetTransform()
                self._paint_broken(painter)
                raise
        finally:
            painter.end()

    def _paint_broken(self, painter: QPainter) -> None:
        painter.setClipping(False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(self.rect(), colour(self.tokens.danger_bg))
        words = f"× cannot be drawn: {self._broken}"
        text(
            painter,
            QRectF(self.rect()).adjusted(6, 0, -6, 0),
            words,
            (self.tokens, Type.LABEL),
            self.tokens.danger,
            CENTRE,
        )
