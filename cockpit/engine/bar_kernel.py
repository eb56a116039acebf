"""The compiled steps behind bars: ticks into the unfinished bar, the unfinished bar into closed ones, VWAP on the way.

State travels in arrays of named columns (`bar_rows.py`): `NAMES` [slot], `PARTS` [longer interval, slot] and `SPANS`
[interval]; the same functions read one live frame or a whole day and see no difference.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cockpit.clock import NS
from cockpit.engine.bar_rows import MOST_WINDOWS
from cockpit.market import TickMode

Rows: TypeAlias = NDArray[Any]

NEVER: Final = np.int64(2**62)
FIRST_MINUTE: Final = 60 * NS
UNKNOWN_SLOT: Final = -1
NO_TRADE: Final = -1
BAD_MODE: Final = -2

_LTP, _QUOTE, _FULL = int(TickMode.LTP), int(TickMode.QUOTE), int(TickMode.FULL)
_INDEX_QUOTE, _INDEX_FULL = int(TickMode.INDEX_QUOTE), int(TickMode.INDEX_FULL)


@njit(cache=True, nogil=True)
def slot_of(token: int, names: Rows) -> int:
    """Answer a token's slot, -1 when it is not watched."""
    low, high = 0, len(names)
    while low < high:
        middle = (low + high) // 2
        if names[middle].token < token:
            low = middle + 1
        else:
            high = middle
    return low if low < len(names) and names[low].token == token else UNKNOWN_SLOT


@njit(cache=True, nogil=True)
def stamp(tick: Any) -> int:
    """Answer when a tick happened: the exchange's time, or ours where the wire carries none."""
    return int(tick.ts_event if tick.ts_event != 0 else tick.ts_seen)


@njit(cache=True, nogil=True)
def enters(name: Any, ts: int) -> bool:
    """Tell whether the name trades continuously at `ts`, and remember the window it is in."""
    for w in range(MOST_WINDOWS):
        if name.hours[w, 0] <= ts < name.hours[w, 1]:
            name.opens, name.closes = name.hours[w, 0], name.hours[w, 1]
            return True
    return False


@njit(cache=True, nogil=True)
def feed(ticks: Rows, first: int, names: Rows) -> int:
    """Read ticks from index `first` until one lies past the unfinished base bar; answer that one's index.

    The end of `ticks` means all were read; an index below 0 is -1 - i of a tick whose mode is none of the wire's.
    """
    start, end = names[0].base.ts_open, names[0].base.ends
    slot = UNKNOWN_SLOT
    for i in range(first, len(ticks)):
        tick = ticks[i]
        ts = stamp(tick)
        if ts >= end:
            return i
        slot = slot + 1 if slot + 1 < len(names) else 0
        if names[slot].token != tick.token:  # frames mostly come in slot order: no search then
            slot = slot_of(tick.token, names)
            if slot == UNKNOWN_SLOT:
                continue
        name = names[slot]
        if ts < name.seen_ts or name.opens <= ts < start:
            name.late += 1
        elif name.opens <= ts < name.closes or enters(name, ts):
            if name.seen_ts == 0 and ts >= name.hours[0, 0] + FIRST_MINUTE:
                name.base.partial = 1
            traded = bought(tick, name, start)
            if traded == BAD_MODE:
                return -1 - i
            if traded != NO_TRADE:
                extend(name.base, tick.last_price, traded)
            name.seen_ts = ts
        else:
            name.seen_volume = max(name.seen_volume, tick.volume)
            name.seen_ts = ts
    return len(ticks)


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
    if name.base.live == 0 and 0 < tick.ts_trade < name.opens:
        return NO_TRADE  # the auction's shares, heard of only now
    return int(gained)


@njit(cache=True, nogil=True)
def extend(bar: Any, price: int, volume: int) -> None:
    """Add one trade to an unfinished bar."""
    if bar.live == 0:
        bar.live = 1
        bar.open = bar.high = bar.low = price
    # Not by branches: whether a price is a new extreme is what a processor guesses worst.
    bar.high = max(bar.high, price)
    bar.low = min(bar.low, price)
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
def write(row: Any, bar: Any, token: int, interval_s: int, weight: float, mean: float, m2: float) -> None:
    """Write one bar into a row of a `Bars` array."""
    row.token, row.ts_open, row.interval_s = token, bar.ts_open, interval_s
    row.open, row.high, row.low, row.close = bar.open, bar.high, bar.low, bar.close
    row.volume, row.n_ticks, row.partial = bar.volume, bar.n_ticks, bar.partial
    row.vwap = mean if weight > 0 else np.nan
    row.vwap_sd = np.sqrt(m2 / weight) if weight > 0 else np.nan


@njit(cache=True, nogil=True)
def build(
    ticks: Rows, first: int, names: Rows, parts: Rows, spans: Rows, opens: int, closes: int, out: Rows, log: Rows
) -> tuple[int, int]:
    """Read ticks from index `first` and close the bars they pass; answer (where it stopped, bars closed by now).

    The end of `ticks` means all were read, an index below 0 is `feed`'s; any other is where the frame begins that
    must be put into exchange order first. Shapes as for `shut`.
    """
    at, n_closed = first, 0
    while True:
        at = feed(ticks, at, names)
        if at < 0 or at == len(ticks) or disorder(ticks, at, names[0].base.ends) > at:
            return at, n_closed
        n_closed = shut(stamp(ticks[at]), names, parts, spans, opens, closes, out, log, n_closed)


