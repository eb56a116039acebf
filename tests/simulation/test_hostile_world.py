"""The hostile world itself: one seed is one history, a careful design passes it, a naive one does not."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from cockpit.clock import NS
from cockpit.errors import BadInput
from cockpit.paper.costs import ChargeTable
from cockpit.promises_core import DeskCore
from cockpit.promises_run import parts_of
from cockpit.simulator.campaign import STATES, first_failing, played, shrunk
from cockpit.simulator.fault_plan import FaultKind, FaultPlan
from cockpit.simulator.hostile_draws import drawn
from cockpit.simulator.hostile_exchange import N_PATHS, path
from cockpit.simulator.invariants import Code
from cockpit.simulator.world import World
from cockpit.simulator.world_loop import VirtualClock, VirtualLoop
from cockpit.simulator.world_ports import Surroundings
from cockpit.storage.projections import rebuilt
from tests.simulation.careful_broker import CarefulBroker
from tests.simulation.naive_core import NaiveCore


def careful(around: Surroundings, costs: ChargeTable) -> DeskCore:
    broker = CarefulBroker(around.door, costs, around.clock, around.closes)
    return DeskCore(around, rebuilt(around.ledger), broker, costs)


CAREFUL = replace(parts_of("careful", careful), protects=False)
NAIVE = replace(
    parts_of("naive", lambda around, costs: NaiveCore(around, rebuilt(around.ledger), costs)), protects=False
)
TRACES = "from tests.simulation.test_hostile_world import traces; print(traces())"


def traces() -> str:
    return played(range(5), CAREFUL).traces


# -- the loop --------------------------------------------------------------------------------------


def complaining(fault: BaseException | None, said: str) -> None:
    raise AssertionError(said) from fault


def test_time_jumps_to_what_is_due_and_ties_go_by_the_order_of_asking() -> None:
    loop, seen = VirtualLoop(1_000 * NS, complaining), list[tuple[str, float]]()
    clock = VirtualClock(loop)

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        seen.append((name, clock.monotonic()))

    for name, seconds in (("late", 3600.0), ("first", 5.0), ("second", 5.0)):
        loop.begin(sleeper(name, seconds))
    loop.at(1_005 * NS, lambda: seen.append(("event", clock.monotonic())))
    loop.run_until(10_000 * NS)
    assert seen == [("event", 5.0), ("first", 5.0), ("second", 5.0), ("late", 3600.0)]
    assert clock.now() == 10_000 * NS


def test_a_crash_between_two_awaits_leaves_nothing_of_a_life_behind() -> None:
    loop, seen = VirtualLoop(0, complaining), list[str]()

    async def life() -> None:
        lock = asyncio.Lock()
        async with lock:
            seen.append("before")
            await asyncio.sleep(1)
            seen.append("after")

    loop.begin(life())
    loop.begin(life())
    loop.at(NS // 2, loop.forget)
    loop.at(2 * NS, lambda: seen.append("the world goes on"))
    loop.run_until(3 * NS)
    assert seen == ["before", "before", "the world goes on"]


def test_the_step_that_is_named_is_the_one_that_does_not_run() -> None:
    loop, seen = VirtualLoop(0, complaining), list[int]()

    async def stepping() -> None:
        for n in range(9):
            seen.append(n)
            await asyncio.sleep(0)

    loop.stop_at, loop.on_stop = 4, loop.forget
    loop.begin(stepping())
    loop.run_until(NS)
    assert seen == [0, 1, 2]


def test_time_outs_and_shields_work_on_simulated_time() -> None:
    loop, seen = VirtualLoop(0, complaining), list[str]()

    async def waiting() -> None:
        try:
            async with asyncio.timeout(30):
                await asyncio.shield(asyncio.sleep(60))
        except TimeoutError:
            seen.append(f"given up at {loop.time():g}")

    loop.begin(waiting())
    loop.run_until(100 * NS)
    assert seen == ["given up at 30"]


# -- plans -----------------------------------------------------------------------------------------


def test_a_plan_comes_back_from_its_file_as_it_was() -> None:
    for seed in range(50):
        plan = drawn(seed)
        assert FaultPlan.of_json(json.loads(json.dumps(plan.as_json))) == plan
        assert all(str(want.quantity) in plan.text for want in plan.wants)


def test_a_file_that_is_no_plan_is_refused() -> None:
    tree = drawn(1).as_json
    tree["faults"] = [{"kind": "no such fault", "call": 1, "size": 0}]
    with pytest.raises(BadInput, match="no such fault"):
        FaultPlan.of_json(tree)


def test_every_kind_of_fault_is_drawn_and_most_wants_come_in_bursts() -> None:
    plans = [drawn(seed) for seed in range(400)]
    assert {fault.kind for plan in plans for fault in plan.faults} == set(FaultKind)
    gaps = [b.at_ms - a.at_ms for plan in plans for a, b in zip(plan.wants, plan.wants[1:], strict=False)]
    assert sum(gap < 500 for gap in gaps) > len(gaps) / 2


def test_prices_are_shared_between_sessions_and_stay_on_the_tick() -> None:
    assert path(3) is path(3)
    assert all(price % 5 == 0 and price > 0 for n in (0, N_PATHS - 1) for row in path(n) for price in row)


# -- designs ---------------------------------------------------------------------------------------


def test_the_same_seed_is_the_same_history_under_any_hash_seed() -> None:
    assert traces() == traces()
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    told = subprocess.run([sys.executable, "-c", TRACES], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == traces()


def test_a_careful_design_keeps_every_promise() -> None:
    tally = played(range(60), CAREFUL)
    assert tally.failing == []
    assert tally.unequal == []
    assert tally.figures["unknown"] > 60
    assert tally.figures["lives"] > 80


def test_a_naive_design_breaks_promises_in_most_sessions() -> None:
    tally = played(range(60), NAIVE)
    assert tally.bad > 45
    for code in (Code.DUPLICATE, Code.LOST_FILL, Code.MONEY, Code.CAP, Code.DEAD_BUT_LIVE, Code.AFTER_KILL):
        assert tally.codes[code.value], code


def test_a_failing_plan_is_made_small_and_still_fails() -> None:
    found = first_failing(range(20), NAIVE)
    assert found is not None
    seed, breaches = found
    small = shrunk(drawn(seed), NAIVE, breaches[0].code)
    assert len(small) < len(drawn(seed)) / 3
    assert breaches[0].code in {breach.code for breach in World(small, NAIVE).play().breaches}


def test_faults_meet_orders_in_every_state() -> None:
    cover = played(range(60), CAREFUL).cover
    assert {state for state, _ in cover} >= set(STATES)
