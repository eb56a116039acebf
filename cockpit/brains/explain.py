"""Why a name stands where it stands: the ensemble's probability taken apart down to features, and each figure's papers.

The parts are signed distances from one half and add up exactly. A brain's part is its weight times its own distance; a
feature's part is its exact share of the raw score times one slope, the same for all names, so that its sign and order
are those the model gave it. What the calibration bends away from that slope stands as a part of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.model import Model
from cockpit.errors import BadInput
from cockpit.evidence import Evidence, Origin, Sourced
from cockpit.opinions import Abstain, FeaturePanel, Score, Verdict

CALIBRATION: Final = "calibration"
"""The part of a probability that no feature moved: the base rate, and where the map is no straight line."""
TOP: Final = 5
HALF: Final = 0.5
ROUNDING: Final = 1e-9

Words = Callable[[str, float], str]


@dataclass(frozen=True, slots=True)
class Part:
    """One feature's part in one brain's distance from one half."""

    feature: str
    value: float
    """The feature itself, NaN when it was not known or, for the calibration, is no feature."""
    share: float
    """Signed, in probability."""


@dataclass(frozen=True, slots=True)
class BrainPart:
    """One brain's part in the verdict."""

    brain: str
    probability: float
    """What it said; NaN when it was silent."""
    weight: float
    """Its weight for this name, those of silent brains shared out; 0 when it was silent."""
    share: float
    """Weight times distance from one half."""
    parts: tuple[Part, ...]
    """All features and the calibration, strongest first, adding up to the brain's own distance from one half."""
    silence: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict taken apart: the shares of the brains add up to its distance from one half."""

    token: int
    value: float
    brains: tuple[BrainPart, ...]

    def features(self) -> tuple[tuple[str, Part], ...]:
        """Answer every (brain, part) of the verdict itself, strongest first; their shares add up as the brains' do."""
        scaled = [
            (brain.brain, Part(part.feature, part.value, part.share * brain.weight))
            for brain in self.brains
            for part in brain.parts
        ]
        return tuple(sorted(scaled, key=lambda item: -abs(item[1].share)))

    def lines(self, words: Mapping[str, Words], top: int = TOP) -> tuple[str, ...]:
        """Say the strongest parts in plain words, every clause with its number; `words` says a brain's features."""
        told = [f"{self.value:.1%} to beat the median"]
        for brain, part in self.features()[:top]:
            said = "its calibration" if part.feature == CALIBRATION else words[brain](part.feature, part.value)
            told.append(f"{part.share * 100:+.2f} points, {brain}: {said}")
        told.extend(f"{b.brain} is silent: {b.silence}" for b in self.brains if b.silence)
        return tuple(told)


def parts_of(model: Model, panel: FeaturePanel, token: int) -> tuple[Part, ...]:
    """Take one name's probability under one model apart; the shares add up to its distance from one half.

    Errors: Abstained as `Model.said`; BadInput when the panel has no such name or the model is silent on it.
    """
    if token not in panel.tokens:
        raise BadInput(f"token {token} is not among the panel's {len(panel.tokens)} names")
    said = model.said(panel)
    if silence := said.silence[panel.tokens.index(token)]:
        raise BadInput(f"{model.brain} is silent on {token}: {silence}")
    return parts_by_token(model, panel, said.value, [token])[token]


def parts_by_token(
    model: Model, panel: FeaturePanel, value: NDArray[Any], tokens: Sequence[int]
) -> dict[int, tuple[Part, ...]]:
    """Take several names apart at once; `value` [name] is what the model said, and who was not heard is left out."""
    row_of = {token: row for row, token in enumerate(panel.tokens)}
    heard = [token for token in tokens if token in row_of and np.isfinite(value[row_of[token]])]
    rows = np.array([row_of[token] for token in heard], dtype=np.int64)
    shares = model.shares(panel, rows)[:, :-1] * model.card.bend if heard else np.empty((0, len(panel.columns)))
    return {
        token: _parts(panel.columns, panel.values[row], shares[at], float(value[row]) - HALF)
        for at, (token, row) in enumerate(zip(heard, rows, strict=True))
    }


def _parts(columns: Sequence[str], values: NDArray[Any], shares: NDArray[Any], away: float) -> tuple[Part, ...]:
    parts = [Part(column, float(values[c]), float(shares[c])) for c, column in enumerate(columns)]
    parts.append(Part(CALIBRATION, float("nan"), away - sum(part.share for part in parts)))
    return tuple(sorted(parts, key=lambda part: -abs(part.share)))


