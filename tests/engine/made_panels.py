"""Daily panels made for the tests of preparation and scan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.market import DailyPanel, Instrument


def weekdays_to(last: date, n: int) -> NDArray[Any]:
    """Answer `n` weekdays that end on `last`."""
    return np.busday_offset(np.datetime64(last, "D"), np.arange(1 - n, 1), roll="backward")


def made_panel(
    close: NDArray[Any],
    last: date,
    *,
    spread: float = 1.0,
    volume: float = 1_000_000.0,
    names: Sequence[Instrument] | None = None,
) -> DailyPanel:
    """Make a panel of [day, name] closes; high and low lie `spread` rupees around the close."""
    n_days, n_names = close.shape
    named = tuple(names) if names else tuple(Instrument(101 + i, f"NAME{i + 1}") for i in range(n_names))
    return DailyPanel(
        days=weekdays_to(last, n_days),
        instruments=named,
        open=close.copy(),
        high=close + spread,
        low=close - spread,
        close=close.copy(),
        volume=np.where(np.isnan(close), np.nan, volume),
        delivery=np.full_like(close, np.nan),
        source="made",
    )
