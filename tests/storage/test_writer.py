"""The writer's thread: it answers on the loop that asked, groups what waits, and keeps its first fault for good."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cockpit.errors import BadInput, LedgerDown
from cockpit.storage import writer as writer_module
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.writer import Answer, Unit, Writer
from tests.storage.made_facts import a_journal, booked, genesis


class Tape:
    """A commit that notes its groups, and does what a test wants first."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.ends = 0
        self.gate = threading.Event()
        self.gate.set()
        self.fault: Exception | None = None

    def commit(self, units: Sequence[Unit]) -> list[Answer]:
        """Note the group."""
        self.gate.wait()
        self.groups.append(len(units))
        if self.fault:
            raise self.fault
        return [sum(self.groups)] * len(units)

    def end(self) -> None:
        """Count the ends."""
        self.ends += 1


async def test_writes_that_wait_share_a_commit() -> None:
    tape = Tape()
    writer = Writer(tape.commit, tape.end)
    tape.gate.clear()
    waiting = [asyncio.ensure_future(writer.put(())) for _ in range(50)]
    await asyncio.sleep(0)
    tape.gate.set()
    await asyncio.gather(*waiting)
    await writer.close()
    assert sum(tape.groups) == 50
    assert len(tape.groups) <= 2
    assert tape.ends == 1


async def test_more_than_may_wait_wait_their_turn_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "WAITING", 8)
    monkeypatch.setattr(writer_module, "GROUP", 4)
    tape = Tape()
    writer = Writer(tape.commit, tape.end)
    await asyncio.gather(*(writer.put(()) for _ in range(100)))
    await writer.close()
    assert sum(tape.groups) == 100
    assert max(tape.groups) <= 4


@pytest.mark.parametrize("fault", [LedgerDown("the disk is full"), RuntimeError("a bug of ours")])
async def test_the_first_fault_is_everybodys_for_good(fault: Exception) -> None:
    tape = Tape()
    tape.fault = fault
    writer = Writer(tape.commit, tape.end)
    answers = await asyncio.gather(*(writer.put(()) for _ in range(10)), return_exceptions=True)
    tape.fault = None
    for answer in [*answers, *await asyncio.gather(writer.put(()), return_exceptions=True)]:
        assert isinstance(answer, LedgerDown)
        assert str(fault) in str(answer)
    assert len(tape.groups) == 1
    await writer.close()


async def test_a_commit_that_never_returns_is_a_ledger_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "DEADLINE_S", 0.05)
    tape = Tape()
    writer = Writer(tape.commit, tape.end)
    tape.gate.clear()
    for _ in range(2):
        with pytest.raises(LedgerDown, match="did not answer within"):
            await writer.put(())
    tape.gate.set()
    await writer.close()


def test_one_ledger_serves_one_loop_after_another(tmp_path: Path) -> None:
    ledger = SqlLedger.open(tmp_path / "ledger.db")
    for fact in a_journal(1):
        asyncio.run(_kept(ledger, fact))
    assert ledger.verify()[0] == len(a_journal(1))
    asyncio.run(ledger.close())


async def _kept(ledger: SqlLedger, *facts: Any) -> None:
    await ledger.write(*facts)


def test_it_works_on_the_loop_of_the_screen(tmp_path: Path, qapp: Any) -> None:
    import qasync

    async def day() -> tuple[int, str]:
        ledger = SqlLedger.open(tmp_path / "ledger.db")
        await ledger.write(genesis())
        await asyncio.gather(*(ledger.write(booked(number)) for number in range(50)))
        with pytest.raises(BadInput, match="already in the ledger"):
            await ledger.write(booked(3))
        await ledger.close()
        return ledger.verify()

    with qasync.QEventLoop(qapp, already_running=False) as loop:
        assert loop.run_until_complete(day())[0] == 51
