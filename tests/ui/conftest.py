"""A window with a canned morning, a bus to tell it more, and a look that is put back after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from cockpit.bus import Bus, Ear
from cockpit.ui.board import Board
from cockpit.ui.bridge import Bridge
from cockpit.ui.canned import CannedReports
from cockpit.ui.gallery import board_in, window_in
from cockpit.ui.theme import Theme
from cockpit.ui.window import Window


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Let Qt delete what a test closed, and fail the test that leaves a window alive."""
    yield
    qapp.clipboard().clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [type(w).__name__ for w in qapp.topLevelWidgets() if not isinstance(w, QMenu)]
    assert left == [], f"windows left alive: {left}"


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """Dress the application in the plain dark look."""
    made = Theme(qapp)
    made.apply()
    return made


@pytest.fixture
def reports() -> CannedReports:
    """Answer a canned morning."""
    return CannedReports()


@pytest.fixture
def board(reports: CannedReports) -> Board:
    """Answer a board that has heard the canned morning; its real time stands still."""
    return board_in("live", reports)


def complain(ear: Ear, fault: Exception) -> None:
    """Let a watcher's fault fail the test."""
    raise fault


@pytest.fixture
def bus() -> Bus:
    """Answer a bus on which a watcher's fault is the test's fault."""
    return Bus(complain)


MakeWindow = Callable[[str], Window]


@pytest.fixture
def make_window(theme: Theme, qtbot: QtBot) -> MakeWindow:
    """Answer a maker of windows in a gallery state, shown and closed for the test."""

    def made(state: str) -> Window:
        window = window_in(state, theme)
        qtbot.addWidget(window)
        window.resize(1600, 900)
        window.show()
        window.activateWindow()
        qtbot.waitExposed(window)
        qtbot.wait(20)
        return window

    return made


@pytest.fixture
def bridged(make_window: MakeWindow, bus: Bus) -> Iterator[tuple[Window, Bus, Bridge]]:
    """Answer a calm window that hears a bus; frames are turned by hand."""
    window = make_window("calm")
    bridge = Bridge(bus, window.board, window)
    bridge._timer.stop()
    bridge.frame.connect(window.hear)
    yield window, bus, bridge
    bridge.close()
