"""Each room has a door plate, and it is true: what lives here, what it may know, where to start reading."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import MAY_KNOW, REPO, Source, imported, plant, sources, verdict

LINES = ("Lives here: ", "May know: ", "Start reading: ")
QT = ("PySide6", "PySide6QtAds", "pyqtgraph", "qtawesome", "qasync", "shiboken6")


def untrue_plates(root: Path) -> Iterator[str]:
    """Name the rooms whose plate is missing, misshapen or says something else than their files do."""
    files = sources(root, "cockpit")
    for room in MAY_KNOW:
        inside = [source for source in files if source.room == room]
        if not inside:
            continue
        plate = next((source for source in inside if source.place == f"cockpit/{room}/__init__.py"), None)
        if plate is None:
            yield f"cockpit/{room}: no __init__.py, so no plate"
            continue
        lines = _lines(plate)
        if lines is None:
            yield f"{plate.place}: a plate is one sentence, an empty line, and one line each of {', '.join(LINES)}"
            continue
        yield from _untrue_knowledge(room, lines[1], inside)
        yield from _nowhere_to_start(plate, lines[2], inside)


def _lines(plate: Source) -> list[str] | None:
    text = (ast.get_docstring(plate.tree) or "").splitlines()
    if len(text) != 2 + len(LINES) or not text[0].endswith(".") or text[1]:
        return None
    said = [line.removeprefix(start) for line, start in zip(text[2:], LINES, strict=True) if line.startswith(start)]
    return said if len(said) == len(LINES) else None


def _untrue_knowledge(room: str, line: str, inside: list[Source]) -> Iterator[str]:
    said = {word.strip() for word in line.split(",")}
    allowed = {"ground", *MAY_KNOW[room]} | ({"Qt"} if room in ("widgets", "ui") else set())
    for word in sorted(said - allowed):
        yield f"cockpit/{room}/__init__.py: says it may know {word!r}; its floor allows {', '.join(sorted(allowed))}"
    for source in inside:
        for node, module in imported(source):
            met = _acquaintance(room, module)
            if met and met not in said:
                yield f"{source.at(node)}: knows {met} ({module}), which the plate of {room} does not say"


def _acquaintance(room: str, module: str) -> str:
    top, _, rest = module.partition(".")
    if top in QT:
        return "Qt"
    neighbour = rest.partition(".")[0]
    return neighbour if top == "cockpit" and neighbour in MAY_KNOW and neighbour != room else ""


def _nowhere_to_start(plate: Source, place: str, inside: list[Source]) -> Iterator[str]:
    if len(inside) > 1 and not (plate.path.parent / place).is_file():
        yield f"{plate.place}: says to start reading at {place}, which is not there"


def test_every_plate_says_what_its_room_does() -> None:
    verdict(untrue_plates(REPO), "A plate is one sentence and three true lines:")


PLATE = '"""The engine room.\n\nLives here: bars\nMay know: {knows}\nStart reading: flow.py\n"""\n'


def test_a_true_plate_is_let_be(tmp_path: Path) -> None:
    plant(tmp_path, "cockpit/engine/__init__.py", PLATE.format(knows="ground"))
    plant(tmp_path, "cockpit/engine/flow.py", "from cockpit.money import Paise\n")
    assert not list(untrue_plates(tmp_path))


@pytest.mark.parametrize(
    ("plate", "flow", "complaint"),
    [
        ('"""The engine room."""\n', "", "one line each of"),
        (PLATE.format(knows="ground").replace("Lives here", "Lives there"), "", "one line each of"),
        (PLATE.format(knows="ground, storage"), "", "says it may know 'storage'"),
        (PLATE.format(knows="ground"), "def later():\n    from cockpit import storage\n", "knows storage"),
        (PLATE.format(knows="ground"), "from ..paper import broker\n", "knows paper"),
        (PLATE.format(knows="ground"), "from PySide6.QtCore import QTimer\n", "knows Qt"),
        (PLATE.format(knows="ground").replace("flow.py", "start.py"), "", "which is not there"),
    ],
)
def test_a_plate_that_lies_is_caught(tmp_path: Path, plate: str, flow: str, complaint: str) -> None:
    plant(tmp_path, "cockpit/engine/__init__.py", plate)
    plant(tmp_path, "cockpit/engine/flow.py", flow)
    assert complaint in "\n".join(untrue_plates(tmp_path))
