"""The top bar: where you are, whose money it is, how the day stands, and HALT ALL, always in reach.

It is on screen before any fact is known: what its figures say of a board is worked out in `day_figures`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from cockpit.ui.icons import icon
from cockpit.ui.theme import IconButton, Words
from cockpit.widgets.badge import Mode, ModeBadge
from cockpit.widgets.card import Figure
from cockpit.widgets.tokens import DARK, Tokens, Type

WORKSPACES: Final = ("Scan", "Trade", "Research", "Review")
HEIGHT: Final = 50
LOGO_PX: Final = 22
NARROW: Final = 1500
TIGHT: Final = 1400
MISSING: Final = "—"
NOT_MEASURED: Final = "not measured yet"
NO_REGIME: Final = "Regime: the scan of this day was made without brains. Nothing is assumed in its place."
NO_INDEX: Final = "No index price yet."
NO_ACCOUNT: Final = "No account is open yet."

_MODES: Final = {
    Mode.PRACTICE: "Practice: made-up market, paper money. Nothing here touches a broker.",
    Mode.REPLAY: "Replay: a recorded day, paper money. Nothing here touches a broker.",
    Mode.PAPER: "Paper: live prices, paper money. No order leaves this machine.",
    Mode.LIVE: "LIVE: real orders, real money.",
}


class TopBar(QWidget):
    """The bar itself; wishes out by signal, figures in by `show_figure`; a new one shows what an empty board would."""

    workspace_wanted = Signal(str)
    palette_wanted = Signal()
    halt_wanted = Signal()
    theme_wanted = Signal()
    alerts_wanted = Signal()
    menu_wanted = Signal()

    def __init__(self, mode: Mode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode, self.tokens, self._halted = mode, DARK, False
        self.setObjectName("topbar")
        self.setAccessibleName("Top bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(14, 0, 12, 0)
        self.row.setSpacing(4)
        self._left()
        self._right()

    def _left(self) -> None:
        self.logo = QToolButton(self)
        self.logo.setIconSize(QSize(LOGO_PX, LOGO_PX))
        self.logo.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.logo.setAccessibleName("Cockpit")
        self.row.addWidget(self.logo)
        self.name = Words("Cockpit", Type.TITLE, "hi", self)
        self.row.addWidget(self.name)
        self.row.addSpacing(8)
        self.tabs: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        for nth, name in enumerate(WORKSPACES, 1):
            tab = QToolButton(self)
            tab.setText(name)
            tab.setObjectName("workspace")
            tab.setCheckable(True)
            tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            tab.setAccessibleName(f"Workspace {name}")
            tab.setToolTip(f"{name}  Ctrl+{nth}")
            tab.clicked.connect(lambda _=False, chosen=name: self.workspace_wanted.emit(chosen))
            group.addButton(tab)
            self.tabs[name] = tab
            self.row.addWidget(tab)
        self.row.addSpacing(14)
        self.search = QToolButton(self)
        self.search.setObjectName("searchbutton")
        self.search.setText("  Search symbol or command…     Ctrl+K")
        self.search.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.search.setFixedHeight(30)
        self.search.setMinimumWidth(130)
        self.search.setMaximumWidth(340)
        self.search.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.search.setAccessibleName("Search symbol or run a command")
        self.search.setToolTip("Search symbol or run a command  Ctrl+K")
        self.search.clicked.connect(self.palette_wanted)
        self.row.addWidget(self.search, 4)
        self.row.addStretch(1)

    def _right(self) -> None:
        self.badge = ModeBadge(self.mode, self)
        self.badge.setToolTip(_MODES[self.mode])
        self.regime, self.index = Figure("Regime", self), Figure("NIFTY 50", self)
        self.day, self.equity = Figure("Day P&L", self), Figure("Equity", self)
        show_figure(self.regime, NOT_MEASURED, "faint", NO_REGIME)
        show_figure(self.index, MISSING, "faint", NO_INDEX)
        for stat in (self.day, self.equity):
            show_figure(stat, MISSING, "faint", NO_ACCOUNT)
        self.row.addWidget(self.badge)
        for stat in (self.regime, self.index, self.day, self.equity):
            self.row.addSpacing(8)
            self.row.addWidget(stat)
        self.row.addSpacing(10)
        self.bell = IconButton("bell-outline", "Alerts and log", self)
        self.look = IconButton("theme-light-dark", "Dark or light", self)
        self.gear = IconButton("cog-outline", "View and settings", self)
        for button, signal in (
            (self.bell, self.alerts_wanted),
            (self.look, self.theme_wanted),
            (self.gear, self.menu_wanted),
        ):
            button.clicked.connect(signal)
            self.row.addWidget(button)
        self.row.addSpacing(8)
        self.halt = QToolButton(self)
        self.halt.setObjectName("halt")
        self.halt.setText("HALT ALL")
        self.halt.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.halt.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.halt.setMinimumHeight(36)
        self.halt.clicked.connect(self.halt_wanted)
        self.show_halt("", "")
        self.row.addWidget(self.halt)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        self.logo.setIcon(icon("radar", tokens.accent, px=LOGO_PX))
        self.search.setIcon(icon("magnify", tokens.dim))
        self._ink_halt()

    def show_workspace(self, name: str) -> None:
        """Mark the workspace now shown."""
        self.tabs[name].setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width()
        self.search.setText("  Search symbol or command…     Ctrl+K" if wide >= NARROW else "  Search…   Ctrl+K")
        for part in (self.regime, self.name):
            part.setVisible(wide >= TIGHT)

    def show_halt(self, told: str, by: str) -> None:
        """Say on the button how far trading is halted and by whom; with nothing `told` it is not halted."""
        halted = bool(told)
        words = f"HALTED · {by}" if halted and by and self.width() >= NARROW else "HALTED" if halted else "HALT ALL"
        tip = (
            f"{told} By {by or 'an earlier run'}. Press to review and release."
            if halted
            else ("Stop trading: opens the halt card  Ctrl+Shift+X")
        )
        if self.halt.text() != words or self.halt.toolTip() != tip:
            self.halt.setText(words)
            self.halt.setToolTip(tip)
            self.halt.setAccessibleName("Trading is halted: review and release" if halted else "Halt all trading")
            self._redden(halted)

    def _redden(self, halted: bool) -> None:
        if self._halted is halted:
            return
        self._halted = halted
        self.halt.setProperty("halted", "true" if halted else "false")
        self.halt.style().unpolish(self.halt)
        self.halt.style().polish(self.halt)
        self._ink_halt()

    def _ink_halt(self) -> None:
        ink = self.tokens.ink_on(self.tokens.danger) if self._halted else self.tokens.danger
        self.halt.setIcon(icon("octagon" if self._halted else "octagon-outline", ink))


def show_figure(figure: Figure, words: str, tone: str, told: str, *, stale: bool = False) -> None:
    """Show a figure of the bar; `told` says on its tooltip when it was true, or why it is missing."""
    figure.show_value(words, tone, stale=stale)
    figure.setToolTip(told)
