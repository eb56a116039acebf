"""The technical brain: what a name's own bars and volumes say, measured by qlib's Alpha158.

Every column is a ratio to today's close or volume, so neither the price level nor the size of a company shows in it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

import numpy as np

from cockpit.brains.pipeline import ALPHA158, Pipeline
from cockpit.evidence import Evidence
from cockpit.opinions import FeatureHistory

SHAPES: Final = {
    "KMID": "closed {value:+.1%} from its open",
    "KLEN": "ranged over {value:.1%} of its open",
    "KMID2": "its body is {value:+.0%} of its range",
    "KUP": "upper wick {value:.1%} of its open",
    "KUP2": "upper wick {value:.0%} of its range",
    "KLOW": "lower wick {value:.1%} of its open",
    "KLOW2": "lower wick {value:.0%} of its range",
    "KSFT": "closed {value:+.1%} off the middle of its range, twice over",
    "KSFT2": "closed at {value:+.0%} between the low (-100%) and the high (+100%) of its range",
    "OPEN0": "opened at {value:.1%} of its close",
    "HIGH0": "high at {value:.1%} of its close",
    "LOW0": "low at {value:.1%} of its close",
    "TYPICAL0": "mean of high, low and close at {value:.1%} of its close",
}
WINDOWED: Final = {
    "ROC": "the close {n} sessions ago was {value:.1%} of today's",
    "MA": "the mean of {n} closes is {value:.1%} of today's",
    "STD": "{n} closes spread by {value:.1%} of today's",
    "BETA": "a line through {n} closes moves {value:+.2%} a session",
    "RSQR": "a straight line explains {value:.0%} of {n} closes",
    "RESI": "today lies {value:+.1%} off the line through {n} closes",
    "MAX": "the high of {n} sessions is {value:.1%} of the close",
    "MIN": "the low of {n} sessions is {value:.1%} of the close",
    "QTLU": "the upper fifth of {n} closes begins at {value:.1%} of today's",
    "QTLD": "the lower fifth of {n} closes ends at {value:.1%} of today's",
    "RANK": "closed higher than {value:.0%} of {n} sessions",
    "RSV": "stands at {value:.0%} of the range of {n} sessions",
    "IMAX": "the high of {n} sessions came {value:.0%} into them",
    "IMIN": "the low of {n} sessions came {value:.0%} into them",
    "IMXD": "the high came {value:+.0%} of {n} sessions after the low",
    "CORR": "price and volume moved together at {value:+.2f} over {n} sessions",
    "CORD": "price and volume changes went together at {value:+.2f} over {n} sessions",
    "CNTP": "rose on {value:.0%} of {n} sessions",
    "CNTN": "fell on {value:.0%} of {n} sessions",
    "CNTD": "rises less falls: {value:+.0%} of {n} sessions",
    "SUMP": "rises are {value:.0%} of all movement in {n} sessions",
    "SUMN": "falls are {value:.0%} of all movement in {n} sessions",
    "SUMD": "rises less falls: {value:+.0%} of all movement in {n} sessions",
    "VMA": "the mean volume of {n} sessions is {value:.0%} of today's",
    "VSTD": "the volume of {n} sessions spreads by {value:.0%} of today's",
    "WVMA": "moves weighted by volume spread by {value:.0%} of their mean over {n} sessions",
    "VSUMP": "volume's rises are {value:.0%} of its movement in {n} sessions",
    "VSUMN": "volume's falls are {value:.0%} of its movement in {n} sessions",
    "VSUMD": "volume's rises less falls: {value:+.0%} of its movement in {n} sessions",
}
NAMED: Final = re.compile(r"([A-Z]+?)(\d+)")


class TechnicalBrain:
    """Read a name's own bars."""

    name = "technical"
    letter = "T"

    @property
    def columns(self) -> tuple[str, ...]:
        """Answer the features, in order."""
        return ALPHA158

    @cached_property
    def schema(self) -> str:
        """Answer the fingerprint of the features and of what computes them."""
        return Pipeline(ALPHA158).schema

    def features(self, evidence: Evidence) -> FeatureHistory:
        """Measure every day of the evidence's prices. Needs nothing but prices."""
        return measured(Pipeline(ALPHA158), evidence)

    def words(self, column: str, value: float) -> str:
        """Say one feature's value in plain words."""
        if not np.isfinite(value):
            return f"{column} is not known"
        if column in SHAPES:
            return SHAPES[column].format(value=value)
        operator, n = _parted(column)
        return WINDOWED[operator].format(value=value, n=n)


def measured(pipeline: Pipeline, evidence: Evidence) -> FeatureHistory:
    """Answer a pipeline's columns on every day of the evidence's prices."""
    made = pipeline.history(evidence.prices.value)
    return FeatureHistory(made.days, made.tokens, made.columns, made.values, made.stale, made.schema)


def _parted(column: str) -> tuple[str, int]:
    found = NAMED.fullmatch(column)
    if found is None or found[1] not in WINDOWED:
        raise KeyError(f"{column} is no column of the technical brain")
    return found[1], int(found[2])
