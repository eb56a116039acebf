"""Halting and releasing, two steps each: a card in words, then a hold, a typed word, or a real reason."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from cockpit.facts import AccountMarked, Halt
from cockpit.ui.board import Board
from cockpit.ui.overlay import Overlay
from cockpit.ui.theme import Words
from cockpit.widgets.button import Button, Tone
from cockpit.widgets.hold_button import HoldButton
from cockpit.widgets.tokens import Type

WORD: Final = "HALT"
REASON_LENGTH: Final = 10
LEVELS: Final = (Halt.ENTRIES, Halt.CANCEL, Halt.FLATTEN)
_SHORT: Final = {
    Halt.ENTRIES: "1  Halt new entries only",
    Halt.CANCEL: "2  Halt and cancel resting entries",
    Halt.FLATTEN: "3  Halt, cancel and flatten {positions}",
}


class HaltFace(QFrame):
    """The card of the halt: three levels, a hold button, and a field for the word."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("haltcard")
        self.setAccessibleName("Halt all trading")
        self.choices: dict[Halt, QRadioButton] = {}
        self.story = Words("", Type.LABEL, "dim", self)
        self.hold = HoldButton("Hold Enter to halt", self)
        self.word = QLineEdit(self)
        self.reason = QLineEdit(self)
        self.cancel = Button("Esc  Cancel", self, tone=Tone.QUIET)
        self._arrange()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(6)
        column.addWidget(Words("Halt all trading", Type.SYMBOL, "hi", self))
        intro = Words(
            "Takes effect at once and survives a restart. Until it is released nothing new is entered.", parent=self
        )
        for words in (intro, self.story):
            words.setWordWrap(True)
        column.addWidget(intro)
        group = QButtonGroup(self)
        for level in LEVELS:
            choice = QRadioButton(_SHORT[level], self)
            choice.setAccessibleName(level.sentence)
            self.choices[level] = choice
            group.addButton(choice, int(level))
            column.addWidget(choice)
        column.addWidget(self.story)
        self.reason.setPlaceholderText("Reason (goes into the ledger)")
        self.reason.setAccessibleName("Reason of the halt")
        column.addWidget(self.reason)
        self.hold.setMinimumHeight(38)
        column.addWidget(self.hold)
        foot = QHBoxLayout()
        self.word.setPlaceholderText(f"or type {WORD}")
        self.word.setAccessibleName(f"Type {WORD} to halt")
        self.word.setFixedWidth(128)
        foot.addWidget(self.word)
        foot.addWidget(Words("goes into the ledger", parent=self))
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        column.addLayout(foot)


