"""What the night makes of the weights: learn from what came true, look at the record, go back where it demands it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cockpit.brains.record.scorecard import reviewed
from cockpit.brains.record.track_record import session_losses, track_record
from cockpit.brains.weighing.weights import RECIPE, Recipe, learned
from cockpit.evening.track import Track
from cockpit.opinions import Alarm, Weights


@dataclass(frozen=True, slots=True)
class Lesson:
    """The weights of an evening, and what was raised while they were made."""

    snapshots: tuple[Weights, ...]
    """What is written, in this order; the last is in use. Going back is a snapshot after the learned one."""
    alarms: tuple[Alarm, ...]
    n_new: int
    """Evenings that had resolved since the weights before."""


def lesson(
    track: Track,
    history: Sequence[Weights],
    session: date,
    as_of: int,
    *,
    recipe: Recipe = RECIPE,
    caution: float = 1.0,
) -> Lesson:
    """Learn the evening's weights from the newest of `history` and all that has resolved since.

    Errors: BadInput for evidence that cannot be.
    """
    parent = history[-1]
    brains = tuple(parent.earned)
    new = [o for o in track.resolved(session, parent.session) if o.said.brain in brains]
    rows = session_losses(track_record(new), brains) if new else []
    weights = learned(parent, rows, session, as_of, recipe, caution)
    record = track.record(session)
    if record is None:
        return Lesson((weights,), weights.alarms, len(rows))
    review = reviewed(record, (*history, weights), as_of)
    back = () if review.back is None else (review.back,)
    return Lesson((weights, *back), (*weights.alarms, *review.alarms), len(rows))
