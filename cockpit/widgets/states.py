"""The four states every panel has besides its own: loading, empty, stale, error; a cover over the panel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cockpit.widgets.button import Button, Tone
from cockpit.widgets.paint import CENTRE, colour, font, pill, text, width_of
from cockpit.widgets.painted import Painted
from cockpit.widgets.skeleton import Skeleton
from cockpit.widgets.tokens import DARK, Radius, Tokens, Type

SKELETON_AFTER_MS = 150
"""Faster work shows no skeleton at all: a flicker is worse than a short wait."""
PROGRESS_AFTER_MS = 1000


class PanelState(StrEnum):
    """What a panel is in. `READY` and `STALE` leave its contents in view, the others cover them."""

    READY = "ready"
    LOADING = "loading"
    EMPTY = "empty"
    STALE = "stale"
    ERROR = "error"


class Wish(StrEnum):
    """What the user asks for from a cover."""

    CANCEL = "cancel"
    ACT = "act"
    RETRY = "retry"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error block says: what broke, since when (text), what still works."""

    what: str
    since: str = ""
    still: str = ""

    @property
    def words(self) -> str:
        """Answer everything as one text, for the clipboard and for screen readers."""
        since = f"Since {self.since}." if self.since else ""
        still = f"Still works: {self.still}" if self.still else ""
        return " ".join(part for part in (self.what, since, still) if part)


class Sentence(Painted):
    """Words in the middle of a panel, wrapped, with an optional title above."""

    def __init__(self, parent: QWidget | None = None, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens)
        self.title, self.words, self.is_error = "", "", False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def say(self, title: str, words: str, *, error: bool = False) -> None:
        """Show a title and a sentence; an error stands in a red block."""
        self.title, self.words, self.is_error = title, words, error
        self.setAccessibleName(f"{title} {words}".strip())
        self.updateGeometry()
        self.refresh()

    def sizeHint(self) -> QSize:
        host = self.parentWidget()
        wide = min(420, max(96, host.width() - 32 if host is not None else 320))
        return QSize(wide, self._height(wide))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._height(width)

    def _height(self, width: int) -> int:
        flags = int((Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter).value)
        wrapped = self.measures(Type.BODY).boundingRect(0, 0, width - 24, 2000, flags, self.words)
        return wrapped.height() + 20 + (self._title_height(width - 24) + 6 if self.title else 0)

    def _title_height(self, width: int) -> int:
        flags = int((Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter).value)
        return self.measures(Type.TITLE).boundingRect(0, 0, width, 2000, flags, self.title).height()

    def _paint(self, painter: QPainter) -> None:
        rect, tokens = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self.tokens
        if self.is_error:
            pill(painter, rect, colour(tokens.danger_bg), Radius.DOCK)
        inner = rect.adjusted(12, 10, -12, -8)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter
        if self.title:
            painter.setFont(font(tokens, Type.TITLE))
            painter.setPen(colour(tokens.danger if self.is_error else tokens.hi))
            painter.drawText(inner, int(flags.value), self.title)
            inner.setTop(inner.top() + self._title_height(round(inner.width())) + 6)
        painter.setFont(font(tokens, Type.BODY))
        painter.setPen(colour(tokens.text if self.is_error else tokens.dim))
        painter.drawText(inner, int(flags.value), self.words)


class StaleChip(Painted):
    """The amber chip that says how old the values under it are."""

    def __init__(self, parent: QWidget, *, tokens: Tokens = DARK) -> None:
        super().__init__(parent, tokens=tokens, name="Data age")
        self.words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def say(self, age: str) -> None:
        """Show `STALE` and the age."""
        self.words = f"▲ STALE {age}".strip()
        self.resize(int(width_of(self.tokens, Type.BADGE, self.words)) + 16, round(18 * self.tokens.text_scale))
        self.refresh()

    def _spoken(self) -> str:
        return self.words

    def _paint(self, painter: QPainter) -> None:
        rect, tokens = QRectF(self.rect()), self.tokens
        pill(painter, rect, colour(tokens.warn_bg), Radius.BADGE)
        text(painter, rect, self.words, (tokens, Type.BADGE), tokens.warn, CENTRE)


