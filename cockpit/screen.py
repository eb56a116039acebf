"""What the window shows: the roster of panels, and how a wish becomes a window or pictures of one.

Only what the first paint needs is imported here; the engine comes in when the shell is on screen.
"""

from __future__ import annotations

import getpass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cockpit.ui.quick_imports  # noqa: F401 - before anything else of ours: what is imported after it is cheaper
from cockpit import __version__
from cockpit.places import has_display, resources_folder
from cockpit.storage.home import Home
from cockpit.ui.berth import Berth, Place
from cockpit.ui.shell import Shell, WindowOptions, made_shell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cockpit.bus import Bus
    from cockpit.house import Run
    from cockpit.ui.board import Board
    from cockpit.ui.runner import Running
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
PLAIN: Final = "PRACTICE"
"""The mode of a start without any wish, by its name: the noun itself lives among orders, which no first paint needs."""
_RUNS: Final = {
    "PRACTICE": "cockpit.practice_run",
    "REPLAY": "cockpit.replay_run",
    "PAPER": "cockpit.paper_run",
}
"""Where the day of each mode is opened, by the mode's name."""
_EARLY: Final[dict[tuple[str, Path | None], Shell]] = {}
"""The window that was painted before the command line was read, until it is opened."""


def open_window(wish: Wish) -> int:
    """Open the window, run the wished day in it, and answer the exit code once everything is put away."""
    opened = _EARLY.pop((wish.mode, wish.home), None) or _painted(wish.mode, wish.home)
    # On screen first: the loop, the board and the engine are imported behind it.
    from cockpit.ui.runner import Running, run_window

    async def make(bus: Bus) -> Running:
        import asyncio

        await asyncio.to_thread(_load_engine, wish.mode)  # it takes a second or two, and the window answers meanwhile
        from cockpit.app import opened_run

        run = await opened_run(wish, bus)
        return Running(run.desk, run.reports, lambda: _watched(run), _with_nights(wish, bus, run))

    return run_window(make, opened)


def _with_nights(wish: Wish, bus: Bus, run: Run) -> Callable[[], Awaitable[None]]:
    """Answer how to close a run; on a paper day the window also watches over the nights, and stops that first."""
    if wish.mode != "PAPER":
        return run.close
    from cockpit.night_watch import watch_over

    watch = watch_over(wish.home, run.resources, run.flow.plugs.clock, bus)

    async def close() -> None:
        watch.stop()
        await run.close()

    return close


def _load_engine(mode: str) -> None:
    import_module("cockpit.app")
    if mode in _RUNS:
        import_module(_RUNS[mode])


def paint_early(home: Path | None = None) -> None:
    """Paint the window of a plain start, the practice market's; `open_window` goes on with it when it is asked for.

    Without a display nothing is painted: the command line says so.
    """
    if has_display():
        _EARLY[PLAIN, home] = _painted(PLAIN, home)


def shell(mode: str = PLAIN, home: Path | None = None) -> Shell:
    """Build the window as `open_window` does up to its first show, and answer it unshown."""
    options = WindowOptions(
        mode=mode,
        panels=PANELS,
        build=__version__,
        operator=getpass.getuser(),
        home=Home.at(home).root,
        fonts=resources_folder() / "fonts",
    )
    return made_shell(options)


def _painted(mode: str, home: Path | None) -> Shell:
    made = shell(mode, home)
    made.paint()
    return made


async def _watched(run: Run) -> None:
    """Run the day with its health watched beside it; what ends the one ends the other."""
    from cockpit.engine.health import Health

    watching = run.supervisor.start(Health(run.flow).watch(), "the watch over the machine's health")
    try:
        await run.play()
    finally:
        await run.supervisor.end(watching)


async def pictures(run: Run, board: Board, out: Path, name: str) -> list[Path]:
    """Draw the Trade workspace of a run as the board has it, dark and light, without a screen."""
    from cockpit.ui.pictures import picture_day

    return await picture_day(board, run.desk, run.reports, PANELS, out, name)
