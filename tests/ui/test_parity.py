"""The parity light says when ledger and broker were last proved equal, and never more than was proved."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from cockpit.broker_books import BooksCompared, Difference, Standing, Subject
from cockpit.bus import Bus
from cockpit.clock import NS
from cockpit.facts import FeedMoved, FeedState
from cockpit.ui.board import Board
from cockpit.ui.bridge import Bridge
from cockpit.ui.canned import CannedReports
from cockpit.ui.status_bar import Sign
from cockpit.ui.status_signs import PROOF_OLD_NS, signs
from cockpit.ui.window import Window

Bridged = tuple[Window, Bus, Bridge]
DIFFERENCE = Difference(Subject.POSITION, "SBIN MIS", 5, "SBIN", "100", "55", Standing.BREAK, "nothing explains it")


class Screen:
    """A board whose real time is moved by hand."""

    def __init__(self) -> None:
        self.real = 0
        self.board = Board(lambda: self.real)
        reports = CannedReports()
        self.board.open_day(reports.trading)
        self.start = reports.now

    def tell(self, *differences: Difference, after_s: int = 0, unread: str = "") -> Sign:
        """Hear of a comparison so many seconds after the start; answer the light."""
        ts = self.start + after_s * NS
        self.board.take(BooksCompared(ts, ts, differences, 3, 2, 1, unread))
        return self.light()

    def light(self) -> Sign:
        return signs(self.board, 0.0)["parity"]


def test_before_any_comparison_nothing_is_claimed() -> None:
    light = Screen().light()
    assert (light.words, light.tone) == ("Books: not compared", "faint")


def test_equal_books_are_proved_at_their_instant() -> None:
    light = Screen().tell()
    assert light.tone == "ok"
    assert light.words == "Proved equal 11:41:43"
    assert "3 orders, 2 trades, 1 positions" in light.story


def test_a_proof_grows_old_by_itself_and_a_failed_reading_does_not_renew_it() -> None:
    screen = Screen()
    screen.tell()
    screen.real = PROOF_OLD_NS
    assert screen.light().tone == "ok"
    screen.real = PROOF_OLD_NS + NS
    assert (screen.light().tone, screen.light().words) == ("warn", "Proved equal 11:41:43, 3 min ago")
    light = screen.tell(after_s=240, unread="the gateway is away")
    assert (light.tone, light.words) == ("warn", "Proved equal 11:41:43, 4 min ago")
    assert "the gateway is away" in light.story


def test_a_break_is_red_with_both_figures_and_stays_so_until_the_books_agree() -> None:
    screen = Screen()
    screen.tell()
    light = screen.tell(DIFFERENCE, after_s=60)
    assert (light.tone, light.words) == ("danger", "Books differ: SBIN MIS 100, broker 55")
    assert "break: position SBIN MIS: ledger 100, broker 55" in light.story
    assert screen.tell(after_s=120).tone == "ok"


def test_books_that_were_never_read_are_unproved() -> None:
    assert Screen().tell(unread="no login").words == "Books unproved"
    assert Screen().tell(unread="no login").tone == "danger"


def test_what_is_in_flight_is_listed_and_what_is_foreign_is_counted() -> None:
    flight = Difference(Subject.ORDER, "ORB-1", 5, "SBIN", "live", "not in the book", Standing.IN_FLIGHT, "late")
    assert Screen().tell(flight).tone == "ok"
    assert "in flight: order ORB-1" in Screen().tell(flight).story
    foreign = Difference(Subject.ORDER, "99", 6, "TCS", "none", "live", Standing.FOREIGN, "not sent from here")
    light = Screen().tell(foreign)
    assert (light.tone, light.words) == ("warn", "Proved equal 11:41:43, 1 foreign")


def test_many_differences_are_counted_beyond_the_first() -> None:
    many = [Difference(Subject.ORDER, f"O{n}", n, "X", "a", "b", Standing.BREAK, "c") for n in range(11)]
    assert Screen().tell(*many).story.endswith("and 3 more")


def test_after_the_day_the_light_is_out_but_the_proof_stands() -> None:
    screen = Screen()
    screen.tell()
    screen.board.take(FeedMoved(screen.start + NS, FeedState.ENDED, ""))
    assert (screen.light().tone, screen.light().words) == ("faint", "Proved equal 11:41:43")


@pytest.mark.parametrize("different", [False, True])
def test_the_light_is_in_the_bar_and_its_card_tells_the_story(bridged: Bridged, qtbot: QtBot, different: bool) -> None:
    window, bus, bridge = bridged
    told = (DIFFERENCE,) if different else ()
    now = window.board.now
    bus.tell(BooksCompared(now, now, told, 3, 2, 1))
    bridge.turn()
    item = window.status.items["parity"]
    assert ("differ" in item.text()) == different
    assert ("ledger 100, broker 55" in item.toolTip()) == different
    item.click()
    assert window.cards.status.isVisible()
    assert window.cards.status._story.text() == item.sign.story
    window.cards.status.close()
