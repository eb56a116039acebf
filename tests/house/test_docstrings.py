"""Every module opens with one sentence, and every public class and function makes its promise in a docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import REPO, Function, Source, is_public, plant, sources, verdict


def silent_modules(root: Path) -> Iterator[str]:
    """Name the modules that do not open with a sentence."""
    for source in sources(root, "cockpit", "benchmarks", "scripts", "tests"):
        if source.place.startswith("tests/") and source.path.name == "__init__.py" and not source.text.strip():
            continue  # an empty package mark among the tests holds nothing to speak of
        first = (ast.get_docstring(source.tree) or "").partition("\n\n")[0]
        if not first.endswith((".", "?", "!", ":")):
            yield f"{source.place}:1: opens with {first[:60]!r}: say in one sentence what lives here"


def silent_promises(root: Path) -> Iterator[str]:
    """Name the public classes and functions, and the longer public methods, without a docstring."""
    for source in sources(root, "cockpit", "benchmarks"):
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and is_public(node.name):
                yield from _silent(source, node)
                for method in node.body:
                    if isinstance(method, Function) and _promises(method):
                        yield from _silent(source, method)
            elif isinstance(node, Function) and is_public(node.name):
                yield from _silent(source, node)


def _silent(source: Source, node: ast.ClassDef | Function) -> Iterator[str]:
    if ast.get_docstring(node) is None:
        yield f"{source.at(node)}: {node.name} promises nothing: give it a docstring, in the imperative"


def _promises(method: Function) -> bool:
    """Tell whether a method is the class's own promise: public, not an override, not one of Qt's camelCase names."""
    decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in method.decorator_list}
    inherited = method.name != method.name.lower() or decorators & {"override", "overload", "setter"}
    return is_public(method.name) and not inherited


def test_every_module_opens_with_a_sentence() -> None:
    verdict(silent_modules(REPO), "Say first what lives here:")


def test_every_public_name_makes_a_promise() -> None:
    verdict(silent_promises(REPO), "A public name promises something:")


@pytest.mark.parametrize("text", ["", "x = 1\n", '"""no sentence"""\n', "import os\n\n'''Too late.'''\n"])
def test_a_module_without_a_sentence_is_caught(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "cockpit/engine/flow.py", text)
    assert list(silent_modules(tmp_path))


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("class Flow: pass\n", True),
        ("def flow(): pass\n", True),
        ("async def flow(): pass\n", True),
        ('class Flow:\n    """Flow."""\n    def run(self): pass\n', True),
        ('class Flow:\n    """Flow."""\n    def paintEvent(self, event): pass\n    def _run(self): pass\n', False),
        ('class Flow:\n    """Flow."""\n    @override\n    def run(self): pass\n', False),
        ("def _flow(): pass\nclass _Flow: pass\n", False),
    ],
)
def test_a_public_name_without_a_promise_is_caught(tmp_path: Path, text: str, silent: bool) -> None:
    plant(tmp_path, "cockpit/engine/flow.py", text)
    assert bool(list(silent_promises(tmp_path))) is silent
