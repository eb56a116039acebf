"""The page of promises: what is promised, by which test, with which figure, and which planted bugs were caught."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cockpit.clock import NS
from cockpit.simulator.campaign import FAULTS, STATES, Tally
from cockpit.simulator.invariants import Code
from cockpit.simulator.world_ports import Parts

THINNEST: Final = 10
CAMPAIGN: Final = "hostile sessions"
NOT_COVERED: Final = (
    "the age of the data behind a price (I10), secrets in texts (I13); broker errors outside the model; a late fill"
    " after the name was opened the other way; days on end; a real exchange"
)


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted bug: its name, the promise it breaks, and the design that has it."""

    name: str
    promise: int
    parts: Callable[[], Parts]


@dataclass(frozen=True, slots=True)
class Caught:
    """What became of a planted bug: the first seed that showed it, and by what; none when it got away."""

    name: str
    promise: int
    seed: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of the list, with the codes that break it."""

    number: int
    sentence: str
    codes: tuple[Code, ...]


PROMISES: Final[tuple[Promise, ...]] = (
    Promise(1, "No intent ever becomes two broker orders.", (Code.DUPLICATE,)),
    Promise(2, "An order is durable before its first byte leaves.", (Code.UNWRITTEN,)),
    Promise(3, "Only listed broker evidence ends an order.", (Code.DEAD_BUT_LIVE, Code.EDGE)),
    Promise(4, "UNKNOWN blocks, counts as exposure, and is resolved.", (Code.CAP, Code.STUCK)),
    Promise(5, "Every fill is booked exactly once.", (Code.LOST_FILL, Code.FALSE_FILL)),
    Promise(7, "Rupees reconcile to the paisa.", (Code.MONEY,)),
    Promise(8, "Every start is a recovery.", (Code.UNCAUGHT,)),
    Promise(10, "Never more than the broker takes in a second (10).", (Code.RATE,)),
    Promise(11, "No position is long naked without an alarm.", (Code.NAKED,)),
    Promise(12, "An exit never turns a position round.", (Code.FLIPPED,)),
    Promise(14, "The chain is whole, and the books are its fold.", (Code.CHAIN, Code.BOOKS)),
    Promise(16, "After a storage error nothing is sent.", (Code.AFTER_DISK,)),
    Promise(32, "After a kill no entry is sent.", (Code.AFTER_KILL, Code.UNTOLD_HALT)),
)


def codes_of(number: int) -> tuple[Code, ...]:
    """Answer the codes that break a promise."""
    return next(p.codes for p in PROMISES if p.number == number)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that was found out, for a person and for a script."""

    design: str
    first: int
    tally: Tally
    seconds: float
    caught: tuple[Caught, ...]
    saved: tuple[str, ...]
    """Files of shrunk failing plans."""

    @property
    def is_kept(self) -> bool:
        """Tell whether all promises held, all histories repeated, no cell is empty and all planted bugs were caught."""
        tally = self.tally
        is_whole = not tally.bad and not tally.unequal and not self.empty
        return is_whole and all(bug.seed is not None for bug in self.caught)

    @property
    def empty(self) -> list[tuple[str, str]]:
        """Answer the cells of the coverage that no session reached."""
        return [(state, fault) for n, state, fault in self.tally.thinnest if not n]

    def broken(self, promise: Promise) -> int:
        """Answer in how many sessions a promise was broken, counted once for each of its codes."""
        return sum(self.tally.codes[code.value] for code in promise.codes)

    def killed(self, promise: Promise) -> tuple[int, int]:
        """Answer (caught, planted) of the bugs that break a promise."""
        bugs = [bug for bug in self.caught if bug.promise == promise.number]
        return sum(bug.seed is not None for bug in bugs), len(bugs)

    @property
    def as_json(self) -> dict[str, Any]:
        """Answer it for `promises.json`."""
        tally = self.tally
        return {
            "design": self.design,
            "first_seed": self.first,
            "sessions": tally.sessions,
            "bad": tally.bad,
            "sessions_per_s": round(tally.sessions / self.seconds, 1),
            "traces": tally.traces,
            "repeated": tally.repeated,
            "unequal": tally.unequal,
            "figures": dict(tally.figures),
            "kill_ms": _quantiles(tally.kill_ns),
            "most_in_second": tally.most_in_second,
            "naked_ms": _quantiles(tally.naked_ns),
            "promises": [
                {
                    "number": p.number,
                    "promise": p.sentence,
                    "test": CAMPAIGN,
                    "codes": [code.value for code in p.codes],
                    "broken": self.broken(p),
                    "mutants": self.killed(p),
                }
                for p in PROMISES
            ],
            "mutants": [{"name": b.name, "promise": b.promise, "seed": b.seed, "by": b.code} for b in self.caught],
            "failing": [
                {"seed": seed, "breaches": [{"code": b.code.value, "ts": b.ts, "what": b.sentence} for b in breaches]}
                for seed, breaches in tally.failing
            ],
            "saved": list(self.saved),
            "empty_cells": self.empty,
            "thinnest": tally.thinnest[:THINNEST],
            "not_covered": NOT_COVERED,
        }

    @property
    def text(self) -> str:
        """Say it on one page."""
        return "\n".join((*self._head(), *self._promises(), *self._bugs(), *self._foot()))

    def _head(self) -> list[str]:
        tally, f = self.tally, self.tally.figures
        seeds = f"seeds {self.first} to {self.first + tally.sessions - 1}"
        crashes, rate = f["lives"] - tally.sessions, tally.sessions / self.seconds
        pressed, naked = _worded(tally.kill_ns), _worded(tally.naked_ns)
        return [
            f"{tally.sessions:,} hostile sessions of the {self.design} core, {seeds}: {tally.bad} broke a promise",
            f"{f['orders']:,} orders, {f['fills']:,} fills, {f['facts']:,} facts, {crashes:,} crashes and restarts",
            f"{f['unknown']:,} orders through UNKNOWN; {rate:.0f} sessions a second",
            f"{tally.repeated} sessions played twice, {len(tally.unequal)} differed; trace {tally.traces}",
            f"kill switch, from press to durable: {pressed}",
            f"most orders in one calendar second: {tally.most_in_second}",
            f"longest stretch without protection at the exchange, {len(tally.naked_ns):,} sessions: {naked}",
            "",
        ]

    def _promises(self) -> list[str]:
        lines = [f"{'':>3}  {'promise':<54} {'broken':>7}  planted bugs caught"]
        for p in PROMISES:
            caught, planted = self.killed(p)
            lines.append(
                f"{p.number:>3}  {p.sentence:<54} {self.broken(p):>7}  {f'{caught} of {planted}' if planted else '-'}"
            )
        return lines

    def _bugs(self) -> list[str]:
        if not self.caught:
            return ["", "Planted bugs were not tried: they live in the source tree."]
        lines = ["", "planted bug and the first seed that shows it"]
        for bug in self.caught:
            seen = "GOT AWAY" if bug.seed is None else f"{bug.seed:>5}  {bug.code}"
            lines.append(f"  {bug.name:<28} {seen}")
        return lines

    def _foot(self) -> list[str]:
        lines = ["", f"thinnest of {len(STATES) * len(FAULTS)} cells of order state and fault:"]
        lines += [f"  {n:>6}  {state} while {fault}" for n, state, fault in self.tally.thinnest[:THINNEST]]
        for seed, breaches in self.tally.failing[:5]:
            lines += ["", f"seed {seed}:", *(f"  {b.code}: {b.sentence}" for b in breaches[:5])]
        lines += [f"saved {name}" for name in self.saved]
        return [*lines, "", f"Not covered: {NOT_COVERED}."]


def _worded(times_ns: Sequence[int]) -> str:
    return ", ".join(f"{name} {ms / 1000:g} s" for name, ms in _quantiles(times_ns).items()) or "none"


def _quantiles(times_ns: Sequence[int]) -> Mapping[str, float]:
    if not times_ns:
        return {}
    ordered = sorted(times_ns)
    return {
        "p50": round(ordered[len(ordered) // 2] / NS * 1000, 3),
        "p99": round(ordered[len(ordered) * 99 // 100] / NS * 1000, 3),
        "max": round(ordered[-1] / NS * 1000, 3),
    }
