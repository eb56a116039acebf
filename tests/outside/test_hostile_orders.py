"""Through the real client against a hostile broker, no order is doubled and no live one called dead."""

from __future__ import annotations

from tests.outside.hostile_orders import proof


def test_the_protocol_doubles_nothing_and_the_usual_ways_do() -> None:
    retry, _, ours = proof(intents=60, seed=5)
    assert (ours.duplicates, ours.dead_but_live, ours.live_but_absent, ours.unresolved) == (0, 0, 0, 0)
    assert ours.through_unknown > 10
    assert retry.duplicates > 5
