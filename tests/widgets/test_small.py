"""The small widgets: unknown is never zero, a limit crossed is said in words, a count is a count."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cockpit.widgets.badge import Mode, ModeBadge, Sign, StatePill
from cockpit.widgets.card import Card, Figure
from cockpit.widgets.chart_head import ChartHead
from cockpit.widgets.gauge import Drawdown, DrawdownArc, Exposure, ExposureBand, Ring
from cockpit.widgets.meter import Meter, Reading, Switch, SwitchRow, SwitchState
from cockpit.widgets.overlays import Readout
from cockpit.widgets.segmented import Chips, Choice, Segmented
from cockpit.widgets.sparkline import Sparkline
from cockpit.widgets.toast import Note, ToastRack
from cockpit.widgets.tokens import HIT, LIGHT
from tests.widgets.made import RELIANCE, walk

INTERVALS = [Choice(key, key) for key in ("1m", "3m", "5m")]


def test_an_unknown_drawdown_says_so_and_is_not_drawn_as_none(qtbot: QtBot) -> None:
    arc = DrawdownArc()
    qtbot.addWidget(arc)
    arc.resize(132, 132)
    arc.show_value(Drawdown(None, 0.06, 0.10))
    unknown = arc.grab().toImage()
    arc.show_value(Drawdown(0.0, 0.06, 0.10))
    assert arc.grab().toImage() != unknown
    assert arc.accessibleDescription() == "drawdown 0.0%, soft limit 6%, hard limit 10%"
    arc.show_value(Drawdown(None, 0.06, 0.10))
    assert arc.accessibleDescription().startswith("drawdown unknown")


@pytest.mark.parametrize(("value", "code"), [(0.04, "ok"), (0.06, "warn"), (0.10, "danger"), (0.5, "danger")])
def test_the_arc_changes_colour_at_its_limits(qtbot: QtBot, value: float, code: str) -> None:
    arc = DrawdownArc()
    qtbot.addWidget(arc)
    assert arc._code(Drawdown(value, 0.06, 0.10)) == getattr(arc.tokens, code)


@pytest.mark.parametrize(("deployed", "outside"), [(0.65, False), (0.85, False), (0.851, True), (0.2, True)])
def test_exposure_outside_its_band_is_said_in_words(qtbot: QtBot, deployed: float, outside: bool) -> None:
    band = ExposureBand()
    qtbot.addWidget(band)
    band.show_value(Exposure(deployed, 0.65, 0.85))
    assert band.is_outside is outside
    assert ("outside the band" in band.accessibleDescription()) is outside
    band.grab()


def test_unknown_exposure_is_neither_inside_nor_outside(qtbot: QtBot) -> None:
    band = ExposureBand()
    qtbot.addWidget(band)
    band.show_value(Exposure(None, 0.65, 0.85))
    assert not band.is_outside
    assert "unknown deployed" in band.accessibleDescription()
    band.grab()


def test_a_ring_says_its_share(qtbot: QtBot) -> None:
    ring = Ring("Days of paper trading")
    qtbot.addWidget(ring)
    ring.show_share(67 / 90, "67", "of 90 days")
    ring.grab()
    assert ring.accessibleDescription() == "67 of 90 days, 74%"


def test_an_unknown_meter_does_not_look_like_an_empty_one(qtbot: QtBot) -> None:
    meter = Meter()
    qtbot.addWidget(meter)
    meter.resize(200, 28)
    meter.show_reading(Reading("Breadth", "?", 0.0))
    empty = meter.grab().toImage()
    meter.show_reading(Reading("Breadth", "?", None))
    assert meter.grab().toImage() != empty
    assert meter.accessibleDescription() == "Breadth ?, unknown"


@pytest.mark.parametrize("state", list(SwitchState))
def test_a_kill_switch_says_its_state_as_a_word_and_opens_by_key(qtbot: QtBot, state: SwitchState) -> None:
    switch = SwitchRow()
    qtbot.addWidget(switch)
    switch.show_switch(Switch("Reject rate", "6 / 10 min", "limit 5", 1.0, state))
    switch.show()
    switch.grab()
    assert str(state) in switch.accessibleDescription()
    with qtbot.waitSignal(switch.chosen) as chosen:
        qtbot.keyClick(switch, Qt.Key.Key_Return)
    assert chosen.args == ["Reject rate"]


def test_every_mode_looks_different_and_says_its_name(qtbot: QtBot) -> None:
    pictures = []
    for mode in Mode:
        badge = ModeBadge(mode)
        qtbot.addWidget(badge)
        badge.resize(120, 34)
        pictures.append(badge.grab().toImage())
        assert badge.accessibleDescription() == f"{mode} mode"
    assert all(a != b for i, a in enumerate(pictures) for b in pictures[i + 1 :])


def test_a_state_pill_grows_with_its_word(qtbot: QtBot) -> None:
    pill = StatePill(Sign("✓", "OK", "ok"))
    qtbot.addWidget(pill)
    narrow = pill.sizeHint().width()
    pill.show_sign(Sign("■", "TRIPPED", "danger"))
    assert pill.sizeHint().width() > narrow
    assert pill.accessibleDescription() == "TRIPPED"


def test_exactly_one_segment_is_chosen_and_arrows_move_it(qtbot: QtBot) -> None:
    row = Segmented(INTERVALS, name="Interval")
    qtbot.addWidget(row)
    chosen: list[str] = []
    row.chosen.connect(chosen.append)
    qtbot.mouseClick(row.pills["5m"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(row.pills["5m"], Qt.MouseButton.LeftButton)
    qtbot.keyClick(row, Qt.Key.Key_Right)
    row.choose("3m")
    assert chosen == ["5m", "1m"]
    assert [key for key, button in row.pills.items() if button.isChecked()] == ["3m"]
    assert row.accessibleDescription() == "3m chosen"


def test_chips_switch_each_by_itself(qtbot: QtBot) -> None:
    chips = Chips([Choice("vwap", "VWAP"), Choice("orb", "ORB 15")], name="Layers")
    qtbot.addWidget(chips)
    told: list[tuple[str, bool]] = []
    chips.toggled.connect(lambda key, on: told.append((key, on)))
    chips.set_on("vwap", True)
    qtbot.mouseClick(chips.pills["orb"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(chips.pills["vwap"], Qt.MouseButton.LeftButton)
    assert told == [("orb", True), ("vwap", False)]
    assert chips.on == {"orb"}


def test_everything_that_can_be_clicked_is_large_enough(qtbot: QtBot) -> None:
    chips = Chips([Choice("a", "A")], name="Layers")
    qtbot.addWidget(chips)
    hint = chips.pills["a"].sizeHint()
    assert min(hint.width(), hint.height()) >= HIT


def test_the_same_note_becomes_a_count_and_only_three_are_shown(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(800, 400)
    host.show()
    rack = ToastRack(host)
    rack.show_note(Note("halt", "Entries halted", "danger"))
    for key in ("a", "b", "b", "c"):
        rack.show_note(Note(key, f"note {key}", "info"))
    assert [(t.note.key, t.count) for t in rack.toasts] == [("halt", 1), ("b", 2), ("c", 1)]
    boxes = [t.geometry() for t in rack.toasts]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    assert all(host.rect().contains(box) for box in boxes)


def test_an_error_note_stays_until_it_is_put_away(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(800, 400)
    host.show()
    rack = ToastRack(host)
    rack.show_note(Note("bad", "The ledger cannot be written", "danger"))
    rack.show_note(Note("good", "Weights loaded", "ok"))
    assert [t._life.isActive() for t in rack.toasts] == [False, True]
    rack.toasts[1]._life.timeout.emit()
    qtbot.keyClick(rack.toasts[0], Qt.Key.Key_Escape)
    assert rack.toasts == []


def test_a_hole_in_a_sparkline_is_not_bridged(qtbot: QtBot) -> None:
    line = Sparkline("Loop lag")
    qtbot.addWidget(line)
    line.resize(120, 24)
    values = np.linspace(0.0, 10.0, 30)
    line.show_values(values)
    whole = line.grab().toImage()
    values[10:20] = np.nan
    line.show_values(values)
    assert line.grab().toImage() != whole
    assert line.accessibleDescription() == "last 10.00, from 0.00 to 10.00"
    line.show_values(np.zeros(0))
    line.grab()
    assert line.accessibleDescription() == "no values yet"


def test_a_card_hands_its_look_to_what_is_inside(qtbot: QtBot) -> None:
    card = Card("Day")
    qtbot.addWidget(card)
    figure = Figure("Day P&L", card, hero=True)
    card.inner.addWidget(figure)
    figure.show_value("−₹6,412.35", "down", "▼ 0.64%")
    card.set_tokens(LIGHT)
    card.set_age("as of 11:42:16")
    card.grab()
    assert figure.tokens is LIGHT
    assert figure.accessibleDescription() == "Day P&L −₹6,412.35 ▼ 0.64%"


def test_the_head_of_a_chart_says_price_and_change_and_never_cuts_a_number(qtbot: QtBot) -> None:
    head = ChartHead()
    qtbot.addWidget(head)
    head.set_instrument(RELIANCE, "NSE · EQ · 1m", 140_000)
    head.show_last(141_400)
    head.show_readout(Readout(walk()[90:91], 140_500, pinned=True))
    assert head.accessibleDescription() == "RELIANCE NSE · EQ · 1m ₹1,414.00 ▲ +1.00%"
    for wide in (900, 400, 220, 60):
        head.resize(wide, 46)
        head.grab()


def test_the_ring_of_a_choice_of_one_stands_on_what_is_chosen_and_above_it(qtbot: QtBot) -> None:
    row = Segmented([Choice("1", "1m"), Choice("3", "3m")], name="Interval")
    qtbot.addWidget(row)
    row.show()
    row.clearFocus()
    chosen = row.pills["1"]
    plain = chosen.grab().toImage()
    row.activateWindow()
    row.setFocus()
    qtbot.waitUntil(row.hasFocus)
    assert chosen.grab().toImage() != plain
