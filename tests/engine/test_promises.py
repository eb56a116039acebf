"""What a trader is promised of the engine, each promise tried to be broken: across restarts, days and odd reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cockpit.account import folded
from cockpit.clock import DAY_NS
from cockpit.errors import BadInput, LedgerDown, Rejection
from cockpit.facts import (
    DayClosed,
    DayOpened,
    FillBooked,
    Genesis,
    Halt,
    HaltMoved,
    IntentMade,
    IntentRefused,
    JournalFact,
    OrderChanged,
    OrderPlaced,
    StrategyMoved,
)
from cockpit.market import Session, TradingDay, Window
from cockpit.orders import Charges, Decision, Order, Proposal, Refusal, Report, Role, Side, Status
from cockpit.ports import RiskView
from tests.engine.fakes import FakeStrategy, Rig, house_rules
from tests.engine.made_days import at, made_day, made_session, made_ticks
from tests.engine.made_orders import (
    CASH,
    made_fill,
    made_intent,
    made_minutes,
    made_order,
    moved,
    opening_facts,
)

WANTS: dict[int, list[Decision]] = {2: [made_intent()]}
HELD = made_order()
HOLDING: tuple[JournalFact, ...] = (
    *opening_facts(),
    OrderPlaced(HELD),
    FillBooked(made_fill(HELD, 100, 100_000, ts=at("09:20"))),
    OrderChanged(moved(HELD, Status.FILLED, 100, at("09:20"))),
)
"""100 shares of NAME1, bought this morning at 1,000.00."""


def fills(order: Order) -> list[Report]:
    return [made_fill(order, order.quantity, 100_000, ts=order.ts), moved(order, Status.FILLED, order.quantity)]


def genesis() -> JournalFact:
    return opening_facts()[0]


def after(rig: Rig, *before: JournalFact) -> tuple[JournalFact, ...]:
    """Answer the whole journal that a rig leaves, for the next start."""
    return (*(before or (genesis(),)), *rig.ledger.facts)


def next_session(session: Session) -> Session:
    def later(windows: Sequence[Window]) -> tuple[Window, ...]:
        return tuple(Window(w.phase, w.opens + DAY_NS, w.closes + DAY_NS) for w in windows)

    return replace(
        session,
        day=session.day + timedelta(days=1),
        plain=later(session.plain),
        auction=later(session.auction),
        square_off=session.square_off + DAY_NS,
        square_off_hard=session.square_off_hard + DAY_NS,
    )


def tomorrow() -> TradingDay:
    return made_day(2, session=next_session(made_session()))


# -- an intent never becomes two orders ------------------------------------------------------------


@pytest.mark.parametrize("cut", range(1, 8))
async def test_wherever_a_day_is_cut_off_its_intent_has_become_one_order_at_most(cut: int) -> None:
    frames = made_minutes("09:15", 6)
    first = Rig(frames, [FakeStrategy(script=WANTS)], fails_at=cut + 1)
    first.broker.on_place = fills
    with pytest.raises(LedgerDown):
        await first.play()
    second = Rig(frames, [FakeStrategy(script=WANTS)], facts=after(first))
    second.broker.on_place = fills
    await second.play()
    placed = [order.order_id for rig in (first, second) for order in rig.broker.placed if order.role is Role.ENTRY]
    written = [f.order.order_id for f in after(first)[1:] + tuple(second.ledger.facts) if isinstance(f, OrderPlaced)]
    assert placed in ([], ["ORB-1"])
    assert written in ([], ["ORB-1"])


async def test_two_strategies_cannot_share_one_intent() -> None:
    copied = FakeStrategy("COPY", {2: [made_intent()]})
    rig = await Rig(made_minutes("09:15", 6), [FakeStrategy(script=WANTS), copied]).play()
    assert [order.order_id for order in rig.broker.placed] == ["ORB-1"]
    assert rig.books.armed == {"ORB"}


@pytest.mark.parametrize("decision", [made_intent(rule="VWAP PB"), "buy it"])
async def test_a_strategy_that_signs_with_another_name_or_says_no_decision_is_disarmed(decision: Any) -> None:
    rig = await Rig(made_minutes("09:15", 6), [FakeStrategy(script={2: [decision]})]).play()
    assert rig.broker.placed == rig.wrote(IntentMade) == []
    assert [(fact.rule, fact.armed) for fact in rig.wrote(StrategyMoved)] == [("ORB", True), ("ORB", False)]


# -- a rule that raises refuses --------------------------------------------------------------------


class Broken:
    """A rule that cannot answer."""

    code = "BROKEN"

    def sentence(self) -> str:
        return "Nothing can be said."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        raise ZeroDivisionError("no capital")


async def test_one_rule_that_raises_refuses_though_every_other_agrees() -> None:
    rig = Rig(made_minutes("09:15", 6), [FakeStrategy(script=WANTS)], gate_rules=[*house_rules(), Broken()])
    await rig.play()
    (refused,) = rig.wrote(IntentRefused)
    assert [refusal.code for refusal in refused.refusals] == ["BROKEN"]
    assert rig.broker.placed == []


# -- no entry after a halt, whatever its level, across a restart -----------------------------------


@pytest.mark.parametrize("level", [Halt.ENTRIES, Halt.CANCEL, Halt.FLATTEN])
async def test_no_entry_passes_a_halt_of_any_level_after_a_restart_or_on_the_next_day(level: Halt) -> None:
    halted = HaltMoved(at("09:15"), level, "me", "enough for today")
    today = Rig(made_minutes("09:15", 6), [FakeStrategy(script=WANTS)], facts=(*opening_facts(), halted))
    await today.play()
    frames = [made_ticks([(101, t["ts_event"][0] + DAY_NS, 100_000, 100 * n)]) for n, t in enumerate(today.frames, 1)]
    wants = {2: [made_intent(intent_id="ORB-9", ts=at("09:17") + DAY_NS, valid_until=0)]}
    facts = after(today, *opening_facts(), halted)
    later = Rig(frames, [FakeStrategy(script=wants)], tomorrow(), facts=facts, start=at("09:15") + DAY_NS)
    await later.play()
    for rig in (today, later):
        assert rig.broker.placed == []
        assert ["HALT" in [r.code for r in f.refusals] for f in rig.wrote(IntentRefused)] == [True]


async def test_a_loss_limit_raises_a_persons_lower_halt_so_that_resting_entries_go_too() -> None:
    big = made_order(quantity=1000)
    facts = (*opening_facts(), OrderPlaced(big), FillBooked(made_fill(big, 1000, 100_000, ts=at("09:15"))))
    facts += (HaltMoved(at("09:16"), Halt.ENTRIES, "me", "a look around"),)
    frames = [made_ticks([(101, at(f"09:2{n}"), price, 100 + n)]) for n, price in enumerate([100_000, 97_500])]
    rig = Rig(frames, facts=facts)
    await rig.flow.run()
    assert [(fact.level, fact.by) for fact in rig.wrote(HaltMoved)] == [(Halt.CANCEL, "DAY_LOSS")]


# -- what cannot be booked is never written --------------------------------------------------------


def sold(quantity: int, n: int) -> Report:
    return made_fill(replace(HELD, side=Side.SELL), quantity, 101_000, n, at("10:00"))


def journal_folds(rig: Rig, *before: JournalFact) -> bool:
    booked = [fact.fill for fact in after(rig, *before) if isinstance(fact, FillBooked)]
    return folded(CASH, booked) == rig.books.account


async def test_fills_that_only_together_turn_a_position_stop_at_the_one_that_cannot_be_booked() -> None:
    rig = Rig(facts=HOLDING)
    rig.broker.told = [sold(60, 1), sold(60, 2), moved(HELD, Status.FILLED, 100)]
    await rig.flow.dealer.settle()
    assert [fact.fill.quantity for fact in rig.wrote(FillBooked)] == [60]
    assert [(fact.level, fact.by) for fact in rig.wrote(HaltMoved)] == [(Halt.CANCEL, "RECONCILE")]
    assert journal_folds(rig, *HOLDING)


async def test_a_position_that_is_left_and_opened_the_other_way_in_one_report_is_booked_whole() -> None:
    rig = Rig(facts=HOLDING)
    rig.broker.told = [sold(100, 1), sold(150, 2)]
    await rig.flow.dealer.settle()
    assert rig.books.account.positions[101].quantity == -150
    assert rig.wrote(HaltMoved) == []
    assert journal_folds(rig, *HOLDING)


# -- the days' arithmetic --------------------------------------------------------------------------


def ticks_on(day_ns: int, *rows: tuple[str, int]) -> list[Any]:
    return [made_ticks([(101, at(when) + day_ns, price, 10 * n)]) for n, (when, price) in enumerate(rows, 1)]


def costly(order: Order, price: int, ts: int) -> list[Report]:
    fill = made_fill(order, order.quantity, price, ts=ts)
    return [replace(fill, charges=Charges(brokerage=2_000, stt=317)), moved(order, Status.FILLED, order.quantity, ts)]


def check_arithmetic(facts: Sequence[JournalFact], *, flat: bool) -> None:
    """Hold every closed day to the fold of the fills, and the days to each other."""
    (start,) = [f.cash_paise for f in facts if isinstance(f, Genesis)]
    booked = [f.fill for f in facts if isinstance(f, FillBooked)]
    opened = [f for f in facts if isinstance(f, DayOpened)]
    closed = [f for f in facts if isinstance(f, DayClosed)]
    for begins, ends in zip(opened, closed, strict=True):
        charges = sum(fill.charges.total for fill in booked if begins.ts <= fill.ts <= ends.ts)
        assert ends.net_paise == ends.equity_paise - begins.equity_paise == ends.gross_paise - charges
    assert [f.equity_paise for f in opened[1:]] == [f.equity_paise for f in closed[:-1]]
    assert start + sum(f.net_paise for f in closed) == closed[-1].equity_paise
    if flat:
        assert closed[-1].equity_paise == folded(start, booked).cash_paise


async def carried_over(close: int) -> tuple[tuple[JournalFact, ...], Rig]:
    """Play a day that ends with 100 of NAME1 held, marked at `close`, and a second on which it is squared off."""
    first = Rig(ticks_on(0, ("09:15", 100_000), ("09:16", 100_000), ("09:17", close)), [FakeStrategy(script={1: []})])
    await first.flow.open()
    await first.flow.dealer.keep(OrderPlaced(HELD))
    first.broker.told = costly(HELD, 100_000, at("09:15"))
    await first.flow.run()
    facts = after(first)
    second = Rig(
        ticks_on(DAY_NS, ("09:15", close + 500), ("15:09", close + 900), ("15:11", close + 1000)),
        [FakeStrategy()],
        tomorrow(),
        facts=facts,
        start=at("09:00") + DAY_NS,
    )
    second.broker.on_place = lambda order: costly(order, close + 1000, order.ts)
    await second.play()
    return (*facts, *second.ledger.facts), second


@pytest.mark.parametrize("close", [100_000, 101_235, 98_765])
async def test_days_add_up_to_the_paisa_when_a_position_is_carried_overnight(close: int) -> None:
    facts, second = await carried_over(close)
    assert second.books.account.positions == {}
    check_arithmetic(facts, flat=True)


async def test_the_exit_of_a_carried_position_has_an_id_of_its_own_on_each_day() -> None:
    failed = replace(HELD, order_id="ORB-1-X1", parent_id="ORB-1", role=Role.EXIT, side=Side.SELL)
    facts = (*HOLDING, OrderPlaced(failed), OrderChanged(moved(failed, Status.LAPSED)))
    closed = Rig(ticks_on(0, ("15:25", 100_000)), facts=facts, start=at("15:25"))
    closed.broker.answers["*"] = Rejection("no market")
    await closed.play()
    frames = ticks_on(DAY_NS, ("09:15", 100_000), ("15:11", 100_000))
    second = Rig(frames, [], tomorrow(), facts=after(closed, *facts), start=at("09:00") + DAY_NS)
    second.broker.on_place = fills
    await second.play()
    journal = (*after(closed, *facts), *second.ledger.facts)
    placed = [fact.order.order_id for fact in journal if isinstance(fact, OrderPlaced)]
    assert len(placed) == len(set(placed)) == 4
    assert second.books.account.positions == {}


async def test_a_day_that_does_not_watch_what_is_held_is_refused_by_name() -> None:
    day = made_day(2)
    blind = Rig(facts=HOLDING, day=replace(day, instruments=day.instruments[1:], stats=day.stats[1:]))
    with pytest.raises(BadInput, match="NAME1 held and not among"):
        await blind.flow.open()


@pytest.mark.parametrize("cut", [2, 5, 8])
async def test_a_day_cut_in_two_counts_and_earns_what_the_whole_day_does(cut: int) -> None:
    frames = made_minutes("09:15", 6)
    whole = Rig(frames, [FakeStrategy(script=WANTS)])
    whole.broker.on_place = lambda order: costly(order, 100_010, order.ts)
    await whole.play()
    kept = tuple(f for f in whole.ledger.facts if not isinstance(f, DayClosed))[:cut]
    rest = Rig(frames, [FakeStrategy(script=WANTS)], facts=(genesis(), *kept))
    told = [f for f in whole.ledger.facts[cut:] if isinstance(f, FillBooked | OrderChanged)]
    rest.broker.told = [f.fill if isinstance(f, FillBooked) else f.moved for f in told] if cut > 4 else []
    rest.broker.on_place = whole.broker.on_place
    await rest.play()
    facts = (genesis(), *kept, *rest.ledger.facts)
    check_arithmetic(facts, flat=False)
    (a,), (b,) = whole.wrote(DayClosed), rest.wrote(DayClosed)
    assert (a.ticks, a.bars) == (b.ticks, b.bars)
