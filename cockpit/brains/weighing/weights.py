"""How brains earn their share: fixed-share learning on what came true, then shrunk, floored and capped.

Each evening a brain's earned share falls by `exp(-eta * excess loss)` and a little of everybody's is shared out again,
so that a brain that was bad for long can come back. What is used is drawn toward equal shares while evidence is thin
and kept between a floor and a cap. Nothing here makes equal shares out of nothing: a cold start is written by somebody.
Source: Herbster and Warmuth 1998, tracking the best expert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.weighing.weight_text import signed
from cockpit.errors import BadInput, WeightsUnavailable
from cockpit.opinions import Alarm, Weights

JUMP: Final = 0.05
"""A share that moves more than this in one evening is an alarm: honest evidence is slower."""
SCORECARD: Final = "scorecard"
"""Who signs a snapshot that goes back."""
NIGHTLY: Final = "nightly"
"""Who signs what was learned."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How fast shares learn and how far they may go."""

    eta: float = 12.0
    """Learning rate a session: half of some 24 effective names."""
    alpha: float = 0.01
    """Share that is handed round again each session."""
    n0: float = 24.0
    """Independent sessions at which the evidence counts half."""
    floor: float = 0.05
    cap: float = 0.50
    horizon: int = 5

    def __post_init__(self) -> None:
        if not (4 <= self.eta <= 20 and 0 <= self.alpha < 1 and self.n0 > 0 and self.horizon >= 1):
            raise BadInput(f"{self} given; eta in 4..20, alpha in 0..1, n0 above 0, horizon at least 1 expected")
        if not 0 <= self.floor < self.cap <= 1:
            raise BadInput(f"floor {self.floor} and cap {self.cap} given; 0 <= floor < cap <= 1 expected")


RECIPE: Final = Recipe()


@dataclass(frozen=True, slots=True)
class SessionLosses:
    """Mean Brier loss of each brain over the names of one evening's predictions; a brain that was silent is missing."""

    session: date
    resolved_on: date
    losses: Mapping[str, float]


def fixed_share(shares: NDArray[Any], losses: NDArray[Any], eta: float, alpha: float) -> NDArray[Any]:
    """Answer earned shares after one session.

    Shapes: float64 [brain] both. A NaN loss is a brain that was silent: the others learn among themselves and it keeps
    its own. All silent leaves the shares as they are.
    """
    awake = ~np.isnan(losses)
    if not awake.any():
        return shares.copy()
    after = shares.copy()
    gained = shares[awake] * np.exp(-eta * (losses[awake] - losses[awake].min()))
    after[awake] = gained * (shares[awake].sum() / gained.sum())
    return (1 - alpha) * after + alpha / len(shares)


def trust_in(n_eff: float, n0: float) -> float:
    """Answer how far `n_eff` independent sessions count against equal shares, 0..1."""
    return n_eff / (n_eff + n0)


def projected(shares: NDArray[Any], floor: float, cap: float) -> NDArray[Any]:
    """Answer the nearest shares that sum to 1 and lie between floor and cap, by pouring water; order is kept.

    Errors: BadInput when no such shares exist.
    """
    n = len(shares)
    if not n * floor <= 1 <= n * cap:
        raise BadInput(f"{n} brains cannot share 1 with floor {floor} and cap {cap}")
    levels = np.unique(np.concatenate([shares - floor, shares - cap]))
    filled = np.clip(shares - levels[:, None], floor, cap).sum(axis=1)  # falls as the level rises
    at = min(int(np.searchsorted(-filled, -1.0, side="right")) - 1, len(levels) - 2)
    low, high = levels[max(at, 0)], levels[max(at, 0) + 1]
    free = (shares - cap <= low) & (shares - floor >= high)
    level = low  # where every share stands at floor or cap
    if free.any():
        fixed = np.clip(shares[~free] - low, floor, cap).sum()
        level = (shares[free].sum() + fixed - 1) / free.sum()
    poured: NDArray[Any] = np.clip(shares - level, floor, cap)
    return poured


