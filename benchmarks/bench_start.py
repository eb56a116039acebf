"""From process start to the painted window and to a painted chart, beside a bare Qt window with a table.

Each figure is a fresh process on the offscreen platform, with a warm file cache and compiled byte code, the kinds taken
in turn. Parent and child share one monotonic clock, so the interpreter's own start is inside.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Final

from benchmarks.rows import Row

ROUNDS: Final = 9
SHELL_S: Final = 0.25
CHART_S: Final = 0.60
BARE: Final = """
import os, sys, time
from PySide6.QtWidgets import QApplication, QTableWidget
app = QApplication(["bare"])
table = QTableWidget(60, 8)
table.show()
app.processEvents()
print((time.monotonic_ns() - int(os.environ["BEGAN"])) / 1e9)
os._exit(0)
"""
SHELL: Final = """
import os, time
from pathlib import Path
from cockpit.screen import shell
shell(home=Path(os.environ["HOME_FOLDER"])).paint()
print((time.monotonic_ns() - int(os.environ["BEGAN"])) / 1e9)
os._exit(0)
"""
PROGRAM: Final = """
import os, runpy, sys, time
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in ("cockpit.cli", "cockpit.ui.runner") and "PySide6.QtWidgets" in sys.modules:
            from PySide6.QtWidgets import QApplication
            if any(window.isVisible() for window in QApplication.topLevelWidgets()):
                print((time.monotonic_ns() - int(os.environ["BEGAN"])) / 1e9, flush=True)
                os._exit(0)
sys.meta_path.insert(0, Watch())
sys.argv = ["cockpit", "--home", os.environ["HOME_FOLDER"]]
runpy.run_module("cockpit", run_name="__main__", alter_sys=True)
"""
"""The program itself, `cockpit --home FOLDER`, until the first import behind its painted window."""
CHART: Final = """
import os, time
from pathlib import Path
from cockpit.screen import shell
opened = shell(home=Path(os.environ["HOME_FOLDER"]))
opened.paint()
import numpy as np
from cockpit.market import Instrument, Interval, bars_of
from cockpit.widgets.candles import FocusChart
from cockpit.widgets.tokens import DARK
bars = bars_of(375)
rng = np.random.default_rng(7)
close = 100_000 + rng.integers(-50, 51, 375).cumsum() * 5
bars["token"], bars["interval_s"] = 1, 60
bars["ts_open"] = 1_795_146_300_000_000_000 + np.arange(375) * 60_000_000_000
bars["close"], bars["open"] = close, np.concatenate([[100_000], close[:-1]])
bars["high"], bars["low"] = np.maximum(bars["open"], close) + 20, np.minimum(bars["open"], close) - 20
bars["volume"] = rng.integers(1_000, 9_000, 375)
chart = FocusChart()
chart.set_tokens(DARK)
chart.set_instrument(Instrument(1, "RELIANCE"), 100_000)
chart.set_bars(bars, Interval.M1)
chart.resize(1000, 600)
chart.show()
opened.app.processEvents()
print((time.monotonic_ns() - int(os.environ["BEGAN"])) / 1e9)
os._exit(0)
"""


KINDS: Final = {"bare": BARE, "shell": SHELL, "program": PROGRAM, "chart": CHART}


def run() -> list[Row]:
    """Measure the starts in turn; the targets are budgets in seconds, which stand as the peer of our own rows."""
    taken: dict[str, list[float]] = {name: [] for name in KINDS}
    with tempfile.TemporaryDirectory() as home:
        for script in KINDS.values():
            _started(script, home)  # unmeasured: byte code is compiled, files come into the cache, the folder is made
        for _ in range(ROUNDS):
            for name, script in KINDS.items():
                taken[name].append(_started(script, home))
    bare, shell, program, chart = (statistics.median(taken[name]) for name in KINDS)
    return [
        Row("start to shell painted, v its budget", shell, SHELL_S, SHELL_S / shell, 1.0, "s"),
        Row("start of the whole program to its window painted, v the same", program, SHELL_S, SHELL_S / program, 1.0,
            "s"),
        Row("start to chart of 375 bars painted, v its budget", chart, CHART_S, CHART_S / chart, 1.0, "s"),
        Row("start to shell painted, v a bare 60 x 8 table", shell, bare, bare / shell, None, "s"),
    ]  # fmt: skip


def _started(script: str, home: str) -> float:
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME_FOLDER": home}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's second start finds its byte code compiled
    surroundings["BEGAN"] = str(time.monotonic_ns())
    answer = subprocess.run(
        [sys.executable, "-c", script], env=surroundings, capture_output=True, text=True, check=True, timeout=60
    )
    return float(answer.stdout.strip().splitlines()[-1])
