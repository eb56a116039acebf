"""The runner paints first, shows progress and failure, and closes without leaving a task behind."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from cockpit import facts
from cockpit.bus import Bus
from cockpit.errors import FeedLost
from cockpit.orders import Mode
from cockpit.ui.board import Board
from cockpit.ui.canned import CannedDesk, CannedReports
from cockpit.ui.gallery import PANELS, board_in
from cockpit.ui.pictures import picture_day
from cockpit.ui.runner import MakeRunning, Running, run_window
from cockpit.ui.shell import WindowOptions, made_shell
from cockpit.ui.window import Window

REPO = Path(__file__).resolve().parents[2]


class Day:
    """A day that can be made, runs until it is told to end, and notes what became of it."""

    def __init__(self, reports: CannedReports) -> None:
        self.reports, self.notes = reports, list[str]()
        self.fault: Exception | None = None
        self.run_fault: Exception | None = None

    async def make(self, bus: Bus) -> Running:
        """Make the day, or fail as asked."""
        self.notes.append("made")
        bus.tell(facts.Progressed("practice market", "drawing the day", 1, 2))
        await asyncio.sleep(0.01)
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        self.bus = bus
        return Running(CannedDesk(), self.reports, self._run, self._close)

    async def _run(self) -> None:
        for fact in self.reports.told(tripped=False):
            self.bus.tell(fact)
        if self.run_fault is not None:
            raise self.run_fault
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.notes.append("stopped")
            raise

    async def _close(self) -> None:
        await asyncio.sleep(0.01)
        self.notes.append("closed")


def options() -> WindowOptions:
    """Answer what the roof would say."""
    return WindowOptions(Mode.PRACTICE, PANELS, "test", "tester")


def shell() -> Window:
    """Answer the window on screen."""
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, Window))


def live(make: MakeRunning, when: Callable[[Window], bool], act: Callable[[Window], None]) -> int:
    """Run a window; once `when` holds, `act` on it (the last act has to close it)."""
    timer = QTimer()

    def look() -> None:
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, Window)]
        if windows and when(windows[0]):
            act(windows[0])

    timer.timeout.connect(look)
    timer.start(20)
    try:
        return run_window(make, made_shell(options()))
    finally:
        timer.stop()


def furnished(window: Window) -> bool:
    """Tell whether the day is on screen."""
    return window.desk is not None and window.board.newest(facts.AccountMarked) is not None


def test_closing_the_window_stops_the_day_and_then_closes_it(qapp: QApplication, reports: CannedReports) -> None:
    day = Day(reports)
    assert live(day.make, furnished, lambda w: bool(w.close())) == 0
    assert day.notes == ["made", "stopped", "closed"]


def test_closing_before_the_day_is_there_leaves_nothing(qapp: QApplication, reports: CannedReports) -> None:
    started = asyncio.Event()

    async def never(bus: Bus) -> Running:
        started.set()
        await asyncio.sleep(3600)
        raise AssertionError("unreachable")

    assert live(never, lambda w: started.is_set(), lambda w: bool(w.close())) == 0


def test_a_day_that_cannot_be_made_shows_its_remedy_and_can_be_retried(
    qapp: QApplication, reports: CannedReports
) -> None:
    day = Day(reports)
    day.fault = FeedLost("the practice exchange did not answer in 5 s")
    seen: list[str] = []

    def act(window: Window) -> None:
        cover = window.findChild(type(_cover(window)))
        assert cover is not None
        if cover.is_failed and not seen:
            seen.append(cover._cover.fault.words)
            cover.retry_wanted.emit()
        elif furnished(window):
            window.close()

    assert live(day.make, lambda w: True, act) == 0
    assert "did not answer" in seen[0]
    assert "the feed reconnects by itself" in seen[0]
    assert day.notes == ["made", "made", "stopped", "closed"]


def _cover(window: Window) -> object:
    from cockpit.ui.start_cover import StartCover

    return next(w for w in window.findChildren(StartCover))


def test_a_day_that_breaks_is_closed_and_its_fault_is_shown(qapp: QApplication, reports: CannedReports) -> None:
    day = Day(reports)
    day.run_fault = RuntimeError("the flow broke")
    seen: list[str] = []

    def act(window: Window) -> None:
        seen.append(_cover(window)._cover.fault.words)  # type: ignore[attr-defined]
        window.close()

    code = live(day.make, lambda w: bool(_cover(w).is_failed), act)  # type: ignore[attr-defined]
    assert code == 1
    assert "the flow broke" in seen[0]
    assert day.notes == ["made", "closed"]


async def test_a_headless_day_leaves_two_pictures(
    qapp: QApplication, reports: CannedReports, board: Board, tmp_path: Path
) -> None:
    files = await picture_day(board, CannedDesk(), reports, PANELS, tmp_path, "canned")
    assert [f.name for f in files] == ["canned-dark.png", "canned-light.png"]
    assert all(f.stat().st_size > 50_000 for f in files)


async def test_a_board_that_heard_nothing_still_makes_a_picture(
    qapp: QApplication, reports: CannedReports, tmp_path: Path
) -> None:
    files = await picture_day(Board(), CannedDesk(), reports, PANELS, tmp_path, "quiet", themes=("dark",))
    assert len(files) == 1


HEAVY = ("lightgbm", "sklearn", "pandas", "yfinance", "kiteconnect", "scipy.stats", "sqlalchemy", "numba", "aiohttp")


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    code = (
        "import sys\n"
        "from cockpit.ui.gallery import PANELS\n"
        "from cockpit.orders import Mode\n"
        "from cockpit.ui.board import Board\n"
        "from cockpit.ui.shell import application\n"
        "from cockpit.ui.theme import Theme\n"
        "from cockpit.ui.window import Fittings, Window\n"
        "from cockpit.ui.pictures import settle\n"
        "app = application(); theme = Theme(app); theme.apply()\n"
        "w = Window(theme, Fittings(Mode.PRACTICE, PANELS, 'x', 'x')); w.take_board(Board())\n"
        "w.show(); settle(); w.grab()\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])\n"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPO, check=True)
    assert made.stdout.strip() == "[]"


def test_the_gallerys_board_is_never_fresh_when_it_is_stale(reports: CannedReports) -> None:
    board = board_in("stale", reports)
    assert all(board.freshness(i.token).is_doubtful for i in reports.trading.instruments)


@pytest.mark.slow
def test_a_real_window_opens_under_an_x_server(tmp_path: Path) -> None:
    import shutil

    if shutil.which("xvfb-run") is None:
        pytest.skip("needs xvfb-run: install xvfb")
    code = (
        "from PySide6.QtCore import QTimer\n"
        "from cockpit.ui.shell import application\n"
        "from cockpit.ui.theme import Theme\n"
        "from cockpit.ui.gallery import window_in\n"
        "app = application(); theme = Theme(app); theme.apply()\n"
        "w = window_in('live', theme); w.show(); w.activateWindow()\n"
        f"QTimer.singleShot(1500, lambda: (w.grab().save({str(tmp_path / 'x.png')!r}), app.quit()))\n"
        "app.exec(); print(app.platformName())\n"
    )
    command = ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24", sys.executable, "-c", code]
    environment = {**__import__("os").environ, "QT_QPA_PLATFORM": "xcb"}
    made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=REPO, env=environment)
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip() == "xcb"
    assert (tmp_path / "x.png").stat().st_size > 50_000


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_window_and_puts_the_day_away(asked: signal.Signals) -> None:
    script = (
        "import asyncio, os\n"
        "from cockpit.orders import Mode\n"
        "from cockpit.ui.canned import CannedDesk, CannedReports\n"
        "from cockpit.ui.runner import Running, run_window\n"
        "from cockpit.ui.shell import WindowOptions, made_shell\n"
        "async def run():\n"
        f"    os.kill(os.getpid(), {int(asked)})\n"
        "    await asyncio.sleep(3600)\n"
        "async def close():\n"
        "    print('put away')\n"
        "async def make(bus):\n"
        "    return Running(CannedDesk(), CannedReports(), run, close)\n"
        "shell = made_shell(WindowOptions(Mode.PRACTICE, (), 'test', 'tester'))\n"
        "raise SystemExit(run_window(make, shell))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=REPO, capture_output=True, text=True, timeout=120, check=False
    )
    assert (answer.returncode, answer.stdout.strip()) == (0, "put away"), answer.stderr