def explained(verdict: Verdict, parts: Mapping[str, Sequence[Part]]) -> Explanation:
    """Take a verdict apart into brains, and each into the `parts` that `parts_of` answered for it.

    Errors: BadInput when parts do not add up to what the brain said, or the brains not to the verdict: then the weights
    or scores shown are not the ones that were used.
    """
    spoke = {view.brain: view for view in verdict.views if isinstance(view, Score)}
    silent = {view.who: view for view in verdict.views if isinstance(view, Abstain)}
    present = sum(share for brain, share in verdict.weights.shares.items() if brain in spoke)
    brains = tuple(
        _spoken(spoke[brain], share / present, tuple(parts.get(brain, ())))
        if brain in spoke
        else BrainPart(brain, float("nan"), 0.0, 0.0, (), silent[brain].reason if brain in silent else "said nothing")
        for brain, share in verdict.weights.shares.items()
    )
    total = sum(brain.share for brain in brains)
    if abs(total - (verdict.value - HALF)) > ROUNDING:
        raise BadInput(
            f"the brains add up to {HALF + total!r} and the verdict on {verdict.token} is {verdict.value!r}: the"
            f" weights {verdict.weights.snapshot_id} are not the ones it was made with"
        )
    return Explanation(verdict.token, verdict.value, tuple(sorted(brains, key=lambda brain: -abs(brain.share))))


def _spoken(view: Score, weight: float, parts: tuple[Part, ...]) -> BrainPart:
    away = view.value - HALF
    if parts and abs(sum(part.share for part in parts) - away) > ROUNDING:
        raise BadInput(f"the parts of {view.brain} do not add up to what it said of {view.token}, {view.value!r}")
    return BrainPart(view.brain, view.value, weight, weight * away, parts)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The birth certificate of a figure: everything it was made of, by id, and how old that was."""

    token: int
    value: float
    as_of: int
    weights: str
    models: tuple[tuple[str, str], ...]
    """Brain and version of its model."""
    calibrations: tuple[tuple[str, str], ...]
    schemas: tuple[tuple[str, str], ...]
    snapshots: tuple[tuple[str, str], ...]
    """Brain and hash of what its model learned from."""
    origins: tuple[tuple[str, str, float, str], ...]
    """Table, source, age in seconds of its newest value, and why a better source did not answer; empty when it did."""
    missing: tuple[tuple[str, str], ...]
    """Tables nobody could supply, each with the reason."""

    def lines(self) -> tuple[str, ...]:
        """Say the certificate in plain words."""
        return (
            f"weights {self.weights}",
            *(f"{brain}: model {version}" for brain, version in self.models),
            *(f"{brain}: calibration {version}" for brain, version in self.calibrations),
            *(f"{brain}: features {schema[:12]}" for brain, schema in self.schemas),
            *(f"{brain}: learned from {snapshot[:12]}" for brain, snapshot in self.snapshots),
            *(
                f"{table}: {source}, {age / 3600:.1f} h old{f', since {fallback}' if fallback else ''}"
                for table, source, age, fallback in self.origins
            ),
            *(f"{table}: missing, {reason}" for table, reason in self.missing),
        )


def certificate(verdict: Verdict, models: Mapping[str, tuple[str, Model]], evidence: Evidence) -> Certificate:
    """Answer where a verdict comes from; `models` maps a brain that spoke to its version and model.

    Errors: BadInput when a brain that spoke has no model here: a figure without papers is not shown.
    """
    spoke = sorted(view.brain for view in verdict.views if isinstance(view, Score))
    unknown = [brain for brain in spoke if brain not in models]
    if unknown:
        raise BadInput(f"no model of {unknown} is known, and they spoke of {verdict.token}")
    made = [(brain, models[brain][0], models[brain][1]) for brain in spoke]
    return Certificate(
        verdict.token,
        verdict.value,
        verdict.as_of,
        verdict.weights.snapshot_id,
        tuple((brain, version) for brain, version, _ in made),
        tuple((brain, model.calibration.version) for brain, _, model in made),
        tuple((brain, model.card.schema) for brain, _, model in made),
        tuple((brain, model.card.snapshot) for brain, _, model in made),
        tuple(
            (table, origin.source, origin.age_s(verdict.as_of), origin.fallback) for table, origin in _origins(evidence)
        ),
        tuple((part.what, part.reason) for part in evidence.missing()),
    )


def _origins(evidence: Evidence) -> list[tuple[str, Origin]]:
    parts = {name: getattr(evidence, name) for name in type(evidence).__dataclass_fields__}
    return [(name, part.origin) for name, part in parts.items() if isinstance(part, Sourced)]


def moved_by(model: Model, ranked: NDArray[Any], row: int, column: int, instead: float) -> float:
    """Answer how far the raw score of a row moves when one column is set to another rank.

    Shapes: `ranked` is [name, column].
    """
    changed = ranked[[row]].astype(np.float64)
    before = model.learner.raw(changed)
    changed[0, column] = instead
    return float((model.learner.raw(changed) - before)[0])
