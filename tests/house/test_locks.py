"""The lock files are whole: exact versions, a hash for each, one version for run and test, and Qt pinned as a set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import REPO, plant, verdict

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-install.lock")
QT_SET = {"pyside6-essentials": "6.11.2", "shiboken6": "6.11.2", "pyside6-qtads": "5.1.1"}
"""Qt 6.12 drops a reference to None on every void call on Python 3.11; the docks are built against one Qt exactly."""

PACKAGE = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?P<marker> ; [^\\]+)? \\$")


def packages(lock: Path) -> dict[str, str]:
    """Read the locked version of each package, by name and environment marker."""
    found = (PACKAGE.match(line) for line in lock.read_text(encoding="utf-8").splitlines())
    return {f"{match['name']}{(match['marker'] or '').rstrip()}": match["version"] for match in found if match}


def loose_lines(lock: Path) -> Iterator[str]:
    """Name the lines of a lock that are neither an exact version nor one of its hashes, and versions without a hash."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if PACKAGE.match(line):
            if number == len(lines) or not lines[number].strip().startswith("--hash=sha256:"):
                yield f"{lock.name}:{number}: {bare}: no hash follows"
        elif bare and not bare.startswith(("#", "--hash=sha256:")):
            yield f"{lock.name}:{number}: {bare}: neither an exact version nor a hash"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_exact_and_hashed(name: str) -> None:
    assert packages(REPO / name)
    verdict(loose_lines(REPO / name), "A lock leaves nothing open; `make lock` writes it:")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-install.lock"])
def test_the_development_lock_holds_the_same_versions(name: str) -> None:
    assert packages(REPO / name).items() <= packages(REPO / "requirements-dev.lock").items()


def test_qt_is_pinned_as_the_set_that_was_measured() -> None:
    assert QT_SET.items() <= packages(REPO / "requirements.lock").items()


def test_a_loose_line_is_caught(tmp_path: Path) -> None:
    plant(tmp_path, "requirements.lock", "numpy>=2\npandas==3.0.0 \\\nscipy==1.17.1 \\\n    --hash=sha256:aa\n")
    assert len(list(loose_lines(tmp_path / "requirements.lock"))) == 2
