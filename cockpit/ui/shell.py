"""The shell: the application and its window as they are before a day exists, made without the loop or the engine.

It is what a trader sees first, so nothing is imported here that the first paint does not need.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from cockpit.orders import Mode
from cockpit.ui.board import Board
from cockpit.ui.panel import PanelKind
from cockpit.ui.theme import Theme, load_fonts
from cockpit.ui.window import Fittings, Window

Application = QApplication
"""The application by a name that the roof may say, which may not import Qt."""


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """What the roof says about the window."""

    mode: Mode
    panels: tuple[PanelKind, ...]
    build: str
    operator: str
    """Who halts and releases, for the ledger."""
    home: Path | None = None
    """Where layout and look are remembered; None remembers nothing."""
    fonts: Path | None = None


@dataclass(frozen=True, slots=True)
class Shell:
    """A window that is ready to be shown, and what it was made of."""

    app: QApplication
    theme: Theme
    board: Board
    window: Window


def made_shell(options: WindowOptions) -> Shell:
    """Dress the application and build the window; it is not shown yet."""
    app = application(options.fonts)
    store = None
    if options.home is not None:
        store = QSettings(str(options.home / "window.ini"), QSettings.Format.IniFormat)
    theme, board = Theme(app, store), Board()
    theme.apply()
    fittings = Fittings(options.mode, options.panels, options.operator, options.build, store)
    return Shell(app, theme, board, Window(board, theme, fittings))


def application(fonts: Path | None = None) -> QApplication:
    """Answer the one application, made if there is none."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(["cockpit"])
    app.setApplicationName("Cockpit")
    app.setQuitOnLastWindowClosed(False)  # the session ends the loop, after the engine has been put away
    if fonts is not None:
        load_fonts(fonts)
    return app
