"""What the ensemble has to be better than, said every evening beside it: equal shares, the best brain, nothing."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.weighing.ensemble import pooled

UNIFORM: Final = "uniform"
BEST: Final = "best"
NOTHING: Final = "nothing"
SHADOWS: Final = (UNIFORM, BEST, NOTHING)
"""Shadows are marked and shown; no order ever comes from one."""
EVEN: Final = 0.5
"""What doing nothing says of every name: as likely to beat the median as not."""


def best_brain(losses: NDArray[Any]) -> int | None:
    """Answer the brain with the lowest mean loss over what had resolved, None while there is no such brain.

    Shapes: float64 [session, brain], NaN where silent. Only rows known at the time may be handed in.
    """
    spoke = ~np.isnan(losses)
    n = spoke.sum(axis=0)
    if not n.any():
        return None
    mean = np.where(spoke, losses, 0.0).sum(axis=0) / np.maximum(n, 1)
    mean = np.where(n > 0, mean, np.inf)
    ahead = np.flatnonzero(mean == mean.min())
    return int(ahead[0]) if len(ahead) == 1 else None


def shadows(said: NDArray[Any], best: int | None) -> dict[str, NDArray[Any]]:
    """Answer what each shadow says of each name: float64 [name], NaN where it is silent.

    Shapes: `said` is float64 [brain, name], NaN where silent; `best` is the row of the best brain, None while unknown.
    """
    n_brains, n_names = said.shape
    return {
        UNIFORM: pooled(said, np.full(n_brains, 1 / n_brains)).value,
        BEST: np.full(n_names, np.nan) if best is None else said[best].copy(),
        NOTHING: np.full(n_names, EVEN),
    }
