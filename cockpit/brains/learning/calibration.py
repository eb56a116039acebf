"""From a brain's raw score to a probability that means what it says, by a map that never reorders names.

Platt's line on the logit until 1,000 predictions have resolved, Venn-Abers from then on. A map is fitted on what the
model had not seen when it spoke, is kept as plain numbers under the hash of its content, and every prediction names it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.logistic import expit, fitted_line, logit
from cockpit.brains.learning.venn_abers import VennAbersMap, fitted_venn_abers
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import Alarm, Outcome

VENN_ABERS_FROM: Final = 1_000
"""Resolved predictions from which the freer map is worth its variance."""
LEAST: Final = 100
"""With fewer resolved predictions no map is fitted at all."""
UNPROVEN_SLOPE: Final = 0.1
SURE: Final = 2.0
"""Standard errors by which a slope has to lie below zero to be called inverted."""


@dataclass(frozen=True, slots=True)
class PlattMap:
    """A line on the logit. `slope` is 0 or more, so names keep their order."""

    slope: float
    intercept: float
    slope_var: float
    intercept_var: float
    covariance: float

    def value(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Answer the probability of each score."""
        return expit(self.slope * logit(raw) + self.intercept)

    def band(self, raw: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Answer the 95 % band of each probability, from the error of the line."""
        x = logit(raw)
        error = np.sqrt(np.maximum(self.intercept_var + 2 * x * self.covariance + x**2 * self.slope_var, 0.0))
        middle = self.slope * x + self.intercept
        return expit(middle - 1.96 * error), expit(middle + 1.96 * error)


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Scores with what came true of them, each with its dates.

    Shapes: all [row]; `raw` float64 in 0..1, `beat` 0 or 1, dates datetime64[D]; `trained_until` is NaT for a model
    that learned nothing.
    """

    raw: NDArray[Any]
    beat: NDArray[Any]
    session: NDArray[Any]
    trained_until: NDArray[Any]
    resolved_on: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A brain's map with its version, the evening it was fitted and how much it has seen."""

    brain: str
    kind: str
    """`unproven`, `platt` or `venn_abers`."""
    session: date
    n_resolved: int
    map: PlattMap | VennAbersMap
    version: str = ""
    alarms: tuple[Alarm, ...] = ()

    def value(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Answer the calibrated probability of each raw score in 0..1; NaN stays silence."""
        return np.where(np.isnan(raw), np.nan, self.map.value(raw))

    def band(self, raw: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Answer the lower and the upper probability of each raw score."""
        return self.map.band(raw)


def out_of_fold(outcomes: Iterable[Outcome]) -> OutOfFold:
    """Collect one brain's outcomes for fitting."""
    kept = [o for o in outcomes if len(o.rows)]
    if not kept:
        raise Abstained("no outcome to calibrate on: nothing resolved yet")
    n = [len(o.rows) for o in kept]

    def days(of: list[date | None]) -> NDArray[Any]:
        return np.repeat(np.array(of, dtype="M8[D]"), n)

    return OutOfFold(
        np.concatenate([o.rows["raw"] for o in kept]), np.concatenate([o.rows["beat"] for o in kept]),
        days([o.said.session for o in kept]), days([o.said.trained_until for o in kept]),
        days([o.resolved_on for o in kept]),
    )  # fmt: skip


def unproven(brain: str, session: date) -> Calibration:
    """Answer the map of a brain nobody has seen at work: its scores, drawn nine tenths of the way to one half."""
    return _versioned(Calibration(brain, "unproven", session, 0, PlattMap(UNPROVEN_SLOPE, 0.0, 0.0, 0.0, 0.0)))


def calibrated(brain: str, seen: OutOfFold, session: date, horizon: int) -> Calibration:
    """Fit the brain's map on the evening of `session`.

    A line that slopes down beyond doubt is an alarm; the map is then flat, since no map may reorder names.

    Errors: BadInput when the model had seen what it was asked about, or a row is from after `session`; Abstained for
    fewer than 100 rows or only one kind of outcome.
    """
    _refuse_seen(brain, seen, session)
    n = len(seen.raw)
    if n < LEAST or len(np.unique(seen.beat)) < 2:
        raise Abstained(f"{brain} has {n} resolved predictions; {LEAST} of both kinds are needed for a calibration")
    line, alarms = _platt(brain, seen, session, horizon)
    if n < VENN_ABERS_FROM or alarms:
        return _versioned(Calibration(brain, "platt", session, n, line, alarms=alarms))
    return _versioned(Calibration(brain, "venn_abers", session, n, fitted_venn_abers(seen.raw, seen.beat)))


def _refuse_seen(brain: str, seen: OutOfFold, session: date) -> None:
    if not ((seen.raw >= 0) & (seen.raw <= 1)).all() or not np.isin(seen.beat, (0, 1)).all():
        raise BadInput(f"{brain}: raw scores in 0..1 and outcomes of 0 or 1 expected")
    if (late := seen.resolved_on > np.datetime64(session, "D")).any():
        raise BadInput(f"{brain}: {int(late.sum())} predictions resolved after {session}: they cannot be known yet")
    if (known := seen.trained_until > seen.session).any():
        raise BadInput(
            f"{brain}: {int(known.sum())} predictions are of a model that had seen prices after them: calibrate on "
            "out-of-fold predictions only"
        )


def _platt(brain: str, seen: OutOfFold, session: date, horizon: int) -> tuple[PlattMap, tuple[Alarm, ...]]:
    wins = seen.beat.sum()
    losses = len(seen.beat) - wins
    target = np.where(seen.beat == 1, (wins + 1) / (wins + 2), 1 / (losses + 2))  # Platt 1999: never quite sure
    line = fitted_line(logit(seen.raw), target)
    if line.slope > 0:
        return PlattMap(line.slope, line.intercept, line.slope_var, line.intercept_var, line.covariance), ()
    base = float(target.mean())
    flat = PlattMap(0.0, float(logit(np.array([base]))[0]), 0.0, 1 / (len(target) * base * (1 - base)), 0.0)
    limit = -SURE * line.slope_error * np.sqrt(horizon)  # overlapping outcomes are not that many independent ones
    if not line.slope < limit:
        return flat, ()
    stamp = int(np.datetime64(session, "ns").astype("i8"))
    sentence = f"What {brain} calls likely is unlikely: its calibration slope is {line.slope:.2f}."
    return flat, (Alarm("INVERTED", brain, stamp, line.slope, float(limit), sentence),)


def written(calibration: Calibration) -> str:
    """Write a calibration as its one canonical text: plain numbers and words."""
    return _dumped({**_tree(calibration), "version": calibration.version})


def read(text: str) -> Calibration:
    """Read a calibration back; BadInput when the text is not one, or its version is not the hash of its content."""
    try:
        tree = json.loads(text)
        kind, numbers = tree["kind"], tree["numbers"]
        fitted = (
            VennAbersMap(*(np.array(numbers[name], dtype="f8") for name in ("knots", "low", "high")))
            if kind == "venn_abers"
            else PlattMap(**numbers)
        )
        alarms = tuple(Alarm(**alarm) for alarm in tree["alarms"])
        day = date.fromisoformat(tree["session"])
        found = Calibration(tree["brain"], kind, day, tree["n_resolved"], fitted, tree["version"], alarms)
    except (ValueError, TypeError, KeyError) as fault:
        raise BadInput(f"a stored calibration cannot be read: {fault!r}") from fault
    if _versioned(found).version != found.version:
        raise BadInput(f"calibration {found.version!r} of {found.brain} was changed after it was written")
    return found


def _versioned(calibration: Calibration) -> Calibration:
    version = hashlib.sha256(_dumped(_tree(calibration)).encode()).hexdigest()[:24]
    c = calibration
    return Calibration(c.brain, c.kind, c.session, c.n_resolved, c.map, version, c.alarms)


def _tree(calibration: Calibration) -> dict[str, Any]:
    fitted = calibration.map
    names = ("knots", "low", "high") if isinstance(fitted, VennAbersMap) else PlattMap.__slots__
    numbers = {name: np.asarray(getattr(fitted, name)).tolist() for name in names}
    return {
        "brain": calibration.brain, "kind": calibration.kind, "session": calibration.session.isoformat(),
        "n_resolved": calibration.n_resolved, "numbers": numbers,
        "alarms": [{name: getattr(alarm, name) for name in Alarm.__slots__} for alarm in calibration.alarms],
    }  # fmt: skip


def _dumped(tree: dict[str, Any]) -> str:
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
