"""Combinatorial purged cross-validation by dates: many paths through one history instead of a single one.

The days are cut into `folds` blocks; every choice of `tested` of them is a split, and the splits are dealt out to
paths that each cover every day once. Days are split, never rows, and nothing here can be shuffled. Source: Lopez de
Prado 2018, chapter 12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.folds import EMBARGO, Fold, purged
from cockpit.errors import Abstained, BadInput

MOST_SPLITS: Final = 1000


@dataclass(frozen=True, slots=True)
class Combinations:
    """How a history is cut: into how many blocks, how many of them are tested at once, and what is kept apart.

    Units: `span` (how many sessions after its own a label is decided) and `embargo` in sessions.
    """

    span: int
    folds: int = 10
    tested: int = 2
    embargo: int = EMBARGO

    def __post_init__(self) -> None:
        if not 0 < self.tested < self.folds or self.span < 1 or self.embargo < 0:
            raise BadInput(f"{self} given; 0 < tested < folds, a span of 1 and an embargo of 0 at least expected")
        if self.n_splits > MOST_SPLITS:
            raise BadInput(f"{self.folds} blocks by {self.tested} are {self.n_splits} splits; at most {MOST_SPLITS}")

    @property
    def n_splits(self) -> int:
        """Answer how many fits it takes."""
        return comb(self.folds, self.tested)

    @property
    def n_paths(self) -> int:
        """Answer how many whole histories come out."""
        return comb(self.folds - 1, self.tested - 1)


@dataclass(frozen=True, slots=True)
class Split:
    """One fit: what is learned from, and the blocks tested, by their number. Shapes: int64 [day] each."""

    train: NDArray[np.int64]
    blocks: tuple[tuple[int, NDArray[np.int64]], ...]

    @property
    def fold(self) -> Fold:
        """Answer it as one fold, all blocks under test together."""
        return Fold(self.train, np.concatenate([rows for _, rows in self.blocks]))


def splits(days: NDArray[Any], how: Combinations) -> Iterator[Split]:
    """Yield every split of `days`, purged and embargoed around each tested block.

    Shapes: `days` is datetime64[D] [day], ascending, each once.
    Errors: BadInput when they are not: a date in two blocks would stand on both sides. Abstained for too few days.
    """
    _ascending(days)
    if len(days) < how.folds * (how.span + 1):
        raise Abstained(f"{len(days)} days are too few for {how.folds} blocks whose labels reach {how.span} on")
    blocks = np.array_split(np.arange(len(days)), how.folds)
    for chosen in combinations(range(how.folds), how.tested):
        test = np.concatenate([blocks[k] for k in chosen])
        yield Split(purged(len(days), test, how.span, how.embargo), tuple((k, blocks[k]) for k in chosen))


def paths(said: NDArray[Any], how: Combinations) -> NDArray[np.float64]:
    """Deal what each split said of its blocks out to whole paths.

    Shapes: `said` is [split, day], NaN where the split did not test the day, in the order of `splits`; the answer is
    [path, day], each day once on every path. Errors: BadInput for another number of splits.
    """
    if len(said) != how.n_splits:
        raise BadInput(f"{len(said)} splits given; {how.n_splits} expected")
    blocks = np.array_split(np.arange(said.shape[1]), how.folds)
    out = np.full((how.n_paths, said.shape[1]), np.nan)
    taken = [0] * how.folds
    for row, chosen in enumerate(combinations(range(how.folds), how.tested)):
        for k in chosen:
            out[taken[k], blocks[k]] = said[row, blocks[k]]
            taken[k] += 1
    return out


def _ascending(days: NDArray[Any]) -> None:
    if np.any(np.diff(np.asarray(days, dtype="datetime64[D]").astype(np.int64)) <= 0):
        raise BadInput("dates ascending, each once, expected: a date in two rows would stand on both sides of a split")
