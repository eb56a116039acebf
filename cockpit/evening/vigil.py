"""The evening's look for drift: each brain's signs, and where its ladder of remedies stands after them.

Only evenings whose outcomes do not overlap are counted one by one; everything else knows of the overlap. What is
carried is plain numbers on the shelf, so a restart forgets nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

import numpy as np

from cockpit.brains.drift.inputs import WORTH_OF_A_DAY, input_signs
from cockpit.brains.drift.ladder import Ladder, Rung
from cockpit.brains.drift.signs import Cusum, Level, Sign, calibration_sign, concept_sign
from cockpit.brains.record.accuracy import newey_west, rank_ic
from cockpit.brains.record.reliability import ece_by_chance, reliability
from cockpit.brains.record.track_record import TrackRecord
from cockpit.errors import BadInput
from cockpit.evening_ports import Shelf
from cockpit.opinions import FeatureHistory

KIND: Final = "drift"
NAME: Final = "ladders"
FILE: Final = "ladders.json"
WINDOW: Final = 63
"""Marked evenings over which skill and calibration are looked at."""
LIVE_DAYS: Final = 20
TRAIN_DAYS: Final = 500
SAMPLED_DAYS: Final = 50
"""Days of the training window that stand for it when inputs are compared."""
FALL: Final = 0.10
CALIBRATION_DAYS: Final = 12
"""Evenings that share no day, below which nothing is said of calibration."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Where one brain stands: its ladder, the evidence that it wins less often, and the last evening counted."""

    ladder: Ladder
    cusum: Cusum | None = None
    """None before the brain has a validated rate to fall from."""
    counted: date | None = None


@dataclass(frozen=True, slots=True)
class Vigil:
    """All brains' standings, and the signs of the newest evening."""

    watched: Mapping[str, Watched]
    signs: tuple[Sign, ...] = field(default=())

    @property
    def muted(self) -> Mapping[str, str]:
        """Answer the brains that may not speak, each with the reason."""
        return {brain: Rung.KILL.sentence for brain, w in self.watched.items() if w.ladder.is_silent}

    @property
    def caution(self) -> float:
        """Answer what scales the trust in learned weights: the most cautious brain decides."""
        return min((w.ladder.caution for w in self.watched.values()), default=1.0)

    def wants_training(self, brain: str) -> bool:
        """Tell whether a brain's ladder asks for a candidate model: once, on the evening it comes to that rung."""
        ladder = self.watched[brain].ladder
        return ladder.rung is Rung.RETRAIN and ladder.evenings == 1

    def wants_calibration(self, brain: str) -> bool:
        """Tell whether a brain's ladder asks for a new calibration: once, on the evening it comes to that rung."""
        ladder = self.watched[brain].ladder
        return ladder.rung is Rung.RECALIBRATE and ladder.evenings == 1

    def released(self, brain: str, by: str, why: str) -> Vigil:
        """Let a silenced brain speak again; BadInput for an unknown brain, nobody, or a reason under 10 characters."""
        if brain not in self.watched:
            raise BadInput(f"brain {brain!r} given; one of {', '.join(self.watched)} expected")
        was = self.watched[brain]
        return replace(self, watched={**self.watched, brain: replace(was, ladder=was.ladder.released(by, why))})

    def moved(self, before: Vigil) -> tuple[Sign, ...]:
        """Answer the signs of those brains whose response changed since the evening before."""
        changed = {b for b, w in self.watched.items() if w.ladder.rung is not before.watched[b].ladder.rung}
        return tuple(sign for sign in self.signs if sign.who in changed)

    @classmethod
    def begun(cls, brains: Sequence[str]) -> Vigil:
        """Answer the state before the first evening."""
        return cls({brain: Watched(Ladder(brain)) for brain in brains})


def after(vigil: Vigil, record: TrackRecord, won_before: Mapping[str, float], inputs: Sequence[Sign]) -> Vigil:
    """Answer where everything stands after an evening.

    `record` holds what had resolved by now; `won_before` is each brain's share of days with a positive rank IC on the
    record it was trained with; `inputs` are the signs of `inputs_of`. Inputs are shown and warned of, never acted on:
    models read ranks within a day, and a column that shifts for everybody moves no rank.
    """
    inputs = [replace(sign, level=min(sign.level, Level.WARN)) for sign in inputs]
    watched, signs = {}, list(inputs)
    for brain, was in vigil.watched.items():
        mine = [sign for sign in inputs if sign.who == brain]
        counted, own = _own_signs(brain, was, record, won_before.get(brain, np.nan))
        watched[brain] = replace(counted, ladder=was.ladder.after([*mine, *own]))
        signs += own
    return Vigil(watched, tuple(sign for sign in signs if sign.level is not Level.CALM))


