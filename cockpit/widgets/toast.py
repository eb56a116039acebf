"""Toasts: at most three short notes at the bottom centre, six seconds each; errors stay until they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from cockpit.widgets.paint import LEFT, RIGHT, colour, focus_ring, pen, pill, text, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, HIT, Radius, Tokens, Type

MOST: Final = 3
STAY_MS: Final = 6000
MARKS: Final = {"info": "●", "ok": "✓", "warn": "▲", "danger": "■"}


@dataclass(frozen=True, slots=True)
class Note:
    """What a toast says. `tone` is info, ok, warn or danger; danger stays. The same `key` again becomes a count."""

    key: str
    words: str
    tone: str = "info"
    action: str = ""


class Toast(Painted):
    """One note on screen; a click or Enter opens it, Escape or the cross puts it away."""

    opened = Signal(str)
    closed = Signal(str)

    def __init__(self, note: Note, parent: QWidget, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name=note.words)
        self.note, self.count = note, 1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._life = QTimer(self)
        self._life.setSingleShot(True)
        self._life.setInterval(STAY_MS)
        self._life.timeout.connect(self._close)
        self._start()
        self.refresh()

    def again(self, note: Note) -> None:
        """Count one more of the same and start its time anew."""
        self.note, self.count = note, self.count + 1
        self._start()
        self.refresh()

    def _spoken(self) -> str:
        return self._words()

    def sizeHint(self) -> QSize:
        wide = width_of(self.tokens, Type.BODY, self._words()) + width_of(self.tokens, Type.NUMBER, self.note.action)
        return QSize(min(round(wide) + 84, 560), max(HIT, round(36 * self.tokens.text_scale)))

    def _paint(self, painter: QPainter) -> None:
        t, rect = self.tokens, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        code = getattr(t, self.note.tone)
        pill(painter, rect, colour(t.raised), Radius.DOCK, pen(code))
        painter.fillRect(QRectF(1, rect.top() + 6, 3, rect.height() - 12), colour(code))
        inner = rect.adjusted(14, 0, -34, 0)
        text(painter, inner, MARKS.get(self.note.tone, "●"), (t, Type.BODY), code, LEFT)
        text(painter, inner, self.note.action, (t, Type.NUMBER), t.accent, RIGHT)
        beside = width_of(t, Type.NUMBER, self.note.action) + 10 if self.note.action else 0
        text(painter, inner.adjusted(20, 0, -beside, 0), self._words(), (t, Type.BODY), t.hi, LEFT)
        text(painter, rect.adjusted(0, 0, -12, 0), "×", (t, Type.TITLE), t.dim, RIGHT)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), t, Radius.DOCK)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.position().x() > self.width() - 32:
            self._close()
        else:
            self.opened.emit(self.note.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.note.key)
        else:
            event.ignore()

    def _words(self) -> str:
        return self.note.words + (f"  ×{self.count}" if self.count > 1 else "")

    def _start(self) -> None:
        if self.note.tone == "danger":
            self._life.stop()
        else:
            self._life.start()

    def _close(self) -> None:
        self._life.stop()
        self.closed.emit(self.note.key)


class ToastRack(QObject):
    """Stack toasts over a host, at the bottom centre; the oldest that may go makes room for the newest."""

    opened = Signal(str)

    def __init__(self, host: QWidget, *, tokens: Tokens = DARK, lift: int = 40) -> None:
        super().__init__(host)
        self._host, self.tokens, self._lift = host, tokens, lift
        self.toasts: list[Toast] = []
        host.installEventFilter(self)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        for toast in self.toasts:
            toast.set_tokens(tokens)
        self._place()

    def show_note(self, note: Note) -> None:
        """Show a note; one with the key of a toast on screen becomes its count."""
        for toast in self.toasts:
            if toast.note.key == note.key:
                toast.again(note)
                self._place()
                return
        if len(self.toasts) >= MOST:
            passing = [toast for toast in self.toasts if toast.note.tone != "danger"]
            self.drop((passing or self.toasts)[0].note.key)
        toast = Toast(note, self._host, tokens=self.tokens)
        toast.opened.connect(self.opened)
        toast.closed.connect(self.drop)
        self.toasts.append(toast)
        toast.show()
        self._place()

    def drop(self, key: str) -> None:
        """Put a toast away."""
        for toast in [toast for toast in self.toasts if toast.note.key == key]:
            self.toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        bottom = self._host.height() - self._lift
        for toast in reversed(self.toasts):
            toast.resize(toast.sizeHint())
            bottom -= toast.height() + 6
            toast.move((self._host.width() - toast.width()) // 2, bottom)
            toast.raise_()
