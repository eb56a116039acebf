"""The command palette: every symbol and every action by a few letters, with its key, and why it is not possible now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from cockpit.market import TradingDay
from cockpit.ui.actions import Action, Actions
from cockpit.ui.fuzzy import best
from cockpit.ui.overlay import Overlay
from cockpit.ui.theme import Words
from cockpit.widgets.paint import LEFT, RIGHT, colour, pill, text
from cockpit.widgets.tokens import DARK, Tokens, Type

Index = QModelIndex | QPersistentModelIndex
ROW: Final = 34
HEAD: Final = 24
SYMBOLS: Final = 8
COMMANDS: Final = 9


@dataclass(frozen=True, slots=True)
class SymbolEntry:
    """One name the palette can open."""

    token: int
    symbol: str
    note: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: a heading (`head`), or something to run. `why` says why it is not possible."""

    words: str
    note: str = ""
    right: str = ""
    why: str = ""
    head: bool = False
    run: Callable[[], None] | None = None


def symbols_of(day: TradingDay | None) -> list[SymbolEntry]:
    """Answer what can be opened: the names watched today."""
    names = () if day is None else day.instruments
    return [SymbolEntry(i.token, i.symbol, f"{i.exchange} · {i.series.value}") for i in names]


def entries(
    query: str, symbols: Sequence[SymbolEntry], actions: Actions, open_symbol: Callable[[int], None]
) -> list[Entry]:
    """Answer what the palette lists for `query`: names first, then commands, each under its heading."""
    found: list[Entry] = []
    names = best(query, symbols, lambda s: s.symbol, SYMBOLS if query else 5)
    if names:
        found.append(Entry("SYMBOLS", head=True))
        found += [Entry(s.symbol, s.note, "⏎ chart", run=partial(open_symbol, s.token)) for s in names]
    commands = best(query, list(actions), lambda a: f"{a.text} {a.keywords}", COMMANDS)
    if commands:
        found.append(Entry("COMMANDS", head=True))
        found += [_command(action) for action in commands]
    return found


def _command(action: Action) -> Entry:
    why = action.why_not()
    return Entry(action.text, why, action.key, why=why, run=None if why else action.run)


class EntryList(QAbstractListModel):
    """The lines now listed."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []

    def show_entries(self, listed: list[Entry]) -> None:
        """List these lines."""
        self.beginResetModel()
        self.entries = listed
        self.endResetModel()

    def rowCount(self, parent: Any = None) -> int:
        return len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Answer the words, or the whole entry for the delegate."""
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.words}, {entry.note} {entry.right}".strip(", ")
        if role == Qt.ItemDataRole.UserRole:
            return entry
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let headings be neither chosen nor run."""
        entry = self.entries[index.row()]
        return Qt.ItemFlag.NoItemFlags if entry.head else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class EntryDelegate(QStyledItemDelegate):
    """Draw one line: words, note and key."""

    tokens: Tokens = DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, HEAD if index.data(Qt.ItemDataRole.UserRole).head else ROW)

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """Draw one line."""
        entry: Entry = index.data(Qt.ItemDataRole.UserRole)
        rect, tokens = QRectF(option.rect), self.tokens
        if entry.head:
            text(painter, rect.adjusted(16, 6, 0, 0), entry.words, (tokens, Type.TAG), tokens.faint, LEFT)
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            pill(painter, rect.adjusted(6, 1, -6, -1), colour(tokens.sel), 6)
        ink = tokens.faint if entry.why else tokens.hi
        text(painter, rect.adjusted(18, 0, -rect.width() * 0.58, 0), entry.words, (tokens, Type.NUMBER), ink, LEFT)
        middle = rect.adjusted(rect.width() * 0.42, 0, -110, 0)
        text(painter, middle, entry.note, (tokens, Type.LABEL), tokens.warn if entry.why else tokens.dim, LEFT)
        right = tokens.accent if chosen and not entry.why else tokens.dim
        text(painter, rect.adjusted(0, 0, -18, 0), entry.right, (tokens, Type.TAG), right, RIGHT)


class PaletteCard(QFrame):
    """The card: a line to type in and the list under it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.line, self.list, self.model = QLineEdit(self), QListView(self), EntryList()
        self.count = Words("", Type.LABEL, "dim", self)
        self.delegate = EntryDelegate(self.list)
        self.line.setPlaceholderText("Search symbol or run a command…")
        self.line.setAccessibleName("Search symbol or command")
        self.list.setAccessibleName("Found symbols and commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setModel(self.model)
        self.list.setItemDelegate(self.delegate)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        column, head = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(2, 10, 2, 10)
        head.setContentsMargins(12, 0, 16, 4)
        head.addWidget(self.line, 1)
        head.addWidget(self.count)
        column.addLayout(head)
        column.addWidget(self.list)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.delegate.tokens = tokens
        self.list.viewport().update()


class Palette(Overlay):
    """Open with `ask`; Up and Down choose, Enter runs, Esc closes."""

    refused = Signal(str)

    def __init__(self, window: QWidget, actions: Actions, open_symbol: Callable[[int], None]) -> None:
        self.face = PaletteCard()
        super().__init__(window, self.face)
        self._actions, self._open_symbol = actions, open_symbol
        self._symbols: Sequence[SymbolEntry] = ()
        self.face.line.textChanged.connect(self._list)
        self.face.line.installEventFilter(self)
        self.face.list.clicked.connect(lambda index: self._run(index.row()))

    def ask(self, symbols: Sequence[SymbolEntry], query: str = "") -> None:
        """Open with these symbols, `query` already typed."""
        self._symbols = symbols
        self.face.count.say(f"{len(symbols)} symbols · {len(list(self._actions))} commands")
        self.face.line.setText(query)
        self._list(query)
        self.open()
        self.face.line.setFocus()

    def _list(self, query: str) -> None:
        listed = entries(query, self._symbols, self._actions, self._open_symbol)
        self.face.model.show_entries(listed or [Entry(f"Nothing here is called “{query}”", "try fewer letters")])
        tall = sum(HEAD if e.head else ROW for e in listed) or ROW
        self.face.list.setFixedHeight(min(tall + 8, 460))
        self._choose(0, 1)

    def _choose(self, row: int, step: int) -> None:
        listed = self.face.model.entries
        while 0 <= row < len(listed) and listed[row].head:
            row += step
        if 0 <= row < len(listed):
            index = self.face.model.index(row, 0)
            self.face.list.setCurrentIndex(index)
            self.face.list.scrollTo(index)

    def _run(self, row: int) -> None:
        listed = self.face.model.entries
        if not 0 <= row < len(listed) or listed[row].head:
            return
        entry = listed[row]
        if entry.why:
            self.refused.emit(f"{entry.words}: {entry.why}")
            return
        self.close_card()
        if entry.run is not None:
            entry.run()

    def eventFilter(self, watched: Any, event: Any) -> bool:
        if watched is self.face.line and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            row = self.face.list.currentIndex().row()
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self._choose(row + step, step)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(row)
                return True
        return super().eventFilter(watched, event)
