"""The live window: loop lag with 60 names at 5 ticks a second each and four charts, and how memory slopes meanwhile.

The window is the real one, furnished with a real flow over a made tape, offscreen, on a qasync loop, in a process of
its own. The yardstick for lag is the budget of 25 ms at the 99th percentile; for memory 1 MB an hour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Final

from benchmarks.rows import Row

LAG_MS: Final = 25.0
SLOPE_MB_H: Final = 1.0
SECONDS: Final = int(os.environ.get("COCKPIT_BENCH_SECONDS", "90"))


def run() -> list[Row]:
    """Run the window in a child for a minute and a half and answer its figures beside their budgets."""
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "benchmarks.live_window", str(SECONDS)]
    answer = subprocess.run(
        command, env=surroundings, capture_output=True, text=True, check=True, timeout=SECONDS + 120
    )
    told = json.loads(answer.stdout.strip().splitlines()[-1])
    lag, slope = max(told["lag_p99_ms"], 1e-6), told["slope_mb_h"]
    return [
        Row("loop lag p99, 60 names x 5 ticks/s, 4 charts, v its budget", lag, LAG_MS, LAG_MS / lag, 1.0, "ms"),
        Row("loop lag p50, same run", max(told["lag_p50_ms"], 1e-6), None, None, None, "ms"),
        Row(f"memory slope over {SECONDS} s, v its budget (a short run: +- {told['slope_se_mb_h']:.1f})",
            max(slope, 0.01), SLOPE_MB_H, SLOPE_MB_H / max(slope, 0.01), 1.0, "MB/h"),
        Row("process CPU, same run", told["cpu_share"], None, None, None, "cores"),
    ]  # fmt: skip
