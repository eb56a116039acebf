"""Pens, fonts and small shapes made from tokens: the few strokes that every widget shares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPalette, QPen, QPolygonF

from cockpit.widgets.tokens import FAMILIES, Face, Tokens

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


@lru_cache(maxsize=512)
def colour(code: str, alpha: float = 1.0) -> QColor:
    """Answer the Qt colour of `#RRGGBB` with opacity 0..1; shared, so never change it in place."""
    made = QColor(code)
    made.setAlphaF(alpha)
    return made


@lru_cache(maxsize=256)
def pen(code: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine, alpha: float = 1.0) -> QPen:
    """Answer a cosmetic pen: its width stays in screen pixels whatever the zoom."""
    made = QPen(colour(code, alpha), width, style)
    made.setCosmetic(True)
    return made


@lru_cache(maxsize=64)
def dashed(code: str, dashes: Sequence[float] = (3.0, 3.0), alpha: float = 1.0) -> QPen:
    """Answer a 1 px cosmetic pen with its own dash pattern."""
    made = QPen(colour(code, alpha), 1.0)
    made.setCosmetic(True)
    made.setDashPattern(list(dashes))
    return made


@lru_cache(maxsize=64)
def dots(code: str, alpha: float = 1.0) -> QBrush:
    """Answer a brush of one dot in three px: a 1 px line filled with it is dotted at a tenth of a pen's cost."""
    strip = QImage(3, 1, QImage.Format.Format_ARGB32_Premultiplied)
    strip.fill(Qt.GlobalColor.transparent)
    strip.setPixelColor(0, 0, colour(code, alpha))
    return QBrush(strip)


@lru_cache(maxsize=64)
def _font(px: int, weight: int) -> QFont:
    made = QFont()
    made.setFamilies(list(FAMILIES))
    made.setPixelSize(px)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def font(tokens: Tokens, face: Face) -> QFont:
    """Answer the font of a type step, digits tabular, hinting off."""
    return _font(tokens.px(face), face.weight)


@lru_cache(maxsize=64)
def _metrics(px: int, weight: int) -> QFontMetricsF:
    return QFontMetricsF(_font(px, weight))


def metrics(tokens: Tokens, face: Face) -> QFontMetricsF:
    """Answer the measures of a type step."""
    return _metrics(tokens.px(face), face.weight)


def width_of(tokens: Tokens, face: Face, words: str) -> float:
    """Answer how wide `words` are in a type step, px."""
    return float(metrics(tokens, face).horizontalAdvance(words))


def text(
    painter: QPainter,
    rect: QRectF,
    words: str,
    look: tuple[Tokens, Face],
    code: str,
    align: Qt.AlignmentFlag = LEFT,
) -> None:
    """Write one line of words into `rect`, cut with an ellipsis where it does not fit."""
    tokens, face = look
    measures = metrics(tokens, face)
    if measures.horizontalAdvance(words) > rect.width() + 0.5:
        words = measures.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
    painter.setFont(font(tokens, face))
    painter.setPen(colour(code))
    painter.drawText(rect, int(align.value), words)


def pill(painter: QPainter, rect: QRectF, fill: QColor, radius: float, edge: QPen | None = None) -> None:
    """Fill a rounded rectangle, antialiased, with an edge where one is given."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(edge if edge is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, radius, radius)
    painter.restore()


def triangle(painter: QPainter, centre: QPointF, side: float, code: str, *, up: bool) -> None:
    """Fill a triangle that points up or down."""
    half, rise = side / 2, side * 0.43 * (-1 if up else 1)
    points = [
        QPointF(centre.x() - half, centre.y() - rise),
        QPointF(centre.x() + half, centre.y() - rise),
        QPointF(centre.x(), centre.y() + rise),
    ]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(code))
    painter.drawPolygon(QPolygonF(points))
    painter.restore()


def focus_ring(painter: QPainter, rect: QRectF, tokens: Tokens, radius: float) -> None:
    """Draw the 2 px ring in accent that says where the keyboard is."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour(tokens.accent), 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
    painter.restore()


def palette(tokens: Tokens) -> QPalette:
    """Answer the Qt palette of the tokens, for the stock widgets."""
    made, role = QPalette(), QPalette.ColorRole
    for name, code in (
        (role.Window, tokens.panel), (role.Base, tokens.panel), (role.AlternateBase, tokens.raised),
        (role.Button, tokens.raised), (role.Text, tokens.text), (role.WindowText, tokens.text),
        (role.ButtonText, tokens.text), (role.BrightText, tokens.hi), (role.Highlight, tokens.sel),
        (role.HighlightedText, tokens.hi), (role.ToolTipBase, tokens.raised), (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.faint), (role.Link, tokens.accent), (role.Light, tokens.line2),
        (role.Midlight, tokens.line2), (role.Mid, tokens.line), (role.Dark, tokens.line), (role.Shadow, tokens.app),
        (role.Accent, tokens.accent),
    ):  # fmt: skip
        made.setColor(name, colour(code))
    for name in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, name, colour(tokens.faint))
    return made
