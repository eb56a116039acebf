"""The bridge turns a flood of facts into frames: prices may be merged, fills never."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cockpit import facts
from cockpit.bus import Bus
from cockpit.ui.board import Beat, Board
from cockpit.ui.bridge import Bridge, Ear, Frame, ears_of, hears
from cockpit.ui.canned import CannedReports


class Listener:
    """Hears ticks slowly and fills at once."""

    def __init__(self) -> None:
        self.ticks: list[Frame] = []
        self.fills: list[Frame] = []

    @hears(facts.TicksSeen, every_ms=1000)
    def see_ticks(self, frame: Frame) -> None:
        """Note a frame of ticks."""
        self.ticks.append(frame)

    @hears(facts.FillBooked)
    def see_fill(self, frame: Frame) -> None:
        """Note a frame of fills."""
        self.fills.append(frame)


def bridge_of(bus: Bus, board: Board) -> tuple[Bridge, list[Frame]]:
    """Answer a bridge turned by hand and the frames it emits."""
    bridge, frames = Bridge(bus, board), list[Frame]()
    bridge._timer.stop()
    bridge.frame.connect(frames.append)
    bridge.turn()
    frames.clear()
    return bridge, frames


def test_a_thousand_ticks_are_one_frame_and_three_fills_are_three(
    qapp: QApplication, bus: Bus, board: Board, reports: CannedReports
) -> None:
    bridge, frames = bridge_of(bus, board)
    for shift in range(1000):
        bus.tell(reports.ticks(shift % 7))
    for fill in reports.fills()[:3]:
        bus.tell(facts.FillBooked(fill))
    bridge.turn()
    assert len(frames) == 1
    assert [f.fill for f in frames[0].news if isinstance(f, facts.FillBooked)] == list(reports.fills()[:3])
    bridge.close()


def test_nothing_heard_is_no_frame(qapp: QApplication, bus: Bus, board: Board) -> None:
    bridge, frames = bridge_of(bus, board)
    bridge.turn()
    assert [f for f in frames if f.topics != {Beat}] == []
    bridge.close()


def test_time_alone_makes_a_beat_so_that_ages_move(qtbot: QtBot, bus: Bus, board: Board) -> None:
    bridge = Bridge(bus, board)
    with qtbot.waitSignal(bridge.frame, timeout=5000) as heard:
        pass
    assert heard.args is not None
    assert Beat in heard.args[0].topics
    bridge.close()


def test_a_slow_ear_hears_later_and_loses_no_news(reports: CannedReports, board: Board) -> None:
    listener = Listener()
    ears = {method.__name__: Ear(hearing, method) for hearing, method in ears_of(listener)}
    told = facts.FillBooked(reports.fills()[0])
    for nth in range(3):
        frame = Frame(frozenset({facts.TicksSeen, facts.FillBooked}), board.dirty.nonzero()[0] + nth, (told,))
        for ear in ears.values():
            ear.miss(frame)
            ear.tell(2_000_000_000 + nth)
    assert len(listener.ticks) == 1
    assert len(listener.fills) == 3
    ears["see_ticks"].tell(4_000_000_000)
    assert len(listener.ticks) == 2


def test_a_closed_bridge_leaves_no_ear_behind(qapp: QApplication, bus: Bus, board: Board) -> None:
    bridge, _ = bridge_of(bus, board)
    assert bus.n_ears > 0
    bridge.close()
    assert bus.n_ears == 0
