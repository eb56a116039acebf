"""What is published about the names: headlines, results, bulk deals in the evening. All of it is invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as clock_time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS, instant
from cockpit.market import Session
from cockpit.orders import Side
from cockpit.simulator.draws import DayDraws
from cockpit.simulator.effects import MODEL, NEUTRAL_RATE
from cockpit.simulator.listings import Listing

SOURCE: Final = "PRACTICE"
PUBLISHED: Final = clock_time(18, 30)
"""When the day's bulk deals come out; an hour after the close on days that end later."""
GOOD: Final = (
    "{name} wins order worth Rs {n} crore",
    "{name} gets USFDA nod for its plant",
    "Board of {name} approves buyback of shares",
    "Rating of {name} upgraded, outlook positive",
    "{name} raises its growth guidance for the year",
)
BAD: Final = (
    "{name} loses order worth Rs {n} crore",
    "Promoters of {name} pledge more shares",
    "Rating of {name} downgraded, outlook negative",
    "Chief financial officer of {name} resigns",
    "{name} cuts its growth guidance for the year",
)
NEUTRAL: Final = (
    "{name} to hold its board meeting next week",
    "{name} allots shares under its employee stock option plan",
    "{name} intimates loss of share certificates",
    "{name} schedules its call with analysts",
)
STRONG: Final = {2: ", more than expected", -2: ", worse than feared"}
CLIENTS: Final = ("PRACTICE FUND A", "PRACTICE FUND B", "PRACTICE INSURER", "PRACTICE BROKERAGE", "PRACTICE TRUST")


@dataclass(frozen=True, slots=True)
class Headline:
    """One published line. `ts` is when it could first be read, ns UTC."""

    ts: int
    token: int
    symbol: str
    text: str
    kind: str
    """`news` or `results`."""
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class Deal:
    """One bulk deal of a session, published that evening."""

    ts: int
    day: date
    token: int
    symbol: str
    client: str
    side: Side
    quantity: int
    price: int
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class Action:
    """A split: from the morning of `ex_day` one share is `shares`, and older prices are divided by it."""

    ex_day: date
    token: int
    symbol: str
    shares: int
    kind: str = "SPLIT"


def headlines_before(
    seed: int, day: date, listings: Sequence[Listing], dice: DayDraws, results: NDArray[Any]
) -> tuple[Headline, ...]:
    """Answer, in order of time, what was published since the evening before and can be read before `day` opens."""
    rng = np.random.default_rng([seed, MODEL, 30, day.toordinal()])
    neutral = rng.random(len(listings)) < NEUTRAL_RATE
    found = []
    for k in np.flatnonzero((dice.tone != 0) | results | neutral).tolist():
        ts = _published(rng, day)
        listing = listings[k]
        if results[k]:
            text, kind = _results_line(listing, day, float(dice.surprise[k])), "results"
        else:
            text, kind = _line(rng, listing, int(dice.tone[k])), "news"
        found.append(Headline(ts, listing.token, listing.symbol, text, kind))
    return tuple(sorted(found, key=lambda h: (h.ts, h.token)))


def _published(rng: np.random.Generator, day: date) -> int:
    if rng.random() < 0.5:
        return instant(day - timedelta(days=1), clock_time(16)) + int(rng.integers(0, 6 * 3600)) * NS
    return instant(day, clock_time(6, 30)) + int(rng.integers(0, 9000)) * NS


def _line(rng: np.random.Generator, listing: Listing, tone: int) -> str:
    lines = GOOD if tone > 0 else BAD if tone < 0 else NEUTRAL
    text = lines[int(rng.integers(len(lines)))].format(name=listing.name, n=int(rng.integers(20, 2000)))
    return text + STRONG.get(tone, "")


def _results_line(listing: Listing, day: date, surprise: float) -> str:
    quarter = {0: 3, 1: 4, 2: 1, 3: 2}[(day.month - 1) // 3]
    growth = round(10 + 18 * surprise)
    moved = f"up {growth}%" if growth >= 0 else f"down {-growth}%"
    verdict = (
        "beats estimates" if surprise > 0.4 else "misses estimates" if surprise < -0.4 else "in line with estimates"
    )
    return f"{listing.name} Q{quarter} results: net profit {moved} year on year, {verdict}"


def deals_of(
    seed: int, session: Session, listings: Sequence[Listing], dice: DayDraws, close: NDArray[Any], volume: NDArray[Any]
) -> tuple[Deal, ...]:
    """Answer the bulk deals of a session; they are published in the evening, so the next session may use them first."""
    day = session.day
    rng = np.random.default_rng([seed, MODEL, 31, day.toordinal()])
    ts = max(instant(day, PUBLISHED), session.closes + 3600 * NS)
    found = []
    for k in np.flatnonzero(dice.deal).tolist():
        quantity = max(1, int(volume[k] * rng.uniform(0.05, 0.25)))
        client = CLIENTS[int(rng.integers(len(CLIENTS)))]
        listing = listings[k]
        found.append(
            Deal(ts, day, listing.token, listing.symbol, client, Side(int(dice.deal[k])), quantity, int(close[k]))
        )
    return tuple(found)
