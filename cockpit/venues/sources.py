"""What a source of evidence is, what it may be asked for, and what counts as an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

import numpy as np

from cockpit.errors import BadInput
from cockpit.evidence import SHAPES, Headline, Rows, Sourced
from cockpit.market import Instrument
from cockpit.venues.day_bars import DAY_BAR

PRICES: Final = "prices"
DELIVERY: Final = "delivery"
HEADLINES: Final = "headlines"
SURVEILLANCE: Final = "surveillance"
ROWS: Final[Mapping[str, np.dtype[Any]]] = {PRICES: DAY_BAR, DELIVERY: DAY_BAR, **SHAPES}
"""What is answered as rows, and of what. Headlines are a tuple of Headline, surveillance a mapping."""
WANTED: Final = (*ROWS, HEADLINES, SURVEILLANCE)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of a source: which evening, which names, and how far back prices go."""

    session: date
    as_of: int
    first: date
    instruments: tuple[Instrument, ...]


class Source(Protocol):
    """Somebody who may know a part of the evening."""

    @property
    def name(self) -> str:
        """Answer the name it goes by in origins."""

    @property
    def supplies(self) -> frozenset[str]:
        """Answer what it may be asked for."""

    @property
    def deadline_s(self) -> float:
        """Answer how long one answer may take in all."""

    async def fetch(self, what: str, ask: Ask) -> Sourced[Any]:
        """Answer one part: rows of `ROWS[what]`, headlines, or measures by symbol.

        Errors: any CockpitError in words; nothing found is an error, never an empty answer.
        """


class Cabinet(Protocol):
    """Where fetched tables are kept between runs; `storage.table_cache.TableCache` is one."""

    def keep(self, name: str, rows: Rows, origin: Any) -> None:
        """Keep a table in place of what was kept under the name."""

    def find(self, name: str, dtype: np.dtype[Any]) -> Sourced[Rows] | None:
        """Answer the table kept under the name, its age told in the origin; None when there is none that verifies."""


def sound(what: str, answer: Sourced[Any]) -> Sourced[Any]:
    """Answer `answer` when it can be one.

    Errors: BadInput when it is empty or of the wrong kind: silence of a vendor is no news, it is a failure.
    """
    value = answer.value
    if what in ROWS:
        if not isinstance(value, np.ndarray) or value.dtype != ROWS[what]:
            raise BadInput(f"{what}: {getattr(value, 'dtype', type(value).__name__)} answered, {ROWS[what]} expected")
        if not len(value):
            raise BadInput(f"{what}: an empty answer")
        if what == PRICES and np.isnan(value["close"]).all():
            raise BadInput("prices: not one close in the answer")
    elif what == HEADLINES:
        if not isinstance(value, tuple) or not all(isinstance(line, Headline) for line in value):
            raise BadInput("headlines: a tuple of headlines expected")
    elif not isinstance(value, Mapping):
        raise BadInput(f"{what}: a mapping expected, {type(value).__name__} answered")
    return answer
