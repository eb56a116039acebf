"""The card of a model: what it learned from, how it did on days it had not seen, and why it is what it is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from cockpit.brains.record.accuracy import Estimate
from cockpit.errors import BadInput


class Learner(StrEnum):
    """How a model answers."""

    LINEAR = "linear"
    BOOSTED = "boosted"


@dataclass(frozen=True, slots=True)
class Ic:
    """A mean daily rank IC on days not learned from, with an error that knows how far the labels overlap."""

    of: str
    mean: float
    error: float
    days: int

    @property
    def t(self) -> float:
        """Answer how many errors the mean lies from 0."""
        return Estimate(self.mean, self.error, self.days).t


@dataclass(frozen=True, slots=True)
class Kept:
    """How calibrated probabilities kept their word on the newer half of the record, mapped by the older half.

    Units: `skill_bp` is Brier skill against saying the base rate, in basis points; `slope` should be 1.
    """

    rows: int
    brier: float
    log_loss: float
    ece: float
    skill_bp: float
    slope: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything that is to be known of a model beside its numbers."""

    brain: str
    learner: Learner
    why: str
    """Why this learner and not the other, in words with both numbers."""
    horizon: int
    columns: tuple[str, ...]
    schema: str
    """Fingerprint of the features it was trained on; it answers to no other."""
    first_day: date
    last_day: date
    """First and last day learned from."""
    trained_until: date
    """Last session whose prices any label has seen: days before it are no test of this model."""
    days: int
    rows: int
    folds: int
    tested_from: date
    linear: Ic
    boosted: Ic
    paired: Ic
    """Boosted less linear, day by day."""
    seeds: tuple[Ic, ...]
    """The boosted record under each seed: how far apart chance alone puts it."""
    kept: Kept
    bend: float
    """Calibrated probability per unit of raw score around the middle: the scale of the reasons."""
    trials: int
    """Ways of learning that were compared on these days; whoever judges the record has to discount it by them."""
    fits: int
    params: Mapping[str, Any]
    snapshot: str
    """SHA-256 of the features and labels it learned from."""

    @property
    def seed_spread(self) -> float:
        """Answer the distance of the best seed's IC from the worst one's."""
        means = [ic.mean for ic in self.seeds]
        return max(means) - min(means)

    def plain(self) -> dict[str, Any]:
        """Answer the card as plain JSON."""
        whole: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self), default=_said, allow_nan=False))
        return whole


DATES: Final = ("first_day", "last_day", "trained_until", "tested_from")


def card_of(plain: Mapping[str, Any]) -> ModelCard:
    """Read a card back.

    Errors: BadInput when a field is missing, unknown or not what it should be.
    """
    try:
        said = dict(plain)
        said.update({name: date.fromisoformat(said[name]) for name in DATES})
        said.update({name: Ic(**said[name]) for name in ("linear", "boosted", "paired")})
        said["seeds"] = tuple(Ic(**seed) for seed in said["seeds"])
        said["columns"] = tuple(said["columns"])
        return ModelCard(**said | {"learner": Learner(said["learner"]), "kept": Kept(**said["kept"])})
    except (KeyError, TypeError, ValueError) as fault:
        raise BadInput(f"this is no model card: {fault!r}") from fault


def _said(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place on a card")
