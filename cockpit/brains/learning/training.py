"""Fitting a brain: a walk-forward record of two learners, the better of them, its calibration and its card.

Runs in a worker. The boosted trees are used only where their record beats the ridge's beyond noise; the card says which
was taken and why. What is calibrated is what was said of days that no model had seen.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.boosting import Binned
from cockpit.brains.learning.calibration import Calibration, OutOfFold, calibrated
from cockpit.brains.learning.labels import Labels
from cockpit.brains.learning.model import FRESH_SHARE, Model, fresh_shares, probability
from cockpit.brains.learning.model_card import Ic, Kept, Learner, ModelCard
from cockpit.brains.learning.ranks import rank_ics, ranked_columns
from cockpit.brains.learning.walk_record import Plan, Record, last_ridge, record_of
from cockpit.brains.record.accuracy import newey_west
from cockpit.brains.record.reliability import reliability
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import FeatureHistory

__all__ = ["Fitted", "Plan", "fit"]

BEYOND_NOISE: Final = 2.0
"""Errors by which the boosted record has to beat the linear one before trees are used."""
FEWEST_DAYS: Final = 60
"""A shorter record decides nothing."""
RAW_STEP: Final = 1e-4
"""Raw scores closer than this are one score to the calibration: half a million rows do not need as many knots."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model with what it is judged by. Shapes: `said` is float64 [day, name], out of fold, over `days`."""

    model: Model
    days: NDArray[Any]
    said: NDArray[np.float64]
    ics: NDArray[np.float64]
    """Daily rank IC of what was said, [day]; NaN where nothing was tested."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What may be learned by an evening. Shapes: [day, name, column] and [day, name]; NaN where not known by then."""

    days: NDArray[Any]
    ranked: NDArray[np.float32]
    rank: NDArray[np.float64]
    beats: NDArray[np.float64]
    snapshot: str


def fit(brain: str, history: FeatureHistory, labels: Labels, *, upto: date, plan: Plan | None = None) -> Fitted:
    """Fit one brain on the evening of `upto` on all that was known by then; later days change nothing.

    Errors: BadInput when features and labels are not of the same days and names; Abstained when too little is known.
    """
    plan = plan or Plan()
    known = _known(brain, history, labels, upto)
    record, binned = record_of(known.ranked, known.rank, history.columns, known.days, plan, labels.span)
    learner, why, ics = _decided(brain, record, known, labels.span)
    said = record.boosted[0] if learner is Learner.BOOSTED else record.linear
    seen = _out_of_fold(said, known, record, labels.span)
    calibration = calibrated(brain, seen, upto, labels.horizon)
    decided = np.flatnonzero(np.isfinite(known.rank).any(axis=1))
    card = ModelCard(
        brain=brain, learner=learner, why=why, horizon=labels.horizon, columns=history.columns, schema=history.schema,
        first_day=known.days[decided[0]].astype(object), last_day=known.days[decided[-1]].astype(object),
        trained_until=known.days[decided[-1] + labels.span].astype(object), days=len(decided),
        rows=int(np.isfinite(known.rank).sum()), folds=len(record.folds),
        tested_from=known.days[record.folds[0].test[0]].astype(object), **ics,
        kept=_kept(brain, seen, upto, labels.horizon), bend=bend(calibration, seen), trials=plan.trials,
        fits=record.fits, params=_params(plan, record), snapshot=known.snapshot,
    )  # fmt: skip
    model = Model(card, _learned(learner, record, binned, known, plan, decided[-1] + 1), calibration)
    return Fitted(model, known.days, said, rank_ics(said, known.rank))


def _known(brain: str, history: FeatureHistory, labels: Labels, upto: date) -> _Known:
    if not np.array_equal(history.days, labels.days) or history.tokens != labels.tokens:
        raise BadInput(f"{brain}: features and labels of the same days and names expected")
    n = int(np.searchsorted(history.days, np.datetime64(upto, "D"), side="right"))
    fresh = fresh_shares(history.values[:n], history.stale[:n])
    usable = fresh >= FRESH_SHARE
    usable[max(0, n - labels.span) :] = False  # not decided by then
    first = int(np.argmax(usable.any(axis=1)))
    if not usable.any():
        raise Abstained(f"{brain}: no name has half of its {len(history.columns)} features before {upto}")
    rank, beats = (np.where(usable, values[:n], np.nan)[first:] for values in (labels.rank, labels.beats))
    values = history.values[first:n]
    days = history.days[first:n].astype("datetime64[D]")
    return _Known(days, ranked_columns(values), rank, beats, _snapshot(history, days, values, rank))


