"""The planted effects at work: from what was known at the close before to the drift of a session."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.simulator import effects
from cockpit.simulator.draws import DayDraws
from cockpit.simulator.traits import Traits

REVERSAL_DAYS: Final = 5
YEAR_DAYS: Final = 252
MONTH_DAYS: Final = 21
RESULTS_SESSIONS: Final = 5
DEAL_SESSIONS: Final = 3
NEWS_SESSIONS: Final = 2


class Signals:
    """Carry the evening's knowledge forward; of its own session a drift knows only the morning's headlines."""

    def __init__(self, traits: Traits, n_days: int) -> None:
        n = len(traits.beta)
        self._sector = traits.sector
        self._n_sectors = traits.n_sectors
        self._own = traits.own
        self._log = np.zeros((n_days + 1, n))
        self._variance = traits.own**2
        self._delivery = np.zeros(n)
        self._news: list[NDArray[Any]] = []
        self._deals: list[NDArray[Any]] = []
        self._surprises: list[NDArray[Any]] = []

    def log_close(self, t: int) -> NDArray[Any]:
        """Answer the log of the growth since before the history, splits taken out, at the close of day `t`."""
        return np.asarray(self._log[t + 1])

    def drift(self, t: int, dice: DayDraws, results: NDArray[Any]) -> NDArray[Any]:
        """Answer the planned drift of session `t` in own daily volatilities."""
        drift = effects.K_NEWS * (dice.tone + _total(self._news, NEWS_SESSIONS - 1))
        drift = drift + effects.K_RESULTS * (
            np.where(results, dice.surprise, 0.0) + _total(self._surprises, RESULTS_SESSIONS - 1)
        )
        drift = drift + effects.K_DEAL * _total(self._deals, DEAL_SESSIONS)
        drift = drift + effects.K_DELIVERY * self._delivery
        log = self._log
        if t >= REVERSAL_DAYS:
            recent = (log[t] - log[t - REVERSAL_DAYS]) / self._own
            drift = drift - effects.K_REVERSAL * _z(recent - self._sector_mean(recent))
        if t > YEAR_DAYS:
            drift = drift + effects.K_MOMENTUM * _z(log[t - MONTH_DAYS] - log[t - YEAR_DAYS])
            drift = drift - effects.K_LOW_VOLATILITY * _z(np.log(self._variance))
        return np.asarray(drift)

    def close(self, t: int, move: NDArray[Any], dice: DayDraws, results: NDArray[Any]) -> None:
        """Take in what the evening of session `t` shows."""
        self._log[t + 1] = self._log[t] + move
        self._variance = self._variance + (move**2 - self._variance) * (2 / 64)
        self._delivery = dice.delivery * np.sign(move)
        self._news = [*self._news[-4:], dice.tone.astype(float)]
        self._deals = [*self._deals[-4:], dice.deal.astype(float)]
        self._surprises = [*self._surprises[-4:], np.where(results, dice.surprise, 0.0)]

    def _sector_mean(self, values: NDArray[Any]) -> NDArray[Any]:
        total = np.bincount(self._sector, values, self._n_sectors)
        count = np.maximum(np.bincount(self._sector, minlength=self._n_sectors), 1)
        return np.asarray((total / count)[self._sector])


def _total(past: list[NDArray[Any]], sessions: int) -> Any:
    return sum(past[-sessions:], start=np.float64(0.0))


def _z(values: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.clip((values - values.mean()) / (values.std() + 1e-12), -3, 3))
