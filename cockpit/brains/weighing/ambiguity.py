"""The identity that shows whether the weights shown were the weights used.

For a weighted mean and squared error, `loss(mean) = weighted loss - weighted spread around the mean`, exactly. It is
recomputed from what was stored: what each brain said, the weights claimed and what the ensemble said. Inverted, stale
or equal weights in place of the claimed ones break it on the first evening. Source: Krogh and Vedelsby 1995.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.weighing.ensemble import ENSEMBLE, pooled
from cockpit.opinions import Alarm

EXACT: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Both sides of the identity over the names that resolved."""

    loss: float
    """Brier loss of what the ensemble said."""
    mean_loss: float
    """Weighted mean of the brains' Brier losses; never below `loss`."""
    spread: float
    """Weighted mean square distance of the brains from the ensemble."""

    @property
    def gap(self) -> float:
        """Answer how far the identity is from holding."""
        return abs(self.loss - (self.mean_loss - self.spread))


def ambiguity(said: NDArray[Any], shares: NDArray[Any], ensemble: NDArray[Any], beat: NDArray[Any]) -> Ambiguity:
    """Recompute the identity from stored outputs and claimed shares.

    Shapes: `said` [brain, name], NaN where silent; `shares` [brain]; `ensemble` and `beat` [name], NaN where nothing
    was said or nothing is known yet. Names without both are left out.
    """
    known = ~np.isnan(ensemble) & ~np.isnan(beat)
    used = pooled(said[:, known], shares).used
    brains, own, true = np.where(used > 0, said[:, known], 0.0), ensemble[known], beat[known]
    mean_loss = (used * (brains - true) ** 2).sum(axis=0).mean()
    spread = (used * (brains - own) ** 2).sum(axis=0).mean()
    return Ambiguity(float(((own - true) ** 2).mean()), float(mean_loss), float(spread))


def mismatch(said: NDArray[Any], shares: NDArray[Any], ensemble: NDArray[Any], as_of: int) -> Alarm | None:
    """Answer an alarm that stops scoring when the ensemble did not say what its claimed shares make of the brains.

    This is the identity name by name, so it needs no outcome and no errors can cancel. Shapes as in `ambiguity`.
    """
    claimed = pooled(said, shares).value
    spoke_otherwise = np.isnan(claimed) != np.isnan(ensemble)
    both = ~np.isnan(claimed) & ~np.isnan(ensemble)
    gap = float(np.abs(claimed - ensemble)[both].max(initial=0.0))
    if gap <= EXACT and not spoke_otherwise.any():
        return None
    n = int(spoke_otherwise.sum() + (np.abs(claimed - ensemble)[both] > EXACT).sum())
    return _alarm(as_of, gap, f"{n} of {len(ensemble)} names differ, by up to {gap:.3g}")


def broken(found: Ambiguity, as_of: int) -> Alarm | None:
    """Answer an alarm that stops scoring when the identity does not hold over what came true."""
    if found.gap <= EXACT:
        return None
    return _alarm(as_of, found.gap, f"a loss of {found.loss:.6f} is not {found.mean_loss:.6f} less {found.spread:.6f}")


def _alarm(as_of: int, gap: float, proof: str) -> Alarm:
    sentence = f"The weights shown were not the weights used: {proof}."
    return Alarm("AMBIGUITY", ENSEMBLE, as_of, gap, EXACT, sentence, stops=True)
