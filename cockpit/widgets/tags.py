"""The price tags at the right edge: boxes in the gutter, names beside them, pushed apart, never overlapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsScene

from cockpit.money import price_text
from cockpit.widgets.layer import Sheet
from cockpit.widgets.overlays import Layer
from cockpit.widgets.paint import CENTRE, colour, font, pen, pill, text, width_of
from cockpit.widgets.sight import pushed_apart
from cockpit.widgets.study import Study
from cockpit.widgets.tokens import Type

TAG: Final = 17.0
"""Height of a tag at text scale 1, px."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What one tag says: its price as text, a name beside it, its fill, and the row it would like to stand at."""

    words: str
    name: str
    fill: str
    wanted: float


class TagSheet(Sheet):
    """Draw one tag: a filled box in the gutter and, left of it in the pane, its name."""

    def __init__(self, study: Study, height: float = 5.0) -> None:
        super().__init__(study, height)
        self.tag = Tag("", "", study.tokens.text, 0.0)

    def show_tag(self, tag: Tag, at: float) -> None:
        """Show `tag` with its middle at row `at`."""
        area, tokens = self.study.scale.area, self.study.tokens
        beside = width_of(tokens, Type.BADGE, tag.name) + 26 if tag.name else 0.0
        tall = tag_height(self.study)
        self.place(QRectF(area.width - beside, -tall / 2, beside + area.gutter, tall))
        self.setPos(0, round(at - 0.5) + 0.5)
        if tag != self.tag:
            self.tag = tag
            self.refresh()
        self.show()

    @property
    def span(self) -> tuple[float, float]:
        """Answer the rows it covers."""
        rect = self.mapRectToScene(self.boundingRect())
        return rect.top(), rect.bottom()

    def _draw(self, painter: QPainter) -> None:
        area, tokens, tag = self.study.scale.area, self.study.tokens, self.tag
        tall = tag_height(self.study)
        box = QRectF(area.width + 1, -tall / 2, area.gutter - 3, tall)
        painter.fillRect(box, colour(tag.fill))
        painter.setFont(font(tokens, Type.TAG))
        painter.setPen(colour(tokens.ink_on(tag.fill)))
        painter.drawText(box, int(CENTRE.value), tag.words)
        if tag.name:
            wide = width_of(tokens, Type.BADGE, tag.name) + 12
            name = QRectF(area.width - wide - 10, -tall / 2 + 1.5, wide, tall - 3)
            pill(painter, name, colour(tokens.inset, 0.92), 2.0)
            text(painter, name, tag.name, (tokens, Type.BADGE), tag.fill, CENTRE)
            painter.setPen(pen(tag.fill, 1.0, Qt.PenStyle.SolidLine))
            painter.drawLine(int(area.width - 9), 0, int(area.width), 0)


class TagColumn:
    """Keep the tags of the lines and of the last price from standing on each other."""

    def __init__(self, study: Study, scene: QGraphicsScene) -> None:
        self._study, self._scene = study, scene
        self._sheets: list[TagSheet] = []

    @property
    def spans(self) -> list[tuple[float, float]]:
        """Answer the rows every visible tag covers."""
        return [sheet.span for sheet in self._sheets if sheet.isVisible()]

    def lay(self, last: Tag | None) -> None:
        """Show the tags of all lines in view and `last`, the tag of the last price."""
        area = self._study.scale.area
        tags = self._line_tags() + ([last] if last is not None else [])
        rows = pushed_apart([tag.wanted for tag in tags], tag_height(self._study) + 1, 0.0, area.bottom)
        while len(self._sheets) < len(tags):
            sheet = TagSheet(self._study)
            self._scene.addItem(sheet)
            self._sheets.append(sheet)
        for sheet, tag, row in zip(self._sheets, tags, rows, strict=False):
            sheet.show_tag(tag, row)
        for sheet in self._sheets[len(tags) :]:
            sheet.hide()

    def repaint(self) -> None:
        """Draw every tag again, for a new look."""
        for sheet in self._sheets:
            sheet.refresh()

    def _line_tags(self) -> list[Tag]:
        study = self._study
        if not study.shows(Layer.LINES):
            return []
        area, tags = study.scale.area, []
        for line in study.lines:
            y = float(study.scale.py(line.price))
            if area.top <= y <= area.volume_top:
                tags.append(Tag(price_text(line.price, study.price_scale), line.label, line.colour(study.tokens), y))
        return tags


def tag_height(study: Study) -> float:
    """Answer the height of a tag at this text scale, px."""
    return round(TAG * study.tokens.text_scale)
