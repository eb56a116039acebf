"""Files stay under 400 lines, functions under 40, the window under 250: what grows is cut by noun before it hurts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import REPO, Function, functions, plant, sources, verdict

FILE_LINES = 400
FUNCTION_LINES = 40
LOWER = {"cockpit/ui/window.py": 250}
"""Files with a tighter limit than the rest: the main window is where applications go to rot."""


def oversized(root: Path) -> Iterator[str]:
    """Name the files and functions that have reached their limit."""
    for source in sources(root, "cockpit", "benchmarks", "scripts", "tests"):
        n_lines, limit = len(source.text.splitlines()), LOWER.get(source.place, FILE_LINES)
        if n_lines >= limit:
            yield f"{source.place}: {n_lines} lines; a file here stays under {limit}"
        for function in functions(source):
            n_lines = length(function)
            if n_lines >= FUNCTION_LINES:
                yield f"{source.at(function)}: {function.name} has {n_lines} lines; they stay under {FUNCTION_LINES}"


def length(function: Function) -> int:
    """Count the lines of a function from its `def` to its end, its docstring left out."""
    n_lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        n_lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return n_lines


def test_files_and_functions_stay_small_enough_to_read() -> None:
    verdict(oversized(REPO), "Cut by noun what has grown:")


def test_a_file_or_function_at_its_limit_is_caught(tmp_path: Path) -> None:
    plant(tmp_path, "cockpit/tall.py", "x = 1\n" * FILE_LINES)
    plant(tmp_path, "cockpit/ui/window.py", "x = 1\n" * 250)
    plant(tmp_path, "cockpit/long.py", "def f():\n" + "    x = 1\n" * (FUNCTION_LINES - 1))
    assert len(list(oversized(tmp_path))) == 3


def test_a_docstring_does_not_count_as_length(tmp_path: Path) -> None:
    told = '    """Promise.\n' + "    Say why.\n" * FUNCTION_LINES + '    """\n'
    plant(tmp_path, "cockpit/told.py", "def f():\n" + told + "    x = 1\n" * (FUNCTION_LINES - 2))
    plant(tmp_path, "cockpit/short.py", "x = 1\n" * (FILE_LINES - 1))
    assert not list(oversized(tmp_path))
