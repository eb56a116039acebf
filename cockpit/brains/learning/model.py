"""A model: what a brain has learned, frozen, asked about one evening's features, and silent where it must not speak.

It answers only to the features it was trained on, by name, order and fingerprint; never about days it has learned from;
and not for ever. What it is made of is inert: plain numbers and LightGBM's text, sealed with hashes, never a pickle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.calibration import Calibration
from cockpit.brains.learning.linear import Ridge
from cockpit.brains.learning.model_card import ModelCard
from cockpit.brains.learning.ranks import ranked_columns
from cockpit.brains.learning.trees import Trees
from cockpit.clock import ist_day
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import PREDICTION, Abstain, FeaturePanel, Predictions, Score, View

FRESH_SHARE: Final = 0.5
"""With less than half of its columns known and fresh a name is not scored, and not learned from either."""
FEWEST_NAMES: Final = 20
"""Fewer names than this cannot be ranked among each other."""
OLDEST_DAYS: Final = 120
"""Calendar days after which a model has to be fitted again before it is asked again."""
TOP: Final = 5
"""Reasons that a score carries."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a model makes of every name at one instant.

    Shapes: all [name]; float64, NaN where it is silent. `raw` lies in 0..1 and is what it said before calibration,
    `value` the probability, `low` and `high` its band, `fresh` the share of columns known and fresh; `silence` says why
    there is no view, empty where there is one.
    """

    raw: NDArray[np.float64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    fresh: NDArray[np.float64]
    silence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What one brain has learned."""

    card: ModelCard
    learner: Ridge | Trees
    calibration: Calibration

    def __post_init__(self) -> None:
        if self.learner.columns != self.card.columns or self.calibration.brain != self.card.brain:
            raise BadInput(f"card, learner and calibration of {self.card.brain} are not of one model")

    @property
    def brain(self) -> str:
        """Answer whose model this is."""
        return self.card.brain

    def refusal(self, panel: FeaturePanel) -> str:
        """Answer why this model must not be asked about `panel` at all; empty when it may."""
        card, day = self.card, ist_day(panel.as_of)
        if panel.schema != card.schema:
            return f"features of pipeline {panel.schema[:12]}; the model knows {card.schema[:12]}: fit it again"
        if panel.columns != card.columns:
            return f"columns {_first_difference(panel.columns, card.columns)}: fit it again"
        if len(panel.tokens) < FEWEST_NAMES:
            return f"{len(panel.tokens)} names; at least {FEWEST_NAMES} are needed to rank one"
        if day < card.trained_until:
            return f"the model has seen prices up to {card.trained_until}; of {day} it only remembers"
        if (day - card.trained_until).days > OLDEST_DAYS:
            return f"the model has seen nothing since {card.trained_until}: fit it again"
        return ""

    def said(self, panel: FeaturePanel) -> Said:
        """Answer what the model makes of every name of a panel.

        Errors: Abstained with the reason when it must not be asked about the panel.
        """
        if reason := self.refusal(panel):
            raise Abstained(reason)
        fresh = fresh_shares(panel.values, panel.stale)
        speaks = fresh >= FRESH_SHARE
        raw = np.where(speaks, probability(self.learner.raw(ranked_columns(panel.values))), np.nan)
        low, high = (np.where(speaks, edge, np.nan) for edge in self.calibration.band(raw))
        n = len(panel.columns)
        silence = tuple(
            "" if speaks[i] else f"{round(fresh[i] * n)} of {n} features are known and fresh" for i in range(len(fresh))
        )
        return Said(raw, self.calibration.value(raw), low, high, fresh, silence)

    def score(self, panel: FeaturePanel, reasons: int = TOP) -> tuple[View, ...]:
        """Answer a view of every name, in the panel's order, with its `reasons` strongest columns.

        Reasons are (column, share of the probability); asking for none is what a live re-score does. A panel that the
        model must not be asked about gets an Abstain for every name.
        """
        try:
            said = self.said(panel)
        except Abstained as silence:
            return silent(self.brain, panel, str(silence))
        sure = self.confidence(said)
        why = self.reasons(panel, reasons) if reasons else [()] * len(panel.tokens)
        return tuple(
            Abstain(self.brain, token, panel.as_of, said.silence[i])
            if said.silence[i]
            else Score(self.brain, token, panel.as_of, float(said.value[i]), float(sure[i]), why[i])
            for i, token in enumerate(panel.tokens)
        )

    def shares(self, panel: FeaturePanel, rows: NDArray[Any] | None = None) -> NDArray[np.float64]:
        """Answer each column's share of each name's raw score; the last is the mean, and 0.5 more makes the raw score.

        Shapes: [name, column + 1], or [row, column + 1] for `rows` of the panel.
        """
        ranked = ranked_columns(panel.values)
        return self.learner.contributions(ranked if rows is None else ranked[rows])

    def reasons(self, panel: FeaturePanel, n: int = TOP) -> list[tuple[tuple[str, float], ...]]:
        """Answer each name's `n` strongest columns with their share of the probability, strongest first."""
        shares = self.shares(panel)[:, :-1] * self.card.bend
        strongest = np.argsort(-np.abs(shares), axis=1, kind="stable")[:, :n]
        return [
            tuple((self.card.columns[c], float(shares[i, c])) for c in columns) for i, columns in enumerate(strongest)
        ]

    def predictions(self, panel: FeaturePanel, session: date, weights_id: str, model_id: str) -> Predictions:
        """Answer what is kept of an evening, to be marked when it comes true; a silent name has no row.

        Errors: Abstained as `said`.
        """
        said = self.said(panel)
        rows = np.zeros(len(panel.tokens), dtype=PREDICTION)
        rows["token"], rows["raw"], rows["value"] = panel.tokens, said.raw, said.value
        rows = rows[np.isfinite(said.raw)]
        return Predictions(
            brain=self.brain, session=session, horizon=self.card.horizon, as_of=panel.as_of, weights_id=weights_id,
            schema=panel.schema, model=model_id, calibration=self.calibration.version,
            rows=rows[np.argsort(rows["token"], kind="stable")], trained_until=self.card.trained_until,
        )  # fmt: skip

    def confidence(self, said: Said) -> NDArray[np.float64]:
        """Weigh the distance from one half against the error of the map, and what is known against what is not."""
        if self.calibration.kind == "unproven":
            return np.zeros(len(said.raw))  # nobody knows yet how far it is to be believed
        away, error = np.abs(said.value - 0.5), (said.high - said.low) / 2
        whole = away + error
        return np.where(whole > 0, away / np.where(whole > 0, whole, 1.0), 0.0) * said.fresh


