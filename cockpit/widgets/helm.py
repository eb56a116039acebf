"""Where a chart looks: zoom, pan, follow the newest bar, and a price range that is calm under ticks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from cockpit.widgets.chart_view import ChartView
from cockpit.widgets.easel import Easel
from cockpit.widgets.sight import Scale, Sight
from cockpit.widgets.study import Study

BAR_PX: Final = 6.6
"""Width of one place in a fresh view, px."""
MARGIN: Final = 0.09
"""Room right of the newest bar, as a share of the view."""
CALM_MS: Final = 500
"""Least time between two changes of the price range that ticks ask for: at most two a second."""


class Helm(QObject):
    """Steer one chart's sight and lay its sheets when it moved."""

    auto_y_changed = Signal(bool)
    view_changed = Signal()

    def __init__(self, study: Study, easel: Easel, view: ChartView) -> None:
        super().__init__(view)
        self._study, self._easel, self._view = study, easel, view
        self.auto_y, self._follows, self._fresh = True, True, True
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._fit_if_left)
        view.resized.connect(self._resized)

    @property
    def sight(self) -> Sight:
        """Answer the visible range."""
        return self._study.scale.sight

    def lay(self) -> None:
        """Lay all sheets for the present sight."""
        viewport = self._view.viewport()
        self._view.area = self._easel.lay(float(viewport.width()), float(viewport.height()))

    def refit(self) -> None:
        """Fit the price range where Auto Y is on, then lay."""
        extent = self._study.extent() if self.auto_y else None
        if extent is not None:
            self._take(self.sight.fitted(*extent))
        self.lay()

    def see(self, sight: Sight) -> None:
        """Look at `sight`; with Auto Y its price range is the candles' own."""
        self._take(sight)
        self._fresh = False
        self.refit()
        self.view_changed.emit()

    def set_auto_y(self, on: bool) -> None:
        """Let the price range follow the candles, or stay where the trader puts it."""
        if on != self.auto_y:
            self.auto_y = on
            self.auto_y_changed.emit(on)
        self.refit()

    def reset(self) -> None:
        """Show the newest bars at the usual width, Auto Y on."""
        bars = max(self._view.viewport().width() - 70, 200) / BAR_PX
        x1 = self._study.strip.last_x + MARGIN * bars
        # A young session starts at the left edge and grows to the right.
        x0 = max(x1 - bars, -0.8) if x1 - bars < 0 else x1 - bars
        self._follows = True
        self.see(replace(self.sight, x0=x0, x1=x0 + bars))
        self._fresh = True
        self.set_auto_y(True)

    def go_to_end(self) -> None:
        """Move so that the newest bar is in view, and stay with it."""
        self._follows = True
        self.see(self.sight.panned(self._study.strip.last_x + MARGIN * self.sight.bars - self.sight.x1))

    def centre(self, x: float) -> None:
        """Move so that place `x` is in the middle."""
        self._follows = False
        self.see(self.sight.panned(x - (self.sight.x0 + self.sight.x1) / 2))

    def bring_in(self, x: float) -> None:
        """Move just so far that place `x` is in view; nothing moves where it is already."""
        sight = self.sight
        beyond = max(x + 1 - sight.x1, 0.0) - max(sight.x0 - x + 1, 0.0)
        if beyond:
            self.see(sight.panned(beyond))

    def zoom_time(self, factor: float, at: float) -> None:
        """Show `factor` times as many bars, place `at` standing still."""
        self.see(self.sight.zoomed_time(factor, at))
        self._notice_end()

    def zoom_price(self, factor: float, at: float) -> None:
        """Show `factor` times the price span, price `at` standing still; Auto Y goes off."""
        self.set_auto_y(False)
        self.see(self.sight.zoomed_price(factor, at))

    def pan(self, dx: float, dy: float) -> None:
        """Move by pixels; up and down only where Auto Y is off."""
        scale = self._study.scale
        per_px = 0.0 if self.auto_y else (self.sight.y1 - self.sight.y0) / scale.area.height
        self.see(self.sight.panned(-dx / scale.step, dy * per_px))
        self._notice_end()

    def grown(self) -> None:
        """Take in a bar that closed or began: stay with it if we were with the last one, and fit with hysteresis."""
        sight, last = self.sight, self._study.strip.last_x
        if self._follows and last > sight.x1 - 0.4 * MARGIN * sight.bars:
            self._take(sight.panned(last + MARGIN * sight.bars - sight.x1))
        extent = self._study.extent() if self.auto_y else None
        if extent is not None and self.sight.needs_fit(*extent):
            self._take(self.sight.fitted(*extent))
        self.lay()

    def follow_price(self, low: float, high: float) -> None:
        """Ask for a new price range where `low` .. `high` left the pane; never more than twice a second."""
        if self.auto_y and self.sight.left_by(low, high) and not self._calm.isActive():
            self._fit_if_left()

    def _fit_if_left(self) -> None:
        extent = self._study.extent() if self.auto_y else None
        if extent is not None and self.sight.left_by(*extent):
            self._take(self.sight.fitted(*extent))
            self.lay()
            self._calm.start()

    def _take(self, sight: Sight) -> None:
        self._study.scale = Scale(sight, self._study.scale.area)

    def _notice_end(self) -> None:
        self._follows = self.sight.x0 <= self._study.strip.last_x <= self.sight.x1

    def _resized(self) -> None:
        # Until the trader has moved the view, its usual width is what is kept; afterwards its bars are.
        if self._fresh:
            self.reset()
        else:
            self.refit()
