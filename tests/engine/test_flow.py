"""The flow writes before it tells, stops when it cannot write, and survives everything else by name."""

from __future__ import annotations

from typing import Any

import pytest

from cockpit.errors import (
    BadRequest,
    BrokerUnavailable,
    DeadlinePassed,
    FundsShort,
    LedgerDown,
    OutcomeUnknown,
    Rejection,
    TokenExpired,
)
from cockpit.facts import (
    BarClosed,
    DayClosed,
    DayOpened,
    FillBooked,
    Incident,
    IntentMade,
    IntentRefused,
    IntentWithdrawn,
    OrderChanged,
    OrderPlaced,
    StrategyMoved,
    TicksQuarantined,
    TicksSeen,
)
from cockpit.orders import Status, Withdrawal
from tests.engine.fakes import FakeStrategy, Rig
from tests.engine.made_days import at, made_bars, made_ticks
from tests.engine.made_orders import (
    CASH,
    made_fill,
    made_intent,
    made_minutes,
    made_order,
    opening_facts,
)
from tests.engine.scripted import WANTS, fills, scripted, wanting

# -- the order of things -------------------------------------------------------------------------


async def test_a_sound_intent_becomes_one_order_at_the_broker() -> None:
    rig = await wanting().play()
    assert [order.order_id for order in rig.broker.placed] == ["ORB-1"]
    assert rig.broker.placed[0].quantity == 200
    assert [fact.intent.intent_id for fact in rig.wrote(IntentMade)] == ["ORB-1"]
    assert rig.wrote(IntentRefused, Incident) == []
    assert rig.faults == []


async def test_every_fact_is_written_before_it_is_told_and_told_in_the_order_written() -> None:
    rig = wanting()
    rig.broker.on_place = fills
    await rig.play()
    written: list[Any] = []
    for verb, what in rig.diary:
        if verb == "wrote":
            written.append(what)
        elif verb == "told":
            assert what in written, f"{what} was told before it was written"
    assert [what for verb, what in rig.diary if verb == "told"] == written


async def test_intent_and_order_are_durable_before_the_broker_hears_of_them() -> None:
    rig = await wanting().play()
    placed = next(n for n, (verb, _) in enumerate(rig.diary) if verb == "placed")
    before = [type(what) for verb, what in rig.diary[:placed] if verb == "wrote"]
    assert IntentMade in before
    assert OrderPlaced in before


async def test_the_day_is_opened_first_and_closed_last_with_its_arithmetic() -> None:
    rig = wanting()
    rig.broker.on_place = fills
    await rig.play()
    assert isinstance(rig.ledger.facts[0], DayOpened)
    closed = rig.ledger.facts[-1]
    assert isinstance(closed, DayClosed)
    assert (closed.net_paise, closed.charges_paise, closed.trades, closed.ticks) == (0, 0, 0, 6)
    assert closed.bars == 6
    assert [fact.rule for fact in rig.wrote(StrategyMoved)] == ["ORB"]


async def test_a_position_left_at_the_close_is_an_incident_not_a_silence() -> None:
    rig = wanting()
    rig.broker.on_place = fills
    await rig.play()
    assert "positions left at the close: NAME1 200" in rig.wrote(Incident)[-1].what


async def test_what_was_carried_overnight_is_part_of_the_equity_the_day_begins_with() -> None:
    order = made_order()
    rig = Rig(facts=(*opening_facts()[:1], OrderPlaced(order), FillBooked(made_fill(order, 100, 100_000))))
    await rig.flow.open()
    assert rig.wrote(DayOpened)[0].equity_paise == CASH
    assert rig.flow.watch.day_net(rig.flow.watch.equity(at("09:15"))) == 0


# -- a journal that cannot be written --------------------------------------------------------------


