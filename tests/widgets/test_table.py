"""The fast table: one signal per update, a glow only on change, and an order that never jumps under the pointer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPersistentModelIndex, QPointF, QSize, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cockpit.errors import BadInput
from cockpit.widgets.cells import KEPT, CellDelegate
from cockpit.widgets.columns import (
    Cell,
    Column,
    Pill,
    Spark,
    Symbol,
    price_words,
    side_ink,
    signed_percent,
    signed_r,
    signed_rupees,
)
from cockpit.widgets.paint import colour
from cockpit.widgets.rows import RowsModel
from cockpit.widgets.table import FastTable
from cockpit.widgets.tokens import DARK, Density, themed

COLUMNS = (
    Column("symbol", "Symbol", Cell.SYMBOL, width=110),
    Column("ltp", "LTP", Cell.NUMBER, show=price_words, flash=True),
    Column("chg", "Chg %", Cell.CHANGE),
    Column("day", "Day", Cell.SPARK),
    Column("score", "Score", Cell.SCORE, flash=True),
    Column("side", "Side", Cell.BADGE),
    Column("brains", "Brains", Cell.STACK, span=50.0),
    Column("pnl", "Net P&L", Cell.NUMBER, show=signed_rupees, ink=side_ink),
)


def row(name: str, ltp: int = 141_916, score: float | None = 50.0, pnl: int = 0) -> dict[str, Any]:
    return {
        "symbol": Symbol(name, "ORB", "info"), "ltp": ltp, "chg": 0.0107, "day": Spark((1.0, 2.0, 1.5), 1.2),
        "score": score, "side": Pill("▲ LONG", "up"), "brains": (10.0, -5.0, 3.0, 0.0, 8.0), "pnl": pnl,
    }  # fmt: skip


def table_of(qtbot: QtBot, n: int = 5) -> FastTable:
    table = FastTable(COLUMNS, name="Watchlist")
    qtbot.addWidget(table)
    table.resize(800, 300)
    table.fill({f"N{i}": row(f"N{i}", 1000 * (i + 1), 10.0 * i) for i in range(n)})
    table.show()
    qtbot.waitExposed(table)
    return table


def enter(table: FastTable) -> None:
    at = QPointF(50.0, 50.0)
    QApplication.sendEvent(table, QEnterEvent(at, at, at))


def test_one_update_of_many_rows_is_one_signal(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    told: list[Any] = []
    table.rows.dataChanged.connect(lambda *area: told.append(area))
    table.put({f"N{i}": {"score": 1.0 + i, "pnl": i + 1} for i in range(5)})
    assert len(told) == 1
    top, low, _ = told[0]
    assert (top.row(), low.row(), top.column(), low.column()) == (0, 4, 4, 7)


def test_the_same_value_again_is_no_change_and_no_glow(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    told: list[Any] = []
    table.rows.dataChanged.connect(lambda *area: told.append(area))
    table.put({"N1": {"ltp": 2000, "score": 10.0}})
    assert told == []
    assert table.rows.glowing == set()


def test_a_changed_cell_glows_and_fades_and_others_do_not(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    table.put({"N1": {"ltp": 2005, "pnl": 77}})
    assert table.rows.glowing == {("N1", 1)}
    ground = table.rows.index(1, 1).data(int(Qt.ItemDataRole.BackgroundRole))
    assert ground is not None
    qtbot.waitUntil(lambda: not table.rows.glowing, timeout=3000)
    assert table.rows.index(1, 1).data(int(Qt.ItemDataRole.BackgroundRole)) is None
    assert not table._fading.isActive()


def test_a_cell_that_glows_already_does_not_start_again(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    table.put({"N1": {"ltp": 2005}})
    table.rows.fade()
    strong = table.rows.index(1, 1).data(int(Qt.ItemDataRole.BackgroundRole))
    table.put({"N1": {"ltp": 2010}})
    assert table.rows.index(1, 1).data(int(Qt.ItemDataRole.BackgroundRole)) == strong


def test_nothing_glows_where_motion_is_reduced(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    table.set_tokens(themed("dark", motion=False))
    table.put({"N1": {"ltp": 2005}})
    assert table.rows.glowing == set()


def test_a_new_list_is_not_a_change(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    table.fill({"NEW": row("NEW"), "N1": row("N1", 9999)})
    assert table.rows.glowing == set()
    assert table.rows.keys == ["NEW", "N1"]


def test_the_order_is_frozen_while_the_pointer_is_inside(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    table.sort_by("score")
    before = list(table.rows.keys)
    enter(table)
    table.put({before[-1]: {"score": 99.0}})
    table._resort.timeout.emit()
    assert table.is_frozen
    assert table.rows.keys == before
    QApplication.sendEvent(table, QEvent(QEvent.Type.Leave))
    table._resort.timeout.emit()
    assert table.rows.keys[0] == before[-1]


def test_a_click_on_the_header_sorts_even_under_the_pointer(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    enter(table)
    table.head.sectionClicked.emit(1)
    assert table.rows.keys == ["N4", "N3", "N2", "N1", "N0"]
    table.head.sectionClicked.emit(1)
    assert table.rows.keys == ["N0", "N1", "N2", "N3", "N4"]


def test_the_current_row_stays_current_when_the_order_changes(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    table.set_current("N1")
    held = QPersistentModelIndex(table.currentIndex())
    table.sort_by("score")
    assert table.current == "N1"
    assert table.rows.keys[held.row()] == "N1"
    assert table.rows.keys[table.currentIndex().row()] == "N1"


@given(st.lists(st.one_of(st.none(), st.just(float("nan")), st.floats(0, 100)), min_size=1, max_size=12), st.booleans())
def test_missing_values_sort_last_in_both_directions(scores: list[float | None], descending: bool) -> None:
    model = RowsModel(COLUMNS)
    model.arrange([str(i) for i in range(len(scores))])
    model.put({str(i): {"score": score} for i, score in enumerate(scores)})
    model.order_by(4, descending=descending)
    ordered = [scores[int(key)] for key in model.keys]
    missing = [value is None or value != value for value in ordered]
    assert missing == sorted(missing)
    known = [value for value, gone in zip(ordered, missing, strict=True) if not gone and value is not None]
    assert known == sorted(known, reverse=descending)


@given(st.lists(st.sets(st.sampled_from("abcdefgh")), max_size=6))
def test_rows_that_stay_keep_their_values_through_any_change_of_list(lists: list[set[str]]) -> None:
    model = RowsModel(COLUMNS)
    held: dict[str, int] = {}
    for step, keys in enumerate(lists):
        model.arrange(sorted(keys))
        held = {key: value for key, value in held.items() if key in keys}
        for key in keys - set(held):
            held[key] = step
            model.put({key: {"ltp": step}})
        assert model.keys == sorted(keys)
        assert {key: model.value(key, "ltp") for key in keys} == held
        assert [model.row_of(key) for key in model.keys] == list(range(len(keys)))


@pytest.mark.parametrize("cells", [{"GHOST": {"ltp": 1}}, {"N1": {"ghost": 1}}])
def test_a_row_or_column_that_is_not_there_is_refused(qtbot: QtBot, cells: dict[str, dict[str, int]]) -> None:
    with pytest.raises(BadInput, match="given"):
        table_of(qtbot).put(cells)


def test_keys_open_remove_and_travel_and_letters_pass_by(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    said: list[tuple[str, str]] = []
    for name in ("opened", "opened_apart", "removal_wanted", "current_changed"):
        getattr(table, name).connect(lambda key, name=name: said.append((name, key)))
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Home)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.keyClick(table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(table, Qt.Key.Key_End)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    qtbot.keyClick(table, Qt.Key.Key_B)
    assert said == [
        ("current_changed", "N0"), ("current_changed", "N1"), ("opened", "N1"), ("opened_apart", "N1"),
        ("current_changed", "N4"), ("removal_wanted", "N4"),
    ]  # fmt: skip


def test_screen_readers_hear_every_cell_also_the_drawn_ones(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    words = [table.rows.index(0, nth).data(int(Qt.ItemDataRole.AccessibleTextRole)) for nth in range(len(COLUMNS))]
    assert words[0] == "Symbol N0 ORB"
    assert words[2] == "Chg % ▲ 1.07%"
    assert words[3] == "Day ▲ 50.00%"
    assert words[6] == "Brains +10.0 −5.0 +3.0 +0.0 +8.0"
    assert all(words)


def test_stale_rows_are_grey_and_keep_their_words(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    table.put({"N1": {"pnl": 500}})
    index = table.rows.index(1, 7)
    assert index.data(int(Qt.ItemDataRole.ForegroundRole)) == colour(DARK.up)
    table.set_stale({"N1"})
    assert index.data(int(Qt.ItemDataRole.ForegroundRole)) == colour(DARK.faint)
    assert index.data() == "▲ ₹5.00"
    assert table.rows.cell(1, 7)[2]
    table.set_stale(set())
    assert index.data(int(Qt.ItemDataRole.ForegroundRole)) == colour(DARK.up)


def test_a_missing_value_is_a_dash_and_zero_is_zero() -> None:
    ltp, chg, pnl = COLUMNS[1], COLUMNS[2], COLUMNS[7]
    assert (ltp.words(None), chg.words(float("nan")), pnl.words(0), chg.words(0.0)) == ("—", "—", "₹0.00", "0.00%")


def test_signs_go_with_every_change() -> None:
    assert (signed_percent(-0.0023), signed_rupees(-73_104), signed_r(-0.52)) == ("▼ 0.23%", "▼ ₹731.04", "−0.52R")


def test_density_and_text_size_set_the_height_of_rows(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    heights = []
    for density in Density:
        table.set_tokens(themed("dark", density=density))
        heights.append(table.rowHeight(0))
    assert heights == [30, 34, 42]
    table.set_tokens(themed("light", density=Density.COMPACT, text_scale=1.25))
    assert table.rowHeight(0) >= 37


def test_every_cell_kind_draws_on_every_height_and_the_drawing_is_kept(qtbot: QtBot) -> None:
    table = table_of(qtbot)
    for density in Density:
        table.set_tokens(themed("dark", density=density))
        table.grab()
    delegate = table._delegates[0]
    n_kept = len(delegate._kept)
    table.grab()
    assert 0 < len(delegate._kept) == n_kept


SIZE = QSize(80, 24)


def test_a_drawn_cell_without_a_value_shows_its_dash(qtbot: QtBot) -> None:
    columns = (Column("change", "Chg", Cell.CHANGE, 80),)
    delegate = CellDelegate(0, RowsModel(columns), DARK)
    missing = delegate._pixmap("A", None, False, SIZE, 1.0).toImage()
    blank = missing.copy()
    blank.fill(Qt.GlobalColor.transparent)
    assert missing != blank


def test_a_price_that_moves_all_day_draws_over_its_own_picture(qtbot: QtBot) -> None:
    rows = RowsModel((Column("change", "Chg", Cell.CHANGE, 80),))
    rows.arrange(["A", "B"])
    delegate = CellDelegate(0, rows, DARK)
    still = delegate._pixmap("B", 0.0, False, SIZE, 1.0).cacheKey()
    seen = set()
    for nth in range(100):
        picture = delegate._pixmap("A", nth / 10_000 + 0.0001, False, SIZE, 1.0).toImage()
        seen.add(bytes(picture.constBits()))
        assert delegate._pixmap("B", 0.0, False, SIZE, 1.0).cacheKey() == still  # what stands is not drawn again
    assert len(seen) == 100
    assert set(delegate._kept) == {"A", "B"}


def test_a_drawing_follows_its_row_and_not_its_place(qtbot: QtBot) -> None:
    rows = RowsModel((Column("change", "Chg", Cell.CHANGE, 80),))
    rows.arrange(["A", "B"])
    delegate = CellDelegate(0, rows, DARK)
    up, down = (delegate._pixmap(key, value, False, SIZE, 1.0).toImage() for key, value in (("A", 0.01), ("B", -0.01)))
    assert up != down
    assert delegate._pixmap("A", -0.01, False, SIZE, 1.0).toImage() == down
    assert delegate._pixmap("A", -0.01, True, SIZE, 1.0).toImage() != down  # greyed
    assert delegate._pixmap("A", -0.01, False, QSize(80, 34), 1.0).height() == 34
    assert delegate._pixmap("A", -0.01, False, SIZE, 2.0).width() == 160


def test_a_change_too_small_to_be_seen_is_not_drawn_again(qtbot: QtBot) -> None:
    rows = RowsModel((Column("change", "Chg", Cell.CHANGE, 80),))
    rows.arrange(["A"])
    delegate = CellDelegate(0, rows, DARK)
    first = delegate._pixmap("A", 0.01234, False, SIZE, 1.0).cacheKey()
    assert delegate._pixmap("A", 0.012338, False, SIZE, 1.0).cacheKey() == first
    assert delegate._pixmap("A", 0.0125, False, SIZE, 1.0).cacheKey() != first


def test_only_so_many_rows_of_a_long_table_are_kept_drawn(qtbot: QtBot) -> None:
    rows = RowsModel((Column("change", "Chg", Cell.CHANGE, 80),))
    rows.arrange([str(nth) for nth in range(3 * KEPT)])
    delegate = CellDelegate(0, rows, DARK)
    for key in rows.keys:
        delegate._pixmap(key, 0.01, False, SIZE, 1.0)
    assert list(delegate._kept) == rows.keys[-KEPT:]
