"""The compiled walk behind trust: each tick of a frame judged by what was believed just before it.

State travels in two arrays of named columns, `WATCHED` [slot] and one row of `TAPE`; the walk stops at every tick that
somebody must be told about, so that the reason can be worded from the very state that spoke against it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cockpit.clock import NS
from cockpit.engine.bar_kernel import UNKNOWN_SLOT, slot_of

Rows: TypeAlias = NDArray[Any]


class Verdict(IntEnum):
    """What became of a tick; all but BELIEVED are set aside, and all but REPEAT of those are told."""

    BELIEVED = 0
    REPEAT = 1
    STRANGER = 2
    UNSOUND = 3
    LATE = 4
    AHEAD = 5
    FAR = 6


SIGNED_WRAP: Final = 1 << 31
"""A price at or above this is a negative number that an unsigned wire field has wrapped."""
AGREEING: Final = 3
"""So many doubted ticks in a row that agree with each other re-admit a real gap."""
AGREEMENT: Final = 0.01
"""How near to each other agreeing prices lie, as a ratio."""
LEAP_NS: Final = 60 * NS
"""A stamp so far ahead of all that was believed, and of our own clock, would carry the tape's time and close bars."""

WATCHED: Final = np.dtype(
    [
        ("token", "i8"),
        ("grid", "i8"),  # prices are multiples of this
        ("base", "i8"),  # the previous close, which the first price must be near to; 0 where unknown
        ("band_low", "f8"),  # the day's band, 0 to infinity where there is none
        ("band_high", "f8"),
        ("price", "i8"),  # last believed; 0 before the first
        ("seen", "i8"),  # its stamp, ns UTC
        ("volume", "i8"),  # its cumulative volume; -1 before the first
        ("doubted", "i8"),  # the newest price that was too far away
        ("n_doubted", "i8"),  # how many of those in a row agree with it
    ],
    align=True,
)
"""What trust carries for one name from tick to tick."""

TAPE: Final = np.dtype(
    [
        ("begins", "i8"),  # the first and the last stamp that can be true today, ns UTC
        ("ends", "i8"),
        ("late_ns", "i8"),  # how far behind its name's newest a stamp may be
        ("jump", "f8"),  # how far from the last believed price the next may be, as a ratio
        ("newest", "i8"),  # where a leap begins: the newest believed stamp, or one that three leaps agree on
        ("reached", "i8"),  # the newest stamp of a believed tick; 0 before the first
        ("leap", "i8"),  # the newest stamp that was too far ahead
        ("n_leaps", "i8"),  # how many of those in a row agree with it
        ("n_repeats", "i8"),
    ],
    align=True,
)
"""What trust carries for all names together, and its limits."""

_BELIEVED, _REPEAT, _STRANGER = int(Verdict.BELIEVED), int(Verdict.REPEAT), int(Verdict.STRANGER)
_UNSOUND, _LATE, _AHEAD, _FAR = int(Verdict.UNSOUND), int(Verdict.LATE), int(Verdict.AHEAD), int(Verdict.FAR)


@njit(cache=True, nogil=True)
def walk(ticks: Rows, first: int, names: Rows, tape: Rows, verdicts: Rows) -> tuple[int, int]:
    """Judge ticks from index `first` on; answer (the first that is set aside and must be told, how many before it).

    Shapes: `names` is `WATCHED` [slot], `tape` is `TAPE` [1]; a `Verdict` is written into `verdicts` [tick] for every
    tick judged. The end of `ticks` means that nothing more is to be told. The second answer counts believed ticks only.
    """
    n_believed = 0
    slot = UNKNOWN_SLOT
    for i in range(first, len(ticks)):
        slot = slot + 1 if slot + 1 < len(names) else 0
        if names[slot].token != ticks[i].token:  # frames mostly come in slot order: no search then
            slot = slot_of(ticks[i].token, names)
        verdict = _STRANGER if slot == UNKNOWN_SLOT else judged(ticks[i], names[slot], tape[0])
        verdicts[i] = verdict
        if verdict == _BELIEVED:
            n_believed += 1
        elif verdict != _REPEAT:
            return i, n_believed
    return len(ticks), n_believed


@njit(cache=True, nogil=True)
def judged(tick: Any, name: Any, tape: Any) -> int:
    """Answer the verdict on one tick, and remember the tick if it is believed."""
    ts = tick.ts_event if tick.ts_event > 0 else tick.ts_seen
    price = tick.last_price
    if not (0 < price < SIGNED_WRAP and price % name.grid == 0 and tape.begins <= ts <= tape.ends):
        return _UNSOUND
    if ts < name.seen - tape.late_ns:
        return _LATE
    if ts > max(tape.newest, tick.ts_seen) + LEAP_NS and not leapt(ts, tape):
        return _AHEAD
    if not near(price, name, tape.jump) and not agreed(price, name, tape.jump):
        return _FAR
    if price == name.price and ts == name.seen and tick.volume == name.volume:
        tape.n_repeats += 1
        return _REPEAT
    remember(price, ts, tick.volume, name, tape)
    return _BELIEVED


@njit(cache=True, nogil=True)
def near(price: int, name: Any, jump: float) -> bool:
    """Tell whether a price lies inside the day's band and no farther than `jump` from the last believed one."""
    base = name.price if name.price > 0 else name.base
    return bool(base > 0 and name.band_low <= price <= name.band_high and abs(price - base) <= base * jump)


@njit(cache=True, nogil=True)
def agreed(price: int, name: Any, jump: float) -> bool:
    """Tell whether a price that is too far away is the third in a row that agree; beyond twice the limit none is."""
    base = name.price if name.price > 0 else name.base
    if base > 0 and abs(price - base) > 2 * base * jump:
        return False
    if name.n_doubted and abs(price - name.doubted) > AGREEMENT * name.doubted:
        name.n_doubted = 0
    name.doubted = price
    name.n_doubted += 1
    if name.n_doubted < AGREEING:
        return False
    # The exchange relaxes bands of names with derivatives during the day: the band gives way with the price.
    name.band_low, name.band_high = min(name.band_low, price), max(name.band_high, price)
    return True


@njit(cache=True, nogil=True)
def leapt(ts: int, tape: Any) -> bool:
    """Tell whether a stamp too far ahead is the third in a row that agree: then everybody was silent, and it is now."""
    if tape.n_leaps and abs(ts - tape.leap) > LEAP_NS:
        tape.n_leaps = 0
    tape.leap = ts
    tape.n_leaps += 1
    if tape.n_leaps < AGREEING:
        return False
    tape.newest = ts
    return True


@njit(cache=True, nogil=True)
def remember(price: int, ts: int, volume: int, name: Any, tape: Any) -> None:
    """Take a believed tick as the name's last, unless it is a little late: then it happened, but is no longer last."""
    tape.n_leaps = 0
    if ts < name.seen:
        return
    name.price, name.seen, name.volume = price, ts, volume
    name.n_doubted = 0
    tape.newest = max(tape.newest, ts)
    tape.reached = max(tape.reached, ts)
