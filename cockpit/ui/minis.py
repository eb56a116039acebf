"""Rows and walls of small linked charts, each following one name; a click opens it in the focus chart."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QWidget

from cockpit.market import Bars, Instrument, Interval
from cockpit.ports import Reports
from cockpit.ui.board import Board, Freshness
from cockpit.ui.formats import age_words
from cockpit.ui.tracks import Follower, markers, opening_range, price_lines
from cockpit.widgets.candles import muted
from cockpit.widgets.tile import ChartTile, TileHead
from cockpit.widgets.tokens import DARK, Tokens


class Mini:
    """One small chart and what it follows."""

    def __init__(self, tile: ChartTile, board: Board, reports: Reports) -> None:
        self.tile, self._board, self._reports = tile, board, reports
        self._follower = Follower(self, reports)
        self.name: Instrument | None = None
        self._session: tuple[int, int] | None = None
        self._interval = Interval.M1
        self._n_bars = 0
        self._score = ""
        self._is_grey: bool | None = None
        self.tokens: Tokens = DARK
        tile.chosen.connect(board.select)

    def show_name(self, name: Instrument) -> None:
        """Follow this name from the session's start."""
        day = self._board.day
        if day is None:
            return
        self.name, self._session = name, (day.session.opens, day.session.closes)
        self._interval = max(Interval.M1, day.interval)
        close = int(self._board.previous_close[self._board.slot(name.token)]) or None
        scan = self._reports.scan()
        pick = next((p for p in scan.picks if p.token == name.token), None) if scan is not None else None
        self._score = f" · score {pick.score * 100:.0f}" if pick is not None else ""
        self.tile.set_instrument(name, close)
        self._n_bars = self._follower.begin(name.token, self._interval)
        self.overlay()
        self.show_age()

    def overlay(self) -> None:
        """Draw lines, markers and the opening range again."""
        if self.name is not None:
            token = self.name.token
            self.tile.set_opening_range(opening_range(self._board, self._reports, token))
            self.tile.set_levels(tuple(price_lines(self._board, self._reports, token)))
            self.tile.set_markers(tuple(markers(self._reports, token)))

    def step(self) -> None:
        """Take in what happened since the last step."""
        if self.name is not None:
            self._follower.step()

    def show_age(self) -> None:
        """Say in the head how old the price is when that matters."""
        if self.name is None:
            return
        seen = self._board.name(self.name.token)
        badge = ""
        if seen.freshness is Freshness.STALE:
            badge = f"STALE {seen.age_s:.0f}s"
        elif seen.freshness is Freshness.NONE:
            badge = f"NO DATA {age_words(seen.age_s)}" if seen.ts else "NO TICK YET"
        self.tile.set_head(TileHead(f"{self._interval.label}{self._score}", badge))
        if bool(badge) is not self._is_grey:
            self._is_grey = bool(badge)
            self.tile.set_tokens(muted(self.tokens) if badge else self.tokens)

    def dress(self, tokens: Tokens) -> None:
        """Take a new look; the next look at the age greys it again where it has to."""
        self.tokens, self._is_grey = tokens, None

    # -- what a follower asks of a chart -----------------------------------------------------------

    def set_bars(self, bars: Bars, interval: Interval) -> None:
        """Show closed bars over the bars' own stretch of the session."""
        self.tile.set_bars(bars, interval)

    def tick(self, bar: Bars) -> None:
        """Move the forming bar."""
        self.tile.tick(bar)

    def close_bar(self, bar: Bars) -> None:
        """Close a bar."""
        self.tile.close_bar(bar)


class MiniGrid(QWidget):
    """Small charts in rows."""

    def __init__(self, n: int, columns: int, board: Board, reports: Reports, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board, self._reports = board, reports
        self._tokens: Tokens = DARK
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(6, 4, 6, 6)
        self._grid.setSpacing(6)
        self.setAccessibleName("Small charts")
        self.minis: list[Mini] = []
        self.set_count(n, columns)

    def set_count(self, n: int, columns: int) -> None:
        """Show `n` charts in rows of `columns`."""
        while len(self.minis) > n:
            mini = self.minis.pop()
            self._grid.removeWidget(mini.tile)
            mini.tile.deleteLater()
        while len(self.minis) < n:
            mini = Mini(ChartTile(self, tokens=self._tokens), self._board, self._reports)
            mini.dress(self._tokens)
            self.minis.append(mini)
        for nth, mini in enumerate(self.minis):
            self._grid.addWidget(mini.tile, nth // columns, nth % columns)

    def show_names(self, names: Sequence[Instrument]) -> None:
        """Follow these names; a chart without a name is hidden."""
        for nth, mini in enumerate(self.minis):
            if nth < len(names):
                if mini.name is not names[nth]:
                    mini.show_name(names[nth])
                mini.tile.show()
            else:
                mini.tile.hide()

    def step(self, *, closed: bool) -> None:
        """Move every chart that can be seen."""
        if self.isVisible():
            for mini in self.minis:
                mini.step()
                if closed:
                    mini.overlay()

    def show_ages(self) -> None:
        """Say which are stale."""
        for mini in self.minis:
            mini.show_age()

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self._tokens = tokens
        for mini in self.minis:
            mini.dress(tokens)


class MiniRow(MiniGrid):
    """One row under a big chart."""

    def __init__(self, n: int, board: Board, reports: Reports, parent: QWidget | None = None) -> None:
        super().__init__(n, n, board, reports, parent)
        self.setFixedHeight(196)
