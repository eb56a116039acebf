"""The board keeps the newest of everything with its time, and never calls an old price fresh."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cockpit import facts
from cockpit.bus import Bus
from cockpit.clock import NS
from cockpit.errors import BadInput
from cockpit.market import Interval, bars_of
from cockpit.ui.board import Board, Freshness, SymbolChosen
from cockpit.ui.canned import CannedReports


class Hand:
    """A real time that the test moves."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        """Answer the time."""
        return self.ns


@pytest.fixture
def hand() -> Hand:
    """Answer a time at 0."""
    return Hand()


@pytest.fixture
def told(hand: Hand, reports: CannedReports) -> Board:
    """Answer a board whose every name but one ticked just now."""
    made = Board(hand)
    made.open_day(reports.trading)
    made.take(reports.ticks())
    return made


def token_of(reports: CannedReports, symbol: str) -> int:
    """Answer a canned name's token."""
    return next(i.token for i in reports.trading.instruments if i.symbol == symbol)


@pytest.mark.parametrize(
    ("silent_s", "expected"),
    [(0, Freshness.FRESH), (1.9, Freshness.FRESH), (2.5, Freshness.AGEING), (10, Freshness.AGEING),
     (10.5, Freshness.STALE), (60, Freshness.STALE), (61, Freshness.NONE)],
)  # fmt: skip
def test_a_silent_name_goes_from_fresh_to_no_data(
    told: Board, hand: Hand, reports: CannedReports, silent_s: float, expected: Freshness
) -> None:
    hand.ns = int(silent_s * NS)
    seen = told.name(token_of(reports, "TCS"))
    assert seen.freshness is expected
    assert seen.age_s == pytest.approx(silent_s)


def test_a_name_that_never_ticked_has_no_data_and_no_change(hand: Hand, reports: CannedReports) -> None:
    board = Board(hand)
    board.open_day(reports.trading)
    seen = board.name(token_of(reports, "TCS"))
    assert not seen.is_seen
    assert seen.freshness is Freshness.NONE
    assert math.isnan(seen.change)
    assert math.isnan(seen.age_s)


def test_after_the_session_prices_are_closed_and_not_stale(told: Board, hand: Hand, reports: CannedReports) -> None:
    hand.ns = 6 * 3600 * NS
    assert told.name(token_of(reports, "TCS")).freshness is Freshness.CLOSED


def test_a_tape_that_has_ended_leaves_closed_prices(told: Board, hand: Hand, reports: CannedReports) -> None:
    told.take(facts.FeedMoved(reports.now, facts.FeedState.ENDED, ""))
    hand.ns = 90 * NS
    assert told.freshness(token_of(reports, "TCS")) is Freshness.CLOSED
    assert told.now == reports.now


def test_a_day_opened_after_one_that_closed_is_not_over(told: Board, reports: CannedReports) -> None:
    day = reports.trading.session.day
    told.take(facts.DayClosed(5, day, 0, 0, 0, 0, 0, 0, 0, 0))
    assert told.is_over
    told.take(next(f for f in reports.told() if isinstance(f, facts.DayOpened)))
    assert not told.is_over


def test_a_stale_name_is_counted_apart_from_a_dead_one(told: Board, reports: CannedReports) -> None:
    assert told.n_stale() == (1, 0)


def test_the_last_value_wins_and_every_touched_slot_is_told_once(told: Board, reports: CannedReports) -> None:
    told.taken()
    for shift in (5, 10):
        told.take(reports.ticks(shift))
    topics, slots = told.taken()
    assert topics == {facts.TicksSeen}
    assert len(slots) == len(reports.trading.instruments)
    assert told.taken()[1].size == 0
    token = token_of(reports, "TCS")
    assert told.name(token).price == reports.last_prices()[token][0] + 10


def test_a_tick_of_a_name_nobody_watches_changes_nothing(told: Board, reports: CannedReports) -> None:
    rows = reports.ticks().ticks[:1].copy()
    rows["token"], rows["last_price"] = 999_999_999, 1
    before = told.price.copy()
    told.take(facts.TicksSeen(rows))
    assert np.array_equal(told.price, before)


def test_where_no_ticks_exist_closed_bars_are_the_prices(hand: Hand, reports: CannedReports) -> None:
    board = Board(hand)
    board.open_day(reports.trading)
    token = token_of(reports, "TCS")
    bar = bars_of(1)
    opens = reports.trading.session.opens
    bar["token"], bar["interval_s"], bar["ts_open"], bar["close"] = token, int(Interval.M1), opens, 358_000
    board.take(facts.BarClosed(bar))
    assert board.name(token).price == 358_000
    assert board.name(token).ts == opens + 60 * NS
    hand.ns = 55 * NS
    assert board.freshness(token) is Freshness.FRESH  # the next bar is not due yet
    hand.ns = 75 * NS
    assert board.freshness(token) is Freshness.STALE


def test_a_closed_bar_never_overrides_a_newer_tick(told: Board, reports: CannedReports) -> None:
    token = token_of(reports, "TCS")
    before = told.name(token).price
    bar = bars_of(1)
    bar["token"], bar["interval_s"], bar["ts_open"], bar["close"] = token, 60, reports.now - 120 * NS, 1
    told.take(facts.BarClosed(bar))
    assert told.name(token).price == before


def test_choosing_a_name_is_told_once_and_only_when_it_changes(told: Board, reports: CannedReports) -> None:
    told.taken()
    token = token_of(reports, "TCS")
    told.select(token)
    assert SymbolChosen in told.taken()[0]
    told.select(token)
    assert SymbolChosen not in told.taken()[0]


def test_a_name_that_is_not_watched_is_refused(told: Board) -> None:
    with pytest.raises(BadInput, match="not on today's watchlist"):
        told.name(1)


def test_a_release_after_a_halt_wins_over_older_risk(told: Board, reports: CannedReports) -> None:
    told.take(reports.risk(tripped=True))
    assert told.halt is facts.Halt.ENTRIES
    told.take(facts.HaltMoved(reports.now + 1, facts.Halt.NONE, "trader", "the broker answers again"))
    assert told.halt is facts.Halt.NONE
    assert told.halted_by == ""


def test_a_lost_feed_leaves_a_gap_until_it_is_back(told: Board) -> None:
    state = facts.FeedState
    for ts, moved in ((10, state.SILENT), (12, state.LOST), (20, state.LIVE), (30, state.LOST)):
        told.take(facts.FeedMoved(ts, moved, ""))
    assert told.gaps == [(10, 20), (30, 0)]


def test_a_board_hears_a_whole_bus_and_can_be_unplugged(hand: Hand, bus: Bus, reports: CannedReports) -> None:
    board = Board(hand)
    board.open_day(reports.trading)
    unhear = board.listen(bus)
    for fact in reports.told():
        bus.tell(fact)
    assert board.newest(facts.AccountMarked) is not None
    for stop in unhear:
        stop()
    assert bus.n_ears == 0


def test_every_alarm_of_the_day_stands_in_the_log_with_its_time(board: Board) -> None:
    words = [line.text for line in board.log]
    assert any("UNKNOWN: it may be live" in line for line in words)
    assert any("ICICIBANK refused" in line for line in words)
    assert any("HALTED by REJECTS" in line for line in words)
    assert all(line[2] == ":" and line[5] == ":" for line in words)
