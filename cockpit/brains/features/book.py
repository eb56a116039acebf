"""What the order book says of the next seconds: imbalance, microprice and spread, to time an execution only.

It is gone within seconds, so none of it may enter a nightly score; these columns are in no pipeline.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.features.columns import declared
from cockpit.market import DEPTH, TickMode, Ticks

EXECUTION: Final = declared(
    "order book", ("imbalance_5", "ratio", 0), ("microprice", "bps of mid", 0), ("spread", "bps of mid", 0)
)
"""The columns, in order."""
BPS: Final = 1e4


def book_features(ticks: Ticks) -> NDArray[Any]:
    """Measure the depth of each tick.

    Shape: float64 [tick, column of `EXECUTION`]; missing where the packet carries no depth or one side shows no price.
    Imbalance is (bids - asks) / (bids + asks) over five levels; the microprice leans from the middle to the side with
    less to offer at the best price.
    """
    bids, asks = ticks["bid_quantity"].astype(np.float64), ticks["ask_quantity"].astype(np.float64)
    bid, ask = ticks["bid_price"][:, 0].astype(np.float64), ticks["ask_price"][:, 0].astype(np.float64)
    shown = (ticks["mode"] == TickMode.FULL) & (bid > 0) & (ask > 0) & (bids[:, 0] > 0) & (asks[:, 0] > 0)
    out = np.full((len(ticks), len(EXECUTION)), np.nan)
    bids, asks, bid, ask = bids[shown][:, :DEPTH], asks[shown][:, :DEPTH], bid[shown], ask[shown]
    middle = (bid + ask) / 2
    below, above = bids.sum(axis=1), asks.sum(axis=1)
    micro = (bid * asks[:, 0] + ask * bids[:, 0]) / (bids[:, 0] + asks[:, 0])
    out[shown, 0] = (below - above) / (below + above)
    out[shown, 1] = (micro / middle - 1) * BPS
    out[shown, 2] = (ask - bid) / middle * BPS
    return out
