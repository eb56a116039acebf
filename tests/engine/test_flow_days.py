"""The flow at the square-off, at the loss limit, after a restart, and twice over the same day."""

from __future__ import annotations

import numpy as np

from cockpit.errors import (
    OutcomeUnknown,
    Rejection,
)
from cockpit.facts import (
    DayClosed,
    DayOpened,
    FeedMoved,
    FeedState,
    FillBooked,
    Halt,
    HaltMoved,
    Incident,
    IntentMade,
    IntentRefused,
    OrderChanged,
    OrderPlaced,
)
from cockpit.orders import OrderMoved, Role, Status
from tests.engine.fakes import FakeStrategy, Rig
from tests.engine.made_days import at, made_ticks
from tests.engine.made_orders import (
    made_fill,
    made_intent,
    made_minutes,
    made_order,
    moved,
    opening_facts,
)
from tests.engine.scripted import fills, wanting

# -- square-off, halts -----------------------------------------------------------------------------


async def holding_rig(first: str, n: int) -> Rig:
    """Play with 100 shares of NAME1 held from the morning and an entry of NAME2 resting."""
    held, resting = made_order(), made_order("ORB-2", token=102, symbol="NAME2")
    facts = (*opening_facts(), OrderPlaced(held), FillBooked(made_fill(held, 100, 100_000, ts=at("09:20"))))
    facts += (OrderChanged(moved(held, Status.FILLED, 100, at("09:20"))), OrderPlaced(resting))
    rig = Rig(made_minutes(first, n), facts=facts, start=at("12:30"))
    rig.broker.on_cancel = lambda order_id: [OrderMoved(order_id, at("15:10"), Status.CANCELLED, 0)]
    return rig


async def test_the_square_off_cancels_resting_entries_and_closes_what_is_held_once() -> None:
    rig = await holding_rig("15:08", 12)
    rig.broker.on_place = fills
    await rig.flow.run()
    assert rig.broker.cancelled == ["ORB-2"]
    assert [(o.order_id, o.role, o.quantity, o.ts) for o in rig.broker.placed] == [
        ("ORB-1-X1", Role.EXIT, 100, at("15:10"))
    ]
    assert rig.wrote(Incident) == []


async def test_a_square_off_that_is_refused_is_tried_each_minute_and_overdue_is_said_each_minute() -> None:
    rig = await holding_rig("15:08", 17)
    rig.broker.answers["*"] = Rejection("no", raw="band")
    await rig.flow.run()
    assert [order.ts for order in rig.broker.placed] == [at(f"15:{m}") for m in range(10, 25)]
    overdue = [fact.what for fact in rig.wrote(Incident) if "not flat" in fact.what]
    assert overdue == [f"positions are not flat at 15:{m}:00" for m in range(20, 25)]


async def test_an_exit_nobody_knows_the_outcome_of_is_not_sent_twice_but_overdue_is_still_said() -> None:
    rig = await holding_rig("15:08", 17)
    rig.broker.answers["*"] = OutcomeUnknown("timed out")
    await rig.flow.run()
    assert len(rig.broker.placed) == 1
    assert sum("not flat" in fact.what for fact in rig.wrote(Incident)) == 5


async def test_a_loss_limit_reached_halts_entries_once_and_stays_halted_when_the_price_comes_back() -> None:
    held = made_order(quantity=1000)
    facts = (*opening_facts(), OrderPlaced(held), FillBooked(made_fill(held, 1000, 100_000, ts=at("09:15"))))
    prices = [100_000, 98_000, 97_000, 100_000, 100_000]
    frames = [made_ticks([(101, at("09:20") + n * 60 * 10**9, p, 100 + n)]) for n, p in enumerate(prices)]
    rig = Rig(frames, [FakeStrategy(script={4: [made_intent(token=102, symbol="NAME2")]})], facts=facts)
    await rig.flow.run()
    (halted,) = rig.wrote(HaltMoved)
    assert (halted.level, halted.by, halted.ts) == (Halt.CANCEL, "DAY_LOSS", at("09:21"))
    assert "HALT" in [r.code for r in rig.wrote(IntentRefused)[0].refusals]
    assert rig.broker.placed == []


# -- restarts and replays --------------------------------------------------------------------------


async def test_catching_up_rebuilds_bars_but_decides_tells_and_shows_the_broker_nothing_twice() -> None:
    frames = made_minutes("09:15", 8)
    second = made_intent(intent_id="ORB-2", token=102, symbol="NAME2", ts=at("09:21"))
    script = {2: [made_intent(ts=at("09:17"))], 6: [second]}
    whole = await Rig(frames, [FakeStrategy(script=script)]).play()
    cut = next(n for n, fact in enumerate(whole.ledger.facts) if isinstance(fact, OrderPlaced)) + 1
    before = (*opening_facts()[:1], *whole.ledger.facts[:cut])
    again = FakeStrategy(script=script)
    rig = await Rig(frames, [again], facts=before).play()
    assert again.n_bars == 8
    assert again.shown == whole.flow.plugs.strategies[0].shown  # type: ignore[attr-defined]
    assert [order.order_id for order in rig.broker.placed if order.order_id == "ORB-1"] == []
    assert [fact.intent.intent_id for fact in rig.wrote(IntentMade)] == ["ORB-2"]
    assert rig.wrote(DayOpened) == []
    assert rig.broker.n_seen == 5  # the frames after the instant that the journal had reached


async def test_what_a_rule_wanted_before_the_restart_and_nobody_wrote_down_is_not_sent_late() -> None:
    facts = (*opening_facts(), FeedMoved(at("09:19"), FeedState.LIVE, "made"))
    rig = await wanting(facts=facts).play()
    assert rig.broker.placed == rig.wrote(IntentMade) == []


async def test_the_same_frames_give_the_same_facts() -> None:
    rigs = [await wanting().play() for _ in range(2)]
    assert rigs[0].ledger.facts == rigs[1].ledger.facts
    assert len(rigs[0].ledger.facts) > 5


async def test_a_flow_beside_another_shares_nothing_with_it() -> None:
    alone = await wanting().play()
    one, two = wanting(), Rig(made_minutes("09:15", 6, price=98_000), [FakeStrategy()])
    await two.flow.open()
    await one.flow.open()
    for mine, other in zip(made_minutes("09:15", 6), made_minutes("09:15", 6, price=98_000), strict=True):
        await two.flow.take(other)
        await one.flow.take(mine)
    assert one.ledger.facts == [f for f in alone.ledger.facts if not isinstance(f, FeedMoved | DayClosed)]


async def test_a_frame_of_nothing_is_survived() -> None:
    rig = await Rig([made_ticks([])]).play()
    assert rig.wrote(DayClosed)[0].ticks == 0
    assert np.isnan(rig.flow.watch.feed_age_s(at("10:00")))
