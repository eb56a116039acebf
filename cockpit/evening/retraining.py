"""A candidate against the champion: a new model takes over only where it is no worse beyond noise, and says why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from cockpit.brains.learning.training import Fitted, Plan, fit
from cockpit.brains.record.accuracy import newey_west, rank_ic
from cockpit.errors import Abstained
from cockpit.evening.almanac import Almanac
from cockpit.evening.model_shelf import ModelShelf
from cockpit.evening.track import Track

BEYOND_NOISE: Final = 2.0
FEWEST: Final = 20
"""Evenings that both have a record of, below which the newer model is taken: an old one knows less of now."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What became of a candidate."""

    brain: str
    version: str
    replaced: str
    """The champion's version, empty when there was none."""
    won: bool
    why: str


def contested(
    brain: str, almanac: Almanac, models: ModelShelf, track: Track, session: date, plan: Plan | None = None
) -> Contest:
    """Train a candidate on all that was known on the evening of `session`, hold it against the champion, decide.

    The candidate is judged by what its folds said of days they had not seen, the champion by what it really said.

    Errors: Abstained with the reason when the brain cannot be trained; then the champion stays.
    """
    if brain in almanac.silent:
        raise Abstained(almanac.silent[brain])
    fitted = fit(brain, almanac.features[brain], almanac.labels, upto=session, plan=plan)
    version = models.keep(fitted.model, _won(fitted))
    champion = models.version(brain)
    won, why = (True, "the first model of this brain") if champion is None else _compared(fitted, track, brain, session)
    if won:
        models.publish(brain, version)
    return Contest(brain, version, champion or "", won, why)


def _compared(fitted: Fitted, track: Track, brain: str, session: date) -> tuple[bool, str]:
    record = track.record(session, (brain,))
    if record is None or len(record.sessions) < FEWEST:
        return (
            True,
            f"the champion has {0 if record is None else len(record.sessions)} marked evenings; newer is better",
        )
    both, at, row = np.intersect1d(record.sessions, fitted.days, return_indices=True)
    theirs = rank_ic(record.of(brain), record.excess)[at]
    paired = newey_west(fitted.ics[row] - theirs, 2 * record.horizon)
    words = f"{paired.mean:+.4f} rank IC against the champion over {paired.n} evenings, {paired.t:+.1f} errors"
    if paired.n < FEWEST:
        return True, f"{len(both)} evenings in common are too few to tell; newer is better"
    return not paired.t < -BEYOND_NOISE, words


def _won(fitted: Fitted) -> float:
    """Answer the share of days of its record with a rank IC above zero."""
    known = fitted.ics[np.isfinite(fitted.ics)]
    return float((known > 0).mean()) if len(known) else float("nan")
