"""How a brain that reads evidence declares what it measures: each column once, with its unit, its life and its words.

Columns are laid into one `FeatureHistory`; a standing among the names of a sector is worked out here for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.features.columns import Column, Kind
from cockpit.brains.features.fingerprint import fingerprint
from cockpit.brains.filings.as_known import Evenings
from cockpit.errors import BadInput
from cockpit.market import Instrument
from cockpit.opinions import FeatureHistory

FEWEST_IN_SECTOR: Final = 5
"""A sector with fewer known names is measured against all names."""
FARTHEST: Final = 4.0
"""A standing is cut off here: beyond it one odd figure would speak for the whole sector."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Declare one column: its unit, how many sessions back it may look, and the sentence that says it.

    `words` is a format with `{value}`, which is multiplied by `scale` first, so that ratios can be said in percent.
    """

    name: str
    unit: str
    lookback: int
    words: str
    scale: float = 1.0
    otherwise: str = ""
    """What a flag that is down says; empty for a measure that is no flag."""

    def said(self, value: float) -> str:
        """Say a value in plain words."""
        if not np.isfinite(value):
            return f"{self.name} is not known"
        return self.otherwise if self.otherwise and value < 0.5 else self.words.format(value=value * self.scale)


def schema_of(family: str, measures: Sequence[Measure], modules: Iterable[str]) -> str:
    """Answer the fingerprint of measures as computed by `modules` (dotted names)."""
    columns = tuple(Column(m.name, family, m.unit, m.lookback, Kind.WINDOW) for m in measures)
    return fingerprint(columns, "float32", {*modules, __name__, Evenings.__module__})


def laid(
    evenings: Evenings, measures: Sequence[Measure], schema: str, grids: Mapping[str, tuple[NDArray[Any], NDArray[Any]]]
) -> FeatureHistory:
    """Lay columns into one history.

    Shapes: each of `grids` is (value float64 [day, name], stale bool [day, name]), under its measure's name.
    Errors: BadInput when a measure has no grid.
    """
    missing = [m.name for m in measures if m.name not in grids]
    if missing:
        raise BadInput(f"nothing was measured for {missing}")
    n_days, n_names = evenings.shape
    values = np.full((n_days, n_names, len(measures)), np.nan, dtype=np.float32)
    stale = np.zeros(values.shape, dtype=bool)
    for k, measure in enumerate(measures):
        value, old = grids[measure.name]
        values[:, :, k] = np.where(np.isfinite(value), value, np.nan)
        stale[:, :, k] = old & np.isfinite(value)
    columns = tuple(m.name for m in measures)
    return FeatureHistory(evenings.days, evenings.tokens, columns, values, stale, schema)


def among_sector(values: NDArray[Any], instruments: Sequence[Instrument]) -> NDArray[np.float64]:
    """Answer how many standard deviations each name lies from the mean of its sector that day, at most `FARTHEST`.

    Shapes: float64 [day, name] in and out; NaN stays NaN. Days on which a sector has too few known names are measured
    against all names; among names that are all equal nobody stands anywhere: 0.
    """
    sectors = np.array([i.sector for i in instruments])
    answer = _standings(values, values)
    for sector in np.unique(sectors):
        mine = np.flatnonzero(sectors == sector)
        own = values[:, mine]
        enough = np.isfinite(own).sum(axis=1) >= FEWEST_IN_SECTOR
        answer[np.ix_(enough, mine)] = _standings(own[enough], own[enough])
    return answer


def _standings(values: NDArray[Any], among: NDArray[Any]) -> NDArray[np.float64]:
    known = np.isfinite(among)
    n = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, among, 0.0).sum(axis=1, keepdims=True) / n
    spread = np.sqrt(np.where(known, (among - mean) ** 2, 0.0).sum(axis=1, keepdims=True) / n)
    away = np.where(np.isfinite(values), values - mean, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        standing = np.where(spread > 1e-12 * np.abs(mean), away / spread, away * 0.0)
    return np.clip(standing, -FARTHEST, FARTHEST)
