"""The compiled steps behind bars: ticks into the unfinished bar, the unfinished bar into closed ones, VWAP on the way.

State travels in two arrays of named columns, `NAMES` [slot] and `PARTS` [interval, slot] where interval 0 is the base,
and in `edges` [interval, column]; the same functions read one live frame or a whole day and see no difference.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cockpit.clock import NS
from cockpit.market import TickMode

Rows: TypeAlias = NDArray[Any]

PARTS: Final = np.dtype(
    [
        ("live", "i8"),  # 1 once the unfinished bar has a price
        ("open", "i8"),
        ("high", "i8"),
        ("low", "i8"),
        ("close", "i8"),
        ("volume", "i8"),
        ("n_ticks", "i8"),
        ("partial", "i8"),
    ],
    align=True,
)
"""The unfinished bar of one name at one interval."""

NAMES: Final = np.dtype(
    [
        ("token", "i8"),
        ("timetable", "i8"),  # which row of `windows` holds for this name
        ("opens", "i8"),  # the continuous window last entered: [opens, closes), ns UTC
        ("closes", "i8"),
        ("seen_volume", "i8"),  # highest cumulative volume seen today; -1 before the first
        ("seen_ts", "i8"),  # newest tick's instant; 0 before the first
        ("late", "i8"),  # ticks older than a closed bar or than the name's newest
        ("faults", "i8"),  # cumulative volumes that went down
        ("weight", "f8"),  # session volume in the closed base bars
        ("mean", "f8"),  # their VWAP
        ("m2", "f8"),  # their volume-weighted sum of squared distances from it
    ],
    align=True,
)
"""What the builder carries for one name from bar to bar."""

STEP, START, END = 0, 1, 2
"""Columns of `edges`, all ns: an interval's length, its unfinished bar's start and its end."""
NEVER: Final = np.int64(2**62)
FIRST_MINUTE: Final = 60 * NS
UNKNOWN_SLOT: Final = -1

_LTP, _QUOTE, _FULL = int(TickMode.LTP), int(TickMode.QUOTE), int(TickMode.FULL)
_INDEX_QUOTE, _INDEX_FULL = int(TickMode.INDEX_QUOTE), int(TickMode.INDEX_FULL)
_MIXER: Final = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def address(token: int, n_cells: int) -> np.int64:
    """Answer where a token's search begins in a table of `n_cells` cells (a power of two)."""
    return np.int64((np.uint64(token) * _MIXER) >> np.uint64(40)) & (n_cells - 1)


@njit(cache=True, nogil=True)
def seat(tokens: Rows) -> Rows:
    """Build the table that finds a token's slot: open addressing, [cell, (token, slot)], slot -1 where empty."""
    n_cells = 4
    while n_cells < 4 * len(tokens):
        n_cells *= 2
    table = np.full((n_cells, 2), UNKNOWN_SLOT)
    for slot in range(len(tokens)):
        cell = address(tokens[slot], n_cells)
        while table[cell, 1] != UNKNOWN_SLOT:
            cell = (cell + 1) & (n_cells - 1)
        table[cell, 0], table[cell, 1] = tokens[slot], slot
    return table


@njit(cache=True, nogil=True)
def slot_of(token: int, guess: int, names: Rows, table: Rows) -> int:
    """Answer a token's slot, -1 when it is not watched; `guess` is tried first because frames come in slot order."""
    if guess < len(names) and names[guess].token == token:
        return guess
    cell = address(token, len(table))
    while table[cell, 1] != UNKNOWN_SLOT:
        if table[cell, 0] == token:
            return int(table[cell, 1])
        cell = (cell + 1) & (len(table) - 1)
    return UNKNOWN_SLOT


@njit(cache=True, nogil=True)
def stamp(tick: Any) -> int:
    """Answer when a tick happened: the exchange's time, or ours where the wire carries none."""
    return int(tick.ts_event if tick.ts_event != 0 else tick.ts_seen)


@njit(cache=True, nogil=True)
def is_open(name: Any, ts: int, windows: Rows) -> bool:
    """Tell whether the name trades continuously at `ts`, and remember the window it is in."""
    if name.opens <= ts < name.closes:
        return True
    for w in range(windows.shape[1]):
        if windows[name.timetable, w, 0] <= ts < windows[name.timetable, w, 1]:
            name.opens, name.closes = windows[name.timetable, w, 0], windows[name.timetable, w, 1]
            return True
    return False


