"""Round and flat gauges: drawdown on an arc with its limits, progress on a ring, exposure against its band."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cockpit.widgets.paint import CENTRE, LEFT, RIGHT, colour, pill, text, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, Tokens, Type

SPAN_DEG: Final = 240.0
START_DEG: Final = 210.0
"""Where the arc begins, counter-clockwise from three o'clock; it runs clockwise over the top."""


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The fall from the highest equity as a ratio, and its limits; `value` None is unknown and never drawn as zero."""

    value: float | None
    soft: float
    hard: float


class DrawdownArc(Painted):
    """Show a drawdown between nothing and its hard limit, both limits marked."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name="Drawdown")
        self._shown = Drawdown(None, 0.06, 0.10)
        self.refresh()

    def show_value(self, drawdown: Drawdown) -> None:
        """Show a drawdown."""
        if drawdown != self._shown:
            self._shown = drawdown
            self.refresh()

    def _spoken(self) -> str:
        d = self._shown
        value = "unknown" if d.value is None else f"{d.value:.1%}"
        return f"drawdown {value}, soft limit {d.soft:.0%}, hard limit {d.hard:.0%}"

    def sizeHint(self) -> QSize:
        side = round(132 * self.tokens.text_scale)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 96)

    def _paint(self, painter: QPainter) -> None:
        tokens, d = self.tokens, self._shown
        side = min(self.width(), self.height() * 1.12)
        thick = max(7.0, side * 0.075)
        box = QRectF((self.width() - side) / 2 + thick, thick, side - 2 * thick, side - 2 * thick)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _arc(painter, box, (0.0, 1.0), tokens.line, thick)
        most = d.hard * 1.1
        if d.value is not None:
            _arc(painter, box, (0.0, min(max(d.value, 0.0) / most, 1.0)), self._code(d), thick)
        for limit, code in ((d.soft, tokens.warn), (d.hard, tokens.danger)):
            _notch(painter, box, limit / most, code, thick)
        words = "?" if d.value is None else f"{d.value:.1%}"
        middle = box.center().y()
        text(painter, QRectF(box.left(), middle - 18, box.width(), 24), words, (tokens, Type.HERO), tokens.hi, CENTRE)
        under = QRectF(box.left(), middle + 6, box.width(), 14)
        text(painter, under, "drawdown", (tokens, Type.AXIS), tokens.dim, CENTRE)
        foot = QRectF(0, box.center().y() + box.height() * 0.36, self.width(), 14)
        text(painter, foot, f"soft {d.soft:.0%} · hard {d.hard:.0%}", (tokens, Type.AXIS), tokens.dim, CENTRE)

    def _code(self, d: Drawdown) -> str:
        if d.value is None or d.value >= d.hard:
            return self.tokens.danger
        return self.tokens.warn if d.value >= d.soft else self.tokens.ok


