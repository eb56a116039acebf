"""Pictures of the Trade workspace, drawn without a screen: what a headless day leaves beside its report."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QSize, QThread
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from cockpit.errors import CockpitError
from cockpit.ports import Desk, Reports
from cockpit.ui.berth import PanelKind
from cockpit.ui.board import Board

FULL_HD: Final = QSize(1920, 1080)
SETTLE: Final = 12
"""Turns of the event loop after which layout, docks and painting have come to rest."""


async def picture_day(
    board: Board,
    desk: Desk,
    reports: Reports,
    panels: tuple[PanelKind, ...],
    out: Path,
    name: str,
    size: QSize = FULL_HD,
    themes: Iterable[str] = ("dark", "light"),
) -> list[Path]:
    """Draw the Trade workspace as the board has it, once per theme, and answer the files `out/name-theme.png`.

    The board should have listened to the day's bus (`Board.listen`); one that has not shows what reports alone know.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from cockpit.ui.shell import application
    from cockpit.ui.theme import Theme
    from cockpit.ui.window import Fittings, Window

    theme = Theme(application())
    theme.apply()
    _choose_name(board, reports)
    out.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - one folder, after the day
    window = Window(theme, Fittings(desk.mode, panels, "picture", "headless"))
    window.take_board(board)
    try:
        window.resize(size)
        window.show()
        settle()
        window.furnish(desk, reports)
        written = []
        for look in themes:
            theme.wish(name=look)
            settle()
            written.append(snapshot(window, out / f"{name}-{look}.png"))
        return written
    finally:
        window.close()
        window.deleteLater()
        settle()


def _choose_name(board: Board, reports: Reports) -> None:
    """Open the name that has the most to show: of what is held, the one the scan ranks first; else the newest fill."""
    day = reports.day()
    if day is not None and board.day is None:
        board.open_day(day, reports.last_prices())
    fills, held = reports.fills(), reports.account().positions.values()
    if held:
        scan = reports.scan()
        ranks = {pick.token: pick.rank for pick in scan.picks} if scan is not None else {}
        board.select(min(held, key=lambda p: (ranks.get(p.token, len(ranks) + 1), p.token)).token)
    elif fills:
        board.select(fills[-1].token)


def settle(turns: int = SETTLE) -> None:
    """Let Qt lay out and paint; only for pictures and tests, where no other loop is running in Qt."""
    for _ in range(turns):
        QThread.msleep(5)  # timers of the widgets count in real time, and nobody else is waiting here
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def snapshot(window: QWidget, path: Path, size: QSize | None = None) -> Path:
    """Draw a window into a PNG file and answer its path.

    Errors: CockpitError when the file cannot be written.
    """
    if size is not None:
        window.resize(size)
        settle()
    picture: QPixmap = window.grab()
    if not picture.save(str(path), "PNG"):
        raise CockpitError(f"picture {path} could not be written", remedy="Choose a folder that can be written to.")
    return path
