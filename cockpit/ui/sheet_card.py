"""The shortcut sheet: every key, read from the action registry and never written by hand."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from cockpit.ui.actions import Actions, shortcut_rows
from cockpit.ui.overlay import Overlay
from cockpit.ui.theme import Words, redress
from cockpit.widgets.tokens import DARK, Tokens, Type

CHART_KEYS: Final = (
    ("Wheel", "zoom time at the pointer"),
    ("Ctrl+Wheel / Shift+Wheel", "zoom price / pan"),
    ("Left Right", "step bar by bar, Ctrl: fifteen"),
    ("End, Alt+R", "go to now, reset with Auto Y"),
    ("Alt+H, Shift+click", "level at the pointer, measure"),
)
"""Keys that the chart widget itself answers; its own tests hold them."""


class ShortcutCard(Overlay):
    """Show the sheet; any click outside, Esc, closes it."""

    def __init__(self, window: QWidget, actions: Actions) -> None:
        face = QFrame()
        face.setObjectName("card")
        face.setAccessibleName("Keyboard shortcuts")
        column = QVBoxLayout(face)
        column.setContentsMargins(20, 16, 20, 16)
        column.addWidget(Words("Keyboard shortcuts", Type.SYMBOL, "hi", face))
        self._page = QWidget(face)
        self._grid = QGridLayout(self._page)
        self._grid.setColumnStretch(1, 1)
        scroll = QScrollArea(face)
        scroll.setWidget(self._page)
        scroll.setWidgetResizable(True)
        scroll.setMinimumHeight(420)
        scroll.setAccessibleName("List of shortcuts")
        column.addWidget(scroll)
        super().__init__(window, face)
        self._actions, self.tokens = actions, DARK

    def ask(self) -> None:
        """Open the sheet with the registry as it is now."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        rows = [(key, words) for key, words, _ in shortcut_rows(self._actions)] + list(CHART_KEYS)
        for nth, (key, words) in enumerate(rows):
            self._grid.addWidget(Words(key, Type.NUMBER, "hi", self._page), nth, 0)
            self._grid.addWidget(Words(words, Type.BODY, "text", self._page), nth, 1)
        redress(self._page, self.tokens)
        self.open()
        self.setFocus()

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
