"""Studies made up for the gate: noise, planted skill, and tricks that look like skill."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.research.study import Sanity, Study, Tried

SANE = Sanity(coverage=0.99, same_features=True, findings=(), planted_t=4.0, shuffled_t=0.3)


def study(returns: NDArray[Any], *, trades_r: NDArray[Any] | None = None, seed: int = 0, **changed: Any) -> Study:
    """Make a sane study of these daily returns; its trades are its days unless given."""
    rng = np.random.default_rng(seed)
    made = Study(
        name="made",
        sanity=SANE,
        returns=returns,
        strained=returns - 1e-5,
        lagged=returns * 0.8,
        benchmark=rng.normal(0.0003, 0.01, len(returns)),
        trades_r=returns / 0.01 if trades_r is None else trades_r,
        seeds=np.stack([returns, returns - 1e-6]),
        paths=np.stack([returns] * 9),
    )
    return replace(made, **changed)


def noise_study(seed: int, configurations: int = 40, sessions: int = 750) -> tuple[Study, Tried]:
    """Make the best of many configurations without skill, with all of them on record."""
    tried = np.random.default_rng(seed).normal(0, 0.01, (sessions, configurations))
    best = tried[:, (tried.mean(axis=0) / tried.std(axis=0)).argmax()]
    return study(best, seed=seed), Tried(configurations, tried)


def skilled_study(seed: int, sharpe_a_year: float, sessions: int = 1250) -> tuple[Study, Tried]:
    """Make one configuration with a true yearly ratio, tried once."""
    returns = np.random.default_rng(seed).normal(sharpe_a_year / np.sqrt(250) * 0.01, 0.01, sessions)
    return study(returns, seed=seed), Tried(1, returns[:, None])
