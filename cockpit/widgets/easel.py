"""The stack of sheets that makes one chart: it lays them out for a study and moves the live ones on a tick."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QGraphicsScene

from cockpit.money import price_text
from cockpit.widgets.axes import FOOT, PriceAxis, TimeAxis, gutter_width
from cockpit.widgets.crosshair import Crosshair, Ruler
from cockpit.widgets.history import HistorySheet
from cockpit.widgets.live import LiveSheet, PriceRule
from cockpit.widgets.overlays import Layer
from cockpit.widgets.sight import Area, Scale
from cockpit.widgets.study import Study
from cockpit.widgets.tags import Tag, TagColumn

VOLUME_SHARE = 0.17
PANE_TOP = 6.0
VOLUME_HEADROOM = 1.1
"""A live bar may grow this far past the tallest bar before the whole volume pane is laid anew."""


class Easel:
    """Hold the sheets of one chart and lay them."""

    def __init__(self, study: Study, scene: QGraphicsScene) -> None:
        self._study = study
        self.history, self.live, self.rule = HistorySheet(study), LiveSheet(study), PriceRule(study)
        self.prices, self.times = PriceAxis(study), TimeAxis(study)
        for sheet in (self.history, self.live, self.rule, self.prices, self.times):
            scene.addItem(sheet)
        self.tags = TagColumn(study, scene)
        self.crosshair, self.ruler = Crosshair(study, scene), Ruler(study)
        scene.addItem(self.ruler)

    def lay(self, width: float, height: float) -> Area:
        """Lay every sheet anew for a view of this size and answer where its parts are."""
        study = self._study
        area = self._area(width, height)
        study.scale = Scale(study.scale.sight, area)
        study.relabel()
        self.history.lay()
        self.prices.lay()
        self.times.lay()
        self.move_live()
        self.ruler.refresh()
        return area

    def move_live(self) -> None:
        """Lay what a tick moves: the live bar, the last price and its tag."""
        study = self._study
        newest = float(study.strip.rows["volume"][-1]) if len(study.strip) else 0.0
        if study.shows(Layer.VOLUME) and newest > VOLUME_HEADROOM * study.most_volume and self._in_view():
            study.relabel()
            self.history.lay()
        self.live.lay()
        last = self._last_tag()
        self.rule.setVisible(last is not None)
        if last is not None:
            self.rule.stand(float(study.scale.py(int(study.strip.rows["close"][-1]))), last.fill)
        self.tags.lay(last)
        self.clear_labels()

    def clear_labels(self) -> None:
        """Hide the axis labels that tags stand on."""
        self.times.clear_for(self.crosshair.columns)
        self.prices.clear_for(self.tags.spans + self.crosshair.spans)

    def repaint(self) -> None:
        """Draw the sheets that keep their words when only the look has changed."""
        self.tags.repaint()
        self.rule.refresh()
        self.ruler.refresh()

    def _in_view(self) -> bool:
        sight = self._study.scale.sight
        return sight.x0 <= self._study.strip.last_x <= sight.x1 + 0.5

    def _last_tag(self) -> Tag | None:
        study = self._study
        if not len(study.strip):
            return None
        row, area = study.strip.rows[-1], study.scale.area
        close = int(row["close"])
        code = study.tokens.up if close >= int(row["open"]) else study.tokens.down
        wanted = min(max(float(study.scale.py(close)), 0.0), area.volume_top)
        return Tag(price_text(close, study.price_scale), "", code, wanted)

    def _area(self, width: float, height: float) -> Area:
        study = self._study
        foot = round(FOOT * study.tokens.text_scale)
        gutter = gutter_width(study)
        panes = max(height - foot, 40.0)
        volume = round(panes * VOLUME_SHARE) if study.shows(Layer.VOLUME) else 0.0
        shape = replace(study.scale.area, width=max(width - gutter, 40.0), gutter=gutter, foot=foot)
        price = panes - volume - 2 * PANE_TOP
        return replace(shape, top=PANE_TOP, height=price, volume_top=price + 2 * PANE_TOP, volume_height=float(volume))
