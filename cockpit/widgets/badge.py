"""Badges: the mode the cockpit is in, and small states with a sign and a word, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from cockpit.widgets.paint import CENTRE, colour, pen, pill, text, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, Radius, Tokens, Type


@dataclass(frozen=True, slots=True)
class Sign:
    """A state as sign, word and tone (a `Tokens` field with a `_bg` twin)."""

    mark: str
    word: str
    tone: str

    @property
    def words(self) -> str:
        """Answer sign and word together."""
        return f"{self.mark} {self.word}".strip()


class Mode(StrEnum):
    """What the cockpit's orders are worth."""

    PAPER = "PAPER"
    PRACTICE = "PRACTICE"
    REPLAY = "REPLAY"
    LIVE = "LIVE"
    HALTED = "HALTED"


MODE_TONES: Final = {
    Mode.PAPER: "info",
    Mode.PRACTICE: "info",
    Mode.REPLAY: "warn",
    Mode.LIVE: "danger",
    Mode.HALTED: "danger",
}


class ModeBadge(Painted):
    """Show the mode, large; LIVE and HALTED are solid, so that they cannot be taken for PAPER."""

    def __init__(self, mode: Mode, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name="Mode")
        self.mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.refresh()

    def show_mode(self, mode: Mode) -> None:
        """Show a mode."""
        self.mode = mode
        self.updateGeometry()
        self.refresh()

    def _spoken(self) -> str:
        return f"{self.mode} mode"

    def sizeHint(self) -> QSize:
        wide = width_of(self.tokens, Type.TITLE, self.mode.value)
        return QSize(round(wide) + 32, round(34 * self.tokens.text_scale))

    def _paint(self, painter: QPainter) -> None:
        tokens, tone = self.tokens, MODE_TONES[self.mode]
        code = getattr(tokens, tone)
        solid = self.mode in (Mode.LIVE, Mode.HALTED)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        fill = colour(code) if solid else colour(getattr(tokens, f"{tone}_bg"))
        pill(painter, rect, fill, Radius.FIELD, pen(code))
        text(painter, rect, self.mode.value, (tokens, Type.TITLE), tokens.ink_on(code) if solid else code, CENTRE)


class StatePill(Painted):
    """Show one small state."""

    def __init__(
        self, sign: Sign, parent: QWidget | None = None, *, tokens: Tokens = DARK, name: str = "State"
    ) -> None:
        super().__init__(parent, tokens=tokens, name=name)
        self.sign = sign
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.refresh()

    def show_sign(self, sign: Sign) -> None:
        """Show another state."""
        if sign != self.sign:
            self.sign = sign
            self.updateGeometry()
            self.refresh()

    def _spoken(self) -> str:
        return self.sign.word

    def sizeHint(self) -> QSize:
        return QSize(round(pill_width(self.tokens, self.sign)), round(18 * self.tokens.text_scale))

    def _paint(self, painter: QPainter) -> None:
        paint_pill(painter, QRectF(self.rect()), self.sign, self.tokens)


def pill_width(tokens: Tokens, sign: Sign) -> float:
    """Answer how wide a state pill is, px."""
    return width_of(tokens, Type.BADGE, sign.words) + 16


def paint_pill(painter: QPainter, rect: QRectF, sign: Sign, tokens: Tokens) -> None:
    """Draw a state pill."""
    pill(painter, rect, colour(getattr(tokens, f"{sign.tone}_bg")), Radius.BADGE)
    text(painter, rect, sign.words, (tokens, Type.BADGE), getattr(tokens, sign.tone), CENTRE)
