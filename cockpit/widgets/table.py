"""The fast table: rows by key, one signal per update, glow on change, an order that never jumps under the pointer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from cockpit.widgets.cells import CellDelegate
from cockpit.widgets.columns import Cell, Column
from cockpit.widgets.paint import colour, font, palette, pen
from cockpit.widgets.rows import RowsModel
from cockpit.widgets.table_head import TableHead, scroll_style
from cockpit.widgets.tokens import DARK, FLASH_MS, FOCUS_RING, Tokens, Type

RESORT_MS: Final = 5000
"""How often live values may change the order of rows."""


class FastTable(QTableView):
    """Show rows described by frozen columns. Give the rows by `arrange`, values by `put`; wishes come by signal."""

    current_changed = Signal(str)
    """The key of the row the keyboard or pointer chose."""
    opened = Signal(str)
    """Enter or double-click on a row."""
    opened_apart = Signal(str)
    """Ctrl+Enter: open beside what is open."""
    removal_wanted = Signal(str)
    menu_wanted = Signal(str, QPoint)
    """A row's menu, at a global point."""
    order_changed = Signal(str, bool)
    """The key of the column sorted by, and whether descending."""

    def __init__(
        self, columns: Sequence[Column], parent: QWidget | None = None, *, name: str, tokens: Tokens = DARK
    ) -> None:
        super().__init__(parent)
        self.rows = RowsModel(columns, tokens, self)
        self.tokens = tokens
        self.is_tall = any(column.cell is Cell.SYMBOL for column in columns)
        self._delegates = {
            i: CellDelegate(i, self.rows, tokens, self) for i, c in enumerate(self.rows.columns) if c.is_drawn
        }
        self._frozen = False
        self._fading, self._resort = QTimer(self), QTimer(self)
        self._fading.setInterval(FLASH_MS // 3)
        self._fading.timeout.connect(self._fade)
        self._resort.setInterval(RESORT_MS)
        self._resort.timeout.connect(self._resort_now)
        self.setAccessibleName(name)
        self._furnish()
        self.head = TableHead(self.rows.columns, tokens, self)
        self.setHorizontalHeader(self.head)
        self.setModel(self.rows)
        for nth, delegate in self._delegates.items():
            self.setItemDelegateForColumn(nth, delegate)
        self._head()
        self.set_tokens(tokens)
        self.selectionModel().currentRowChanged.connect(self._moved)

    # -- data in -----------------------------------------------------------------------------------------------------

    def arrange(self, keys: Sequence[str]) -> None:
        """Show exactly these rows; a chosen sort is kept. The row that was current stays current."""
        self.rows.arrange(keys)
        self._sort()

    def put(self, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Take new values by key and column: `{"RELIANCE": {"ltp": 141916}}`. Cells that changed glow.

        Errors: BadInput for a row or column that is not there.
        """
        changed = self.rows.put(values)
        if changed and self.tokens.motion:
            self.rows.glow(changed)
            if self.rows.glowing and not self._fading.isActive():
                self._fading.start()

    def fill(self, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Show exactly these rows with these values, without a glow: a new list is not a change."""
        self.rows.arrange(list(values))
        self.rows.put(values)
        self._sort()

    def set_stale(self, keys: Collection[str]) -> None:
        """Grey exactly these rows and keep their last values in view."""
        self.rows.set_grey(keys)

    def sort_by(self, column: str, *, descending: bool = True) -> None:
        """Sort by a column now, and again every five seconds while values move and no pointer is inside."""
        nth = self.rows.nth(column)
        self.rows.order_by(nth, descending=descending)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header = self.horizontalHeader()
        header.setSortIndicatorShown(True)
        header.setSortIndicator(nth, order)
        self._resort.start()
        self.order_changed.emit(column, descending)

    def set_current(self, key: str) -> None:
        """Make a row current and bring it into view; nothing happens for a key that is not shown."""
        row = self.rows.row_of(key)
        if row >= 0:
            self.setCurrentIndex(self.rows.index(row, 0))

    @property
    def current(self) -> str:
        """Answer the key of the current row; empty where there is none."""
        return self.rows.current

    @property
    def is_frozen(self) -> bool:
        """Tell whether the order stands still because the pointer is inside."""
        return self._frozen

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look and density."""
        self.tokens = tokens
        self.setPalette(palette(tokens))
        self.setFont(font(tokens, Type.BODY))
        self.head.set_tokens(tokens)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.setStyleSheet(scroll_style(tokens))
        row = tokens.density.tall_row if self.is_tall else tokens.density.row
        self.verticalHeader().setDefaultSectionSize(round(row * max(tokens.text_scale, 1.0)))
        for delegate in self._delegates.values():
            delegate.set_tokens(tokens)
        self.rows.set_tokens(tokens)
        self.viewport().update()

    # -- what the user does ------------------------------------------------------------------------------------------

    def enterEvent(self, event: QEnterEvent) -> None:
        self._frozen = True
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._frozen = False
        self.rows.point(hovered="")
        super().leaveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.rows.point(hovered=self._key(self.indexAt(event.position().toPoint())))
        super().mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current:
            apart = bool(held & Qt.KeyboardModifier.ControlModifier)
            (self.opened_apart if apart else self.opened).emit(self.current)
        elif key == Qt.Key.Key_Delete and self.current:
            self.removal_wanted.emit(self.current)
        elif key == Qt.Key.Key_Home and self.rows.keys:
            self.set_current(self.rows.keys[0])
        elif key == Qt.Key.Key_End and self.rows.keys:
            self.set_current(self.rows.keys[-1])
        elif event.text().isprintable() and event.text():
            event.ignore()  # letters, digits, space and slash belong to the panel
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        key = self._key(self.indexAt(event.pos())) or self.current
        if key:
            self.menu_wanted.emit(key, event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        try:
            self._paint_rules(painter)
        finally:
            painter.end()

    # -- within ------------------------------------------------------------------------------------------------------

    def _furnish(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # The current row is the selection: Qt's own highlight would paint over the colours of up and down.
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._key(index)))

    def _head(self) -> None:
        header = self.horizontalHeader()
        for nth, column in enumerate(self.rows.columns):
            self.setColumnWidth(nth, column.width)
            mode = QHeaderView.ResizeMode.Stretch if column.stretch else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(nth, mode)
        header.sectionClicked.connect(self._sort_clicked)

    def _sort_clicked(self, nth: int) -> None:
        column = self.rows.columns[nth]
        if self.rows.sorted_by is not None and self.rows.sorted_by[0] == nth:
            descending = not self.rows.sorted_by[1]
        else:
            descending = column.leans_right  # numbers from the largest, names from A
        self.sort_by(column.key, descending=descending)

    def _sort(self) -> None:
        if self.rows.sorted_by is not None:
            nth, descending = self.rows.sorted_by
            self.rows.order_by(nth, descending=descending)

    def _resort_now(self) -> None:
        if not self._frozen and self.isVisible():
            self._sort()

    def _fade(self) -> None:
        if not self.rows.fade():
            self._fading.stop()

    def _moved(self, index: QModelIndex) -> None:
        key = self._key(index)
        if key != self.rows.current:
            self.rows.point(current=key)
            self.current_changed.emit(key)

    def _key(self, index: QModelIndex) -> str:
        return self.rows.keys[index.row()] if index.isValid() else ""

    def _paint_rules(self, painter: QPainter) -> None:
        """Draw the hairline under every row in view, and the accent bar beside the current one."""
        wide, last = self.viewport().width(), len(self.rows.keys) - 1
        first = max(self.rowAt(0), 0)
        bottom = self.rowAt(self.viewport().height() - 1)
        painter.setPen(pen(self.tokens.grid))
        for row in range(first, (bottom if bottom >= 0 else last) + 1):
            y = self.rowViewportPosition(row) + self.rowHeight(row) - 1
            painter.drawLine(0, y, wide, y)
        row = self.rows.row_of(self.rows.current)
        if row >= 0:
            top = self.rowViewportPosition(row)
            painter.fillRect(0, top, FOCUS_RING, self.rowHeight(row), colour(self.tokens.accent))
            if self.hasFocus():
                painter.setPen(pen(self.tokens.accent))
                painter.drawRect(0, top, wide - 1, self.rowHeight(row) - 2)
