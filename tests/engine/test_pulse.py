"""A machine that slept, a clock that was set, a loop that stood still: noticed at once, and nothing is opened on it."""

from __future__ import annotations

from typing import Any

import pytest

from cockpit.clock import NS
from cockpit.engine.audit import RECONCILE
from cockpit.engine.pulse import GRAVE_S, JUMP_S, SKEW_S, Pulse
from cockpit.errors import BrokerUnavailable
from cockpit.facts import FillBooked, Incident, IntentRefused, OrderChanged, OrderPlaced
from cockpit.orders import Role, Status
from tests.engine.fakes import FakeStrategy, Rig
from tests.engine.made_days import at, made_ticks
from tests.engine.made_orders import made_fill, made_intent, made_order, moved, opening_facts


class HandClock:
    """A wall clock and a monotonic one, moved by hand."""

    def __init__(self, now: int) -> None:
        self._now, self._mono = now, 100.0

    def now(self) -> int:
        return self._now

    def monotonic(self) -> float:
        return self._mono

    def advance(self, ts: int) -> None:
        """A wall clock needs no help from the market."""

    async def sleep(self, seconds: float) -> None:
        self.passes(seconds)

    def passes(self, seconds: float) -> None:
        """Let time go by as it should."""
        self.jumps(seconds)
        self._mono += seconds

    def jumps(self, seconds: float) -> None:
        """Move the wall clock alone: the machine slept, or somebody set it."""
        self._now += int(seconds * NS)


def beating(start: str = "12:00") -> tuple[HandClock, Pulse]:
    clock = HandClock(at(start))
    pulse = Pulse(clock)
    pulse.beat(judges_skew=True)
    return clock, pulse


def test_time_that_goes_by_as_it_should_is_not_worth_a_word() -> None:
    clock, pulse = beating()
    for _ in range(1000):
        clock.passes(1.0)
        assert pulse.beat(judges_skew=True) == []


@pytest.mark.parametrize("seconds", [3.1, 3600.0, -3600.0, 4 * 3600.0, -3.1])
def test_a_jump_of_the_wall_clock_is_said_once(seconds: float) -> None:
    clock, pulse = beating()
    clock.passes(1.0)
    clock.jumps(seconds)
    (found,) = pulse.beat(judges_skew=True)
    assert found.seconds == pytest.approx(seconds)
    assert found.is_grave == (abs(seconds) > GRAVE_S)
    clock.passes(1.0)
    assert pulse.beat(judges_skew=True) == []


def test_a_correction_within_the_limit_is_let_be() -> None:
    clock, pulse = beating()
    clock.jumps(JUMP_S - 0.1)
    clock.passes(1.0)
    assert pulse.beat(judges_skew=True) == []


def test_a_loop_that_stood_still_is_noticed_though_both_clocks_agree() -> None:
    clock, pulse = beating()
    clock.passes(11.0)
    (found,) = pulse.beat(judges_skew=True)
    assert found.is_grave
    assert "nothing was done for 11.0 s" in found.sentence


def shown(clock: HandClock, lag_s: float) -> Any:
    """Make a frame of two names; the fresher tick was stamped by the exchange so long ago."""
    now = clock.now()
    fresh = now - int(lag_s * NS)
    return made_ticks([(101, fresh - 5 * NS, 100_000, 1), (102, fresh, 100_000, 1)], seen=now)


@pytest.mark.parametrize(("lag_s", "said"), [(2.5, "ahead of"), (-2.5, "behind"), (1.9, ""), (-1.9, "")])
def test_skew_against_the_exchange_is_judged_by_the_freshest_tick(lag_s: float, said: str) -> None:
    clock, pulse = beating()
    clock.passes(1.0)
    pulse.saw(shown(clock, 30.0))
    pulse.saw(shown(clock, lag_s))
    found = pulse.beat(judges_skew=True)
    assert [said in f.sentence for f in found] == ([True] if said else [])
    assert not any(f.is_grave for f in found)


