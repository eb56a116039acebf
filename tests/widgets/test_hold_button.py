"""A grave action needs the full hold, once, and every slip lets it go."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cockpit.widgets.hold_button import HOLD_MS, HoldButton

SHORT_MS = 150


@pytest.fixture
def button(qtbot: QtBot) -> HoldButton:
    made = HoldButton("Hold Enter to halt", hold_ms=SHORT_MS)
    qtbot.addWidget(made)
    made.resize(240, 36)
    made.show()
    qtbot.waitExposed(made)
    made.setFocus()
    return made


def test_the_house_holds_for_a_second_and_a_half() -> None:
    assert HOLD_MS == 1500


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_a_key_held_for_the_full_time_acts_once(qtbot: QtBot, button: HoldButton, key: Qt.Key) -> None:
    acts: list[str] = []
    button.held.connect(lambda: acts.append("held"))
    button.let_go.connect(lambda: acts.append("let go"))
    qtbot.keyPress(button, key)
    qtbot.waitUntil(lambda: bool(acts), timeout=3000)
    for _ in range(3):  # a keyboard repeats while the key is down
        QApplication.sendEvent(
            button, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "", True, 1)
        )
    qtbot.wait(2 * SHORT_MS)
    qtbot.keyRelease(button, key)
    assert acts == ["held"]
    assert button.progress == 0.0


def test_a_short_press_brings_nothing_about(qtbot: QtBot, button: HoldButton) -> None:
    acts: list[str] = []
    button.held.connect(lambda: acts.append("held"))
    button.let_go.connect(lambda: acts.append("let go"))
    qtbot.keyClick(button, Qt.Key.Key_Return)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.wait(2 * SHORT_MS)
    assert acts == ["let go", "let go"]


@pytest.mark.parametrize("slip", ["leave", "focus", "escape", "disable", "hide"])
def test_every_slip_lets_it_go(qtbot: QtBot, button: HoldButton, slip: str) -> None:
    acts: list[str] = []
    button.held.connect(lambda: acts.append("held"))
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    assert button.is_held
    {
        "leave": lambda: qtbot.mouseMove(button, QPoint(-20, -20)),
        "focus": button.clearFocus,
        "escape": lambda: qtbot.keyClick(button, Qt.Key.Key_Escape),
        "disable": lambda: button.setEnabled(False),
        "hide": button.hide,
    }[slip]()
    QApplication.processEvents()
    assert not button.is_held
    qtbot.wait(2 * SHORT_MS)
    assert acts == []


def test_a_disabled_button_cannot_be_held(qtbot: QtBot, button: HoldButton) -> None:
    button.setEnabled(False)
    press = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(button, press)
    button.keyPressEvent(press)
    assert not button.is_held


def test_progress_runs_from_nothing_to_full(qtbot: QtBot, button: HoldButton) -> None:
    shares: list[float] = []
    button.progressed.connect(shares.append)
    with qtbot.waitSignal(button.held, timeout=3000):
        qtbot.keyPress(button, Qt.Key.Key_Return)
    assert shares[:-1] == sorted(shares[:-1])
    assert shares[-1] == 0.0
    assert all(0.0 <= share < 1.0 for share in shares)
