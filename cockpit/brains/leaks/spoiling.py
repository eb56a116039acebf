"""Inputs that say when each of their rows was known, and the ways to spoil all that was known too late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.market import DailyPanel

PRICES: Final = ("open", "high", "low", "close")
FIELDS: Final = (*PRICES, "volume", "delivery", "reinvested")
NOISE: Final = 0.5
"""Standard deviation of the noise's logarithm: a future that is nothing like the real one."""


class Spoil(StrEnum):
    """What is done to the future."""

    NOISE = "multiplied by noise"
    BLANK = "made missing"
    GONE = "dropped"


@dataclass(frozen=True, slots=True)
class Known:
    """One input and when each of its rows was known.

    Shapes: `stamps` [row], in the unit of the inputs' days; `values` [row, ...], of any dtype, structured ones too.
    """

    stamps: NDArray[Any]
    values: NDArray[Any]
    at_open: bool = False
    """Known at the open of its day already, as the opening price is; all else is known after the close."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a subject may read. `days` are its clock, ascending: dates, or the ends of bars."""

    days: NDArray[Any]
    known: Mapping[str, Known]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.known[name].values

    def since(self, first: int) -> Inputs:
        """Answer the inputs without the days before the place `first`, nor what was known before them."""
        begin = self.days[first]
        kept = {
            name: replace(k, stamps=k.stamps[k.stamps >= begin], values=k.values[k.stamps >= begin])
            for name, k in self.known.items()
        }
        return Inputs(self.days[first:], kept)

    def gaps(self) -> list[NDArray[Any]]:
        """Answer, for each input in step with the days, the days inside a gap that ends later: what a filler fills."""
        found = []
        for known in self.known.values():
            if known.values.dtype.kind == "f" and np.array_equal(known.stamps, self.days):
                missing = np.isnan(known.values.reshape(len(self.days), -1))
                later = np.logical_or.accumulate(~missing[::-1], axis=0)[::-1]
                found.append(np.flatnonzero((missing & later).any(axis=1)))
        return found

    def arrivals(self) -> list[NDArray[Any]]:
        """Answer, for each input out of step with the days, the last days before one of its rows became known."""
        found = []
        for known in self.known.values():
            if not np.array_equal(known.stamps, self.days):
                places = np.searchsorted(self.days, known.stamps, side="left") - 1
                found.append(np.unique(places[places >= 0]))
        return found


def spoiled(inputs: Inputs, cut: int, way: Spoil) -> Inputs:
    """Answer the inputs with everything spoiled that was known after the day at place `cut`."""
    moment = inputs.days[cut]
    known = {name: _spoil(k, k.stamps > moment, way) for name, k in inputs.known.items()}
    return Inputs(inputs.days[: cut + 1] if way is Spoil.GONE else inputs.days, known)


def moment_before(inputs: Inputs, cut: int, way: Spoil) -> Inputs:
    """Answer the inputs with everything spoiled that was known after the open of the day at place `cut`."""
    moment = inputs.days[cut]
    late = {name: (k.stamps > moment) | ((k.stamps == moment) & (not k.at_open)) for name, k in inputs.known.items()}
    if way is not Spoil.GONE:
        return Inputs(inputs.days, {name: _spoil(k, late[name], way) for name, k in inputs.known.items()})
    # The day itself cannot be dropped, or nothing could be asked of its open: what is not known of it is blank.
    blank = {name: _spoil(k, late[name], Spoil.BLANK) for name, k in inputs.known.items()}
    return spoiled(Inputs(inputs.days, blank), cut, way)


def _spoil(known: Known, late: NDArray[Any], way: Spoil) -> Known:
    if way is Spoil.GONE:
        return replace(known, stamps=known.stamps[~late], values=known.values[~late])
    values = known.values.copy()
    for name in values.dtype.names or ("",):
        column = values[name] if name else values
        column[late] = _noisy(column[late]) if way is Spoil.NOISE else _blank(column.dtype)
    return replace(known, values=values)


def _noisy(values: NDArray[Any]) -> NDArray[Any]:
    """Answer values that are plausible and wrong; arrays of one shape get one noise, so that bars remain bars."""
    rng = np.random.default_rng(11)
    kind = values.dtype.kind
    if kind == "f":
        spoiled_values: NDArray[Any] = values * np.exp(rng.normal(0, NOISE, values.shape)).astype(values.dtype)
        return spoiled_values
    if kind == "b":
        flipped: NDArray[Any] = values ^ (rng.random(values.shape) < 0.5)
        return flipped
    if kind in "iu":
        moved: NDArray[Any] = values + rng.integers(1, 10, values.shape).astype(values.dtype)
        return moved
    shuffled: NDArray[Any] = rng.permutation(values)
    return shuffled


def _blank(dtype: np.dtype[Any]) -> Any:
    return {"f": np.nan, "M": np.datetime64("NaT"), "m": np.timedelta64("NaT"), "U": "", "O": None}.get(dtype.kind, 0)


def inputs_of(panel: DailyPanel) -> Inputs:
    """Answer a daily panel as inputs: every row is known after the close of its day, the opening price at its open."""
    fields = {name: getattr(panel, name) for name in FIELDS if getattr(panel, name) is not None}
    return Inputs(panel.days, {name: Known(panel.days, v, at_open=name == "open") for name, v in fields.items()})


def panel_of(inputs: Inputs, like: DailyPanel) -> DailyPanel:
    """Answer the daily panel behind inputs, with the names of another."""
    fields: dict[str, Any] = {name: inputs[name] for name in FIELDS if name in inputs.known}
    return replace(like, days=inputs.days, **fields)