@njit(cache=True, nogil=True)
def feed(ticks: Rows, first: int, names: Rows, parts: Rows, table: Rows, windows: Rows, edges: Rows) -> int:
    """Read ticks from index `first` until one lies past the unfinished base bar; answer that one's index.

    The end of `ticks` means all were read; an index below 0 is -1 - i of a tick whose mode is none of the wire's.
    """
    start, end = edges[0, START], edges[0, END]
    slot = UNKNOWN_SLOT
    for i in range(first, len(ticks)):
        tick = ticks[i]
        ts = stamp(tick)
        if ts >= end:
            return i
        slot = slot_of(tick.token, slot + 1, names, table)
        if slot == UNKNOWN_SLOT:
            continue
        name = names[slot]
        if ts < name.seen_ts or name.opens <= ts < start:
            name.late += 1
            continue
        if is_open(name, ts, windows):
            if name.seen_ts == 0 and ts >= windows[name.timetable, 0, 0] + FIRST_MINUTE:
                parts[0, slot].partial = 1
            traded = bought(tick, name, start)
            if traded == BAD_MODE:
                return -1 - i
            if traded != NO_TRADE:
                extend(parts[0, slot], tick.last_price, traded)
        else:
            name.seen_volume = max(name.seen_volume, tick.volume)
        name.seen_ts = ts
    return len(ticks)


NO_TRADE: Final = -1
BAD_MODE: Final = -2


@njit(cache=True, nogil=True)
def bought(tick: Any, name: Any, start: int) -> int:
    """Answer how many shares changed hands since the name's last tick, NO_TRADE where the tick shows no trade.

    Only cumulative volume tells; where the wire has none (indices, last-price mode) each tick is a price of 0 shares.
    """
    if tick.volume == 0:
        if tick.mode == _INDEX_QUOTE or tick.mode == _INDEX_FULL or tick.mode == _LTP:
            return 0
        if tick.mode != _QUOTE and tick.mode != _FULL:
            return BAD_MODE
    if name.seen_volume < 0:
        # The first figure of the day. What was traded before it cannot be told from the opening auction's volume, so
        # only the trade that the tick itself shows is counted, and only if that trade belongs to this bar.
        name.seen_volume = tick.volume
        return NO_TRADE if tick.volume == 0 or 0 < tick.ts_trade < start else min(tick.last_quantity, tick.volume)
    gained = tick.volume - name.seen_volume
    if gained < 0:
        name.faults += 1
    if gained <= 0:
        return NO_TRADE
    name.seen_volume = tick.volume
    return int(gained)


@njit(cache=True, nogil=True)
def extend(bar: Any, price: int, volume: int) -> None:
    """Add one trade to an unfinished bar."""
    if bar.live == 0:
        bar.live = 1
        bar.open = bar.high = bar.low = price
    elif price > bar.high:
        bar.high = price
    elif price < bar.low:
        bar.low = price
    bar.close = price
    bar.volume += volume
    bar.n_ticks += 1


@njit(cache=True, nogil=True)
def fold(bar: Any, part: Any) -> None:
    """Add a shorter bar to the longer one it is part of."""
    bar.partial |= part.partial
    if part.live == 0:
        return
    if bar.live == 0:
        bar.live = 1
        bar.open, bar.high, bar.low = part.open, part.high, part.low
    bar.high = max(bar.high, part.high)
    bar.low = min(bar.low, part.low)
    bar.close = part.close
    bar.volume += part.volume
    bar.n_ticks += part.n_ticks


@njit(cache=True, nogil=True)
def clear(bar: Any) -> None:
    """Begin a new unfinished bar."""
    bar.live = bar.volume = bar.n_ticks = bar.partial = 0


@njit(cache=True, nogil=True)
def weigh(bar: Any, weight: float, mean: float, m2: float) -> tuple[float, float, float]:
    """Answer the session's (volume, VWAP, sum of squares) with one more base bar; West's update, stable over a day."""
    if bar.volume <= 0:
        return weight, mean, m2
    price = (bar.high + bar.low + bar.close) / 3.0
    weight += bar.volume
    away = price - mean
    # The share is divided first: for the first bar it is exactly 1, so a constant price has exactly that VWAP and sd 0.
    mean += away * (bar.volume / weight)
    m2 += bar.volume * away * (price - mean)
    return weight, mean, m2


