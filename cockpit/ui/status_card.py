"""The small card over an item of the status bar: what it means, and how it went in the last minute."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from cockpit.ui.overlay import Overlay
from cockpit.ui.status_bar import StatusItem
from cockpit.ui.theme import Words
from cockpit.widgets.tokens import Type


class StatusCard(Overlay):
    """The small card over an item: what it means, and how it went in the last minute."""

    def __init__(self, window: QWidget) -> None:
        face = QFrame()
        face.setObjectName("card")
        column = QVBoxLayout(face)
        column.setContentsMargins(14, 12, 14, 12)
        self._title, self._story = Words("", Type.TITLE, "hi", face), Words("", Type.BODY, "text", face)
        self._past = Words("", Type.LABEL, "dim", face)
        self._story.setWordWrap(True)
        for words in (self._title, self._story, self._past):
            column.addWidget(words)
        super().__init__(window, face, shade=0.0)
        self._item: StatusItem | None = None

    def show_item(self, item: StatusItem) -> None:
        """Open over this item."""
        self._item = item
        self._title.say(item.sign.words)
        self._story.say(item.sign.story)
        kept = sorted(item.history)
        past = (
            f"last {len(kept)} readings: middle {kept[len(kept) // 2]:.1f}, worst {kept[-1]:.1f}"
            if kept
            else ""  # an item that measures nothing has no past
        )
        self._past.say(past)
        self._past.setVisible(bool(past))
        self.open()
        self.setFocus()

    def stand(self) -> tuple[int, int, int]:
        """Answer left, top and width of the card."""
        left = self._item.x() if self._item else 0
        return max(8, min(left, self.width() - 388)), self.height() - self.tall(380) - 34, 380
