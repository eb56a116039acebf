"""What the first paint may load: the shell is on screen before charts, loop or engine are imported."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from cockpit import screen
from cockpit.bus import Bus
from cockpit.errors import BadInput, FeedLost
from cockpit.orders import Mode
from cockpit.screen import PANELS
from cockpit.ui import icons
from cockpit.ui.berth import Berth
from cockpit.ui.board import Board
from cockpit.ui.shell import Shell
from cockpit.ui.theme import Theme
from cockpit.ui.window import Fittings, Window
from cockpit.widgets.states import PanelState
from cockpit.widgets.tokens import FAMILIES
from cockpit.wish import Wish
from tests.ui.conftest import complain

REPO = Path(__file__).resolve().parents[2]
HEAVY = (
    "numpy", "asyncio", "zoneinfo", "typer", "pyqtgraph", "structlog", "twisted", "numba", "scipy", "pandas",
    "sqlalchemy", "lightgbm", "sklearn", "kiteconnect", "yfinance", "aiohttp", "websockets", "pyarrow", "qasync",
    "qtawesome",
)  # fmt: skip
HOUSE = {"cockpit", "errors", "places", "screen", "storage", "ui", "widgets"}
"""What the first paint may know of the house: no noun of the ground, no room but the folder's and the screen's."""


def test_the_shell_is_painted_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from cockpit.screen import shell\n"
        f"opened = shell('PRACTICE', Path({str(tmp_path)!r}))\n"
        "opened.paint()\n"
        "window = opened.window\n"
        "assert window.isVisible() and not window.grab().isNull()\n"
        f"print('loaded:', *[name for name in {HEAVY!r} if name in sys.modules])\n"
        "ours = {name.split('.')[1] for name in sys.modules if name.startswith('cockpit.')}\n"
        f"print('of the house:', *sorted(ours - {HOUSE!r}))\n"
        "window.close()\n"
    )
    answer = python("-c", script)
    assert answer.returncode == 0, answer.stderr
    assert [line.strip() for line in answer.stdout.splitlines()] == ["loaded:", "of the house:"]


def python(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the interpreter on words in the repository."""
    return subprocess.run([sys.executable, *words], cwd=REPO, capture_output=True, text=True, timeout=120, check=False)


def test_what_is_painted_first_is_the_window_that_goes_on_living(theme: Theme, qtbot: QtBot) -> None:
    window = Window(theme, Fittings("PRACTICE", PANELS, "x", "x"))
    qtbot.addWidget(window)
    window.show()
    QApplication.processEvents()
    parts = (window.topbar.halt, window.topbar.badge, window.status, *window.hosts.values())
    assert all(part.isVisibleTo(window) or not part.isVisible() for part in parts)
    assert [host.cover.state for host in window.hosts.values()] == [PanelState.LOADING] * len(PANELS)
    shown = [host for host in window.hosts.values() if host.isVisible()]
    assert len(shown) >= 4
    assert all(host.cover.isVisible() for host in shown)
    window.take_board(Board())
    assert parts == (window.topbar.halt, window.topbar.badge, window.status, *window.hosts.values())


def test_the_first_picture_is_set_in_the_houses_type(qapp: QApplication, tmp_path: Path) -> None:
    opened = screen.shell(home=tmp_path)
    opened.paint()
    buttons = opened.window.findChildren(QToolButton)
    strays = {
        b.text() or b.accessibleName() for b in buttons if b.isVisible() and b.font().families() != list(FAMILIES)
    }
    opened.window.close()
    opened.window.deleteLater()
    assert len(buttons) > 10
    assert strays == set()


def test_taking_a_board_moves_no_pixel_of_the_first_picture(qapp: QApplication, tmp_path: Path) -> None:
    opened = screen.shell(home=tmp_path)
    opened.paint()
    first = opened.window.grab().toImage()
    opened.window.take_board(Board())
    QApplication.processEvents()
    second = opened.window.grab().toImage()
    opened.window.close()
    opened.window.deleteLater()
    assert first == second


def test_a_first_picture_says_what_an_empty_board_says(theme: Theme, qtbot: QtBot) -> None:
    window = Window(theme, Fittings("PRACTICE", PANELS, "x", "x"))
    qtbot.addWidget(window)
    bar = window.topbar
    figures = (bar.index, bar.day, bar.equity, bar.regime)

    def said() -> list[tuple[str, str]]:
        signs = [(item.sign.words, item.sign.tone) for item in window.status.items.values()]
        return [*((f.accessibleDescription(), f.toolTip()) for f in figures), *signs, (bar.halt.text(), "")]

    before = said()
    window.take_board(Board())
    assert said() == before