@njit(cache=True, nogil=True)
def write(row: Any, bar: Any, token: int, edges: Rows, k: int, weight: float, mean: float, m2: float) -> None:
    """Write one bar into a row of a `Bars` array."""
    row.token, row.ts_open, row.interval_s = token, edges[k, START], edges[k, STEP] // NS
    row.open, row.high, row.low, row.close = bar.open, bar.high, bar.low, bar.close
    row.volume, row.n_ticks, row.partial = bar.volume, bar.n_ticks, bar.partial
    row.vwap = mean if weight > 0 else np.nan
    row.vwap_sd = np.sqrt(m2 / weight) if weight > 0 else np.nan


@njit(cache=True, nogil=True)
def shut(upto: int, names: Rows, parts: Rows, edges: Rows, anchor: int, closes: int, out: Rows, counts: Rows) -> None:
    """Close every bar that ends at or before `upto` and begin the next ones.

    Shapes: `out` is `Bars` [interval * slot]; interval k fills `counts[k]` rows from k * slots on, in token order.
    """
    counts[:] = 0
    if upto < edges[0, END]:
        return
    for i in range(len(names)):
        base, name = parts[0, i], names[i]
        name.weight, name.mean, name.m2 = weigh(base, name.weight, name.mean, name.m2)
        for k in range(1, len(parts)):
            fold(parts[k, i], base)
    for k in range(len(parts)):
        if edges[k, END] <= upto:
            counts[k] = emit(k, names, parts, edges, out)
            place(edges, k, upto, anchor, closes)


@njit(cache=True, nogil=True)
def emit(k: int, names: Rows, parts: Rows, edges: Rows, out: Rows) -> int:
    """Write the bars of interval `k` that saw a trade into their part of `out` and clear all; answer how many."""
    first = n = k * len(names)
    for i in range(len(names)):
        if parts[k, i].live == 1:
            write(out[n], parts[k, i], names[i].token, edges, k, names[i].weight, names[i].mean, names[i].m2)
            n += 1
        clear(parts[k, i])
    return n - first


@njit(cache=True, nogil=True)
def place(edges: Rows, k: int, ts: int, anchor: int, closes: int) -> None:
    """Set the edges of interval `k`'s unfinished bar to the one that holds `ts`; after the session there is none."""
    step = edges[k, STEP]
    if ts >= closes:
        edges[k, START] = edges[k, END] = NEVER
        return
    edges[k, START] = anchor + max(0, ts - anchor) // step * step
    edges[k, END] = min(edges[k, START] + step, closes)


@njit(cache=True, nogil=True)
def peek(k: int, names: Rows, parts: Rows, edges: Rows, out: Rows) -> int:
    """Write the unfinished bars of interval `k` as they stand into `out`; answer how many there are."""
    n = 0
    whole = np.zeros(1, PARTS)[0]
    for i in range(len(names)):
        base, name = parts[0, i], names[i]
        clear(whole)
        if k > 0:
            fold(whole, parts[k, i])
        fold(whole, base)
        if whole.live == 1:
            weight, mean, m2 = weigh(base, name.weight, name.mean, name.m2)
            write(out[n], whole, name.token, edges, k, weight, mean, m2)
            n += 1
    return n


@njit(cache=True, nogil=True)
def lay(bars: Rows, first: int, names: Rows, parts: Rows, table: Rows, windows: Rows, edges: Rows) -> int:
    """Take ready-made base bars from index `first` into the unfinished bar; answer the first that opens later.

    Times: a bar that opens before the unfinished one is late; one outside the name's continuous hours is left out.
    """
    slot = UNKNOWN_SLOT
    for i in range(first, len(bars)):
        bar = bars[i]
        if bar.ts_open > edges[0, START]:
            return i
        slot = slot_of(bar.token, slot + 1, names, table)
        if slot == UNKNOWN_SLOT:
            continue
        name, base = names[slot], parts[0, slot]
        if bar.ts_open < edges[0, START]:
            name.late += 1
        elif is_open(name, bar.ts_open, windows):
            base.live = 1
            base.open, base.high, base.low, base.close = bar.open, bar.high, bar.low, bar.close
            base.volume, base.n_ticks, base.partial = bar.volume, bar.n_ticks, bar.partial
    return len(bars)


@njit(cache=True, nogil=True)
def disorder(ticks: Rows, first: int, end: int) -> int:
    """Answer where the frame of tick `first` ends if ticks before `end` still follow in it, else `first`.

    A frame is one moment seen: all its ticks carry the same `ts_seen`, and a bar is not closed in the middle of it.
    """
    last = first
    found = False
    while last < len(ticks) and ticks[last].ts_seen == ticks[first].ts_seen:
        found |= stamp(ticks[last]) < end
        last += 1
    return last if found else first
