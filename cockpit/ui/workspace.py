"""The workspaces that are not built yet: each says so in words and shows nothing that looks like data."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cockpit.ui.theme import Words
from cockpit.widgets.tokens import Type

ABSENT: Final = {
    "Scan": "The evening's scan and its explanations will live here. Today's picks are in Trade, right column.",
    "Research": "Brain accuracy, calibration and weights will live here once brains are scored. None is scored yet.",
    "Review": "Trade review and graduation will live here. Until then see Trade › Paper trades and the day report.",
}


class AbsentWorkspace(QWidget):
    """Say that a workspace does not exist yet."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(f"Workspace {name}, not built yet")
        column = QVBoxLayout(self)
        column.addStretch(2)
        title = Words(f"{name} is not built yet", Type.SYMBOL, "hi", self)
        story = Words(ABSENT[name], Type.BODY, "dim", self)
        for words in (title, story, Words("Ctrl+2 goes back to Trade", Type.LABEL, "faint", self)):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(words)
            column.addSpacing(6)
        column.addStretch(3)
