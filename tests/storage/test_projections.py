"""The books are a pure fold: equal however the journal is cut, and what a restart needs is in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit import account
from cockpit.errors import LedgerCorrupt
from cockpit.facts import FillBooked, Halt, IntentRefused, JournalFact, OrderChanged, OrderPlaced, StrategyMoved
from cockpit.orders import OrderMoved, Side, Status
from cockpit.ports import Books
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.memory import MemoryLedger
from cockpit.storage.projections import Projection, folded, rebuilt
from tests.storage.made_facts import DAY, T0, a_day, a_journal, booked, genesis, opened, order

JOURNAL = a_journal(3)


@given(st.integers(0, len(JOURNAL)), st.data())
def test_a_restart_anywhere_changes_nothing(cut: int, choice: st.DataObject) -> None:
    books = folded(JOURNAL[:cut])
    for fact in JOURNAL[cut:]:
        books.apply(fact)
    assert books == folded(JOURNAL)
    if cut < len(JOURNAL):
        assert folded(JOURNAL[:cut]) != folded(JOURNAL)


async def test_the_books_of_a_ledger_are_those_of_its_facts() -> None:
    ledger = MemoryLedger()
    await ledger.write(*JOURNAL)
    assert rebuilt(ledger) == folded(JOURNAL)


def test_the_books_hold_what_the_engine_asks_for() -> None:
    books: Books = folded(JOURNAL)
    assert books.genesis == genesis()
    assert books.armed == {"ORB"}
    assert books.halt is not None
    assert books.halt.level is Halt.ENTRIES
    assert books.opened is None
    assert books.scan is None
    assert books.peak_paise == 1_000_300_00
    assert books.last_ts == max(T0 + 3 * 86_400_000_000_000 + 99, 0)


def test_the_account_is_the_fold_of_all_fills() -> None:
    fills = [fact.fill for fact in JOURNAL if isinstance(fact, FillBooked)]
    books = folded(JOURNAL)
    assert books.account == account.folded(1_000_000_00, fills)
    assert books.account.cash_paise == 1_000_000_00 + 3 * (10 * 20_00 - 2 * 23_60)


def test_the_days_view_is_the_newest_days_and_keeps_orders_of_unknown_outcome() -> None:
    books = folded(JOURNAL)
    assert list(books.orders()) == ["O14", "O24", "O30", "O31", "O34"]
    assert books.orders()["O14"][1] == OrderMoved("O14", T0 + 86_400_000_000_000 + 11, Status.UNKNOWN, 0, "no answer")
    assert [fill.order_id for fill in books.fills()] == ["O30", "O30"]
    assert {key: len(refusals) for key, (_, refusals) in books.intents().items()} == {
        "I30": 0,
        "I32": 1,
        "I33": 0,
        "I34": 0,
    }
    assert list(books.withdrawals()) == ["I33"]
    assert [incident.where for incident in books.incidents()] == ["feed"]


def test_an_unknown_order_that_became_known_is_gone_the_day_after() -> None:
    known = OrderChanged(OrderMoved("O14", T0, Status.CANCELLED, 0, "found"))
    books = folded([*a_journal(1), known, opened()])
    assert dict(books.orders()) == {}


def test_a_brokers_own_child_is_heard_of_by_its_report() -> None:
    books = folded(JOURNAL)
    child, report = books.orders()["O31"]
    assert (child.parent_id, child.side) == ("O30", Side.SELL)
    assert report is not None
    assert report.status is Status.TRIGGER_PENDING


def test_an_order_shows_its_newest_report() -> None:
    books = folded([genesis(), opened(), OrderPlaced(order(1))])
    assert books.orders()["O1"] == (order(1), None)
    for status in (Status.OPEN, Status.FILLED):
        books.apply(OrderChanged(OrderMoved("O1", T0 + 9, status, 0)))
        assert books.orders()["O1"][1] == OrderMoved("O1", T0 + 9, status, 0)


def test_late_news_of_an_earlier_days_order_leaves_todays_view_alone() -> None:
    books = folded([*a_journal(1), opened()])
    books.apply(OrderChanged(OrderMoved("O10", T0, Status.CANCELLED, 10)))
    assert "O10" not in books.orders()


def test_a_disarmed_strategy_stays_disarmed() -> None:
    books = folded([*JOURNAL, StrategyMoved(T0, "ORB", False, "me", "enough")])
    assert books.armed == frozenset()


def test_a_day_that_is_open_is_open_after_a_restart() -> None:
    facts: list[JournalFact] = [genesis(), *a_day(1)[:-1]]
    assert folded(facts).opened == a_day(1)[0]
    assert folded(facts).peak_paise == 1_000_000_00


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ([opened()], "DayOpened first"),
        ([genesis(), genesis()], "second Genesis"),
        ([genesis(), opened(), IntentRefused("I9", T0, ())], "I9 was refused"),
    ],
)
def test_a_journal_that_cannot_be_is_refused(facts: list[JournalFact], said: str) -> None:
    with pytest.raises(LedgerCorrupt, match=said):
        folded(facts)


def test_a_view_cannot_be_written_to() -> None:
    with pytest.raises(TypeError):
        folded(JOURNAL).orders()["O99"] = (order(99), None)  # type: ignore[index]


def test_books_tell_each_other_apart_by_what_is_in_them() -> None:
    assert folded(JOURNAL) != Projection()
    assert folded([genesis()]) != folded([replace(genesis(), cash_paise=1)])


async def test_read_tables_are_for_others_and_can_always_be_made_again(tmp_path: Path) -> None:
    import sqlite3

    ledger = SqlLedger.open(tmp_path / "ledger.db")
    await ledger.write(*JOURNAL, booked(99))
    counts = {"projection_orders": 9, "projection_fills": 7, "projection_trades": 3, "projection_days": 3}
    assert ledger.rebuild() == counts
    with sqlite3.connect(tmp_path / "ledger.db") as stranger:
        stranger.execute("DELETE FROM projection_fills")
        stranger.execute("DROP TABLE projection_days")
    stranger.close()
    assert ledger.verify() == ledger.head
    assert ledger.rebuild() == counts
    with sqlite3.connect(tmp_path / "ledger.db") as stranger:
        trades = stranger.execute("SELECT symbol, side, net_paise, exit_role, opened_at FROM projection_trades")
        assert trades.fetchone() == ("RELIANCE", "BUY", 200_00 - 47_20, "STOP", "2026-11-21 09:15:00+05:30")
        states = stranger.execute("SELECT order_id, status FROM projection_orders WHERE intent_id LIKE 'I1_'")
        assert states.fetchall() == [("O10", "COMPLETE"), ("O11", "TRIGGER PENDING"), ("O14", "UNKNOWN")]
    stranger.close()
    assert rebuilt(ledger) == folded([*JOURNAL, booked(99)])
    assert DAY.isoformat() == "2026-11-20"
    await ledger.write(booked(98))
    await ledger.close()


async def test_read_tables_are_made_on_postgres_too(postgres_url: str) -> None:
    ledger = SqlLedger.open(postgres_url)
    await ledger.write(*JOURNAL)
    assert ledger.rebuild() == ledger.rebuild()
    assert ledger.rebuild()["projection_trades"] == 3
    await ledger.close()