def _own_signs(brain: str, was: Watched, record: TrackRecord, won_before: float) -> tuple[Watched, list[Sign]]:
    if brain not in record.voices:
        return was, []
    recent = record.days(slice(-WINDOW, None))
    said, lag = recent.of(brain), 2 * record.horizon
    signs = [concept_sign(brain, newey_west(rank_ic(said, recent.excess), lag))]
    apart = slice(None, None, -record.horizon)  # outcomes of these evenings share no day
    spoke = np.isfinite(said[apart]) & np.isfinite(recent.beat[apart])
    n_days = int(spoke.any(axis=1).sum())
    if n_days >= CALIBRATION_DAYS:
        p, beat = said[apart][spoke], recent.beat[apart][spoke]
        worth = n_days * WORTH_OF_A_DAY
        some = np.random.default_rng(0).choice(p, min(worth, len(p)), replace=False)
        # Names of one day move together: so many rows are worth far fewer, and errors are wider by the root of that.
        signs.append(calibration_sign(brain, reliability(p, beat), ece_by_chance(some), max(1, round(len(p) / worth))))
    watched = _counted(was, record, brain, won_before)
    if watched.cusum is not None:
        signs.append(watched.cusum.sign(brain))
    return watched, signs


def _counted(was: Watched, record: TrackRecord, brain: str, won_before: float) -> Watched:
    """Count the evenings since the last one counted, `horizon` apart, as won when the rank IC was above zero."""
    cusum = was.cusum
    if cusum is None:
        if not FALL < won_before < 1:
            return was
        cusum = Cusum(won_before, FALL)
    ics = rank_ic(record.of(brain), record.excess)
    days = record.sessions.astype(object)
    start = (
        0 if was.counted is None else int(np.searchsorted(record.sessions, np.datetime64(was.counted))) + record.horizon
    )
    at = [i for i in range(start, len(days), record.horizon) if np.isfinite(ics[i])]
    if not at:
        return replace(was, cusum=cusum)
    return replace(was, cusum=cusum.after(ics[at] > 0), counted=days[at[-1]])


def inputs_of(brain: str, history: FeatureHistory, row: int, trained_until: date) -> list[Sign]:
    """Compare a brain's features of the last 20 sessions up to `row` with those of the time it was trained in."""
    end = int(np.searchsorted(history.days, np.datetime64(trained_until, "D"), side="right"))
    then = np.unique(np.linspace(max(0, end - TRAIN_DAYS), end - 1, SAMPLED_DAYS).astype(int))
    now = slice(max(end, row + 1 - LIVE_DAYS), row + 1)
    train, live = history.values[then], history.values[now]
    if not len(train) or not len(live):
        return []
    n = len(history.columns)
    return input_signs(brain, history.columns, train.reshape(-1, n), live.reshape(-1, n), len(train), len(live))


class VigilShelf:
    """Keep the standings on the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def read(self, brains: Sequence[str], before: date | None = None) -> Vigil:
        """Answer the newest standings, or those the evening of `before` began with; who was never watched begins calm.

        Errors: BadInput when what is kept does not verify.
        """
        known = self._kept(before)
        return Vigil(
            {brain: _read(brain, known[brain]) if brain in known else Watched(Ladder(brain)) for brain in brains}
        )

    def _kept(self, before: date | None) -> Mapping[str, Any]:
        for version in reversed(self._shelf.versions(KIND, NAME)):
            files, card = self._shelf.get(KIND, NAME, version)
            if before is None or date.fromisoformat(card["session"]) < before:
                known: Mapping[str, Any] = json.loads(files[FILE])
                return known
        return {}

    def write(self, vigil: Vigil, session: date) -> None:
        """Keep the standings of an evening and make them the ones in use."""
        plain = {brain: _plain(watched) for brain, watched in vigil.watched.items()}
        content = json.dumps(plain, sort_keys=True, indent=1, allow_nan=False).encode()
        version = self._shelf.put(KIND, NAME, {FILE: content}, {"session": session.isoformat()})
        self._shelf.publish(KIND, NAME, version)


def _plain(watched: Watched) -> dict[str, Any]:
    counted = watched.counted
    return {
        "ladder": {**asdict(watched.ladder), "rung": int(watched.ladder.rung)},
        "cusum": None if watched.cusum is None else asdict(watched.cusum),
        "counted": None if counted is None else counted.isoformat(),
    }


def _read(brain: str, plain: Mapping[str, Any]) -> Watched:
    try:
        ladder = Ladder(**{**plain["ladder"], "rung": Rung(plain["ladder"]["rung"])})
        cusum = None if plain["cusum"] is None else Cusum(**plain["cusum"])
        return Watched(ladder, cusum, None if plain["counted"] is None else date.fromisoformat(plain["counted"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise BadInput(f"the kept ladder of {brain} cannot be read: {fault!r}") from fault
