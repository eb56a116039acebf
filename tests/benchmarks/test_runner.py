"""The benchmark runner finds files by name, outlives a broken one, and lays figures out for people and machines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import __main__ as runner
from benchmarks.rows import Row, row, seconds
from cockpit.errors import BadInput


@pytest.fixture
def two_benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Offer two benchmarks: one that measures, one that raises."""
    good, bad = ModuleType("benchmarks.bench_good"), ModuleType("benchmarks.bench_bad")
    good.run = lambda: [row("bars: build", 2.0, 10.0, unit="ms", target=4.0)]
    bad.run = lambda: 1 / 0
    for module in (good, bad):
        monkeypatch.setitem(sys.modules, module.__name__, module)
        (tmp_path / f"{module.__name__.rpartition('.')[2]}.py").touch()
    monkeypatch.setattr(runner, "FOLDER", tmp_path)
    monkeypatch.setattr(runner, "OUT", tmp_path.parent / "out" / "bench.json")
    return tmp_path.parent / "out" / "bench.json"


def test_a_ratio_above_one_always_means_that_ours_is_better() -> None:
    assert row("latency", 2.0, 10.0, unit="ms").ratio == 5.0
    assert row("throughput", 10.0, 2.0, unit="rows/s", better="higher").ratio == 5.0
    assert row("alone", 10.0, None, unit="ms").ratio is None


def test_a_target_is_met_at_its_factor_and_unknown_without_a_peer() -> None:
    assert row("a", 2.0, 10.0, unit="ms", target=5.0).is_met is True
    assert row("a", 2.0, 10.0, unit="ms", target=5.1).is_met is False
    assert row("a", 2.0, None, unit="ms", target=5.0).is_met is None


@pytest.mark.parametrize("figure", [0.0, -1.0, float("nan")])
def test_a_figure_that_measured_nothing_is_refused(figure: float) -> None:
    with pytest.raises(BadInput, match="a figure above 0 expected"):
        row("a", figure, 1.0, unit="ms")


def test_the_stopwatch_runs_the_warm_rounds_and_the_measured_ones() -> None:
    calls: list[None] = []
    assert seconds(lambda: calls.append(None), rounds=5, warm=2) >= 0
    assert len(calls) == 7


def test_a_broken_benchmark_is_named_and_costs_the_others_nothing(
    two_benchmarks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runner.main([]) == 1
    said = capsys.readouterr()
    assert "bars: build" in said.out
    assert "Raised instead of measuring: bad" in said.err
    kept = json.loads(two_benchmarks.read_text(encoding="utf-8"))
    assert kept["broken"] == ["bad"]
    assert [kept_row["ratio"] for kept_row in kept["rows"]] == [5.0]


def test_named_benchmarks_run_alone(two_benchmarks: Path) -> None:
    assert runner.main(["good"]) == 0
    assert json.loads(two_benchmarks.read_text(encoding="utf-8"))["broken"] == []


def test_an_unknown_name_is_answered_with_the_known_ones(
    two_benchmarks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runner.main(["speed"]) == 2
    assert "No benchmark called speed; there are: bad, good" in capsys.readouterr().err


def test_the_table_has_one_line_per_row_under_its_headings() -> None:
    lines = runner.table(
        [Row("bars", 0.001234, 1_234_567.0, 2.5, 3.0, "ms"), row("x", 1.0, None, unit="s")]
    ).splitlines()
    assert [line.split() for line in lines] == [
        ["area", "ours", "peer", "unit", "ratio", "target"],
        ["bars", "0.00123", "1,234,567", "ms", "2.50x", "3.00x", "MISSED"],
        ["x", "1.00", "—", "s", "—", "—"],
    ]
