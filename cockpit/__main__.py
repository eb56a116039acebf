"""`python -m cockpit` is the program `cockpit`; a plain start is on screen before its command line is read."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path


def main() -> None:
    """Run the program. A window that is wished for without any other word is painted first."""
    words = sys.argv[1:]
    if not words or (len(words) == 2 and words[0] == "--home"):
        _paint_early(Path(words[1]) if words else None)
    from cockpit.cli import main as command_line

    command_line()


def _paint_early(home: Path | None) -> None:
    from cockpit.errors import CockpitError
    from cockpit.screen import paint_early

    with contextlib.suppress(CockpitError, ImportError):  # met again, and told, where the command line opens the window
        paint_early(home)


if __name__ == "__main__":
    main()
