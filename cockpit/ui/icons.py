"""Material Design icons out of the font that qtawesome carries, drawn by Qt alone.

The house depends on qtawesome for this one file of it, the Material Design font with its table of names, and never
imports the package: it would load all twelve of its fonts and a second Qt binding layer, half of the time to the first
paint. A release without that file is told by name when the first icon is drawn.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPixmap, QRawFont, QTransform

from cockpit.errors import BadInput, BadSetting

FONT: Final = ("materialdesignicons6-webfont-", ".ttf")
NAMES: Final = ("materialdesignicons6-webfont-charmap-", ".json")
PX: Final = 16
RATIOS: Final = (1.0, 2.0)
GRID: Final = 480
"""The size at which outlines are taken, px; they are scaled from there."""
SHARE: Final = 0.875
"""The font's size for an icon of one pixel: what is left over is the air round it."""


@lru_cache(maxsize=256)
def icon(name: str, colour: str, faint: str = "", px: int = PX) -> QIcon:
    """Answer an icon of `px` by its Material Design name in a colour, `faint` where it is disabled.

    Errors: BadInput for a name the font does not have.
    """
    made = QIcon()
    for ratio in RATIOS:
        made.addPixmap(_drawn(name, colour, px, ratio), QIcon.Mode.Normal)
        if faint:
            made.addPixmap(_drawn(name, faint, px, ratio), QIcon.Mode.Disabled)
    return made


def _drawn(name: str, colour: str, px: int, ratio: float) -> QPixmap:
    side = round(px * ratio)
    picture = QPixmap(QSize(side, side))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(side, side)
        painter.fillPath(_outline(name), QColor(colour))
    finally:
        painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@lru_cache(maxsize=64)
def _outline(name: str) -> QPainterPath:
    """Answer the icon's outline in a square of side 1, in its middle."""
    font = _font()
    glyph = font.glyphIndexesForString(_letter(name))[0]
    wide, tall = abs(font.advancesForGlyphIndexes([glyph])[0].x()), font.ascent() + font.descent()
    path = font.pathForGlyph(glyph)
    path.setFillRule(Qt.FillRule.WindingFill)
    share = SHARE / GRID
    place = QTransform.fromTranslate(0.5, 0.5).scale(share, share).translate(-wide / 2, font.ascent() - tall / 2)
    return place.map(path)


def _letter(name: str) -> str:
    # Looked up in the text: reading seven thousand names as JSON takes longer than drawing the thirty that are used.
    known, key = _letters(), f'"{name}": "'
    at = known.find(key)
    if at < 0:
        raise BadInput(f"icon {name!r} given; the Material Design font has none of that name")
    begins = at + len(key)
    return chr(int(known[begins : known.index('"', begins)], 16))


@cache
def _letters() -> str:
    return _file(NAMES).read_text()


@cache
def _font() -> QRawFont:
    return QRawFont(str(_file(FONT)), float(GRID))


@cache
def _file(named: tuple[str, str]) -> Path:
    spec = find_spec("qtawesome")
    # By where the package lies, not by its code: a frozen program carries the fonts alone.
    lies = [] if spec is None else list(spec.submodule_search_locations or ())
    folder = Path(lies[0]) / "fonts" if lies else Path()
    begins, ends = named
    inside = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    found = sorted(name for name in inside if name.startswith(begins) and name.endswith(ends))
    if not found:
        raise BadSetting(
            f"no icon font {begins}*{ends} in {folder}", remedy="Install qtawesome again: it carries the font."
        )
    return folder / found[0]
