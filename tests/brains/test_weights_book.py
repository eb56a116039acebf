"""Reading weights: one refresh for many readers, the same answer for all, and an error where there is no answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cockpit.brains.weighing.weight_book import WeightBook, usable
from cockpit.brains.weighing.weight_text import read, signed, written
from cockpit.errors import CockpitError, LedgerDown, WeightsUnavailable
from cockpit.opinions import Alarm, Weights
from tests.brains.made_weights import BRAINS, EVENING, begun, following, made_weights

TODAY = following(EVENING, 1)
READERS = 32


def days_between(first: date, last: date) -> int:
    return (last - first).days


class Shelf:
    """Weights in memory; a door that can be kept shut, or broken."""

    def __init__(self, *kept: Weights | None, fault: Exception | None = None) -> None:
        self.kept = list(kept)
        self.fault = fault
        self.reads = 0
        self.door = threading.Event()
        self.door.set()

    def newest(self) -> Weights | None:
        self.reads += 1
        self.door.wait()
        if self.fault is not None:
            raise self.fault
        return self.kept[-1] if self.kept else None


def book(shelf: Shelf, timeout_s: float = 60.0) -> WeightBook:
    return WeightBook(shelf, BRAINS, days_between, timeout_s)


def asked_by_many(of: WeightBook) -> list[Weights | WeightsUnavailable]:
    start = threading.Barrier(READERS)

    def ask(_: int) -> Weights | WeightsUnavailable:
        start.wait()
        try:
            return of.weights(TODAY)
        except WeightsUnavailable as none:
            return none

    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(ask, range(READERS)))


def test_many_readers_of_a_cold_book_cause_one_refresh_and_get_one_answer() -> None:
    shelf = Shelf(made_weights())
    for _ in range(20):
        of, before = book(shelf), shelf.reads
        answers = asked_by_many(of)
        assert shelf.reads == before + 1
        assert all(answer is answers[0] for answer in answers)
        assert isinstance(answers[0], Weights)
        assert answers[0].shares


def test_a_refresh_that_fails_fails_for_every_reader() -> None:
    answers = asked_by_many(book(Shelf(fault=LedgerDown("the disk is full"))))
    assert len(answers) == READERS
    assert all(isinstance(answer, WeightsUnavailable) and "disk is full" in str(answer) for answer in answers)


def test_an_empty_store_is_an_error_for_every_reader() -> None:
    assert all(isinstance(answer, WeightsUnavailable) for answer in asked_by_many(book(Shelf())))


def test_a_failure_is_not_remembered() -> None:
    shelf = Shelf(made_weights(), fault=OSError("gone"))
    of = book(shelf)
    with pytest.raises(WeightsUnavailable, match="gone"):
        of.weights(TODAY)
    shelf.fault = None
    assert of.weights(TODAY) is shelf.kept[-1]


def test_what_is_written_is_read_once_the_book_is_told() -> None:
    shelf = Shelf(made_weights())
    of = book(shelf)
    old = of.weights(TODAY)
    shelf.kept.append(begun())
    assert of.weights(TODAY) is old
    of.forget()
    assert of.weights(TODAY) is shelf.kept[-1]
    assert of.weights(following(TODAY, 1)) is shelf.kept[-1]
    assert shelf.reads == 3


def test_a_read_that_began_before_it_was_told_to_forget_is_not_remembered() -> None:
    shelf = Shelf(made_weights())
    of = book(shelf)
    shelf.door.clear()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(of.weights, TODAY)
        while not shelf.reads:
            threading.Event().wait(0.001)
        of.forget()
        shelf.door.set()
        slow.result()
    shelf.kept.append(begun())
    assert of.weights(TODAY) is shelf.kept[-1]


def test_a_reader_who_waits_too_long_gets_an_error_and_no_stand_in() -> None:
    shelf = Shelf(made_weights())
    of = book(shelf, timeout_s=0.05)
    shelf.door.clear()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(of.weights, TODAY)
        while not shelf.reads:
            threading.Event().wait(0.001)
        with pytest.raises(WeightsUnavailable, match=r"not read within 0\.05 s"):
            of.weights(TODAY)
        shelf.door.set()
        assert slow.result() is shelf.kept[-1]


def test_a_locked_book_is_an_error() -> None:
    of = book(Shelf(made_weights()), timeout_s=0.01)
    with of._lock, pytest.raises(WeightsUnavailable, match="locked"):
        of.weights(TODAY)
    with of._lock, pytest.raises(WeightsUnavailable, match="locked"):
        of.forget()


def test_a_calendar_that_has_ended_is_an_error_of_weights() -> None:
    def ended(first: date, last: date) -> int:
        raise CockpitError(f"the calendar ends before {last}")

    with pytest.raises(WeightsUnavailable, match="the calendar ends"):
        WeightBook(Shelf(made_weights()), BRAINS, ended).weights(TODAY)


def test_weights_of_three_sessions_ago_may_be_used_and_older_or_later_ones_not() -> None:
    weights = made_weights()
    assert usable(weights, BRAINS, 3) is weights
    for age, said in ((4, "4 sessions old"), (-1, "still to come"), (None, "age is unknown")):
        with pytest.raises(WeightsUnavailable, match=said):
            usable(weights, BRAINS, age)
    with pytest.raises(WeightsUnavailable, match="4 sessions old"):
        book(Shelf(weights)).weights(following(EVENING, 4))
    with pytest.raises(WeightsUnavailable, match="age is unknown"):
        book(Shelf(signed(replace(weights, session=None)))).weights(TODAY)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "ever stored"),
        (begun(brains=BRAINS[:4]), r"missing for \['quantitative'\]"),
        (begun(brains=(*BRAINS, "astrology")), r"unknown brains \['astrology'\]"),
        (
            replace(made_weights(), shares=dict(made_weights().shares) | {"technical": 0.1, "quantitative": 0.3}),
            "changed",
        ),
        (signed(replace(begun(), by="")), "nobody signed"),
        (signed(replace(begun(), alarms=(Alarm("A", "e", 1, 1.0, 0.0, "Look here.", True),))), "Look here"),
    ],
)
def test_weights_that_may_not_be_used_say_why(given: Weights | None, said: str) -> None:
    with pytest.raises(WeightsUnavailable, match=said):
        usable(given, BRAINS, 1)


@pytest.mark.parametrize("bad", [{}, {"technical": 1.1, "sentiment": -0.1}, {"a": float("nan"), "b": 1.0}, {"a": 0.9}])
def test_shares_that_are_no_shares_cannot_be_written(bad: dict[str, float]) -> None:
    with pytest.raises(WeightsUnavailable):
        made_weights(bad)


def test_uniform_shares_cannot_be_written_unless_somebody_began_so_on_purpose() -> None:
    for reason in ("learned", "rolled_back", "default"):
        with pytest.raises(WeightsUnavailable, match=r"uniform|reason"):
            replace(begun(), reason=reason)
    assert usable(begun(), BRAINS, 1).is_uniform


def test_a_snapshot_comes_back_from_its_text_as_it_was() -> None:
    alarm = Alarm("WEIGHT_JUMP", "technical", 4, 0.07, 0.05, "Moved too far: ₹ and words.")
    for weights in (begun(), made_weights(alarms=(alarm,), losses={"technical": 0.1 + 0.2})):
        assert read(written(weights)) == weights
        assert written(read(written(weights))) == written(weights)


def spoilt() -> list[Any]:
    text = written(made_weights())
    return ["", "{}", "[]", "null", text[:-1], text.replace("0.25", "0.26", 1), text.replace("nightly", "Nightly"),
            text.replace("learned", "cold_start"), text.replace("2026-03-02", "2026-03-03")]  # fmt: skip


@pytest.mark.parametrize("text", spoilt())
def test_a_snapshot_that_was_spoilt_in_store_is_refused(text: str) -> None:
    with pytest.raises(WeightsUnavailable):
        read(text)
