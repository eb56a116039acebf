"""The nightly chain does each step once, in order, and goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from cockpit.engine.nightly import Chain, Night, Step
from cockpit.errors import Abstained, BadInput

EVENING = date(2026, 11, 20)


class MemoryNotebook:
    """A notebook that forgets with the process."""

    def __init__(self) -> None:
        self.kept: dict[date, dict[str, str]] = {}

    def done(self, session: date) -> Mapping[str, str]:
        return dict(self.kept.get(session, {}))

    def note(self, session: date, step: str, line: str) -> None:
        self.kept.setdefault(session, {})[step] = line


class Work:
    """Steps that write down when they ran; the named one refuses until it is mended."""

    def __init__(self, refuses: str = "") -> None:
        self.ran: list[str] = []
        self.refuses = refuses

    def step(self, name: str) -> Step:
        def work(session: date) -> str:
            self.ran.append(name)
            if name == self.refuses:
                raise Abstained(f"{name} has no prices of {session}")
            return f"{name} done"

        return Step(name, work)

    def chain(self, notebook: MemoryNotebook) -> Chain:
        return Chain([self.step(n) for n in ("refresh", "score", "publish")], notebook, lambda *_: None)


def test_steps_run_in_order_and_a_finished_evening_is_not_run_again() -> None:
    work, notebook = Work(), MemoryNotebook()
    night = work.chain(notebook).run(EVENING)
    assert work.ran == ["refresh", "score", "publish"]
    assert night.is_whole
    assert night.lines == (("refresh", "refresh done"), ("score", "score done"), ("publish", "publish done"))
    assert work.chain(notebook).run(EVENING) == night
    assert work.ran == ["refresh", "score", "publish"]


def test_a_step_that_refuses_stops_the_chain_and_names_itself() -> None:
    work, notebook = Work(refuses="score"), MemoryNotebook()
    night = work.chain(notebook).run(EVENING)
    assert (night.stopped_at, night.is_whole) == ("score", False)
    assert isinstance(night.fault, Abstained)
    assert work.ran == ["refresh", "score"]
    assert "publish" not in notebook.done(EVENING)


def test_the_chain_goes_on_where_it_stopped() -> None:
    work, notebook = Work(refuses="score"), MemoryNotebook()
    work.chain(notebook).run(EVENING)
    work.refuses = ""
    night = work.chain(notebook).run(EVENING)
    assert work.ran == ["refresh", "score", "score", "publish"]
    assert night.is_whole


def test_a_crash_between_two_steps_loses_neither() -> None:
    notebook, work = MemoryNotebook(), Work()

    def crash(session: date) -> str:
        raise RuntimeError("the machine went away")

    with pytest.raises(RuntimeError):
        Chain([work.step("refresh"), Step("score", crash)], notebook, lambda *_: None).run(EVENING)
    assert work.chain(notebook).run(EVENING).is_whole
    assert work.ran == ["refresh", "score", "publish"]


def test_evenings_do_not_know_each_other() -> None:
    work, notebook = Work(), MemoryNotebook()
    work.chain(notebook).run(EVENING)
    assert isinstance(work.chain(notebook).run(date(2026, 11, 23)), Night)
    assert len(work.ran) == 6


def test_progress_names_the_step_before_it_runs() -> None:
    told: list[tuple[str, int, int]] = []
    work = Work()
    Chain([work.step("refresh"), work.step("score")], MemoryNotebook(), lambda *t: told.append(t)).run(EVENING)
    assert told == [("refresh", 0, 2), ("score", 1, 2), ("done", 2, 2)]


def test_two_steps_of_one_name_are_refused() -> None:
    work = Work()
    with pytest.raises(BadInput, match="each name once"):
        Chain([work.step("score"), work.step("score")], MemoryNotebook(), lambda *_: None)
