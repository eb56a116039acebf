"""What a screen reader and a keyboard need of every widget, and that nothing outlives its window."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cockpit.market import Interval
from cockpit.widgets.badge import Mode, ModeBadge
from cockpit.widgets.button import Button
from cockpit.widgets.candles import FocusChart
from cockpit.widgets.card import Card
from cockpit.widgets.columns import Cell, Column
from cockpit.widgets.gauge import Drawdown, DrawdownArc, ExposureBand
from cockpit.widgets.hold_button import HoldButton
from cockpit.widgets.meter import Switch, SwitchRow, SwitchState
from cockpit.widgets.segmented import Chips, Choice, Segmented
from cockpit.widgets.table import FastTable
from cockpit.widgets.tile import ChartTile
from cockpit.widgets.tokens import DARK, HIT, LIGHT, Density, UpDown, themed
from tests.widgets.made import RELIANCE, walk


def a_chart() -> QWidget:
    chart = FocusChart()
    chart.set_instrument(RELIANCE, 140_000)
    chart.set_bars(walk(), Interval.M1)
    return chart


def a_tile() -> QWidget:
    tile = ChartTile()
    tile.set_instrument(RELIANCE, 140_000)
    tile.set_bars(walk(), Interval.M1)
    return tile


def a_table() -> QWidget:
    table = FastTable([Column("score", "Score", Cell.SCORE, flash=True)], name="Scores")
    table.fill({"A": {"score": 1.0}})
    table.put({"A": {"score": 2.0}})
    return table


def a_switch() -> QWidget:
    row = SwitchRow()
    row.show_switch(Switch("Reject rate", "6", "limit 5", 1.0, SwitchState.TRIPPED))
    return row


def an_arc() -> QWidget:
    arc = DrawdownArc()
    arc.show_value(Drawdown(0.04, 0.06, 0.1))
    return arc


MADE: list[Callable[[], QWidget]] = [
    a_chart, a_tile, a_table, a_switch, an_arc, ExposureBand, lambda: ModeBadge(Mode.PAPER),
    lambda: HoldButton("Hold to halt"), lambda: Button("Retry"), lambda: Card("Risk"),
    lambda: Segmented([Choice("1m", "1m"), Choice("5m", "5m")], name="Interval"),
    lambda: Chips([Choice("vwap", "VWAP")], name="Layers"),
]  # fmt: skip


@pytest.mark.parametrize("make", MADE)
def test_everything_the_keyboard_can_reach_has_a_name(qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    widget = make()
    qtbot.addWidget(widget)
    reached = [w for w in [widget, *widget.findChildren(QWidget)] if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    nameless = [type(w).__name__ for w in reached if w.isVisibleTo(widget) and not w.accessibleName()]
    assert nameless == []


@pytest.mark.parametrize("make", MADE)
def test_everything_draws_in_every_look_and_at_large_text(qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    widget = make()
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    widget.show()
    for look in (LIGHT, themed("dark", UpDown.BLUE, Density.ROOMY, 1.25), themed("light", UpDown.INVERTED), DARK):
        widget.set_tokens(look)  # type: ignore[attr-defined]
        QApplication.processEvents()
        assert not widget.grab().isNull()


@pytest.mark.parametrize("make", [a_tile, a_switch, lambda: HoldButton("Hold"), lambda: Button("Retry")])
def test_what_can_be_clicked_is_never_smaller_than_a_fingertip(qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    widget = make()
    qtbot.addWidget(widget)
    assert min(widget.minimumSizeHint().width(), widget.minimumSizeHint().height()) >= HIT


@pytest.mark.parametrize("make", MADE)
def test_no_widget_and_no_timer_outlives_its_window(qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    widget = make()
    widget.show()
    QApplication.processEvents()
    parts: list[QObject] = [widget, *widget.findChildren(QTimer)]
    gone: list[int] = []
    for nth, part in enumerate(parts):
        part.destroyed.connect(lambda _=None, nth=nth: gone.append(nth))
    watched, n_parts = weakref.ref(widget), len(parts)
    widget.close()
    widget.deleteLater()
    del widget, parts, part
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert sorted(gone) == list(range(n_parts))
    assert watched() is None
