"""The source tree as the house tests read it: files, floors, imports and the full names behind local ones."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]

GROUND = (
    "money", "clock", "errors", "market", "opinions", "orders", "account", "broker_books", "evidence", "facts",
    "ports", "evening_ports", "research_ports", "settings", "bus", "supervision",
)  # fmt: skip
ROOMS = ("engine", "brains", "paper", "live", "venues", "storage", "widgets")
MAY_KNOW = {
    **dict.fromkeys(ROOMS, frozenset[str]()),
    "ui": frozenset({"widgets"}),
    "research": frozenset({"brains", "engine", "paper"}),
    "simulator": frozenset({"paper"}),
    "evening": frozenset({"brains", "engine"}),
}
"""Which rooms each room may know beside the ground: the floors of the architecture, as a table."""


@dataclass(frozen=True)
class Source:
    """One Python file of the tree, parsed; `place` is its path below the root, with forward slashes."""

    root: Path
    path: Path

    @property
    def place(self) -> str:
        """Name the file as a reader of the repository would."""
        return self.path.relative_to(self.root).as_posix()

    @cached_property
    def text(self) -> str:
        """Read the file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Parse the file."""
        return ast.parse(self.text, self.place)

    @property
    def room(self) -> str:
        """Name the part of `cockpit` the file belongs to: a room, or the stem of a file that lives in none."""
        parts = Path(self.place).with_suffix("").parts
        return parts[1] if parts[0] == "cockpit" and len(parts) > 1 else ""

    def at(self, node: ast.AST) -> str:
        """Point at a node the way editors understand."""
        return f"{self.place}:{getattr(node, 'lineno', 1)}"


def sources(root: Path, *folders: str) -> tuple[Source, ...]:
    """Parse every Python file in the folders below the root; read the repository's own files once per run."""
    return _read_once(root, folders) if root == REPO else _read(root, folders)


def _read(root: Path, folders: tuple[str, ...]) -> tuple[Source, ...]:
    return tuple(Source(root, path) for folder in folders for path in sorted((root / folder).rglob("*.py")))


@cache
def _read_once(root: Path, folders: tuple[str, ...]) -> tuple[Source, ...]:
    read = _read(root, folders)
    for source in read:
        _ = source.tree
    gc.freeze()  # millions of nodes that live to the end: no collection after a test has to walk them again
    return read


def plant(root: Path, place: str, text: str) -> None:
    """Write one file of a tree made for a test, so that a law can be seen to catch what breaks it."""
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def imported(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Yield every module a file imports, anywhere in it, by its full dotted name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(source, node)
            yield node, module
            # `from cockpit import engine` imports the room, though the module named is the house
            yield from ((node, f"{module}.{alias.name}") for alias in node.names)


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parents = Path(source.place).parts[: -node.level]
    return ".".join([*parents, *([node.module] if node.module else [])])


def local_names(source: Source) -> dict[str, str]:
    """Map each local name an import made to the full dotted name it stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(source, node)
            names.update({alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names})
    return names


def full_name(node: ast.expr, names: dict[str, str]) -> str:
    """Spell out a dotted expression by what was imported: `dt.datetime.now`, or "" for what no import made."""
    if isinstance(node, ast.Attribute):
        owner = full_name(node.value, names)
        return f"{owner}.{node.attr}" if owner else ""
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: Source) -> Iterator[Function]:
    """Yield every function and method of a file, nested ones too."""
    return (node for node in ast.walk(source.tree) if isinstance(node, Function))


def is_public(name: str) -> bool:
    """Tell whether a name is meant for others."""
    return not name.startswith("_")


def verdict(broken: Iterable[str], law: str) -> None:
    """Fail with the law and every place that breaks it, or pass in silence."""
    found = sorted(set(broken))
    assert not found, f"{law}\n  " + "\n  ".join(found)


Law = Callable[[Path], Iterable[str]]
"""A law of the house: given the root of a tree, name the places that break it."""