@njit(cache=True, nogil=True)
def shut(
    upto: int,
    names: Rows,
    parts: Rows,
    spans: Rows,
    opens: int,
    closes: int,
    out: Rows,
    log: Rows,
    n_closed: int,
) -> int:
    """Close every bar that ends at or before `upto` and begin the next ones; answer how many rows `log` has now.

    Shapes: `parts` [longer interval, slot]; `spans` is `SPANS` [interval], the base first; `out` is `Bars`, each
    interval's from its own row on; `log` is `CLOSED`, a row for every interval that closed, from row `n_closed` on.
    The session is [opens, closes).
    """
    if names[0].base.ends > upto:
        return n_closed
    n_closed = note(log, n_closed, names[0].base.ends, 0, spans[0], shut_base(names, parts, spans, out))
    for i in range(len(names)):
        begin(names[i].base, upto, spans[0].seconds, opens, closes)
    for k in range(1, len(spans)):
        bars = parts[k - 1]
        if bars[0].ends <= upto:
            n_closed = note(log, n_closed, bars[0].ends, k, spans[k], emit(bars, names, spans[k], out))
            for longer in range(k + 1, len(spans)):
                if spans[longer].part == k:
                    join(parts[longer - 1], bars)
            for i in range(len(bars)):
                begin(bars[i], upto, spans[k].seconds, opens, closes)
    return n_closed


@njit(cache=True, nogil=True)
def shut_base(names: Rows, parts: Rows, spans: Rows, out: Rows) -> int:
    """Write the base bars that saw a trade and fold them into the longer ones made of them; answer how many."""
    n = 0
    span = spans[0]
    for i in range(len(names)):
        name = names[i]
        if name.base.live == 1:
            name.weight, name.mean, name.m2 = weigh(name.base, name.weight, name.mean, name.m2)
            write(out[span.free + n], name.base, name.token, span.seconds, name.weight, name.mean, name.m2)
            n += 1
        for k in range(1, len(spans)):
            if spans[k].part == 0:
                fold(parts[k - 1, i], name.base)
    return n


@njit(cache=True, nogil=True)
def note(log: Rows, n_closed: int, end: int, k: int, span: Any, n: int) -> int:
    """Note `n` bars of interval `k` that closed at `end`, if there are any; answer how many rows `log` has now."""
    if n == 0:
        return n_closed
    row = log[n_closed]
    row.end, row.k, row.first, row.n = end, k, span.free, n
    span.free += n
    return n_closed + 1


@njit(cache=True, nogil=True)
def emit(bars: Rows, names: Rows, span: Any, out: Rows) -> int:
    """Write the longer bars that saw a trade; answer how many."""
    n = 0
    for i in range(len(names)):
        if bars[i].live == 1:
            name = names[i]
            write(out[span.free + n], bars[i], name.token, span.seconds, name.weight, name.mean, name.m2)
            n += 1
    return n


@njit(cache=True, nogil=True)
def begin(bar: Any, ts: int, interval_s: int, opens: int, closes: int) -> None:
    """Begin the unfinished bar that holds `ts`, or the first one before the session; after it there is none."""
    bar.live = bar.volume = bar.n_ticks = bar.partial = 0
    if ts >= closes:
        bar.ts_open = bar.ends = NEVER
        return
    step = interval_s * NS
    bar.ts_open = opens + max(0, ts - opens) // step * step
    bar.ends = min(bar.ts_open + step, closes)


@njit(cache=True, nogil=True)
def join(bars: Rows, parts: Rows) -> None:
    """Add each name's shorter bar to the longer one it is part of."""
    for i in range(len(bars)):
        fold(bars[i], parts[i])


@njit(cache=True, nogil=True)
def peek(k: int, names: Rows, parts: Rows, spans: Rows, whole: Rows, out: Rows) -> int:
    """Write the unfinished bars of interval `k` as they stand into `out`, VWAP up to now; answer how many there are.

    An unfinished longer bar knows its finished parts only, so the unfinished ones are folded into a copy in `whole`.
    """
    n = 0
    for i in range(len(names)):
        name = names[i]
        whole[i] = parts[k - 1, i] if k > 0 else name.base
        part = k
        while part > 0:
            part = spans[part].part
            fold(whole[i], parts[part - 1, i] if part > 0 else name.base)
        if whole[i].live == 1:
            weight, mean, m2 = weigh(name.base, name.weight, name.mean, name.m2)
            write(out[n], whole[i], name.token, spans[k].seconds, weight, mean, m2)
            n += 1
    return n


@njit(cache=True, nogil=True)
def lay(bars: Rows, first: int, names: Rows) -> int:
    """Take ready-made base bars from index `first` into the unfinished bar; answer the first that opens later.

    Times: a bar that opens before the unfinished one is late; one outside the name's continuous hours is left out.
    """
    start = names[0].base.ts_open
    for i in range(first, len(bars)):
        bar = bars[i]
        if bar.ts_open > start:
            return i
        slot = slot_of(bar.token, names)
        if slot == UNKNOWN_SLOT:
            continue
        name = names[slot]
        if bar.ts_open < start:
            name.late += 1
        elif name.opens <= bar.ts_open < name.closes or enters(name, bar.ts_open):
            base = name.base
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
