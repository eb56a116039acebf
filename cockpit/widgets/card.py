"""A raised box with a title and its age: the frame of small groups of facts, and of one big number."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from cockpit.widgets.paint import LEFT, RIGHT, colour, pen, pill, text, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, Radius, Space, Tokens, Type


class Card(QWidget):
    """Frame a few widgets under a title; `set_age` says when its facts were true."""

    def __init__(self, title: str, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent)
        self.tokens, self.title, self._age = tokens, title, ""
        self.setAccessibleName(title)
        self.inner = QVBoxLayout(self)
        self.inner.setSpacing(Space.SNUG)
        self._room()

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look, and give it to every widget inside that takes one."""
        self.tokens = tokens
        self._room()
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if hasattr(child, "set_tokens"):
                child.set_tokens(tokens)
        self.update()

    def set_age(self, words: str) -> None:
        """Say `as of 11:42:16`."""
        if words != self._age:
            self._age = words
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            t = self.tokens
            pill(
                painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), colour(t.raised), Radius.DOCK, pen(t.line)
            )
            head = QRectF(12, 6, self.width() - 24, round(20 * t.text_scale))
            text(painter, head, self.title, (t, Type.TITLE), t.hi, LEFT)
            text(painter, head, self._age, (t, Type.AXIS), t.faint, RIGHT)
        finally:
            painter.end()

    def _room(self) -> None:
        self.inner.setContentsMargins(12, round(30 * self.tokens.text_scale), 12, 12)


class Figure(Painted):
    """One fact in two lines: a dim label over a value, such as `Day P&L` over `−₹6,412.35`; grey while it is stale."""

    def __init__(self, label: str, parent: QWidget | None = None, *, tokens: Tokens = DARK, hero: bool = False) -> None:
        super().__init__(parent, tokens=tokens, name=label)
        self.label, self._words, self._note, self._tone, self._stale = label, "—", "", "hi", False
        self._face = Type.HERO if hero else Type.TITLE
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_value(self, words: str, tone: str = "hi", note: str = "", *, stale: bool = False) -> None:
        """Show a value in the colour of a `Tokens` field; `note` stands right of it, `stale` greys both."""
        if (words, tone, note, stale) != (self._words, self._tone, self._note, self._stale):
            self._words, self._tone, self._note, self._stale = words, tone, note, stale
            self.updateGeometry()
            self.refresh()

    def _spoken(self) -> str:
        return f"{self.label} {self._words} {self._note}{' stale' if self._stale else ''}".strip()

    def sizeHint(self) -> QSize:
        value = width_of(self.tokens, self._face, self._words)
        note = width_of(self.tokens, Type.LABEL, self._note) + 8 if self._note else 0
        wide = max(value + note, width_of(self.tokens, Type.LABEL, self.label))
        return QSize(round(wide) + 4, self._line(Type.LABEL) + self._line(self._face) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _paint(self, painter: QPainter) -> None:
        t, top = self.tokens, self._line(Type.LABEL)
        text(painter, QRectF(0, 0, self.width(), top), self.label, (t, Type.LABEL), t.dim, LEFT)
        ink = t.faint if self._stale else getattr(t, self._tone)
        row = QRectF(0, top + 1, self.width(), self._line(self._face))
        text(painter, row, self._words, (t, self._face), ink, LEFT)
        if self._note:
            left = width_of(t, self._face, self._words) + 8
            text(painter, row.adjusted(left, 0, 0, 0), self._note, (t, Type.LABEL), t.dim, LEFT)

    def _line(self, face: object) -> int:
        return round((26 if face is Type.HERO else 18 if face is Type.TITLE else 15) * self.tokens.text_scale)