def test_lasting_skew_is_told_once_and_again_only_after_it_was_gone() -> None:
    clock, pulse = beating()
    told = []
    for lag in (3.0, 3.0, 0.5, 3.0):
        clock.passes(1.0)
        pulse.saw(shown(clock, lag))
        told.append(len(pulse.beat(judges_skew=True)))
    assert told == [1, 0, 0, 1]


def test_out_of_session_old_ticks_say_nothing_of_the_clock() -> None:
    clock, pulse = beating("08:50")
    clock.passes(1.0)
    pulse.saw(shown(clock, 60_000.0))
    assert pulse.beat(judges_skew=False) == []
    assert SKEW_S < JUMP_S < GRAVE_S


# -- in the flow -------------------------------------------------------------------------------------


def waking_rig(start: str, **more: Any) -> tuple[Rig, HandClock]:
    """Make a flow on a wall clock moved by hand."""
    clock = HandClock(at(start))
    return Rig(wall=clock, **more), clock


async def slept(rig: Rig, clock: HandClock, seconds: float) -> None:
    """Open the day, beat once, and let the machine sleep."""
    await rig.flow.open()
    await rig.flow.beat()
    clock.passes(1.0)
    clock.jumps(seconds)


def noted(rig: Rig) -> list[str]:
    return [i.what for i in rig.wrote(Incident) if i.where == "clock"]


@pytest.mark.parametrize("seconds", [60.0, -60.0])
async def test_after_a_long_sleep_nothing_is_opened_until_the_books_were_found_equal(seconds: float) -> None:
    rig, clock = waking_rig("12:00")
    await slept(rig, clock, seconds)
    await rig.flow.beat()
    assert len(noted(rig)) == 1
    assert not rig.flow.audit.is_proved
    assert rig.flow.audit.is_due
    await rig.flow.look_when_due()
    assert rig.flow.audit.is_proved


async def test_a_short_jump_is_said_and_looked_into_but_stops_nothing() -> None:
    rig, clock = waking_rig("12:00")
    await slept(rig, clock, 4.0)
    await rig.flow.beat()
    assert len(noted(rig)) == 1
    assert rig.flow.audit.is_proved
    assert rig.flow.audit.is_due


async def test_the_first_frame_after_a_sleep_opens_nothing_even_before_the_first_beat() -> None:
    wants = FakeStrategy(script={1: [made_intent()]})
    rig, clock = waking_rig("12:00", strategies=[wants])
    await rig.flow.open()
    await rig.flow.beat()
    await rig.flow.take(made_ticks([(101, at("12:00"), 100_000, 100)]))
    clock.jumps(60.0)
    await rig.flow.take(made_ticks([(101, clock.now(), 100_000, 200)]))
    assert wants.n_bars == 1
    assert rig.broker.placed == []
    assert RECONCILE in [r.code for fact in rig.wrote(IntentRefused) for r in fact.refusals]


async def test_a_square_off_that_fell_due_in_a_sleep_is_done_at_the_first_beat_and_said_to_be_late() -> None:
    held = made_order()
    facts = (*opening_facts(), OrderPlaced(held), OrderChanged(moved(held, Status.FILLED, 100)))
    rig, clock = waking_rig("15:05", facts=(*facts, FillBooked(made_fill(held, 100, 100_000))))

    def away() -> Any:
        raise BrokerUnavailable("no network after the sleep")

    await slept(rig, clock, 20 * 60.0)
    rig.broker.answer_books = away  # what cannot be proved stops entries, never an exit
    await rig.flow.beat()
    assert [(o.role, o.quantity) for o in rig.broker.placed] == [(Role.EXIT, 100)]
    assert any("not flat" in i.what for i in rig.wrote(Incident)), "late is said, not only done"


async def test_a_tape_has_no_pulse_whatever_its_clock_does() -> None:
    rig = Rig([made_ticks([(101, at("09:16"), 100_000, 100)]), made_ticks([(101, at("14:00"), 100_000, 200)])])
    await rig.play()
    assert noted(rig) == []
