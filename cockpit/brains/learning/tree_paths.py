"""Every leaf of a forest with its way from the root, and the exact Shapley shares that follow from the ways.

A leaf is reached when each column on its way lies in one interval, so a forest is a sum over leaves of a value times a
product of yes or no. Where a column is left out, yes becomes the share of the training rows that went that way.

Source: Lundberg, Erion, Lee, "Consistent Individualized Feature Attribution for Tree Ensembles" (2018), algorithm 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Paths:
    """The ways of all leaves.

    Shapes: `values` is [leaf]; leaf i's distinct columns stand at `starts[i]` to `starts[i + 1]` in `column`, `above`,
    `upto`, `takes_nan` and `share`. A number x is let through when above < x <= upto (above -inf: any x <= upto).
    `share` is the part of the training rows let through. `subset_weights[d, k]` is k! (d - k - 1)! / d!.
    """

    mean: float
    values: NDArray[np.float64]
    starts: NDArray[np.int64]
    column: NDArray[np.int32]
    above: NDArray[np.float64]
    upto: NDArray[np.float64]
    takes_nan: NDArray[np.bool_]
    share: NDArray[np.float64]
    subset_weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Gate:
    above: float = -np.inf
    upto: float = np.inf
    takes_nan: bool = True
    share: float = 1.0


def paths_of(
    roots: NDArray[Any],
    feature: NDArray[Any],
    threshold: NDArray[Any],
    nan_left: NDArray[Any],
    child: NDArray[Any],
    value: NDArray[Any],
    count: NDArray[Any],
) -> Paths:
    """Work out the ways of all leaves of a forest laid out as in `trees.Trees`."""
    values: list[float] = []
    starts, gates = [0], list[tuple[int, _Gate]]()
    mean = 0.0
    for root in roots.tolist():
        open_ways: list[tuple[int, dict[int, _Gate]]] = [(root, {})]
        while open_ways:
            node, way = open_ways.pop()
            if child[node, 0] == node:
                values.append(float(value[node]))
                mean += float(value[node]) * float(count[node]) / float(count[root])
                gates.extend(sorted(way.items(), key=lambda item: item[0]))
                starts.append(len(gates))
                continue
            for side in (1, 0):
                step = int(child[node, side])
                gate = way.get(int(feature[node]), _Gate())
                narrowed = _narrowed(gate, threshold[node], bool(nan_left[node]), side, count[step] / count[node])
                open_ways.append((step, {**way, int(feature[node]): narrowed}))
    return _laid_out(values, starts, gates, mean)


def shared_out(X: NDArray[np.float64], paths: Paths) -> NDArray[np.float64]:
    """Answer each column's Shapley share of each row's number; the last column is the mean.

    Shapes: float64 [row, column] in, [row, column + 1] out.
    """
    shares = np.zeros((len(X), X.shape[1] + 1))
    _shares(
        X, paths.values, paths.starts, paths.column, paths.above, paths.upto, paths.takes_nan, paths.share,
        paths.subset_weights, shares,
    )  # fmt: skip
    shares[:, -1] = paths.mean
    return shares


def _narrowed(gate: _Gate, threshold: float, nan_left: bool, side: int, share: float) -> _Gate:
    if side == 0:
        return _Gate(gate.above, min(gate.upto, threshold), gate.takes_nan and nan_left, gate.share * share)
    return _Gate(max(gate.above, threshold), gate.upto, gate.takes_nan and not nan_left, gate.share * share)


def _laid_out(values: list[float], starts: list[int], gates: list[tuple[int, _Gate]], mean: float) -> Paths:
    longest = max(np.diff(starts).max(), 1)
    weights = np.zeros((longest + 1, longest + 1))
    for d in range(1, longest + 1):
        weights[d, :d] = [factorial(k) * factorial(d - k - 1) / factorial(d) for k in range(d)]
    return Paths(
        mean=mean,
        values=np.array(values),
        starts=np.array(starts),
        column=np.array([column for column, _ in gates], dtype=np.int32),
        above=np.array([gate.above for _, gate in gates], dtype=np.float64),
        upto=np.array([gate.upto for _, gate in gates], dtype=np.float64),
        takes_nan=np.array([gate.takes_nan for _, gate in gates], dtype=np.bool_),
        share=np.array([gate.share for _, gate in gates], dtype=np.float64),
        subset_weights=weights,
    )


@njit(cache=True, nogil=True)
def _shares(
    X: Any, values: Any, starts: Any, column: Any, above: Any, upto: Any, takes_nan: Any, share: Any,
    subset_weights: Any, shares: Any,
) -> None:  # fmt: skip
    longest = subset_weights.shape[0]
    passed = np.zeros(longest, dtype=np.bool_)
    by_size = np.zeros(longest + 1)
    without = np.zeros(longest + 1)
    for row in range(len(X)):
        for leaf in range(len(values)):
            first, d = starts[leaf], starts[leaf + 1] - starts[leaf]
            # by_size[k]: over all choices of k columns that are known, the rest left out, the chance of coming here
            by_size[: d + 1] = 0.0
            by_size[0] = 1.0
            for i in range(d):
                x, g = X[row, column[first + i]], first + i
                passed[i] = takes_nan[g] if np.isnan(x) else x <= upto[g] and (x > above[g] or above[g] == -np.inf)
                for k in range(i + 1, 0, -1):
                    by_size[k] = by_size[k] * share[g] + (by_size[k - 1] if passed[i] else 0.0)
                by_size[0] *= share[g]
            for i in range(d):
                z = share[first + i]
                _taken_out(by_size, d, z, passed[i], without)
                total = 0.0
                for k in range(d):
                    total += subset_weights[d, k] * without[k]
                shares[row, column[first + i]] += total * ((1.0 if passed[i] else 0.0) - z) * values[leaf]


@njit(cache=True, nogil=True)
def _taken_out(by_size: Any, d: int, z: float, passed: bool, without: Any) -> None:
    """Divide one column's factor out of the polynomial again; z is at most 1, so no error grows."""
    if passed:
        left = by_size[d]
        for k in range(d - 1, -1, -1):
            without[k] = left
            left = by_size[k] - z * left
    else:
        for k in range(d):
            without[k] = by_size[k] / z
