"""A small market for research tests: prices with a planted reversal, or none."""

from __future__ import annotations

import numpy as np

from cockpit.market import DailyPanel, Instrument


def made_panel(seed: int, *, reversal: float = 0.0, n_days: int = 760, n_names: int = 40) -> DailyPanel:
    """Make a panel whose names come back by `reversal` of what they moved against the market within a week."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0003, 0.008, n_days)
    own = rng.normal(0, 0.018, (n_days, n_names))
    for t in range(6, n_days):
        own[t] -= reversal * own[t - 5 : t].sum(axis=0) / 5
    closes = 200 * np.exp(np.cumsum(market[:, None] + own, axis=0))
    opens = closes * np.exp(rng.normal(0, 0.001, closes.shape))
    spread = np.exp(np.abs(rng.normal(0, 0.004, closes.shape)))
    volume = np.rint(np.exp(rng.uniform(12, 15, n_names)) * np.exp(rng.normal(0, 0.2, closes.shape)))
    days = np.busday_offset("2021-01-04", np.arange(n_days), roll="forward").astype("datetime64[D]")
    names = tuple(Instrument(1000 + i, f"NAME{i}", sector=f"S{i % 4}") for i in range(n_names))
    return DailyPanel(
        days, names, opens, np.maximum(opens, closes) * spread, np.minimum(opens, closes) / spread, closes, volume,
        np.full(closes.shape, np.nan), "made up",
    )  # fmt: skip
