"""What each result told against what was expected of it: by last year's quarter, and by the consensus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.filings.accounts import QUARTER, newest_surprise, seasonal_surprises
from cockpit.clock import DAY_NS
from cockpit.evidence import ITEMS, Rows

FADE_SESSIONS: Final = 30
"""Half of a surprise is forgotten after so many sessions: prices drift after results for about a quarter."""
LIFE_SESSIONS: Final = 75
"""A result older than this is old: the next one is due."""
EPS: Final = ITEMS.index("eps")


@dataclass(frozen=True, slots=True)
class Results:
    """Rows of results. Shapes: `token`, `visible` int64 and `value` float64, [row]."""

    token: NDArray[Any]
    visible: NDArray[Any]
    value: NDArray[Any]


def results_of(filings: Rows | None, told: Rows | None) -> Mapping[str, Results]:
    """Answer the rows of `sue`, `surprise` and `result_age` (whose value is only that there was a result).

    Quarters as filed go before figures told with results: a name that files quarters has its `sue` from them.
    """
    quarters = _quarters(filings)
    figures = _nothing() if told is None else _figures(told)
    plain = np.isin(figures.token, quarters.token, invert=True)
    spoken = Results(figures.token[plain], figures.visible[plain], figures.value[plain])
    every = _nothing() if told is None else Results(told["token"], told["visible"], np.ones(len(told)))
    return {
        "sue": _joined(quarters, _against_last_year(spoken)),
        "surprise": _nothing() if told is None else _against_consensus(told),
        "result_age": _joined(every, Results(quarters.token, quarters.visible, np.ones(len(quarters.token)))),
    }


def _figures(told: Rows) -> Results:
    rows = told[np.isfinite(told["reported"])]
    return Results(rows["token"], rows["visible"], rows["reported"].astype(np.float64))


def _against_consensus(told: Rows) -> Results:
    """Answer reported less expected over the larger of the two: between -2 and 2 whatever a share earns."""
    rows = told[np.isfinite(told["reported"]) & np.isfinite(told["estimate"])]
    size = np.maximum(np.abs(rows["estimate"]), np.abs(rows["reported"]))
    told_apart = size > 0
    rows, size = rows[told_apart], size[told_apart]
    return Results(rows["token"], rows["visible"], (rows["reported"] - rows["estimate"]) / size)


def _against_last_year(spoken: Results) -> Results:
    parts = []
    for token in np.unique(spoken.token):
        mine = np.flatnonzero(spoken.token == token)
        mine = mine[np.argsort(spoken.visible[mine], kind="stable")]
        surprise = seasonal_surprises(spoken.visible[mine] // DAY_NS, spoken.value[mine])
        known = np.isfinite(surprise)
        parts.append(Results(spoken.token[mine][known], spoken.visible[mine][known], surprise[known]))
    return _joined(*parts)


def _quarters(filings: Rows | None) -> Results:
    """Answer the surprise of each quarter by the figures that were known when it was first filed.

    A restatement of an older quarter is another filing, not another result: it moves the next surprise, not this one.
    """
    if filings is None:
        return _nothing()
    rows = filings[(filings["item"] == EPS) & (filings["months"] == QUARTER) & np.isfinite(filings["value"])]
    parts = []
    for token in np.unique(rows["token"]):
        mine = rows[rows["token"] == token]
        mine = mine[np.argsort(mine["visible"], kind="stable")]
        parts.append(_as_first_told(int(token), mine))
    return _joined(*parts)


def _as_first_told(token: int, rows: Rows) -> Results:
    book: dict[int, float] = {}
    told: list[tuple[int, float]] = []
    for row in rows:
        end = int(row["period_end"].astype(np.int64))
        is_new = not book or end > max(book)
        book[end] = float(row["value"])
        if is_new:
            ends = np.array(sorted(book))
            told.append((int(row["visible"]), newest_surprise(ends, np.array([book[e] for e in ends]))))
    visible, value = np.array([t for t, _ in told], dtype=np.int64), np.array([v for _, v in told])
    return Results(np.full(len(told), token), visible, value)


def _joined(*parts: Results) -> Results:
    if not parts:
        return _nothing()
    return Results(*(np.concatenate([getattr(p, field) for p in parts]) for field in ("token", "visible", "value")))


def _nothing() -> Results:
    return Results(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
