"""Only `clock.py` asks the machine for the time: all else is handed a clock, so a replayed day equals the live one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import REPO, full_name, local_names, plant, sources, verdict

WALL_TIME = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime",
    "time.clock_gettime", "time.clock_gettime_ns",
    "pandas.Timestamp.now", "pandas.Timestamp.utcnow", "pandas.Timestamp.today",
    "PySide6.QtCore.QDateTime.currentDateTime", "PySide6.QtCore.QDateTime.currentDateTimeUtc",
    "PySide6.QtCore.QDateTime.currentMSecsSinceEpoch", "PySide6.QtCore.QDateTime.currentSecsSinceEpoch",
    "PySide6.QtCore.QDate.currentDate", "PySide6.QtCore.QTime.currentTime",
}  # fmt: skip
"""Durations are another matter: `time.monotonic` and `time.perf_counter` say how long, not when."""


def other_clocks(root: Path) -> Iterator[str]:
    """Name the places that read the wall clock, or pass its reader on, outside `clock.py`."""
    for source in sources(root, "cockpit"):
        if source.place == "cockpit/clock.py":
            continue
        names = local_names(source)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute | ast.Name) and full_name(node, names) in WALL_TIME:
                yield f"{source.at(node)}: {full_name(node, names)}: take a Clock and ask it"


def test_nothing_but_the_clock_asks_the_machine_for_the_time() -> None:
    verdict(other_clocks(REPO), "Time comes from a Clock:")


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nx = datetime.now()\n",
        "import datetime as dt\nx = dt.datetime.now(dt.UTC)\n",
        "from datetime import date as day\nx = day.today()\n",
        "import time\nx = time.time()\n",
        "from time import time_ns\ndef f(now=time_ns): ...\n",
        "from dataclasses import field\nimport time\nx = field(default_factory=time.time)\n",
        "import pandas as pd\nx = pd.Timestamp.now()\n",
        "from PySide6.QtCore import QDateTime\nx = QDateTime.currentDateTime()\n",
    ],
)
def test_a_second_clock_is_caught(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "cockpit/engine/bars.py", text)
    assert list(other_clocks(tmp_path))


def test_durations_and_a_clock_of_ones_own_are_let_be(tmp_path: Path) -> None:
    plant(tmp_path, "cockpit/clock.py", "import time\nx = time.time_ns()\n")
    plant(
        tmp_path, "cockpit/engine/bars.py", "import time\nx = time.perf_counter()\ndef f(clock): return clock.now()\n"
    )
    assert not list(other_clocks(tmp_path))
