"""The laws every ledger keeps, whatever it is made of."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from cockpit.errors import BadInput, LedgerDown
from cockpit.orders import Mode
from cockpit.ports import Ledger
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.memory import MemoryLedger
from tests.storage.made_facts import a_journal, booked, closed, genesis, opened

Kept = MemoryLedger | SqlLedger
GENESIS_TEXT = '{"account":"me","build":"0.1","cash_paise":100000000,"mode":"PAPER","ts":1795146299999999999}'


async def test_what_was_written_is_read_back_in_order(ledger: Kept) -> None:
    facts = a_journal()
    for fact in facts:
        await ledger.write(fact)
    assert [entry.fact for entry in ledger.read()] == facts
    assert [entry.seq for entry in ledger.read()] == list(range(1, len(facts) + 1))
    assert ledger.head == ledger.verify() == (len(facts), [entry.hash for entry in ledger.read()][-1])


async def test_it_is_a_ledger_as_the_house_knows_it(ledger: Kept) -> None:
    kept: Ledger = ledger
    assert kept.head == (0, "")
    assert list(kept.read()) == []


async def test_the_same_facts_give_the_same_head_however_they_were_grouped(ledger: Kept) -> None:
    facts = a_journal()
    await ledger.write(*facts[:7])
    await ledger.write()
    await asyncio.gather(*(ledger.write(fact) for fact in facts[7:]))
    twin = MemoryLedger()
    await twin.write(*facts)
    assert ledger.head == twin.head


async def test_the_first_hash_is_what_it_always_was(ledger: Kept) -> None:
    await ledger.write(genesis())
    covered = f"\n1\n1795146299999999999\nGenesis\n{GENESIS_TEXT}"
    assert ledger.head == (1, hashlib.sha256(covered.encode()).hexdigest())


async def test_reading_since_an_entry_yields_what_follows_it(ledger: Kept) -> None:
    facts = a_journal(1)
    await ledger.write(*facts)
    assert [entry.fact for entry in ledger.read(5)] == facts[5:]
    assert list(ledger.read(len(facts))) == []
    with pytest.raises(BadInput, match="entries after 99 asked for"):
        list(ledger.read(99))


async def test_the_first_fact_is_a_genesis(ledger: Kept) -> None:
    with pytest.raises(BadInput, match="DayOpened given to an empty ledger"):
        await ledger.write(opened())
    assert ledger.head == (0, "")
    await ledger.write(genesis(), opened())
    assert ledger.head[0] == 2


@pytest.mark.parametrize("second", [genesis(), genesis(Mode.LIVE)])
async def test_a_second_genesis_is_refused(ledger: Kept, second: object) -> None:
    await ledger.write(genesis())
    with pytest.raises(BadInput, match=r"second Genesis|already in the ledger"):
        await ledger.write(second)  # type: ignore[arg-type]
    assert ledger.head[0] == 1


async def test_a_day_of_another_mode_is_refused(ledger: Kept) -> None:
    await ledger.write(genesis(Mode.PAPER))
    with pytest.raises(BadInput, match="a day of mode LIVE given to a ledger of mode PAPER"):
        await ledger.write(opened(mode=Mode.LIVE))
    assert ledger.head[0] == 1


async def test_a_fill_is_booked_once_and_the_rest_of_its_write_is_not_kept(ledger: Kept) -> None:
    await ledger.write(genesis(), booked(1))
    with pytest.raises(BadInput, match=r'fill:\["NSE","T1-BUY","O1",1\] is already in the ledger'):
        await ledger.write(booked(2), booked(1))
    assert ledger.head[0] == 2
    await ledger.write(booked(2))
    assert [entry.fact for entry in ledger.read()] == [genesis(), booked(1), booked(2)]


async def test_a_fill_given_twice_in_one_write_is_refused(ledger: Kept) -> None:
    await ledger.write(genesis())
    with pytest.raises(BadInput, match="already in the ledger"):
        await ledger.write(booked(1), booked(1))
    assert ledger.head[0] == 1


async def test_one_callers_fault_is_not_anothers(ledger: Kept) -> None:
    await ledger.write(genesis())
    answers = await asyncio.gather(
        ledger.write(booked(1)),
        ledger.write(booked(1)),
        ledger.write(booked(2)),
        ledger.write(genesis()),
        ledger.write(booked(3), closed()),
        return_exceptions=True,
    )
    assert [a if isinstance(a, int) else type(a) for a in answers] == [2, BadInput, 3, BadInput, 5]
    assert ledger.verify()[0] == 5


async def test_a_fact_that_cannot_be_remembered_is_refused_before_anything_is_written(ledger: Kept) -> None:
    with pytest.raises(BadInput, match="cash_paise"):
        await ledger.write(replace(genesis(), cash_paise=1.5))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="instant -1"):
        await ledger.write(replace(genesis(), ts=-1))
    assert ledger.head == (0, "")


async def test_a_closed_ledger_takes_nothing_more_and_stays_readable(ledger: Kept) -> None:
    await ledger.write(genesis())
    await ledger.close()
    await ledger.close()
    with pytest.raises(LedgerDown, match="closed"):
        await ledger.write(opened())
    assert [entry.fact for entry in ledger.read()] == [genesis()]


async def test_the_export_of_equal_ledgers_is_equal_to_the_byte(ledger: Kept, tmp_path: Path) -> None:
    facts = a_journal()
    twin = MemoryLedger()
    await ledger.write(*facts)
    await twin.write(*facts)
    assert ledger.export_jsonl(tmp_path / "ours") == twin.export_jsonl(tmp_path / "twin") == len(facts)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "twin").read_bytes()
    assert (tmp_path / "ours").read_bytes().count(b"\n") == len(facts)
