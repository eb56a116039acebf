"""The status bar: clock and phase, feed, stale names, loop, ledger, token; each opens a small card with its story."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from cockpit.clock import NS, hhmmss, monotonic_ns
from cockpit.facts import FeedMoved, FeedState, HealthSeen
from cockpit.market import Phase
from cockpit.ui.board import Board, Freshness
from cockpit.ui.formats import MISSING, age_words, countdown, milliseconds
from cockpit.ui.overlay import Overlay
from cockpit.ui.theme import Words
from cockpit.widgets.paint import colour
from cockpit.widgets.tokens import DARK, Tokens, Type

LAG_OK_MS: Final = 25.0
LAG_BAD_MS: Final = 100.0
HISTORY: Final = 240


@dataclass(frozen=True, slots=True)
class Sign:
    """What one item says: `tone` is ok, warn, danger or faint; `story` is the text of its card."""

    words: str
    tone: str
    story: str
    measured: float = math.nan
    """The number kept for the card's history."""


def signs(board: Board, ticks_per_s: float) -> dict[str, Sign]:
    """Answer what every item says now."""
    return {
        "clock": _clock(board),
        "feed": _feed(board, ticks_per_s),
        "stale": _stale(board),
        "loop": _loop(board),
        "ledger": _ledger(board),
        "token": Sign("Token: not used", "faint", "No Kite token is in use in this mode, or its age was never told."),
    }


def _clock(board: Board) -> Sign:
    if not board.now or board.day is None:
        return Sign("No day open", "faint", "No day is open yet; there is no market time to show.")
    phase, session = board.phase(), board.day.session
    when = f"{hhmmss(board.now)} IST"
    if board.is_over:
        return Sign(
            f"Day over · {when}", "faint", f"The day of {session.day:%d %b %Y} has ended; nothing more will come."
        )
    words = {Phase.CONTINUOUS: "NSE OPEN", Phase.PRE_OPEN: "PRE-OPEN", Phase.AUCTION: "CLOSING AUCTION",
             Phase.POST_CLOSE: "POST-CLOSE", Phase.BREAK: "BREAK", Phase.CLOSED: "CLOSED"}[phase]  # fmt: skip
    left = f"  closes in {countdown((session.closes - board.now) / NS)}" if phase is Phase.CONTINUOUS else ""
    story = (
        f"Session {session.day:%d %b %Y}, timetable {session.model}\nOpens {hhmmss(session.opens)}, closes"
        f" {hhmmss(session.closes)}\nOwn square-off from {hhmmss(session.square_off)}, flat by"
        f" {hhmmss(session.square_off_hard)}\nMachine zone is not used: all times are Asia/Kolkata"
    )
    return Sign(f"{words}  {when}{left}", "ok" if phase is Phase.CONTINUOUS else "faint", story)


def _feed(board: Board, ticks_per_s: float) -> Sign:
    health: HealthSeen | None = board.newest(HealthSeen)
    moved: FeedMoved | None = board.newest(FeedMoved)
    age, fresh = board.feed_age_s, board.feed_freshness
    if health is not None and not math.isnan(health.ticks_per_s):
        ticks_per_s = health.ticks_per_s
    p95 = f"p95 {milliseconds(health.feed_p95_ms)}" if health and not math.isnan(health.feed_p95_ms) else ""
    told = (
        f"Stream is {moved.state.value} since {hhmmss(moved.ts)}. {moved.reason}"
        if moved
        else "Its state was never told."
    )
    story = f"{told}\nNewest price of any name is {age_words(age)} old\n{ticks_per_s:.0f} ticks a second\n{p95}".strip()
    if moved is not None and moved.state in (FeedState.LOST, FeedState.TOKEN_DEAD):
        return Sign(f"Feed {moved.state.value}", "danger", story, age)
    if fresh is Freshness.CLOSED:
        return Sign("Feed closed", "faint", story, age)
    if math.isnan(age):
        return Sign("Feed: no price yet", "faint", story)
    tone = {Freshness.FRESH: "ok", Freshness.AGEING: "warn"}.get(fresh, "danger")
    return Sign(f"Feed {age_words(age)}{f' {p95}' if p95 else ''} · {ticks_per_s:.0f} ticks/s", tone, story, age)


def _stale(board: Board) -> Sign:
    stale, none = board.n_stale()
    n = sum(not i.is_index for i in board.day.instruments) if board.day else 0
    if not n:
        return Sign("0 names", "faint", "Nothing is watched yet.")
    names = [i.symbol for i in board.day.instruments if board.freshness(i.token).is_doubtful] if board.day else []
    story = "Stale or silent: " + (", ".join(names) or "none") + "\nStale after 10 s, no data after 60 s without a tick"
    words = f"{stale} stale" + (f" · {none} no data" if none else "") + f" of {n}"
    return Sign(words, "danger" if none > n // 2 else "warn" if stale or none else "ok", story, stale + none)


def _loop(board: Board) -> Sign:
    health: HealthSeen | None = board.newest(HealthSeen)
    lag = health.loop_lag_ms if health is not None and not math.isnan(health.loop_lag_ms) else board.frame_lag_ms
    story = "How late the loop that draws and decides comes round\nGood under 25 ms, bad from 100 ms"
    if math.isnan(lag):
        return Sign(f"Loop {MISSING}", "faint", story)
    tone = "ok" if lag < LAG_OK_MS else "warn" if lag < LAG_BAD_MS else "danger"
    return Sign(f"Loop lag {lag:.0f} ms", tone, story, lag)


def _ledger(board: Board) -> Sign:
    health: HealthSeen | None = board.newest(HealthSeen)
    ms = health.ledger_ms if health is not None else math.nan
    story = "Time to make one group of facts durable; nothing is told or sent before"
    return Sign(f"Ledger {milliseconds(ms)}", "faint" if math.isnan(ms) else "ok" if ms < 100 else "warn", story, ms)


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
        self.setToolTip(sign.words)
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
        self.items = {key: StatusItem(key, self) for key in ("clock", "feed", "stale", "loop", "ledger", "token")}
        for item in self.items.values():
            item.clicked.connect(lambda _=False, pressed=item: self.card_wanted.emit(pressed))
            row.addWidget(item)
        row.addStretch(1)
        self.progress = Words("", Type.LABEL, "dim", self)
        row.addWidget(self.progress)
        row.addSpacing(12)
        row.addWidget(Words(f"Build {build}", Type.LABEL, "faint", self))
        self._counted, self._counted_at, self._rate = 0, monotonic_ns(), 0.0

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        for item in self.items.values():
            item.say(item.sign, tokens)

    def show_board(self, board: Board) -> None:
        """Show how everything stands."""
        for key, sign in signs(board, self._ticks_per_s(board)).items():
            self.items[key].say(sign, self.tokens)
        job = next(iter(board.progress.values()), None)
        self.progress.say(f"{job.job}: {job.stage} {job.done}/{job.total}" if job else "")

    def _ticks_per_s(self, board: Board) -> float:
        now = monotonic_ns()
        if now - self._counted_at >= NS:
            self._rate = (board.n_ticks - self._counted) * NS / (now - self._counted_at)
            self._counted, self._counted_at = board.n_ticks, now
        return self._rate


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
            else "no readings yet"
        )
        self._past.say(past)
        self.open()
        self.setFocus()

    def stand(self) -> tuple[int, int, int]:
        """Answer left, top and width of the card."""
        left = self._item.x() if self._item else 0
        return max(8, min(left, self.width() - 388)), self.height() - self.tall(380) - 34, 380
