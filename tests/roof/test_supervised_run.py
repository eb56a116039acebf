"""What dies on a money path halts trading for the next start, too; what dies beside it is an incident and no more."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from cockpit.bus import Bus
from cockpit.engine.desk import TradingDesk
from cockpit.engine.reports import DayReports
from cockpit.errors import LedgerDown
from cockpit.facts import Halt, HaltMoved, Incident
from cockpit.heard_feed import HeardFeed, Troubles
from cockpit.house import SUPERVISION, House, Run, _journal_of
from cockpit.journal_log import end
from cockpit.orders import Mode
from cockpit.wish import Wish
from tests.engine.fakes import FakeFeed, Rig
from tests.engine.made_days import DAY
from tests.engine.scripted import wanting


class Broken(FakeFeed):
    """A feed that breaks where nobody expects it."""

    def __init__(self, fault: Exception) -> None:
        super().__init__(())
        self._fault = fault

    async def stream(self) -> Any:
        raise self._fault
        yield


async def running(rig: Rig, home: Path, feed: Any = None) -> Run:
    """Run a rig's flow in a house of its own."""
    stack = AsyncExitStack()
    house = House(Wish(Mode.PAPER, DAY, 1, 0.0, home), Bus(lambda ear, fault: None), stack)
    if feed is not None:
        object.__setattr__(rig.flow.plugs, "feed", feed)
    await rig.flow.open()
    heard = HeardFeed(FakeFeed(()), Troubles(rig.clock))
    house._keep = _journal_of(rig.flow, 0)
    stack.callback(end)
    stack.push_async_callback(house.supervisor.close)
    assert rig.books.opened is not None
    parts = rig.flow, TradingDesk(rig.flow), DayReports(rig.flow), home, "made", rig.books.opened, heard
    return Run(*parts, house.supervisor, stack)


async def test_a_flow_that_dies_leaves_a_halt_and_an_incident_behind(tmp_path: Path) -> None:
    rig = wanting()
    run = await running(rig, tmp_path, Broken(RuntimeError("a bug")))
    with pytest.raises(RuntimeError, match="a bug"):
        await run.play()
    await run.close()
    (halt,) = rig.wrote(HaltMoved)
    assert (halt.level, halt.by, halt.reason) == (Halt.CANCEL, SUPERVISION, "RuntimeError: a bug")
    assert [(i.where, i.what) for i in rig.wrote(Incident)] == [("supervision", "the flow failed: RuntimeError: a bug")]


async def test_a_journal_that_is_down_ends_the_day_without_another_word_in_it(tmp_path: Path) -> None:
    rig = wanting()
    run = await running(rig, tmp_path, Broken(LedgerDown("the disk is gone")))
    with pytest.raises(LedgerDown):
        await run.play()
    await run.close()
    assert rig.wrote(HaltMoved, Incident) == []


async def test_what_dies_beside_the_money_is_told_and_the_day_goes_on(tmp_path: Path) -> None:
    rig = wanting()
    run = await running(rig, tmp_path)

    async def watch() -> None:
        raise RuntimeError("the health probe broke")

    beside = run.supervisor.start(watch(), "health")
    await asyncio.wait([beside])
    await run.play()
    await run.close()
    assert [i.what for i in rig.wrote(Incident)] == ["health failed: RuntimeError: the health probe broke"]
    assert rig.wrote(HaltMoved) == []
    assert [o.order_id for o in rig.broker.placed] == ["ORB-1"]


async def test_a_day_that_ends_well_leaves_no_task_behind(tmp_path: Path) -> None:
    rig = wanting()
    run = await running(rig, tmp_path)
    await run.play()
    assert run.supervisor.n_tasks == 0
    await run.close()
    assert rig.wrote(Incident, HaltMoved) == []
