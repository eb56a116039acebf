"""Rows of pills: one choice of many (1m 3m 5m), or several switches side by side (VWAP, ORB 15, Vol)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from cockpit.widgets.paint import CENTRE, colour, focus_ring, pen, pill, text, width_of
from cockpit.widgets.tokens import DARK, HIT, Space, Tokens, Type


@dataclass(frozen=True, slots=True)
class Choice:
    """One pill: its key, its words, and what its tooltip says."""

    key: str
    words: str
    help: str = ""


class PillButton(QAbstractButton):
    """One pill that is on or off. `boxed` pills have an edge, as switches do; the others are a choice of one."""

    def __init__(self, choice: Choice, parent: QWidget, *, boxed: bool, tokens: Tokens) -> None:
        super().__init__(parent)
        self.choice, self.tokens, self._boxed, self._row = choice, tokens, boxed, parent
        self.setText(choice.words)
        self.setCheckable(True)
        self.setAccessibleName(choice.help or choice.words)
        self.setToolTip(choice.help or choice.words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if boxed else Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        wide = width_of(self.tokens, Type.NUMBER, self.text()) + (22 if self._boxed else 18)
        return QSize(max(HIT, round(wide)), max(HIT, round(26 * self.tokens.text_scale)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        finally:
            painter.end()

    def _paint(self, painter: QPainter, rect: QRectF) -> None:
        t, on = self.tokens, self.isChecked()
        radius = rect.height() / 2 if self._boxed else 5
        fill = t.accent_bg if on else t.hover if self.underMouse() else t.panel
        edge = pen(t.accent if on else t.line) if self._boxed else None
        pill(painter, rect, colour(fill), radius, edge)
        ink = t.faint if not self.isEnabled() else t.hi if on else t.dim
        text(painter, rect, self.text(), (t, Type.NUMBER if on else Type.BODY), ink, CENTRE)
        if self.hasFocus() or (on and self._row.hasFocus()):  # a choice of one keeps the keyboard in its row
            focus_ring(painter, QRectF(self.rect()), t, radius)


class PillRow(QWidget):
    """Lay pills in a row and tell which was turned on or off."""

    def __init__(
        self, choices: Sequence[Choice], parent: QWidget | None = None, *, name: str, boxed: bool, tokens: Tokens = DARK
    ) -> None:
        super().__init__(parent)
        self.tokens = tokens
        self.setAccessibleName(name)
        self.pills = {c.key: PillButton(c, self, boxed=boxed, tokens=tokens) for c in choices}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.TIGHT if boxed else Space.HAIR)
        for button in self.pills.values():
            row.addWidget(button)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        for button in self.pills.values():
            button.tokens = tokens
            button.updateGeometry()
            button.update()

    def set_words(self, key: str, words: str) -> None:
        """Change what a pill says, such as its count."""
        self.pills[key].setText(words)
        self.pills[key].updateGeometry()


class Segmented(PillRow):
    """Let exactly one of several be chosen; one stop of the tab key, arrows move within."""

    chosen = Signal(str)
    """The key the user chose; not sent when it was set by `choose`."""

    def __init__(
        self, choices: Sequence[Choice], parent: QWidget | None = None, *, name: str, tokens: Tokens = DARK
    ) -> None:
        super().__init__(choices, parent, name=name, boxed=False, tokens=tokens)
        self._current = choices[0].key
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for key, button in self.pills.items():
            button.clicked.connect(lambda _on=False, key=key: self._pick(key))
        self.choose(self._current)

    @property
    def current(self) -> str:
        """Answer the key that is chosen."""
        return self._current

    def choose(self, key: str) -> None:
        """Choose a key without telling."""
        self._current = key
        for name, button in self.pills.items():
            button.setChecked(name == key)
        self.setAccessibleDescription(f"{self.pills[key].text()} chosen")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step:
            event.ignore()
            return
        keys = list(self.pills)
        self._pick(keys[(keys.index(self._current) + step) % len(keys)])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.pills[self._current].update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.pills[self._current].update()

    def _pick(self, key: str) -> None:
        before = self._current
        self.choose(key)
        if key != before:
            self.chosen.emit(key)


class Chips(PillRow):
    """Let each of several be on or off."""

    toggled = Signal(str, bool)

    def __init__(
        self, choices: Sequence[Choice], parent: QWidget | None = None, *, name: str, tokens: Tokens = DARK
    ) -> None:
        super().__init__(choices, parent, name=name, boxed=True, tokens=tokens)
        for key, button in self.pills.items():
            button.clicked.connect(lambda on, key=key: self.toggled.emit(key, on))

    def set_on(self, key: str, on: bool) -> None:
        """Turn a pill on or off without telling."""
        self.pills[key].setChecked(on)

    @property
    def on(self) -> frozenset[str]:
        """Answer the keys that are on."""
        return frozenset(key for key, button in self.pills.items() if button.isChecked())
