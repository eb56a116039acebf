"""The lasting character of each name: beta, volatility, liquidity, band, delivery habit, results dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.money import CRORE
from cockpit.simulator.effects import MODEL
from cockpit.simulator.listings import Listing

OWN_VOLATILITY: Final = {"LARGE": 0.17, "MID": 0.23, "SMALL": 0.31}
"""Yearly volatility that is the name's own, by size class."""
SPREAD_BPS: Final = {"LARGE": 2.0, "MID": 5.0, "SMALL": 12.0}
INDEX_NAMES: Final = 50
FREE_BAND: Final = 0.20
"""How far a name with derivatives can go in one day: its operating range is 10 %, flexed in steps of 5 %."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Columns over the names, in the order of the listings."""

    beta: NDArray[Any]
    own: NDArray[Any]
    """Own daily volatility in quiet times, ratio."""
    sector: NDArray[Any]
    n_sectors: int
    band: NDArray[Any]
    """Largest move of a day against the close before, ratio."""
    delivery: NDArray[Any]
    start: NDArray[Any]
    """First price, paise."""
    adv_paise: NDArray[Any]
    spread_bps: NDArray[Any]
    busy: NDArray[Any]
    """Chance that a quiet mid-day second brings news of the name's book."""
    auction: NDArray[Any]
    """True where the close is made by auction (names with derivatives, since that timetable holds)."""
    index_weight: NDArray[Any]
    salt: NDArray[Any]


def drawn_traits(seed: int, listings: Sequence[Listing]) -> Traits:
    """Draw the traits of every name from the seed."""
    rng = np.random.default_rng([seed, MODEL, 1])
    n = len(listings)
    caps = [x.cap for x in listings]
    sectors = sorted({x.sector for x in listings})
    derivatives = np.array([x.has_derivatives for x in listings])
    adv_paise = np.array([float(x.adv_paise) for x in listings])
    own_year = np.array([OWN_VOLATILITY.get(c, 0.31) for c in caps]) * np.exp(rng.normal(0, 0.22, n))
    adv_crore = adv_paise / 100 / CRORE
    return Traits(
        beta=np.clip(rng.normal(1.0, 0.25, n), 0.3, 1.9),
        own=own_year / np.sqrt(248.0),
        sector=np.array([sectors.index(x.sector) for x in listings]),
        n_sectors=len(sectors),
        band=np.where(derivatives, FREE_BAND, rng.choice([0.20, 0.10, 0.05], n, p=[0.92, 0.06, 0.02])),
        delivery=np.clip(rng.normal(0.48, 0.10, n), 0.15, 0.80),
        start=np.array([x.price for x in listings], dtype=np.int64),
        adv_paise=adv_paise,
        spread_bps=np.array([SPREAD_BPS.get(c, 12.0) for c in caps])
        * np.clip((adv_crore / 20) ** -0.35, 0.5, 6.0)
        * np.exp(rng.normal(0, 0.2, n)),
        busy=1 - np.exp(-((adv_crore / 8) ** 0.7)),
        auction=derivatives,
        index_weight=_weights(caps, adv_paise),
        salt=rng.integers(1, 2**31, n),
    )


def _weights(caps: Sequence[str], adv: NDArray[Any]) -> NDArray[Any]:
    large = np.array([c == "LARGE" for c in caps])
    pool = np.flatnonzero(large) if large.any() else np.arange(len(caps))
    chosen = pool[np.argsort(-adv[pool], kind="stable")[:INDEX_NAMES]]
    weight = np.zeros(len(caps))
    weight[chosen] = np.sqrt(adv[chosen])
    return np.asarray(weight / weight.sum())


def results_days(seed: int, n_names: int, days: Sequence[date]) -> NDArray[Any]:
    """Answer bool [day, name]: the sessions on which each name publishes its quarter, 12 to 50 days after its end."""
    ordinals = np.array([d.toordinal() for d in days])
    flags = np.zeros((len(days), n_names), dtype=bool)
    habit = np.random.default_rng([seed, MODEL, 2]).integers(12, 46, n_names)
    for year in range(days[0].year - 1, days[-1].year + 1):
        for month in (3, 6, 9, 12):
            end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
            wobble = np.random.default_rng([seed, MODEL, 3, end.toordinal()]).integers(0, 5, n_names)
            row = np.searchsorted(ordinals, end.toordinal() + habit + wobble)
            # A day before the history began belongs to nobody: only a date inside the table counts.
            inside = (row < len(days)) & (end.toordinal() + habit + wobble >= ordinals[0])
            flags[row[inside], np.flatnonzero(inside)] = True
    return flags
