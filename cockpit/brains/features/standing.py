"""Where a name stands among the names of the day: ranks, and distances from the mean of all or of its sector."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import (
    APART,
    CLOSE,
    REINVESTED,
    TYPICAL,
    VOLUME,
    Family,
    Kind,
    Rows,
    compiled,
    declared,
    lay,
)

SPAN: Final = 5
DIGIT: Final = 9
DIGITS: Final = 1 << DIGIT
"""Bits that a pass of the sort looks at: three passes for the returns of a day."""
PLACE_BITS: Final = 24
PLACES: Final = (1 << PLACE_BITS) - 1
"""Room for the place of a value behind the 32 bits it is sorted by: equal ones stay in the order of their places."""
FEWEST: Final = 3
"""Names that a comparison needs; among fewer there is no standing."""


@compiled
def standing(
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
    """Compute the rank (0 lowest to 1 highest, mean rank of equals) of the 5-session return and of value traded."""
    n_names = rows.shape[2]
    block, measured = np.empty((2, n_names)), np.empty(n_names)
    for t in range(first, last):
        age = ages[t - first]
        for j in range(n_names):
            known = age[j] > SPAN and groups[j] != APART
            measured[j] = rows[CLOSE, t, j] / rows[CLOSE, t - SPAN, j] if known else np.nan
        rank(measured, block[0])
        for j in range(n_names):
            known = age[j] > 0 and groups[j] != APART
            measured[j] = rows[TYPICAL, t, j] / rows[REINVESTED, t, j] * rows[VOLUME, t, j] if known else np.nan
        rank(measured, block[1])
        lay(block, age, lookbacks, out[t - first], slots)


@compiled
def rank(values: Rows, column: Rows) -> None:
    """Answer the ranks of the values that are there, 0 to 1, equals sharing their mean; the others have none.

    Values are compared as float32: what is equal in an answer is equal here.
    """
    column[:] = np.nan
    keys = _keys(values)
    n = len(keys)
    if n < FEWEST:
        return
    ordered, share, start = _ascending(keys), 0.5 / (n - 1), 0
    while start < n:
        end = start + 1
        while end < n and ordered[end] >> PLACE_BITS == ordered[start] >> PLACE_BITS:
            end += 1
        for i in range(start, end):
            column[ordered[i] & PLACES] = (start + end - 1) * share
        start = end


@compiled
def _keys(values: Rows) -> Rows:
    """Answer a whole number for each value that is there: it counts as the float32 does, and ends in its place."""
    bits, keys, n = values.astype(np.float32).view(np.int32), np.empty(len(values), np.int64), 0
    for j in range(len(values)):
        # The bits of a float32 count upward from 0 as it does; those of negative ones behind their sign.
        key = np.int64(bits[j] if bits[j] >= 0 else -(bits[j] & 0x7FFFFFFF))
        keys[n] = key << PLACE_BITS | j
        n += not np.isnan(values[j])
    return keys[:n]


@compiled
def _ascending(keys: Rows) -> Rows:
    """Answer the keys in order: digit by digit from the last, as many as tell them apart; the keys are spent."""
    least, most = keys[0], keys[0]
    for i in range(len(keys)):
        least, most = min(least, keys[i]), max(most, keys[i])
    ordered, begins = np.empty_like(keys), np.empty(DIGITS + 1, np.int64)
    shift, base = PLACE_BITS, least >> PLACE_BITS << PLACE_BITS
    while (most - base) >> shift > 0:
        begins[:] = 0
        for i in range(len(keys)):
            begins[(((keys[i] - base) >> shift) & (DIGITS - 1)) + 1] += 1
        for digit in range(DIGITS):
            begins[digit + 1] += begins[digit]
        for i in range(len(keys)):
            digit = ((keys[i] - base) >> shift) & (DIGITS - 1)
            ordered[begins[digit]] = keys[i]
            begins[digit] += 1
        keys, ordered = ordered, keys
        shift += DIGIT
    return keys


@compiled
def score(values: Rows, groups: Rows, n_groups: int, column: Rows) -> None:
    """Answer how many standard deviations each value lies from its group's mean; none where the group is too small.

    Two passes over centred numbers; the spread is that of the population of names there are that day.
    """
    n, mean, squares = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    for j in range(len(values)):
        if groups[j] >= 0 and not np.isnan(values[j]):
            n[groups[j]] += 1.0
            mean[groups[j]] += values[j]
    for g in range(n_groups):
        mean[g] = mean[g] / n[g]
    for j in range(len(values)):
        if groups[j] >= 0 and not np.isnan(values[j]):
            squares[groups[j]] += (values[j] - mean[groups[j]]) ** 2
    for j in range(len(values)):
        g = groups[j]
        known = g >= 0 and n[g] >= FEWEST and squares[g] > 0.0
        column[j] = (values[j] - mean[g]) / np.sqrt(squares[g] / n[g]) if known else np.nan


STANDING: Final = Family(
    "standing",
    declared("standing", ("rank_return_5", "ratio", SPAN), ("rank_value", "ratio", 0), kind=Kind.CROSS),
    standing,
)
