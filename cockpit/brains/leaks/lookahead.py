"""The look-ahead analyser: spoil the future, and name every column whose past changes with it.

What is examined is any function from inputs to named columns by day: features, regimes, weights, calibrations, signals,
fundamentals. Each input row says when it was known. For a sample of days everything known later is multiplied by noise,
made missing or dropped; what the columns say of those days must stay bit for bit what it was. A second analysis cuts
the beginning off instead, and names the columns that need more of it than they declare.

Source: freqtrade's lookahead and recursive analyses, taken further by spoiling what theirs only cuts off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.leaks.spoiling import Inputs, Spoil, moment_before, spoiled
from cockpit.errors import BadInput

Columns: TypeAlias = Mapping[str, NDArray[Any]]
"""Named answers; the first axis of each follows the days of the inputs."""
Subject: TypeAlias = Callable[[Inputs], Columns]
"""What is examined."""

WHOLE: Final = "(the whole answer)"
"""Stands for a column's name where the subject cannot even answer once its future is spoiled."""
STARTUPS: Final = (199, 399, 499, 999, 1999)
"""Days of history, up to the last day, on which a column is computed again: freqtrade's."""
TOLERANCE: Final = 1e-3


class Moment(StrEnum):
    """When on its day a column's answer is used."""

    CLOSE = "close"
    """After the close: all of the day may be known. Features, scores, weights."""
    OPEN = "open"
    """At the open: of its own day only what is known at the open. Entries, fills, positions held into the day."""


@dataclass(frozen=True, slots=True)
class Leak:
    """State that a column knew the future: its answer for `day` changed when what came after `cut` was spoiled."""

    column: str
    spoil: Spoil
    cut: Any
    """The last day that was left as it was."""
    day: Any
    was: Any
    became: Any


