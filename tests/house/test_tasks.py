"""Only the supervisor starts tasks; who starts one elsewhere has a reason here, and reads what becomes of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import REPO, Source, plant, sources, verdict

OWNER = "cockpit/supervision.py"
STARTERS = frozenset({"create_task", "ensure_future", "run_in_executor", "run_coroutine_threadsafe", "submit"})
REASONS = {
    "cockpit/engine/dealer.py": "a write that must outlive the cancel of its caller; its outcome is read on the spot",
    "cockpit/nightly_run.py": "the night's thread hands a write to the loop and waits for its result",
    "cockpit/self_test.py": "a pool of processes tried once; its answer is waited for on the spot",
    "cockpit/simulator/kite_stream.py": "the practice exchange's own process, which has no house to report to",
    "cockpit/ui/errands.py": "each errand says how it ended, and raises again what was a bug",
    "cockpit/ui/runner.py": "the window lives before there is a house; each outcome is read or raised by the session",
    "cockpit/venues/deadline.py": "total deadlines: the outcome is read on the spot, or what it was is told",
    "cockpit/venues/flights.py": "one call for many askers, each of whom reads its outcome",
    "cockpit/venues/kite_feed.py": "pauses raced against a wish, and the ping of a link whose end shows itself",
    "cockpit/venues/login.py": "talks with a browser, ended with the page; the login itself is awaited",
    "cockpit/venues/news.py": "many sources at once; each outcome is read, a fault is that source's absence",
    "cockpit/venues/nse_evening.py": "many files at once; each outcome is read, a fault is that file's absence",
    "cockpit/venues/yahoo.py": "many names at once, gathered on the spot",
}
"""Files that start or gather tasks by themselves, and why nothing can die there unheard."""


def starters(root: Path) -> Iterator[tuple[Source, str]]:
    """Yield every place but the supervisor where a task is started, or where gathered faults become results."""
    for source in sources(root, "cockpit"):
        for node in ast.walk(source.tree):
            if source.place != OWNER and isinstance(node, ast.Call) and (said := _said_of(node)):
                yield source, f"{source.at(node)}: {said}"


def _said_of(call: ast.Call) -> str:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in STARTERS:
        return f"{name} starts what the supervisor does not own"
    if name == "gather" and any(k.arg == "return_exceptions" for k in call.keywords):
        return "gather with return_exceptions keeps faults to itself"
    return ""


def test_tasks_are_started_by_the_supervisor_or_for_a_stated_reason() -> None:
    verdict((said for source, said in starters(REPO) if source.place not in REASONS), "The supervisor starts tasks:")


def test_no_reason_outlives_its_task() -> None:
    used = {source.place for source, _ in starters(REPO)}
    assert sorted(set(REASONS) - used) == []


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio\ndef f(w):\n    asyncio.create_task(w)\n",
        "from asyncio import ensure_future\ndef f(w):\n    ensure_future(w)\n",
        "def f(loop, w):\n    loop.create_task(w)\n",
        "import asyncio\nasync def f(w):\n    await asyncio.gather(*w, return_exceptions=True)\n",
        "def f(loop, w):\n    loop.run_in_executor(None, w)\n",
    ],
)
def test_a_task_of_ones_own_is_caught(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "cockpit/engine/flow.py", text)
    assert list(starters(tmp_path))


def test_a_gather_that_raises_and_a_thread_that_is_awaited_are_let_be(tmp_path: Path) -> None:
    text = "import asyncio\nasync def f(w):\n    await asyncio.gather(*w)\n    await asyncio.to_thread(w)\n"
    plant(tmp_path, "cockpit/engine/flow.py", text)
    assert not list(starters(tmp_path))
