"""The compiled VWAP pullback against its plain twin, over random days."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.engine.strategies.vwap_pullback import VwapPullback
from cockpit.engine.strategies.vwap_pullback_twin import VwapPullbackTwin
from cockpit.market import Interval
from cockpit.orders import Intent, Withdrawal
from cockpit.settings import VwapSettings
from tests.engine.strategies.made_walks import decided, made_walk, mirrored

seeds = st.integers(0, 2**32)
rules = st.builds(
    VwapSettings,
    relative_volume=st.sampled_from([0.0, 0.9, 1.2]),
    trend_share=st.sampled_from([0.5, 0.7]),
    slope_minutes=st.sampled_from([15, 30, 60]),
    push_sd=st.sampled_from([0.3, 1.0]),
    touch_sd=st.sampled_from([0.1, 0.4]),
    touches=st.integers(1, 3),
    trigger_bars=st.integers(1, 6),
    cancel_sd=st.sampled_from([0.0, 0.25]),
    target_r=st.sampled_from([1.0, 1.7, 2.0]),
    target=st.sampled_from(["2R", "session extreme"]),
    shorts=st.booleans(),
)
intervals = st.sampled_from([(Interval.M1, 150), (Interval.M15, 25)])
EAGER = VwapSettings(relative_volume=0.0, trend_share=0.5, push_sd=0.5, touch_sd=0.4)


@settings(max_examples=60)
@given(seed=seeds, rule=rules, base=intervals)
def test_the_compiled_rule_and_its_twin_decide_alike(seed: int, rule: VwapSettings, base: tuple[Interval, int]) -> None:
    day, closed = made_walk(seed, 5, *base)
    assert decided(VwapPullback(rule), day, closed) == decided(VwapPullbackTwin(rule), day, closed)


@settings(max_examples=40)
@given(seed=seeds, base=intervals)
def test_negated_prices_give_mirrored_decisions(seed: int, base: tuple[Interval, int]) -> None:
    day, closed = made_walk(seed, 5, *base)
    here = decided(VwapPullback(EAGER), day, closed)
    there = decided(VwapPullback(EAGER), *mirrored(day, closed))
    assert sorted(map(facing, here)) == sorted(map(mirrored_facing, there))


def facing(decision: Intent | Withdrawal) -> tuple[object, ...]:
    """Answer what must mirror; ids are left out because the long side of a name is numbered first."""
    if isinstance(decision, Withdrawal):
        return decision.ts, decision.intent_id.rsplit("-", 1)[0], 0, 0, 0, 0
    return decision.ts, decision.symbol, int(decision.side), decision.entry, decision.stop, decision.target


def mirrored_facing(decision: Intent | Withdrawal) -> tuple[object, ...]:
    """Answer the same, seen in the mirror."""
    ts, name, side, entry, stop, target = facing(decision)
    return ts, name, *(-x for x in (side, entry, stop, target) if isinstance(x, int))


@settings(max_examples=40)
@given(seed=seeds, cut=st.integers(30, 150))
def test_a_decision_knows_nothing_of_later_bars(seed: int, cut: int) -> None:
    day, closed = made_walk(seed, 5, Interval.M1, 150)
    then = decided(VwapPullback(EAGER), day, closed[:cut])
    assert decided(VwapPullback(EAGER), day, closed)[: len(then)] == then


def test_the_random_days_hold_intents_of_both_sides_and_withdrawals() -> None:
    seen = Counter(
        decision.side.name if isinstance(decision, Intent) else decision.reason.split()[0]
        for seed in range(30)
        for decision in decided(VwapPullback(EAGER), *made_walk(seed, 5, Interval.M1, 150))
    )
    assert set(seen) == {"BUY", "SELL", "Closed", "Replaced:"}
