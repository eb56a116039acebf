"""Every family of features there is, and the named sets of columns that are asked for together."""

from __future__ import annotations

from typing import Final

from cockpit.brains.features.bars import BAR_SHAPES
from cockpit.brains.features.columns import Column, Family
from cockpit.brains.features.counts import COUNTS
from cockpit.brains.features.places import PLACES
from cockpit.brains.features.turnover import TURNOVER
from cockpit.brains.features.windows import EXTREMES, TRENDS

FAMILIES: Final = (BAR_SHAPES, TRENDS, EXTREMES, PLACES, COUNTS, TURNOVER)


def columns_of(*families: Family) -> tuple[str, ...]:
    """Name the columns of families, in order."""
    return tuple(column.name for family in families for column in family.columns)


ALPHA158: Final = columns_of(BAR_SHAPES, TRENDS, EXTREMES, PLACES, COUNTS, TURNOVER)
"""qlib's Alpha158: 9 bar shapes, 4 price ratios, 29 operators over 5 windows."""

DECLARED: Final[dict[str, Column]] = {column.name: column for family in FAMILIES for column in family.columns}
"""Every nightly column by name."""
