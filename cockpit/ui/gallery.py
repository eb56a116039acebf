"""The gallery: every panel and the window from canned facts, in every state, dark and light, on screen or as PNG.

`python -m cockpit.ui.gallery [panel] [state] [--png DIR]`; panel `window` is the whole Trade workspace.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize

from cockpit import facts
from cockpit.clock import NS
from cockpit.orders import Mode
from cockpit.ui.board import Board
from cockpit.ui.canned import CannedDesk, CannedReports
from cockpit.ui.host import PanelHost
from cockpit.ui.panel import Panel
from cockpit.ui.panels.chart import ChartPanel
from cockpit.ui.panels.log import LogPanel
from cockpit.ui.panels.picks import PicksPanel
from cockpit.ui.panels.risk import RiskPanel
from cockpit.ui.panels.trades import TradesPanel
from cockpit.ui.panels.wall import WallPanel
from cockpit.ui.panels.watchlist import WatchlistPanel
from cockpit.ui.pictures import settle, snapshot
from cockpit.ui.theme import Theme, redress
from cockpit.ui.window import Fittings, Window

PANELS: Final[tuple[type[Panel], ...]] = (
    WatchlistPanel, ChartPanel, WallPanel, TradesPanel, LogPanel, PicksPanel, RiskPanel,
)  # fmt: skip
"""The panels in the order they are docked; the house's own roster stands at the roof."""
SKELETON_TURNS: Final = 60
"""Turns after which a skeleton, which waits for 150 ms, is there."""
STATES: Final = ("live", "loading", "empty", "stale", "error")
SIZES: Final = {
    "left": QSize(420, 900),
    "centre": QSize(1050, 760),
    "below": QSize(1050, 260),
    "right": QSize(440, 420),
    "right below": QSize(440, 560),
}


def board_in(state: str, reports: CannedReports) -> Board:
    """Answer a board that has heard a canned morning; `stale` has heard nothing for 25 s since."""
    real = [0]
    board = Board(lambda: real[0])
    if state in ("loading", "empty"):
        return board
    board.open_day(reports.trading, reports.last_prices())
    for fact in reports.told(tripped=state != "calm"):
        board.take(fact)
    board.select(next(iter(reports.account().positions)))
    if state == "stale":
        board.take(facts.FeedMoved(reports.now + 5 * NS, facts.FeedState.SILENT, "no frame for 5 s"))
        real[0] = 25 * NS
    return board


class EmptyReports(CannedReports):
    """A day on which nothing is watched and nothing has happened."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.story = type(self.story)()

    def day(self) -> None:
        """Answer that no day is open."""
        return

    def scan(self) -> None:
        """Answer that nothing was scanned."""
        return


def reports_in(state: str) -> CannedReports:
    """Answer the readings of a state."""
    return EmptyReports() if state == "empty" else CannedReports()


def host_in(kind: type[Panel], state: str) -> PanelHost:
    """Answer a panel in one state, in its host, at its usual size."""
    host = PanelHost(kind)
    host.resize(SIZES[kind.place.value])
    reports = reports_in(state)
    board = board_in(state, reports)
    if state != "loading":
        host.furnish(board, CannedDesk(), reports)
    if state == "error":
        host.break_down(RuntimeError("canned fault: the reports could not be read"))
    return host


def window_in(state: str, theme: Theme, mode: Mode = Mode.PRACTICE) -> Window:
    """Answer the whole window in one state."""
    reports = reports_in(state)
    board = board_in(state, reports)
    window = Window(theme, Fittings(mode, PANELS, "gallery", "gallery"))
    window.take_board(board)
    if state != "loading":
        window.furnish(CannedDesk(mode), reports)
    return window


def pictures(theme: Theme, panel: str, state: str, out: Path, size: QSize) -> Iterator[Path]:
    """Draw what was asked for into `out`, dark and light, and yield the files."""
    out.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[str], PanelHost | Window]] = {kind.key: partial(host_in, kind) for kind in PANELS}
    makers["window"] = lambda st: window_in(st, theme)
    for name in makers if panel == "all" else (panel,):
        for shown in STATES if state == "all" else (state,):
            if name == "window" and shown == "error":
                continue  # a window has no error of its own: each panel has
            for look in ("dark", "light"):
                theme.wish(name=look)
                made = makers[name](shown)
                if name == "window":
                    made.resize(size)
                made.show()
                settle()
                redress(made, theme.tokens)
                settle(SKELETON_TURNS if shown == "loading" else 12)
                yield snapshot(made, out / f"{name}-{shown}-{look}-{made.width()}.png")
                made.close()
                made.deleteLater()
                settle(2)


def main() -> None:
    """Show or draw what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m cockpit.ui.gallery", description=__doc__)
    parser.add_argument("panel", nargs="?", default="window", choices=["all", "window", *(k.key for k in PANELS)])
    parser.add_argument("state", nargs="?", default="live", choices=["all", *STATES])
    parser.add_argument("--png", type=Path, help="folder for PNG files; without it the panel is shown on screen")
    parser.add_argument("--size", default="1920x1080", help="size of the window, WIDTHxHEIGHT")
    wish = parser.parse_args()
    if wish.png is not None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from cockpit.ui.shell import application

    app = application()
    theme = Theme(app)
    theme.apply()
    if wish.png is not None:
        wide, _, tall = wish.size.partition("x")
        for path in pictures(theme, wish.panel, wish.state, wish.png, QSize(int(wide), int(tall))):
            sys.stdout.write(f"{path}\n")
        return
    import qasync

    with qasync.QEventLoop(app) as loop:
        asyncio.set_event_loop(loop)
        kinds = {kind.key: kind for kind in PANELS}
        shown = window_in(wish.state, theme) if wish.panel == "window" else host_in(kinds[wish.panel], wish.state)
        redress(shown, theme.tokens)
        shown.show()
        app.setQuitOnLastWindowClosed(True)
        loop.run_forever()


if __name__ == "__main__":
    main()
