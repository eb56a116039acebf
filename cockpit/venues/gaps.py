"""Holes in a panel are filled from the next source, where it agrees with the first; where it does not, that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.evidence import Finding, Flaw
from cockpit.market import DailyPanel, Instrument
from cockpit.venues.day_bars import FIELDS

TOLERANCE: Final = 0.005
"""Two closes of one name and day that differ by more contradict each other: 0.5 %."""
RANGES: Final = 5


@dataclass(frozen=True, slots=True)
class Filled:
    """A panel with fewer holes and what was found on the way."""

    panel: DailyPanel
    findings: tuple[Finding, ...]


def on_days(panel: DailyPanel, days: NDArray[Any]) -> DailyPanel:
    """Answer the panel on exactly `days` (ascending): days it has not are empty, days that are not among them go."""
    place = np.searchsorted(panel.days, days).clip(0, max(len(panel.days) - 1, 0))
    there = panel.days[place] == days if len(panel.days) else np.zeros(len(days), dtype=bool)

    def moved(values: NDArray[Any]) -> NDArray[Any]:
        grid = np.full((len(days), panel.close.shape[1]), np.nan)
        grid[there] = values[place[there]]
        return grid

    left: dict[str, Any] = {field: moved(getattr(panel, field)) for field in FIELDS}
    reinvested = None if panel.reinvested is None else moved(panel.reinvested)
    return replace(panel, days=days, reinvested=reinvested, **left)


def holes(panel: DailyPanel, sessions: NDArray[Any]) -> NDArray[Any]:
    """Tell the cells [day, name] empty on a session: all of a name that has no bar, else those since its first."""
    empty = np.isnan(panel.close)
    begun = np.logical_or.accumulate(~empty, axis=0) if len(panel.days) else ~empty
    begun |= empty.all(axis=0)
    return np.asarray(empty & begun & np.isin(panel.days, sessions)[:, None])


def filled(panel: DailyPanel, other: DailyPanel, sessions: NDArray[Any]) -> Filled:
    """Fill the holes of `panel` from `other`, which has some of its names, and tell where the two contradict.

    Nothing is averaged: where both know a close, the panel's own stays. A name whose prices in `other` stand on another
    footing (another unit, another adjustment) is not filled from it. Only sessions are filled.
    """
    days = np.union1d(panel.days, sessions)
    panel, other = on_days(panel, days), on_days(other, days)
    wanted = holes(panel, sessions)
    mine = {instrument.token: k for k, instrument in enumerate(panel.instruments)}
    grids = {field: getattr(panel, field).copy() for field in FIELDS}
    found: list[Finding] = []
    for column, instrument in enumerate(other.instruments):
        k = mine.get(instrument.token, -1)
        if k < 0:
            continue
        contradictions, agrees = _compared(panel, k, other, column, instrument)
        found += contradictions
        cells = wanted[:, k] & ~np.isnan(other.close[:, column])
        if agrees and cells.any():
            for field in FIELDS:
                grids[field][cells, k] = getattr(other, field)[cells, column]
            found += _ranges(panel.days, cells, instrument, f"from {other.source}")
    return Filled(replace(panel, **grids), tuple(found))


def still_missing(panel: DailyPanel, sessions: NDArray[Any]) -> tuple[Finding, ...]:
    """Name the holes that nobody could fill, a finding for each run of days of a name."""
    cells = holes(panel, sessions)
    found: list[Finding] = []
    for k in np.flatnonzero(cells.any(axis=0)).tolist():
        runs = _ranges(panel.days, cells[:, k], panel.instruments[k], "no source has them", Flaw.MISSING_BARS)
        found += runs[-RANGES:]
        if len(runs) > RANGES:
            words = f"and {len(runs) - RANGES} more holes before"
            found.append(replace(runs[0], last=runs[-RANGES - 1].last, words=words))
    return tuple(found)


def _compared(
    panel: DailyPanel, k: int, other: DailyPanel, column: int, instrument: Instrument
) -> tuple[Sequence[Finding], bool]:
    one, two = panel.close[:, k], other.close[:, column]
    both = ~np.isnan(one) & ~np.isnan(two)
    if not both.any():
        return (), True
    ratio = two[both] / one[both]
    off = np.abs(ratio - 1) > TOLERANCE
    if not off.any():
        return (), True
    footing = float(np.median(ratio))
    days, worst = panel.days[both], int(np.argmax(np.abs(np.log(np.maximum(ratio, 1e-12)))))
    words = (
        f"{int(off.sum())} of {int(both.sum())} closes differ by more than {TOLERANCE:.1%}; on {days[worst]}"
        f" {one[both][worst]:g} in {panel.source}, {two[both][worst]:g} in {other.source}"
    )
    agrees = abs(footing - 1) <= TOLERANCE
    if not agrees:
        words += f"; usually {footing:g} times as much, so nothing is filled from there"
    first, last = days[off][0].astype(object), days[off][-1].astype(object)
    return (Finding(Flaw.CONTRADICTED, instrument.symbol, first, last, words),), agrees


def _ranges(
    days: NDArray[Any], cells: NDArray[Any], instrument: Instrument, words: str, flaw: Flaw = Flaw.FILLED
) -> list[Finding]:
    rows = np.flatnonzero(cells)
    if not len(rows):
        return []
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return [
        Finding(
            flaw, instrument.symbol, days[run[0]].astype(object), days[run[-1]].astype(object),
            f"{len(run)} session{'s' if len(run) > 1 else ''} {words}",
        )
        for run in runs
    ]  # fmt: skip
