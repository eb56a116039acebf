"""Loading, empty, stale, error: never blank, never a plausible nothing, and always a way on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cockpit.widgets.painted import Painted
from cockpit.widgets.states import Fault, PanelState, StateCover, Wish
from cockpit.widgets.tokens import LIGHT


@pytest.fixture
def cover(qtbot: QtBot) -> StateCover:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(400, 300)
    made = StateCover(host)
    host.show()
    qtbot.waitExposed(host)
    return made


def test_fast_work_shows_no_skeleton(qtbot: QtBot, cover: StateCover) -> None:
    cover.loading("1 of 10")
    assert not cover.isVisible()
    cover.ready()
    qtbot.wait(200)
    assert not cover.isVisible()


def test_slow_work_shows_a_skeleton_then_its_progress_and_a_cancel(qtbot: QtBot, cover: StateCover) -> None:
    cover.loading("1 of 614")
    qtbot.waitUntil(cover.isVisible, timeout=3000)
    assert not cover._sentence.isVisible()
    cover.loading("120 of 614, 40 s left")
    qtbot.waitUntil(cover._sentence.isVisible, timeout=5000)
    assert cover._sentence.words == "120 of 614, 40 s left"
    cover.loading("121 of 614, 39 s left")
    assert cover._sentence.words == "121 of 614, 39 s left"
    with qtbot.waitSignal(cover.wished) as wished:
        qtbot.mouseClick(cover._buttons[Wish.CANCEL], Qt.MouseButton.LeftButton)
    assert wished.args == ["cancel"]


def test_states_follow_each_other_and_are_told_once(cover: StateCover) -> None:
    told: list[str] = []
    cover.changed.connect(told.append)
    cover.loading()
    cover.loading("more")
    cover.empty("No trades yet today. 9 setups armed.")
    cover.error(Fault("The ledger cannot be read"))
    cover.stale("25s")
    cover.stale("26s")
    cover.ready()
    assert told == ["loading", "empty", "error", "stale", "ready"]


def test_stale_leaves_the_values_in_view_under_a_badge(cover: StateCover) -> None:
    cover.empty("nothing")
    cover.stale("25s")
    assert cover.state is PanelState.STALE
    assert not cover.isVisible()
    assert cover._chip.isVisible()
    assert cover._chip.words == "▲ STALE 25s"


def test_an_error_says_what_since_when_and_what_still_works(qtbot: QtBot, cover: StateCover) -> None:
    cover.error(Fault("No score: weights unavailable", "20:41", "charts and exits"))
    said = cover._sentence.accessibleName()
    assert all(part in said for part in ("No score: weights unavailable", "20:41", "charts and exits"))
    wishes: list[str] = []
    cover.wished.connect(wishes.append)
    for wish in (Wish.RETRY, Wish.COPY):
        qtbot.mouseClick(cover._buttons[wish], Qt.MouseButton.LeftButton)
    assert wishes == ["retry", "copy"]
    assert cover.fault.words.endswith("Still works: charts and exits")


def test_an_empty_panel_offers_its_one_button_by_keyboard(qtbot: QtBot, cover: StateCover) -> None:
    cover.empty("No list for today. Run the scan or load yesterday's.", "Run the scan")
    button = cover._buttons[Wish.ACT]
    assert button.accessibleName() == "Run the scan"
    button.setFocus()
    with qtbot.waitSignal(cover.wished) as wished:
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert wished.args == ["act"]


def test_the_cover_follows_its_panel(cover: StateCover) -> None:
    cover.empty("nothing")
    host = cover.parentWidget()
    assert host is not None
    host.resize(700, 500)
    cover.set_tokens(LIGHT)
    assert (cover.width(), cover.height()) == (700, 500)


class _Breaks(Painted):
    """A widget whose drawing fails."""

    n_tried = 0

    def _paint(self, painter: QPainter) -> None:
        self.n_tried += 1
        raise ZeroDivisionError("no range")


def test_a_drawing_that_fails_shows_a_block_and_raises_once(qtbot: QtBot) -> None:
    broken = _Breaks(name="Broken")
    qtbot.addWidget(broken)
    broken.resize(200, 40)
    with qtbot.captureExceptions() as errors:
        broken.show()
        qtbot.waitExposed(broken)
        for _ in range(3):
            broken.update()
            QApplication.processEvents()
    assert [type(error[1]) for error in errors] == [ZeroDivisionError]
    assert broken.n_tried == 1
    with qtbot.captureExceptions() as again:
        broken.refresh()
        QApplication.processEvents()
    assert len(again) == 1
