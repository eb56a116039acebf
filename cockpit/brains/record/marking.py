"""What came true of an evening's predictions: bought at the next open, sold H opens later, against the median name.

A prediction is marked once, when its horizon has closed. What cannot be marked is named with its reason and counts for
nobody. Against the median the market's own move drops out, so a record is about choosing names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import Abstained, BadInput
from cockpit.market import DailyPanel
from cockpit.opinions import OUTCOME, Outcome, Predictions

LEAST_NAMES: Final = 10
"""A median over fewer names is no market."""


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """What every name of the universe did after one evening. Shapes: [name], columns of the panel."""

    resolved_on: date
    excess: NDArray[Any]
    """Return from open to open minus the universe's median; NaN where a price is missing."""
    has_entry: NDArray[Any]


def came_true(panel: DailyPanel, session: date, horizon: int) -> Came:
    """Measure what followed the evening of `session`: from the next open to the open `horizon` sessions after it.

    Errors: BadInput when the panel does not hold the session; Abstained while the horizon is open, or when fewer than
    10 names have both prices.
    """
    at = int(np.searchsorted(panel.days, np.datetime64(session, "D")))
    if at == len(panel.days) or panel.days[at] != np.datetime64(session, "D"):
        raise BadInput(f"{session} is no session of {panel.source}: its predictions cannot be marked")
    if at + 1 + horizon >= len(panel.days):
        raise Abstained(f"predictions of {session} are open until {horizon} sessions after the next open")
    opens = panel.total(panel.open)
    # A price nobody could have had is no entry, as it is none for the labels that brains learn from.
    entry = np.where(panel.volume[at + 1] == 0, np.nan, opens[at + 1])
    leave = opens[at + 1 + horizon]
    with np.errstate(invalid="ignore", divide="ignore"):
        returns = np.where((entry > 0) & (leave > 0), leave / entry - 1, np.nan)
    if (n := int((~np.isnan(returns)).sum())) < LEAST_NAMES:
        raise Abstained(f"only {n} names have prices after {session}; {LEAST_NAMES} are needed for a median")
    resolved_on = panel.days[at + 1 + horizon].astype(object)
    return Came(resolved_on, returns - np.nanmedian(returns), entry > 0)


def marked(said: Sequence[Predictions], panel: DailyPanel) -> list[Outcome]:
    """Mark all that was said on one evening over one horizon, brains, ensemble and shadows alike.

    Errors: as `came_true`; BadInput when evenings or horizons are mixed, or something is there twice.
    """
    evenings = {(p.session, p.horizon) for p in said}
    if len(evenings) != 1 or len({p.key for p in said}) != len(said):
        raise BadInput(f"predictions of {sorted(p.key for p in said)} given; each once, of one evening, expected")
    ((session, horizon),) = evenings
    came = came_true(panel, session, horizon)
    columns = {instrument.token: column for column, instrument in enumerate(panel.instruments)}
    return [_marked_one(p, came, columns) for p in said]


def unmarkable(said: Sequence[Predictions], panel: DailyPanel, why: str) -> list[Outcome]:
    """Answer the outcomes of an evening whose horizon has closed and of which nothing can be told: no row, a reason."""
    days = panel.days.astype(object).tolist()
    return [
        Outcome(
            p,
            days[days.index(p.session) + 1 + p.horizon],
            np.zeros(0, OUTCOME),
            tuple((int(token), why) for token in p.rows["token"]),
        )
        for p in said
    ]


def due(said: Iterable[Predictions], done: Iterable[tuple[str, date, int]], panel: DailyPanel) -> list[Predictions]:
    """Answer what may be marked now: its horizon has closed and it was never marked."""
    known, n = set(done), len(panel.days)
    waiting = [p for p in said if p.key not in known]
    days = {day: at for at, day in enumerate(panel.days.astype(object))}
    return [p for p in waiting if p.session in days and days[p.session] + 1 + p.horizon < n]


def _marked_one(said: Predictions, came: Came, columns: dict[int, int]) -> Outcome:
    at = np.array([columns.get(int(token), -1) for token in said.rows["token"]], dtype=int)
    excess = np.where(at >= 0, came.excess[at], np.nan)
    here = ~np.isnan(excess)
    rows = np.zeros(int(here.sum()), OUTCOME)
    for name in ("token", "raw", "value"):
        rows[name] = said.rows[name][here]
    rows["excess"] = excess[here]
    rows["beat"] = excess[here] > 0
    lost = tuple((int(said.rows["token"][i]), _why(int(at[i]), came)) for i in np.flatnonzero(~here))
    return Outcome(said, came.resolved_on, rows, lost)


def _why(column: int, came: Came) -> str:
    if column < 0:
        return "not in the prices"
    return "no open to leave at" if came.has_entry[column] else "no open to enter at"
