"""The record of trials: on record before it runs, counted for ever, and nothing on it changes unseen."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from cockpit.errors import BadInput, LedgerCorrupt
from cockpit.research_ports import TrialEnd, TrialResult
from cockpit.storage.trial_store import SqlTrials

DAYS = np.arange("2024-01-01", "2024-01-06", dtype="datetime64[D]")
RESULT = TrialResult(DAYS, np.array([0.1, -0.2, 1e-17, 0.0, 1 / 3]), {"sharpe": 1.25})


def test_a_trial_is_on_record_before_it_has_a_result(tmp_path: Path) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")
    begun = store.begin("reversal", "aa", '{"leave": 30}', 5)
    assert begun.end is TrialEnd.CUT_OFF
    assert [t.key for t in SqlTrials.open(tmp_path / "trials.db").trials("reversal")] == ["aa"]


def test_its_result_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")
    store.begin("reversal", "aa", "{}", 5)
    store.end("aa", 9, RESULT)
    (trial,) = store.trials()
    assert trial.end is TrialEnd.DONE
    assert trial.result is not None
    assert np.array_equal(trial.result.returns, RESULT.returns)
    assert np.array_equal(trial.result.days, DAYS)
    assert trial.result.figures == {"sharpe": 1.25}


def test_the_same_trial_is_one_trial_and_a_crashed_one_counts(tmp_path: Path) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")
    for key in ("aa", "bb", "aa"):
        store.begin("reversal", key, "{}", 5)
    store.end("bb", 6, None, "no prices")
    store.begin("momentum", "cc", "{}", 7)
    assert [(t.key, t.end, t.why) for t in store.trials("reversal")] == [
        ("aa", TrialEnd.CUT_OFF, ""),
        ("bb", TrialEnd.CRASHED, "no prices"),
    ]
    assert len(store.trials()) == 3


def test_a_trial_begins_once_and_ends_once(tmp_path: Path) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")
    with pytest.raises(BadInput, match="never begun"):
        store.end("aa", 1, RESULT)
    store.begin("reversal", "aa", "{}", 5)
    store.end("aa", 6, RESULT)
    with pytest.raises(BadInput, match="ended before"):
        store.end("aa", 7, RESULT)


@pytest.mark.parametrize("wish", ["DELETE FROM trial_record", "UPDATE trial_record SET body = '{}'"])
def test_the_database_itself_refuses_to_forget(tmp_path: Path, wish: str) -> None:
    SqlTrials.open(tmp_path / "trials.db").begin("reversal", "aa", "{}", 5)
    with sqlite3.connect(tmp_path / "trials.db") as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(wish)


@pytest.mark.parametrize(
    "wish",
    [
        "DELETE FROM trial_record WHERE seq = 1",
        "UPDATE trial_record SET body = replace(body, 'reversal', 'momentum') WHERE seq = 1",
        "UPDATE trial_record SET key = 'zz' WHERE seq = 2",
    ],
)
def test_who_breaks_the_guards_is_found_out(tmp_path: Path, wish: str) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")
    for key in ("aa", "bb", "cc"):
        store.begin("reversal", key, "{}", 5)
    assert store.verify()[0] == 3
    with sqlite3.connect(tmp_path / "trials.db") as raw:
        for verb in ("delete", "update"):
            raw.execute(f"DROP TRIGGER trial_record_no_{verb}")
        raw.execute(wish)
    with pytest.raises(LedgerCorrupt, match="cannot be trusted"):
        store.verify()


def test_a_return_that_is_missing_is_refused(tmp_path: Path) -> None:
    store = SqlTrials.open(tmp_path / "trials.db")
    store.begin("reversal", "aa", "{}", 5)
    with pytest.raises(BadInput, match="not a zero"):
        store.end("aa", 6, TrialResult(DAYS, np.array([0.1, np.nan, 0, 0, 0]), {}))


def test_equal_trials_make_equal_chains_on_sqlite_and_postgres(tmp_path: Path, postgres_url: str) -> None:
    heads = []
    for where in (tmp_path / "trials.db", postgres_url):
        store = SqlTrials.open(where)
        store.begin("reversal", "aa", "{}", 5)
        store.end("aa", 9, RESULT)
        store.begin("reversal", "bb", "{}", 10)
        heads.append(store.verify())
    assert heads[0] == heads[1]
