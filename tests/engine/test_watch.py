"""The watch answers what books and prices say now, however often it was asked before."""

from __future__ import annotations

from cockpit.engine.trust import Trust
from cockpit.engine.watch import Watch
from cockpit.facts import FillBooked, OrderChanged, OrderPlaced
from cockpit.orders import Mode, OrderMoved, Status
from cockpit.settings import FeedSettings, RiskSettings
from tests.engine.fakes import FakeBooks, FakeCosts
from tests.engine.made_days import made_day, made_ticks
from tests.engine.made_orders import CASH, NOON, made_fill, made_order, opening_facts


def watching() -> tuple[Watch, FakeBooks, Trust]:
    """Open a day in which NAME1 was seen at 1,000.00 and 100 shares of it were bought there, free of charge."""
    day, books = made_day(2), FakeBooks(*opening_facts())
    trust = Trust(day, FeedSettings(), lambda told: None)
    watch = Watch(books, FakeCosts(), trust, day, RiskSettings(), Mode.PAPER)
    trust.sift(made_ticks([(101, NOON, 100_000, 10)]))
    watch.saw_frame(NOON)
    books.apply(OrderPlaced(made_order()))
    books.apply(FillBooked(made_fill(made_order(), 100, 100_000)))
    return watch, books, trust


def test_equity_follows_each_believed_price_within_one_instant() -> None:
    watch, books, trust = watching()
    flat = watch.equity(NOON).equity_paise
    assert flat == books.account.cash_paise + 100 * 100_000
    trust.sift(made_ticks([(101, NOON, 101_000, 20)]))
    assert watch.equity(NOON).equity_paise == flat + 100 * 1_000
    trust.believe(0, 102_000, NOON)
    assert watch.equity(NOON).equity_paise == watch.marked(NOON).equity.equity_paise == flat + 100 * 2_000


def test_equity_follows_a_fill_within_one_instant() -> None:
    watch, books, _ = watching()
    assert watch.equity(NOON).open_paise == 0
    books.apply(FillBooked(made_fill(made_order(), 100, 99_000, n=2)))
    assert watch.equity(NOON).open_paise == 100 * 1_000


def test_equity_carries_the_time_it_was_asked_for() -> None:
    watch, _, _ = watching()
    assert [watch.equity(ts).ts for ts in (NOON, NOON, NOON + 5)] == [NOON, NOON, NOON + 5]


def test_the_switches_follow_a_rejection_within_one_instant_and_forget_it_when_it_is_old() -> None:
    watch, books, _ = watching()
    assert [s.value for s in watch.switches() if s.code == "REJECTS"] == ["0 / 10 min"]
    books.apply(OrderPlaced(made_order("ORB-2")))
    books.apply(OrderChanged(OrderMoved("ORB-2", NOON, Status.REJECTED, 0, "made")))
    assert [s.value for s in watch.switches() if s.code == "REJECTS"] == ["1 / 10 min"]
    assert [s.value for s in watch.risk_seen(NOON).switches if s.code == "REJECTS"] == ["1 / 10 min"]
    assert [s.value for s in watch.risk_seen(NOON + 10**12).switches if s.code == "REJECTS"] == ["0 / 10 min"]


def test_the_day_counts_from_the_equity_it_opened_with() -> None:
    watch, _, trust = watching()
    trust.sift(made_ticks([(101, NOON, 101_000, 20)]))
    marked = watch.marked(NOON)
    assert marked.day_net_paise == marked.equity.equity_paise - CASH


def test_a_position_that_has_not_ticked_today_is_marked_at_yesterdays_close_and_not_at_its_cost() -> None:
    held = made_order(quantity=10)
    facts = (*opening_facts(), OrderPlaced(held), FillBooked(made_fill(held, 10, 90_000)))
    day = made_day(2)
    trust = Trust(day, FeedSettings(), lambda told: None)
    watch = Watch(FakeBooks(*facts), FakeCosts(), trust, day, RiskSettings(), Mode.PAPER)
    close = int(day.stats["previous_close"][day.slot(held.token)])
    assert close != 90_000
    assert watch.marks() == {held.token: close}
