"""The small chart of the wall: one drawing of history, a live sliver, and the same honesty as the big one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cockpit.errors import BadInput
from cockpit.market import Bars, Interval
from cockpit.widgets.overlays import OpeningRange
from cockpit.widgets.tile import ChartTile, TileHead
from cockpit.widgets.tokens import LIGHT
from tests.widgets.made import MINUTE, OPEN, RELIANCE, moved, walk


def tile_of(qtbot: QtBot, bars: Bars) -> ChartTile:
    tile = ChartTile()
    qtbot.addWidget(tile)
    tile.resize(250, 180)
    tile.set_instrument(RELIANCE, 141_000)
    tile.set_bars(bars, Interval.M1, (OPEN, OPEN + 375 * MINUTE))
    tile.show()
    qtbot.waitExposed(tile)
    tile.grab()
    return tile


def test_a_tick_that_fits_leaves_the_history_as_it_is(qtbot: QtBot) -> None:
    bars = walk()
    tile = tile_of(qtbot, bars[:-1])
    tile.tick(bars[-1:])
    tile.grab()
    drawn = tile.n_drawn
    for step in range(10):
        tile.tick(moved(bars, close=int(bars["low"][-1]) + 5 * (step % 2)))
        tile.grab()
    assert tile.n_drawn == drawn


def test_a_price_that_leaves_the_pane_draws_the_tile_anew(qtbot: QtBot) -> None:
    bars = walk()
    tile = tile_of(qtbot, bars[:-1])
    tile.tick(bars[-1:])
    drawn, far = tile.n_drawn, round(tile.study.scale.sight.y1) + 500
    tile.tick(moved(bars, close=far, high=far))
    tile.grab()
    assert tile.n_drawn > drawn
    assert tile.study.scale.sight.y1 > far


def test_the_whole_session_is_in_view_from_its_first_bar(qtbot: QtBot) -> None:
    tile = tile_of(qtbot, walk(3))
    assert tile.study.scale.sight.x1 == pytest.approx(375)


def test_the_tile_says_price_change_and_age_in_words(qtbot: QtBot) -> None:
    bars = walk()
    bars["close"][-1] = 142_410
    bars["high"][-1] = 142_410
    tile = tile_of(qtbot, bars)
    tile.set_head(TileHead("1m", "STALE 25s"))
    assert tile.accessibleName() == "Mini chart RELIANCE"
    assert tile.accessibleDescription() == "1,424.10 up 1.00% STALE 25s"


def test_enter_and_click_choose_the_instrument(qtbot: QtBot) -> None:
    tile = tile_of(qtbot, walk())
    with qtbot.waitSignal(tile.chosen) as by_key:
        qtbot.keyClick(tile, Qt.Key.Key_Return)
    with qtbot.waitSignal(tile.chosen) as by_click:
        qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert by_key.args == by_click.args == [RELIANCE.token]


def test_a_late_bar_never_rewrites_a_tile(qtbot: QtBot) -> None:
    bars = walk()
    with pytest.raises(BadInput, match="closed"):
        tile_of(qtbot, bars).tick(bars[3:4])


def test_a_tile_without_bars_says_so(qtbot: QtBot) -> None:
    tile = tile_of(qtbot, walk(0))
    tile.set_opening_range(OpeningRange(1, 2, 0, 1, 2))
    tile.set_tokens(LIGHT)
    tile.grab()
    assert tile.accessibleDescription() == "no bars yet"


def test_a_tile_follows_its_size(qtbot: QtBot) -> None:
    tile = tile_of(qtbot, walk())
    narrow = tile.study.scale.area.width
    tile.resize(400, 180)
    QApplication.processEvents()
    assert tile.study.scale.area.width == pytest.approx(narrow + 150)
