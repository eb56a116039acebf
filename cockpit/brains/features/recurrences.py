"""Averages that never forget: EMA, MACD, RSI, ATR and directional movement, carried from session to session.

Each is seeded by its first value and kept back until that seed has less than one part in ten thousand of the weight, so
that a longer history would not change what is shown.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    CLOSE,
    HIGH,
    INVERSE,
    LOW,
    TRUE_RANGE,
    Family,
    Kind,
    Rows,
    compiled,
    declared,
    lay,
)

EMA: Final = (8, 12, 26, 50, 100)
FAST, SLOW, SIGNAL = 1, 2, 9
"""MACD: which of the averages are its fast and slow one, and the span of its signal."""
RSI: Final = (7, 14, 21)
ATR: Final = (14, 21)
DIRECTION: Final = 14
N_EMA, N_RSI, N_ATR = len(EMA), len(RSI), len(ATR)
SIGNAL_ROW: Final = N_EMA
RSI_ROW: Final = SIGNAL_ROW + 1
ATR_ROW: Final = RSI_ROW + 2 * N_RSI
MOVE_ROW: Final = ATR_ROW + N_ATR
N_CARRIED: Final = MOVE_ROW + 3
SEED_LEFT: Final = 1e-4


@compiled
def recurrences(
    rows: Rows,
    ages: Rows,
    carried: Rows,
    groups: Rows,
    first: int,
    last: int,
    lookbacks: Rows,
    out: Rows,
    slots: Rows,
) -> None:
    """Compute EMA ratios, RSI (0 to 1), MACD over close, ATR over close, +DI, -DI and ADX (0 to 1)."""
    block = np.empty((N_EMA + N_RSI + 3 + N_ATR + 3, rows.shape[2]))
    for t in range(first, last):
        age, close, before, inverse = ages[t - first], rows[CLOSE, t], rows[CLOSE, t - 1], rows[INVERSE, t]
        for w in range(N_EMA):
            _average(carried[w], close, 2.0 / (EMA[w] + 1.0), age, block[w])
        for w in range(N_RSI):
            _strength(carried[RSI_ROW + 2 * w : RSI_ROW + 2 * w + 2], close, before, RSI[w], age, block[N_EMA + w])
        at_macd = N_EMA + N_RSI
        _macd(carried, inverse, age, block[at_macd : at_macd + 3])
        for w in range(N_ATR):
            _range(carried[ATR_ROW + w], rows[TRUE_RANGE, t], inverse, 1.0 / ATR[w], age, block[at_macd + 3 + w])
        _direction(rows, t, age, carried[ATR_ROW], carried[MOVE_ROW:], block[at_macd + 3 + N_ATR :])
        lay(block, age, lookbacks, out[t - first], slots)


@compiled
def _average(average: Rows, close: Rows, share: float, age: Rows, column: Rows) -> None:
    """Move an average towards today's close; a name without a session today keeps its own."""
    for j in range(len(average)):
        moved = average[j] + share * (close[j] - average[j])
        moved = close[j] if age[j] == 1 else moved
        moved = moved if age[j] > 0 else average[j]
        average[j] = moved
        column[j] = close[j] / moved - 1.0


@compiled
def _range(average: Rows, true_range: Rows, inverse: Rows, share: float, age: Rows, column: Rows) -> None:
    for j in range(len(average)):
        moved = average[j] + share * (true_range[j] - average[j])
        moved = true_range[j] if age[j] == 1 else moved
        moved = moved if age[j] > 0 else average[j]
        average[j] = moved
        column[j] = moved * inverse[j]


@compiled
def _strength(pair: Rows, close: Rows, before: Rows, span: int, age: Rows, column: Rows) -> None:
    up, down, share = pair[0], pair[1], 1.0 / span
    for j in range(len(column)):
        change = close[j] - before[j]
        rise, fall = (abs(change) + change) / 2.0, (abs(change) - change) / 2.0
        risen = rise if age[j] == 2 else up[j] + share * (rise - up[j])
        fallen = fall if age[j] == 2 else down[j] + share * (fall - down[j])
        up[j] = risen if age[j] > 1 else up[j]
        down[j] = fallen if age[j] > 1 else down[j]
        column[j] = up[j] / (up[j] + down[j]) if up[j] + down[j] > 0.0 else np.nan


@compiled
def _macd(carried: Rows, inverse: Rows, age: Rows, block: Rows) -> None:
    fast, slow, signal, share = carried[FAST], carried[SLOW], carried[SIGNAL_ROW], 2.0 / (SIGNAL + 1.0)
    for j in range(len(inverse)):
        line = fast[j] - slow[j]
        moved = line if age[j] == 1 else signal[j] + share * (line - signal[j])
        moved = moved if age[j] > 0 else signal[j]
        signal[j] = moved
        block[0, j] = line * inverse[j]
        block[1, j] = moved * inverse[j]
        block[2, j] = (line - moved) * inverse[j]


@compiled
def _direction(rows: Rows, t: int, age: Rows, true_range: Rows, carried: Rows, block: Rows) -> None:
    plus, minus, trend, share = carried[0], carried[1], carried[2], 1.0 / DIRECTION
    high, low, high_1, low_1 = rows[HIGH, t], rows[LOW, t], rows[HIGH, t - 1], rows[LOW, t - 1]
    for j in range(len(age)):
        up, down = high[j] - high_1[j], low_1[j] - low[j]
        rise = up if up > down and up > 0.0 else 0.0
        fall = down if down > up and down > 0.0 else 0.0
        risen = rise if age[j] == 2 else plus[j] + share * (rise - plus[j])
        fallen = fall if age[j] == 2 else minus[j] + share * (fall - minus[j])
        plus[j] = risen if age[j] > 1 else plus[j]
        minus[j] = fallen if age[j] > 1 else minus[j]
        both = plus[j] + minus[j]
        # Without any movement there is no direction, and the trend's strength stays what it was.
        was = trend[j] if age[j] > 2 else np.nan
        apart = abs(plus[j] - minus[j]) / both if both > 0.0 else was
        moved = was + share * (apart - was) if was == was else apart
        trend[j] = moved if age[j] > 1 else trend[j]
        per_range = 1.0 / true_range[j] if true_range[j] > 0.0 else np.nan
        block[0, j] = plus[j] * per_range
        block[1, j] = minus[j] * per_range
        block[2, j] = trend[j]


def settled(*shares: float) -> int:
    """Answer after how many sessions averages in a row that take these shares of each new value forget their seeds."""
    return sum(math.ceil(math.log(SEED_LEFT) / math.log(1.0 - share)) for share in shares)


def _columns() -> tuple[tuple[str, str, int], ...]:
    slow, signal, wilder = 2.0 / (EMA[SLOW] + 1.0), 2.0 / (SIGNAL + 1.0), 1.0 / DIRECTION
    return (
        *((f"ema_{span}", "ratio", settled(2.0 / (span + 1.0))) for span in EMA),
        *((f"rsi_{span}", "ratio", settled(1.0 / span) + 1) for span in RSI),
        ("macd", "ratio", settled(slow)),
        *((name, "ratio", settled(slow, signal)) for name in ("macd_signal", "macd_gap")),
        *((f"atr_{span}", "ratio", settled(1.0 / span)) for span in ATR),
        *((name, "ratio", settled(wilder) + 1) for name in ("di_plus_14", "di_minus_14")),
        ("adx_14", "ratio", settled(wilder, wilder) + 1),
    )


RECURRENCES: Final = Family(
    "recurrences", declared("recurrences", *_columns(), kind=Kind.CARRIED), recurrences, carried=N_CARRIED
)
