"""A button that must be held for 1.5 s, by the pointer or by a key, so that no slip of a hand can press it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from cockpit.widgets.paint import CENTRE, colour, focus_ring, pen, pill, text, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, HIT, Radius, Tokens, Type

HOLD_MS: Final = 1500
FRAME_MS: Final = 33
KEYS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class HoldButton(Painted):
    """Offer a grave action. It fills while it is held and acts once when full; let go early and nothing happens."""

    held = Signal()
    """Held for the whole time: act."""
    let_go = Signal()
    """Let go too early: nothing happened."""
    progressed = Signal(float)
    """How much of the time has been held, 0..1."""

    def __init__(
        self, words: str, parent: QWidget | None = None, *, hold_ms: int = HOLD_MS, tokens: Tokens = DARK
    ) -> None:
        super().__init__(parent, tokens=tokens, name=words)
        self.words, self.hold_ms, self.progress = words, hold_ms, 0.0
        self._watch = QElapsedTimer()
        self._frame = QTimer(self)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self._advance)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"Hold for {hold_ms / 1000:g} seconds, with the pointer or with Enter")
        self.refresh()

    @property
    def is_held(self) -> bool:
        """Tell whether it is being held now."""
        return self._frame.isActive()

    def _spoken(self) -> str:
        return f"hold {self.hold_ms / 1000:g} seconds to confirm"

    def sizeHint(self) -> QSize:
        wide = width_of(self.tokens, Type.NUMBER, f"{self.words}  1.5 s")
        return QSize(round(wide) + 40, max(HIT, round(36 * self.tokens.text_scale)))

    def minimumSizeHint(self) -> QSize:
        return QSize(96, max(HIT, round(32 * self.tokens.text_scale)))

    def _paint(self, painter: QPainter) -> None:
        tokens = self.tokens
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        code = tokens.danger if self.isEnabled() else tokens.line2
        pill(painter, rect, colour(tokens.danger_bg if self.isEnabled() else tokens.inset), Radius.FIELD, pen(code))
        left = (1.0 - self.progress) * self.hold_ms / 1000
        words = f"{self.words}  {left:.1f} s"
        ink = tokens.danger if self.isEnabled() else tokens.faint
        text(painter, rect, words, (tokens, Type.NUMBER), ink, CENTRE)
        if self.progress > 0:
            # The same words twice, in two inks, each clipped to its ground: readable at every width of the fill.
            painter.setClipRect(QRectF(rect.left(), rect.top(), rect.width() * self.progress, rect.height()))
            pill(painter, rect, colour(code), Radius.FIELD)
            text(painter, rect, words, (tokens, Type.NUMBER), tokens.ink_on(code), CENTRE)
            painter.setClipping(False)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), tokens, Radius.FIELD)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._begin()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._stop()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.rect().contains(event.position().toPoint()):
            self._stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in KEYS:
            if event.key() == Qt.Key.Key_Escape and self.is_held:
                self._stop()
            else:
                event.ignore()
        elif not event.isAutoRepeat():
            self._begin()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in KEYS and not event.isAutoRepeat():
            self._stop()
        elif event.key() not in KEYS:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._stop()
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.EnabledChange and not self.isEnabled():
            self._stop()
        super().changeEvent(event)

    def hideEvent(self, event: QEvent) -> None:
        self._stop()

    def _begin(self) -> None:
        if self.isEnabled() and not self.is_held:
            self._watch.start()
            self._frame.start()
            self._show_progress(0.001)

    def _stop(self) -> None:
        if self.is_held:
            self._frame.stop()
            self._show_progress(0.0)
            self.let_go.emit()

    def _advance(self) -> None:
        share = self._watch.elapsed() / self.hold_ms
        if share < 1.0:
            self._show_progress(share)
            return
        self._frame.stop()
        self._show_progress(0.0)
        self.held.emit()

    def _show_progress(self, share: float) -> None:
        self.progress = share
        self.progressed.emit(share)
        self.update()
