"""Stored bars come back to the bit, whole files only, and a damaged file is an error."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cockpit.errors import BadInput
from cockpit.market import BAR, Interval, ticks_of
from cockpit.storage.candles import CandleStore
from tests.storage.made_facts import DAY
from tests.storage.made_ticks import bars


@pytest.fixture
def store(tmp_path: Path) -> CandleStore:
    """Answer an empty store."""
    return CandleStore(tmp_path)


@pytest.mark.parametrize("rows", [0, 1, 375, 20_000])
def test_bars_come_back_to_the_bit_unknown_values_too(store: CandleStore, rows: int) -> None:
    saved = bars(rows)
    store.save(DAY, Interval.M1, saved)
    loaded = store.load(DAY, Interval.M1)
    assert loaded.dtype == BAR
    assert loaded.tobytes() == saved.tobytes()


def test_a_day_saved_again_takes_the_place_of_the_first(store: CandleStore, tmp_path: Path) -> None:
    store.save(DAY, Interval.M1, bars(5))
    store.save(DAY, Interval.M1, bars(7))
    assert store.load(DAY, Interval.M1).size == 7
    assert [path.name for path in (tmp_path / "1m").iterdir()] == ["2026-11-20.parquet"]


def test_the_store_knows_its_days(store: CandleStore) -> None:
    for day in (date(2026, 11, 20), date(2026, 11, 18)):
        store.save(day, Interval.M15, bars(3, Interval.M15))
    assert store.days(Interval.M15) == (date(2026, 11, 18), date(2026, 11, 20))
    assert store.days(Interval.M1) == ()
    assert store.has(DAY, Interval.M15)
    assert not store.has(DAY, Interval.M1)


def test_a_day_that_was_never_saved_is_an_error(store: CandleStore) -> None:
    with pytest.raises(BadInput, match="no 1m bars of 2026-11-20"):
        store.load(DAY, Interval.M1)


@pytest.mark.parametrize(
    ("wrong", "said"), [(ticks_of(3), "BAR expected"), (bars(3, Interval.M15), r"bars of \[900\] s given; 60 s")]
)
def test_what_are_no_bars_of_the_interval_is_refused(store: CandleStore, wrong: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        store.save(DAY, Interval.M1, wrong)


def test_a_write_that_fails_leaves_the_old_day(
    store: CandleStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(DAY, Interval.M1, bars(5))

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full)
        with pytest.raises(OSError, match="no space"):
            store.save(DAY, Interval.M1, bars(7))
    assert store.load(DAY, Interval.M1).size == 5
    assert len(list((tmp_path / "1m").iterdir())) == 1


def test_a_damaged_file_is_an_error_or_reads_the_same(store: CandleStore) -> None:
    saved = bars(300)
    path = store.save(DAY, Interval.M1, saved)
    raw = path.read_bytes()
    draw, seen = np.random.default_rng(3), 0
    for offset in draw.integers(0, len(raw), 150):
        path.write_bytes(raw[:offset] + bytes([raw[offset] ^ 8]) + raw[offset + 1 :])
        try:
            assert store.load(DAY, Interval.M1).tobytes() == saved.tobytes()
        except BadInput:
            seen += 1
    assert seen > 100
    path.write_bytes(raw[:-20])
    with pytest.raises(BadInput, match="cannot be read as columns"):
        store.load(DAY, Interval.M1)


def test_a_column_that_is_missing_or_of_another_type_is_never_filled_in(store: CandleStore, tmp_path: Path) -> None:
    path = store.save(DAY, Interval.M1, bars(2))
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["close"]), path)
    with pytest.raises(BadInput, match="no column 'close'"):
        store.load(DAY, Interval.M1)
    pq.write_table(table.set_column(5, "low", pa.array([1.5, 2.5])), path)
    with pytest.raises(BadInput, match="column 'low' is double"):
        store.load(DAY, Interval.M1)