class Ring(Painted):
    """Show progress as a ring with a number in it: days of paper, gates passed."""

    def __init__(self, name: str, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name=name)
        self._share, self._big, self._small, self._tone = 0.0, "—", "", "accent"

    def show_share(self, share: float, big: str, small: str, tone: str = "accent") -> None:
        """Show a share 0..1 with words inside; `tone` is a `Tokens` field."""
        self._share, self._big, self._small, self._tone = min(max(share, 0.0), 1.0), big, small, tone
        self.refresh()

    def _spoken(self) -> str:
        return f"{self._big} {self._small}, {self._share:.0%}"

    def sizeHint(self) -> QSize:
        return QSize(120, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(72, 72)

    def _paint(self, painter: QPainter) -> None:
        tokens = self.tokens
        side = float(min(self.width(), self.height()))
        thick = max(6.0, side * 0.07)
        inner = side - 2 * thick
        box = QRectF((self.width() - inner) / 2, (self.height() - inner) / 2, inner, inner)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for share, code in ((1.0, tokens.line), (self._share, getattr(tokens, self._tone))):
            painter.setPen(_stroke(code, thick))
            painter.drawArc(box, 90 * 16, round(-360 * 16 * share))
        middle = box.center().y()
        text(painter, QRectF(box.left(), middle - 18, inner, 24), self._big, (tokens, Type.HERO), tokens.hi, CENTRE)
        text(painter, QRectF(box.left(), middle + 6, inner, 14), self._small, (tokens, Type.AXIS), tokens.dim, CENTRE)


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much of the equity is deployed against the band of the regime; ratios of equity, `deployed` None unknown."""

    deployed: float | None
    low: float
    high: float
    most: float = 1.0


class ExposureBand(Painted):
    """Show the band on a track, and a marker at what is deployed; outside the band the marker turns amber."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name="Exposure")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._shown = Exposure(None, 0.0, 0.0)
        self.refresh()

    def show_value(self, exposure: Exposure) -> None:
        """Show an exposure."""
        if exposure != self._shown:
            self._shown = exposure
            self.refresh()

    @property
    def is_outside(self) -> bool:
        """Tell whether what is deployed lies outside the band."""
        e = self._shown
        return e.deployed is not None and not e.low <= e.deployed <= e.high

    def _spoken(self) -> str:
        e = self._shown
        deployed = "unknown" if e.deployed is None else f"{e.deployed:.1%}"
        return f"{deployed} deployed, band {e.low:.0%} to {e.high:.0%}{', outside the band' if self.is_outside else ''}"

    def sizeHint(self) -> QSize:
        return QSize(260, round(44 * self.tokens.text_scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(140, round(44 * self.tokens.text_scale))

    def _paint(self, painter: QPainter) -> None:
        tokens, e, wide = self.tokens, self._shown, float(self.width())
        line = round(15 * tokens.text_scale)
        tone = tokens.warn if self.is_outside else tokens.hi
        deployed = "? deployed" if e.deployed is None else f"{e.deployed:.1%} deployed"
        mark = "▲ outside " if self.is_outside else ""
        head = f"{mark}{deployed} · band {e.low:.0%}–{e.high:.0%}"
        text(painter, QRectF(0, 0, wide, line), "Exposure band", (tokens, Type.LABEL), tokens.text, LEFT)
        text(painter, QRectF(96, 0, wide - 96, line), head, (tokens, Type.NUMBER), tone, RIGHT)
        track = QRectF(0, line + 4, wide, 7)
        pill(painter, track, colour(tokens.line), 3)
        band = QRectF(wide * e.low / e.most, track.top(), wide * (e.high - e.low) / e.most, 7)
        pill(painter, band, colour(tokens.weather.bull, 0.75), 3)
        self._paint_scale(painter, track, e)
        if e.deployed is not None:
            x = wide * min(max(e.deployed / e.most, 0.0), 1.0)
            painter.fillRect(QRectF(min(max(x - 1.5, 0), wide - 3), track.top() - 3, 3, 13), colour(tone))

    def _paint_scale(self, painter: QPainter, track: QRectF, e: Exposure) -> None:
        top = track.bottom() + 3
        taken = -20.0
        for share in sorted({0.0, e.low, e.high, e.most}):
            words = f"{share:.0%}"
            half = width_of(self.tokens, Type.AXIS, words) / 2
            x = min(max(track.width() * share / e.most, half), track.width() - half)
            if x - half > taken:
                rect = QRectF(x - half - 1, top, 2 * half + 2, 13)
                text(painter, rect, words, (self.tokens, Type.AXIS), self.tokens.dim, CENTRE)
                taken = x + half + 4


def _stroke(code: str, thick: float) -> QPen:
    made = QPen(colour(code), thick)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    return made


def _arc(painter: QPainter, box: QRectF, share: tuple[float, float], code: str, thick: float) -> None:
    painter.setPen(_stroke(code, thick))
    start = START_DEG - SPAN_DEG * share[0]
    painter.drawArc(box, round(start * 16), round(-SPAN_DEG * (share[1] - share[0]) * 16))


def _notch(painter: QPainter, box: QRectF, share: float, code: str, thick: float) -> None:
    angle = (START_DEG - SPAN_DEG * min(share, 1.0)) * pi / 180
    radius = box.width() / 2
    reach = (radius - thick / 2 - 2, radius + thick / 2 + 2)
    ends = [QPointF(box.center().x() + r * cos(angle), box.center().y() - r * sin(angle)) for r in reach]
    painter.setPen(QPen(colour(code), 2.5))
    painter.drawLine(QLineF(ends[0], ends[1]))
