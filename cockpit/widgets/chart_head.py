"""The two lines over a chart: symbol, price and change; then open, high, low, close and the rest at the crosshair."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from cockpit.market import Instrument
from cockpit.money import Price, count_short, price_text
from cockpit.widgets.overlays import OpeningRange, Readout
from cockpit.widgets.paint import LEFT, text, triangle, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import DARK, Face, Tokens, Type

MARKS = ("▲", "▼")
Piece = tuple[str, Face, str]
"""Words, their step of the type scale and their colour."""


class ChartHead(Painted):
    """Show what a chart is of and what its crosshair reads; connect `FocusChart.readout_changed` to `show_readout`."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name="Chart values")
        self._instrument: Instrument | None = None
        self._note = ""
        self._last: Price | None = None
        self._previous: Price | None = None
        self._readout: Readout | None = None
        self._band: OpeningRange | None = None
        self._stale = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_instrument(self, instrument: Instrument, note: str, previous_close: Price | None = None) -> None:
        """Say what is charted; `note` is such as `NSE · EQ · 1m`."""
        self._instrument, self._note, self._previous = instrument, note, previous_close
        self._last, self._readout, self._band = None, None, None
        self.refresh()

    def show_last(self, last: Price, *, stale: bool = False) -> None:
        """Show the last price; grey while it is stale."""
        if (last, stale) != (self._last, self._stale):
            self._last, self._stale = last, stale
            self.refresh()

    def show_readout(self, readout: Readout | None) -> None:
        """Show the bar that the chart reads."""
        self._readout = readout
        self.update()

    def show_opening_range(self, band: OpeningRange | None) -> None:
        """Show the opening range's two prices."""
        self._band = band
        self.update()

    def _spoken(self) -> str:
        return " ".join(words for words, _, _ in self._upper())

    def sizeHint(self) -> QSize:
        return QSize(520, round(46 * self.tokens.text_scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, round(46 * self.tokens.text_scale))

    def _paint(self, painter: QPainter) -> None:
        scale = self.tokens.text_scale
        self._write(painter, [[piece] for piece in self._upper()], QRectF(10, 2, self.width() - 16, 24 * scale), gap=9)
        self._write(painter, self._lower(), QRectF(10, 27 * scale, self.width() - 16, 16 * scale), gap=5)

    def _upper(self) -> list[Piece]:
        if self._instrument is None:
            return []
        t = self.tokens
        pieces: list[Piece] = [(self._instrument.symbol, Type.SYMBOL, t.hi), (self._note, Type.LABEL, t.dim)]
        if self._last is None:
            return [*pieces, ("—", Type.SYMBOL, t.faint)]
        ink = t.faint if self._stale else t.hi
        pieces.append((f"₹{price_text(self._last, self._instrument.price_scale)}", Type.SYMBOL, ink))
        if self._previous:
            change = self._last / self._previous - 1.0
            sign = "+" if change > 0 else "−" if change < 0 else ""
            mark = "▲" if change > 0 else "▼" if change < 0 else ""
            tone = t.faint if self._stale else t.side(change)
            pieces += [(mark, Type.NUMBER, tone), (f"{sign}{abs(change):.2%}", Type.TITLE, tone)]
        return pieces

    def _lower(self) -> list[list[Piece]]:
        if self._readout is None or self._instrument is None:
            return []
        t, row, scale = self.tokens, self._readout.bar[0], self._instrument.price_scale
        before = self._readout.previous_close
        close_ink = t.hi if before is None else t.side(int(row["close"]) - before)
        pairs: list[list[Piece]] = []
        for letter, name in (("O", "open"), ("H", "high"), ("L", "low"), ("C", "close")):
            ink = close_ink if name == "close" else t.hi
            pairs.append([(letter, Type.LABEL, t.dim), (price_text(int(row[name]), scale) + "  ", Type.NUMBER, ink)])
        pairs.append([("Vol", Type.LABEL, t.dim), (count_short(int(row["volume"])) + "   ", Type.NUMBER, t.hi)])
        if math.isfinite(float(row["vwap"])):
            value = price_text(round(float(row["vwap"])), scale)
            pairs.append([("VWAP", Type.NUMBER, t.vwap), (value + "   ", Type.NUMBER, t.hi)])
        if self._band is not None:
            ends = f"{price_text(self._band.low, scale)} – {price_text(self._band.high, scale)}"
            pairs.append([(self._band.label, Type.NUMBER, t.orb), (ends, Type.NUMBER, t.hi)])
        return pairs

    def _write(self, painter: QPainter, groups: list[list[Piece]], line: QRectF, gap: float) -> None:
        """Write groups of words from the left; a group that does not fit is left out whole, never cut in a number."""
        left = line.left()
        for group in groups:
            wide = sum(width_of(self.tokens, face, words) + gap for words, face, _ in group) - gap
            if left + wide > line.right() + 1:
                break
            for words, face, code in group:
                left += self._write_piece(
                    painter, (words, face, code), QRectF(line).adjusted(left - line.left(), 0, 0, 0)
                )
                left += gap if words not in MARKS else 4

    def _write_piece(self, painter: QPainter, piece: Piece, at: QRectF) -> float:
        words, face, code = piece
        if words in MARKS:
            triangle(painter, QPointF(at.left() + 5, at.center().y() + 1), 10, code, up=words == "▲")
            return 10.0
        wide = width_of(self.tokens, face, words)
        text(painter, QRectF(at.left(), at.top(), wide + 1, at.height()), words, (self.tokens, face), code, LEFT)
        return wide
