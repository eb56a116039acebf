"""What part of time and price a chart shows, as a value: zoom, pan, fit and the way from places to pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FEWEST: Final = 8.0
"""Fewest bars a chart zooms in to."""
MOST: Final = 20_000.0
SLACK: Final = 0.05
"""Air above and below the prices in view, as a share of their span."""
LOOSE: Final = 0.6
"""Auto Y draws in again once prices fill less than this share of the pane."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The visible range: places [x0, x1] and prices [y0, y1] (price scale)."""

    x0: float
    x1: float
    y0: float
    y1: float

    @property
    def bars(self) -> float:
        """Answer how many places are in view."""
        return self.x1 - self.x0

    def zoomed_time(self, factor: float, at: float) -> Sight:
        """Show `factor` times as many bars, the place `at` standing still."""
        bars = min(max(self.bars * factor, FEWEST), MOST)
        share = (at - self.x0) / self.bars
        return replace(self, x0=at - share * bars, x1=at + (1 - share) * bars)

    def zoomed_price(self, factor: float, at: float) -> Sight:
        """Show `factor` times the price span, the price `at` standing still; never less than two ticks of 5 paise."""
        factor = max(factor, 10.0 / (self.y1 - self.y0))
        return replace(self, y0=at - (at - self.y0) * factor, y1=at + (self.y1 - at) * factor)

    def panned(self, bars: float, prices: float = 0.0) -> Sight:
        """Move the window by places and prices."""
        return Sight(self.x0 + bars, self.x1 + bars, self.y0 + prices, self.y1 + prices)

    def fitted(self, low: float, high: float) -> Sight:
        """Fit the price range to `low` .. `high` with its slack; one price alone gets a span of a thousandth."""
        span = max(high - low, abs(high) * 0.001, 10.0)
        middle = (high + low) / 2
        half = span * (0.5 + SLACK)
        return replace(self, y0=middle - half, y1=middle + half)

    def needs_fit(self, low: float, high: float) -> bool:
        """Tell whether prices left the pane or fill too little of it; in between the range stays where it is."""
        return low < self.y0 or high > self.y1 or (high - low) < LOOSE * (self.y1 - self.y0)

    def left_by(self, low: float, high: float) -> bool:
        """Tell whether prices left the pane."""
        return low < self.y0 or high > self.y1


@dataclass(frozen=True, slots=True)
class Area:
    """The places of a chart's parts in px: the price pane from `top`, the volume pane, and the two axes around them."""

    width: float
    top: float
    height: float
    volume_top: float
    volume_height: float
    gutter: float
    foot: float

    @property
    def bottom(self) -> float:
        """Answer where the panes end and the time axis begins."""
        return self.volume_top + self.volume_height


@dataclass(frozen=True, slots=True)
class Scale:
    """Turn places and prices into pixels and back, for one sight in one area."""

    sight: Sight
    area: Area

    @property
    def step(self) -> float:
        """Answer the width of one place, px."""
        return self.area.width / self.sight.bars

    @property
    def body(self) -> int:
        """Answer the width of a candle's body: odd, so that its wick stands in the middle."""
        return max(1, int(self.step * 0.8) - (int(self.step * 0.8) + 1) % 2)

    def px(self, x: Any) -> Any:
        """Answer the pixel column of a place or of an array of places."""
        return (x - self.sight.x0) * self.step

    def py(self, price: Any) -> Any:
        """Answer the pixel row of a price or of an array of prices."""
        return self.area.top + (self.sight.y1 - price) / (self.sight.y1 - self.sight.y0) * self.area.height

    def x(self, px: float) -> float:
        """Answer the place at a pixel column."""
        return self.sight.x0 + px / self.step

    def price(self, py: float) -> float:
        """Answer the price at a pixel row."""
        return self.sight.y1 - (py - self.area.top) / self.area.height * (self.sight.y1 - self.sight.y0)

    def volume_px(self, volume: Any, most: float) -> Any:
        """Answer the height of a volume bar where `most` would fill nine tenths of the pane."""
        return np.asarray(volume) * (0.9 * self.area.volume_height / most) if most > 0 else np.zeros_like(volume, float)


def pushed_apart(wanted: list[float], height: float, low: float, high: float) -> list[float]:
    """Move tags of `height` centred at `wanted` as little as possible until none overlaps, inside [low, high].

    Their order stays. Where there are more tags than room they share the room evenly. Source: isotonic regression by
    pooling neighbours, which is the least-squares answer.
    """
    if not wanted:
        return []
    pitch = min(height, (high - low) / len(wanted))
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    pools: list[list[float]] = []  # mean and size of each run of touching tags, in the frame where pitch is taken out
    for rank, i in enumerate(order):
        pools.append([wanted[i] - rank * pitch, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, size = pools.pop()
            pools[-1] = [(pools[-1][0] * pools[-1][1] + mean * size) / (pools[-1][1] + size), pools[-1][1] + size]
    first, last = low + pitch / 2, high - pitch / 2 - (len(wanted) - 1) * pitch
    flat = [min(max(mean, first), max(first, last)) for mean, size in pools for _ in range(int(size))]
    placed = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        placed[i] = flat[rank] + rank * pitch
    return placed