@dataclass(frozen=True, slots=True)
class Unsettled:
    """State that a column's last answer depends on where history begins, beyond what the column declares.

    `startup` is how many days it was given; `difference` is relative to the answer on all of history, infinite where
    only one of the two is there.
    """

    column: str
    startup: int
    difference: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Choose the days after which the future is spoiled.

    Besides `n` days at random: days inside gaps of the inputs, days just before something becomes known out of turn,
    and for each true-or-false column days on which it was true: a signal that never fired was not examined.
    """

    n: int = 20
    of_each: int = 4
    seed: int = 7
    more: tuple[int, ...] = field(default=())
    """Further days, by their place."""


def leaks(
    subject: Subject, inputs: Inputs, *, moments: Mapping[str, Moment] | None = None, sample: Sample | None = None
) -> tuple[Leak, ...]:
    """Spoil the future in every way after each sampled day; answer the first leak of each column, by name.

    `moments` says which columns are used at the open of their day; the others are used after the close.

    Errors: BadInput when a column does not follow the days.
    """
    moments = moments or {}
    told = _answer(subject, inputs)
    found: dict[str, Leak] = {}
    at_open = [name for name in told if moments.get(name, Moment.CLOSE) is Moment.OPEN]
    at_close = [name for name in told if name not in at_open]
    for cut in _cuts(inputs, told, sample or Sample()):
        for way in Spoil:
            if at_close:
                _compare(subject, inputs, spoiled(inputs, cut, way), at_close, cut, way, told, found)
            if at_open and cut > 0:
                _compare(subject, inputs, moment_before(inputs, cut, way), at_open, cut, way, told, found)
    return tuple(found[name] for name in sorted(found))


def unsettled(
    subject: Subject,
    inputs: Inputs,
    lookbacks: Mapping[str, int],
    *,
    startups: Iterable[int] = STARTUPS,
    tolerance: float = TOLERANCE,
) -> tuple[Unsettled, ...]:
    """Compute the last day from ever shorter histories; answer the columns that move though they had what they declare.

    `lookbacks` maps a column to how many days before the last it declares to need; such a history is tried too. A
    difference is relative to the answer, or to the column's usual size where the answer is near 0.
    """
    whole = _answer(subject, inputs)
    n_days = len(inputs.days)
    found: dict[str, Unsettled] = {}
    tried = {n for n in startups if n < n_days} | {n + 1 for n in lookbacks.values() if n + 1 < n_days}
    for startup in sorted(tried):
        short = _answer(subject, inputs.since(n_days - startup))
        for name, lookback in lookbacks.items():
            if startup > lookback and name not in found:
                difference = _difference(whole[name], short[name][-1])
                if difference > tolerance:
                    found[name] = Unsettled(name, startup, difference)
    return tuple(found[name] for name in sorted(found))


def _answer(subject: Subject, inputs: Inputs) -> Columns:
    told = {name: np.asarray(values) for name, values in subject(inputs).items()}
    for name, values in told.items():
        if len(values) != len(inputs.days):
            raise BadInput(f"column {name} has {len(values)} rows, {len(inputs.days)} days were given")
    return told


def _compare(
    subject: Subject,
    inputs: Inputs,
    altered: Inputs,
    names: list[str],
    cut: int,
    way: Spoil,
    told: Columns,
    found: dict[str, Leak],
) -> None:
    """Answer again with a spoiled future and note each column whose past is not what it was."""
    try:
        again = _answer(subject, altered)
    except Exception as fault:
        # Refusing days that are spoiled is no leak. Refusing honest days because later ones are not there is one.
        if way is Spoil.GONE:
            said = f"{type(fault).__name__}: {fault}"
            found.setdefault(WHOLE, Leak(WHOLE, way, inputs.days[cut], None, None, said))
        return
    for name in names:
        if name in found:
            continue
        was = told[name][: cut + 1]
        became = again[name][: cut + 1] if name in again else None
        if became is None or became.shape != was.shape:
            found[name] = Leak(name, way, inputs.days[cut], None, was.shape, None if became is None else became.shape)
            continue
        changed = np.flatnonzero(~_same(was, became))
        if len(changed):
            place = np.unravel_index(changed[0], was.shape)
            found[name] = Leak(name, way, inputs.days[cut], inputs.days[place[0]], was[place], became[place])


def _same(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Tell element by element what is equal to the last bit, missing equal to missing. Shape: bool [element]."""
    same = np.asarray(a == b)
    if a.dtype.kind == "f" and b.dtype.kind == "f":
        same = (same & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b))
    elif a.dtype.kind in "mM":
        same |= np.isnat(a) & np.isnat(b)
    return same.ravel()


def _difference(whole: NDArray[Any], short: NDArray[Any]) -> float:
    last = np.asarray(whole[-1], dtype=np.float64)
    short = np.asarray(short, dtype=np.float64)
    if (np.isnan(last) != np.isnan(short)).any():
        return np.inf
    known = ~np.isnan(last)
    if not known.any():
        return 0.0
    usual = float(np.nanmean(np.abs(np.asarray(whole, dtype=np.float64))))
    size = np.maximum(np.abs(last[known]), usual)
    away = np.abs(short[known] - last[known])
    return float(np.divide(away, size, out=np.zeros_like(away), where=size > 0).max())


def _cuts(inputs: Inputs, told: Columns, sample: Sample) -> list[int]:
    rng = np.random.default_rng(sample.seed)
    last = len(inputs.days) - 1
    some = [rng.choice(last, min(sample.n, last), replace=False)]
    special = [*inputs.gaps(), *inputs.arrivals()]
    special += [np.flatnonzero(v.reshape(len(v), -1).any(axis=1)) for v in told.values() if v.dtype == np.bool_]
    early = [places[places < last] for places in special]
    some += [rng.choice(p, min(sample.of_each, len(p)), replace=False) for p in early if len(p)]
    return sorted({int(day) for days in some for day in days} | set(sample.more))
