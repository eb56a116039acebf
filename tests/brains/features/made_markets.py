"""Daily panels with everything that real ones do to features: gaps, listings, halts, silence and bars without range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.market import DailyPanel, Instrument, Series
from tests.engine.made_panels import weekdays_to

FIELDS = ("open", "high", "low", "close", "volume", "delivery")
LAST = date(2026, 7, 31)


def made_market(n_days: int = 520, n_names: int = 12, *, seed: int = 5, rough: bool = True) -> DailyPanel:
    """Make a market of a common move and each name's own; `rough` adds what goes wrong in real panels.

    Name 0 skips days here and there, 1 lists in mid-history, 2 rests for longer than is bridged, 3 has days without
    volume, 4 bars without range, 5 stops for good, 6 does not move at all for a while, 7 lacks some volumes, 8 is an
    index.
    """
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0003, 0.01, (n_days, 1))
    close = 500 * np.exp(np.cumsum(market + rng.normal(0, 0.015, (n_days, n_names)), axis=0))
    open_ = close * np.exp(rng.normal(0, 0.006, close.shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.004, close.shape)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.004, close.shape)))
    volume = np.round(1e6 * np.exp(rng.normal(0, 0.7, close.shape)))
    delivery = rng.uniform(0.2, 0.8, close.shape)
    named = tuple(_named(i) for i in range(n_names))
    panel = DailyPanel(weekdays_to(LAST, n_days), named, open_, high, low, close, volume, delivery, "made")
    if rough:
        _roughen(panel, rng)
    return panel


def _named(i: int) -> Instrument:
    series = Series.INDEX if i == 8 else Series.EQ
    return Instrument(101 + i, f"NAME{i + 1}", series=series, sector=("", "Banks", "Metals")[i % 3])


def _roughen(panel: DailyPanel, rng: np.random.Generator) -> None:
    n_days = len(panel.days)
    missing = np.zeros(panel.close.shape, dtype=bool)
    missing[rng.choice(n_days, 12, replace=False), 0] = True
    missing[n_days // 2 : n_days // 2 + 3, 0] = True
    missing[: n_days // 3, 1] = True
    missing[n_days // 4 : n_days // 4 + 40, 2] = True
    missing[-60:, 5] = True
    for field in FIELDS:
        getattr(panel, field)[missing] = np.nan
    panel.volume[rng.choice(n_days, 25, replace=False), 3] = 0.0
    panel.volume[-80:-74, 3] = 0.0
    for day in [*rng.choice(n_days, 20, replace=False), n_days - 30]:
        for field in ("open", "high", "low"):
            getattr(panel, field)[day, 4] = panel.close[day, 4]
    for field in ("open", "high", "low", "close"):
        getattr(panel, field)[-100:-15, 6] = 333.0
    panel.volume[-90:-30, 6] = 5000.0
    panel.volume[rng.choice(n_days, 8, replace=False), 7] = np.nan
    panel.volume[:, 8] = 0.0


def days_of(panel: DailyPanel, first: int, last: int) -> DailyPanel:
    """Answer some days of a panel, copied."""
    return _part(panel, slice(first, last), slice(None), panel.instruments)


def names_of(panel: DailyPanel, names: list[int]) -> DailyPanel:
    """Answer some names of a panel, copied."""
    return _part(panel, slice(None), names, tuple(panel.instruments[i] for i in names))


def _part(panel: DailyPanel, days: slice, names: Any, instruments: tuple[Instrument, ...]) -> DailyPanel:
    fields = {field: getattr(panel, field)[days][:, names].copy() for field in FIELDS}
    factor = None if panel.reinvested is None else panel.reinvested[days][:, names].copy()
    return replace(panel, days=panel.days[days], instruments=instruments, reinvested=factor, **fields)


def scaled(panel: DailyPanel, by: float | NDArray[Any], volume_by: float | NDArray[Any] = 1.0) -> DailyPanel:
    """Answer a panel with its prices and its volumes multiplied."""
    prices = {field: getattr(panel, field) * by for field in ("open", "high", "low", "close")}
    return replace(panel, volume=panel.volume * volume_by, **prices)


def own_sessions(panel: DailyPanel) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield each stretch of a name's own sessions: (name, days), split where it rested for more than 20 days."""
    for name in range(len(panel.instruments)):
        days = np.flatnonzero(panel.close[:, name] > 0)
        for stretch in np.split(days, np.flatnonzero(np.diff(days) > 21) + 1):
            if len(stretch):
                yield name, stretch
