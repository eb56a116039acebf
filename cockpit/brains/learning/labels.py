"""What came true: the label a brain learns from, and whether a trade with a target and a stop would have paid.

A view formed after the close of day t can be acted on at the open of t+1 at the earliest, so a label runs from open to
open. It is a rank among the names of the same day: what the whole market did is nobody's merit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cockpit.brains.learning.ranks import centred_ranks
from cockpit.errors import BadInput
from cockpit.market import DailyPanel

HORIZON: Final = 5
"""Sessions a view is about."""
FEWEST_NAMES: Final = 20
"""A day with fewer known returns has no median worth beating."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What came true of the views of many days.

    Shapes: `days` is datetime64[D] [day]; `forward`, `rank` and `beats` are float64 [day, name], columns following
    `tokens`. `forward` is a ratio, `rank` lies in [-0.5, 0.5] with mean 0 each day, `beats` is 1 above the day's
    median, 0 below it and 0.5 on it. NaN is not known (yet). Row t is decided by the open of row t + 1 + horizon.
    """

    days: NDArray[Any]
    tokens: tuple[int, ...]
    horizon: int
    forward: NDArray[Any]
    rank: NDArray[Any]
    beats: NDArray[Any]

    @property
    def span(self) -> int:
        """Answer how many sessions after its own a row is decided."""
        return self.horizon + 1


def labels(panel: DailyPanel, horizon: int = HORIZON) -> Labels:
    """Answer what came true of every day's view `horizon` sessions ahead, dividends reinvested."""
    forward = forward_returns(panel, horizon)
    few = np.isfinite(forward).sum(axis=1) < FEWEST_NAMES
    forward[few] = np.nan
    tokens = tuple(i.token for i in panel.instruments)
    return Labels(
        panel.days, tokens, horizon, forward, centred_ranks(forward).astype(np.float64), beats_median(forward)
    )


def forward_returns(panel: DailyPanel, horizon: int = HORIZON) -> NDArray[np.float64]:
    """Answer open(t+1+horizon) / open(t+1) - 1 of every day t, dividends reinvested, as a ratio.

    NaN where either price is missing or lies beyond the panel, and where nothing traded on the day of entry: a price
    nobody could have had is no entry.
    """
    if horizon < 1:
        raise BadInput(f"horizon {horizon} given; at least 1 session expected")
    opens = panel.total(panel.open)
    opens = np.where((opens > 0) & np.isfinite(opens), opens, np.nan)
    forward = np.full(opens.shape, np.nan)
    n = len(opens) - horizon - 1
    if n > 0:
        forward[:n] = opens[1 + horizon :] / opens[1 : n + 1] - 1
        forward[:n][panel.volume[1 : n + 1] == 0] = np.nan
    return forward


def beats_median(forward: NDArray[Any]) -> NDArray[np.float64]:
    """Answer 1 for names above their day's median return, 0 below, 0.5 on it, NaN where the return is unknown.

    Shapes: [day, name] in and out.
    """
    return (np.sign(forward - _medians(forward)) + 1) / 2


def _medians(forward: NDArray[Any]) -> NDArray[np.float64]:
    known = np.isfinite(forward).sum(axis=1)
    in_order = np.sort(forward, axis=1)  # what is unknown comes last
    rows = np.arange(len(forward))
    low = in_order[rows, np.maximum(known - 1, 0) // 2]
    high = in_order[rows, np.minimum(known // 2, forward.shape[1] - 1)]
    return np.where(known > 0, (low + high) / 2, np.nan)[:, None]


@dataclass(frozen=True, slots=True)
class Barriers:
    """Where each trade ended that had a target, a stop and a last day.

    Shapes: all [entry]. `label` is +1 at the target, -1 at the stop, the sign of the move (0 stays 0) when time ran out
    and NaN where the prices end before that; `row` is where it ended, -1 for unknown; `doubtful` is true where one bar
    touched both and the stop was assumed.
    """

    label: NDArray[np.float64]
    row: NDArray[np.int64]
    doubtful: NDArray[np.bool_]


def triple_barrier(
    high: NDArray[Any],
    low: NDArray[Any],
    close: NDArray[Any],
    entries: NDArray[Any],
    prices: NDArray[Any],
    targets: NDArray[Any],
    stops: NDArray[Any],
    sides: NDArray[Any],
    last: int,
) -> Barriers:
    """Answer how trades entered at the open of bars `entries` ended, at most `last` bars later.

    Shapes: `high`, `low`, `close` are [bar] of one name; the others are [entry]. `targets` and `stops` are distances
    from the entry price, above 0; `sides` is +1 long, -1 short. The bar of the entry counts as the first.
    """
    if last < 1 or not (np.all(targets > 0) and np.all(stops > 0)):
        raise BadInput("a target, a stop and a last bar, each above 0, expected")
    n = len(entries)
    label, row, doubtful = np.full(n, np.nan), np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.bool_)
    _barriers(high, low, close, entries, prices, targets, stops, sides, last, label, row, doubtful)
    return Barriers(label, row, doubtful)


@njit(cache=True)
def _barriers(
    high: Any, low: Any, close: Any, entries: Any, prices: Any, targets: Any, stops: Any, sides: Any, last: int,
    label: Any, row: Any, doubtful: Any,
) -> None:  # fmt: skip
    for i in range(len(entries)):
        for bar in range(entries[i], min(entries[i] + last, len(close))):
            best = (high[bar] - prices[i]) if sides[i] > 0 else (prices[i] - low[bar])
            worst = (low[bar] - prices[i]) if sides[i] > 0 else (prices[i] - high[bar])
            if np.isnan(best) or np.isnan(worst):
                break  # a bar that is missing may have touched anything
            won, lost = best >= targets[i], worst <= -stops[i]
            if won or lost:
                # Which came first inside the bar nobody knows: the stop is assumed, and said.
                label[i], row[i], doubtful[i] = (-1.0 if lost else 1.0), bar, won and lost
                break
            if bar == entries[i] + last - 1:
                label[i], row[i] = np.sign((close[bar] - prices[i]) * sides[i]), bar
