"""The brains of this house, one line each. They stand apart from the roster of a trading day, which never trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cockpit.brains.fundamental import FundamentalBrain
from cockpit.brains.quantitative import QuantitativeBrain
from cockpit.brains.sentiment import SentimentBrain
from cockpit.brains.smart_money import SmartMoneyBrain
from cockpit.brains.technical import TechnicalBrain
from cockpit.evening_ports import Brain
from cockpit.places import resources_folder

BRAINS: Final[tuple[Callable[[], Brain], ...]] = (
    TechnicalBrain,
    FundamentalBrain,
    lambda: SentimentBrain.load(resources_folder() / "phrases.csv"),
    SmartMoneyBrain,
    QuantitativeBrain,
)
"""Brains in the order of their letters: T, F, S, M, Q."""


def brains() -> tuple[Brain, ...]:
    """Answer the brains."""
    return tuple(brain() for brain in BRAINS)
