"""A card that floats over the window without a nested loop: it keeps the keyboard and closes on Esc."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

TOP: Final = 50
"""Height of the top bar, which no overlay covers."""


class Overlay(QWidget):
    """Cover the window with a shade and hold one card; give the keyboard back to whoever had it when it closes."""

    closed = Signal()

    def __init__(self, window: QWidget, card: QFrame, *, shade: float = 0.35) -> None:
        super().__init__(window)
        self.card = card
        self._shade = shade
        self._window = window
        self._before: QWidget | None = None
        card.setParent(self)
        card.setAutoFillBackground(False)
        window.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show the card over everything."""
        self._before = QApplication.focusWidget()
        self._fit()
        self.show()
        self.raise_()

    def close_card(self) -> None:
        """Hide the card and give the keyboard back."""
        if not self.isVisible():
            return
        self.hide()
        if self._before is not None:
            try:
                self._before.setFocus(Qt.FocusReason.OtherFocusReason)
            except RuntimeError:  # the widget that had the keyboard is gone by now
                self._window.setFocus()
        self._before = None
        self.closed.emit()

    def stand(self) -> tuple[int, int, int]:
        """Answer left, top and width of the card; each kind of card stands elsewhere."""
        wide = min(640, self.width() - 40)
        return (self.width() - wide) // 2, 70, wide

    def _fit(self) -> None:
        # The top bar stays uncovered: mode and HALT are in reach whatever is open.
        self.setGeometry(self._window.rect().adjusted(0, TOP, 0, 0))
        left, top, wide = self.stand()
        self.card.setFixedSize(wide, self.tall(wide))
        self.card.move(left, top)

    def tall(self, wide: int) -> int:
        """Answer how tall the card has to be at this width, wrapped words included."""
        layout = self.card.layout()
        if layout is None:
            return self.card.sizeHint().height()
        layout.activate()
        return layout.totalHeightForWidth(wide) if layout.hasHeightForWidth() else layout.totalSizeHint().height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._fit()
        return False

    def event(self, event: QEvent) -> bool:
        """Fit the card again when its contents have asked for another size."""
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._fit()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.close_card()

    def focusNextPrevChild(self, forward: bool) -> bool:
        inside = [w for w in self.card.findChildren(QWidget) if _takes_tab(w)]
        if not inside:
            return True
        now = QApplication.focusWidget()
        at = inside.index(now) if now in inside else -1 if forward else 0
        inside[(at + (1 if forward else -1)) % len(inside)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), QColor(0, 0, 0, round(255 * self._shade)))
        finally:
            painter.end()


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled() and widget.isVisible()
