"""What floats over the window: palette, halt and release, a status item's story, the keys, and toasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from cockpit.facts import Halt, JournalFact
from cockpit.ui.actions import Actions
from cockpit.ui.board import Board
from cockpit.ui.halt_card import HaltCard, ReleaseCard
from cockpit.ui.news import Grade, line_of
from cockpit.ui.palette import Palette, symbols_of
from cockpit.ui.sheet_card import ShortcutCard
from cockpit.ui.status_card import StatusCard
from cockpit.widgets.toast import Note, ToastRack

TOAST_LIFT: Final = 250  # above the blotter, and never over the risk panel or HALT
_TONES: Final = {"note": "info", "good": "ok", "warn": "warn", "alarm": "danger"}


class Cards:
    """Hold every card of one window, hidden until it is asked for, and its rack of toasts."""

    def __init__(self, window: QWidget, actions: Actions, open_symbol: Callable[[int], None]) -> None:
        self.palette = Palette(window, actions, open_symbol)
        self.halt = HaltCard(window)
        self.release = ReleaseCard(window)
        self.status = StatusCard(window)
        self.shortcuts = ShortcutCard(window, actions)
        self.toasts = ToastRack(window, lift=TOAST_LIFT)

    def ask_palette(self, board: Board, query: str = "") -> None:
        """Open the palette on the names of the board's day."""
        self.palette.ask(symbols_of(board.day), query)

    def ask_halt(self, board: Board) -> None:
        """Open the halt card, or the release card when trading is halted already."""
        if board.halt is Halt.NONE:
            self.halt.ask(board)
        else:
            self.release.ask(board)

    def say(self, grade: str, words: str) -> None:
        """Show a toast."""
        self.toasts.show_note(Note(words, words, _TONES[grade]))

    def toast_news(self, news: tuple[JournalFact, ...]) -> None:
        """Show as toasts what is worth a warning among facts of the journal."""
        for fact in news:
            line = line_of(fact)
            if line is not None and line.grade in (Grade.WARN, Grade.ALARM):
                self.toasts.show_note(Note(line.topic, line.words, _TONES[line.grade]))
