"""What is kept in the repository names no package index, no machine's folders and no tracker's numbers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import REPO, plant, verdict

# these patterns do not match themselves, and the examples below are cut in two: this file keeps its own law
ADDRESSES = {
    "a package index": re.compile(r"pypi\.(org|python)|pythonhosted\.|--(extra-)?index-url|--find[-]links"),
    "a folder of one machine": re.compile(r"(?<![\w.])/(work|root|home/\w+|opt/(wheels|pypi))/"),
    "a tracker's number": re.compile(r"\b(issue|pr|pull request) ?#\d*", re.IGNORECASE),
}
UNREAD = {".png", ".ico", ".icns", ".ttf", ".otf", ".woff2", ".parquet", ".packet", ".bin", ".gz", ".svgz"}
UNKEPT = {".git", ".venv", ".cache", "out", "build", "dist", "__pycache__", ".ruff_cache", ".hypothesis"}


def kept(root: Path) -> Iterator[Path]:
    """Yield the files the repository keeps: what git tracks, or all that is no output where there is no git."""
    if shutil.which("git"):
        listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
        if listing.returncode == 0 and listing.stdout:
            yield from (root / name for name in listing.stdout.split("\0") if name and (root / name).is_file())
            return
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in UNKEPT and not name.endswith(".egg-info")]
        yield from (Path(folder, name) for name in names)


def addresses(root: Path) -> Iterator[str]:
    """Name the lines that give away where something was fetched, built or discussed."""
    for path in kept(root):
        if path.suffix in UNREAD:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for what, pattern in ADDRESSES.items():
            for found in pattern.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path.relative_to(root).as_posix()}:{line}: {what}: {found.group()!r}"


def test_nothing_kept_names_an_index_a_machine_or_a_tracker() -> None:
    verdict(addresses(REPO), "Leave out where things came from:")


@pytest.mark.parametrize(
    "text",
    [
        "https://py" + "pi.org/simple",
        "--index" + "-url https://mirror.example/simple",
        "open('/wo" + "rk/main/x.csv')",
        "see iss" + "ue #12",
    ],
)
def test_an_address_is_caught(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "cockpit/venues/yahoo.py", f"# {text}\n")
    assert len(list(addresses(tmp_path))) == 1


def test_words_that_only_look_alike_are_let_be(tmp_path: Path) -> None:
    plant(tmp_path, "README.md", "Work/rest, out/work/x, issue a refund, colour #12AB34, ./root/x\n")
    assert not list(addresses(tmp_path))