class StateCover(QWidget):
    """Cover a panel with its state and give it back: `loading`, `empty`, `stale`, `error`, `ready`."""

    wished = Signal(str)
    """A `Wish`: what the user asked for."""
    changed = Signal(str)
    """The new `PanelState`."""

    def __init__(self, host: QWidget, *, tokens: Tokens = DARK) -> None:
        super().__init__(host)
        self._host = host
        self.tokens, self.state, self.fault = tokens, PanelState.READY, Fault("")
        self._skeleton, self._sentence = Skeleton(self, tokens=tokens), Sentence(self, tokens=tokens)
        self._buttons: dict[Wish, Button] = {}
        self._chip = StaleChip(host, tokens=tokens)
        self._progress_words = ""
        self._soon, self._later = QTimer(self), QTimer(self)
        for timer, ms, slot in (
            (self._soon, SKELETON_AFTER_MS, self._show_skeleton),
            (self._later, PROGRESS_AFTER_MS, self._show_progress),
        ):
            timer.setSingleShot(True)
            timer.setInterval(ms)
            timer.timeout.connect(slot)
        self._arrange()
        host.installEventFilter(self)
        self._chip.hide()
        self.hide()

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        for part in (self._skeleton, self._sentence, self._chip):
            part.set_tokens(tokens)
        for button in self._buttons.values():
            button.set_tokens(tokens)
        self.update()

    def ready(self) -> None:
        """Give the panel back."""
        self._enter(PanelState.READY)
        self.hide()

    def loading(self, words: str = "", cancel: bool = True, *, at_once: bool = False) -> None:
        """Cover with a skeleton after 150 ms and, after a second, `words` (count, ETA); say them again as they move.

        `at_once` is for a wait that is known to be longer: the skeleton is in the first picture.
        """
        self._progress_words = words
        if self.state is PanelState.LOADING:
            if self._sentence.isVisible():
                self._sentence.say("", words)
            return
        self._enter(PanelState.LOADING)
        self._offer(*((Wish.CANCEL,) if cancel else ()))
        self._sentence.hide()
        if at_once:
            self._show_skeleton()
        else:
            self._soon.start()
        self._later.start()

    def empty(self, sentence: str, button: str = "") -> None:
        """Cover with one sentence why nothing is here and one button what to do about it."""
        self._enter(PanelState.EMPTY)
        self._offer(*((Wish.ACT,) if button else ()))
        if button:
            self._buttons[Wish.ACT].setText(button)
            self._buttons[Wish.ACT].setAccessibleName(button)
        self._say("", sentence)

    def error(self, fault: Fault) -> None:
        """Cover with a red block: what, since when, what still works, Retry and Copy details."""
        self._enter(PanelState.ERROR)
        self.fault = fault
        self._offer(Wish.RETRY, Wish.COPY)
        since = f"Since {fault.since}. " if fault.since else ""
        still = f"Still works: {fault.still}" if fault.still else ""
        self._say(f"■ {fault.what}", f"{since}{still}" or "Nothing else is known.", error=True)

    def stale(self, age: str) -> None:
        """Keep the panel's last values in view and badge them with their age."""
        self._enter(PanelState.STALE)
        self.hide()
        self._chip.say(age)
        self._chip.show()
        self._chip.raise_()
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._host:
            self._fit()
        return False

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), colour(self.tokens.panel))
        finally:
            painter.end()

    def _enter(self, state: PanelState) -> None:
        self._soon.stop()
        self._later.stop()
        self._chip.hide()
        changed, self.state = state is not self.state, state
        if changed:
            self.changed.emit(str(state))

    def _say(self, title: str, words: str, *, error: bool = False) -> None:
        self._skeleton.hide()
        self._sentence.say(title, words, error=error)
        self._sentence.show()
        self._appear()

    def _show_skeleton(self) -> None:
        self._skeleton.show()
        self._appear()

    def _show_progress(self) -> None:
        if self._progress_words:
            self._sentence.say("", self._progress_words)
            self._sentence.show()

    def _appear(self) -> None:
        self._fit()
        self.show()
        self.raise_()

    def _offer(self, *wishes: Wish) -> None:
        for wish in wishes:
            if wish not in self._buttons:  # made when first offered: most covers never offer any
                self._buttons[wish] = self._button(wish)
                self._row.insertWidget(self._row.count() - 1, self._buttons[wish])
        for wish, button in self._buttons.items():
            button.setVisible(wish in wishes)

    def _button(self, wish: Wish) -> Button:
        words = {Wish.CANCEL: "Cancel", Wish.ACT: "", Wish.RETRY: "Retry", Wish.COPY: "Copy details"}[wish]
        tone = Tone.PRIMARY if wish in (Wish.ACT, Wish.RETRY) else Tone.PLAIN
        button = Button(words, self, tone=tone, tokens=self.tokens)
        button.clicked.connect(lambda: self.wished.emit(str(wish)))
        return button

    def _arrange(self) -> None:
        column, self._row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self._skeleton, 100)
        column.addStretch(1)
        column.addWidget(self._sentence, 0, Qt.AlignmentFlag.AlignHCenter)
        self._row.addStretch(1)
        self._row.addStretch(1)
        column.addLayout(self._row)
        column.addStretch(1)

    def _fit(self) -> None:
        self.setGeometry(self._host.rect())
        self._chip.move(self._host.width() - self._chip.width() - 8, 6)
