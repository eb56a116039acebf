"""Where the house is: its own files, and whether there is a screen to show it on."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resources_folder() -> Path:
    """Answer where the house's own files are: inside the installed package, or beside it in the repository."""
    inside = Path(__file__).parent / "resources"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "resources"


def has_display() -> bool:
    """Tell whether a window could be shown; Qt would end the process without a word where it cannot."""
    named = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in named)
