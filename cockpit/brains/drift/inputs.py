"""Whether features look as they did in training, by limits that know how few independent days there are.

The folk limits of the population stability index (0.1, 0.25) are blind to sample size: identical distributions pass 0.1
four times in five at 60 observations. Here a feature has to be beyond chance and material. Names of one day move
together, so a day counts for about twenty observations however many names it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.drift.signs import SETTLED, SHIFT, Level, Sign, js_distance
from cockpit.errors import BadInput

BINS: Final = 10
MATERIAL_PSI: Final = 0.1
WORTH_OF_A_DAY: Final = 20
FALSE_DISCOVERIES: Final = 0.05
MATERIAL_KS: Final = 0.1
"""Distance between the distributions, in probability, that is worth a word."""
MISSING_MORE: Final = 0.05
"""Rise of the share of missing values that is worth a word."""
MANY: Final = 0.2
"""When so large a share of the features drifts, more than a warning is due."""


def psi(p: NDArray[Any], q: NDArray[Any]) -> float:
    """Answer the population stability index of two sets of shares, all above 0 (or both 0)."""
    here = (p > 0) | (q > 0)
    return float(((p[here] - q[here]) * np.log(p[here] / q[here])).sum())


def feature_psi(train: NDArray[Any], live: NDArray[Any]) -> float:
    """Answer the index over ten bins of equal mass in training; a bin empty on one side counts half a row there."""
    edges = np.unique(np.quantile(train, np.linspace(0, 1, BINS + 1)[1:-1]))
    counts = [np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1) for x in (train, live)]
    here = (counts[0] > 0) | (counts[1] > 0)
    p, q = (np.maximum(n[here], 0.5) / np.maximum(n[here], 0.5).sum() for n in counts)
    return psi(p, q)


def psi_by_chance(n: float, m: float, quantile: float = 0.99) -> float:
    """Answer the index that equal distributions stay under, given observations then and now."""
    from scipy.stats import chi2

    return float(chi2.ppf(quantile, BINS - 1)) * (1 / n + 1 / m)


def ks(train: NDArray[Any], live: NDArray[Any], n: float, m: float) -> tuple[float, float]:
    """Answer the Kolmogorov-Smirnov distance and its p-value, for `n` and `m` observations worth of rows."""
    from scipy.special import kolmogorov

    grid = np.concatenate([train, live])
    then, now = (np.searchsorted(np.sort(x), grid, side="right") / len(x) for x in (train, live))
    distance = float(np.abs(then - now).max())
    root = np.sqrt(n * m / (n + m))
    return distance, float(kolmogorov((root + 0.12 + 0.11 / root) * distance))


def discoveries(p: NDArray[Any], rate: float = FALSE_DISCOVERIES) -> NDArray[Any]:
    """Answer which p-values are discoveries at that rate of false ones: bool, the shape of `p`.

    Source: Benjamini and Hochberg 1995.
    """
    order = np.argsort(p)
    under = p[order] <= rate * np.arange(1, len(p) + 1) / len(p)
    found = np.zeros(len(p), dtype=bool)
    if under.any():
        found[order[: int(np.flatnonzero(under)[-1]) + 1]] = True
    return found


def input_signs(
    who: str, columns: Sequence[str], train: NDArray[Any], live: NDArray[Any], train_days: int, live_days: int
) -> list[Sign]:
    """Say which features of a brain drifted, and how many of all.

    Shapes: `train` and `live` are float [row, column], NaN where missing. Missing values are compared by their share
    and are no value. The first sign answered is about the brain: calm, warn for any feature, act for a fifth of them.
    """
    if train.shape[1] != len(columns) or live.shape[1] != len(columns):
        raise BadInput(f"{who}: {len(columns)} columns named, {train.shape[1]} and {live.shape[1]} given")
    worth = [min(d * WORTH_OF_A_DAY, len(x)) for d, x in ((train_days, train), (live_days, live))]
    if min(worth) <= SETTLED:
        return [Sign("inputs", who, 0.0, MANY, Level.CALM, f"{live_days} days are too few to tell a drift of {who}.")]
    signs = _moved(columns, train, live, *worth) + _missing(columns, train, live)
    share = len({s.who for s in signs}) / len(columns)
    level = Level.ACT if share >= MANY else Level.WARN if signs else Level.CALM
    sentence = f"{share:.0%} of the features of {who} do not look as in training; at {MANY:.0%} it must be looked into."
    return [Sign("inputs", who, share, MANY, level, sentence), *signs]


def _moved(columns: Sequence[str], train: NDArray[Any], live: NDArray[Any], n: float, m: float) -> list[Sign]:
    signs, tested = [], []
    for at, name in enumerate(columns):
        then, now = (x[:, at][~np.isnan(x[:, at])].astype("f8") for x in (train, live))
        if len(then) <= SETTLED or len(now) <= SETTLED:
            continue
        n_here, m_here = n * len(then) / len(train), m * len(now) / len(live)
        index, limit = feature_psi(then, now), max(psi_by_chance(n_here, m_here), MATERIAL_PSI)
        if index > limit:
            signs.append(
                Sign("psi", name, index, limit, Level.WARN, f"{name}: stability index {index:.3f} over {limit:.3f}.")
            )
        tested.append((name, *ks(then, now, n_here, m_here)))
    found = discoveries(np.array([p for _, _, p in tested]))
    return signs + [
        Sign("ks", name, distance, MATERIAL_KS, Level.WARN, f"{name}: distributions {distance:.3f} apart, p {p:.2g}.")
        for (name, distance, p), is_found in zip(tested, found, strict=True)
        if is_found and distance > MATERIAL_KS
    ]


def _missing(columns: Sequence[str], train: NDArray[Any], live: NDArray[Any]) -> list[Sign]:
    then, now = np.isnan(train).mean(axis=0), np.isnan(live).mean(axis=0)
    return [
        Sign(
            "missing",
            name,
            float(b),
            float(a) + MISSING_MORE,
            Level.WARN,
            f"{name}: {b:.0%} missing; {a:.0%} in training.",
        )
        for name, a, b in zip(columns, then, now, strict=True)
        if b > a + MISSING_MORE
    ]


def category_sign(name: str, before: NDArray[Any], now: NDArray[Any]) -> Sign:
    """Say whether the mix of a feature's categories moved: counts by category, then and now."""
    distance = js_distance(before, now)
    level = Level.WARN if distance > SHIFT and now.sum() > SETTLED else Level.CALM
    return Sign("category", name, distance, SHIFT, level, f"The categories of {name} moved by {distance:.3f}.")
