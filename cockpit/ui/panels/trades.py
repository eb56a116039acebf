"""Paper trades: positions, orders, fills and signals of the day, gross and net side by side, totals pinned above."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QHeaderView, QMenu, QStackedWidget, QWidget

from cockpit.facts import (
    AccountMarked,
    FillBooked,
    IntentMade,
    IntentRefused,
    IntentWithdrawn,
    OrderChanged,
    OrderPlaced,
)
from cockpit.money import rupees
from cockpit.ui import blotter
from cockpit.ui.actions import Action
from cockpit.ui.berth import Place
from cockpit.ui.board import Beat
from cockpit.ui.bridge import CHART_MS, UNFOCUSED_MS, Frame, hears
from cockpit.ui.exit_bar import ExitBar
from cockpit.ui.formats import MISSING
from cockpit.ui.panel import Panel
from cockpit.ui.theme import IconButton, Words
from cockpit.ui.trade_columns import (
    FILLS,
    ORDERS,
    POSITIONS,
    SIGNALS,
    TRADES,
    fill_cells,
    order_cells,
    position_cells,
    signal_cells,
    trade_cells,
)
from cockpit.widgets.button import Button, Tone
from cockpit.widgets.segmented import Choice, Segmented
from cockpit.widgets.states import StateCover
from cockpit.widgets.table import FastTable
from cockpit.widgets.tokens import Type

WIDE: Final = 860
"""Below this width only the net sum is pinned; the others open with the costs."""
NAME_WIDTH: Final = 88
SCROLL_WIDTH: Final = 10
GIVE_WAY: Final = ("rule", "gross", "target", "stop", "age", "entry")
"""The columns of the positions that give way in a narrow panel, the first first: the chart has the levels, and what a
position has earned after costs is seen at any width."""
TABS: Final = ("positions", "orders", "fills", "signals", "closed")
_COLUMNS: Final = {"positions": POSITIONS, "orders": ORDERS, "fills": FILLS, "signals": SIGNALS, "closed": TRADES}
_EMPTY: Final = {
    "positions": "No position is open.",
    "orders": "No order yet today.",
    "fills": "No fill yet today.",
    "signals": "No rule has wanted anything yet today.",
    "closed": "No trade has closed yet today.",
}


class TradesPanel(Panel):
    """Show what the day's rules wanted, what was sent, what happened, and what it is worth after every charge."""

    key: ClassVar[str] = "trades"
    title: ClassVar[str] = "Paper trades"
    place: ClassVar[Place] = Place.BELOW
    icon: ClassVar[str] = "swap-vertical"

    def lay_out(self) -> None:
        """Build tabs, totals and one table a tab."""
        self.tabs = Segmented([Choice(tab, tab.title()) for tab in TABS], self, name="Paper trades: which list")
        self.tabs.chosen.connect(self.show_tab)
        self.open_sum = Words("", Type.NUMBER, "hi", self)
        self.closed_sum, self.net_sum = Words("", Type.NUMBER, "hi", self), Words("", Type.NUMBER, "hi", self)
        self.costs = Button("Costs", self, tone=Tone.QUIET)
        self.costs.setToolTip("Open every line of the charges")
        self.costs.clicked.connect(self.show_costs)
        self.export = IconButton("tray-arrow-down", "Export this list as CSV  Ctrl+Shift+E", self)
        self.export.clicked.connect(self.export_csv)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 5, 8, 3)
        bar.setSpacing(4)
        bar.addWidget(self.tabs)
        bar.addStretch(1)
        self.wide_only: list[QWidget] = []
        for label, value in (("Open", self.open_sum), ("Realised", self.closed_sum), ("Net", self.net_sum)):
            name = Words(label, parent=self)
            bar.addWidget(name)
            bar.addWidget(value)
            bar.addSpacing(6)
            self.wide_only += [name, value] if value is not self.net_sum else []
        bar.addWidget(self.costs)
        bar.addWidget(self.export)
        self.column.addLayout(bar)
        self.stack = QStackedWidget(self)
        self.tables = {tab: self._table(tab) for tab in TABS}
        self.covers = {tab: StateCover(table) for tab, table in self.tables.items()}
        self.stack.setContentsMargins(6, 0, 4, 4)
        self.column.addWidget(self.stack, 1)
        self._listed: dict[str, Sequence[Any]] = {}
        self.exit_bar = ExitBar(self)
        self.exit_bar.confirmed.connect(self._exit)
        self.column.addWidget(self.exit_bar)

    def _table(self, tab: str) -> FastTable:
        table = FastTable(_COLUMNS[tab], self, name=f"Paper trades: {tab}")
        table.opened.connect(lambda key, tab=tab: self._open(tab, key))
        table.menu_wanted.connect(lambda key, at, tab=tab: self._menu(tab, key, at))
        self.stack.addWidget(table)
        return table

    # -- showing -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw every list again; a day that is over opens on what it closed."""
        self.show_positions_now()
        self.show_lists_now()
        if self.board.is_over and not self.reports.account().positions:
            self.show_tab("closed")

    @hears(AccountMarked, FillBooked, every_ms=CHART_MS)
    def show_positions(self, frame: Frame) -> None:
        """Move positions and totals."""
        self.show_positions_now()

    @hears(Beat, every_ms=1000)
    def show_ages(self, frame: Frame) -> None:
        """Grey what has gone stale, even when nothing else is told."""
        self.show_positions_now()

    @hears(FillBooked, OrderPlaced, OrderChanged, IntentMade, IntentRefused, IntentWithdrawn, every_ms=UNFOCUSED_MS)
    def show_lists(self, frame: Frame) -> None:
        """Draw orders, fills and signals again."""
        self.show_lists_now()

    def show_positions_now(self) -> None:
        """Draw the positions and the sums."""
        rows = blotter.position_rows(self.board, self.reports)
        self._show("positions", {row.key: position_cells(row) for row in rows}, keep=True)
        self.tables["positions"].set_stale({row.key for row in rows if row.freshness.is_doubtful})
        self._show_totals(blotter.totals(self.board, self.reports))

    def show_lists_now(self) -> None:
        """Draw the other lists."""
        orders, fills = blotter.order_rows(self.reports), blotter.fill_rows(self.reports)
        signals, trades = blotter.signal_rows(self.reports), blotter.trade_rows(self.reports)
        self._show("orders", {row.key: order_cells(row) for row in orders})
        self._show("fills", {"|".join(map(str, fill.key)): fill_cells(fill) for fill in fills})
        self._show("signals", {row.key: signal_cells(row) for row in signals})
        self._show("closed", {f"{t.intent_id} {t.closed_ts}": trade_cells(t) for t in trades})
        self._listed = {"orders": orders, "fills": fills, "signals": signals, "closed": trades}

    def _show(self, tab: str, rows: dict[str, dict[str, Any]], *, keep: bool = False) -> None:
        table = self.tables[tab]
        if keep and list(rows) == table.rows.keys:
            table.put(rows)  # the same rows with new values: what changed glows
        else:
            table.fill(rows)
        self.tabs.set_words(tab, f"{tab.title()} {len(rows)}")
        if rows:
            self.covers[tab].ready()
        else:
            armed = sum(moved.armed for moved in self.board.strategies.values())
            waiting = f" {armed} strategies are armed." if tab in ("positions", "signals") and armed else ""
            self.covers[tab].empty(_EMPTY[tab] + waiting)

    def _show_totals(self, sums: blotter.Totals) -> None:
        grey = sums.is_doubtful
        self.open_sum.say(*_signed(sums.open_paise, grey=grey))
        self.closed_sum.say(*_signed(sums.realised_paise, grey=False))
        self.net_sum.say(*_signed(sums.net_paise, grey=grey))
        self.costs.setText(f"Costs {rupees(sums.charges.total)}")
        self.costs.updateGeometry()
        self._sums = sums

    def show_tab(self, tab: str) -> None:
        """Show one list."""
        self.stack.setCurrentWidget(self.tables[tab])
        self.tabs.choose(tab)

    def show_costs(self) -> None:
        """Open the charges line by line; the lines add up to the sum, slippage stands apart because prices hold it."""
        menu = QMenu(self)
        for word, amount in blotter.charge_lines(self._sums.charges):
            menu.addAction(f"{word}\t{rupees(amount)}")
        menu.addSeparator()
        menu.addAction(f"All charges\t{rupees(self._sums.charges.total)}")
        menu.addAction(f"Slippage, inside the prices\t{rupees(self._sums.slippage_paise)}")
        menu.popup(self.costs.mapToGlobal(QPoint(0, self.costs.height())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for part in self.wide_only:
            part.setVisible(event.size().width() >= WIDE)
        self._fit_positions(event.size().width())

    def _fit_positions(self, room: int) -> None:
        """Let what counts least give way until the rest fits, and the name take what is left."""
        table = self.tables["positions"]
        wide = {column.key: column.width for column in table.rows.columns} | {"symbol": NAME_WIDTH}
        left, hidden = room - SCROLL_WIDTH - sum(wide.values()), set[str]()
        for key in GIVE_WAY:
            if left < 0:
                hidden.add(key)
                left += wide[key]
        mode = QHeaderView.ResizeMode.Stretch if left >= 0 else QHeaderView.ResizeMode.Interactive
        table.horizontalHeader().setSectionResizeMode(0, mode)  # before hiding: Qt would keep a hidden column's room
        if left < 0:
            table.setColumnWidth(0, NAME_WIDTH)
        for nth, column in enumerate(table.rows.columns):
            table.setColumnHidden(nth, column.key in hidden)

    # -- doing -------------------------------------------------------------------------------------

    def _open(self, tab: str, key: str) -> None:
        symbol = self.tables[tab].rows.value(key, "symbol")
        token = next((i.token for i in self.board.day.instruments if i.symbol == symbol), 0) if self.board.day else 0
        self.board.select(token)

    def _menu(self, tab: str, key: str, at: QPoint) -> None:
        menu = QMenu(self)
        symbol = self.tables[tab].rows.value(key, "symbol")
        menu.addAction(f"Open {symbol} in the chart", lambda: self._open(tab, key))
        if tab == "positions":
            menu.addAction(f"Exit {symbol}…", lambda: self._ask_exit(key))
        menu.popup(at)

    def _ask_exit(self, key: str) -> None:
        rows = self.tables["positions"].rows
        self.exit_bar.ask(int(key), f"{rows.value(key, 'symbol')} {rows.value(key, 'quantity')}")

    def _exit(self, token: int, words: str) -> None:
        work = self.desk.flatten(token, self.board.operator, "closed from the blotter")
        self.errands.run(work, f"Exit of {words} sent", f"Exit of {words} did not work")

    def export_csv(self) -> None:
        """Ask where to write the list now shown."""
        tab = self.tabs.current
        rows: Sequence[Any] = self._listed[tab]
        if tab == "positions":
            rows = blotter.position_rows(self.board, self.reports)
        if not rows:
            self.said.emit("warn", f"Nothing to export: {_EMPTY[tab]}")
            return
        day = f"{self.board.day.session.day}" if self.board.day is not None else "day"
        dialog = QFileDialog(self, "Export as CSV", f"{tab}-{day}.csv", "CSV (*.csv)")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._write(path, blotter.as_csv(rows)))
        dialog.open()

    def _write(self, path: str, text: str) -> None:
        try:
            with open(path, "w", encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - the dialog gives a plain path
                file.write(text)
        except OSError as fault:
            self.said.emit("alarm", f"{path} could not be written: {fault.strerror}. Choose another folder.")
        else:
            self.said.emit("good", f"Written to {path}")

    def offers(self) -> Sequence[Action]:
        """Add the export and the lists to the palette."""
        lists = [Action(f"list {t}", f"Paper trades: {t}", partial(self.show_tab, t), keywords="blotter") for t in TABS]
        return [Action("export", "Export the list as CSV", self.export_csv, key="Ctrl+Shift+E"), *lists]

    def focus_first(self) -> None:
        """Take the keyboard in the list now shown."""
        self.tables[self.tabs.current].setFocus(Qt.FocusReason.TabFocusReason)


def _signed(amount: int | None, *, grey: bool) -> tuple[str, str]:
    if amount is None:
        return MISSING, "faint"
    return rupees(amount, sign=True), "faint" if grey else "up" if amount > 0 else "down" if amount < 0 else "hi"