@pytest.mark.parametrize("fails_at", range(1, 8))
async def test_when_the_ledger_is_down_nothing_more_is_told_placed_or_cancelled(fails_at: int) -> None:
    rig = wanting(fails_at=fails_at)
    rig.broker.on_place = fills
    n_writes = len(await kinds_of_a_good_day())
    assert fails_at <= n_writes
    with pytest.raises(LedgerDown):
        await rig.play()
    written = [what for verb, what in rig.diary if verb == "wrote"]
    told = [what for verb, what in rig.diary if verb == "told"]
    assert told == written
    assert len(rig.broker.placed) == sum(isinstance(fact, OrderPlaced) for fact in written)


async def kinds_of_a_good_day() -> list[type]:
    rig = wanting()
    rig.broker.on_place = fills
    await rig.play()
    return [type(fact) for fact in rig.ledger.facts]


async def test_a_ledger_without_a_genesis_places_nothing() -> None:
    rig = wanting()
    rig.books.genesis = None
    with pytest.raises(LedgerDown, match="genesis"):
        await rig.play()
    assert rig.broker.placed == []


# -- refusals, rejections, outcomes nobody knows ---------------------------------------------------


async def test_a_refused_intent_is_written_with_its_reasons_and_never_placed() -> None:
    rig = scripted({2: [made_intent(entry=100_001)]})
    await rig.play()
    assert rig.broker.placed == []
    (refused,) = rig.wrote(IntentRefused)
    assert "GRID" in [r.code for r in refused.refusals]
    assert rig.wrote(OrderPlaced) == []


@pytest.mark.parametrize("no", [Rejection("no", raw="RMS: blocked"), FundsShort("no", raw="RMS: blocked")])
async def test_the_brokers_no_is_kept_with_the_brokers_words(no: Exception) -> None:
    rig = wanting()
    rig.broker.answers["*"] = no
    await rig.play()
    (changed,) = rig.wrote(OrderChanged)
    assert (changed.moved.status, changed.moved.reason) == (Status.REJECTED, "RMS: blocked")


