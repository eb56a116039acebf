"""Kept tables: what comes back is what was kept, to the bit, with its age in words; damaged is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cockpit.clock import TapeClock
from cockpit.errors import BadInput
from cockpit.evidence import DEAL, FILING, INDEX_DAY, Origin, Rows
from cockpit.storage.table_cache import TableCache

NOW = 1_700_000_000_000_000_000
HOUR = 3600 * 10**9


@pytest.fixture
def clock() -> TapeClock:
    return TapeClock(NOW)


@pytest.fixture
def cache(tmp_path: Path, clock: TapeClock) -> TableCache:
    return TableCache(tmp_path / "tables", clock)


def index_rows() -> Rows:
    rows: Rows = np.zeros(3, dtype=INDEX_DAY)
    rows["day"] = np.array(["2024-06-26", "2024-06-27", "2024-06-28"], dtype="M8[D]")
    rows["close"], rows["vix"], rows["visible"] = [1.5, 2.5, 3.25], [np.nan, 12.0, 13.0], [1, 2, 3]
    return rows


def deal_rows() -> Rows:
    rows: Rows = np.zeros(2, dtype=DEAL)
    rows["is_fund"], rows["day"], rows["client"] = [True, False], np.datetime64("2024-06-28"), [2**55, 1]
    return rows


@pytest.mark.parametrize("rows", [index_rows(), deal_rows(), np.zeros(0, dtype=FILING)])
def test_a_table_comes_back_to_the_bit_with_its_origin(cache: TableCache, rows: Rows) -> None:
    cache.keep("table", rows, Origin("NSE files", NOW - HOUR, NOW, "Kite: log in"))
    found = cache.find("table", rows.dtype)
    assert found is not None
    assert found.value.tobytes() == rows.tobytes()
    assert found.origin.newest == NOW - HOUR
    assert found.origin.source == "NSE files (kept)"
    assert "Kite: log in" in found.origin.fallback


def test_age_and_expiry_are_told(cache: TableCache, clock: TapeClock) -> None:
    for name in ("index", "filings"):
        cache.keep(name, index_rows(), Origin("Kite", NOW, NOW))

    def told(name: str) -> str:
        found = cache.find(name, INDEX_DAY)
        assert found is not None
        return found.origin.fallback

    assert told("index") == "kept since 0 min ago"
    clock.advance(NOW + 30 * HOUR)
    assert told("index") == "kept since 30.0 h ago, expired: it serves for 24.0 h"
    assert told("filings") == "kept since 30.0 h ago"
    clock.advance(NOW + 24 * 101 * HOUR)
    assert "101.0 days ago, expired" in told("filings")


def test_the_newest_table_is_the_one_that_is_kept(cache: TableCache) -> None:
    cache.keep("index", index_rows()[:1], Origin("a", 1, NOW))
    cache.keep("index", index_rows()[1:], Origin("b", 2, NOW))
    found = cache.find("index", INDEX_DAY)
    assert found is not None
    assert len(found.value) == 2


def test_nothing_kept_another_kind_and_a_damaged_file_are_nothing(cache: TableCache, tmp_path: Path) -> None:
    assert cache.find("index", INDEX_DAY) is None
    cache.keep("index", index_rows(), Origin("a", 1, NOW))
    assert cache.find("index", DEAL) is None
    path = tmp_path / "tables" / "index.parquet"
    content = path.read_bytes()
    for spoilt in (content[: len(content) // 2], b"", content[:40] + bytes([content[40] ^ 255]) + content[41:]):
        path.write_bytes(spoilt)
        assert cache.find("index", INDEX_DAY) is None
    cache.keep("index", index_rows(), Origin("a", 1, NOW))
    assert cache.find("index", INDEX_DAY) is not None


@pytest.mark.parametrize("name", ["", "../x", "a/b", "UPPER", "."])
def test_unsafe_names_are_refused(cache: TableCache, name: str) -> None:
    with pytest.raises(BadInput, match="letters"):
        cache.keep(name, index_rows(), Origin("a", 1, NOW))
