"""The window: bars, docks and overlays put together from a roster of panels; it holds no panel's knowledge.

It paints before a day exists (every dock says loading) and is furnished once with `(desk, reports)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cockpit.facts import Halt
from cockpit.orders import Mode
from cockpit.ports import Desk, Reports
from cockpit.ui.actions import Actions
from cockpit.ui.alert_strip import AlertStrip, alert_of
from cockpit.ui.board import Beat, Board
from cockpit.ui.bridge import Frame
from cockpit.ui.commands import register, take_offers
from cockpit.ui.dock_walk import DockWalk
from cockpit.ui.docks import DockHost
from cockpit.ui.errands import Errands
from cockpit.ui.halt_card import HaltCard, ReleaseCard
from cockpit.ui.host import PanelHost
from cockpit.ui.news import Grade, line_of
from cockpit.ui.palette import Palette, symbols_of
from cockpit.ui.panel import PanelKind
from cockpit.ui.sheet_card import ShortcutCard
from cockpit.ui.status_bar import StatusBar, StatusCard
from cockpit.ui.theme import Theme, redress
from cockpit.ui.topbar import TopBar
from cockpit.ui.workspace import ABSENT, AbsentWorkspace
from cockpit.widgets.toast import Note, ToastRack
from cockpit.widgets.tokens import Tokens

SMALLEST: Final = QSize(1280, 720)
USUAL: Final = QSize(1600, 900)
TOAST_LIFT: Final = 250  # above the blotter, and never over the risk panel or HALT
_TONES: Final = {"note": "info", "good": "ok", "warn": "warn", "alarm": "danger"}


@dataclass(frozen=True, slots=True)
class Fittings:
    """What a window is made from: whose money, which panels, who sits there, and where it remembers."""

    mode: Mode
    panels: tuple[PanelKind, ...]
    operator: str
    build: str
    store: QSettings | None = None
    """None remembers nothing, for pictures and tests."""


class Window(QWidget):
    """Show the Trade workspace. Everything that trades goes through the desk it was furnished with."""

    closing = Signal()

    def __init__(self, board: Board, theme: Theme, fittings: Fittings) -> None:
        super().__init__()
        self.board, self.theme, self.fittings = board, theme, fittings
        board.operator = fittings.operator
        self.desk: Desk | None = None
        self.reports: Reports | None = None
        self.actions_all = Actions()
        self.errands = Errands(self.say)
        self.setObjectName("shell")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(f"Cockpit · {fittings.mode.value}")
        self.setAccessibleName("Cockpit")
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL.boundedTo(self.screen().availableSize()))
        self._build_frame()
        self._build_docks()
        self._build_overlays()
        register(self)
        self.actions_all.bind(self, self.warn)
        redress(self, theme.tokens)
        self.show_figures()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def _build_frame(self) -> None:
        self.topbar = TopBar(self.fittings.mode, self)
        self.strip = AlertStrip(self)
        self.stack = QStackedWidget(self)
        self.status = StatusBar(self.fittings.build, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.topbar, self.strip):
            column.addWidget(part)
        column.addWidget(self.stack, 1)
        column.addWidget(self.status)
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
        self.walk = DockWalk(self.theme.app, self.docks, self.hosts)
        self.stack.addWidget(self.docks)
        self.pages = {"Trade": 0}
        for name in ABSENT:
            self.pages[name] = self.stack.addWidget(AbsentWorkspace(name, self))
        self.topbar.show_workspace("Trade")

    def _build_overlays(self) -> None:
        self.palette_card = Palette(self, self.actions_all, self.open_symbol)
        self.halt_card = HaltCard(self)
        self.release_card = ReleaseCard(self)
        self.status_card = StatusCard(self)
        self.shortcuts = ShortcutCard(self, self.actions_all)
        self.toasts = ToastRack(self, lift=TOAST_LIFT)
        self.palette_card.refused.connect(self.warn)
        self.halt_card.confirmed.connect(self._halt)
        self.release_card.confirmed.connect(self._release)
        self.status.card_wanted.connect(self.status_card.show_item)

    # -- the day -----------------------------------------------------------------------------------

    def furnish(self, desk: Desk, reports: Reports) -> None:
        """Give every panel its day, all at once."""
        for _ in self.furnishing(desk, reports):
            pass

    def furnishing(self, desk: Desk, reports: Reports) -> Iterator[str]:
        """Give every panel its day, one for each step; between two steps the loop may turn."""
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
        if frame.has(Beat) or frame.news:
            self.show_figures()
        self._toast_news(frame)

    def show_figures(self) -> None:
        """Draw the bars anew from the board."""
        self.topbar.show_board(self.board)
        self.strip.show_alert(alert_of(self.board))
        self.status.show_board(self.board)

    def _toast_news(self, frame: Frame) -> None:
        for fact in frame.news:
            line = line_of(fact)
            if line is not None and line.grade in (Grade.WARN, Grade.ALARM):
                self.toasts.show_note(Note(line.topic, line.words, _TONES[line.grade]))

    def run_action(self, name: str) -> None:
        """Run an action by its id; say why where it is not possible now."""
        why = self.actions_all.run(name)
        if why:
            self.say("warn", f"{self.actions_all[name].text}: {why}")

    def say(self, grade: str, words: str) -> None:
        """Show a toast."""
        self.toasts.show_note(Note(words, words, _TONES[grade]))

    def warn(self, words: str) -> None:
        """Show a warning: what was asked for is not possible now."""
        self.say("warn", words)

    def open_symbol(self, token: int) -> None:
        """Open a name in the linked chart, wherever it was named."""
        self.show_workspace("Trade")
        self.board.select(token)
        if "chart" in self.hosts:
            self.docks.show_dock("chart")

    def ask_palette(self, query: str = "") -> None:
        """Open the palette."""
        self.palette_card.ask(symbols_of(self.board.day), query)

    def show_workspace(self, name: str) -> None:
        """Go to a workspace; those that are not built say what will live there."""
        self.stack.setCurrentIndex(self.pages[name])
        self.topbar.show_workspace(name)

    def ask_halt(self) -> None:
        """Open the halt card, or the release card when trading is halted already at its highest."""
        if self.board.halt is Halt.NONE:
            self.halt_card.ask(self.board)
        else:
            self.release_card.ask(self.board)

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
        self.toasts.set_tokens(tokens)
