"""A day played for tests: any frames, either kind of rules, either kind of matching, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from cockpit.account import Trade
from cockpit.engine.strategies.orb_twin import OpeningRangeTwin
from cockpit.engine.strategies.vwap_pullback_twin import VwapPullbackTwin
from cockpit.market import TradingDay
from cockpit.orders import Mode
from cockpit.paper.costs import ChargeTable
from cockpit.paper.matching_twin import look_bars, look_ticks
from cockpit.places import resources_folder
from cockpit.ports import Ledger, Strategy
from cockpit.research.backtest import Trial, backtested
from cockpit.roster import rules, strategies
from cockpit.settings import Settings
from cockpit.storage.memory import MemoryLedger
from cockpit.storage.projections import Projection
from cockpit.venues.replay import ReplayFeed

CASH = 100_000_000


@dataclass(slots=True)
class Played:
    """What a day left behind."""

    trades: tuple[Trade, ...]
    bars: list[bytes]
    head: tuple[int, str]
    facts: list[Any] = field(default_factory=list)


def house_trial() -> Trial:
    """Try the house as it is: its roster, its defaults, its charges."""
    costs = ChargeTable.load(resources_folder() / "charges.toml")
    return Trial(strategies, rules(Mode.REPLAY), costs, CASH, Settings())


def plain_trial() -> Trial:
    """Try the readable twins of rules and matching."""
    house = house_trial()
    return Trial(_twins, house.rules, house.costs, CASH, house.settings, (look_ticks, look_bars))


async def played(
    day: TradingDay, frames: Iterator[NDArray[Any]], *, plain: bool = False, ledger: Ledger | None = None
) -> Played:
    """Play `frames` through the flow, with compiled kernels or (`plain`) with their readable twins."""
    kept = ledger or MemoryLedger()
    feed = ReplayFeed(frames, day.session.opens)
    day_played = await backtested(day, feed, plain_trial() if plain else house_trial(), kept, Projection())
    bars = [bars.tobytes() for bars in day_played.bars]
    return Played(day_played.trades, bars, kept.head, [entry.fact for entry in kept.read()])


def _twins(settings: Settings) -> Sequence[Strategy]:
    return (OpeningRangeTwin(settings.orb), VwapPullbackTwin(settings.vwap))
