"""What every test starts from: no screen, no keyring, no proxy on the loopback, one place for compiled kernels."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]

# Before anything else is imported: Qt, numba and keyring read these once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyside6")
os.environ.setdefault("NUMBA_CACHE_DIR", str(REPO / ".cache" / "numba"))
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

import pytest
from hypothesis import HealthCheck, settings

# The same examples every time, so that a red test is red for everybody. HYPOTHESIS_PROFILE=explore looks further.
_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # kernels compile on first use
settings.register_profile("house", derandomize=True, database=None, **_UNTIMED)
settings.register_profile("explore", max_examples=2_000, **_UNTIMED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


@pytest.fixture(scope="module", autouse=True)
def screen_objects_die_where_they_were_made() -> Iterator[None]:
    """Collect what a module's windows left in circles, on the thread that made them.

    Collected later by a thread of another module's test, a timer would be stopped from where it must not.
    """
    yield
    if "PySide6.QtCore" in sys.modules:
        gc.collect()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Find the shared real data: COCKPIT_DATA, or ../shared/data beside the repository."""
    named = os.environ.get("COCKPIT_DATA")
    folder = Path(named) if named else REPO.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the shared market data: set COCKPIT_DATA")
    return folder


@pytest.fixture(scope="session")
def market_data(data_dir: Path) -> Path:
    """Find the real NSE data; its README tells columns, units and flaws."""
    return data_dir / "market"


@pytest.fixture(scope="session")
def kite_mocks(data_dir: Path) -> Path:
    """Find the broker's own sample responses and packets."""
    return data_dir / "kiteconnect-mocks"
