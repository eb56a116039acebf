"""Nothing is opened before the books were found equal; a break halts for good; a broker that is slow stops nobody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from cockpit.broker_books import BooksCompared, BrokerBooks
from cockpit.clock import NS
from cockpit.engine.audit import EVERY_NS, FOREIGN, RECONCILE
from cockpit.errors import BrokerUnavailable, TokenExpired
from cockpit.facts import DayClosed, FillBooked, Halt, HaltMoved, Incident, IntentRefused, OrderChanged, OrderPlaced
from cockpit.orders import Mode, Product, Status
from tests.engine.fakes import FakeBooks, Rig
from tests.engine.made_books import mirrored, position
from tests.engine.made_days import at
from tests.engine.made_orders import made_fill, made_minutes, made_order, moved, opening_facts
from tests.engine.scripted import fills, wanting


def heard(rig: Rig) -> list[BooksCompared]:
    """Hear every comparison of a rig from now on."""
    told: list[BooksCompared] = []
    rig.bus.hear(BooksCompared, told.append)
    return told


def refused_by(rig: Rig) -> list[str]:
    return [refusal.code for fact in rig.wrote(IntentRefused) for refusal in fact.refusals]


def bend(rig: Rig, **changes: Any) -> None:
    """Let the broker's books differ from now on."""
    rig.broker.answer_books = lambda: replace(mirrored(rig.books, rig.clock.now()), **changes)


STRAY = (position(101, "NAME1", Product.MIS, 55),)


