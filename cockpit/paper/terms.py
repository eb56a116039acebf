"""The terms on which paper fills: the rules' numbers, and the rows that the compiled matching carries and answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS
from cockpit.errors import BadInput
from cockpit.settings import PaperSettings

Rows: TypeAlias = NDArray[Any]
PPM: Final = 1_000_000
"""Participation is counted in millionths of a share, so that thin prints add up without a float."""

RULES: Final = np.dtype(
    [
        ("ppm", "i8"),  # share of seen volume that may be taken, millionths
        ("impact", "f8"),  # Y of the square-root law
        ("half_spread", "f8"),  # ratio of the price, where no depth is seen
        ("floor_ticks", "i8"),  # least slip, in ticks, where no depth is seen
        ("patience", "i8"),  # ns an exit waits before it says so for the first time
        ("alarm", "i8"),  # ns between its further alarms
        ("escalate", "i8"),  # ns after which an exit that its protection keeps from filling is protected anew
        ("paused_until", "i8"),  # nothing matches before this instant (market-wide halt)
    ],
    align=True,
)
"""What holds for every order."""

NAMES: Final = np.dtype(
    [
        ("token", "i8"),
        ("tick_size", "i8"),
        ("lot", "i8"),
        ("timetable", "i8"),  # which row of `windows` holds for this name
        ("breaker", "i8"),  # 1 for an index whose fall halts the market
        ("level", "i8"),  # halt level its move has reached today: 0, 10, 15 or 20 %
        ("adv", "f8"),  # mean daily volume; NaN unknown
        ("sigma", "f8"),  # daily volatility; NaN unknown
        ("band_low", "i8"),  # 0 where the name has none
        ("band_high", "i8"),
        ("ts", "i8"),  # newest instant seen; 0 before the first
        ("last", "i8"),
        ("bid", "i8"),  # best bid and ask, 0 where none is shown
        ("ask", "i8"),
        ("volume", "i8"),  # cumulative volume seen; -1 before the first
        ("credit", "i8"),  # millionths of shares earned and not yet a whole lot
        ("free", "i8"),  # shares that may still be taken at this look
    ],
    align=True,
)
"""What is carried for one name from look to look."""

WORKING: Final = np.dtype(
    [
        ("seq", "i8"),  # which order it is, counted in the order placed
        ("rank", "i8"),  # 0 exits and stops, 1 targets, 2 entries: what is worse for us matches first
        ("slot", "i8"),
        ("side", "i8"),
        ("left", "i8"),
        ("taken", "i8"),  # filled so far: what its own earlier slices have moved
        ("limit", "i8"),  # 0 for a market order
        ("trigger", "i8"),  # 0 where the order waits for no trigger
        ("triggered", "i8"),
        ("placed", "i8"),  # ns; in bars, the first bar that opens then or later may fill it
        ("ready", "i8"),  # ns; in ticks, the first instant at which it is at the exchange
        ("expires", "i8"),
        ("insists", "i8"),  # 1 for what must get out: it alarms while it waits
        ("guard", "i8"),  # protection price of a market order; 0 before it is anchored
        ("guard_ts", "i8"),
        ("blocked", "i8"),  # 1 when the protection kept it from filling at the last look
        ("due", "i8"),  # when it next says that it waits; 0 before its first look
        ("born", "i8"),  # opening of the bar in which its entry filled; 0 outside bars
        ("unsure", "i8"),  # 1 when that entry came somewhere inside the bar
        ("other", "i8"),  # for a stop: its sibling target, 0 where none
    ],
    align=True,
)
"""One working order as the matching sees it."""

STRIKES: Final = 6
"""Most fills of one order at one look: five levels, and the trade that went through a limit."""
PRICE, QUANTITY, REFERENCE = 0, 1, 2
"""Columns of a look's answer: [strike, column] int64."""


class Met(IntFlag):
    """What a look did to one order."""

    NOTHING = 0
    FILLED = 1
    TRIGGERED = 2
    GAP = 4
    LAPSED = 8
    WAITS = 16
    GUARDED = 32  # its protection was set or moved
    AMBIGUOUS = 64
    HALTED = 128  # not an order: an index reached a halt level
    DEPTH = 256  # filled against shown depth


class Why(IntEnum):
    """What keeps an order waiting."""

    NONE = 0
    NO_VOLUME = 1
    NO_SIDE = 2
    PROTECTION = 3


@dataclass(frozen=True, slots=True)
class FillRules:
    """The fill model's numbers. `half_spread` and `floor_ticks` are the cost of crossing where no depth was seen.

    Source: nobody measured `half_spread` on NSE for this house; five basis points is wider than liquid names show, so
    that the unknown costs money instead of earning it.
    """

    participation: float = 0.10
    impact: float = 1.0
    latency_ns: int = 250_000_000
    stale_ns: int = 3 * NS
    half_spread: float = 0.0005
    floor_ticks: int = 1
    patience_ns: int = 3 * NS
    alarm_ns: int = 60 * NS
    escalate_ns: int = 10 * NS

    def __post_init__(self) -> None:
        if not 0 < self.participation <= 1 or self.impact < 0 or self.half_spread < 0 or self.floor_ticks < 0:
            raise BadInput(f"{self}: a participation above 0 and at most 1, and costs of 0 or more expected")

    @classmethod
    def of(cls, settings: PaperSettings) -> FillRules:
        """Answer the rules that the settings ask for."""
        return cls(
            participation=settings.participation,
            impact=settings.impact,
            latency_ns=settings.latency_ms * 1_000_000,
            stale_ns=round(settings.stale_quote_s * NS),
        )

    def row(self) -> Rows:
        """Answer the one-row `RULES` array that the kernels read."""
        row = np.zeros(1, dtype=RULES)
        row[0] = (
            round(self.participation * PPM),
            self.impact,
            self.half_spread,
            self.floor_ticks,
            self.patience_ns,
            self.alarm_ns,
            self.escalate_ns,
            0,
        )
        return row
