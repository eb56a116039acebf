"""What the window shows: the roster of panels, and how a wish becomes a window or pictures of one.

Only what the first paint needs is imported here; the engine comes in when the shell is on screen.
"""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cockpit import __version__
from cockpit.orders import Mode
from cockpit.places import resources_folder
from cockpit.storage.home import Home
from cockpit.ui.panel import Berth, Place
from cockpit.ui.shell import Shell, WindowOptions, made_shell

if TYPE_CHECKING:
    from cockpit.bus import Bus
    from cockpit.house import Run
    from cockpit.ui.board import Board
    from cockpit.ui.runner import Running
    from cockpit.ui.shell import Application
    from cockpit.ui.window import Window
    from cockpit.wish import Wish

_ROOM: Final = "cockpit.ui.panels."
PANELS: Final = (
    Berth("watchlist", "Watchlist", Place.LEFT, "format-list-bulleted", _ROOM + "watchlist", "WatchlistPanel"),
    Berth("chart", "Chart", Place.CENTRE, "chart-line", _ROOM + "chart", "ChartPanel"),
    Berth("wall", "Chart wall", Place.CENTRE, "view-grid-outline", _ROOM + "wall", "WallPanel"),
    Berth("trades", "Paper trades", Place.BELOW, "swap-vertical", _ROOM + "trades", "TradesPanel"),
    Berth("log", "Log", Place.BELOW, "text-box-outline", _ROOM + "log", "LogPanel"),
    Berth("picks", "Today's picks", Place.RIGHT, "filter-variant", _ROOM + "picks", "PicksPanel"),
    Berth("risk", "Risk", Place.RIGHT_BELOW, "shield-alert-outline", _ROOM + "risk", "RiskPanel"),
)
"""Panels in the order of their docks."""


def open_window(wish: Wish) -> int:
    """Open the window, run the wished day in it, and answer the exit code once everything is put away."""
    opened = _shell_of(wish.mode, wish.home)
    opened.window.show()
    opened.app.processEvents()  # on screen first; the loop and the engine are imported behind it
    from cockpit.ui.runner import Running, run_window

    async def make(bus: Bus) -> Running:
        from cockpit.app import opened_run

        run = await opened_run(wish, bus)
        return Running(run.desk, run.reports, lambda: _watched(run), run.close)

    return run_window(make, opened)


def shell(mode: Mode = Mode.PRACTICE, home: Path | None = None) -> tuple[Application, Window]:
    """Build the window as `open_window` does up to its first show, and answer it unshown with its application."""
    opened = _shell_of(mode, home)
    return opened.app, opened.window


def _shell_of(mode: Mode, home: Path | None) -> Shell:
    options = WindowOptions(
        mode=mode,
        panels=PANELS,
        build=__version__,
        operator=getpass.getuser(),
        home=Home.at(home).root,
        fonts=resources_folder() / "fonts",
    )
    return made_shell(options)


async def _watched(run: Run) -> None:
    """Run the day with its health watched beside it; what ends the one ends the other."""
    import asyncio

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
