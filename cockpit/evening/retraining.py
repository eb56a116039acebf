"""A candidate against the champion: a new model takes over only where it is no worse beyond noise, and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from cockpit.brains.learning.calibration import calibrated, out_of_fold
from cockpit.brains.learning.training import Fitted, Plan, bend, fit
from cockpit.brains.record.accuracy import newey_west, rank_ic
from cockpit.errors import Abstained, CockpitError
from cockpit.evening.almanac import Almanac
from cockpit.evening.model_shelf import ModelShelf
from cockpit.evening.track import Track
from cockpit.facts import AlarmRaised, JournalFact, ModelPublished
from cockpit.opinions import Alarm, FeatureHistory

BEYOND_NOISE: Final = 2.0
RECALIBRATION_EVENINGS: Final = 250
"""The newest evenings that a new map is fitted on."""
FEWEST: Final = 20
"""Evenings that both have a record of, below which the newer model is taken: an old one knows less of now."""


AGED_DAYS: Final = 80
"""Calendar days after which a champion gives way whatever its record: at 120 it would fall silent, and a candidate
that is due every three months at most must not come too late."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What became of a candidate."""

    brain: str
    version: str
    replaced: str
    """The champion's version, empty when there was none."""
    won: bool
    why: str
    alarms: tuple[Alarm, ...] = ()
    """What its calibration found wrong with it, such as names it likes doing worse beyond doubt."""


def contested(
    brain: str,
    almanac: Almanac,
    models: ModelShelf,
    track: Track,
    session: date,
    plan: Plan | None = None,
    tell: Callable[[Contest], None] = lambda contest: None,
) -> Contest:
    """Train a candidate on all that was known on the evening of `session`, hold it against the champion, decide.

    The candidate is judged by what its folds said of days they had not seen, the champion by what it really said. A
    candidate that wins is told through `tell` before it is the one in use, so that no model speaks unannounced.

    Errors: Abstained with the reason when the brain cannot be trained; then the champion stays.
    """
    if brain in almanac.silent:
        raise Abstained(almanac.silent[brain])
    history = almanac.features[brain]
    fitted = fit(brain, history, almanac.labels, upto=session, plan=plan)
    version = models.keep(fitted.model, _won(fitted))
    champion = models.version(brain)
    if champion == version:
        return Contest(brain, version, "", False, "it is the very model that was made")
    past = "the first model of this brain" if champion is None else _past(models, brain, history, session)
    won, why = (True, past) if past else _compared(fitted, track, brain, session)
    contest = Contest(brain, version, champion or "", won, why, fitted.model.calibration.alarms)
    if won:
        tell(contest)
        models.publish(brain, version)
    return contest


def recalibrated(
    brain: str, models: ModelShelf, track: Track, session: date, tell: Callable[[Contest], None] = lambda contest: None
) -> Contest:
    """Fit the map of the model in use anew, on what it really said and what came true of it by `session`.

    Errors: Abstained when too little came true for a map; BadInput when what was said cannot be learned from.
    """
    champion, model = models.in_use(brain)
    seen = out_of_fold([o for o in track.resolved(session) if o.said.brain == brain][-RECALIBRATION_EVENINGS:])
    fresh = calibrated(brain, seen, session, model.card.horizon)
    mended = replace(model, calibration=fresh, card=replace(model.card, bend=bend(fresh, seen)))
    version = models.keep(mended, models.won_before(brain))
    why = f"the same model, its calibration fitted anew on {len(seen.raw)} outcomes"
    contest = Contest(brain, version, champion, version != champion, why, fresh.alarms)
    if contest.won:
        tell(contest)
        models.publish(brain, version)
    return contest


def announced(contest: Contest, ts: int) -> list[JournalFact]:
    """Answer the facts that tell of a model before it speaks, with what is wrong with it."""
    fact = ModelPublished(ts, contest.brain, contest.version, contest.replaced, contest.why)
    return [fact, *(AlarmRaised(ts, alarm) for alarm in contest.alarms)]


def _past(models: ModelShelf, brain: str, history: FeatureHistory, session: date) -> str:
    """Answer why a champion can speak no longer, or not for long, whatever its record was; empty when it can."""
    try:
        _, model = models.in_use(brain)
    except CockpitError as fault:
        return f"the champion cannot be used: {fault}"
    card = model.card
    if (card.schema, card.columns) != (history.schema, history.columns):
        return "the champion knows other features than are measured now"
    if (session - card.trained_until).days > AGED_DAYS:
        return f"the champion has seen nothing since {card.trained_until}"
    return ""


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
