"""The window: bars, docks and overlays put together from a roster of panels; it holds no panel's knowledge.

It is painted before a fact is known (every dock says loading), takes a board with its cards, actions and keys behind
that first picture, and is furnished once with `(desk, reports)`. Only what the first picture needs is imported above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cockpit.ui.docks import DockHost
from cockpit.ui.errands import Errands
from cockpit.ui.host import PanelHost
from cockpit.ui.status_bar import StatusBar
from cockpit.ui.theme import Theme, redress
from cockpit.ui.topbar import TopBar
from cockpit.widgets.badge import Mode as Badge
from cockpit.widgets.tokens import Tokens

if TYPE_CHECKING:
    from cockpit.facts import Halt
    from cockpit.ports import Desk, Reports
    from cockpit.ui.berth import PanelKind
    from cockpit.ui.board import Board
    from cockpit.ui.bridge import Frame

SMALLEST: Final = QSize(1280, 720)
USUAL: Final = QSize(1600, 900)


@dataclass(frozen=True, slots=True)
class Fittings:
    """What a window is made from: whose money, which panels, who sits there, and where it remembers."""

    mode: str
    """Whose money it is, by the name of its `Mode`."""
    panels: tuple[PanelKind, ...]
    operator: str
    build: str
    store: QSettings | None = None
    """None remembers nothing, for pictures and tests."""


class Window(QWidget):
    """Show the Trade workspace. Everything that trades goes through the desk it was furnished with."""

    closing = Signal()

    def __init__(self, theme: Theme, fittings: Fittings) -> None:
        super().__init__()
        self.theme, self.fittings = theme, fittings
        self.desk: Desk | None = None
        self.reports: Reports | None = None
        self.errands = Errands(self.say)
        self._unsaid: list[tuple[str, str]] | None = []
        self.setObjectName("shell")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(f"Cockpit · {fittings.mode}")
        self.setAccessibleName("Cockpit")
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL.boundedTo(self.screen().availableSize()))
        self._build_frame()
        self._build_docks()
        for part in (self.topbar, self.status, *self.hosts.values()):
            redress(part, theme.tokens)
        self.docks.set_tokens(theme.tokens)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def _build_frame(self) -> None:
        self.topbar = TopBar(Badge(self.fittings.mode), self)
        self.stack = QStackedWidget(self)
        self.status = StatusBar(self.fittings.build, self)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(self.topbar)
        self.column.addWidget(self.stack, 1)
        self.column.addWidget(self.status)

    def _build_docks(self) -> None:
        self.docks = DockHost(self)
        self.hosts: dict[str, PanelHost] = {}
        for kind in self.fittings.panels:
            host = PanelHost(kind, self)
            host.said.connect(self.say)
            host.wanted.connect(self.run_action)
            self.hosts[kind.key] = host
            self.docks.add(kind.key, kind.title, host, kind.place, kind.icon)
        self.docks.settle()
        self.stack.addWidget(self.docks)
        self.topbar.show_workspace("Trade")

    # -- behind the first picture ------------------------------------------------------------------

    def take_board(self, board: Board) -> None:
        """Take what the screen knows by, and with it everything that the first picture does without."""
        from cockpit.ui.actions import Actions
        from cockpit.ui.alert_strip import AlertStrip
        from cockpit.ui.cards import Cards
        from cockpit.ui.commands import register
        from cockpit.ui.dock_walk import DockWalk
        from cockpit.ui.figures import Figures
        from cockpit.ui.workspace import ABSENT, AbsentWorkspace

        self.board, self.actions_all = board, Actions()
        board.operator = self.fittings.operator
        self.strip = AlertStrip(self)
        self.column.insertWidget(1, self.strip)
        self.setTabOrder(self.topbar.halt, self.strip)
        self.docks.name_tabs()
        self.walk = DockWalk(self.theme.app, self.docks, self.hosts)
        self.pages = {"Trade": 0}
        for name in ABSENT:
            self.pages[name] = self.stack.addWidget(AbsentWorkspace(name, self))
        self.cards = Cards(self, self.actions_all, self.open_symbol)
        self._figures = Figures(self.topbar, self.strip, self.status)
        self._connect()
        register(self)
        self.actions_all.bind(self, self.warn)
        redress(self, self.theme.tokens)
        self.show_figures()
        unsaid, self._unsaid = self._unsaid or [], None
        for grade, words in unsaid:
            self.say(grade, words)

    def _connect(self) -> None:
        self.topbar.workspace_wanted.connect(self.show_workspace)
        for signal, action in (
            (self.topbar.palette_wanted, "palette"),
            (self.topbar.halt_wanted, "halt"),
            (self.topbar.theme_wanted, "theme"),
            (self.topbar.alerts_wanted, "alerts"),
            (self.topbar.menu_wanted, "menu"),
            (self.strip.pressed, "alert"),
        ):
            signal.connect(lambda name=action: self.run_action(name))
        self.cards.palette.refused.connect(self.warn)
        self.cards.halt.confirmed.connect(self._halt)
        self.cards.release.confirmed.connect(self._release)
        self.status.card_wanted.connect(self.cards.status.show_item)

    # -- the day -----------------------------------------------------------------------------------

    def furnish(self, desk: Desk, reports: Reports) -> None:
        """Give every panel its day, all at once."""
        for _ in self.furnishing(desk, reports):
            pass

    def furnishing(self, desk: Desk, reports: Reports) -> Iterator[str]:
        """Give every panel its day, one for each step; between two steps the loop may turn."""
        from cockpit.ui.commands import take_offers

        self.desk, self.reports = desk, reports
        day = reports.day()
        if day is not None and day is not self.board.day:
            self.board.open_day(day, reports.last_prices())
        self.board.progress.clear()
        for key, host in self.hosts.items():
            host.furnish(self.board, desk, reports)
            yield key
        take_offers(self)
        self.show_figures()
        if self.hosts:
            next(iter(self.hosts.values())).focus_first()

    def hear(self, frame: Frame) -> None:
        """Take one frame: panels first, then bars and toasts."""
        for host in self.hosts.values():
            host.hear(frame)
        if frame.moves_figures:
            self.show_figures()
        self.cards.toast_news(frame.news)

    def show_figures(self) -> None:
        """Draw the bars anew from the board."""
        self._figures.show(self.board)

    def run_action(self, name: str) -> None:
        """Run an action by its id; say why where it is not possible now."""
        why = self.actions_all.run(name)
        if why:
            self.say("warn", f"{self.actions_all[name].text}: {why}")

    def say(self, grade: str, words: str) -> None:
        """Show a toast; what is said before there are any is shown when there are."""
        if self._unsaid is not None:
            self._unsaid.append((grade, words))
        else:
            self.cards.say(grade, words)

    def warn(self, words: str) -> None:
        """Show a warning: what was asked for is not possible now."""
        self.say("warn", words)

    def open_symbol(self, token: int) -> None:
        """Open a name in the linked chart, wherever it was named."""
        self.show_workspace("Trade")
        self.board.select(token)
        if "chart" in self.hosts:
            self.docks.show_dock("chart")

    def show_workspace(self, name: str) -> None:
        """Go to a workspace; those that are not built say what will live there."""
        self.stack.setCurrentIndex(self.pages[name])
        self.topbar.show_workspace(name)

    def _halt(self, level: Halt, reason: str) -> None:
        if self.desk is None:
            self.say("alarm", "There is no desk to halt: no day is running.")
            return
        self.errands.run(self.desk.halt(level, self.board.operator, reason), "", "HALT did not work")

    def _release(self, reason: str) -> None:
        if self.desk is not None:
            self.errands.run(self.desk.revive(self.board.operator, reason), "", "Release refused")

    def arrange_docks(self) -> None:
        """Bring back the kept layout, or share out the built-in one, once the window has its size."""
        self.docks.share_out(self.width(), self.height())
        self.docks.remember_built_in()
        why = self.docks.restore(self.fittings.store) if self.fittings.store is not None else ""
        if why:
            self.warn(why)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.setFocus()
            QTimer.singleShot(0, self, self.arrange_docks)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.fittings.store is not None:
            self.docks.save(self.fittings.store)
        self.closing.emit()
        super().closeEvent(event)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look: the toasts' rack is no widget and has to be told."""
        if self._unsaid is None:
            self.cards.toasts.set_tokens(tokens)
