"""Everything one chart shows at this moment, in one place: bars, overlays, layers, look and scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cockpit.market import Interval, bars_of
from cockpit.money import Price
from cockpit.widgets.barstrip import BarStrip
from cockpit.widgets.overlays import Curve, Gap, Layer, LineKind, Marker, OpeningRange, PriceLine, TimeMark, Trend
from cockpit.widgets.sight import Area, Scale, Sight
from cockpit.widgets.ticks import TimeLabel, price_labels, time_labels
from cockpit.widgets.tokens import DARK, Tokens

ALL_LAYERS = frozenset(Layer) - {Layer.BAND}


@dataclass(slots=True)
class Study:
    """Hold what a chart shows. The painters read it; only the chart writes it."""

    strip: BarStrip = field(default_factory=lambda: BarStrip(bars_of(0), Interval.M1))
    tokens: Tokens = DARK
    scale: Scale = field(default_factory=lambda: Scale(Sight(0, 100, 0, 10_000), Area(100, 4, 80, 84, 10, 60, 20)))
    layers: frozenset[Layer] = ALL_LAYERS
    opening_range: OpeningRange | None = None
    lines: tuple[PriceLine, ...] = ()
    markers: tuple[Marker, ...] = ()
    gaps: tuple[Gap, ...] = ()
    curves: tuple[Curve, ...] = ()
    trends: tuple[Trend, ...] = ()
    time_marks: tuple[TimeMark, ...] = ()
    price_scale: int = 100
    tick_size: int = 5
    previous_close: Price | None = None
    most_volume: float = 0.0
    prices: list[Price] = field(default_factory=list)
    times: list[TimeLabel] = field(default_factory=list)

    def shows(self, layer: Layer) -> bool:
        """Tell whether a layer is switched on."""
        return layer in self.layers

    def on_tick(self, price: float) -> Price:
        """Answer the tick nearest to a price, never below the first."""
        return max(round(price / self.tick_size), 1) * self.tick_size

    def relabel(self) -> None:
        """Work out the axis labels and the volume scale for the present view."""
        self.prices = price_labels(self.scale)
        self.times = time_labels(self.strip, self.scale)
        self.most_volume = self._most_volume() if self.shows(Layer.VOLUME) else 0.0

    def extent(self) -> tuple[float, float] | None:
        """Answer the lowest and highest price that Auto Y keeps in view; None where no bar is in view."""
        sight = self.scale.sight
        start = int(np.searchsorted(self.strip.x, sight.x0 - 0.5))
        stop = int(np.searchsorted(self.strip.x, sight.x1 + 0.5))
        rows = self.strip.rows[start:stop]
        if not len(rows):
            return None
        low, high = float(rows["low"].min()), float(rows["high"].max())
        for price in self._worth_seeing((start, stop), max(high - low, 0.002 * high)):
            low, high = min(low, price), max(high, price)
        return low, high

    def _worth_seeing(self, part: tuple[int, int], span: float) -> list[float]:
        """Answer prices of overlays near enough to be kept in view; a far stop must not flatten the candles."""
        rows = self.strip.rows[slice(*part)]
        low, high = float(rows["low"].min()), float(rows["high"].max())
        wanted: list[float] = []
        if self.shows(Layer.LINES):
            wanted += [float(o.price) for o in self.lines if o.kind in (LineKind.ENTRY, LineKind.STOP, LineKind.TARGET)]
        band = self.opening_range
        if band is not None and self.shows(Layer.OPENING_RANGE) and band.opens <= int(rows["ts_open"][-1]) < band.until:
            wanted += [float(band.low), float(band.high)]
        return [price for price in wanted if low - span <= price <= high + span]

    def _most_volume(self) -> float:
        sight = self.scale.sight
        start, stop = np.searchsorted(self.strip.x, (sight.x0 - 0.5, sight.x1 + 0.5))
        rows: Any = self.strip.rows[int(start) : int(stop)]
        return float(rows["volume"].max()) if len(rows) else 0.0
