"""What follows from drift, a rung at a time: warn, shrink, recalibrate, retrain, silence.

Each remedy gets five evenings to help before the next is tried; twenty calm evenings lead one rung down. The last rung
is latched: only a person takes a brain off it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from cockpit.brains.drift.signs import Level, Sign
from cockpit.errors import BadInput

PATIENCE: Final = 5
"""Evenings a remedy gets before the next one is tried."""
CALM_EVENINGS: Final = 20
CAUTION: Final = 0.5
"""How far trust in what was learned is shrunk from the second rung on."""


class Rung(IntEnum):
    """How far the response has gone; each rung includes the ones below it."""

    CALM = 0
    WARN = 1
    SHRINK = 2
    RECALIBRATE = 3
    RETRAIN = 4
    KILL = 5

    @property
    def sentence(self) -> str:
        """Say in words what this rung does."""
        return RUNG_WORDS[self]


RUNG_WORDS: Final = {
    Rung.CALM: "No sign of drift.",
    Rung.WARN: "Signs of drift are shown; nothing is changed.",
    Rung.SHRINK: "Learned weights count half.",
    Rung.RECALIBRATE: "The calibration is fitted anew.",
    Rung.RETRAIN: "A candidate model is trained; it must pass the gate against the one in use.",
    Rung.KILL: "The brain is silent until a person lets it speak again.",
}


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where one brain's response stands. Its plain values are all there is to keep over a restart."""

    who: str
    rung: Rung = Rung.CALM
    evenings: int = 0
    """Evenings on this rung."""
    calm: int = 0
    """Calm evenings in a row."""

    @property
    def caution(self) -> float:
        """Answer what scales the trust in learned weights, 0..1."""
        return CAUTION if self.rung >= Rung.SHRINK else 1.0

    @property
    def is_silent(self) -> bool:
        """Tell whether the brain may not speak."""
        return self.rung is Rung.KILL

    def after(self, signs: Iterable[Sign]) -> Ladder:
        """Answer where the response stands after an evening with these signs."""
        worst = max((sign.level for sign in signs), default=Level.CALM)
        if self.is_silent:
            return replace(self, evenings=self.evenings + 1)
        if worst is Level.HARD:
            return Ladder(self.who, Rung.KILL)
        if worst is Level.ACT:
            return self._climbed()
        if worst is Level.WARN:
            return self._on(max(self.rung, Rung.WARN))
        return self._calmer()

    def released(self, by: str, why: str) -> Ladder:
        """Let the brain speak again; BadInput for nobody, or a reason shorter than 10 characters."""
        if not by.strip() or len(why.strip()) < 10:
            raise BadInput(f"{self.who} released by {by!r}, {why!r}: a name and a reason of 10 characters expected")
        return Ladder(self.who, Rung.SHRINK)

    def _climbed(self) -> Ladder:
        if self.rung < Rung.SHRINK:
            return self._on(Rung.SHRINK)
        return self._on(Rung(self.rung + 1) if self.evenings >= PATIENCE else self.rung)

    def _on(self, rung: Rung) -> Ladder:
        return Ladder(self.who, rung, self.evenings + 1 if rung is self.rung else 1)

    def _calmer(self) -> Ladder:
        if self.rung is Rung.CALM or self.calm + 1 < CALM_EVENINGS:
            return replace(self, evenings=self.evenings + 1, calm=self.calm + 1)
        return Ladder(self.who, Rung(self.rung - 1), 1)