def test_keys_work_as_soon_as_anything_is_heard(theme: Theme, qtbot: QtBot) -> None:
    window = Window(theme, Fittings("PRACTICE", PANELS, "x", "x"))
    qtbot.addWidget(window)
    window.say("warn", "said before there was a place for it")
    window.take_board(Board())
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_X, held)
    told = [toast.note.words for toast in window.cards.toasts.toasts]
    assert told == ["said before there was a place for it", "HALT ALL…: no day is running yet"]


def test_a_plain_start_is_on_screen_before_its_command_line_is_read(tmp_path: Path) -> None:
    script = (
        "import runpy, sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'cockpit.cli':\n"
        "            from PySide6.QtWidgets import QApplication\n"
        "            print(*(w.isVisible() for w in QApplication.topLevelWidgets() if w.objectName() == 'shell'))\n"
        "            raise SystemExit(0)\n"
        "sys.meta_path.insert(0, Watch())\n"
        f"sys.argv = ['cockpit', '--home', {str(tmp_path)!r}]\n"
        "runpy.run_module('cockpit', run_name='__main__')\n"
    )
    answer = python("-c", script)
    assert (answer.returncode, answer.stdout.strip()) == (0, "True"), answer.stderr


def test_the_window_that_was_painted_early_is_the_one_that_opens(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[Shell] = []

    def run(make: object, shell: Shell) -> int:
        opened.append(shell)
        return 0

    monkeypatch.setattr("cockpit.ui.runner.run_window", run)
    screen.paint_early(tmp_path)
    early = [w for w in qapp.topLevelWidgets() if isinstance(w, Window)]
    assert screen.open_window(Wish(Mode.PRACTICE, date(2026, 11, 20), home=tmp_path)) == 0
    assert [shell.window for shell in opened] == early
    early[0].close()
    early[0].deleteLater()


def test_the_engine_is_imported_beside_the_window_and_not_in_its_way(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    threads: list[threading.Thread] = []

    async def refused(wish: Wish, bus: Bus) -> None:
        raise FeedLost("no day in this test")

    def run(make: Callable[[Bus], Coroutine[None, None, None]], shell: Shell) -> int:
        with pytest.raises(FeedLost):
            asyncio.run(make(Bus(complain)))
        shell.window.close()
        shell.window.deleteLater()
        return 0

    monkeypatch.setattr(screen, "_load_engine", lambda mode: threads.append(threading.current_thread()))
    monkeypatch.setattr("cockpit.app.opened_run", refused)
    monkeypatch.setattr("cockpit.ui.runner.run_window", run)
    assert screen.open_window(Wish(Mode.PRACTICE, date(2026, 11, 20), home=tmp_path)) == 0
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_every_mode_that_has_a_day_has_its_engine_named() -> None:
    assert {str(mode) for mode in Mode} - set(screen._RUNS) == {"LIVE"}
    assert all(find_spec(module) is not None for module in screen._RUNS.values())


def test_imports_are_plain_again_once_qt_is_loaded() -> None:
    script = "import cockpit.ui.quick_imports, builtins, PySide6.QtWidgets; print(builtins.__import__.__name__)"
    assert python("-c", script).stdout.strip() != "__feature_import__"


@pytest.mark.parametrize("berth", PANELS, ids=lambda berth: berth.key)
def test_a_berth_says_of_its_panel_what_the_panel_says_of_itself(berth: Berth) -> None:
    kind = berth.kind()
    assert (berth.key, berth.title, berth.place, berth.icon) == (kind.key, kind.title, kind.place, kind.icon)


@pytest.mark.parametrize("name", ["radar", "magnify", "octagon", "bell-outline", *(berth.icon for berth in PANELS)])
def test_every_icon_is_found_where_the_fonts_own_table_has_it(name: str) -> None:
    table = json.loads(icons._letters())
    assert icons._letter(name) == chr(int(table[name], 16))


def test_an_icon_the_font_does_not_have_is_refused() -> None:
    with pytest.raises(BadInput, match="no-such-icon"):
        icons._letter("no-such-icon")
