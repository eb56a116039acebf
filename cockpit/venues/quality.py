"""The gate before scoring: what is wrong with a panel of prices is repaired where that is certain, and named always.

A bar that cannot be believed becomes a missing one; nothing is filled in or guessed. Every repair of a day needs only
that day and those before it, save one: prices before a split are divided by it, which changes no return.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.errors import Abstained
from cockpit.evidence import Evidence, Finding, Flaw, Missing, Rows
from cockpit.market import DailyPanel
from cockpit.venues.day_bars import FIELDS, emptied
from cockpit.venues.jumps import adjusted, jumped, off_unit
from cockpit.venues.renames import Renames

STALE_SHARE: Final = 0.02
"""With more stale names than this nothing is scored; the setting `scan.stale_share` has the same meaning."""
REPEAT_SHARE: Final = 0.9
"""A session in which so many names repeat the one before, to the last share, is that one saved again."""
REPEAT_NAMES: Final = 3
ROUNDING: Final = 1e-5
"""Prices kept as 32-bit floats are exact to about a ten-millionth; a bar may be so far outside itself."""
JUMP_SESSIONS: Final = 252
"""A name with an unexplained jump in the last year is not scored: every measure of that year would span it."""
NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Checked:
    """A panel that may be scored, what was found, and the names that may not be, each with the reason."""

    panel: DailyPanel
    findings: tuple[Finding, ...]
    unfit: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Resolved:
    """Which offered symbol stands for each wanted one; a wanted symbol that nobody knows is in no pair."""

    offered: Mapping[str, str]
    findings: tuple[Finding, ...]


def checked(
    panel: DailyPanel,
    session: date,
    *,
    actions: Rows | None = None,
    sessions: NDArray[Any] | None = None,
    stale_share: float = STALE_SHARE,
) -> Checked:
    """Check a panel for the evening of `session`; later rows are cut off first.

    `actions` (ACTION) explain jumps; `sessions` (datetime64[D], ascending) are the days the exchange was open, as far
    as the calendar goes.
    Errors: Abstained when the panel does not reach `session`, or when too many names are stale, naming them.
    """
    panel, found = repaired(panel.upto(session), actions=actions, sessions=sessions)
    stale = _stale(panel, session, stale_share)
    recent = panel.days[max(0, len(panel.days) - JUMP_SESSIONS)].astype(object)
    jumps = [f for f in found if f.flaw is Flaw.UNEXPLAINED_JUMP and f.first >= recent]
    return Checked(panel, (*found, *stale), {f.symbol: str(f) for f in (*jumps, *stale)})


def gated(evidence: Evidence, sessions: NDArray[Any] | None = None, *, stale_share: float = STALE_SHARE) -> Evidence:
    """Answer evidence whose prices have passed the gate, with its findings and the names that may not be scored.

    Errors: Abstained as for `checked`.
    """
    actions = None if isinstance(evidence.actions, Missing) else evidence.actions.value
    answer = checked(
        evidence.prices.value, evidence.session, actions=actions, sessions=sessions, stale_share=stale_share
    )
    return replace(
        evidence,
        prices=replace(evidence.prices, value=answer.panel),
        findings=(*evidence.findings, *answer.findings),
        unfit=answer.unfit,
    )


def repaired(
    panel: DailyPanel, *, actions: Rows | None = None, sessions: NDArray[Any] | None = None
) -> tuple[DailyPanel, tuple[Finding, ...]]:
    """Answer a panel without what cannot be, and everything that was found; arguments as for `checked`."""
    panel, unreal = _real_sessions(panel, sessions)
    panel, impossible = _possible(panel)
    panel, repeated = _without_repeats(panel)
    panel, splits = adjusted(panel, actions)
    panel, units = off_unit(panel, actions)
    return panel, (*unreal, *impossible, *repeated, *splits, *units, *jumped(panel, actions))


def resolved(wanted: Sequence[str], offered: Iterable[str], on: date, renames: Renames) -> Resolved:
    """Find each wanted symbol among the offered ones, by its own name or by what it was renamed to."""
    there = set(offered)
    pairs: dict[str, str] = {}
    found = []
    for symbol in wanted:
        today = renames.today(symbol)
        if symbol in there:
            pairs[symbol] = symbol
        elif today in there:
            pairs[symbol] = today
            found.append(Finding(Flaw.RENAMED, symbol, on, on, f"it trades as {today} since {renames.since(symbol)}"))
        else:
            also = "" if today == symbol else f", nor {today}, as it is called now"
            found.append(Finding(Flaw.UNKNOWN_NAME, symbol, on, on, f"no source knows it{also}; correct or drop it"))
    return Resolved(pairs, tuple(found))


def _real_sessions(panel: DailyPanel, sessions: NDArray[Any] | None) -> tuple[DailyPanel, tuple[Finding, ...]]:
    kept = np.ones(len(panel.days), dtype=bool)
    found = []
    known = np.zeros(len(panel.days), dtype=bool)
    if sessions is not None and len(sessions):
        covered = (panel.days >= sessions[0]) & (panel.days <= sessions[-1])
        known = covered & np.isin(panel.days, sessions)
        kept &= ~(covered & ~known)
        found += [_market(Flaw.NO_SESSION, d, "the calendar knows none; left out") for d in panel.days[~kept]]
    for t in np.flatnonzero(kept & ~(np.nansum(panel.volume, axis=1) > 0) & _has_volume(panel)).tolist():
        kept[t] = False
        found.append(_market(Flaw.NO_SESSION, panel.days[t], "nobody traded a share; left out"))
    for t in _saved_again(panel, kept):
        kept[t] = False
        found.append(_market(Flaw.REPEATED_SESSION, panel.days[t], "every bar is that of the session before; left out"))
    if sessions is not None and len(panel.days):
        missing = np.setdiff1d(sessions[(sessions >= panel.days[0]) & (sessions <= panel.days[-1])], panel.days[kept])
        found += [_market(Flaw.MISSING_BARS, d, "a session by the calendar, and nobody has a bar") for d in missing]
    return _rows(panel, kept), tuple(found)


def _has_volume(panel: DailyPanel) -> NDArray[Any]:
    """Tell the rows whose emptiness says something: a source without any volume says nothing by it."""
    return np.full(len(panel.days), bool(np.isfinite(panel.volume).any()))


def _saved_again(panel: DailyPanel, kept: NDArray[Any]) -> list[int]:
    found = []
    before = -1
    for t in np.flatnonzero(kept).tolist():
        both = ~np.isnan(panel.close[t]) & ~np.isnan(panel.close[before]) if before >= 0 else np.zeros(1, dtype=bool)
        if both.sum() >= REPEAT_NAMES and _equal(panel, t, before)[both].mean() >= REPEAT_SHARE:
            found.append(t)
        else:
            before = t
    return found


def _equal(panel: DailyPanel, row: int, before: int) -> NDArray[Any]:
    same = np.ones(panel.close.shape[1], dtype=bool)
    for values in (panel.open, panel.high, panel.low, panel.close, panel.volume):
        same &= (values[row] == values[before]) | (np.isnan(values[row]) & np.isnan(values[before]))
    return same


def _possible(panel: DailyPanel) -> tuple[DailyPanel, tuple[Finding, ...]]:
    o, h, low, c, v = panel.open, panel.high, panel.low, panel.close, panel.volume
    slack = ROUNDING * np.abs(c)
    with np.errstate(invalid="ignore"):
        outside = (h < low - slack) | (c > h + slack) | (c < low - slack) | (o > h + slack) | (o < low - slack)
        wrong = outside | (np.minimum(np.minimum(o, c), low) <= 0) | (v < 0)
        wrong |= np.isinf(o) | np.isinf(h) | np.isinf(low) | np.isinf(c) | np.isinf(v)
    found = []
    for t, k in np.argwhere(wrong).tolist():
        words = f"open {o[t, k]:g}, high {h[t, k]:g}, low {low[t, k]:g}, close {c[t, k]:g}, volume {v[t, k]:g}"
        found.append(_bar(panel, Flaw.IMPOSSIBLE_BAR, t, k, words))
    return emptied(panel, wrong), tuple(found)


def _without_repeats(panel: DailyPanel) -> tuple[DailyPanel, tuple[Finding, ...]]:
    """Empty the bars that equal the one before to the last share; a name that had one price all day may repeat it."""
    moved = (panel.high != panel.low) & (panel.volume > 0)
    same = np.zeros(panel.close.shape, dtype=bool)
    for values in (panel.open, panel.high, panel.low, panel.close, panel.volume):
        equal = values[1:] == values[:-1]
        same[1:] = equal if values is panel.open else same[1:] & equal
    same &= moved
    found = [
        _bar(panel, Flaw.REPEATED_BAR, t, k, "equal in price and volume; left empty") for t, k in np.argwhere(same)
    ]
    return emptied(panel, same), tuple(found)


def _stale(panel: DailyPanel, session: date, share: float) -> tuple[Finding, ...]:
    if not len(panel.days) or panel.days[-1] != np.datetime64(session, "D"):
        newest = panel.days[-1] if len(panel.days) else "nothing"
        raise Abstained(f"the newest session in {panel.source} is {newest}; {session} was asked")
    listed = (~np.isnan(panel.close)).any(axis=0)
    silent = listed & (np.isnan(panel.close[-1]) | (panel.volume[-1] == 0))
    found = []
    for k in np.flatnonzero(silent).tolist():
        last = panel.days[np.flatnonzero(~np.isnan(panel.close[:, k]))[-1]]
        found.append(Finding(Flaw.STALE, panel.instruments[k].symbol, session, session, f"its last bar is of {last}"))
    if silent.sum() > share * listed.sum():
        symbols = [f.symbol for f in found]
        more = f" and {len(symbols) - NAMED} more" if len(symbols) > NAMED else ""
        raise Abstained(
            f"{len(symbols)} of {int(listed.sum())} names are stale on {session}, {share:.0%} may be:"
            f" {', '.join(symbols[:NAMED])}{more}"
        )
    return tuple(found)


def _rows(panel: DailyPanel, kept: NDArray[Any]) -> DailyPanel:
    if kept.all():
        return panel
    left: dict[str, Any] = {field: getattr(panel, field)[kept] for field in ("days", *FIELDS)}
    return replace(panel, reinvested=None if panel.reinvested is None else panel.reinvested[kept], **left)


def _market(flaw: Flaw, day: np.datetime64, words: str) -> Finding:
    return Finding(flaw, "", day.astype(object), day.astype(object), words)


def _bar(panel: DailyPanel, flaw: Flaw, row: int, column: int, words: str) -> Finding:
    day = panel.days[row].astype(object)
    return Finding(flaw, panel.instruments[column].symbol, day, day, words)
