"""One strategy's row: its name, whether it may trade, by whom and since when, and the switch."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cockpit.clock import hhmmss
from cockpit.facts import StrategyMoved
from cockpit.ui.theme import Words
from cockpit.widgets.badge import Sign, StatePill
from cockpit.widgets.button import Button, Tone
from cockpit.widgets.tokens import Type

ARMED = Sign("✓", "ARMED", "ok")
DISARMED = Sign("■", "DISARMED", "warn")


class StrategyRow(QWidget):
    """Show one strategy and offer the opposite of what it is."""

    arm_wanted = Signal(str)
    disarm_wanted = Signal(str)

    def __init__(self, rule: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rule, self._armed = rule, False
        self.setAccessibleName(f"Strategy {rule}")
        self.state = StatePill(DISARMED, self, name=f"Strategy {rule} state")
        self.story = Words("", Type.LABEL, "dim", self)
        self.button = Button("Arm", self, tone=Tone.PLAIN)
        self.button.clicked.connect(self._press)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Words(rule, Type.NUMBER, "hi", self))
        row.addWidget(self.state)
        row.addWidget(self.story, 1)
        row.addWidget(self.button)

    def show_moved(self, moved: StrategyMoved) -> None:
        """Show the newest word on it."""
        self._armed = moved.armed
        self.state.show_sign(ARMED if moved.armed else DISARMED)
        self.story.say(f"{hhmmss(moved.ts)[:5]} by {moved.by}")
        self.story.setToolTip(moved.reason)
        words = "Disarm" if moved.armed else "Arm"
        self.button.setText(words)
        self.button.setAccessibleName(f"{words} {self.rule}")

    def _press(self) -> None:
        (self.disarm_wanted if self._armed else self.arm_wanted).emit(self.rule)
