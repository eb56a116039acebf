"""The bridge from facts to frames: the one file that knows both the bus and Qt.

Facts are merged as they come (last value wins) and panels hear of them in frames, at most 30 a second; a window that is
not looked at gets fewer. Journal facts are carried one by one: a frame may drop a price, never a fill.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from cockpit.bus import Bus, Unhear
from cockpit.clock import monotonic_ns
from cockpit.facts import JOURNAL, BarClosed, JournalFact, TicksSeen
from cockpit.ui.board import TOPICS, Beat, Board

FRAME_MS: Final = 33
UNFOCUSED_MS: Final = 250
MINIMISED_MS: Final = 1000
BEAT_MS: Final = 250
CHART_MS: Final = 100
M = TypeVar("M", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Frame:
    """What changed since an ear's last frame: kinds of fact, slots of names, and every journal fact in order."""

    topics: frozenset[type]
    slots: NDArray[Any]
    news: tuple[JournalFact, ...]

    def has(self, *topics: type) -> bool:
        """Tell whether any of these kinds was heard."""
        return not self.topics.isdisjoint(topics)

    @property
    def moves_figures(self) -> bool:
        """Tell whether the window's bars have to be drawn anew: time went on, or a journal fact was told."""
        return Beat in self.topics or bool(self.news)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What one method of a panel wants to hear, and how often at most."""

    topics: frozenset[type]
    every_ms: int


def hears(*topics: type, every_ms: int = 0) -> Callable[[M], M]:
    """Mark a panel's method as an ear: it is called with a `Frame` when one of `topics` was told."""

    def marked(method: M) -> M:
        cast(Any, method).hearing = Hearing(frozenset(topics), every_ms)
        return method

    return marked


def ears_of(owner: object) -> list[tuple[Hearing, Callable[[Frame], None]]]:
    """Answer the marked methods of an object, bound."""
    own = [kind for kind in type(owner).__mro__ if not kind.__module__.startswith(("PySide6", "Shiboken"))]
    marked = {name: member.hearing for kind in own for name, member in vars(kind).items() if hasattr(member, "hearing")}
    return [(hearing, getattr(owner, name)) for name, hearing in marked.items()]


class Ear:
    """Gather what one method has missed until its pace lets it hear."""

    def __init__(self, hearing: Hearing, method: Callable[[Frame], None]) -> None:
        self.hearing, self._method = hearing, method
        self._topics: set[type] = set()
        self._slots: set[int] = set()
        self._news: list[JournalFact] = []
        self._last_ns = 0

    def miss(self, frame: Frame) -> None:
        """Note a frame that may be told later."""
        self._topics |= frame.topics & self.hearing.topics
        if frame.has(TicksSeen, BarClosed):
            self._slots.update(frame.slots.tolist())
        self._news += [fact for fact in frame.news if type(fact) in self.hearing.topics]

    def tell(self, now_ns: int) -> None:
        """Call the method once with everything missed, if there is something and its pace allows it."""
        if not self._topics or now_ns - self._last_ns < self.hearing.every_ms * 1_000_000:
            return
        frame = Frame(frozenset(self._topics), _slots(self._slots), tuple(self._news))
        self._topics.clear()
        self._slots.clear()
        self._news.clear()
        self._last_ns = now_ns
        self._method(frame)


class Ears:
    """Be all the marked methods of one panel: each hears at its own pace, and what it missed is kept for it."""

    def __init__(self, owner: object) -> None:
        self._ears = [Ear(hearing, method) for hearing, method in ears_of(owner)]

    def miss(self, frame: Frame) -> None:
        """Note a frame for every ear."""
        for ear in self._ears:
            ear.miss(frame)

    def tell(self) -> None:
        """Call the ears whose time has come."""
        now = monotonic_ns()
        for ear in self._ears:
            ear.tell(now)


def _slots(chosen: set[int]) -> NDArray[Any]:
    return np.array(sorted(chosen), dtype=np.int64)


class Bridge(QObject):
    """Hear the whole bus, keep the board, and emit one frame at a time."""

    frame = Signal(object)
    """A `Frame`, at most 30 a second."""

    def __init__(self, bus: Bus, board: Board, window: QWidget | None = None) -> None:
        super().__init__(window)
        self.board = board
        self._window = window
        self._news: list[JournalFact] = []
        self._unhear: list[Unhear] = [bus.hear(topic, self._heard) for topic in TOPICS]
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.turn)
        self._timer.start()
        self._last_turn = monotonic_ns()
        self._last_beat = 0
        if window is not None:
            window.installEventFilter(self)

    def _heard(self, fact: Any) -> None:
        self.board.take(fact)
        if isinstance(fact, JOURNAL):
            self._news.append(fact)

    def turn(self) -> None:
        """Emit what was heard since the last turn; every quarter second also a beat, so that ages move."""
        now = monotonic_ns()
        self.board.frame_lag_ms = max(0.0, (now - self._last_turn) / 1e6 - self._timer.interval())
        self._last_turn = now
        if now - self._last_beat >= BEAT_MS * 1_000_000:
            self._last_beat = now
            self.board.topics.add(Beat)
        topics, slots = self.board.taken()
        if topics:
            news, self._news = tuple(self._news), []
            self.frame.emit(Frame(topics, slots, news))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate, QEvent.Type.WindowStateChange):
            self._set_pace()
        return False

    def _set_pace(self) -> None:
        window = self._window
        if window is None:
            return
        pace = MINIMISED_MS if window.isMinimized() else FRAME_MS if window.isActiveWindow() else UNFOCUSED_MS
        if pace != self._timer.interval():
            self._timer.setInterval(pace)

    def close(self) -> None:
        """Stop hearing and stop the timer; nothing is emitted afterwards."""
        self._timer.stop()
        for unhear in self._unhear:
            unhear()
        self._unhear.clear()
