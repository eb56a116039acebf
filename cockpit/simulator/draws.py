"""The dice of one session: a pure function of seed and date, so any day can be drawn again alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.simulator.effects import DEAL_RATE, MODEL, NEWS_RATE, SPLIT_RATE, TAIL_FREEDOM


@dataclass(frozen=True, slots=True)
class DayDraws:
    """Everything random about one session except the steps inside it. Columns are over names unless said otherwise."""

    regime: float
    """Uniform; decides whether the weather changes."""
    regime_next: float
    market: NDArray[Any]
    """[2]: overnight normal, innovation of log volatility."""
    sector_gap: NDArray[Any]
    gap: NDArray[Any]
    tail: NDArray[Any]
    """Multiplier of the own move that gives it fat tails; its square has mean 1."""
    volatility: NDArray[Any]
    activity: NDArray[Any]
    busyness: NDArray[Any]
    delivery: NDArray[Any]
    tone: NDArray[Any]
    """Tone of the headline that came before the open, -2..2; 0 where there is none."""
    surprise: NDArray[Any]
    """What the quarter's figures would surprise by, in standard deviations, if they came today."""
    deal: NDArray[Any]
    """Side of the bulk deal published this evening, -1, 0 or 1."""
    split: NDArray[Any]
    """Uniform; decides on a split with the price."""
    excess: NDArray[Any]
    """[2, name]: exponential, how far the high and the low lie beyond the five-minute grid."""
    turn: NDArray[Any]
    """[2, name]: uniform, when exactly they are reached."""
    trend: NDArray[Any]
    """Uniform; decides whether the day goes on in its first direction."""


def draws(seed: int, day: date, n_names: int, n_sectors: int) -> DayDraws:
    """Draw a session. The order of the draws is part of the model."""
    rng = np.random.default_rng([seed, MODEL, 10, day.toordinal()])
    has_news = rng.random(n_names) < NEWS_RATE
    tone = np.where(has_news, rng.choice([-2, -1, 1, 2], n_names, p=[0.15, 0.33, 0.37, 0.15]), 0)
    has_deal = rng.random(n_names) < DEAL_RATE
    deal = np.where(has_deal, rng.choice([-1, 1], n_names), 0)
    chi = rng.chisquare(TAIL_FREEDOM, n_names)
    return DayDraws(
        regime=float(rng.random()),
        regime_next=float(rng.random()),
        market=rng.standard_normal(2),
        sector_gap=rng.standard_normal(n_sectors),
        gap=rng.standard_normal(n_names),
        tail=np.minimum(np.sqrt((TAIL_FREEDOM - 2) / chi), 6.0),
        volatility=rng.standard_normal(n_names),
        activity=rng.standard_normal(n_names),
        busyness=rng.standard_normal(n_names),
        delivery=rng.standard_normal(n_names),
        tone=tone.astype(np.int8),
        surprise=rng.standard_normal(n_names),
        deal=deal.astype(np.int8),
        split=rng.random(n_names) / SPLIT_RATE,
        excess=rng.standard_exponential((2, n_names)),
        turn=rng.random((2, n_names)),
        trend=rng.random(n_names),
    )


@dataclass(frozen=True, slots=True)
class Steps:
    """The standard normal steps inside one session, on the five-minute grid."""

    market: NDArray[Any]
    sector: NDArray[Any]
    own: NDArray[Any]


def steps(seed: int, day: date, n_names: int, n_sectors: int, n_steps: int) -> Steps:
    """Draw the steps inside a session: [step], [sector, step] and [name, step]."""
    rng = np.random.default_rng([seed, MODEL, 11, day.toordinal()])
    return Steps(
        rng.standard_normal(n_steps),
        rng.standard_normal((n_sectors, n_steps)),
        rng.standard_normal((n_names, n_steps), dtype=np.float32),
    )
