"""Boosted trees read from LightGBM's text and asked by our own kernels, so that nothing live imports LightGBM.

Raw answers equal LightGBM's bit for bit: the same comparisons, and leaves added in the same order. A forest is inert
text; what this reader does not know exactly (categories, linear leaves, zeros meant as missing) it refuses by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cockpit.brains.learning.tree_paths import Paths, paths_of, shared_out
from cockpit.errors import BadInput

DEFAULT_LEFT: Final = 2
CATEGORICAL: Final = 1
MISSING: Final = {0: "none", 4: "zero", 8: "nan"}
"""Bits 2 and 3 of LightGBM's decision type: what counts as missing at a node."""
END: Final = "end of trees"
ABREAST: Final = 16
"""Rows that walk down a tree together, so that the processor waits for none of them."""


@dataclass(frozen=True)
class Trees:
    """A forest that was read and may be asked.

    Shapes: nodes of all trees stand one after another: `feature`, `threshold`, `nan_left`, `value` and `count` are
    [node]; `child` is [node, 2], left first, numbered through the forest; a leaf is a node that leads to itself.
    `roots` and `depths` are [tree].
    """

    columns: tuple[str, ...]
    text: str
    roots: NDArray[np.int32]
    depths: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    nan_left: NDArray[np.bool_]
    child: NDArray[np.int32]
    value: NDArray[np.float64]
    """The leaf's answer; 0 at a node that asks."""
    count: NDArray[np.float64]
    """Training rows that came by."""

    @property
    def n_trees(self) -> int:
        """Answer how many trees there are."""
        return len(self.roots)

    def raw(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Answer the forest's number for each row. Shapes: [row, column] in, [row] out; NaN in is missing."""
        rows = _rows(X, len(self.columns))
        answer = np.zeros(len(rows))
        _answered(
            rows, self.roots, self.depths, self.feature, self.threshold, self.nan_left, self.child, self.value, answer
        )
        return answer

    def contributions(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Answer each column's exact Shapley share of each row's number, path-dependent as in TreeSHAP.

        Shapes: [row, column] in, [row, column + 1] out; the last is the mean over the training rows, and a row's sum is
        its raw number.
        """
        return shared_out(_rows(X, len(self.columns)), self.paths)

    @cached_property
    def paths(self) -> Paths:
        """Answer every leaf's way from its root, worked out once."""
        return paths_of(self.roots, self.feature, self.threshold, self.nan_left, self.child, self.value, self.count)


def parsed(text: str, columns: Sequence[str]) -> Trees:
    """Read LightGBM's text.

    Errors: BadInput when it is cut short, speaks of other columns than `columns`, or uses what is not known here.
    """
    head, *blocks = text.partition(f"\n{END}")[0].split("\nTree=")
    if f"\n{END}" not in text or not head.startswith("tree\n"):
        raise BadInput(f"the forest's text is cut short: it must run from `tree` to `{END}`")
    said = dict(_lines(head))
    named = tuple(said.get("feature_names", "").split())
    if named != tuple(written(name) for name in columns):
        raise BadInput(f"the forest asks {len(named)} columns, {list(named)[:3]}...; {list(columns)[:3]}... expected")
    if "average_output" in head.splitlines() or said.get("num_tree_per_iteration") != "1":
        raise BadInput("a forest of one number per row, summed, expected")
    if len(said.get("tree_sizes", "").split()) != len(blocks):
        raise BadInput(f"the forest's text is cut short: {len(blocks)} trees of {said.get('tree_sizes')!r}")
    return _joined(tuple(columns), text, [_tree(dict(_lines(block)), n) for n, block in enumerate(blocks)])


def written(column: str) -> str:
    """Answer a column's name as LightGBM's text can hold it: no blanks, none of the signs that JSON needs."""
    return "".join("_" if sign in ' ,:"[]{}' else sign for sign in column)


# -- reading ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tree:
    feature: NDArray[Any]
    threshold: NDArray[Any]
    nan_left: NDArray[Any]
    child: NDArray[Any]
    value: NDArray[Any]
    count: NDArray[Any]


def _lines(block: str) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, mark, value in (line.partition("=") for line in block.splitlines()) if mark)


def _tree(said: dict[str, str], number: int) -> _Tree:
    try:
        n_leaves = int(said["num_leaves"])
        if said["num_cat"] != "0":
            raise BadInput(f"tree {number} splits by category; only numbers are known here")
        if said.get("is_linear", "0") != "0":
            raise BadInput(f"tree {number} has linear leaves; only constant ones are known here")
        value = _floats(said["leaf_value"], n_leaves)
        if n_leaves == 1:
            return _Tree(np.zeros(1), np.zeros(1), np.zeros(1, bool), np.zeros((1, 2)), value, np.ones(1))
        return _split_tree(said, number, n_leaves - 1, value)
    except (KeyError, ValueError) as fault:
        raise BadInput(f"tree {number} of the forest's text is not whole: {fault}") from fault


def _split_tree(said: dict[str, str], number: int, n_splits: int, value: NDArray[Any]) -> _Tree:
    kinds = _floats(said["decision_type"], n_splits).astype(np.int64)
    missing = {MISSING.get(int(kind) & 12, "unknown") for kind in kinds}
    if (kinds & CATEGORICAL).any():
        raise BadInput(f"tree {number} splits by category; only numbers are known here")
    if missing & {"zero", "unknown"}:
        raise BadInput(f"tree {number} takes zero for missing; only NaN is missing here")
    threshold = _floats(said["threshold"], n_splits)
    # A NaN goes the declared way where NaN is known as missing, and counts as 0 where it is not.
    nan_left = np.where(kinds & 12, kinds & DEFAULT_LEFT, threshold >= 0).astype(bool)
    ways = np.stack([_floats(said[side], n_splits) for side in ("left_child", "right_child")], axis=1).astype(np.int64)
    child = np.where(ways >= 0, ways, n_splits + ~ways)  # leaves stand behind the splits
    leaves = n_splits + np.arange(len(value))
    if not np.array_equal(np.sort(child.ravel()), np.arange(1, n_splits + len(value))):
        raise ValueError("its branches do not form one tree")
    empty = np.zeros(len(value))
    return _Tree(
        np.r_[_floats(said["split_feature"], n_splits), empty],
        np.r_[threshold, empty],
        np.r_[nan_left, empty.astype(bool)],
        np.vstack([child, np.stack([leaves, leaves], axis=1)]),
        np.r_[np.zeros(n_splits), value],
        np.r_[_floats(said["internal_count"], n_splits), _floats(said["leaf_count"], len(value))],
    )


def _floats(words: str, n: int) -> NDArray[np.float64]:
    numbers = np.array(words.split(), dtype=np.float64)
    if len(numbers) != n:
        raise ValueError(f"{len(numbers)} numbers where {n} belong")
    return numbers


def _joined(columns: tuple[str, ...], text: str, trees: list[_Tree]) -> Trees:
    if not trees:
        raise BadInput("the forest has no trees")
    starts = np.cumsum([0, *(len(tree.value) for tree in trees)])[:-1]
    child = np.vstack([tree.child + start for tree, start in zip(trees, starts, strict=True)]).astype(np.int32)
    feature = np.concatenate([tree.feature for tree in trees]).astype(np.int32)
    if feature.min() < 0 or feature.max() >= len(columns):
        raise BadInput(f"the forest asks column {feature.max()} of {len(columns)}")
    return Trees(
        columns,
        text,
        starts.astype(np.int32),
        np.array([_depth(tree.child) for tree in trees], dtype=np.int32),
        feature,
        np.concatenate([tree.threshold for tree in trees]),
        np.concatenate([tree.nan_left for tree in trees]),
        child,
        np.concatenate([tree.value for tree in trees]),
        np.concatenate([tree.count for tree in trees]),
    )


def _depth(child: NDArray[Any]) -> int:
    level, depth = np.zeros(1, dtype=np.int64), 0
    while len(level := np.unique(level[child[level, 0] != level])):
        level, depth = child[level].ravel().astype(np.int64), depth + 1
    return depth


# -- asking -----------------------------------------------------------------------------------------


def _rows(X: NDArray[Any], n_columns: int) -> NDArray[np.float64]:
    if X.ndim != 2 or X.shape[1] != n_columns:
        raise BadInput(f"rows of shape {X.shape} given; [row, {n_columns}] expected")
    return np.ascontiguousarray(X, dtype=np.float64)


@njit(cache=True, nogil=True)
def _answered(
    X: Any, roots: Any, depths: Any, feature: Any, threshold: Any, nan_left: Any, child: Any, value: Any, answer: Any
) -> None:
    n_rows, n_columns = X.shape
    flat, ways = X.ravel(), child.ravel()
    node, begins = np.zeros(ABREAST, dtype=np.int32), np.zeros(ABREAST, dtype=np.int32)
    for tree in range(len(roots)):
        for first in range(0, n_rows, ABREAST):
            for r in range(ABREAST):
                node[r] = roots[tree]
                begins[r] = min(first + r, n_rows - 1) * n_columns
            # A leaf leads to itself, so every row takes as many steps and no branch is guessed wrong; x != x is NaN.
            for _ in range(depths[tree]):
                for r in range(ABREAST):
                    x, at = flat[begins[r] + feature[node[r]]], node[r]
                    left = (x <= threshold[at]) | ((x != x) & nan_left[at])
                    node[r] = ways[2 * at + (1 - np.int32(left))]
            for r in range(min(ABREAST, n_rows - first)):
                answer[first + r] += value[node[r]]
