"""The status bar: clock, feed, stale names, loop, ledger, parity, token; each opens a small card with its story.

It is on screen before any fact is known: what it says of a board is worked out in `status_signs`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cockpit.ui.theme import Words
from cockpit.widgets.paint import colour
from cockpit.widgets.tokens import DARK, Tokens, Type

HISTORY: Final = 240


@dataclass(frozen=True, slots=True)
class Sign:
    """What one item says: `tone` is ok, warn, danger or faint; `story` is the text of its card."""

    words: str
    tone: str
    story: str
    measured: float = math.nan
    """The number kept for the card's history."""


NOTHING_KNOWN: Final = {
    "clock": Sign("No day open", "faint", "No day is open yet; there is no market time to show."),
    "feed": Sign("Feed: no price yet", "faint", "Its state was never told."),
    "stale": Sign("0 names", "faint", "Nothing is watched yet."),
    "loop": Sign("Loop —", "faint", ""),
    "ledger": Sign("Ledger —", "faint", ""),
    "parity": Sign("Books: not compared", "faint", "Ledger and broker have not been compared yet."),
    "token": Sign("Token: not used", "faint", "No Kite token is in use in this mode, or its age was never told."),
}
"""What is said before anything was told; the words are those of an empty board."""


class StatusItem(QToolButton):
    """One item: a sign whose shape and colour say how it stands, words, and a history for its card."""

    def __init__(self, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.key, self.sign = key, Sign("", "faint", "")
        self.history: deque[float] = deque(maxlen=HISTORY)
        self._shown = ("", "")
        self.setObjectName("status")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(9, 9))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(24)
        self.setAccessibleName(key)

    def say(self, sign: Sign, tokens: Tokens) -> None:
        """Show a sign; drawn again only where it changed."""
        self.sign = sign
        if not math.isnan(sign.measured):
            self.history.append(sign.measured)
        if self._shown == (sign.words, sign.tone + tokens.name):
            return
        self._shown = (sign.words, sign.tone + tokens.name)
        self.setText(f" {sign.words}")
        self.setIcon(shape(sign.tone, tokens))
        # The story may quote the broker; no word of his is to be taken for markup.
        self.setToolTip(f"{sign.words}\n{sign.story}".strip().replace("<", "‹"))
        self.setAccessibleName(f"{self.key}: {sign.words}, {_STATES[sign.tone]}")


_STATES: Final = {"ok": "well", "warn": "watch", "danger": "bad", "faint": "not in use"}


@lru_cache(maxsize=32)
def shape(tone: str, tokens: Tokens) -> QIcon:
    """Answer the sign of a state: circle well, triangle watch, square bad, ring not in use.

    Each is made once: Qt keeps what it has drawn of every icon it meets, so a new one for each reading adds up.
    """
    picture = QPixmap(QSize(18, 18))
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = colour(getattr(tokens, tone))
        painter.setPen(ink)
        painter.setBrush(ink if tone != "faint" else Qt.BrushStyle.NoBrush)
        if tone == "warn":
            painter.drawPolygon(QPolygonF([QPointF(4.5, 1), QPointF(8.4, 8), QPointF(0.6, 8)]))
        elif tone == "danger":
            painter.drawRect(QRectF(1, 1, 7, 7))
        else:
            painter.drawEllipse(QRectF(1.5, 1.5, 6, 6))
    finally:
        painter.end()
    return QIcon(picture)


class StatusBar(QWidget):
    """The bar at the foot of the window."""

    card_wanted = Signal(object)
    """The `StatusItem` that was pressed."""

    def __init__(self, build: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tokens = DARK
        self.setObjectName("statusbar")
        self.setAccessibleName("Status bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(26)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 12, 0)
        row.setSpacing(2)
        self.items = {key: StatusItem(key, self) for key in NOTHING_KNOWN}
        self.show_signs(NOTHING_KNOWN)
        for item in self.items.values():
            item.clicked.connect(lambda _=False, pressed=item: self.card_wanted.emit(pressed))
            row.addWidget(item)
        row.addStretch(1)
        self.progress = Words("", Type.LABEL, "dim", self)
        row.addWidget(self.progress)
        row.addSpacing(12)
        row.addWidget(Words(f"Build {build}", Type.LABEL, "faint", self))

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        for item in self.items.values():
            item.say(item.sign, tokens)

    def show_signs(self, told: Mapping[str, Sign]) -> None:
        """Show how everything stands."""
        for key, sign in told.items():
            self.items[key].say(sign, self.tokens)
