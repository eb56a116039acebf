"""The window: everything by keyboard, one panel's fault is its own, and every widget has a name to be read out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from cockpit import facts
from cockpit.bus import Bus
from cockpit.clock import NS
from cockpit.opinions import Regime, RegimeState
from cockpit.ui.berth import Place
from cockpit.ui.bridge import Bridge, Frame, hears
from cockpit.ui.canned import CannedDesk, CannedReports
from cockpit.ui.errands import Errands
from cockpit.ui.gallery import PANELS, SIZES, host_in, window_in
from cockpit.ui.panel import Panel
from cockpit.ui.panels.chart import ChartPanel
from cockpit.ui.panels.picks import PicksPanel
from cockpit.ui.panels.trades import TradesPanel
from cockpit.ui.panels.watchlist import WatchlistPanel
from cockpit.ui.theme import Theme
from cockpit.ui.window import Window
from cockpit.widgets.overlays import LineKind
from cockpit.widgets.states import PanelState

Bridged = tuple[Window, Bus, Bridge]
MakeWindow = Callable[[str], Window]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let errands run to their end where no loop turns."""

    def run(self: Errands, work: object, done: str, failed: str) -> None:
        asyncio.run(self._told(work, done, failed))  # type: ignore[arg-type]

    monkeypatch.setattr(Errands, "run", run)


