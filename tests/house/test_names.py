"""A file is named for what it holds and a function for what it brings about: some words name nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import REPO, Source, functions, plant, sources, verdict

NO_FILE = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "base",
    "core",
    "manager",
    "handler",
    "processor",
    "data",
    "info",
}
NO_PART = NO_FILE - {"base", "core", "data", "info"}
"""Words that spoil a longer name too: `order_manager` as much as `manager`."""
NO_CLASS = re.compile(r"(Manager|Handler|Processor|Helper|Helpers|Util|Utils|Misc)(?=[A-Z]|$)")
NO_VERB = re.compile(r"_*(process|handle|manage|do)(_|$)")
SENTENCE_WORDS = 3


def misnamed(root: Path) -> Iterator[str]:
    """Name the files, classes and functions whose name says nothing."""
    for source in sources(root, "cockpit", "benchmarks", "scripts", "tests"):
        yield from _misnamed_places(source)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and NO_CLASS.search(node.name):
                yield f"{source.at(node)}: class {node.name}: name the noun it is"
        for function in functions(source):
            if NO_VERB.match(function.name):
                yield f"{source.at(function)}: {function.name}: name what it brings about"


def _misnamed_places(source: Source) -> Iterator[str]:
    for name in Path(source.place).with_suffix("").parts:
        if name in NO_FILE or NO_PART.intersection(name.split("_")):
            yield f"{source.place}: {name!r} names nothing: if its contents have no room, a noun is missing"


def wordless_tests(root: Path) -> Iterator[str]:
    """Name the tests whose name is not a sentence."""
    for source in sources(root, "tests"):
        for function in functions(source):
            words = function.name.removeprefix("test_").split("_")
            if function.name.startswith("test_") and len(words) < SENTENCE_WORDS:
                yield f"{source.at(function)}: {function.name}: say what holds, as a sentence"


def test_every_name_says_something() -> None:
    verdict(misnamed(REPO), "A name says what is there:")


def test_the_name_of_every_test_is_a_sentence() -> None:
    verdict(wordless_tests(REPO), "A test is named for the promise it keeps:")


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("cockpit/utils.py", ""),
        ("cockpit/engine/order_manager.py", ""),
        ("cockpit/common/money.py", ""),
        ("cockpit/data.py", ""),
        ("cockpit/engine/flow.py", "class TickProcessor: pass\n"),
        ("cockpit/engine/flow.py", "def handle_tick(): pass\n"),
        ("cockpit/engine/flow.py", "class A:\n    def _process(self): pass\n"),
    ],
)
def test_a_name_that_says_nothing_is_caught(tmp_path: Path, place: str, text: str) -> None:
    plant(tmp_path, place, text)
    assert len(list(misnamed(tmp_path))) == 1


def test_a_name_that_only_contains_such_letters_is_let_be(tmp_path: Path) -> None:
    plant(tmp_path, "cockpit/paper/database.py", "class Handlebar: pass\ndef dock(): pass\ndef processed(): pass\n")
    assert not list(misnamed(tmp_path))


def test_a_test_without_a_sentence_is_caught(tmp_path: Path) -> None:
    plant(tmp_path, "tests/engine/test_bars.py", "def test_bars(): pass\ndef test_a_bar_closes_once(): pass\n")
    assert ["test_bars.py:1" in line for line in wordless_tests(tmp_path)] == [True]