def used_shares(earned: NDArray[Any], trust: float, recipe: Recipe = RECIPE) -> NDArray[Any]:
    """Answer the shares that are used: earned ones drawn toward equal by lack of trust, then floored and capped."""
    return projected(trust * earned + (1 - trust) / len(earned), recipe.floor, recipe.cap)


def cold_start(brains: Sequence[str], session: date, as_of: int, by: str, why: str) -> Weights:
    """Make the first snapshot, equal on purpose: somebody signs for it and says why.

    Errors: BadInput for nobody, a reason shorter than 10 characters, or no brains.
    """
    if not by.strip() or len(why.strip()) < 10 or not brains or len(set(brains)) != len(brains):
        raise BadInput(
            f"cold start by {by!r} for {list(brains)}, {why!r}: a name, brains once each and a reason expected"
        )
    equal = dict.fromkeys(brains, 1 / len(brains))
    return signed(Weights("", as_of, equal, 0, "cold_start", session, earned=equal, by=by, note=why))


def learned(
    parent: Weights,
    evidence: Iterable[SessionLosses],
    session: date,
    as_of: int,
    recipe: Recipe = RECIPE,
    caution: float = 1.0,
) -> Weights:
    """Make the evening's snapshot from yesterday's and from what resolved since.

    `caution` scales the trust down, where drift asks for it. Without new evidence yesterday's shares are kept and the
    note says so.

    Errors: BadInput for evidence that is not newer than the parent, is from after `session`, or names unknown brains.
    """
    rows = sorted(evidence, key=lambda row: (row.resolved_on, row.session))
    for row in rows:
        _refuse_evidence(row, parent, session)
    rows = [row for row in rows if row.losses]
    if not rows:
        return carried(parent, session, as_of, "kept: nothing resolved since")
    brains = tuple(parent.earned)
    losses = np.array([[row.losses.get(brain, np.nan) for brain in brains] for row in rows])
    earned = np.array([parent.earned[brain] for brain in brains])
    for each in losses:
        earned = fixed_share(earned, each, recipe.eta, recipe.alpha)
    n_sessions = parent.evidence_sessions + len(rows)
    trust = caution * trust_in(n_sessions / recipe.horizon, recipe.n0)
    used = used_shares(earned, trust, recipe)
    if np.ptp(used) <= 1e-9:
        return carried(parent, session, as_of, "kept: the evidence tells no brain from another")
    snapshot = Weights(
        "", as_of, _named(brains, used), n_sessions, "learned", session, parent.snapshot_id, _named(brains, earned),
        _mean_losses(brains, losses), n_sessions / recipe.horizon, trust, NIGHTLY,
        f"{len(rows)} sessions resolved",
    )  # fmt: skip
    return signed(replace(snapshot, alarms=(*_stopping(parent), *jumps(parent, snapshot))))


def _refuse_evidence(row: SessionLosses, parent: Weights, session: date) -> None:
    if parent.session is None or not parent.earned:
        raise BadInput(f"snapshot {parent.snapshot_id} does not say when it was made or what was earned: not learnable")
    if not parent.session < row.resolved_on <= session or row.session >= row.resolved_on:
        raise BadInput(
            f"losses of {row.session} resolved on {row.resolved_on}; after {parent.session} and by {session} expected"
        )
    if unknown := set(row.losses) - set(parent.earned):
        raise BadInput(f"losses of {row.session} name {sorted(unknown)}, who have no share in {parent.snapshot_id}")
    if any(not 0 <= loss <= 1 for loss in row.losses.values()):
        raise BadInput(f"losses of {row.session} are {dict(row.losses)}; a Brier loss in 0..1 each expected")


