"""The compiled opening range breakout against its plain twin, over random days."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.engine.strategies.orb import OpeningRange
from cockpit.engine.strategies.orb_twin import OpeningRangeTwin
from cockpit.market import Interval
from cockpit.orders import Intent
from cockpit.settings import OrbSettings
from tests.engine.strategies.made_walks import decided, made_walk, mirrored

seeds = st.integers(0, 2**32)
rules = st.builds(
    OrbSettings,
    minutes=st.sampled_from([15, 30]),
    relative_volume=st.sampled_from([0.0, 0.8, 1.2]),
    top=st.integers(1, 12),
    range_low=st.sampled_from([0.0, 0.25]),
    range_high=st.sampled_from([1.0, 5.0]),
    doji=st.sampled_from([0.0, 0.1, 0.4]),
    stop_atr=st.sampled_from([0.05, 0.33, 0.5]),
    target_r=st.sampled_from([1.0, 1.7, 2.0]),
    shorts=st.booleans(),
)
intervals = st.sampled_from([(Interval.M1, 40), (Interval.M15, 4)])


@settings(max_examples=80)
@given(seed=seeds, rule=rules, base=intervals)
def test_the_compiled_rule_and_its_twin_decide_alike(seed: int, rule: OrbSettings, base: tuple[Interval, int]) -> None:
    day, closed = made_walk(seed, 12, *base)
    assert decided(OpeningRange(rule), day, closed) == decided(OpeningRangeTwin(rule), day, closed)


@settings(max_examples=40)
@given(seed=seeds, base=intervals)
def test_negated_prices_give_mirrored_decisions(seed: int, base: tuple[Interval, int]) -> None:
    rule = OrbSettings(relative_volume=0.0, range_high=10.0)
    day, closed = made_walk(seed, 12, *base)
    here = [d for d in decided(OpeningRange(rule), day, closed) if isinstance(d, Intent)]
    there = [d for d in decided(OpeningRange(rule), *mirrored(day, closed)) if isinstance(d, Intent)]
    assert [(d.intent_id, d.side, d.entry, d.stop, d.target) for d in here] == [
        (d.intent_id, d.side.opposite, -d.entry, -d.stop, -(d.target or 0)) for d in there
    ]


@settings(max_examples=40)
@given(seed=seeds, cut=st.integers(15, 40))
def test_the_decision_knows_nothing_of_later_bars(seed: int, cut: int) -> None:
    day, closed = made_walk(seed, 12, Interval.M1, 40)
    whole, known = OpeningRange(OrbSettings(relative_volume=0.0)), OpeningRange(OrbSettings(relative_volume=0.0))
    assert decided(whole, day, closed) == decided(known, day, closed[:cut])
    assert [whole.opening_range(i.token) for i in day.instruments] == [
        known.opening_range(i.token) for i in day.instruments
    ]


def test_the_random_days_hold_both_sides_and_many_intents() -> None:
    sides = [
        decision.side
        for seed in range(30)
        for decision in decided(OpeningRange(OrbSettings()), *made_walk(seed, 12, Interval.M1, 40))
        if isinstance(decision, Intent)
    ]
    assert len(sides) > 20
    assert len(set(sides)) == 2
