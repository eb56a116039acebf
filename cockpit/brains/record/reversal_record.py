"""Reversal measured on a whole panel: how much there is, when it can still be had, and what it costs to have it.

The signal is minus the return of five sessions. It is followed from several entries, because part of it is the opening
price itself: what fell too far tends to open too low, and whoever can not trade at the open does not get that part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.ranks import rank_ics
from cockpit.brains.quantitative import break_even_ic
from cockpit.brains.record.accuracy import Estimate, newey_west
from cockpit.errors import Abstained
from cockpit.market import DailyPanel
from cockpit.money import CRORE

SIGNAL_DAYS: Final = 5
LIQUID_DAYS: Final = 20
LIQUID_CRORE: Final = 1.0
FEWEST_NAMES: Final = 50
PICKED: Final = 10
ROUND_TRIP: Final = 0.00338
"""A delivery round trip with 5 bp of slippage a side, as a ratio, at the charges of 2024-10-01."""


@dataclass(frozen=True, slots=True)
class Window:
    """From which price to which price the signal is followed; sessions counted from the evening of the signal."""

    name: str
    enters: int
    leaves: int
    at_open: bool = True


WINDOWS: Final = (
    Window("open t+1 to open t+6", 1, 6),
    Window("close t+1 to close t+6", 1, 6, at_open=False),
    Window("open t+2 to open t+7", 2, 7),
    Window("open t+1 to open t+22", 1, 22),
    Window("close t to close t+5, which nobody can trade", 0, 5, at_open=False),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The signal followed through one window.

    Units: `spread` is the mean standard deviation of returns across names, `gross` what the 10 names that fell most
    earned above the mean of all names in a round trip, `net` the same less its cost, all ratios. `break_even` is the IC
    at which normal returns of that spread would pay the cost; real tails are fatter.
    """

    window: Window
    ic: Estimate
    phases: tuple[float, ...]
    """The t of each of the non-overlapping sets of days."""
    names: float
    spread: float
    gross: float
    net: float
    break_even: float


@dataclass(frozen=True, slots=True)
class ReversalRecord:
    """What a panel says of reversal."""

    rows: tuple[Measured, ...]
    cost: float

    @property
    def of_the_open(self) -> float:
        """Answer how much of the rank IC is the opening price: what is lost when the same days are traded at closes."""
        return self.rows[0].ic.mean - self.rows[1].ic.mean

    def lines(self) -> tuple[str, ...]:
        """Say the record in plain words, one line a window."""
        told = tuple(
            f"{row.window.name}: rank IC {row.ic.mean:+.4f} (t {row.ic.t:.1f}; phases"
            f" {min(row.phases):.1f} to {max(row.phases):.1f}) over {row.ic.n:,} days and {row.names:.0f} names;"
            f" the {PICKED} that fell most made {row.gross:+.3%} more than the mean, {row.net:+.3%} after costs;"
            f" a rank IC of {row.break_even:.3f} would break even"
            for row in self.rows
        )
        share = self.of_the_open / self.rows[0].ic.mean
        return (*told, f"of the first line {self.of_the_open:+.4f}, {share:.0%}, is the opening price itself")


def reversal_record(panel: DailyPanel, cost: float = ROUND_TRIP) -> ReversalRecord:
    """Measure reversal on the liquid names of a panel, dividends reinvested; `cost` is of a round trip, a ratio.

    Errors: Abstained when no day has enough liquid names.
    """
    close = panel.total(panel.close)
    signal = np.full(close.shape, np.nan)
    signal[SIGNAL_DAYS:] = 1 - close[SIGNAL_DAYS:] / close[:-SIGNAL_DAYS]
    signal[~liquid(panel)] = np.nan
    return ReversalRecord(tuple(_measured(panel, signal, window, cost) for window in WINDOWS), cost)


def liquid(panel: DailyPanel) -> NDArray[np.bool_]:
    """Tell the names whose mean traded value of 20 sessions was above one crore rupees. Shape: [day, name]."""
    value = panel.close * panel.volume
    known = np.isfinite(value)
    sums, counts = (np.cumsum(np.where(known, part, 0.0), axis=0) for part in (value, known))
    mean = np.full(value.shape, np.nan)
    n = LIQUID_DAYS
    mean[n - 1 :] = (sums[n - 1 :] - np.vstack([np.zeros((1, sums.shape[1])), sums[:-n]])) / n
    whole = counts[n - 1 :] - np.vstack([np.zeros((1, counts.shape[1])), counts[:-n]]) == n
    mean[n - 1 :][~whole] = np.nan
    return np.asarray(mean > LIQUID_CRORE * CRORE)


def _measured(panel: DailyPanel, signal: NDArray[Any], window: Window, cost: float) -> Measured:
    prices = panel.total(panel.open if window.at_open else panel.close)
    forward = np.full(prices.shape, np.nan)
    last = len(prices) - window.leaves
    forward[:last] = prices[window.leaves :] / prices[window.enters : window.enters + last] - 1
    both = np.isfinite(signal) & np.isfinite(forward)
    ics = rank_ics(signal, forward, FEWEST_NAMES)
    counted = np.isfinite(ics)
    if not counted.any():
        raise Abstained(f"no day has {FEWEST_NAMES} names that trade more than {LIQUID_CRORE:g} crore")
    held = window.leaves - window.enters
    spread = float(np.mean([forward[day][both[day]].std() for day in np.flatnonzero(counted)]))
    gross = float(
        np.mean([_picked(signal[day][both[day]], forward[day][both[day]]) for day in np.flatnonzero(counted)])
    )
    names = float(both[counted].sum(axis=1).mean())
    ic = newey_west(ics, 2 * held)
    return Measured(
        window, ic, tuple(newey_west(ics[phase::held], 0).t for phase in range(held)), names, spread, gross,
        gross - cost, break_even_ic(cost, spread, PICKED, round(names)),
    )  # fmt: skip


def _picked(signal: NDArray[Any], forward: NDArray[Any]) -> float:
    best = np.argsort(-signal, kind="stable")[:PICKED]
    return float(forward[best].mean() - forward.mean())