def probability(raw: NDArray[Any]) -> NDArray[np.float64]:
    """Turn a predicted rank in [-0.5, 0.5] into the place among the names it stands for, 0..1."""
    return np.clip(0.5 + raw, 0.0, 1.0)


def fresh_shares(values: NDArray[Any], stale: NDArray[Any]) -> NDArray[np.float64]:
    """Answer the share of columns that are known and fresh. Shapes: [..., column] in, [...] out."""
    return np.asarray((np.isfinite(values) & ~stale).mean(axis=-1))


def views_of(model: Model, panel: FeaturePanel, reasons: int = TOP) -> tuple[View, ...]:
    """Ask a model; whatever it raises becomes an Abstain for every name, with the fault as the reason."""
    try:
        return model.score(panel, reasons)
    except Exception as fault:  # one brain that fails must not silence the others, and it says so for every name
        return silent(model.brain, panel, f"{type(fault).__name__}: {fault}")


def silent(brain: str, panel: FeaturePanel, reason: str) -> tuple[Abstain, ...]:
    """Answer a brain's silence on every name of a panel."""
    return tuple(Abstain(brain, token, panel.as_of, reason) for token in panel.tokens)


def _first_difference(given: tuple[str, ...], expected: tuple[str, ...]) -> str:
    for at, (one, other) in enumerate(zip(given, expected, strict=False)):
        if one != other:
            return f"differ at {at}: {one} given, {other} expected"
    return f"are {len(given)}; {len(expected)} expected"
