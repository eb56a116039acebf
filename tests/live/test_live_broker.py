"""The live broker: one send, evidence alone, each fill once, and nothing held without a stop at the broker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cockpit.clock import NS, ist_day
from cockpit.errors import (
    BrokerUnavailable,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejection,
    TokenExpired,
)
from cockpit.live.broker import AFTER_CLOSE_NS, LiveBroker
from cockpit.market import ticks_of
from cockpit.orders import (
    Bracket,
    Fill,
    Order,
    OrderKind,
    OrderMoved,
    Product,
    Role,
    Side,
    Status,
    order_tag,
)
from cockpit.paper.costs import ChargeTable
from tests.live.fake_door import FakeDoor

TABLE = ChargeTable.load(Path(__file__).resolve().parents[2] / "resources/charges.toml")
NOON = 1_795_000_000 * NS
CLOSES = NOON + 3 * 3600 * NS
ENTRY = Order(
    "ORB-1", "ORB-1", "", Role.ENTRY, 738561, "RELIANCE", Side.BUY, 10, OrderKind.LIMIT, 141900, 0, Product.MIS, "ORB",
    order_tag("me", "ORB-1"), NOON, CLOSES, Bracket(141000, 143000),
)  # fmt: skip
EXIT = replace(
    ENTRY, order_id="ORB-1-X1", parent_id="ORB-1", role=Role.EXIT, side=Side.SELL, kind=OrderKind.MARKET, price=0,
    tag=order_tag("me", "ORB-1-X1"), bracket=None,
)  # fmt: skip


class Rig:
    """A live broker with its fake door; children that it asks for are sent as the dealer would send them."""

    def __init__(self, door: FakeDoor | None = None) -> None:
        self.now = NOON
        self.door = door or FakeDoor(ts=NOON)
        self.broker = LiveBroker(self.door, TABLE, lambda: self.now, account="me", closes=CLOSES)
        self.moves: list[OrderMoved] = []
        self.fills: list[Fill] = []

    async def look(self) -> None:
        await self.broker.look()
        await self.settle()

    async def settle(self) -> None:
        while reports := self.broker.reports():
            self.moves += [r for r in reports if isinstance(r, OrderMoved)]
            self.fills += [r for r in reports if isinstance(r, Fill)]
            for report in reports:
                if isinstance(report, OrderMoved) and report.status is Status.INTENT and report.order:
                    await self.broker.place(report.order)

    async def entered(self, quantity: int = 10) -> None:
        await self.broker.place(ENTRY)
        self.door.filled("B1", quantity, 141900)
        await self.look()

    def see(self, price: int) -> None:
        ticks = ticks_of(1)
        ticks["token"], ticks["last_price"] = ENTRY.token, price
        self.broker.see(ticks)

    def state(self, order_id: str) -> Status:
        return next(m.status for m in reversed(self.moves) if m.order_id == order_id)


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


# -- protection ------------------------------------------------------------------------------------


async def test_every_partial_fill_is_protected_for_exactly_what_is_held() -> None:
    rig = Rig()
    await rig.entered(3)
    stop = rig.door.book["B2"]
    assert (stop.quantity, stop.trigger, stop.side, stop.status) == (3, 141000, Side.SELL, Status.TRIGGER_PENDING)
    rig.door.filled("B1", 7, 141900)
    await rig.look()
    assert rig.door.book["B2"].quantity == 10
    assert rig.door.n("send") == 2
    assert rig.broker.naked == frozenset()


async def test_the_stop_is_asked_for_before_it_is_sent() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.filled("B1", 10, 141900)
    await rig.broker.look()
    assert rig.door.n("send") == 1
    asked = [r for r in rig.broker.reports() if isinstance(r, OrderMoved) and r.status is Status.INTENT]
    assert asked[0].order is not None
    assert asked[0].order.order_id == "ORB-1-S1"


async def test_the_touched_target_turns_the_stop_into_its_limit_and_back() -> None:
    rig = Rig()
    await rig.entered()
    rig.see(143000)
    await rig.look()
    assert rig.door.calls[-1] == ("change", ("B2", None, 143000, None, OrderKind.LIMIT))
    rig.see(142500)
    await rig.look()
    assert rig.door.calls[-1] == ("change", ("B2", None, None, 141000, OrderKind.STOP))
    assert rig.door.n("send") == 2  # never a second order that could turn the position


async def test_a_stop_that_filled_ends_it_and_nothing_more_is_sent() -> None:
    rig = Rig()
    await rig.entered()
    rig.door.filled("B2", 10, 140950)
    await rig.look()
    await rig.look()
    assert rig.door.n("send") == 2
    assert rig.fills[-1].role is Role.STOP


async def test_an_exit_takes_the_stop_first_and_then_leaves() -> None:
    rig = Rig()
    await rig.entered()
    await rig.broker.place(EXIT)
    await rig.settle()
    assert rig.door.book["B2"].status is Status.CANCELLED
    assert rig.door.book["B3"].quantity == 10
    names = [call for call, _ in rig.door.calls]
    assert names.index("withdraw") < len(names) - 1 - names[::-1].index("send")


async def test_an_exit_waits_while_its_stop_may_still_fill() -> None:
    rig = Rig()
    await rig.entered()
    rig.door.fails["withdraw"] = [OutcomeUnknown("7 s")] * 5
    with pytest.raises(Rejection, match="could turn the position"):
        await rig.broker.place(EXIT)
    assert rig.door.n("send") == 2


async def test_an_exit_larger_than_what_is_held_is_made_anew() -> None:
    rig = Rig()
    await rig.entered()
    rig.door.filled("B2", 4, 140950)
    with pytest.raises(Rejection, match="6 are held"):
        await rig.broker.place(EXIT)


async def test_a_stop_of_unknown_outcome_is_waited_for_and_never_doubled() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.filled("B1", 10, 141900)
    rig.door.fails["send"] = [OutcomeUnknown("7 s")]
    with pytest.raises(OutcomeUnknown):
        await rig.look()
    for _ in range(3):
        await rig.look()
    assert rig.door.n("send") == 2
    assert rig.broker.naked == {"ORB-1"}
    with pytest.raises(Rejection, match="may still fill"):
        await rig.broker.place(EXIT)


async def test_a_stop_changed_too_often_is_renewed_and_never_two_at_once() -> None:
    rig = Rig()
    await rig.broker.place(replace(ENTRY, quantity=60))
    for _ in range(40):
        rig.door.filled("B1", 1, 141900)
        await rig.look()
        await rig.look()
        live = [r for r in rig.door.book.values() if r.side is Side.SELL and not r.status.is_terminal]
        assert len(live) == 1
    assert live[0].quantity == 40
    assert max(sum(c == "change" and w[0] == b for c, w in rig.door.calls) for b in rig.door.book) <= 25


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
    with pytest.raises(Rejection, match="sent once"):
        await rig.broker.place(ENTRY)
    rig.door.taken(ENTRY)
    rig.door.filled("B1", 10, 141900)
    await rig.look()
    assert rig.fills[0].quantity == 10
    assert rig.door.book["B2"].quantity == 10
