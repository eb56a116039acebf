"""What each brain says of every name on one evening, as columns, and what the ensemble and its shadows make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.weighing.ensemble import ENSEMBLE, Pool, pooled
from cockpit.brains.weighing.shadows import shadows
from cockpit.errors import WeightsUnavailable
from cockpit.opinions import PREDICTION, Abstain, Predictions, Score, View, Weights

SHADOW: Final = "shadow"


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One brain on one evening. Shapes: float64 [name], NaN where it is silent; `silence` says why, name by name."""

    brain: str
    raw: NDArray[Any]
    value: NDArray[Any]
    sure: NDArray[Any]
    """Confidence, 0..1."""
    silence: tuple[str, ...]
    model: str
    calibration: str
    schema: str
    trained_until: date | None
    why: str = ""
    """Why it is silent on all names; empty when it spoke."""

    @classmethod
    def silent(cls, brain: str, n_names: int, why: str) -> Voice:
        """Answer a brain that says nothing of anybody, with the reason."""
        nothing = np.full(n_names, np.nan)
        return cls(brain, nothing, nothing, nothing, (why,) * n_names, "", "", "", None, why)

    def views(self, tokens: Sequence[int], as_of: int) -> tuple[View, ...]:
        """Answer the same as one view a name, in the order of `tokens`."""
        return tuple(
            Abstain(self.brain, token, as_of, self.silence[i])
            if np.isnan(self.value[i])
            else Score(self.brain, token, as_of, float(self.value[i]), float(self.sure[i]))
            for i, token in enumerate(tokens)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Chorus:
    """All voices of one evening and what was made of them. Shapes: `said` is float64 [brain, name], NaN silent."""

    session: date
    as_of: int
    tokens: tuple[int, ...]
    voices: tuple[Voice, ...]
    weights: Weights
    said: NDArray[Any]
    pool: Pool
    shadows: Mapping[str, NDArray[Any]]

    @property
    def brains(self) -> tuple[str, ...]:
        """Answer the brains in the order of the rows."""
        return tuple(voice.brain for voice in self.voices)

    @property
    def silent(self) -> tuple[tuple[str, str], ...]:
        """Answer the brains that said nothing of anybody, each with its reason."""
        return tuple((voice.brain, voice.why) for voice in self.voices if voice.why)


def chorus(
    session: date, as_of: int, tokens: Sequence[int], voices: Sequence[Voice], weights: Weights, best: str | None
) -> Chorus:
    """Pool the voices with the weights; `best` is the brain that had the lowest loss by what was known before.

    Errors: WeightsUnavailable when the weights are not of exactly these brains.
    """
    brains = [voice.brain for voice in voices]
    if set(brains) != set(weights.shares):
        raise WeightsUnavailable(
            f"weights {weights.snapshot_id} are of {sorted(weights.shares)}; {sorted(brains)} speak this evening"
        )
    said = np.array([voice.value for voice in voices])
    pool = pooled(said, np.array([weights.shares[brain] for brain in brains]))
    row = brains.index(best) if best in brains else None
    return Chorus(session, as_of, tuple(tokens), tuple(voices), weights, said, pool, shadows(said, row))


def predictions(heard: Chorus, horizon: int) -> tuple[Predictions, ...]:
    """Answer what is kept of an evening: one a brain that spoke, the ensemble's, and the shadows'."""
    order = np.argsort(np.array(heard.tokens))
    kept = [
        Predictions(
            voice.brain, heard.session, horizon, heard.as_of, heard.weights.snapshot_id, voice.schema, voice.model,
            voice.calibration, _rows(heard.tokens, order, voice.raw, voice.value), voice.trained_until,
        )
        for voice in heard.voices if not voice.why
    ]  # fmt: skip
    for name, value in {ENSEMBLE: heard.pool.value, **heard.shadows}.items():
        rows = _rows(heard.tokens, order, value, value)
        if len(rows):
            # Learned by nobody: it stands on the voices, which say for themselves how far they have seen.
            kept.append(
                Predictions(name, heard.session, horizon, heard.as_of, heard.weights.snapshot_id, "", SHADOW, "", rows)
            )
    return tuple(kept)


def _rows(tokens: Sequence[int], order: NDArray[Any], raw: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    spoke = order[~np.isnan(value[order])]
    rows = np.zeros(len(spoke), PREDICTION)
    rows["token"] = np.array(tokens, dtype="i8")[spoke]
    rows["raw"], rows["value"] = raw[spoke], value[spoke]
    return rows
