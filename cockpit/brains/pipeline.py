"""The one feature pipeline: ten years for training, one evening's row and one unfinished day by the same kernels.

`history` runs a whole panel, `begin` runs it and keeps what is carried, `advance` adds one finished day to that, `peek`
reads an unfinished day and leaves everything as it was. All three answer the same numbers, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.features.columns import Column, turn
from cockpit.brains.features.feature_state import PipelineState
from cockpit.brains.features.fingerprint import fingerprint
from cockpit.brains.features.roster import ALPHA158, DECLARED, DISPLAY63, FACTORS, FAMILIES, PRICE_MAP, SMART_MONEY
from cockpit.errors import BadInput
from cockpit.market import DailyPanel
from cockpit.opinions import FeaturePanel

__all__ = [
    "ALPHA158",
    "DISPLAY63",
    "FACTORS",
    "PRICE_MAP",
    "SMART_MONEY",
    "FeatureHistory",
    "Pipeline",
    "PipelineState",
]

DTYPE: Final = "float32"
BLOCK: Final = 16
"""Days that are computed at a time: few enough to stay near the processor, and enough to make a call worth it."""
SHARED: Final = ("columns", "logarithms", "sessions", "sums")
"""Kernels that every family rests on."""


@dataclass(frozen=True)
class FeatureHistory:
    """Numbers for the universe on every day.

    Shapes: `days` is datetime64[D] [day]; `values` float32 [day, name, column], NaN where missing; `traded` bool
    [day, name]; names follow `tokens`. `schema` is the fingerprint of the pipeline that made them.
    """

    days: NDArray[Any]
    tokens: tuple[int, ...]
    columns: tuple[str, ...]
    values: NDArray[Any]
    traded: NDArray[Any]
    schema: str

    @cached_property
    def stale(self) -> NDArray[Any]:
        """Tell which numbers must not be used: what is missing, and whatever a day without a trade repeats."""
        return stale(self.values, self.traded)

    def column(self, name: str) -> NDArray[Any]:
        """Answer one column by name. Shape: float32 [day, name]."""
        return self.values[:, :, self.columns.index(name)]


def stale(values: NDArray[Any], traded: NDArray[Any]) -> NDArray[Any]:
    """Tell which values are missing or repeat an old price because nothing traded."""
    marked: NDArray[Any] = np.isnan(values) | ~traded[..., None]
    return marked


def _blocks(n_days: int) -> Iterator[slice]:
    return (slice(start, min(start + BLOCK, n_days)) for start in range(0, n_days, BLOCK))


class Pipeline:
    """Compute the named columns. The constructor only chooses; what is carried lives in a `PipelineState`.

    Errors: BadInput when a column is unknown or named twice.
    """

    def __init__(self, columns: Sequence[str] = ALPHA158) -> None:
        unknown = [name for name in columns if name not in DECLARED]
        if unknown or len(set(columns)) != len(columns) or not columns:
            raise BadInput(f"columns {unknown or list(columns)} given; one or more declared ones, each once, expected")
        self.columns = tuple(columns)
        self.declared: tuple[Column, ...] = tuple(DECLARED[name] for name in columns)
        wanted = set(columns)
        self._families = tuple(f for f in FAMILIES if wanted & {column.name for column in f.columns})
        made = [column.name for family in self._families for column in family.columns]
        placed = {name: slot for slot, name in enumerate((*columns, *(n for n in made if n not in wanted)))}
        self._slots = [np.array([placed[c.name] for c in f.columns]) for f in self._families]
        self._lookbacks = [np.array([c.lookback for c in f.columns], dtype=np.int64) for f in self._families]
        self._width = len(made)

    @cached_property
    def schema(self) -> str:
        """Answer the fingerprint of these columns and the kernels behind them."""
        own = {family.kernel.__module__ for family in self._families}
        shared = {f"cockpit.brains.features.{name}" for name in SHARED}
        return fingerprint(self.declared, DTYPE, own | shared)

    @property
    def lookback(self) -> int:
        """Answer how many earlier sessions a name needs before all columns have a value."""
        return max(column.lookback for column in self.declared)

    def history(self, panel: DailyPanel, into: NDArray[Any] | None = None) -> FeatureHistory:
        """Compute every day of a panel.

        `into` is memory for the answer, float32 [day, name, column], for those who ask again and again: new memory can
        cost more than the numbers in it. It is the answer's from then on.
        """
        state = self._empty(panel)
        values = self._values(len(panel.days), state) if into is None else into
        block = self._block(state, BLOCK)
        for days in _blocks(len(panel.days)):
            self._take(state, panel, days, block, values[days])
        return FeatureHistory(panel.days, state.tokens, self.columns, values, panel.volume > 0, self.schema)

    def begin(self, panel: DailyPanel) -> PipelineState:
        """Read a panel and answer what is carried out of it, ready for the next day."""
        state = self._empty(panel)
        block = self._block(state, BLOCK)
        for days in _blocks(len(panel.days)):
            self._take(state, panel, days, block, None)
        return state

    def advance(self, state: PipelineState, row: DailyPanel, as_of: int) -> FeaturePanel:
        """Add one finished day to what is carried and answer its features.

        Units: `row.reinvested` counts from the same day as the panel's that the state began with; None is no dividend.
        Errors: BadInput when `row` is not one later day of the same names, or `state` is another pipeline's.
        """
        self._check(state, row)
        values = self._values(1, state)
        self._take(state, row, slice(0, 1), self._block(state, 1), values)
        return self._panel(state, row, values[0], as_of)

    def peek(self, state: PipelineState, row: DailyPanel, as_of: int) -> FeaturePanel:
        """Answer the features of an unfinished day as `advance` would if it ended now; `state` stays as it is.

        Errors: as `advance`.
        """
        self._check(state, row)
        values = self._values(1, state)
        with state.aside(row):
            self._take(state, row, slice(0, 1), self._block(state, 1), values)
        return self._panel(state, row, values[0], as_of)

    def load(self, path: Path) -> PipelineState:
        """Read what was carried from a file that `PipelineState.save` wrote.

        Errors: BadInput when another pipeline wrote it: other columns or other kernels.
        """
        state = PipelineState.read(path)
        self._own(state)
        return state

    # -- within ----------------------------------------------------------------------------------

    def _empty(self, panel: DailyPanel) -> PipelineState:
        carried = tuple(family.carried for family in self._families)
        return PipelineState.empty(panel.instruments, carried, self.schema)

    def _values(self, n_days: int, state: PipelineState) -> NDArray[Any]:
        return np.empty((n_days, len(state.tokens), len(self.columns)), dtype=DTYPE)

    def _block(self, state: PipelineState, n_days: int) -> NDArray[Any]:
        """Answer room for some days of all columns that are made: used again and again, it stays near the processor."""
        return np.empty((n_days, self._width, len(state.tokens)), dtype=DTYPE)

    def _take(
        self, state: PipelineState, panel: DailyPanel, days: slice, block: NDArray[Any], values: NDArray[Any] | None
    ) -> None:
        """Compute some days by way of a block into `values`, if they are wanted, and carry on."""
        out = block[: days.stop - days.start]
        work = list(zip(self._families, state.carried, self._lookbacks, self._slots, strict=True))
        done = 0
        for first, last, ages in state.seated(panel, days):
            rows = out[done : done + last - first]
            for family, carried, lookbacks, slots in work:
                family.kernel(state.rows, ages, carried, state.groups, first, last, lookbacks, rows, slots)
            done += last - first
        if values is not None:
            turn(out, values)

    def _own(self, state: PipelineState) -> None:
        if state.schema != self.schema:
            raise BadInput(
                f"the state was made by pipeline {state.schema[:12]}, this one is {self.schema[:12]}",
                remedy="Begin again from the panel: the columns or the kernels have changed.",
            )

    def _check(self, state: PipelineState, row: DailyPanel) -> None:
        self._own(state)
        tokens = tuple(i.token for i in row.instruments)
        if tokens != state.tokens or len(row.days) != 1:
            raise BadInput(f"one day of the state's {len(state.tokens)} names expected, {len(row.days)} days given")
        if row.days[0] <= state.day:
            raise BadInput(f"{row.days[0]} given; a day after {state.day} expected")

    def _panel(self, state: PipelineState, row: DailyPanel, values: NDArray[Any], as_of: int) -> FeaturePanel:
        marked = stale(values, row.volume[0] > 0)
        return FeaturePanel(as_of, state.tokens, self.columns, values.astype(np.float64), marked, self.schema)
