"""One vendor, one door: every package from outside is imported only where this table says, and nowhere else.

A vendor that is not in the table is refused everywhere: giving it a door is one line here, and a thought about which
room cures its ills.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import GROUND, REPO, Source, imported, plant, sources, verdict

SCREEN = ("cockpit/widgets/", "cockpit/ui/")
NUMBERS = (
    "cockpit/engine/", "cockpit/brains/", "cockpit/paper/", "cockpit/venues/", "cockpit/storage/",
    "cockpit/research/", "cockpit/simulator/", "benchmarks/",
)  # fmt: skip
COMMAND_LINE = ("cockpit/cli", "cockpit/__main__.py")

DOORS: dict[str, tuple[str, ...]] = {
    # brokers, feeds and the wire
    "kiteconnect": ("cockpit/venues/kite_rest.py", "benchmarks/bench_decode.py"),
    "yfinance": ("cockpit/venues/yahoo.py",),
    "websockets": ("cockpit/venues/kite_feed.py", "cockpit/simulator/"),
    "aiohttp": ("cockpit/venues/", "cockpit/simulator/"),
    "feedparser": ("cockpit/venues/news.py",),
    # keeping
    "sqlalchemy": ("cockpit/storage/", "benchmarks/bench_ledger.py"),  # there as the peer to beat
    "alembic": ("cockpit/storage/",),
    "psycopg": ("cockpit/storage/",),
    "keyring": ("cockpit/storage/vault.py",),
    "platformdirs": ("cockpit/storage/", "cockpit/app.py", *COMMAND_LINE),
    # the screen
    "PySide6": (*SCREEN, "cockpit/app.py", *COMMAND_LINE, "benchmarks/bench_charts.py"),
    "shiboken6": SCREEN,
    "PySide6QtAds": SCREEN,
    "pyqtgraph": (*SCREEN, "benchmarks/bench_charts.py"),
    "qtawesome": SCREEN,
    "qasync": (*SCREEN, "cockpit/app.py", *COMMAND_LINE, "benchmarks/live_window.py"),
    # learning
    "lightgbm": ("cockpit/brains/learning/boosting.py", "benchmarks/"),
    "sklearn": ("cockpit/brains/", "cockpit/research/"),
    "vaderSentiment": ("cockpit/brains/words/tone.py",),
    "onnxruntime": ("cockpit/brains/words/onnx_tone.py",),
    "hmmlearn": ("cockpit/engine/regime_models.py",),
    "jumpmodels": ("cockpit/engine/regime_models.py",),
    "polars": ("benchmarks/feature_peers.py",),
    "talib": ("benchmarks/feature_peers.py",),
    # numbers: no ills to cure, but none of the ground's business
    "numba": NUMBERS,
    "pandas": NUMBERS,
    "pyarrow": NUMBERS,
    "scipy": NUMBERS,
    # running
    "apscheduler": ("cockpit/engine/schedule.py", "cockpit/app.py"),
    "typer": COMMAND_LINE,
    "structlog": ("cockpit/journal_log.py", "cockpit/app.py", "cockpit/ui/crash.py", *COMMAND_LINE),
    "yaml": ("cockpit/research/", *COMMAND_LINE),
    "jinja2": ("cockpit/research/", "cockpit/storage/", "cockpit/ui/"),
}
EVERYWHERE = {"cockpit", "benchmarks", "numpy", *sys.stdlib_module_names}
"""numpy is the one vendor the ground knows too: prices and bars are its arrays."""


def side_entrances(root: Path) -> Iterator[str]:
    """Name the imports that bring a vendor in by another way than its door."""
    for source in sources(root, "cockpit", "benchmarks"):
        for node, module in imported(source):
            vendor = module.partition(".")[0]
            if vendor not in EVERYWHERE and not source.place.startswith(DOORS.get(vendor, ())):
                doors = ", ".join(DOORS.get(vendor, ("none yet: give it one in tests/house/test_doors.py",)))
                yield f"{source.at(node)}: imports {vendor}; its door: {doors}"


def ground_with_vendors(root: Path) -> Iterator[str]:
    """Name the imports by which the ground knows more than the standard library and numpy."""
    allowed = EVERYWHERE - {"benchmarks"}
    for source in sources(root, "cockpit"):
        if _is_ground(source):
            for node, module in imported(source):
                if module.partition(".")[0] not in allowed:
                    yield f"{source.at(node)}: {module}: the ground is standard library and numpy"


def _is_ground(source: Source) -> bool:
    return source.place in {f"cockpit/{name}.py" for name in GROUND}


def test_every_vendor_comes_in_by_its_door() -> None:
    verdict(side_entrances(REPO), "One vendor, one door:")


def test_the_ground_knows_the_standard_library_and_numpy_only() -> None:
    verdict(ground_with_vendors(REPO), "The ground stays plain:")


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("cockpit/engine/flow.py", "def later():\n    import kiteconnect\n"),
        ("cockpit/venues/kite_broker.py", "from kiteconnect import KiteConnect\n"),
        ("cockpit/engine/bars.py", "from sqlalchemy.orm import Session\n"),
        ("cockpit/brains/weighing/ensemble.py", "import PySide6.QtCore\n"),
        ("cockpit/money.py", "import pandas as pd\n"),
        ("cockpit/app.py", "import a_vendor_nobody_chose\n"),
    ],
)
def test_a_vendor_beside_its_door_is_caught(tmp_path: Path, place: str, text: str) -> None:
    plant(tmp_path, place, text)
    assert {line.split(":")[0] for line in side_entrances(tmp_path)} == {place}


def test_a_vendor_at_its_door_is_let_in(tmp_path: Path) -> None:
    plant(
        tmp_path,
        "cockpit/venues/kite_rest.py",
        "from kiteconnect import KiteConnect\nimport numpy as np\nimport json\n",
    )
    assert not list(side_entrances(tmp_path))


def test_ground_that_knows_a_vendor_is_caught(tmp_path: Path) -> None:
    plant(tmp_path, "cockpit/market.py", "import numpy as np\nimport scipy.stats\n")
    assert len(list(ground_with_vendors(tmp_path))) == 1
