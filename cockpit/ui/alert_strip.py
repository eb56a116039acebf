"""The strip under the top bar: one sentence when something is wrong that touches trading, and nothing otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from cockpit.clock import hhmmss
from cockpit.facts import FeedMoved, FeedState, Halt, HaltMoved, SwitchState
from cockpit.facts import RiskSeen as Risk
from cockpit.ui.board import Board
from cockpit.ui.formats import age_words
from cockpit.widgets.paint import LEFT, colour, focus_ring, text, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.tokens import Tokens, Type


@dataclass(frozen=True, slots=True)
class Alert:
    """What the strip says. `grave` is red, else amber."""

    words: str
    hint: str
    grave: bool


def alert_of(board: Board) -> Alert | None:
    """Answer the gravest thing to say now; None when trading is as it should be."""
    feed = _feed_words(board)
    if board.halt is not Halt.NONE:
        also = f"  Also: {feed[0]}" if feed is not None else ""
        return Alert(_halt_words(board) + also, "Review and release →", grave=True)
    if feed is not None:
        return Alert(feed[0], "", grave=feed[1])
    return _risk_alert(board)


def _halt_words(board: Board) -> str:
    moved: HaltMoved | None = board.newest(HaltMoved)
    since = f" since {hhmmss(moved.ts)}" if moved is not None else ""
    cause = f"  Cause: {moved.reason}" if moved is not None and moved.reason else ""
    return f"HALTED by {board.halted_by or 'an earlier run'}{since}. {board.halt.sentence}{cause}"


def _feed_words(board: Board) -> tuple[str, bool] | None:
    """Answer what is wrong with the feed and whether it is grave; None when it flows or the market is shut."""
    feed: FeedMoved | None = board.newest(FeedMoved)
    what = {FeedState.LOST: "Feed lost", FeedState.TOKEN_DEAD: "Kite token dead", FeedState.SILENT: "Feed silent"}
    if feed is not None and feed.state in what:
        words = f"{what[feed.state]} since {hhmmss(feed.ts)}: no new entries, stops live on. {feed.reason}"
        return words.strip(), feed.state is not FeedState.SILENT
    if board.feed_freshness.is_doubtful and board.feed_age_s > 0:
        return f"No price of any name for {age_words(board.feed_age_s)}: everything shown is old.", True
    return None


def _risk_alert(board: Board) -> Alert | None:
    risk: Risk | None = board.newest(Risk)
    if risk is None:
        return None
    bad = [s for s in risk.switches if s.state in (SwitchState.TRIPPED, SwitchState.UNKNOWN)]
    if not bad:
        return None
    first = bad[0]
    more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    words = f"{first.sentence}{more} {first.state.value} at {hhmmss(risk.ts)}: new entries refused."
    return Alert(
        f"{words}  {first.value}, limit {first.limit}", "Open risk →", grave=first.state is SwitchState.TRIPPED
    )


class AlertStrip(Painted):
    """Show one alert across the window, hidden when there is none; a click or Enter goes to where it is dealt with."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, name="Alert")
        self.alert: Alert | None = None
        self.setFixedHeight(28)
        self.hide()

    def show_alert(self, alert: Alert | None) -> None:
        """Show this alert, or none."""
        if alert == self.alert:
            return
        self.alert = alert
        self.setVisible(alert is not None)
        linked = alert is not None and bool(alert.hint)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if linked else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if linked else Qt.CursorShape.ArrowCursor)
        self.refresh()

    def _spoken(self) -> str:
        return f"{self.alert.words} {self.alert.hint}" if self.alert else "no alert"

    def sizeHint(self) -> QSize:
        return QSize(600, 28)

    def _paint(self, painter: QPainter) -> None:
        if self.alert is None:
            return
        fill, ink = self._colours(self.tokens)
        rect = QRectF(self.rect())
        painter.fillRect(rect, colour(fill))
        painter.fillRect(QRectF(0, rect.height() - 1, rect.width(), 1), colour(ink))
        sign = "■" if self.alert.grave else "▲"
        words = f"{sign}  {self.alert.words}"
        hint = width_of(self.tokens, Type.NUMBER, self.alert.hint)
        room = rect.adjusted(20, 0, -hint - 48, -1)
        text(painter, room, words, (self.tokens, Type.NUMBER), ink, LEFT)
        if self.alert.hint:
            left = min(room.left() + width_of(self.tokens, Type.NUMBER, words) + 24, rect.width() - hint - 16)
            text(
                painter,
                QRectF(left, 0, hint + 2, rect.height() - 1),
                self.alert.hint,
                (self.tokens, Type.NUMBER),
                self.tokens.hi,
            )
        if self.hasFocus():
            focus_ring(painter, rect, self.tokens, 3)

    def _colours(self, tokens: Tokens) -> tuple[str, str]:
        grave = self.alert is not None and self.alert.grave
        return (tokens.danger_bg, tokens.danger) if grave else (tokens.warn_bg, tokens.warn)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.alert is not None and self.alert.hint:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)
