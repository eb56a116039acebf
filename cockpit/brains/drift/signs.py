"""Whether outcomes, calibration or reasons drift away from what was validated, each with a limit that knows noise.

Outcomes are watched by the likelihood-ratio CUSUM of Page: it sums how much better a hit rate ten points lower explains
what is seen than the validated one. It is honest about time: such a fall takes about 170 trades to prove.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import accumulate
from math import log
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.record.accuracy import Estimate
from cockpit.brains.record.reliability import Reliability
from cockpit.errors import BadInput
from cockpit.opinions import Alarm

WARN_AT: Final = 3.0
ACT_AT: Final = 5.0
FALL: Final = 0.10
"""The fall of the hit rate that is looked for."""
SETTLED: Final = 30
"""Nothing is said on so few observations or fewer."""
SLOPES: Final = (0.5, 1.5)
"""Calibration slopes outside are material."""
BEYOND_NOISE: Final = 2.0
IC_T: Final = -1.5
SHIFT: Final = 0.1
"""Jensen-Shannon distance, of reasons or of categories, that is material."""


class Level(IntEnum):
    """How much a sign of drift asks for."""

    CALM = 0
    WARN = 1
    ACT = 2
    HARD = 3
    """Not statistics: live and replay disagree."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of drift, or of its absence, with both numbers."""

    kind: str
    who: str
    """The brain or feature."""
    value: float
    limit: float
    level: Level
    sentence: str

    def alarm(self, as_of: int) -> Alarm:
        """Answer the same as an alarm; only a hard one stops scoring."""
        code = f"DRIFT_{self.kind.upper()}"
        return Alarm(code, self.who, as_of, self.value, self.limit, self.sentence, self.level is Level.HARD)


@dataclass(frozen=True, slots=True)
class Cusum:
    """The evidence that a hit rate has fallen. Its four plain numbers are all there is to keep over a restart."""

    validated: float
    """Hit rate that was proven before."""
    fall: float = FALL
    score: float = 0.0
    seen: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.fall < self.validated < 1:
            raise BadInput(f"a validated rate of {self.validated} and a fall of {self.fall} given; both rates in 0..1")
        if not (0 <= self.score < float("inf") and self.seen >= 0):
            raise BadInput(f"a score of {self.score} after {self.seen} observations given; 0 or more expected")

    def scores(self, wins: Iterable[Any]) -> list[float]:
        """Answer the score after each observation, true for a win."""
        fallen = self.validated - self.fall
        won, lost = log(fallen / self.validated), log((1 - fallen) / (1 - self.validated))
        steps = (won if win else lost for win in wins)
        return list(accumulate(steps, lambda score, step: max(0.0, score + step), initial=self.score))[1:]

    def after(self, wins: Iterable[Any]) -> Cusum:
        """Answer the state after more observations, in order."""
        scores = self.scores(wins)
        return replace(self, score=scores[-1] if scores else self.score, seen=self.seen + len(scores))

    @property
    def level(self) -> Level:
        """Answer what the score asks for; nothing in the first 30 observations."""
        if self.seen <= SETTLED or self.score < WARN_AT:
            return Level.CALM
        return Level.ACT if self.score >= ACT_AT else Level.WARN

    def sign(self, who: str) -> Sign:
        """Say how the evidence stands."""
        sentence = (
            f"Evidence that {who} is right on {self.validated - self.fall:.0%} of evenings and no longer on "
            f"{self.validated:.0%}: {self.score:.1f} of {ACT_AT:.0f} after {self.seen} evenings."
        )
        return Sign("outcomes", who, self.score, ACT_AT, self.level, sentence)


def calibration_sign(who: str, found: Reliability, chance_ece: float, horizon: int) -> Sign:
    """Say whether probabilities still keep their word: act on a slope far from 1 beyond noise, warn of error alone.

    `chance_ece` is `ece_by_chance` of the same probabilities; overlap widens the slope's error by root `horizon`.
    """
    slope, error = found.line.slope, found.line.slope_error * np.sqrt(horizon)
    is_far = not SLOPES[0] <= slope <= SLOPES[1] and abs(slope - 1) > BEYOND_NOISE * error
    if is_far:
        limit = SLOPES[0] if slope < 1 else SLOPES[1]
        return Sign(
            "calibration",
            who,
            slope,
            limit,
            Level.ACT,
            f"The calibration slope of {who} is {slope:.2f}; 1 is calibrated.",
        )
    level = Level.WARN if found.n > SETTLED and found.ece > chance_ece else Level.CALM
    sentence = f"The calibration error of {who} is {found.ece:.3f}; chance alone stays under {chance_ece:.3f}."
    return Sign("calibration", who, found.ece, chance_ece, level, sentence)


def concept_sign(who: str, ic: Estimate) -> Sign:
    """Say whether what a brain likes still does better: `ic` is its rank correlation over the last 63 sessions."""
    level = Level.ACT if ic.n > SETTLED and ic.t < IC_T else Level.CALM
    return Sign("concept", who, ic.t, IC_T, level, f"The rank correlation of {who} is {ic.mean:+.3f}, t {ic.t:+.1f}.")


def attribution_sign(who: str, before: Mapping[str, float], now: Mapping[str, float]) -> Sign:
    """Say whether a brain's reasons moved: shares of mean absolute contribution by feature, then and now."""
    names = sorted(set(before) | set(now))
    distance = js_distance(*(np.array([of.get(name, 0.0) for name in names]) for of in (before, now)))
    level = Level.WARN if distance > SHIFT else Level.CALM
    return Sign(
        "attribution", who, distance, SHIFT, level, f"The reasons of {who} moved by {distance:.3f}; {SHIFT} is much."
    )


def parity_sign(who: str, mismatches: int) -> Sign:
    """Say whether live features equal replayed ones; a single one that does not is a hard alarm."""
    level = Level.HARD if mismatches else Level.CALM
    return Sign(
        "parity", who, float(mismatches), 0.0, level, f"{mismatches} live features of {who} differ from the replay."
    )


def js_distance(p: NDArray[Any], q: NDArray[Any]) -> float:
    """Answer the Jensen-Shannon distance of two sets of shares, 0..1 (base 2). Errors: BadInput without any mass."""
    if p.sum() <= 0 or q.sum() <= 0 or (p < 0).any() or (q < 0).any():
        raise BadInput("shares of 0 or more with some mass expected on both sides")
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    divergence = sum(float((a[a > 0] * np.log2(a[a > 0] / middle[a > 0])).sum()) for a in (p, q)) / 2
    return float(np.sqrt(max(divergence, 0.0)))