async def test_the_books_are_compared_at_the_start_and_every_minute_of_the_tape() -> None:
    rig = wanting()
    told = heard(rig)
    await rig.play()
    assert [(c.ts - told[0].ts) // EVERY_NS for c in told] == list(range(len(told)))
    assert len(told) == 6
    assert all(c.is_equal for c in told)
    assert [o.order_id for o in rig.broker.placed] == ["ORB-1"]


async def test_equal_books_leave_nothing_in_the_journal() -> None:
    rig = await wanting().play()
    assert rig.wrote(Incident, HaltMoved) == []


async def test_until_the_books_can_be_read_nothing_is_opened_and_the_reason_is_on_record() -> None:
    rig = wanting()

    def silent() -> BrokerBooks:
        raise BrokerUnavailable("the gateway is away")

    rig.broker.answer_books = silent
    await rig.play()
    assert rig.broker.placed == []
    assert refused_by(rig) == [RECONCILE]
    assert len(rig.wrote(Incident)) == 1, "told once, not every minute"
    assert "the gateway is away" in rig.wrote(Incident)[0].what
    assert rig.wrote(HaltMoved) == [], "what cannot be read is unproved, not broken"


async def test_one_look_that_finds_them_equal_lets_the_next_intent_pass() -> None:
    rig = wanting()
    honest = rig.broker.answer_books
    n_asked = 0

    def late() -> BrokerBooks:
        nonlocal n_asked
        n_asked += 1
        if n_asked == 1:
            raise BrokerUnavailable("not yet")
        return honest()

    rig.broker.answer_books = late
    await rig.play()
    assert [o.order_id for o in rig.broker.placed] == ["ORB-1"]


def holding() -> Rig:
    """Make a day that goes on with 100 shares of NAME1 held."""
    held = made_order()
    facts = (*opening_facts(), OrderPlaced(held), OrderChanged(moved(held, Status.FILLED, 100)))
    return Rig(made_minutes("12:00", 3), facts=(*facts, FillBooked(made_fill(held, 100, 100_000))), start=at("12:00"))


async def test_a_break_at_the_start_halts_with_both_figures_before_it_is_told() -> None:
    rig = holding()
    told = heard(rig)
    bend(rig, positions=STRAY)
    await rig.flow.open()
    (halt,) = rig.wrote(HaltMoved)
    assert (halt.level, halt.by) == (Halt.CANCEL, RECONCILE)
    assert "ledger 100, broker 55" in halt.reason
    assert [c.is_equal for c in told] == [False]
    assert rig.diary.index(("wrote", halt)) < rig.diary.index(("told", halt))


async def test_a_halt_for_a_break_stays_when_the_books_agree_again_and_is_written_once() -> None:
    rig = wanting()
    rig.broker.on_place = fills
    rig.strategies[0].script[4] = []

    def wrong() -> BrokerBooks:
        agreed = mirrored(rig.books, rig.clock.now())
        is_bent = at("09:18") <= rig.clock.now() < at("09:20")
        return replace(agreed, positions=STRAY) if is_bent and agreed.positions else agreed

    rig.broker.answer_books = wrong
    told = heard(rig)
    await rig.play()
    assert [c.is_equal for c in told].count(False) == 2
    assert told[-1].is_equal
    assert [h.level for h in rig.wrote(HaltMoved)] == [Halt.CANCEL]
    assert rig.books.halt is not None
    assert "ledger 200, broker 55" in rig.books.halt.reason


async def test_after_a_person_lifts_the_halt_a_break_that_is_still_there_halts_again() -> None:
    rig = holding()
    bend(rig, positions=STRAY)
    await rig.flow.open()
    await rig.flow.dealer.keep(HaltMoved(rig.clock.now(), Halt.NONE, "trader", "looked at it, wrongly"))
    await rig.flow.look_when_due()
    rig.clock.advance(rig.clock.now() + EVERY_NS)
    await rig.flow.look_when_due()
    assert [h.level for h in rig.wrote(HaltMoved)] == [Halt.CANCEL, Halt.NONE, Halt.CANCEL]


async def test_a_name_that_somebody_else_trades_is_blocked_and_the_others_are_not() -> None:
    for token, blocked in ((101, True), (102, False)):
        rig = wanting()
        bend(rig, positions=(position(token, f"NAME{token - 100}", Product.MIS, 7),))
        await rig.play()
        assert refused_by(rig) == ([FOREIGN] if blocked else [])
        assert ["foreign" in i.what for i in rig.wrote(Incident)] == [True], "named once"
        assert rig.wrote(HaltMoved) == []
        assert rig.books.account.positions == {}, "never booked"


async def test_a_real_broker_that_does_not_answer_keeps_neither_frames_nor_beat_waiting() -> None:
    rig = wanting()
    await rig.flow.open()
    rig.broker.mode = Mode.LIVE
    answer, asked = asyncio.Event(), asyncio.Event()

    async def slow() -> BrokerBooks:
        asked.set()
        await answer.wait()
        return mirrored(rig.books, rig.clock.now())

    rig.broker.books = slow  # type: ignore[method-assign]
    rig.flow.audit.hurry()
    looking = asyncio.ensure_future(rig.flow.look_when_due())
    await asyncio.wait_for(asked.wait(), 5)
    await asyncio.wait_for(rig.flow.beat(), 5)
    await asyncio.wait_for(rig.flow.run(), 5)
    assert rig.wrote(DayClosed)
    assert not looking.done()
    answer.set()
    await asyncio.wait_for(looking, 5)
    assert rig.flow.audit.newest is not None
    assert rig.flow.audit.newest.is_equal


async def test_a_doubt_is_lifted_only_by_books_that_were_asked_for_after_it() -> None:
    rig = wanting()
    await rig.flow.open()
    audit = rig.flow.audit
    early = await audit.read()
    rig.clock.advance(rig.clock.now() + NS)
    audit.doubt("the clock jumped")
    await audit.take(early)
    assert not audit.is_proved
    assert audit.is_due
    await rig.flow.look_when_due()
    assert audit.is_proved


async def test_a_dead_login_freezes_entries_at_once_and_books_read_after_the_next_one_free_them() -> None:
    rig = wanting()
    await rig.flow.open()
    honest = rig.broker.answer_books

    def dead() -> BrokerBooks:
        raise TokenExpired("the broker refused the token")

    rig.broker.answer_books = dead
    rig.clock.advance(rig.clock.now() + EVERY_NS)
    for _ in range(5):
        await rig.flow.look_when_due()
        assert not rig.flow.audit.is_proved
        assert rig.flow.audit.is_due, "it looks again at once: whoever logs in does not wait for the minute"
    assert len(rig.wrote(Incident)) == 1
    rig.broker.answer_books = honest
    await rig.flow.look_when_due()
    assert rig.flow.audit.is_proved


async def test_what_the_broker_filled_while_nobody_was_here_is_booked_before_the_first_comparison() -> None:
    order = made_order()
    facts = (*opening_facts(), OrderPlaced(order), OrderChanged(moved(order, Status.OPEN)))
    rig = Rig(facts=facts, start=at("12:30"))
    told = heard(rig)
    fill, done = rig.broker.told = fills(order)
    there = FakeBooks(*facts, FillBooked(fill), OrderChanged(done))
    rig.broker.answer_books = lambda: mirrored(there, rig.clock.now())
    await rig.flow.open()
    assert [f.fill.quantity for f in rig.wrote(FillBooked)] == [100]
    assert [(c.is_equal, c.differences) for c in told] == [(True, ())]
    assert rig.flow.audit.is_proved
