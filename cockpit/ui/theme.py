"""The look of the running program: Fusion, a palette and one style sheet from tokens, switched live and remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget

from cockpit.errors import BadInput
from cockpit.ui.icons import icon
from cockpit.ui.sheet import sheet
from cockpit.widgets.paint import font, palette
from cockpit.widgets.tokens import HIT, Density, Tokens, Type, UpDown, themed

ICON_PX: Final = 16
IN_FUSION: Final = "inFusion"
"""Set on an application that already wears Fusion. To ask it for its style would make Python's classes for all of Qt's
styles, 15 ms before the first paint."""


class Theme(QObject):
    """Hold the tokens everybody draws with; change one wish and the whole window follows."""

    changed = Signal(object)
    """The new `Tokens`."""

    def __init__(self, app: QApplication, store: QSettings | None = None) -> None:
        super().__init__(app)
        self.app, self._store = app, store
        self._wishes = self._remembered()
        self.tokens = themed(**self._wishes)

    def apply(self) -> None:
        """Dress the application: style, palette, font, style sheet. The sheet comes last, or half of it is lost."""
        self.prime()
        self.lay_sheet()

    def prime(self) -> None:
        """Dress the application in all but the sheet, so that widgets are made in the right font and colours."""
        if self.app.property(IN_FUSION) is None:  # once: setting it anew under a style sheet costs 200 ms
            self.app.setStyle("Fusion")
            self.app.setProperty(IN_FUSION, True)
        scheme = Qt.ColorScheme.Dark if self.tokens.is_dark else Qt.ColorScheme.Light
        self.app.styleHints().setColorScheme(scheme)
        self.app.setPalette(palette(self.tokens))
        self.app.setFont(font(self.tokens, Type.BODY))

    def lay_sheet(self) -> None:
        """Lay the style sheet over an application that is primed."""
        self.app.setStyleSheet(sheet(self.tokens))

    def wish(self, **wishes: Any) -> None:
        """Change `name`, `up_down`, `density`, `text_scale` or `motion`, dress everything again and remember it."""
        self._wishes = {**self._wishes, **wishes}
        self.tokens = themed(**self._wishes)
        self.apply()
        for window in self.app.topLevelWidgets():
            redress(window, self.tokens)
        self._remember()
        self.changed.emit(self.tokens)

    def flip(self) -> None:
        """Go from dark to light or back."""
        self.wish(name="light" if self.tokens.is_dark else "dark")

    def _remembered(self) -> dict[str, Any]:
        plain: dict[str, Any] = {"name": "dark", "up_down": UpDown.MINT, "density": Density.NORMAL, "motion": True}
        if self._store is None:
            return plain
        kept = {key: self._store.value(f"look/{key}") for key in ("name", "up_down", "density", "text_scale")}
        try:
            found: dict[str, Any] = {
                "name": str(kept["name"] or "dark"),
                "up_down": UpDown(str(kept["up_down"] or "mint")),
                "density": Density(str(kept["density"] or "normal")),
                "text_scale": float(str(kept["text_scale"] or 1.0)),
            }
            themed(**found)
        except (BadInput, ValueError):  # a look is no capital: an unreadable one starts again from the plain one
            return plain
        return found

    def _remember(self) -> None:
        if self._store is not None:
            for key, value in self._wishes.items():
                self._store.setValue(f"look/{key}", str(value))


def redress(root: QWidget, tokens: Tokens) -> None:
    """Hand new tokens to every widget under `root` that draws with them, parents first."""
    for widget in (root, *root.findChildren(QWidget)):
        dress = getattr(widget, "set_tokens", None)
        if dress is not None:
            dress(tokens)


def load_fonts(folder: Path) -> int:
    """Load the font files of a folder and answer how many; the system's own serve where there are none."""
    files = sorted(folder.glob("*.[ot]tf")) if folder.is_dir() else []
    return sum(QFontDatabase.addApplicationFont(str(file)) >= 0 for file in files)


class IconButton(QToolButton):
    """A flat button that is only an icon: it cannot be made without a name, which is also its tooltip."""

    def __init__(self, glyph: str, name: str, parent: QWidget | None = None, *, tone: str = "dim") -> None:
        super().__init__(parent)
        self.glyph, self.tone = glyph, tone
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(HIT + 4, HIT + 4)
        self.setIconSize(QSize(ICON_PX + 2, ICON_PX + 2))
        self.setAutoRaise(True)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.setIcon(icon(self.glyph, str(getattr(tokens, self.tone)), tokens.faint, ICON_PX + 2))

    def set_glyph(self, glyph: str, tokens: Tokens) -> None:
        """Show another icon."""
        self.glyph = glyph
        self.set_tokens(tokens)


class Words(QLabel):
    """A label in one step of the type scale and one named colour of the tokens."""

    def __init__(
        self, words: str = "", look: Any = Type.LABEL, tone: str = "dim", parent: QWidget | None = None
    ) -> None:
        super().__init__(words, parent)
        self.look, self.tone = look, tone
        self.tokens: Tokens | None = None

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        self.setFont(font(tokens, self.look))
        self._ink()

    def say(self, words: str, tone: str = "") -> None:
        """Show other words, in another colour where one is named; nothing is drawn again if nothing changed."""
        if tone and tone != self.tone:
            self.tone = tone
            self._ink()
        if words != self.text():
            self.setText(words)

    def _ink(self) -> None:
        if self.tokens is not None:
            shade = self.palette()
            shade.setColor(self.foregroundRole(), getattr(self.tokens, self.tone))
            self.setPalette(shade)
