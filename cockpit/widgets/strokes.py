"""Candles and volume as arrays of rectangles handed to Qt whole: one call for each colour, no Python per bar.

Everything is laid on whole pixels, so that a wick is one crisp line whatever the zoom.
"""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter

from cockpit.market import Bars
from cockpit.widgets.paint import colour, pen
from cockpit.widgets.sight import Scale
from cockpit.widgets.tokens import Tokens

Array = NDArray[Any]

VOLUME_ALPHA = 0.42


class CandleStrokes:
    """Hold the rectangles of some bars: `lay` computes them, `paint` draws them. Up is hollow, down is filled."""

    def __init__(self) -> None:
        self._up_wicks, self._up_bodies = PrimitiveArray(QRectF, 4), PrimitiveArray(QRectF, 4)
        self._down_wicks, self._down_bodies = PrimitiveArray(QRectF, 4), PrimitiveArray(QRectF, 4)
        self._up_volumes, self._down_volumes = PrimitiveArray(QRectF, 4), PrimitiveArray(QRectF, 4)
        self._hollow = False

    def lay(self, bars: Bars, x: Array, scale: Scale, most_volume: float) -> None:
        """Compute the rectangles of `bars` at places `x`; `most_volume` 0 leaves the volume out."""
        up = bars["close"] >= bars["open"]
        middle = np.floor(scale.px(x))
        self._hollow = scale.body >= 3
        left = middle - scale.body // 2
        for side, hollow, wicks, bodies, volumes in (
            (up, self._hollow, self._up_wicks, self._up_bodies, self._up_volumes),
            (~up, False, self._down_wicks, self._down_bodies, self._down_volumes),
        ):
            part = bars[side]
            _lay_prices(part, middle[side], left[side], scale, (wicks, bodies), hollow=hollow)
            _lay_volumes(part["volume"], left[side], scale, most_volume, volumes)

    def paint(self, painter: QPainter, tokens: Tokens) -> None:
        """Draw what was laid."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for volumes, code in ((self._up_volumes, tokens.up), (self._down_volumes, tokens.down)):
            painter.setBrush(colour(code, VOLUME_ALPHA))
            _draw(painter, volumes)
        painter.setBrush(colour(tokens.down))
        _draw(painter, self._down_wicks)
        _draw(painter, self._down_bodies)
        painter.setBrush(colour(tokens.up))
        _draw(painter, self._up_wicks)
        if self._hollow:
            painter.setPen(pen(tokens.up))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        _draw(painter, self._up_bodies)


def _lay_prices(
    bars: Bars, middle: Array, left: Array, scale: Scale, into: tuple[PrimitiveArray, PrimitiveArray], *, hollow: bool
) -> None:
    wicks, bodies = into
    high, low = np.floor(scale.py(bars["high"])), np.floor(scale.py(bars["low"]))
    body_top = np.floor(scale.py(np.maximum(bars["open"], bars["close"])))
    body_low = np.floor(scale.py(np.minimum(bars["open"], bars["close"])))
    n = len(bars)
    bodies.resize(n)
    # A pen draws on the far edge too, so a hollow body is one pixel smaller than a filled one.
    _set(bodies, left, body_top, scale.body - hollow, np.maximum(body_low - body_top + (not hollow), not hollow))
    wicks.resize(2 * n if hollow else n)
    if hollow:
        tops, lows = wicks.ndarray()[:n], wicks.ndarray()[n:]
        _columns(tops, middle, high, 1.0, np.maximum(body_top - high, 0.0))
        _columns(lows, middle, body_low + 1, 1.0, np.maximum(low - body_low, 0.0))
    else:
        _set(wicks, middle, high, 1.0, low - high + 1)


def _lay_volumes(volume: Array, left: Array, scale: Scale, most: float, into: PrimitiveArray) -> None:
    into.resize(len(volume) if most > 0 else 0)
    if most > 0:
        height = np.maximum(np.floor(scale.volume_px(volume, most)), 1.0) * (volume > 0)
        _set(into, left, np.floor(scale.area.bottom) - height, float(scale.body), height)


def _set(into: PrimitiveArray, x: Array, y: Array, width: Any, height: Any) -> None:
    _columns(into.ndarray(), x, y, width, height)


def _columns(rows: Array, x: Array, y: Array, width: Any, height: Any) -> None:
    rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = x, y, width, height


def _draw(painter: QPainter, rects: PrimitiveArray) -> None:
    if len(rects):
        painter.drawRects(*rects.drawargs())


class OneCandle:
    """Hold the rectangles of one bar: the pixels of `CandleStrokes` without its arrays, which are dear for one bar."""

    def __init__(self) -> None:
        self._solid: list[QRectF] = []
        self._outline: QRectF | None = None
        self._volume: QRectF | None = None
        self._is_up = True

    def lay(self, bar: Any, x: float, scale: Scale, most_volume: float) -> None:
        """Compute the rectangles of `bar` at place `x`; `most_volume` 0 leaves the volume out."""
        opened, high, low, closed = (int(bar[name]) for name in ("open", "high", "low", "close"))
        self._is_up = closed >= opened
        body = scale.body
        middle = floor(scale.px(x))
        left = middle - body // 2
        top, foot = floor(scale.py(max(opened, closed))), floor(scale.py(min(opened, closed)))
        wick_top, wick_foot = floor(scale.py(high)), floor(scale.py(low))
        hollow = self._is_up and body >= 3
        self._outline = QRectF(left, top, body - 1, max(foot - top, 0)) if hollow else None
        if hollow:
            upper = QRectF(middle, wick_top, 1, max(top - wick_top, 0))
            self._solid = [upper, QRectF(middle, foot + 1, 1, max(wick_foot - foot, 0))]
        else:
            self._solid = [QRectF(middle, wick_top, 1, wick_foot - wick_top + 1)]
            self._solid.append(QRectF(left, top, body, max(foot - top + 1, 1)))
        self._volume = None
        if most_volume > 0 and bar["volume"] > 0:
            height = max(floor(int(bar["volume"]) * 0.9 * scale.area.volume_height / most_volume), 1)
            self._volume = QRectF(left, floor(scale.area.bottom) - height, body, height)

    def paint(self, painter: QPainter, tokens: Tokens) -> None:
        """Draw what was laid."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        code = tokens.up if self._is_up else tokens.down
        if self._volume is not None:
            painter.fillRect(self._volume, colour(code, VOLUME_ALPHA))
        for rect in self._solid:
            painter.fillRect(rect, colour(code))
        if self._outline is not None:
            painter.setPen(pen(code))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._outline)


class LineStrokes:
    """Hold one curve as line segments; where a value is unknown or bars are missing the line is broken, not bridged."""

    def __init__(self) -> None:
        self._segments = PrimitiveArray(QLineF, 4)

    def lay(self, x: Array, values: Array, joined: Array, scale: Scale) -> None:
        """Compute the segments of `values` (price scale, NaN unknown) at `x`, where `joined` [n - 1] lets one run."""
        joined = np.isfinite(values[1:]) & np.isfinite(values[:-1]) & joined
        px, py = scale.px(x) + 0.5, scale.py(values) + 0.5
        self._segments.resize(int(np.count_nonzero(joined)))
        rows = self._segments.ndarray()
        rows[:, 0], rows[:, 1] = px[:-1][joined], py[:-1][joined]
        rows[:, 2], rows[:, 3] = px[1:][joined], py[1:][joined]

    def paint(self, painter: QPainter, code: str, width: float = 1.4) -> None:
        """Draw the curve, antialiased."""
        if not len(self._segments):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen(code, width))
        painter.drawLines(*self._segments.drawargs())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