def _decided(brain: str, record: Record, known: _Known, span: int) -> tuple[Learner, str, dict[str, Any]]:
    linear, *boosted = (rank_ics(said, known.rank) for said in (record.linear, *record.boosted))
    days = int(np.isfinite(linear).sum())
    if days < FEWEST_DAYS:
        raise Abstained(f"{brain}: {days} days of record; {FEWEST_DAYS} are needed to tell the learners apart")
    # A day on which the trees tell nobody apart is a day without skill, not a day without record.
    boosted = [np.where(np.isfinite(linear) & ~np.isfinite(ics), 0.0, ics) for ics in boosted]
    seeds = tuple(_ic(f"seed {number}", ics, span) for number, ics in enumerate(boosted, 1))
    paired = _ic("boosted less linear", boosted[0] - linear, span)
    is_better = paired.t > BEYOND_NOISE
    one, other = _ic(Learner.LINEAR.value, linear, span), replace(seeds[0], of=Learner.BOOSTED.value)
    why = (
        f"boosted trees made a rank IC of {other.mean:+.4f} and the ridge {one.mean:+.4f} over {days} days not learned"
        f" from; the difference is {paired.mean:+.4f}, {paired.t:+.1f} errors from nothing;"
        f" {'more' if is_better else 'not more'} than the {BEYOND_NOISE:g} it takes"
    )
    return (
        Learner.BOOSTED if is_better else Learner.LINEAR,
        why,
        {"linear": one, "boosted": other, "paired": paired, "seeds": seeds},
    )


def _ic(of: str, ics: NDArray[np.float64], span: int) -> Ic:
    estimate = newey_west(ics, 2 * span)
    return Ic(of, float(estimate.mean), float(estimate.error), int(estimate.n))


def _out_of_fold(said: NDArray[np.float64], known: _Known, record: Record, span: int) -> OutOfFold:
    until = np.full(len(known.days), -1)
    for fold in record.folds:
        until[fold.test] = fold.train[-1] + span
    row, name = np.nonzero(np.isfinite(said) & np.isin(known.beats, (0.0, 1.0)))
    raw = np.round(probability(said[row, name]) / RAW_STEP) * RAW_STEP
    days = known.days
    return OutOfFold(np.clip(raw, 0.0, 1.0), known.beats[row, name], days[row], days[until[row]], days[row + span])


def _kept(brain: str, seen: OutOfFold, upto: date, horizon: int) -> Kept:
    """Map the newer half of the record by what the older half had taught."""
    middle = np.sort(seen.session)[len(seen.session) // 2]
    older, newer = seen.resolved_on < middle, seen.session >= middle
    part = OutOfFold(
        seen.raw[older], seen.beat[older], seen.session[older], seen.trained_until[older], seen.resolved_on[older]
    )
    found = reliability(calibrated(brain, part, upto, horizon).value(seen.raw[newer]), seen.beat[newer])
    slope = found.line.slope
    return Kept(
        found.n, float(found.brier), float(found.log_loss), float(found.ece), float(found.skill_bp),
        float(slope) if np.isfinite(slope) else 0.0,
    )  # fmt: skip


def bend(calibration: Calibration, seen: OutOfFold) -> float:
    """Answer the slope of probability on raw score, as least squares over the record sees it."""
    off = seen.raw - seen.raw.mean()
    spread = float(off @ off)
    return float(off @ calibration.value(seen.raw)) / spread if spread > 0 else 0.0


def _learned(learner: Learner, record: Record, binned: Binned, known: _Known, plan: Plan, n_days: int) -> Any:
    days = np.arange(n_days)
    if learner is Learner.BOOSTED:
        rounds = int(np.median(record.rounds))  # nothing is held out of the last fit: the folds say where to stop
        return binned.grown(known.rank, days, None, replace(plan.boosting, rounds=rounds), plan.seeds[0]).trees
    return last_ridge(known.ranked, known.rank, binned.columns, days, float(np.median(record.penalties)))


def _params(plan: Plan, record: Record) -> dict[str, Any]:
    stopped = {"stopped_at": list(record.rounds), "penalties_chosen": list(record.penalties)}
    return {**asdict(plan), "seeds": list(plan.seeds), "penalties": list(plan.penalties), **stopped}


def _snapshot(history: FeatureHistory, days: NDArray[Any], values: NDArray[Any], rank: NDArray[Any]) -> str:
    whole = hashlib.sha256(repr((history.schema, history.columns, history.tokens)).encode())
    for array in (days.astype(np.int64), values, rank):
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()
