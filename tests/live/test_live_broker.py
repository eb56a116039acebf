"""The live broker: one send, evidence alone, each fill once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit.clock import ist_day
from cockpit.errors import BrokerUnavailable, NotSent, OutcomeUnknown, RateLimited, Rejection, TokenExpired
from cockpit.live.broker import AFTER_CLOSE_NS
from cockpit.orders import Order, OrderMoved, Product, Role, Side, Status
from tests.live.rig import CLOSES, ENTRY, NOON, TABLE, Rig


async def test_an_order_is_sent_once_and_known_by_the_brokers_id() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    await rig.look()
    assert rig.moves[0].broker_order_id == "B1"
    assert rig.state("ORB-1") is Status.OPEN
    with pytest.raises(Rejection, match="sent once"):
        await rig.broker.place(ENTRY)
    assert rig.door.n("send") == 1


async def test_an_order_whose_answer_was_lost_is_found_by_its_tag_and_never_sent_again() -> None:
    rig = Rig()
    rig.door.lost, rig.door.fails["lost"] = True, [OutcomeUnknown("7 s")]
    rig.door.hidden = {"B1"}
    with pytest.raises(OutcomeUnknown):
        await rig.broker.place(ENTRY)
    for _ in range(5):  # in no book yet: that is no evidence
        await rig.look()
    assert rig.moves == []
    rig.door.hidden = set()
    await rig.look()
    assert (rig.state("ORB-1"), rig.moves[-1].broker_order_id) == (Status.OPEN, "B1")
    assert rig.door.n("send") == 1


async def test_only_the_end_of_the_day_ends_an_order_that_is_in_no_book() -> None:
    rig = Rig()
    rig.door.fails["send"] = [OutcomeUnknown("7 s")]
    with pytest.raises(OutcomeUnknown):
        await rig.broker.place(ENTRY)
    rig.now = CLOSES + AFTER_CLOSE_NS - 1
    await rig.look()
    assert rig.moves == []
    rig.now += 1
    await rig.look()
    assert rig.state("ORB-1") is Status.LAPSED


@pytest.mark.parametrize("no", [RateLimited("429"), TokenExpired("403"), BrokerUnavailable("no connection")])
async def test_what_never_left_is_a_no_that_says_so(no: Exception) -> None:
    rig = Rig()
    rig.door.fails["send"] = [no]
    with pytest.raises(NotSent):
        await rig.broker.place(ENTRY)


async def test_a_fill_is_booked_once_however_often_the_book_shows_it_and_its_charges_are_the_orders() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.filled("B1", 3, 141900)
    await rig.look()
    await rig.look()
    rig.door.filled("B1", 7, 141850)
    await rig.look()
    mine = [f for f in rig.fills if f.role is Role.ENTRY]
    assert [f.quantity for f in mine] == [3, 7]
    turnover = 3 * 141900 + 7 * 141850
    whole = TABLE.order_charges(Product.MIS, Side.BUY, 10, turnover, ist_day(NOON))
    assert sum(f.charges.total for f in mine) == whole.total


async def test_an_exit_that_is_in_the_trade_book_before_its_entry_waits_for_it() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    entered = rig.door.filled("B1", 10, 141900)
    rig.door.fills.clear()  # the trade book lags, the order book does not
    await rig.look()
    rig.door.filled("B2", 10, 140950, "T2")
    await rig.look()
    assert rig.fills == []
    rig.door.fills.append(entered)
    await rig.look()
    assert [f.role for f in rig.fills] == [Role.ENTRY, Role.STOP]
    assert rig.door.n("send") == 2


async def test_a_fill_after_a_cancel_is_booked_and_said() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    await rig.broker.cancel("ORB-1")
    await rig.look()
    assert rig.state("ORB-1") is Status.CANCELLED
    rig.door.filled("B1", 4, 141900)
    rig.door.moved("B1", Status.CANCELLED)
    await rig.look()
    (fill,) = [f for f in rig.fills if f.role is Role.ENTRY]
    assert fill.flags == ("late",)
    assert any("a fill came after it was CANCELLED" in m.reason for m in rig.moves)
    assert rig.door.book["B2"].quantity == 4  # and it is protected


async def test_words_that_nobody_knows_are_unknown_and_block() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.moved("B1", Status.UNKNOWN, "FROZEN BY ADMIN")
    await rig.look()
    assert rig.state("ORB-1") is Status.UNKNOWN
    assert "FROZEN BY ADMIN" in rig.moves[-1].reason


async def test_a_book_that_lags_behind_takes_nothing_back() -> None:
    rig = Rig()
    await rig.entered()
    for stale in (Status.SENT, Status.OPEN, Status.CANCELLED):
        rig.door.moved("B1", stale)
        await rig.look()
        assert rig.state("ORB-1") is Status.FILLED


async def test_only_a_fill_brings_an_order_back_that_had_ended() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.moved("B1", Status.CANCELLED)
    await rig.look()
    rig.door.moved("B1", Status.OPEN)
    await rig.look()
    assert rig.state("ORB-1") is Status.CANCELLED
    rig.door.filled("B1", 10, 141900)
    await rig.look()
    assert rig.state("ORB-1") is Status.FILLED
    assert "after it was CANCELLED" in rig.moves[-3].reason + rig.moves[-2].reason + rig.moves[-1].reason


async def test_orders_that_are_not_ours_are_kept_apart_and_never_booked() -> None:
    rig = Rig()
    rig.door.taken(replace(ENTRY, tag="SOMEBODY"))
    rig.door.filled("B1", 10, 141900)
    await rig.look()
    assert list(rig.broker.foreign) == ["B1"]
    assert (rig.moves, rig.fills) == ([], [])


async def test_a_second_order_under_one_of_our_tags_is_foreign() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.taken(ENTRY)
    await rig.look()
    assert list(rig.broker.foreign) == ["B2"]


# -- trouble ---------------------------------------------------------------------------------------


async def test_a_dead_token_is_asked_nothing_more_until_somebody_logs_in() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.fails["orders"] = [TokenExpired("403")]
    with pytest.raises(TokenExpired):
        await rig.broker.look()
    before = len(rig.door.calls)
    for n in range(2, 7):
        with pytest.raises(TokenExpired):
            await rig.broker.look()
        with pytest.raises(NotSent):
            await rig.broker.place(replace(ENTRY, order_id=f"ORB-{n}", tag=f"OTHER{n}"))
    assert len(rig.door.calls) == before
    rig.broker.logged_in()
    await rig.look()
    assert rig.state("ORB-1") is Status.OPEN


async def test_half_read_books_change_nothing() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.filled("B1", 10, 141900)
    rig.broker.reports()
    rig.door.fails["trades"] = [BrokerUnavailable("502")]
    with pytest.raises(BrokerUnavailable):
        await rig.broker.look()
    assert rig.broker.reports() == []
    await rig.look()
    assert len(rig.fills) == 1


@pytest.mark.parametrize(
    "order", [replace(ENTRY, product=Product.CNC), replace(ENTRY, bracket=None)], ids=["delivery", "no stop"]
)
async def test_what_cannot_be_protected_never_leaves(order: Order) -> None:
    rig = Rig()
    with pytest.raises(Rejection):
        await rig.broker.place(order)
    assert rig.door.calls == []


async def test_after_a_crash_everything_is_taken_up_from_journal_and_books() -> None:
    first = Rig()
    await first.entered(4)
    journal: dict[str, tuple[Order, OrderMoved | None]] = {"ORB-1": (ENTRY, None)}
    for moved in first.moves:
        order = moved.order or journal[moved.order_id][0]
        journal[moved.order_id] = (order, moved)
    again = Rig(first.door)
    again.broker.restore(journal, first.fills)
    first.door.filled("B1", 6, 141900)
    await again.look()
    assert [f.quantity for f in again.fills] == [6]
    assert first.door.book["B2"].quantity == 10
    assert first.door.n("send") == 2


async def test_an_order_written_and_never_reported_may_be_live_after_a_crash() -> None:
    rig = Rig()
    rig.broker.restore({"ORB-1": (ENTRY, None)}, ())
    await rig.look()
    assert rig.state("ORB-1") is Status.UNKNOWN
    with pytest.raises(Rejection, match="sent once"):
        await rig.broker.place(ENTRY)
    rig.door.taken(ENTRY)
    rig.door.filled("B1", 10, 141900)
    await rig.look()
    assert rig.fills[0].quantity == 10
    assert rig.door.book["B2"].quantity == 10
