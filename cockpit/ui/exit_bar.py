"""The second step of closing a position by hand: a bar that names it and a button that must be held."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cockpit.ui.theme import Words
from cockpit.widgets.button import Button, Tone
from cockpit.widgets.hold_button import HoldButton
from cockpit.widgets.tokens import Type


class ExitBar(QWidget):
    """Hidden until `ask`; Esc or Cancel puts it away, the full hold confirms."""

    confirmed = Signal(int, str)
    """The token and the words that named the position."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token, self._words = 0, ""
        self.setAccessibleName("Close a position")
        self.story = Words("", Type.BODY, "hi", self)
        self.hold = HoldButton("Hold to exit at market", self)
        self.cancel = Button("Cancel", self, tone=Tone.QUIET)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.addWidget(self.story)
        row.addStretch(1)
        row.addWidget(self.hold)
        row.addWidget(self.cancel)
        self.hold.held.connect(self._confirm)
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def ask(self, token: int, words: str) -> None:
        """Name the position and wait for the hold."""
        self._token, self._words = token, words
        self.story.say(f"Close {words} at the market? Its stop and target are cancelled first.")
        self.show()
        self.hold.setFocus(Qt.FocusReason.OtherFocusReason)

    def _confirm(self) -> None:
        self.hide()
        self.confirmed.emit(self._token, self._words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
