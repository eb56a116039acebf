"""How the market and the house stand on one evening: the weather, the confidence, and the exposure that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.record.accuracy import Estimate, newey_west, rank_ic
from cockpit.brains.weighing.confidence import Confidence, confidence, eased, exposure
from cockpit.brains.weighing.ensemble import ENSEMBLE
from cockpit.engine.regime import breadth50
from cockpit.evening.almanac import Almanac
from cockpit.evening.track import Track
from cockpit.opinions import Regime

SESSIONS: Final = 63
EVEN: Final = 0.5
"""The hit rate at which an order that risks what it may win pays nothing."""


@dataclass(frozen=True, slots=True)
class Mood:
    """The weather, how sure the house is, and the share of equity that both allow, 0..1."""

    regime: Regime
    confidence: Confidence
    exposure: float


def mood_of(
    almanac: Almanac,
    track: Track,
    session: date,
    before: float | None = None,
    *,
    won: int = 0,
    lost: int = 0,
    must_win: float = EVEN,
) -> Mood:
    """Judge the evening of `session` by what was known at its close; `won` and `lost` count closed trades.

    Exposure moves from the one `before` it, down fast and up slowly; where there was none it begins where it belongs.
    """
    regime = almanac.regime(session)
    row = almanac.row(session)
    index = _index(almanac, row)
    moves = np.diff(np.log(index))
    known = len(moves) == SESSIONS and bool(np.isfinite(moves).all())
    momentum = float(moves.sum()) if known else np.nan
    spread = float(moves.std(ddof=1) * np.sqrt(SESSIONS)) if known else np.nan
    breadth = float(breadth50(almanac.prices.close[max(0, row - SESSIONS) : row + 1])[-1])
    sure = confidence(_skill(track, session), won, lost, must_win, momentum, spread, breadth)
    wanted = exposure(regime, sure.value)
    return Mood(regime, sure, wanted if before is None else eased(before, wanted))


def _skill(track: Track, session: date) -> Estimate:
    record = track.record(session, (ENSEMBLE,))
    if record is None:
        return Estimate(np.nan, np.nan, 0)
    recent = record.days(slice(-SESSIONS, None))
    return newey_west(rank_ic(recent.of(ENSEMBLE), recent.excess), 2 * record.horizon)


def _index(almanac: Almanac, row: int) -> NDArray[np.float64]:
    if almanac.weather is None:
        return np.empty(0)
    closes: NDArray[np.float64] = almanac.index_closes[max(0, row - SESSIONS) : row + 1]
    return closes
