"""A dead login is a state, not a storm, and one new login brings ticks and orders back without a restart."""

from __future__ import annotations

from cockpit.places import resources_folder
from tests.outside.token_deaths import MOST_ASKED, Tally, drilled


async def test_a_death_asks_next_to_nothing_and_one_login_brings_everything_back() -> None:
    tally = await drilled(deaths=1, seed=3, resources=resources_folder())
    assert tally.faults == []
    assert tally.deaths == len(tally.ticks_s) == len(tally.orders_s) == 1
    assert max(tally.asked_after) <= MOST_ASKED


def test_a_storm_a_slow_return_and_a_nagging_feed_are_named() -> None:
    tally = Tally(1, [3], [31.0], [0.1], [2])
    tally.judge()
    assert len(tally.faults) == 3