class HaltCard(Overlay):
    """Step one shows the card; step two is to hold Enter for 1.5 s, or to type HALT."""

    confirmed = Signal(object, str)
    """The `Halt` level and the reason."""

    def __init__(self, window: QWidget) -> None:
        self.face = HaltFace()
        super().__init__(window, self.face)
        self.setAccessibleName("Halt card")
        self.face.hold.held.connect(self._confirm)
        self.face.word.textEdited.connect(self._typed)
        self.face.cancel.clicked.connect(self.close_card)
        for choice in self.face.choices.values():
            choice.toggled.connect(self._say_level)

    @property
    def level(self) -> Halt:
        """Answer the chosen level."""
        return next(level for level, choice in self.face.choices.items() if choice.isChecked())

    def choose(self, level: Halt) -> None:
        """Choose a level."""
        self.face.choices[level].setChecked(True)

    def ask(self, board: Board) -> None:
        """Open the card; levels already in force are not offered, for a halt can only rise."""
        marked: AccountMarked | None = board.newest(AccountMarked)
        n = len(marked.account.positions) if marked is not None else None
        held = "all positions" if n is None else f"{n} position{'' if n == 1 else 's'}"
        for level, choice in self.face.choices.items():
            choice.setText(_SHORT[level].format(positions=held))
            choice.setEnabled(level > board.halt)
        self.choose(max(Halt.CANCEL, Halt(min(int(board.halt) + 1, 3))))
        self.face.word.clear()
        self.face.reason.clear()
        self._say_level()
        self.open()
        self.face.hold.setFocus(Qt.FocusReason.OtherFocusReason)

    def stand(self) -> tuple[int, int, int]:
        """Answer left, top and width of the card."""
        return self.width() - 420, 4, 408

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = {Qt.Key.Key_1: Halt.ENTRIES, Qt.Key.Key_2: Halt.CANCEL, Qt.Key.Key_3: Halt.FLATTEN}.get(
            Qt.Key(event.key())
        )
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if digit is not None and self.face.choices[digit].isEnabled():
            self.choose(digit)
        elif step is not None:
            self._step(step)
        elif event.text().isalpha():  # whoever types the word need not aim for its field first
            self.face.word.setFocus()
            self.face.word.insert(event.text())
            self._typed(self.face.word.text())
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        offered = [level for level in LEVELS if self.face.choices[level].isEnabled()]
        if offered:
            at = offered.index(self.level) if self.level in offered else 0
            self.choose(offered[max(0, min(at + step, len(offered) - 1))])

    def _say_level(self) -> None:
        self.face.story.say(self.level.sentence)

    def _typed(self, words: str) -> None:
        if words == WORD:
            self._confirm()

    def _confirm(self) -> None:
        level, reason = self.level, self.face.reason.text().strip() or "halted from the window"
        self.close_card()
        self.confirmed.emit(level, reason)


class ReleaseFace(QFrame):
    """The card of the release: who halted and why, a reason, and a hold button that the reason unlocks."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("haltcard")
        self.setAccessibleName("Release the halt")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(8)
        column.addWidget(Words("Trading is halted", Type.SYMBOL, "hi", self))
        self.story = Words("", Type.BODY, "text", self)
        self.story.setWordWrap(True)
        column.addWidget(self.story)
        self.reason = QLineEdit(self)
        self.reason.setPlaceholderText(f"What changed since? At least {REASON_LENGTH} characters")
        self.reason.setAccessibleName("Reason of the release")
        column.addWidget(self.reason)
        self.hold = HoldButton("Hold Enter to release", self)
        self.hold.setMinimumHeight(38)
        column.addWidget(self.hold)
        foot = QHBoxLayout()
        self.need = Words("", parent=self)
        self.cancel = Button("Esc  Keep halted", self, tone=Tone.QUIET)
        foot.addWidget(self.need)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        column.addLayout(foot)


class ReleaseCard(Overlay):
    """Release a halt: a reason of ten characters first, then the hold."""

    confirmed = Signal(str)

    def __init__(self, window: QWidget) -> None:
        self.face = ReleaseFace()
        super().__init__(window, self.face)
        self.setAccessibleName("Release card")
        self.face.reason.textChanged.connect(self._weigh)
        self.face.reason.returnPressed.connect(lambda: self.face.hold.isEnabled() and self.face.hold.setFocus())
        self.face.hold.held.connect(self._confirm)
        self.face.cancel.clicked.connect(self.close_card)

    def ask(self, board: Board) -> None:
        """Open the card."""
        self.face.story.say(f"Halted by {board.halted_by or 'an earlier run'}. {board.halt.sentence}")
        self.face.reason.clear()
        self._weigh("")
        self.open()
        self.face.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def stand(self) -> tuple[int, int, int]:
        """Answer left, top and width of the card."""
        return self.width() - 420, 4, 408

    def _weigh(self, reason: str) -> None:
        missing = REASON_LENGTH - len(reason.strip())
        self.face.hold.setEnabled(missing <= 0)
        self.face.need.say(f"{missing} more characters" if missing > 0 else "written to the ledger with your name")

    def _confirm(self) -> None:
        reason = self.face.reason.text().strip()
        self.close_card()
        self.confirmed.emit(reason)
