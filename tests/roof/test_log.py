"""The log: one line for what happened, its remedy beside it, and no secret in any of it."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from cockpit import journal_log
from cockpit.bus import Bus
from cockpit.clock import NS
from cockpit.errors import AlreadyRunning, LedgerDown
from cockpit.facts import (
    FeedMoved,
    FeedState,
    Halt,
    HaltMoved,
    Incident,
    IntentRefused,
    StrategyMoved,
    TicksQuarantined,
)
from cockpit.house import House
from cockpit.journal_log import Log
from cockpit.orders import Refusal
from cockpit.told import Level, Line, Teller
from cockpit.venues.kite_faults import Redactor

TS = 1_794_141_299 * NS
SECRET = "s3cr3tt0k3nabcdef0123"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    yield journal_log.begin(tmp_path)
    journal_log.end()


def lines(log: Log) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.path.read_text(encoding="utf-8").splitlines()]


def fail_with(text: str) -> None:
    raise LedgerDown(f"disk full, {text}")


def caught(text: str) -> LedgerDown:
    try:
        fail_with(text)
    except LedgerDown as fault:
        return fault
    raise AssertionError("unreachable")


FACTS = [
    (Incident(TS, "broker", "no answer", "Wait."), "warning", "no answer", "Wait."),
    (TicksQuarantined(TS, 5, "TCS", 1, "price 0"), "warning", "TCS: 1 tick set aside", "None needed"),
    (FeedMoved(TS, FeedState.LOST, "the link broke"), "warning", "lost: the link broke", "Wait"),
    (FeedMoved(TS, FeedState.SILENT, "silent for 5 s"), "warning", "silent", "Wait"),
    (FeedMoved(TS, FeedState.TOKEN_DEAD, "refused"), "warning", "token dead", "Log in"),
    (HaltMoved(TS, Halt.CANCEL, "DAY_LOSS", "lost 2 %"), "warning", "halt CANCEL by DAY_LOSS", "lift the halt"),
    (HaltMoved(TS, Halt.NONE, "me", "it is mended"), "info", "halt NONE by me", ""),
    (StrategyMoved(TS, "ORB", False, "the house", "it failed"), "warning", "ORB disarmed", "arm the strategy again"),
    (
        IntentRefused("i1", TS, (Refusal("i1", TS, "ORB", "HOURS", "too late", "15:21", "15:00"),)),
        "info",
        "i1 refused: HOURS",
        "",
    ),
]


@pytest.mark.parametrize(("fact", "level", "words", "remedy"), FACTS)
def test_each_fact_that_a_person_may_ask_for_leaves_one_line(
    log: Log, fact: Any, level: str, words: str, remedy: str
) -> None:
    bus = Bus(lambda ear, fault: pytest.fail(repr(fault)))
    log.hear(bus)
    bus.tell(fact)
    (line,) = lines(log)
    assert (line["level"], words in line["what"], remedy in line["remedy"]) == (level, True, True)
    assert line["day_time"] == "2026-11-08T18:04:59+05:30"
    assert line["at"].endswith("+05:30")


def test_a_feed_that_is_live_leaves_no_line(log: Log) -> None:
    said: list[Line] = []
    Teller(said.append).hear(FeedMoved(TS, FeedState.LIVE, "61 names watched"))
    assert said == []


def test_a_name_whose_ticks_are_bad_all_day_is_told_once_a_minute_with_its_count() -> None:
    said: list[Line] = []
    teller = Teller(said.append)
    for second in range(121):
        teller.hear(TicksQuarantined(TS + second * NS, 5, "TCS", second + 1, "price 0"))
    assert [line.words.split(" set aside")[0] for line in said] == ["TCS: 1 tick", "TCS: 61 ticks", "TCS: 121 ticks"]


@pytest.mark.parametrize(
    "text",
    [
        f"wss://ws.kite.trade/?api_key=abc&access_token={SECRET}",
        f"Authorization: token abcdefgh:{SECRET}",
        f"{{'api_secret': '{SECRET}'}}",
        f'{{"access_token": "{SECRET}"}}',
        f"postgresql://trader:{SECRET}@db/ledger",
        f"password={SECRET}",
        f"checksum = {SECRET}&x=1",
    ],
)
def test_a_secret_in_a_message_or_in_a_traceback_never_reaches_the_file(log: Log, text: str) -> None:
    log.write(Line(Level.WARNING, "broker", text, more={"asked": {"url": text}}))
    log.fault("the end", caught(text))
    logging.getLogger("some.vendor").error("failed with %s", text)
    assert SECRET not in log.path.read_text(encoding="utf-8")
    assert len(lines(log)) == 3


def test_a_secret_that_was_named_is_hidden_wherever_it_stands_and_a_key_by_its_name(log: Log) -> None:
    redactor = Redactor()
    redactor.hide(SECRET)
    log.hide(redactor)
    log.write(Line(Level.INFO, "broker", f"he said {SECRET}", more={"password": "hunter2"}))
    (line,) = lines(log)
    assert (line["what"], line["password"]) == ("he said ...", "...")


def test_the_number_of_an_instrument_is_no_secret(log: Log) -> None:
    log.write(Line(Level.INFO, "feed", "token 256265 is not watched", more={"token": 256265}))
    (line,) = lines(log)
    assert (line["what"], line["token"]) == ("token 256265 is not watched", 256265)


def test_what_ends_the_program_is_written_once_with_its_remedy_and_its_story(log: Log) -> None:
    fault = caught("no space")
    journal_log.last_words(fault)
    journal_log.last_words(fault)
    (line,) = lines(log)
    assert (line["level"], line["what"], line["remedy"]) == ("error", "LedgerDown: disk full, no space", fault.remedy)
    assert "fail_with" in line["exception"]


def test_a_fault_that_comes_back_sixty_times_a_second_does_not_fill_the_file(log: Log) -> None:
    for _ in range(250):
        log.fault("chart", caught("in a paint"))
    assert [line["times"] for line in lines(log)] == [1, 10, 100]


def test_an_exception_that_nobody_caught_is_written_and_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed_on: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda *told: passed_on.append(told))
    log = journal_log.begin(tmp_path)
    fault = caught("unseen")
    sys.excepthook(type(fault), fault, fault.__traceback__)
    journal_log.end()
    (line,) = lines(log)
    assert "unseen" in line["what"]
    assert [told[1] for told in passed_on] == [fault]


def test_an_exception_in_a_thread_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed_on: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", passed_on.append)
    log = journal_log.begin(tmp_path)
    thread = threading.Thread(target=fail_with, args=("in a thread",), name="tick-recorder")
    thread.start()
    thread.join()
    journal_log.end()
    (line,) = lines(log)
    assert (line["where"], len(passed_on)) == ("thread tick-recorder", 1)


async def test_an_exception_that_only_the_loop_saw_is_written(log: Log) -> None:
    asyncio.get_running_loop().call_soon(fail_with, "in the loop")
    await asyncio.sleep(0.01)
    (line,) = lines(log)
    assert line["logger"] == "asyncio"
    assert "disk full, in the loop" in line["exception"]


def test_what_the_screen_logs_lands_in_the_same_file(log: Log) -> None:
    structlog.get_logger("screen").error("the screen failed", where="chart", story=f"access_token={SECRET}")
    (line,) = lines(log)
    assert (line["what"], line["where"], line["story"]) == ("the screen failed", "chart", "access_token=...")


def test_only_who_holds_the_folder_turns_the_file_over(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log._file.maxBytes = 300
    for _ in range(5):
        log.write(Line(Level.INFO, "test", "x" * 100))
    assert not log.path.with_name("cockpit.log.1").exists()
    log.own()
    log.write(Line(Level.INFO, "test", "the last"))
    assert log.path.with_name("cockpit.log.1").exists()
    assert [line["what"] for line in lines(log)] == ["the last"]


def test_a_log_that_cannot_be_written_is_said_once_and_raises_nothing(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    log.path.mkdir()
    for _ in range(3):
        log.write(Line(Level.INFO, "test", "nobody reads this"))
    said = capsys.readouterr().err
    assert said.count("cannot be written") == 1
    assert "Free the disk" in said


def test_a_second_log_takes_the_place_of_the_first_and_the_hooks_go_back(tmp_path: Path) -> None:
    before = sys.excepthook, threading.excepthook, list(logging.getLogger().handlers)
    first = journal_log.begin(tmp_path / "a")
    second = journal_log.begin(tmp_path / "b")
    journal_log.last_words(AlreadyRunning("process 7 already uses it"))
    journal_log.end()
    journal_log.last_words(AlreadyRunning("nobody listens any more"))
    assert not first.path.exists()
    assert len(lines(second)) == 1
    assert (sys.excepthook, threading.excepthook, list(logging.getLogger().handlers)) == before


def test_nothing_but_the_log_opens_a_log() -> None:
    root = Path(House.__init__.__code__.co_filename).parent
    openers = {
        path.name
        for path in root.rglob("*.py")
        if any(
            word in path.read_text(encoding="utf-8") for word in ("FileHandler", "basicConfig", "structlog.configure")
        )
    }
    assert openers == {"journal_log.py"}
