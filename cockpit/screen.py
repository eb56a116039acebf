"""What the window shows: the roster of panels, and how a wish becomes a window or pictures of one.

Only what the first paint needs is imported here; the engine comes in when the shell is on screen.
"""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cockpit import __version__
from cockpit.bus import Bus
from cockpit.places import resources_folder
from cockpit.storage.home import Home
from cockpit.ui.board import Board
from cockpit.ui.panel import Panel
from cockpit.ui.panels.chart import ChartPanel
from cockpit.ui.panels.log import LogPanel
from cockpit.ui.panels.picks import PicksPanel
from cockpit.ui.panels.risk import RiskPanel
from cockpit.ui.panels.trades import TradesPanel
from cockpit.ui.panels.wall import WallPanel
from cockpit.ui.panels.watchlist import WatchlistPanel
from cockpit.ui.runner import Running, WindowOptions, run_window
from cockpit.wish import Wish

if TYPE_CHECKING:
    from cockpit.house import Run

PANELS: Final[tuple[type[Panel], ...]] = (
    WatchlistPanel,
    ChartPanel,
    WallPanel,
    TradesPanel,
    LogPanel,
    PicksPanel,
    RiskPanel,
)
"""Panels in the order of their docks."""


def open_window(wish: Wish) -> int:
    """Open the window, run the wished day in it, and answer the exit code once everything is put away."""

    async def make(bus: Bus) -> Running:
        from cockpit.app import opened_run

        run = await opened_run(wish, bus)
        return Running(run.desk, run.reports, lambda: _watched(run), run.close)

    home = Home.at(wish.home)
    options = WindowOptions(
        mode=wish.mode,
        panels=PANELS,
        build=__version__,
        operator=getpass.getuser(),
        home=home.root,
        fonts=resources_folder() / "fonts",
    )
    return run_window(make, options)


async def _watched(run: Run) -> None:
    """Run the day with its health watched beside it; what ends the one ends the other."""
    from cockpit.engine.health import Health

    watching = asyncio.create_task(Health(run.flow).watch(), name="health")
    try:
        await run.play()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def pictures(run: Run, board: Board, out: Path, name: str) -> list[Path]:
    """Draw the Trade workspace of a run as the board has it, dark and light, without a screen."""
    from cockpit.ui.pictures import picture_day

    return await picture_day(board, run.desk, run.reports, PANELS, out, name)
