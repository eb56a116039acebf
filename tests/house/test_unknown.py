"""Unknown is never a number: on the money path nothing makes a zero of what is missing or swallows what went wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import GROUND, REPO, plant, sources, verdict

MONEY_PATH = ("engine", "brains", "paper", "research", "storage", "venues", *GROUND)
"""Rooms and nouns through which a price or an amount passes; the market that is only practised is not among them."""
FILLERS = frozenset({"nan_to_num", "fillna", "ffill", "bfill"})


def stand_ins(root: Path) -> Iterator[str]:
    """Name the places where a number stands in for what is not known, or a fault is dropped in silence."""
    for source in sources(root, "cockpit"):
        if source.room in MONEY_PATH:
            for node in ast.walk(source.tree):
                if said := _said_of(node):
                    yield f"{source.at(node)}: {said}"


def _said_of(node: ast.AST) -> str:
    match node:
        case ast.BoolOp(op=ast.Or(), values=[*_, ast.Constant(value=int() | float() as number)]) if number is not True:
            return f"`or {number}` makes a number of what is missing; name the absence"
        case ast.Attribute(attr=name) | ast.Name(id=name) if name in FILLERS:
            return f"{name} fills what is unknown with a number"
        case ast.ExceptHandler(type=None):
            return "a bare except catches what nobody thought of; name the fault"
        case ast.ExceptHandler(type=ast.Name(id="Exception" | "BaseException"), body=body) if _is_silent(body):
            return "a fault is caught and nothing is said of it"
        case ast.Call(func=ast.Attribute(attr="suppress"), args=[ast.Name(id="Exception" | "BaseException"), *_]):
            return "every fault is suppressed; name the one that is expected"
    return ""


def _is_silent(body: list[ast.stmt]) -> bool:
    return all(isinstance(line, ast.Pass | ast.Continue) for line in body)


def test_on_the_money_path_what_is_missing_is_never_made_a_number() -> None:
    verdict(stand_ins(REPO), "Absence has a name:")


@pytest.mark.parametrize(
    "line",
    [
        "x = y or 0",
        "x = y or 0.2",
        "x = np.nan_to_num(y)",
        "x = frame.fillna(0)",
        "try:\n    f()\nexcept:\n    g()",
        "try:\n    f()\nexcept Exception:\n    pass",
        "with contextlib.suppress(Exception):\n    f()",
    ],
)
def test_each_way_of_making_a_number_of_nothing_is_caught(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "cockpit/engine/flow.py", line + "\n")
    assert len(list(stand_ins(tmp_path))) == 1


@pytest.mark.parametrize("line", ["x = y or None", "x = is_a or True", "try:\n    f()\nexcept ValueError:\n    pass"])
def test_a_named_absence_and_a_named_fault_are_let_be(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "cockpit/engine/flow.py", line + "\n")
    assert not list(stand_ins(tmp_path))