def carried(parent: Weights, session: date, as_of: int, note: str) -> Weights:
    """Keep yesterday's shares for another evening, and say why."""
    kept = replace(parent, snapshot_id="", as_of=as_of, session=session, parent=parent.snapshot_id, losses={})
    by = NIGHTLY if parent.by == SCORECARD else parent.by  # a cold start stays signed by whoever began
    return signed(replace(kept, by=by, note=note, alarms=_stopping(parent)))


def _stopping(parent: Weights) -> tuple[Alarm, ...]:
    return tuple(alarm for alarm in parent.alarms if alarm.stops)


def jumps(parent: Weights, snapshot: Weights) -> tuple[Alarm, ...]:
    """Answer an alarm for each share that moved more in one evening than honest evidence can move it."""
    moves = {brain: share - parent.shares[brain] for brain, share in snapshot.shares.items()}
    return tuple(
        Alarm("WEIGHT_JUMP", brain, snapshot.as_of, abs(move), JUMP,
              f"The share of {brain} moved by {move:+.3f} in one evening; {JUMP} is the most that evidence explains.")
        for brain, move in moves.items() if abs(move) > JUMP
    )  # fmt: skip


def rolled_back(history: Sequence[Weights], alarm: Alarm, good_before: date, as_of: int) -> Weights:
    """Make a snapshot that goes back to the newest good one, and say so.

    Good is what was in use before the evenings the alarm speaks of began (`good_before`), carries no alarm itself and
    was not gone back from earlier. `history` holds all snapshots in the order written; the last is the one in use.

    Errors: WeightsUnavailable when there is none; then nothing is scored until somebody writes a cold start.
    """
    current = history[-1]
    good = [w for w in _stood(history) if w.session is not None and w.session < good_before and not w.alarms]
    if not good:
        raise WeightsUnavailable(f"{alarm.sentence} No snapshot from before {good_before} is free of alarms.")
    newest = good[-1]
    reason = "cold_start" if newest.is_uniform else "rolled_back"
    note = f"rolled back from {current.snapshot_id} to {newest.snapshot_id} of {newest.session}: {alarm.sentence}"
    back = replace(newest, snapshot_id="", as_of=as_of, session=current.session, reason=reason, losses={}, note=note)
    return signed(replace(back, parent=newest.snapshot_id, by=SCORECARD, alarms=(alarm,)))


def _stood(history: Iterable[Weights]) -> list[Weights]:
    """Answer the snapshots that nobody went back from."""
    stood: list[Weights] = []
    for snapshot in history:
        if snapshot.by == SCORECARD:
            ids = [w.snapshot_id for w in stood]
            stood = stood[: ids.index(snapshot.parent) + 1] if snapshot.parent in ids else []
        stood.append(snapshot)
    return stood


def stopped(current: Weights, alarm: Alarm, as_of: int) -> Weights:
    """Make a snapshot that may not be used until a person has looked at `alarm`."""
    held = replace(current, snapshot_id="", as_of=as_of, parent=current.snapshot_id, losses={}, note=alarm.sentence)
    return signed(replace(held, alarms=(*current.alarms, replace(alarm, stops=True))))


def released(current: Weights, as_of: int, by: str, why: str) -> Weights:
    """Make a snapshot with the same shares and no alarm: somebody looked, signs for it and says why.

    Errors: BadInput for nobody, or a reason shorter than 10 characters.
    """
    if not by.strip() or len(why.strip()) < 10:
        raise BadInput(f"alarms released by {by!r}, {why!r}: a name and a reason of 10 characters expected")
    free = replace(current, snapshot_id="", as_of=as_of, parent=current.snapshot_id, losses={}, by=by, note=why)
    return signed(replace(free, alarms=()))


def _named(brains: Sequence[str], values: NDArray[Any]) -> dict[str, float]:
    return {brain: float(value) for brain, value in zip(brains, values, strict=True)}


def _mean_losses(brains: Sequence[str], losses: NDArray[Any]) -> dict[str, float]:
    spoke = ~np.isnan(losses)
    return {b: float(losses[spoke[:, i], i].mean()) for i, b in enumerate(brains) if spoke[:, i].any()}
