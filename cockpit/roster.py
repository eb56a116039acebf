"""What this house contains, one line each. A file in a room that is missing here fails a test.

Panels are on the roster of `screen.py`, so that a command without a window never imports Qt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cockpit.engine.risk.armed import Disarmed
from cockpit.engine.risk.band import OutsideBand
from cockpit.engine.risk.collar import PriceCollar
from cockpit.engine.risk.cost import CostTooHigh
from cockpit.engine.risk.day_entries import DayEntries
from cockpit.engine.risk.day_loss import DayLoss
from cockpit.engine.risk.drawdown import Drawdown
from cockpit.engine.risk.feed_age import FeedOld
from cockpit.engine.risk.grid import OffGrid
from cockpit.engine.risk.gross_value import GrossTooLarge
from cockpit.engine.risk.halted import Halted
from cockpit.engine.risk.hours import OutOfHours
from cockpit.engine.risk.liquidity import Illiquid
from cockpit.engine.risk.mode import WrongMode
from cockpit.engine.risk.name_age import NameOld
from cockpit.engine.risk.name_entries import NameEntries
from cockpit.engine.risk.name_value import NameTooLarge
from cockpit.engine.risk.one_way import AlreadyIn
from cockpit.engine.risk.order_rate import OrdersTooFast
from cockpit.engine.risk.order_value import OrderTooLarge
from cockpit.engine.risk.positions import TooManyPositions
from cockpit.engine.risk.rejects import Rejects
from cockpit.engine.risk.series import NotTradable
from cockpit.engine.strategies.orb import OpeningRange
from cockpit.engine.strategies.vwap_pullback import VwapPullback
from cockpit.orders import Mode
from cockpit.ports import Rule, Strategy
from cockpit.settings import Settings

RULES: Final[tuple[Callable[[], Rule], ...]] = (
    Halted,
    Disarmed,
    OutOfHours,
    NotTradable,
    FeedOld,
    NameOld,
    OffGrid,
    PriceCollar,
    OutsideBand,
    OrderTooLarge,
    NameTooLarge,
    Illiquid,
    GrossTooLarge,
    AlreadyIn,
    TooManyPositions,
    DayLoss,
    Drawdown,
    DayEntries,
    NameEntries,
    CostTooHigh,
    Rejects,
    OrdersTooFast,
)
"""Rules in the order they are asked, after the one that keeps modes apart."""

STRATEGIES: Final[tuple[Callable[[Settings], Strategy], ...]] = (
    lambda settings: OpeningRange(settings.orb),
    lambda settings: VwapPullback(settings.vwap),
)
"""Strategies in the order they decide."""


def rules(broker_mode: Mode) -> tuple[Rule, ...]:
    """Answer the rules of a house whose broker moves money of `broker_mode`."""
    return (WrongMode(broker_mode), *(rule() for rule in RULES))


def strategies(settings: Settings) -> tuple[Strategy, ...]:
    """Answer fresh strategies for one day."""
    return tuple(build(settings) for build in STRATEGIES)
