"""Who earns their keep: each voice's record with honest errors, and the ensemble against what it has to beat.

The ensemble is compared with equal shares evening by evening on the names both spoke of. Trailing beyond noise over 60
evenings is the sign of weights upside down or stale; the answer is an alarm and, announced, the last good snapshot.
The alarm is quick and cries wolf: where brains have no skill to tell apart, one look in twelve raises it and so do half
of all years of evenings. What that costs is weights some weeks older; with real skill it is silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.record.accuracy import Estimate, bootstrap_mean, effective_count, newey_west, rank_ic, wilson
from cockpit.brains.record.track_record import TrackRecord, mean_over_names
from cockpit.brains.weighing.ensemble import ENSEMBLE
from cockpit.brains.weighing.shadows import UNIFORM
from cockpit.brains.weighing.weights import SCORECARD, rolled_back, stopped
from cockpit.errors import WeightsUnavailable
from cockpit.opinions import Alarm, Weights

WINDOW: Final = 60
"""Marked evenings over which the ensemble is held against equal shares."""
BEYOND_NOISE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Standing:
    """One voice's record, over all evenings or those of one regime."""

    voice: str
    regime: str
    """Empty for all."""
    sessions: int
    n_eff: float
    """Sessions over the horizon: how many the record is worth at most."""
    names: int
    hits: int
    """Names called to the right side of the median; one half is no call."""
    low: float
    """Wilson 95 % interval of the hit rate, on as many calls as its daily swing says they are worth."""
    high: float
    brier: float
    ic: Estimate
    """Mean daily rank correlation with what came, error with lags up to 2H."""
    ic_low: float
    """95 % interval of the same by the stationary bootstrap."""
    ic_high: float

    @property
    def accuracy(self) -> float:
        """Answer the hit rate; NaN for a voice that called nothing."""
        return self.hits / self.names if self.names else np.nan


@dataclass(frozen=True, slots=True)
class Review:
    """What the evening's look at the record brought: alarms, and the snapshot to write where the ensemble trails."""

    alarms: tuple[Alarm, ...]
    back: Weights | None


def standings(record: TrackRecord, regimes: NDArray[Any] | None = None) -> tuple[Standing, ...]:
    """Answer each voice's record, first over all evenings, then by regime. Shapes: `regimes` is text [day]."""
    found = [_standing(record, voice, "") for voice in record.voices]
    if regimes is not None:
        for regime in np.unique(regimes):
            part = record.days(regimes == regime)
            found += [_standing(part, voice, str(regime)) for voice in record.voices]
    return tuple(found)


def _standing(record: TrackRecord, voice: str, regime: str) -> Standing:
    said, lag = record.of(voice), 2 * record.horizon
    called = ~np.isnan(said) & ~np.isnan(record.beat) & (said != 0.5)
    right = called & ((said > 0.5) == (record.beat == 1))
    hits, n = right.sum(axis=1), called.sum(axis=1)
    worth = effective_count(hits, n, lag)
    rate = hits.sum() / n.sum() if n.any() else 0.0
    low, high = wilson(float(rate * worth), worth)
    daily = rank_ic(said, record.excess)
    losses = record.losses([voice])[:, 0]
    sessions = int((~np.isnan(losses)).sum())
    brier = float(losses[~np.isnan(losses)].mean()) if sessions else np.nan
    ic = newey_west(daily, lag)
    return Standing(voice, regime, sessions, sessions / record.horizon, int(n.sum()), int(hits.sum()), low, high, brier,
                    ic, *bootstrap_mean(daily, lag))  # fmt: skip


def lead(record: TrackRecord, who: str, over: str) -> Estimate:
    """Answer by how much lower the Brier loss of `who` is than that of `over`, paired by evening and name."""
    difference = (record.of(over) - record.beat) ** 2 - (record.of(who) - record.beat) ** 2
    return newey_west(mean_over_names(difference), 2 * record.horizon)


def trailing(record: TrackRecord, as_of: int) -> Alarm | None:
    """Answer an alarm when the ensemble lost to equal shares beyond noise over the last 60 evenings of the record."""
    if not {ENSEMBLE, UNIFORM} <= set(record.voices):
        return None  # one of them never had a quorum: there is nothing to hold against the other
    recent = record.days(slice(-WINDOW, None))
    found = lead(recent, ENSEMBLE, UNIFORM)
    if found.n < WINDOW or not found.t < -BEYOND_NOISE:
        return None
    sentence = (
        f"Over {found.n} evenings the ensemble lost to equal shares by {-1e4 * found.mean:.1f} bp of Brier loss, "
        f"{-found.t:.1f} errors beyond noise: its weights are upside down or stale."
    )
    return Alarm("BELOW_UNIFORM", ENSEMBLE, as_of, found.t, -BEYOND_NOISE, sentence)


def upside_down(record: TrackRecord, as_of: int) -> tuple[Alarm, ...]:
    """Answer an alarm for each voice whose rank correlation lies below zero beyond noise over the last 60 evenings."""
    recent = record.days(slice(-WINDOW, None))
    found = {v: newey_west(rank_ic(recent.of(v), recent.excess), 2 * record.horizon) for v in record.voices}
    return tuple(
        Alarm("INVERTED", v, as_of, ic.t, -BEYOND_NOISE,
              f"Over {ic.n} evenings names that {v} liked did worse: mean rank correlation {ic.mean:+.3f}.")
        for v, ic in found.items() if ic.n >= WINDOW and ic.t < -BEYOND_NOISE
    )  # fmt: skip


def reviewed(record: TrackRecord, history: Sequence[Weights], as_of: int) -> Review:
    """Look at the record and answer the alarms; go back to the last good weights when the ensemble trails equal shares.

    `history` holds all snapshots in the order written. Evenings before the last going back are not held against what
    is in use since. Where nothing good is left to go back to, the answer is the newest snapshot, stopped: it may not be
    used until a person has looked.
    """
    since = [w.session for w in history if w.by == SCORECARD and w.session is not None]
    if since:
        record = record.days(record.sessions > np.datetime64(since[-1], "D"))
    alarms = upside_down(record, as_of)
    alarm = trailing(record, as_of)
    if alarm is None:
        return Review(alarms, None)
    began = record.sessions[-WINDOW:][0].item()
    try:
        return Review((alarm, *alarms), rolled_back(history, alarm, began, as_of))
    except WeightsUnavailable:
        return Review((replace(alarm, stops=True), *alarms), stopped(history[-1], alarm, as_of))
