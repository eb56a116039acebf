"""An import points down, never sideways, never up: the contracts of pyproject.toml, held by import-linter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.tree import REPO, ROOMS, plant


def lint_imports(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Hold the tree at `root` to the contracts of this repository."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()",
         "--config", str(REPO / "pyproject.toml"), "--no-logo", *options],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip


def house(root: Path, rooms: dict[str, str]) -> None:
    """Build a small house with every room empty but for what `rooms` puts in them."""
    plant(root, "cockpit/__init__.py", '"""A house."""\n')
    for room in (*ROOMS, "evening", "research", "simulator", "ui"):
        plant(root, f"cockpit/{room}/__init__.py", '"""A room."""\n')
    for part in ("money", "house", "practice_run", "replay_run", "paper_run", "venues/kite_orders", "venues/kite_door"):
        plant(root, f"cockpit/{part}.py", '"""A part that a contract names."""\n')
    for place, text in rooms.items():
        plant(root, f"cockpit/{place}", text)


def test_every_import_of_the_house_points_down() -> None:
    run = lint_imports(REPO, "--cache-dir", str(REPO / ".cache" / "import_linter"))
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_house_whose_imports_point_down_is_let_be(tmp_path: Path) -> None:
    house(tmp_path, {"engine/bars.py": "import cockpit.money\n", "research/sweep.py": "import cockpit.engine.bars\n"})
    run = lint_imports(tmp_path, "--no-cache")
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_room_that_knows_another_room_is_caught(tmp_path: Path) -> None:
    house(tmp_path, {"engine/flow.py": "import cockpit.storage\n"})
    assert (
        "Floors: an import points down, and rooms never know each other BROKEN"
        in lint_imports(tmp_path, "--no-cache").stdout
    )


def test_ground_that_knows_a_room_is_caught(tmp_path: Path) -> None:
    house(tmp_path, {"market.py": "import cockpit.venues\n"})
    assert (
        "Floors: an import points down, and rooms never know each other BROKEN"
        in lint_imports(tmp_path, "--no-cache").stdout
    )


def test_a_screen_that_knows_the_engine_is_caught(tmp_path: Path) -> None:
    house(tmp_path, {"ui/board.py": "import cockpit.engine\n"})
    assert "The screen knows widgets and ground, never a room BROKEN" in lint_imports(tmp_path, "--no-cache").stdout


def test_a_file_that_lives_on_no_floor_is_caught(tmp_path: Path) -> None:
    house(tmp_path, {"attic.py": '"""Nobody said where this lives."""\n'})
    run = lint_imports(tmp_path, "--no-cache")
    assert run.returncode != 0
    assert "attic" in run.stdout


def test_a_paper_day_that_could_reach_a_real_order_is_caught(tmp_path: Path) -> None:
    house(tmp_path, {"paper_run.py": "import cockpit.live\n"})
    assert "out of reach of practice, replay and paper BROKEN" in lint_imports(tmp_path, "--no-cache").stdout


def test_a_process_that_trades_on_paper_has_no_real_order_call_in_it() -> None:
    asked = "import sys, cockpit.app, cockpit.paper_run, cockpit.practice_run, cockpit.replay_run, cockpit.headless;"
    told = "print([n for n in sys.modules if n.startswith(('cockpit.live', 'cockpit.venues.kite_orders'))])"
    run = subprocess.run([sys.executable, "-c", asked + told], cwd=REPO, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
