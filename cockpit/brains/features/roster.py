"""Every family of features there is, and the named sets of columns that are asked for together."""

from __future__ import annotations

from typing import Final

from cockpit.brains.features.averages import AVERAGES
from cockpit.brains.features.bars import BAR_SHAPES
from cockpit.brains.features.channels import CHANNELS
from cockpit.brains.features.columns import Column, Family
from cockpit.brains.features.counts import COUNTS
from cockpit.brains.features.factors import FACTORS_ALONE, FACTORS_COMPARED
from cockpit.brains.features.flows import FLOWS
from cockpit.brains.features.levels import LEVELS
from cockpit.brains.features.moves import MOVES
from cockpit.brains.features.places import PLACES
from cockpit.brains.features.profile import PROFILE
from cockpit.brains.features.recurrences import RECURRENCES
from cockpit.brains.features.smart_money import SMART
from cockpit.brains.features.standing import STANDING
from cockpit.brains.features.turnover import TURNOVER
from cockpit.brains.features.volatility import VOLATILITY
from cockpit.brains.features.windows import EXTREMES, TRENDS

FAMILIES: Final = (
    BAR_SHAPES,
    TRENDS,
    EXTREMES,
    PLACES,
    COUNTS,
    TURNOVER,
    MOVES,
    AVERAGES,
    RECURRENCES,
    VOLATILITY,
    CHANNELS,
    FLOWS,
    STANDING,
    FACTORS_ALONE,
    FACTORS_COMPARED,
    SMART,
    PROFILE,
    LEVELS,
)


def columns_of(*families: Family) -> tuple[str, ...]:
    """Name the columns of families, in order."""
    return tuple(column.name for family in families for column in family.columns)


ALPHA158: Final = columns_of(BAR_SHAPES, TRENDS, EXTREMES, PLACES, COUNTS, TURNOVER)
"""qlib's Alpha158: 9 bar shapes, 4 price ratios, 29 operators over 5 windows."""

DISPLAY63: Final = columns_of(MOVES, AVERAGES, RECURRENCES, VOLATILITY, CHANNELS, FLOWS, STANDING)
"""What traders know by name: averages, RSI, MACD, bands, ATR, ADX and the like; shown, and used to measure speed."""

FACTORS: Final = columns_of(FACTORS_ALONE, FACTORS_COMPARED)
"""Reversal, momentum, calm, nearness to the year's high and illiquidity."""

SMART_MONEY: Final = (*columns_of(SMART), "mfi_14")
"""Delivery, on-balance volume, Chaikin's and the plain money flow."""

PRICE_MAP: Final = columns_of(PROFILE, LEVELS)
"""Where volume changed hands and where prices turned."""

DECLARED: Final[dict[str, Column]] = {column.name: column for family in FAMILIES for column in family.columns}
"""Every nightly column by name."""
