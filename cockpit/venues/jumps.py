"""Jumps of price that are not trading: splits left unadjusted, prices in another unit, and what nobody explains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.evidence import Finding, Flaw, Rows
from cockpit.market import DailyPanel
from cockpit.venues.day_bars import PRICES, emptied

JUMP: Final = 0.30
"""A move beyond this in one session is no trading unless a corporate action stands beside it: the widest price band is
20 %, and 10 % that can be widened for names with derivatives."""
CLEAR: Final = 0.25
"""A corporate action that divides the price by more than this (log) can be told from a day's move by itself."""
UNIT_MOVE: Final = 0.097
"""How far (log 10) a price in another unit may lie from the tenfold, hundredfold or thousandfold: a move of 25 %."""
UNIT_PATIENCE: Final = 5
"""After so many sessions in the new unit it is the unit: what remains is a jump."""
UNITS: Final = {1: "ten times", 2: "a hundred times (paise for rupees)", 3: "a thousand times"}
DIVIDEND_SHARE: Final = 0.15
"""A dividend above this share of the price explains a fall, too."""


def adjusted(panel: DailyPanel, actions: Rows | None) -> tuple[DailyPanel, tuple[Finding, ...]]:
    """Divide what lies before a known split by it where the prices still show it; adjusted prices stay as they are."""
    if actions is None or not len(actions):
        return panel, ()
    splits = actions[(actions["shares"] != 1) & (actions["shares"] > 0)]
    rows, columns, there = _first_bars(panel, splits)
    factor = np.ones(panel.close.shape)
    found = []
    before, place = _before(panel.close)
    for action, t, k in zip(splits[there], rows.tolist(), columns.tolist(), strict=True):
        shares = float(action["shares"])
        if not np.isnan(before[t, k]) and _still_shows(_move(panel.close[t, k], before[t, k]), float(np.log(shares))):
            factor[: place[t, k] + 1, k] *= shares
            words = f"one share became {shares:g}; close {before[t, k]:g} before it, {panel.close[t, k]:g} after"
            day = action["ex_day"].astype(object)
            found.append(Finding(Flaw.ADJUSTED, panel.instruments[k].symbol, day, day, words))
    if not found:
        return panel, ()
    prices: dict[str, Any] = {field: getattr(panel, field) / factor for field in PRICES}
    return replace(panel, volume=panel.volume * factor, **prices), tuple(found)


def _move(after: float, before: float) -> float:
    return float(np.log(after / before)) if after > 0 and before > 0 else 0.0


def _still_shows(move: float, split: float) -> bool:
    """Tell whether a log move on the ex-day is nearer to the whole split than to none; a small one needs to be near."""
    if abs(split) < CLEAR:
        return abs(move + split) < abs(split) / 4
    return abs(move + split) < abs(move)


def off_unit(panel: DailyPanel, actions: Rows | None) -> tuple[DailyPanel, tuple[Finding, ...]]:
    """Empty the bars that stand in another unit than the last believed close: ten, a hundred or a thousand times it."""
    before, _ = _before(panel.close)
    with np.errstate(invalid="ignore", divide="ignore"):
        leap = np.abs(np.log10(panel.close / before)) > 1 - UNIT_MOVE
    cells = np.zeros(panel.close.shape, dtype=bool)
    found: list[Finding] = []
    explained = _explained(panel, actions)
    for k in np.flatnonzero(leap.any(axis=0)).tolist():
        runs = _unit_runs(panel.close[:, k], explained[:, k])
        for first, last, power in runs:
            cells[first : last + 1, k] = True
            words = f"{UNITS[abs(power)]} {'too high' if power > 0 else 'too low'}; left empty"
            days = panel.days[first].astype(object), panel.days[last].astype(object)
            found.append(Finding(Flaw.UNIT, panel.instruments[k].symbol, *days, words))
    return emptied(panel, cells), tuple(found)


def _unit_runs(close: NDArray[Any], explained: NDArray[Any]) -> list[tuple[int, int, int]]:
    """Walk one name's closes and answer (first row, last row, power of ten) of each run in another unit."""
    runs: list[tuple[int, int, int]] = []
    believed, length = np.nan, 0
    for t in np.flatnonzero(~np.isnan(close)).tolist():
        away = np.log10(close[t] / believed) if believed > 0 and close[t] > 0 else 0.0
        power = round(away)
        is_off = 0 < abs(power) <= 3 and abs(away - power) < UNIT_MOVE and not explained[t] and length < UNIT_PATIENCE
        if not is_off:
            believed, length = close[t], 0
        elif length and runs[-1][2] == power:
            runs[-1] = (runs[-1][0], t, power)
            length += 1
        else:
            runs.append((t, t, power))
            length += 1
    return runs


def jumped(panel: DailyPanel, actions: Rows | None) -> tuple[Finding, ...]:
    """Name every move between two closes of a name that is too big to be trading and that no action explains."""
    before, place = _before(panel.close)
    with np.errstate(invalid="ignore", divide="ignore"):
        move = panel.close / before
    wild = ((move < 1 - JUMP) | (move > 1 / (1 - JUMP))) & ~_explained(panel, actions)
    found = []
    for t, k in np.argwhere(wild).tolist():
        words = (
            f"close {before[t, k]:g} on {panel.days[place[t, k]]}, {panel.close[t, k]:g} then: {move[t, k] - 1:+.0%};"
            " import the corporate action or leave the name out"
        )
        day = panel.days[t].astype(object)
        found.append(Finding(Flaw.UNEXPLAINED_JUMP, panel.instruments[k].symbol, day, day, words))
    return tuple(found)


def _explained(panel: DailyPanel, actions: Rows | None) -> NDArray[Any]:
    """Tell the bars [day, name] that are the first since a split, a bonus or a big dividend."""
    cells = np.zeros(panel.close.shape, dtype=bool)
    if actions is None:
        return cells
    told = actions[(actions["shares"] != 1) | (actions["dividend"] > 0)]
    rows, columns, there = _first_bars(panel, told)
    told, before = told[there], _before(panel.close)[0][rows, columns]
    explains = (told["shares"] != 1) | (told["dividend"] > DIVIDEND_SHARE * before)
    cells[rows[explains], columns[explains]] = True
    return cells


def _first_bars(panel: DailyPanel, actions: Rows) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Answer (row, column) of each action's first bar on or after its ex-day, and which of the actions have one."""
    n = len(panel.days)
    place = {instrument.token: k for k, instrument in enumerate(panel.instruments)}
    column = np.array([place.get(token, -1) for token in actions["token"].tolist()], dtype=np.int64)
    row = np.searchsorted(panel.days, actions["ex_day"])
    there = (column >= 0) & (row < n)
    if not there.any():
        return row[:0], column[:0], there
    bars = np.where(np.isnan(panel.close), n, np.arange(n)[:, None])
    following = np.minimum.accumulate(bars[::-1], axis=0)[::-1]
    first = np.full(len(row), n)
    first[there] = following[row[there], column[there]]
    there = first < n
    return first[there], column[there], there


def _before(close: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Answer for each cell [day, name] the last close before it and its row; NaN and -1 where there is none."""
    rows = np.where(np.isnan(close), -1, np.arange(len(close))[:, None])
    place = np.full(close.shape, -1)
    if len(close):
        place[1:] = np.maximum.accumulate(rows, axis=0)[:-1]
    value = np.take_along_axis(close, np.maximum(place, 0), axis=0) if len(close) else close
    return np.where(place >= 0, value, np.nan), place
