"""Which days a model may learn from before it is asked about others: walk-forward, by dates, purged and embargoed.

A row of day t is decided some sessions later, so its label reaches into the days that follow: a training row whose
label reaches the days under test is dropped. Days are split, never rows, and nothing here can be shuffled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import Abstained, BadInput

EMBARGO: Final = 5
"""Fewest sessions after a block under test that are not learned from: what happened in it still echoes there."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One split of the days. Shapes: row numbers of days, ascending; int64 [day] each."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Walk:
    """How a record is walked: the first days to learn from, how often it is refitted, and what is kept apart.

    Units: `first`, `span` and `embargo` in sessions, `months` in calendar months. `span` is how many sessions after its
    own a label is decided.
    """

    span: int
    first: int = 504
    months: int = 1
    embargo: int = EMBARGO


def walked(days: NDArray[Any], walk: Walk) -> tuple[Fold, ...]:
    """Split `days` into an expanding walk-forward: each calendar month (or `months` of them) is a test once.

    Shapes: `days` is datetime64[D] [day]. The folds' tests cover every day from the first refit to the last, once.

    Errors: BadInput when days are not ascending, each once; Abstained when there are too few to learn from.
    """
    _ascending(days)
    if walk.months < 1 or walk.first < 1 or walk.span < 1:
        raise BadInput(f"{walk} given; at least one session to learn from, one month and one session of span expected")
    months = days.astype("datetime64[M]").astype(np.int64)
    begins = np.flatnonzero(np.diff(months, prepend=months[:1] - 1))
    begins = begins[begins >= walk.first + walk.span][:: walk.months]
    if not len(begins):
        raise Abstained(f"{len(days)} days are too few: {walk.first} to learn from and a whole month after them needed")
    ends = [*begins[1:], len(days)]
    folds = tuple(_fold(len(days), int(b), int(e), walk) for b, e in zip(begins, ends, strict=True))
    return checked(folds, walk.span)


def purged(n_days: int, test: NDArray[Any], span: int, embargo: int = EMBARGO) -> NDArray[np.int64]:
    """Answer the rows one may learn from when the rows `test` are under test, before and after them.

    A row j is dropped where its time [j, j + span] meets a test's [i, i + span], and within `embargo` sessions (at
    least `span`) after that. Shapes: int64 [day] in and out.
    """
    rows = np.arange(n_days)
    lost = np.zeros(n_days, dtype=np.bool_)
    after = span + max(embargo, span)
    for begin, end in _runs(np.asarray(test, dtype=np.int64)):
        lost |= (rows >= begin - span) & (rows <= end + after)
    return rows[~lost]


def held_out(train: NDArray[np.int64], days: int, span: int) -> Fold:
    """Split the newest `days` off what may be learned from, purged, to decide on them when to stop.

    Errors: Abstained when nothing is left to learn from.
    """
    cut = len(train) - days
    kept = train[:cut][train[:cut] + span < train[cut]] if cut > 0 else train[:0]
    if not len(kept):
        raise Abstained(f"{len(train)} days cannot spare {days} to decide on when to stop")
    return Fold(kept, train[cut:])


def checked(folds: tuple[Fold, ...], span: int) -> tuple[Fold, ...]:
    """Answer `folds` as they are when none of them leaks.

    Errors: BadInput naming the first day that stands in two tests, or whose label reaches from training into a test.
    """
    tested: set[int] = set()
    for fold in folds:
        again = tested.intersection(fold.test.tolist())
        if again or len(np.unique(fold.test)) != len(fold.test):
            raise BadInput(f"day {min(again, default=-1)} is under test twice; every day is tested once")
        tested.update(fold.test.tolist())
        near = np.searchsorted(fold.test, fold.train - span)
        reaching = (near < len(fold.test)) & (fold.test[np.minimum(near, len(fold.test) - 1)] <= fold.train + span)
        if reaching.any():
            raise BadInput(
                f"the label of day {fold.train[reaching][0]} reaches into days under test; purge {span} days"
            )
    return folds


def _fold(n_days: int, begin: int, end: int, walk: Walk) -> Fold:
    test = np.arange(begin, end)
    free = purged(n_days, test, walk.span, walk.embargo)
    return Fold(free[free < begin], test)  # production never learns from days after the test


def _runs(rows: NDArray[np.int64]) -> list[tuple[int, int]]:
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) != 1)
    return list(zip(rows[np.r_[0, breaks + 1]].tolist(), rows[np.r_[breaks, len(rows) - 1]].tolist(), strict=True))


def _ascending(days: NDArray[Any]) -> None:
    wrong = np.flatnonzero(np.diff(days.astype("datetime64[D]").astype(np.int64)) <= 0)
    if len(wrong):
        raise BadInput(
            f"{days[wrong[0] + 1]} follows {days[wrong[0]]}: dates ascending, each once, expected; a date in two rows"
            " would stand on both sides of a split"
        )
