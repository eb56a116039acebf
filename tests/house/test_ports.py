"""Every port has parts that fit it: the same names, the same arguments; and the checker of types holds them to it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from cockpit import evening_ports, ports, research_ports
from cockpit.brain_roster import brains
from cockpit.engine.desk import TradingDesk
from cockpit.engine.reports import DayReports
from cockpit.engine.strategies.orb_twin import OpeningRangeTwin
from cockpit.engine.strategies.vwap_pullback_twin import VwapPullbackTwin
from cockpit.live.broker import LiveBroker
from cockpit.orders import Mode
from cockpit.paper.broker import PaperBroker
from cockpit.paper.costs import ChargeTable
from cockpit.roster import rules, strategies
from cockpit.settings import Settings
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.memory import MemoryLedger
from cockpit.storage.nights import NightFolder
from cockpit.storage.projections import Projection
from cockpit.storage.shelf import FileShelf
from cockpit.storage.trial_store import SqlTrials
from cockpit.storage.vault import MemoryVault, OsVault
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.kite_door import KiteDoor
from cockpit.venues.kite_feed import KiteFeed
from cockpit.venues.kite_history import KiteHistory
from cockpit.venues.replay import ReplayFeed

FITS: dict[type, tuple[type, ...]] = {
    ports.Calendar: (NseCalendar,),
    ports.Feed: (KiteFeed, ReplayFeed),
    ports.History: (KiteHistory,),
    ports.Broker: (PaperBroker, LiveBroker),
    ports.OrderDoor: (KiteDoor,),
    ports.Ledger: (SqlLedger, MemoryLedger),
    ports.Costs: (ChargeTable,),
    ports.Strategy: (*(type(s) for s in strategies(Settings())), OpeningRangeTwin, VwapPullbackTwin),
    ports.Rule: tuple(type(rule) for rule in rules(Mode.PAPER)),
    ports.Books: (Projection,),
    ports.Vault: (OsVault, MemoryVault),
    ports.Desk: (TradingDesk,),
    ports.Reports: (DayReports,),
    evening_ports.Brain: tuple(type(brain) for brain in brains()),
    evening_ports.Shelf: (FileShelf,),
    evening_ports.Nights: (NightFolder,),
    research_ports.TrialStore: (SqlTrials,),
}


def typed(
    calendar: NseCalendar,
    feeds: tuple[KiteFeed, ReplayFeed],
    history: KiteHistory,
    brokers: tuple[PaperBroker, LiveBroker],
    door: KiteDoor,
    ledgers: tuple[SqlLedger, MemoryLedger],
    costs: ChargeTable,
    books: Projection,
    vaults: tuple[OsVault, MemoryVault],
    desk: TradingDesk,
    reports: DayReports,
    shelf: FileShelf,
    nights: NightFolder,
    trials: SqlTrials,
) -> None:
    """Never called: each line is a sentence for the checker of types."""
    _calendar: ports.Calendar = calendar
    _feeds: tuple[ports.Feed, ...] = feeds
    _history: ports.History = history
    _brokers: tuple[ports.Broker, ...] = brokers
    _door: ports.OrderDoor = door
    _ledgers: tuple[ports.Ledger, ...] = ledgers
    _costs: ports.Costs = costs
    _books: ports.Books = books
    _vaults: tuple[ports.Vault, ...] = vaults
    _desk: ports.Desk = desk
    _reports: ports.Reports = reports
    _shelf: evening_ports.Shelf = shelf
    _nights: evening_ports.Nights = nights
    _trials: research_ports.TrialStore = trials


def asked(port: type) -> Iterator[tuple[str, Any]]:
    """Yield what a port asks for, by name."""
    for name, member in vars(port).items():
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
            yield name, member


def misfits(port: type, part: type) -> Iterator[str]:
    """Name what a part lacks of a port, or takes otherwise."""
    filled = set(getattr(part, "__annotations__", {}))
    for name, member in asked(port):
        own = getattr(part, name, None)
        if own is None and name not in filled:
            yield f"{part.__name__} has no {name}, which {port.__name__} asks for"
        elif inspect.isfunction(member) and inspect.isfunction(own):
            wanted = list(inspect.signature(member).parameters)
            due = inspect.signature(own).parameters
            given = [
                name for n, name in enumerate(due) if n < len(wanted) or due[name].default is inspect.Parameter.empty
            ]
            if given != wanted:
                yield f"{part.__name__}.{name} takes {given}, {port.__name__} gives {wanted}"
            if inspect.iscoroutinefunction(member) != inspect.iscoroutinefunction(own):
                yield f"{part.__name__}.{name} and {port.__name__}.{name}: one is awaited and the other is not"


@pytest.mark.parametrize(("port", "part"), [(port, part) for port, parts in FITS.items() for part in parts])
def test_a_part_fits_its_port(port: type, part: type) -> None:
    assert list(misfits(port, part)) == []


def test_no_port_is_without_a_part() -> None:
    of = {**vars(ports), **vars(evening_ports), **vars(research_ports)}
    declared = {kind for kind in of.values() if getattr(kind, "_is_protocol", False)}
    assert declared - {of["Protocol"]} == set(FITS)


class Deaf:
    """A feed that takes other arguments and never ends."""

    def stream(self, fast: bool) -> None: ...

    def watch(self, tokens: list[int]) -> None: ...


def test_a_part_that_does_not_fit_is_caught() -> None:
    assert len(list(misfits(ports.Feed, Deaf))) == 3
