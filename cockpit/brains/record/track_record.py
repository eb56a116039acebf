"""Outcomes of many evenings side by side: who said what of which name on which day, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.weighing.weights import SessionLosses
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import Outcome

LEAST_NAMES: Final = 10
"""A brain that spoke of fewer names on an evening counts as silent that evening."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackRecord:
    """What a number of voices said and what came true.

    Shapes: `sessions` and `resolved_on` are datetime64[D] [day], ascending; `said` is float64 [voice, day, name], NaN
    where silent; `beat` (0 or 1) and `excess` are float64 [day, name], NaN where nothing is known.
    """

    voices: tuple[str, ...]
    """Brains, the ensemble and its shadows."""
    sessions: NDArray[Any]
    resolved_on: NDArray[Any]
    tokens: NDArray[Any]
    said: NDArray[Any]
    beat: NDArray[Any]
    excess: NDArray[Any]
    horizon: int

    def of(self, voice: str) -> NDArray[Any]:
        """Answer what one voice said: float64 [day, name]; BadInput for a voice that is not in the record."""
        if voice not in self.voices:
            raise BadInput(f"{voice!r} has no record; the voices are {', '.join(self.voices)}")
        found: NDArray[Any] = self.said[self.voices.index(voice)]
        return found

    def days(self, which: Any) -> TrackRecord:
        """Answer the record of some days only, by mask or slice."""
        return replace(
            self, sessions=self.sessions[which], resolved_on=self.resolved_on[which], said=self.said[:, which],
            beat=self.beat[which], excess=self.excess[which],
        )  # fmt: skip

    def losses(self, voices: Sequence[str]) -> NDArray[Any]:
        """Answer mean Brier losses: float64 [day, voice], NaN where the voice was silent that day."""
        return np.column_stack([mean_over_names((self.of(v) - self.beat) ** 2) for v in voices])


def mean_over_names(values: NDArray[Any]) -> NDArray[Any]:
    """Answer each day's mean over the names that have a value: float64 [day], NaN where fewer than 10 have."""
    here = ~np.isnan(values)
    n = here.sum(axis=1)
    sums = np.where(here, values, 0.0).sum(axis=1)
    return np.where(n >= LEAST_NAMES, sums / np.maximum(n, 1), np.nan)


def track_record(outcomes: Iterable[Outcome]) -> TrackRecord:
    """Lay outcomes side by side.

    Errors: Abstained for none; BadInput when something was marked twice, horizons are mixed, or two outcomes disagree
    on what came true.
    """
    kept = list(outcomes)
    if not kept:
        raise Abstained("nothing has been marked yet: there is no track record")
    keys = [o.said.key for o in kept]
    if len(set(keys)) != len(keys):
        twice = min(key for key in keys if keys.count(key) > 1)
        raise BadInput(f"{twice[0]} of {twice[1]} was marked twice; once is the rule")
    if len({o.said.horizon for o in kept}) != 1:
        raise BadInput("outcomes over several horizons given; one record has one horizon")
    voices = tuple(dict.fromkeys(o.said.brain for o in kept))
    sessions = np.unique(np.array([o.said.session for o in kept], dtype="M8[D]"))
    tokens = np.unique(np.concatenate([o.rows["token"] for o in kept]))
    shape = (len(sessions), len(tokens))
    record = TrackRecord(
        voices, sessions, np.full(len(sessions), "NaT", "M8[D]"), tokens, np.full((len(voices), *shape), np.nan),
        np.full(shape, np.nan), np.full(shape, np.nan), kept[0].said.horizon,
    )  # fmt: skip
    for outcome in kept:
        _lay_down(record, outcome)
    return record


def _lay_down(record: TrackRecord, outcome: Outcome) -> None:
    day = int(np.searchsorted(record.sessions, np.datetime64(outcome.said.session, "D")))
    at = np.searchsorted(record.tokens, outcome.rows["token"])
    for board, name in ((record.beat, "beat"), (record.excess, "excess")):
        known = board[day, at]
        if ((known != outcome.rows[name]) & ~np.isnan(known)).any():
            raise BadInput(f"two outcomes of {outcome.said.session} disagree on what came true: mark them together")
        board[day, at] = outcome.rows[name]
    record.said[record.voices.index(outcome.said.brain), day, at] = outcome.rows["value"]
    record.resolved_on[day] = np.datetime64(outcome.resolved_on, "D")


def session_losses(record: TrackRecord, brains: Sequence[str]) -> list[SessionLosses]:
    """Answer what weights learn from: each day's mean losses, brains that were silent left out."""
    present = [brain for brain in brains if brain in record.voices]
    losses = record.losses(present)
    return [
        SessionLosses(
            made.item(), known.item(), {b: float(x) for b, x in zip(present, row, strict=True) if not np.isnan(x)}
        )
        for made, known, row in zip(record.sessions, record.resolved_on, losses, strict=True)
    ]
