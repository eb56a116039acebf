"""A practice day through the real command line whose disk is full once the day is open.

The disk is the kernel's limit on file sizes: a write beyond it fails as on a full disk.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any

from cockpit import house
from cockpit.cli import main

ROOM = 4_096
"""Bytes the largest file of the ledger may still grow by."""


def filled_after_opening(start: Any) -> Any:
    """Answer `start` with a disk that is full from then on."""

    async def started(self: house.House, *plugs: Any) -> house.Run:
        run: house.Run = await start(self, *plugs)
        files = (self.home.root / "ledgers").rglob(f"{Path(self.ledger_name).name}*")
        limit = max(file.stat().st_size for file in files) + ROOM
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return run

    return started


if __name__ == "__main__":
    home = sys.argv[1]
    house.House.start = filled_after_opening(house.House.start)  # type: ignore[method-assign]
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.argv = ["cockpit", "run", "--practice", "--headless", "--home", home, "--out", f"{home}/out"]
    main()
