"""What a benchmark answers: rows of ours beside a peer, and the stopwatch both are measured with."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cockpit.errors import BadInput

Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class Row:
    """State one measurement: what was measured, ours, the peer's, and by how much ours is better.

    Units: `ours` and `peer` in `unit`; `ratio` and `target` are plain factors, above 1 where ours is better.
    `peer` is None where there is nobody to compare with; then so are `ratio` and, usually, `target`.
    """

    area: str
    ours: float
    peer: float | None
    ratio: float | None
    target: float | None
    unit: str

    @property
    def is_met(self) -> bool | None:
        """Tell whether the target is reached; None where there is no target or nothing to hold against it."""
        return None if self.ratio is None or self.target is None else self.ratio >= self.target


def row(
    area: str, ours: float, peer: float | None, *, unit: str, target: float | None = None, better: Better = "lower"
) -> Row:
    """Build a row with its ratio worked out: peer over ours where lower is better, ours over peer where higher is.

    Errors: BadInput when a measurement is not above 0, which means that nothing was measured.
    """
    for figure in (ours, peer):
        if figure is not None and not figure > 0:
            raise BadInput(f"{area}: measured {figure} {unit}, a figure above 0 expected: measure more rounds at once")
    ratio = None if peer is None else peer / ours if better == "lower" else ours / peer
    return Row(area, ours, peer, ratio, target, unit)


def seconds(call: Callable[[], object], *, rounds: int = 7, warm: int = 1) -> float:
    """Time a call: the median of `rounds` after `warm` unmeasured ones, in seconds.

    The median of few rounds stands a busy machine better than a mean, and does not flatter as the minimum does.
    """
    for _ in range(warm):
        call()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter_ns()
        call()
        taken.append(time.perf_counter_ns() - begun)
    return statistics.median(taken) / 1e9
