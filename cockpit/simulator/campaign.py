"""Many sessions of one design: what they add up to, whether they repeat, and the smallest plan that still fails."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cockpit.simulator.fault_plan import FaultKind, FaultPlan
from cockpit.simulator.hostile_draws import drawn
from cockpit.simulator.invariants import Breach, Code
from cockpit.simulator.world import CLICKS, Outcome, World
from cockpit.simulator.world_ports import Parts

REPEAT_EVERY: Final = 20
"""Every so many seeds a session is played twice, and both histories must be equal."""
KEPT: Final = 20
"""So many failing seeds are kept with their breaches; the rest are counted."""
STATES: Final = (
    "WRITTEN", "SENT", "UNKNOWN", "OPEN", "TRIGGER_PENDING", "PARTIAL", "FILLED", "CANCELLED", "REJECTED",
)  # fmt: skip
"""The order states that a fault may meet; LAPSED comes only after the last fault, INTENT only where brackets are."""
FAULTS: Final = (*(kind.value for kind in FaultKind), *sorted(kind.value for kind in CLICKS))


@dataclass(slots=True)
class Tally:
    """What sessions add up to; tallies of neighbouring stretches of seeds can be joined."""

    sessions: int = 0
    bad: int = 0
    repeated: int = 0
    unequal: list[int] = field(default_factory=list)
    """Seeds whose two histories differ."""
    codes: Counter[str] = field(default_factory=Counter)
    """Sessions in which a promise was broken, by code."""
    figures: Counter[str] = field(default_factory=Counter)
    kill_ns: list[int] = field(default_factory=list)
    most_in_second: int = 0
    naked_ns: list[int] = field(default_factory=list)
    """The longest stretch without protection of each session that had one."""
    failing: list[tuple[int, tuple[Breach, ...]]] = field(default_factory=list)
    cover: Counter[tuple[str, str]] = field(default_factory=Counter)
    traces: str = ""
    """A digest over the traces of all sessions, in order."""

    def add(self, outcome: Outcome) -> None:
        """Take in one session."""
        self.sessions += 1
        self.codes.update({breach.code.value for breach in outcome.breaches})
        self.figures.update(
            orders=outcome.n_orders,
            fills=outcome.n_fills,
            facts=outcome.n_facts,
            lives=outcome.n_lives,
            unknown=outcome.n_unknown,
            after_token_death=outcome.n_dead_requests,
        )
        self.kill_ns += outcome.kill_ns
        self.most_in_second = max(self.most_in_second, outcome.most_in_second)
        self.naked_ns += [outcome.naked_ns] if outcome.naked_ns else []
        self.cover.update(outcome.cover)
        self.traces = hashlib.sha256((self.traces + outcome.trace).encode()).hexdigest()[:16]
        if outcome.breaches:
            self.bad += 1
            if len(self.failing) < KEPT:
                self.failing.append((outcome.seed, outcome.breaches))

    def join(self, other: Tally) -> None:
        """Take in the tally of the next stretch of seeds."""
        self.sessions += other.sessions
        self.bad += other.bad
        self.repeated += other.repeated
        self.unequal += other.unequal
        self.codes.update(other.codes)
        self.figures.update(other.figures)
        self.kill_ns += other.kill_ns
        self.most_in_second = max(self.most_in_second, other.most_in_second)
        self.naked_ns += other.naked_ns
        self.failing = (self.failing + other.failing)[:KEPT]
        self.cover.update(other.cover)
        self.traces = hashlib.sha256((self.traces + other.traces).encode()).hexdigest()[:16]

    @property
    def thinnest(self) -> list[tuple[int, str, str]]:
        """Answer (how often, order state, fault) of every cell of the coverage, the thinnest first."""
        return sorted((self.cover[state, fault], state, fault) for state in STATES for fault in FAULTS)


def played(seeds: Iterable[int], parts: Parts) -> Tally:
    """Play the session of every seed."""
    tally = Tally()
    for seed in seeds:
        outcome = World(drawn(seed), parts).play()
        tally.add(outcome)
        if seed % REPEAT_EVERY == 0:
            tally.repeated += 1
            if World(drawn(seed), parts).play() != outcome:
                tally.unequal.append(seed)
    return tally


def first_failing(seeds: Iterable[int], parts: Parts) -> tuple[int, tuple[Breach, ...]] | None:
    """Answer the first seed whose session breaks a promise, and what it breaks; None when all hold."""
    for seed in seeds:
        outcome = World(drawn(seed), parts).play()
        if outcome.breaches:
            return seed, outcome.breaches
    return None


def shrunk(plan: FaultPlan, parts: Parts, code: Code) -> FaultPlan:
    """Answer a plan from which no part can be taken without `code` holding again."""
    n = max(1, len(plan) // 2)
    while True:
        smaller = next((p for p in plan.smaller(n) if _breaks(p, parts, code)), None)
        if smaller is not None:
            plan = smaller
        elif n == 1:
            return plan
        else:
            n = max(1, n // 2)


def _breaks(plan: FaultPlan, parts: Parts, code: Code) -> bool:
    return any(breach.code is code for breach in World(plan, parts).play().breaches)
