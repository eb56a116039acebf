"""Which names the practice market lists, with the invented figures each starts from."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from cockpit.errors import BadInput
from cockpit.market import Instrument, Series
from cockpit.money import CRORE, Paise, Price, paise

COLUMNS: Final = (
    "symbol", "name", "sector", "cap", "has_derivatives", "series", "practice_price_rupees", "practice_adv_cr",
)  # fmt: skip
FIRST_EXCHANGE_TOKEN: Final = 700_001
"""Invented, and far above the numbers the exchange gives out, so that no practice token is ever a real one."""
NSE_SEGMENT: Final = 1
INDEX_TOKEN: Final = 256_265
INDEX_SYMBOL: Final = "NIFTY 50"


@dataclass(frozen=True, slots=True)
class Listing:
    """One name of the practice market; price and traded value are invented."""

    token: int
    symbol: str
    name: str
    sector: str
    cap: str
    has_derivatives: bool
    series: Series
    price: Price
    """Where the name starts, in paise, on the first day of the market's history."""
    adv_paise: Paise
    """Average value it trades in a day."""

    @property
    def isin(self) -> str:
        """Answer an identity that no real share can have."""
        return f"PRACTICE{self.token >> 8:06d}"

    def instrument(self, tick_size: int) -> Instrument:
        """Answer the instrument as the exchange lists it with the tick size of the day."""
        return Instrument(
            token=self.token,
            symbol=self.symbol,
            name=self.name,
            series=self.series,
            tick_size=tick_size,
            sector=self.sector,
            isin=self.isin,
            has_derivatives=self.has_derivatives,
        )


INDEX: Final = Instrument(token=INDEX_TOKEN, symbol=INDEX_SYMBOL, name=INDEX_SYMBOL, series=Series.INDEX, tick_size=5)


def load_listings(path: Path) -> tuple[Listing, ...]:
    """Read the universe file; tokens follow its order.

    Errors: BadInput naming the row and what is wrong with it.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise BadInput(f"{path.name}: columns {reader.fieldnames} given, {','.join(COLUMNS)} expected")
        listings = tuple(_listing(number, row, path.name) for number, row in enumerate(reader))
    if len({x.symbol for x in listings}) != len(listings) or not listings:
        raise BadInput(
            f"{path.name}: {len(listings)} rows with a symbol given twice, or none; restore the shipped file"
        )
    return listings


def _listing(number: int, row: Mapping[str, str], place: str) -> Listing:
    try:
        return Listing(
            token=(FIRST_EXCHANGE_TOKEN + number) * 256 + NSE_SEGMENT,
            symbol=row["symbol"],
            name=row["name"],
            sector=row["sector"],
            cap=row["cap"],
            has_derivatives=row["has_derivatives"] == "1",
            series=Series(row["series"]),
            price=paise(row["practice_price_rupees"]),
            adv_paise=int(Decimal(row["practice_adv_cr"]) * CRORE) * 100,
        )
    except (ValueError, InvalidOperation, BadInput) as fault:
        raise BadInput(f"{place} row {number + 2}: {fault}; a row as the header names it expected") from fault
