"""Run benchmarks and lay their rows out: `python -m benchmarks [name...]`; one table, and out/bench.json for machines.

Nothing here passes or fails by the clock. A benchmark that raises is reported by name, the others run on, and the exit
code says so.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.rows import Row

FOLDER = Path(__file__).resolve().parent
OUT = FOLDER.parent / "out" / "bench.json"
HEADINGS = ("area", "ours", "peer", "unit", "ratio", "target", "")
MARKS = {True: "met", False: "MISSED", None: ""}


def main(names: Sequence[str]) -> int:
    """Run the named benchmarks, or all; print their table, write their rows, and answer the exit code."""
    known = discover(FOLDER)
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"No benchmark called {', '.join(unknown)}; there are: {', '.join(known) or 'none yet'}", file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows, broken = measure(names or known)
    print(table(rows))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(report(rows, broken), encoding="utf-8")
    print(f"\n{len(rows)} rows in {OUT.relative_to(FOLDER.parent)}")
    if broken:
        print(f"Raised instead of measuring: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def discover(folder: Path) -> list[str]:
    """List the benchmarks of a folder by name: bench_bars.py is called bars."""
    return sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))


def measure(names: Iterable[str]) -> tuple[list[Row], list[str]]:
    """Run benchmarks one after the other; answer their rows and the names of those that raised."""
    rows: list[Row] = []
    broken: list[str] = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            rows.extend(importlib.import_module(f"benchmarks.bench_{name}").run())
        except Exception:  # one broken benchmark must not cost the figures of the others
            traceback.print_exc()
            broken.append(name)
    return rows, broken


def table(rows: Sequence[Row]) -> str:
    """Lay rows out in columns, names to the left and figures to the right."""
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    left = {0, 3, 6}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.area,
        _figure(row.ours),
        _figure(row.peer),
        row.unit,
        _figure(row.ratio, "x"),
        _figure(row.target, "x"),
        MARKS[row.is_met],
    )


def _figure(number: float | None, unit: str = "") -> str:
    """Write three significant figures, grouped, never in exponents; a dash for what is not there."""
    if number is None:
        return "—"
    if number == 0 or not abs(number) < float("inf"):
        return f"{number}{unit}"
    decimals = 0
    while decimals < 9 and abs(number) * 10**decimals < 100:
        decimals += 1
    return f"{number:,.{decimals}f}{unit}"


def report(rows: Sequence[Row], broken: Sequence[str]) -> str:
    """Write rows as JSON, with the machine they were measured on and what could not be measured."""
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.machine(),
        "n_cores": os.cpu_count(),
    }
    kept = {"machine": machine, "rows": [asdict(row) for row in rows], "broken": list(broken)}
    return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