def press(qtbot: QtBot, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key wherever the keyboard is."""
    target = QApplication.focusWidget()
    assert target is not None, "the keyboard is nowhere"
    qtbot.keyClick(target, key, held)


CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def test_trading_is_halted_with_the_keyboard_alone(bridged: Bridged, qtbot: QtBot, at_once: None) -> None:
    window, _, _ = bridged
    press(qtbot, Qt.Key.Key_X, CTRL_SHIFT)
    assert window.cards.halt.isVisible()
    press(qtbot, Qt.Key.Key_3)
    window.cards.halt.face.hold.hold_ms = 60
    qtbot.keyPress(window.cards.halt.face.hold, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.cards.halt.isVisible(), timeout=5000)
    assert isinstance(window.desk, CannedDesk)
    assert window.desk.done == [("halt", facts.Halt.FLATTEN, "gallery", "halted from the window")]


def test_typing_the_word_halts_too(bridged: Bridged, qtbot: QtBot, at_once: None) -> None:
    window, _, _ = bridged
    press(qtbot, Qt.Key.Key_X, CTRL_SHIFT)
    for letter in "HALT":
        target = QApplication.focusWidget()
        assert target is not None
        qtbot.keyClicks(target, letter)
    assert isinstance(window.desk, CannedDesk)
    assert window.desk.done[0][:2] == ("halt", facts.Halt.CANCEL)


def test_letting_go_early_or_escape_halts_nothing(bridged: Bridged, qtbot: QtBot, at_once: None) -> None:
    window, _, _ = bridged
    press(qtbot, Qt.Key.Key_X, CTRL_SHIFT)
    qtbot.keyClick(window.cards.halt.face.hold, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_Escape)
    assert not window.cards.halt.isVisible()
    assert isinstance(window.desk, CannedDesk)
    assert window.desk.done == []


def test_a_halt_can_only_rise(make_window: MakeWindow) -> None:
    window = make_window("live")  # halted at level 1
    window.cards.halt.ask(window.board)
    choices = window.cards.halt.face.choices
    assert not choices[facts.Halt.ENTRIES].isEnabled()
    assert choices[facts.Halt.CANCEL].isEnabled()


def test_a_release_needs_ten_characters_of_reason(make_window: MakeWindow, qtbot: QtBot, at_once: None) -> None:
    window = make_window("live")
    window.run_action("release")
    face = window.cards.release.face
    qtbot.keyClicks(face.reason, "too short")
    assert not face.hold.isEnabled()
    qtbot.keyClicks(face.reason, " but now long enough")
    assert face.hold.isEnabled()
    face.hold.held.emit()
    assert isinstance(window.desk, CannedDesk)
    assert window.desk.done == [("revive", "gallery", "too short but now long enough")]


def test_the_bar_says_halted_and_by_whom(bridged: Bridged) -> None:
    window, bus, bridge = bridged
    assert window.topbar.halt.text() == "HALT ALL"
    bus.tell(facts.HaltMoved(window.board.now + NS, facts.Halt.ENTRIES, "DAY_LOSS", "limit reached"))
    bridge.turn()
    assert window.topbar.halt.text().startswith("HALTED")
    assert "DAY_LOSS" in window.topbar.halt.toolTip()
    assert window.strip.isVisible()
    assert "No new entries" in window.strip.accessibleDescription()


def test_a_name_chosen_in_the_list_opens_in_the_chart(bridged: Bridged, qtbot: QtBot) -> None:
    window, _, bridge = bridged
    watchlist, chart = window.hosts["watchlist"].panel, window.hosts["chart"].panel
    assert isinstance(watchlist, WatchlistPanel)
    watchlist.table.set_current(watchlist.table.rows.keys[0])
    bridge.turn()
    assert chart is not None
    assert str(window.board.selected) == watchlist.table.rows.keys[0]
    assert chart._token == window.board.selected  # type: ignore[attr-defined]


def test_the_list_follows_what_the_palette_opened(bridged: Bridged, qtbot: QtBot) -> None:
    window, _, bridge = bridged
    press(qtbot, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    target = QApplication.focusWidget()
    assert target is not None
    qtbot.keyClicks(target, "TATASTEEL")
    press(qtbot, Qt.Key.Key_Return)
    bridge.turn()
    panel = window.hosts["watchlist"].panel
    assert isinstance(panel, WatchlistPanel)
    assert panel.table.rows.value(panel.table.current, "symbol").name == "TATASTEEL"


def test_f6_visits_every_open_dock_and_comes_round(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("live")
    seen = []
    for _ in PANELS:
        press(qtbot, Qt.Key.Key_F6)
        seen.append(next((k for k, h in window.hosts.items() if h.isAncestorOf(QApplication.focusWidget())), "nowhere"))
    assert sorted(seen) == sorted(window.hosts)
    press(qtbot, Qt.Key.Key_F6)
    assert window.hosts[seen[0]].isAncestorOf(QApplication.focusWidget())


def test_the_theme_switches_everything_alive(make_window: MakeWindow, theme: Theme) -> None:
    window = make_window("live")
    before = window.grab().toImage().pixelColor(700, 40).lightness()
    theme.flip()
    QApplication.processEvents()
    after = window.grab().toImage().pixelColor(700, 40).lightness()
    assert before < 60 < 200 < after
    for host in window.hosts.values():
        assert host.panel is not None
        assert host.panel.tokens.name == "light"
    theme.flip()


def test_prices_that_went_stale_are_greyed_everywhere(make_window: MakeWindow) -> None:
    window = make_window("stale")
    window.show_figures()
    watchlist, trades = window.hosts["watchlist"].panel, window.hosts["trades"].panel
    assert isinstance(watchlist, WatchlistPanel)
    assert isinstance(trades, TradesPanel)
    assert "STALE" in watchlist.table.rows.value(watchlist.table.rows.keys[0], "symbol").under
    assert trades.net_sum.tone == "faint"
    assert "stale" in window.topbar.day.accessibleDescription()
    assert window.status.items["feed"].sign.tone == "danger"
    assert "silent" in window.strip.accessibleDescription()


def test_a_refused_signal_is_shown_with_its_reason(make_window: MakeWindow) -> None:
    window = make_window("live")
    panel = window.hosts["trades"].panel
    assert isinstance(panel, TradesPanel)
    rows = panel.tables["signals"].rows
    refused = [key for key in rows.keys if "REFUSED" in rows.value(key, "outcome").words]
    assert len(refused) == 3
    assert any("limit ₹2,00,000.00" in rows.value(key, "words") for key in refused)


@pytest.mark.parametrize("wide", [480, 620, 700, 820, 900, 1200])
def test_what_a_position_has_earned_is_seen_at_any_width(theme: Theme, qtbot: QtBot, wide: int) -> None:
    host = host_in(TradesPanel, "live")
    qtbot.addWidget(host)
    host.show()
    for room in (1200, wide):  # as a window is made narrower
        host.resize(room, 260)
        QApplication.processEvents()
    assert isinstance(host.panel, TradesPanel)
    table = host.panel.tables["positions"]
    head = table.horizontalHeader()
    shown = [nth for nth in range(head.count()) if not head.isSectionHidden(nth)]
    ends = [head.sectionPosition(nth) + head.sectionSize(nth) for nth in shown]
    assert [head.sectionPosition(nth) for nth in shown] == [0, *ends[:-1]]
    assert ends[-1] <= table.viewport().width()
    assert {"symbol", "quantity", "price", "net", "r"} <= {table.rows.columns[nth].key for nth in shown}


def test_money_is_grouped_the_indian_way(make_window: MakeWindow) -> None:
    window = make_window("live")
    assert "₹10,00," in window.topbar.equity.accessibleDescription()


def test_every_figure_of_the_bar_says_when_it_was_true(make_window: MakeWindow) -> None:
    window = make_window("live")
    window.show_figures()
    for figure in (window.topbar.index, window.topbar.day, window.topbar.equity):
        assert re.search(r"\d\d:\d\d:\d\d", figure.toolTip()), figure.label
    trades = window.hosts["trades"].panel
    assert isinstance(trades, TradesPanel)
    rows = trades.tables["positions"].rows
    assert {rows.value(key, "age") for key in rows.keys} <= {"fresh", "ageing"}


def test_the_regime_is_said_with_sign_word_and_evidence(make_window: MakeWindow) -> None:
    window = make_window("live")
    window.show_figures()
    said = window.topbar.regime.toolTip()
    assert "▲ BULL 12 d" in window.topbar.regime.accessibleDescription()
    assert "breadth 0.61" in said
    assert "Exposure up to 74% of equity" in said


@pytest.mark.parametrize("reason", ["", "no index: the file did not come"])
def test_a_regime_that_is_not_known_is_never_shown_as_one(
    make_window: MakeWindow, reports: CannedReports, reason: str
) -> None:
    window = make_window("live")
    scan = reports.scan()
    assert scan is not None
    weak = Regime(RegimeState.WEAK, scan.as_of, 0, 0.08, 0.40, (), reason) if reason else None
    window.board.take(facts.ScanPublished(scan.as_of, replace(scan, regime=weak)))
    window.show_figures()
    shown = window.topbar.regime.accessibleDescription()
    assert ("▼ WEAK ?" in shown and reason in window.topbar.regime.toolTip()) if reason else "not measured" in shown


def test_brains_that_were_silent_are_named_above_the_picks(make_window: MakeWindow) -> None:
    window = make_window("live")
    picks = window.hosts["picks"].panel
    assert isinstance(picks, PicksPanel)
    assert "sentiment is silent: no headline in seven days" in picks.silent.text()
    assert "ensemble, weights" in picks.source.text()


def test_a_level_drawn_on_one_name_does_not_appear_on_another(bridged: Bridged) -> None:
    window, _, bridge = bridged
    chart = window.hosts["chart"].panel
    assert isinstance(chart, ChartPanel)
    chart.chart.level_wanted.emit(150_000)
    assert [line.price for line in chart.chart.study.lines if line.kind is LineKind.LEVEL] == [150_000]
    first = window.board.selected
    window.run_action("next symbol")
    bridge.turn()
    assert not [line for line in chart.chart.study.lines if line.kind is LineKind.LEVEL]
    window.board.select(first)
    bridge.turn()
    assert [line for line in chart.chart.study.lines if line.kind is LineKind.LEVEL]


class Fragile(Panel):
    """A panel that fails at its first tick."""

    key, title, place = "fragile", "Fragile", Place.LEFT

    def lay_out(self) -> None:
        """Hold nothing."""

    @hears(facts.TicksSeen)
    def stumble(self, frame: Frame) -> None:
        """Fail."""
        raise RuntimeError("stumbled over a tick")


def test_a_panel_that_fails_shows_its_error_and_the_rest_lives(bridged: Bridged, qtbot: QtBot) -> None:
    window, bus, bridge = bridged
    host = window.hosts["watchlist"]
    good = window.hosts["trades"]
    host.kind = Fragile
    host.furnish(window.board, CannedDesk(), window.reports)  # type: ignore[arg-type]
    bus.tell(window.reports.ticks(5))  # type: ignore[union-attr]
    bridge.turn()
    assert host.cover.state is PanelState.ERROR
    assert "stumbled over a tick" in host.cover.fault.what
    assert good.fault is None
    assert "HALT ALL" in host.cover.fault.still
    host.kind = WatchlistPanel
    host.cover.wished.emit("retry")
    assert host.cover.state is PanelState.READY


def test_a_panel_that_cannot_be_built_leaves_the_window_standing(theme: Theme, qtbot: QtBot) -> None:
    class Unbuilt(Fragile):
        """A panel that cannot be built."""

        def lay_out(self) -> None:
            """Fail."""
            raise ValueError("no glass")

    host = host_in(Unbuilt, "live")
    qtbot.addWidget(host)
    assert host.panel is None
    assert host.cover.state is PanelState.ERROR


def test_copied_details_hold_nothing_that_could_be_a_secret(theme: Theme, qtbot: QtBot) -> None:
    host = host_in(Fragile, "live")
    qtbot.addWidget(host)
    host.break_down(RuntimeError("token abcdef0123456789abcdef0123456789 refused"))
    host.cover.wished.emit("copy")
    copied = QApplication.clipboard().text()
    assert "refused" in copied
    assert "abcdef0123456789" not in copied


@pytest.mark.parametrize("state", ["live", "loading", "empty"])
def test_every_widget_that_takes_the_keyboard_has_a_name(make_window: MakeWindow, state: str) -> None:
    window = make_window(state)
    nameless = [
        f"{type(w).__name__} in {type(w.parentWidget()).__name__}"
        for w in window.findChildren(QWidget)
        if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible() and not w.accessibleName()
    ]
    assert nameless == []


def test_every_icon_without_words_has_a_tooltip(make_window: MakeWindow) -> None:
    window = make_window("live")
    silent = [
        b.accessibleName() or type(b).__name__
        for b in window.findChildren(QAbstractButton)
        if b.isVisible() and not b.text() and not b.toolTip() and b.focusPolicy() is not Qt.FocusPolicy.NoFocus
    ]
    assert silent == []


@pytest.mark.parametrize("kind", PANELS)
@pytest.mark.parametrize("state", ["live", "loading", "empty", "stale", "error"])
def test_every_panel_stands_in_every_state(kind: type[Panel], state: str, theme: Theme, qtbot: QtBot) -> None:
    host = host_in(kind, state)
    qtbot.addWidget(host)
    host.show()
    picture = host.grab()
    assert picture.width() >= SIZES[kind.place.value].width()
    assert (host.fault is not None) is (state == "error")


def test_workspaces_that_are_not_built_say_so(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("live")
    press(qtbot, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    page = window.stack.currentWidget()
    assert "not built yet" in page.accessibleName()
    press(qtbot, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.stack.currentWidget() is window.docks


@pytest.mark.qt_log_ignore("qUncompress")
def test_a_layout_of_another_version_is_left_alone_and_said(theme: Theme, qtbot: QtBot, tmp_path: object) -> None:
    from PySide6.QtCore import QByteArray, QSettings

    store = QSettings(f"{tmp_path}/window.ini", QSettings.Format.IniFormat)
    store.setValue("layout/version", 999)
    store.setValue("layout/trade", QByteArray(b"<QtAdvancedDockingSystem/>"))
    window = window_in("live", theme)
    qtbot.addWidget(window)
    assert "version 999" in window.docks.restore(store)
    store.setValue("layout/version", 1)
    assert "could not be read" in window.docks.restore(store)


def test_the_mode_is_on_screen_and_spoken(make_window: MakeWindow) -> None:
    window = make_window("live")
    assert window.topbar.badge.isVisible()
    assert "PRACTICE" in window.topbar.badge.accessibleDescription()
    assert "PRACTICE" in window.windowTitle()
