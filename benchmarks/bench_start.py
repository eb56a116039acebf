"""From process start to the painted shell and to a painted chart, beside a bare Qt window with a table.

Each figure is a fresh process on the offscreen platform, with a warm file cache and compiled byte code. Parent and
child share one monotonic clock, so the interpreter's own start is inside.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import Final

from benchmarks.rows import Row

ROUNDS: Final = 5
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
from cockpit.screen import shell
app, window = shell()
window.show()
app.processEvents()
print((time.monotonic_ns() - int(os.environ["BEGAN"])) / 1e9)
os._exit(0)
"""
CHART: Final = """
import os, time
from cockpit.screen import shell
app, window = shell()
window.show()
app.processEvents()
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
app.processEvents()
print((time.monotonic_ns() - int(os.environ["BEGAN"])) / 1e9)
os._exit(0)
"""


def run() -> list[Row]:
    """Measure the three starts in turn; the targets are budgets in seconds, which stand as the peer of our own rows."""
    taken: dict[str, list[float]] = {"bare": [], "shell": [], "chart": []}
    for _ in range(ROUNDS):
        for name, script in (("bare", BARE), ("shell", SHELL), ("chart", CHART)):
            taken[name].append(_started(script))
    bare, shell, chart = (statistics.median(taken[name]) for name in ("bare", "shell", "chart"))
    return [
        Row("start to shell painted, v its budget", shell, SHELL_S, SHELL_S / shell, 1.0, "s"),
        Row("start to chart of 375 bars painted, v its budget", chart, CHART_S, CHART_S / chart, 1.0, "s"),
        Row("start to shell painted, v a bare 60 x 8 table", shell, bare, bare / shell, None, "s"),
    ]


def _started(script: str) -> float:
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "BEGAN": str(time.monotonic_ns())}
    answer = subprocess.run(
        [sys.executable, "-c", script], env=surroundings, capture_output=True, text=True, check=True, timeout=60
    )
    return float(answer.stdout.strip().splitlines()[-1])
