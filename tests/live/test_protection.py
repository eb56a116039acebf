"""Nothing is held without a stop at the broker for exactly that much, and no exit turns a position round."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from cockpit.clock import NS
from cockpit.errors import NotSent, OutcomeUnknown, RateLimited, Rejection
from cockpit.orders import OrderKind, OrderMoved, Role, Side, Status
from tests.live.rig import ENTRY, EXIT, Rig


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


async def test_a_position_that_stays_without_a_stop_sounds_an_alarm_again_and_again() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.filled("B1", 10, 141900)
    rig.door.fails["send"] = [OutcomeUnknown("7 s")]
    with pytest.raises(OutcomeUnknown):
        await rig.look()
    alarms = []
    for _ in range(80):
        rig.now += NS
        await rig.look()
        alarms.append(sum(m.is_alarm for m in rig.moves))
    assert alarms[8] == 0
    assert alarms[9] == alarms[68] == 1
    assert alarms[69] == 2
    (said, *_) = [m.reason for m in rig.moves if m.is_alarm]
    assert said == "ALARM: 10 RELIANCE held for 10 s without a stop at the broker (ORB-1-S1 UNKNOWN)"
    rig.door.taken(rig.stop)
    await rig.look()
    assert rig.broker.naked == frozenset()


async def test_a_stop_that_never_left_is_made_anew_ever_more_seldom() -> None:
    rig = Rig()
    await rig.broker.place(ENTRY)
    rig.door.filled("B1", 10, 141900)
    rig.door.fails["send"] = [RateLimited("429")] * 99
    for _ in range(120):
        with contextlib.suppress(NotSent):
            await rig.look()
        rig.now += NS
    assert rig.door.n("send") == 1 + 6  # at once, and after 2, 6, 14, 30 and 62 seconds
    rig.door.fails["send"] = []
    rig.now += 60 * NS
    await rig.look()
    await rig.look()
    assert [(r.quantity, r.status) for r in rig.door.book.values()][1:] == [(10, Status.TRIGGER_PENDING)]


async def test_a_stop_that_is_on_its_way_or_too_small_protects_nothing_yet() -> None:
    rig = Rig()
    await rig.entered(4)
    await rig.look()
    assert rig.broker.naked == frozenset()
    rig.door.fails["change"] = [OutcomeUnknown("7 s")]
    rig.door.filled("B1", 6, 141900)
    await rig.look()
    assert rig.broker.naked == {"ORB-1"}
    await rig.look()
    assert rig.broker.naked == frozenset()
    other = Rig()
    await other.broker.place(ENTRY)
    other.door.filled("B1", 10, 141900)
    await other.broker.look()
    await other.settle()  # the stop is sent, and no book has shown it yet
    assert other.broker.naked == {"ORB-1"}


async def test_no_new_stop_stands_in_the_way_of_an_exit_whose_cancel_takes_its_time() -> None:
    rig = Rig()
    await rig.entered()
    rig.door.fails["withdraw"] = [OutcomeUnknown("7 s")] * 2
    with pytest.raises(NotSent):
        await rig.broker.place(EXIT)
    await rig.look()
    rig.now += 4 * NS
    await rig.look()
    assert rig.door.n("send") == 2
    await rig.broker.place(replace(EXIT, order_id="ORB-1-X2", tag="X2"))
    assert rig.door.book["B3"].quantity == 10


async def test_an_exit_that_is_not_tried_again_gives_its_stop_back() -> None:
    rig = Rig()
    await rig.entered()
    rig.door.filled("B2", 4, 140950)
    with pytest.raises(NotSent, match="6 are held"):
        await rig.broker.place(EXIT)
    rig.now += 20 * NS
    await rig.look()
    await rig.look()
    assert [(r.quantity, r.status) for r in rig.door.book.values()][2:] == [(6, Status.TRIGGER_PENDING)]
