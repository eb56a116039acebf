"""The shell: the application and its window as they are before a day exists, made without the loop or the engine.

It is what a trader sees first, so nothing is imported here that the first paint does not need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QSettings
from PySide6.QtWidgets import QApplication

from cockpit.ui.theme import IN_FUSION, Theme, load_fonts
from cockpit.ui.window import Fittings, Window

if TYPE_CHECKING:
    from pathlib import Path

    from cockpit.ui.berth import PanelKind

Application = QApplication
"""The application by a name that the roof may say, which may not import Qt."""


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """What the roof says about the window."""

    mode: str
    """Whose money it is, by the name of its `Mode`."""
    panels: tuple[PanelKind, ...]
    build: str
    operator: str
    """Who halts and releases, for the ledger."""
    home: Path | None = None
    """Where layout and look are remembered; None remembers nothing."""
    fonts: Path | None = None


@dataclass(frozen=True, slots=True)
class Shell:
    """A window that is ready to be shown, and what it was made of; it has no board yet."""

    app: QApplication
    theme: Theme
    window: Window

    def paint(self) -> None:
        """Show the window and let it be painted; keys and clicks wait until there is somebody to answer them."""
        self.window.show()
        self.app.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)


def made_shell(options: WindowOptions) -> Shell:
    """Build the window and dress the application; it is not shown yet."""
    app = application(options.fonts)
    store = None
    if options.home is not None:
        store = QSettings(str(options.home / "window.ini"), QSettings.Format.IniFormat)
    theme = Theme(app, store)
    theme.prime()
    window = Window(theme, Fittings(options.mode, options.panels, options.operator, options.build, store))
    theme.lay_sheet()  # after the window: it would be worked out anew for every widget that changes its parent
    return Shell(app, theme, window)


def application(fonts: Path | None = None) -> QApplication:
    """Answer the one application, made if there is none."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        app = found
    else:
        app = QApplication(["cockpit", "-style", "Fusion"])
        app.setProperty(IN_FUSION, True)
    app.setApplicationName("Cockpit")
    app.setQuitOnLastWindowClosed(False)  # the session ends the loop, after the engine has been put away
    if fonts is not None:
        load_fonts(fonts)
    return app