@pytest.mark.parametrize(
    "fault",
    [
        OutcomeUnknown("timed out"),
        BadRequest("400"),
        TokenExpired("403"),
        BrokerUnavailable("502"),
        DeadlinePassed("7 s"),
        KeyError("order_id"),
        ConnectionResetError("reset"),
        ValueError("no JSON"),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_whatever_else_goes_wrong_at_the_broker_the_order_is_unknown_counted_and_never_sent_again(
    fault: Exception,
) -> None:
    rig = scripted({2: [made_intent()], 4: [made_intent(intent_id="ORB-2")]})
    rig.broker.answers["*"] = fault
    await rig.play()
    assert [order.order_id for order in rig.broker.placed] == ["ORB-1"]
    assert rig.wrote(OrderChanged)[0].moved.status is Status.UNKNOWN
    assert type(fault).__name__ in rig.wrote(Incident)[0].what
    (refused,) = rig.wrote(IntentRefused)
    assert (refused.intent_id, [r.code for r in refused.refusals]) == ("ORB-2", ["NAME_VALUE", "ONE_WAY"])


# -- strategies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["raises", "answers nothing at all"])
async def test_a_strategy_that_fails_is_disarmed_with_an_incident_and_the_others_go_on(way: str) -> None:
    bad, good = FakeStrategy("VWAP PB"), FakeStrategy("ORB", WANTS)
    if way == "raises":
        bad.fails_on = frozenset({1, 2, 3})
    else:
        bad.decide = lambda bars: None  # type: ignore[assignment, method-assign, return-value]
    rig = await Rig(made_minutes("09:15", 6), [bad, good]).play()
    assert [(fact.rule, fact.armed) for fact in rig.wrote(StrategyMoved)][2:] == [("VWAP PB", False)]
    assert "VWAP PB failed on the bars of 09:15:00" in rig.wrote(Incident)[0].what
    assert [order.order_id for order in rig.broker.placed] == ["ORB-1"]


async def test_intents_of_a_disarmed_strategy_are_refused_by_name() -> None:
    rig = wanting()
    await rig.flow.open()
    await rig.flow.dealer.keep(StrategyMoved(at("09:15"), "ORB", False, "me", "enough"))
    await rig.flow.run()
    assert rig.broker.placed == []
    assert [r.code for r in rig.wrote(IntentRefused)[0].refusals] == ["ARMED"]


async def test_a_withdrawal_cancels_an_order_that_may_be_live_and_is_written_either_way() -> None:
    back = Withdrawal("ORB-1", at("09:18"), "closed beyond")
    rig = await scripted({2: [made_intent()], 3: [back]}).play()
    assert rig.broker.cancelled == ["ORB-1"]
    assert rig.wrote(IntentWithdrawn)[0].withdrawal == back
    rig = scripted({2: [made_intent()], 3: [back]})
    rig.broker.on_place = fills
    await rig.play()
    assert rig.broker.cancelled == []
    assert len(rig.wrote(IntentWithdrawn)) == 1


async def test_a_cancel_that_fails_is_an_incident() -> None:
    rig = scripted({2: [made_intent()], 3: [Withdrawal("ORB-1", at("09:18"), "x")]})
    rig.broker.cancel_answer = TimeoutError("no answer")
    await rig.play()
    assert "cancel of ORB-1: TimeoutError" in rig.wrote(Incident)[0].what


async def test_an_intent_said_twice_is_one_order() -> None:
    rig = await scripted({2: [made_intent()] * 2, 3: [made_intent()]}).play()
    assert len(rig.broker.placed) == len(rig.wrote(IntentMade)) == 1


async def test_rules_see_only_bars_that_are_closed() -> None:
    strategy = FakeStrategy()
    seen: list[int] = []
    rig = Rig(made_minutes("09:15", 4), [strategy])
    rig.bus.hear(BarClosed, lambda fact: seen.append(int(fact.bars["ts_open"][0])))
    await rig.flow.open()
    for n, frame in enumerate(rig.flow.plugs.feed.frames):  # type: ignore[attr-defined]
        await rig.flow.take(frame)
        assert strategy.n_bars == n
    assert seen[:3] == [at("09:15"), at("09:16"), at("09:17")]


# -- feed ------------------------------------------------------------------------------------------


async def test_ticks_that_cannot_be_true_reach_neither_broker_nor_bars_and_do_not_move_the_clock() -> None:
    rig = Rig([made_ticks([(101, "09:15", 0, 1), (101, "15:00", 100_000, 2)], seen=at("09:15"))])
    quarantined: list[TicksQuarantined] = []
    rig.bus.hear(TicksQuarantined, quarantined.append)
    await rig.play()
    assert (rig.broker.n_seen, len(quarantined), rig.clock.now()) == (0, 2, at("09:15"))
    assert rig.wrote(DayClosed)[0].bars == 0


async def test_quote_packets_without_an_exchange_time_still_move_the_tapes_clock() -> None:
    frame = made_ticks([(101, "09:15:30", 100_000, 1)])
    frame["ts_event"] = 0
    rig = Rig([frame])
    await rig.flow.open()
    await rig.flow.take(frame)
    assert rig.clock.now() == at("09:15:30")


async def test_ready_made_bars_go_the_same_way_as_ticks() -> None:
    rig = Rig(strategies=[FakeStrategy(script=WANTS)])
    await rig.flow.open()
    for n in range(3):
        await rig.flow.take(made_bars(101, [(100_000, 100_000, 100_000, 100_000, 500)], start=f"09:{15 + n}"))
    assert (rig.broker.n_seen, [order.order_id for order in rig.broker.placed]) == (3, ["ORB-1"])
    assert rig.broker.placed[0].ts == at("09:17")


async def test_a_watcher_that_raises_changes_nothing_but_the_complaints() -> None:
    quiet = await wanting().play()
    rig = wanting()

    def broken(fact: object) -> None:
        raise RuntimeError("the screen is gone")

    for topic in (TicksSeen, BarClosed, IntentMade, OrderPlaced, DayClosed):
        rig.bus.hear(topic, broken)
    await rig.play()
    assert rig.ledger.facts == quiet.ledger.facts
    assert len(rig.faults) > 5
