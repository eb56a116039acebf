"""Where the house's own files are."""

from __future__ import annotations

from pathlib import Path


def resources_folder() -> Path:
    """Answer where the house's own files are: inside the installed package, or beside it in the repository."""
    inside = Path(__file__).parent / "resources"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "resources"
