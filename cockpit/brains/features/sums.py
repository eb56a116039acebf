"""Sums of 5, 20 and 60 sessions back from a row: a sum stays in a register until it is whole."""

from __future__ import annotations

from cockpit.brains.features.columns import Rows, compiled


@compiled
def sum_five(series: Rows, t: int, total: Rows) -> None:
    """Sum five rows of a series from row `t` back."""
    a, b, c, d, e = series[t], series[t - 1], series[t - 2], series[t - 3], series[t - 4]
    for j in range(len(total)):
        total[j] = (a[j] + b[j]) + (c[j] + d[j]) + e[j]


@compiled
def add_five(series: Rows, t: int, total: Rows) -> None:
    """Add five rows of a series from row `t` back to a sum."""
    a, b, c, d, e = series[t], series[t - 1], series[t - 2], series[t - 3], series[t - 4]
    for j in range(len(total)):
        total[j] += (a[j] + b[j]) + (c[j] + d[j]) + e[j]


@compiled
def sum_twenty(fives: Rows, t: int, total: Rows) -> None:
    """Sum twenty sessions from row `t` back out of their sums of five."""
    for j in range(len(total)):
        held = fives[t, j]
        for k in range(5, 20, 5):
            held += fives[t - k, j]
        total[j] = held


@compiled
def sum_sixty(fives: Rows, t: int, total: Rows) -> None:
    """Sum sixty sessions from row `t` back out of their sums of five."""
    for j in range(len(total)):
        held = fives[t, j]
        for k in range(5, 60, 5):
            held += fives[t - k, j]
        total[j] = held
