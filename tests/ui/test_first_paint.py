"""What the first paint may load: the shell is on screen before charts, loop or engine are imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.screen import PANELS
from cockpit.ui.panel import Berth

REPO = Path(__file__).resolve().parents[2]
HEAVY = (
    "pyqtgraph", "structlog", "twisted", "numba", "scipy", "pandas", "sqlalchemy", "lightgbm", "sklearn",
    "kiteconnect", "yfinance", "aiohttp", "websockets", "pyarrow", "qasync", "cockpit.engine",
    "cockpit.widgets.candles",
)  # fmt: skip


def test_the_shell_is_painted_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from cockpit.orders import Mode\n"
        "from cockpit.screen import shell\n"
        f"app, window = shell(Mode.PRACTICE, Path({str(tmp_path)!r}))\n"
        "window.show(); app.processEvents(); app.processEvents()\n"
        "assert window.isVisible() and not window.grab().isNull()\n"
        f"print('loaded:', *[name for name in {HEAVY!r} if name in sys.modules])\n"
        "window.close()\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=REPO, capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1].strip() == "loaded:"


@pytest.mark.parametrize("berth", PANELS, ids=lambda berth: berth.key)
def test_a_berth_says_of_its_panel_what_the_panel_says_of_itself(berth: Berth) -> None:
    kind = berth.kind()
    assert (berth.key, berth.title, berth.place, berth.icon) == (kind.key, kind.title, kind.place, kind.icon)
