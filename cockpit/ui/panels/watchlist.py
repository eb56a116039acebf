"""The watchlist: every name of the day with price, change, day line and score; rows never jump under the pointer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from cockpit.clock import NS
from cockpit.facts import AccountMarked, BarClosed, IntentMade, IntentRefused, ScanPublished, TicksSeen
from cockpit.market import Instrument
from cockpit.money import price_text
from cockpit.ui.actions import Action
from cockpit.ui.berth import Place
from cockpit.ui.board import UNKNOWN_VOLUME, Beat, Freshness, NameSeen, SymbolChosen
from cockpit.ui.bridge import CHART_MS, Frame, hears
from cockpit.ui.formats import age_words
from cockpit.ui.panel import Panel
from cockpit.widgets.columns import Cell, Column, Spark, Symbol
from cockpit.widgets.segmented import Chips, Choice
from cockpit.widgets.states import StateCover, Wish
from cockpit.widgets.table import FastTable

SPARK_POINTS: Final = 60
EMPTY: Final = "No list for today. Run the scan, or load yesterday's list."

COLUMNS: Final = (
    Column("symbol", "Symbol", Cell.SYMBOL, 112, stretch=True),
    Column("price", "LTP", Cell.NUMBER, 78, show=price_text, flash=True, help="Last traded price, rupees"),
    Column("change", "Chg %", Cell.CHANGE, 72, help="Change from the previous close"),
    Column("day", "Day", Cell.SPARK, 62, help="The session so far; the previous close is dotted"),
    Column("score", "Score", Cell.SCORE, 50, help="The scan's composite rank, 0 to 100"),
    Column("volume", "Vol×", Cell.NUMBER, 44, show=lambda v: f"{v:.1f}", help="Volume against its mean by this minute"),
)
_ROOM: Final = {"volume": 400, "score": 350, "day": 310}
"""The least width of the panel at which a column is shown; narrower, it gives way."""
_CHIPS: Final = ("all", "ORB", "VWAP", "open", "stale")


class WatchlistPanel(Panel):
    """Show the day's names; what is chosen here opens in the linked chart."""

    key: ClassVar[str] = "watchlist"
    title: ClassVar[str] = "Watchlist"
    place: ClassVar[Place] = Place.LEFT
    icon: ClassVar[str] = "format-list-bulleted"

    def lay_out(self) -> None:
        """Build filter, chips and table."""
        head = QVBoxLayout()
        head.setContentsMargins(8, 8, 8, 6)
        head.setSpacing(6)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText("Filter  (/)")
        self.filter.setAccessibleName("Filter the watchlist")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(lambda _: self._arrange())
        self.chips = Chips([Choice(key, key.title()) for key in _CHIPS], self, name="Show only")
        for key, button in self.chips.pills.items():
            button.clicked.connect(lambda _=False, chosen=key: self._only(chosen))
        self.chips.set_on("all", True)
        self.chosen_chip = "all"
        head.addWidget(self.filter)
        head.addWidget(self.chips, 0, Qt.AlignmentFlag.AlignLeft)
        self.table = FastTable(COLUMNS, self, name="Watchlist")
        self.table.current_changed.connect(self._chosen)
        self.table.opened.connect(self._chosen)
        self.column.addLayout(head)
        self.column.addWidget(self.table, 1)
        self.cover = StateCover(self.table)
        self.cover.wished.connect(self._wished)
        self._setups: dict[int, str] = {}
        self._scores: dict[int, float] = {}
        self._volumes: dict[int, int] = {}

    # -- hearing -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw the whole list again."""
        self._read_setups()
        scan = self.reports.scan()
        self._scores = {} if scan is None else {pick.token: pick.score * 100 for pick in scan.picks}
        self._volumes = {i.token: self._booked_volume(i.token) for i in self._instruments()}
        self._arrange()
        self._follow()

    @hears(TicksSeen, BarClosed, every_ms=CHART_MS)
    def show_prices(self, frame: Frame) -> None:
        """Show what moved."""
        names = self._instruments()
        by_slot = {} if self.board.day is None else dict(enumerate(self.board.day.instruments))
        shown = set(self.table.rows.keys)
        moved = [
            by_slot[slot] for slot in frame.slots.tolist() if slot in by_slot and str(by_slot[slot].token) in shown
        ]
        self._put_prices(moved)
        if frame.has(BarClosed):
            self._put_sparks([i for i in names if str(i.token) in shown])

    @hears(Beat, every_ms=1000)
    def show_ages(self, frame: Frame) -> None:
        """Grey what has gone stale and count it."""
        self._put(self._shown())
        self._count()

    @hears(AccountMarked, IntentMade, IntentRefused, every_ms=500)
    def show_setups(self, frame: Frame) -> None:
        """Mark what is held and what a rule wants."""
        self._read_setups()
        self._put(self._shown())

    @hears(ScanPublished)
    def show_scan(self, frame: Frame) -> None:
        """Take in new scores."""
        self.refresh()

    @hears(SymbolChosen)
    def follow(self, frame: Frame) -> None:
        """Mark the name that was opened elsewhere."""
        self._follow()

    def _follow(self) -> None:
        key = str(self.board.selected)
        if self.table.current != key:
            self.table.set_current(key)

    # -- rows --------------------------------------------------------------------------------------

    def _instruments(self) -> list[Instrument]:
        return [] if self.board.day is None else [i for i in self.board.day.instruments if not i.is_index]

    def _shown(self) -> list[Instrument]:
        return [i for i in self._instruments() if self.table.rows.row_of(str(i.token)) >= 0]

    def _read_setups(self) -> None:
        self._setups = {intent.token: intent.rule for intent, refusals in self.reports.intents() if not refusals}
        self._held = set(self.reports.account().positions)

    def _arrange(self) -> None:
        names = self._instruments()
        wanted = [i for i in names if self._matches(i)]
        ranked = sorted(wanted, key=lambda i: (-self._scores.get(i.token, -1.0), i.symbol))
        # A new list is filled without a glow: nothing has changed but what is looked at.
        self.table.fill({str(i.token): {**self._cells(self.board.name(i.token)), **self._spark(i)} for i in ranked})
        self._put(ranked)
        self._count()
        if not names:
            self.cover.empty(EMPTY)
        elif not ranked:
            self.cover.empty(f"None of {len(names)} names matches.", "Show all")
        else:
            self.cover.ready()

    def _matches(self, name: Instrument) -> bool:
        typed = self.filter.text().strip().casefold()
        return (not typed or typed in name.symbol.casefold()) and self._in_chip(name.token, self.chosen_chip)

    def _in_chip(self, token: int, chip: str) -> bool:
        if chip == "open":
            return token in self._held
        if chip == "stale":
            return self.board.freshness(token).is_doubtful
        return chip == "all" or self._setups.get(token, "").startswith(chip)

    def _put_prices(self, names: Sequence[Instrument]) -> None:
        """Move only what a tick moves; setups, ages and scores have their own, slower pace."""
        if names:
            self.table.put({str(name.token): self._figures(self.board.name(name.token)) for name in names})

    def _put(self, names: Sequence[Instrument]) -> None:
        if names:
            self.table.put({str(name.token): self._cells(self.board.name(name.token)) for name in names})
        self.table.set_stale({str(n.token) for n in self._shown() if self.board.freshness(n.token).is_doubtful})

    def _cells(self, seen: NameSeen) -> dict[str, Any]:
        return {
            "symbol": self._symbol(seen, seen.freshness.is_doubtful),
            "score": self._scores.get(seen.instrument.token),
            **self._figures(seen),
        }

    def _figures(self, seen: NameSeen) -> dict[str, Any]:
        return {
            "price": seen.price if seen.is_seen else None,
            "change": None if math.isnan(seen.change) else round(seen.change, 4),
            "volume": self._relative_volume(seen),
        }

    def _symbol(self, seen: NameSeen, grey: bool) -> Symbol:
        i, held = seen.instrument, seen.instrument.token in self._held
        if seen.freshness is Freshness.STALE:
            return Symbol(i.symbol, f"STALE {seen.age_s:.0f}s", "warn", held)
        if grey:
            words = "NO TICK YET" if not seen.ts else f"NO DATA {age_words(seen.age_s)}"
            return Symbol(i.symbol, words, "danger", held)
        rule = self._setups.get(i.token, "")
        if rule:
            return Symbol(i.symbol, rule.split(" ")[0], "info" if rule.startswith("ORB") else "warn", held)
        return Symbol(i.symbol, f"{i.exchange} · {i.series.value}", "", held)

    def _relative_volume(self, seen: NameSeen) -> float | None:
        day = self.board.day
        if day is None or not seen.ts or not day.volume_curve.size:
            return None
        bar = (seen.ts - day.session.opens) // (int(day.interval) * NS)
        curve = day.volume_curve[day.slot(seen.instrument.token)]
        mean = float(curve[min(bar, len(curve) - 1)]) if bar >= 0 else math.nan
        volume = seen.volume if seen.volume >= 0 else self._volumes.get(seen.instrument.token, UNKNOWN_VOLUME)
        return round(volume / mean, 1) if mean > 0 and volume >= 0 else None

    def _booked_volume(self, token: int) -> int:
        """Answer the volume of the bars so far: what is known of a day whose ticks this screen did not hear."""
        day = self.board.day
        if day is None:
            return UNKNOWN_VOLUME
        bars = self.reports.bars(token, day.interval)
        return int(bars["volume"].sum()) if len(bars) else UNKNOWN_VOLUME

    def _put_sparks(self, names: Sequence[Instrument]) -> None:
        if names:
            self.table.put({str(name.token): self._spark(name) for name in names})

    def _spark(self, name: Instrument) -> dict[str, Any]:
        prices = tuple(float(p) for p in self.reports.spark(name.token, SPARK_POINTS))
        close = int(self.board.previous_close[self.board.slot(name.token)])
        return {"day": Spark(prices, close / name.price_scale if close else None)}

    def _count(self) -> None:
        names = self._instruments()
        for chip in _CHIPS:
            n = sum(self._in_chip(i.token, chip) for i in names)
            self.chips.set_words(chip, f"{chip if chip.isupper() else chip.title()} {n}")

    # -- doing -------------------------------------------------------------------------------------

    def _chosen(self, key: str) -> None:
        if key:
            self.board.select(int(key))

    def _only(self, chip: str) -> None:
        self.chosen_chip = chip
        for key in _CHIPS:
            self.chips.set_on(key, key == chip)
        self._arrange()

    def _wished(self, wish: str) -> None:
        if wish == Wish.ACT:
            self.filter.clear()
            self._only("all")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() == "/":
            self.filter.setFocus()
        elif event.key() == Qt.Key.Key_Space:
            self._step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        keys = self.table.rows.keys
        if keys:
            at = keys.index(self.table.current) + step if self.table.current in keys else 0
            self.table.set_current(keys[at % len(keys)])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = event.size().width()
        for key, least in _ROOM.items():
            self.table.setColumnHidden(self.table.rows.nth(key), room < least)
        self.chips.setVisible(room >= 250)

    def offers(self) -> Sequence[Action]:
        """Add the filter to the palette."""
        return (Action("watchlist filter", "Filter the watchlist", self.filter.setFocus, key="/", where="watchlist"),)

    def focus_first(self) -> None:
        """Take the keyboard in the table."""
        self.table.setFocus(Qt.FocusReason.TabFocusReason)
