"""The child of `bench_window`: the real window on a made feed for some seconds; prints lag, memory slope and CPU."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.bus import Bus
from cockpit.clock import NS, WallClock
from cockpit.facts import FeedMoved, FeedState, Genesis
from cockpit.market import Instrument, Interval, TickMode, TradingDay, ticks_of
from cockpit.orders import Mode
from cockpit.places import resources_folder
from cockpit.ports import Frame
from cockpit.settings import Settings
from cockpit.ui.runner import Running, Session
from cockpit.ui.shell import WindowOptions, made_shell

Array = NDArray[np.float64]
NAMES: Final = 60
FRAMES_S: Final = 5
PAGE: Final = resource.getpagesize()
WARM: Final = 1 / 3
"""The first third of the run is left out of lag and slope: kernels are compiled, each row of a table is drawn once and
each pixmap, font and glyph is kept from then on."""


class MadeFeed:
    """Send five frames a second with a tick of every name in each, stamped with the clock it is given."""

    def __init__(self, day: TradingDay, clock: WallClock) -> None:
        self._day, self._clock = day, clock
        self._price = np.full(len(day.instruments), 100_000, dtype=np.int64)
        self._volume = np.zeros(len(day.instruments), dtype=np.int64)
        self._dice = np.random.default_rng(7)

    async def stream(self) -> AsyncIterator[Frame]:
        """Yield frames until the task is cancelled."""
        yield FeedMoved(self._clock.now(), FeedState.LIVE, "a made feed")
        while True:
            await asyncio.sleep(1 / FRAMES_S)
            yield self._frame()

    def _frame(self) -> Frame:
        n = len(self._day.instruments)
        self._price += self._dice.integers(-2, 3, n) * 5
        self._volume += self._dice.integers(1, 400, n)
        ticks = ticks_of(n)
        ticks["token"] = [i.token for i in self._day.instruments]
        ticks["ts_event"] = ticks["ts_seen"] = self._clock.now()
        ticks["last_price"], ticks["volume"], ticks["mode"] = self._price, self._volume, int(TickMode.QUOTE)
        return ticks

    async def watch(self, tokens: Sequence[int]) -> None:
        """Ignore it: the feed sends what the day has."""

    async def close(self) -> None:
        """Have nothing to give back."""


async def make_running(bus: Bus) -> Running:
    """Plug a real flow over the made feed; the ledger is in memory, so that no disk is measured here."""
    from cockpit.engine.desk import TradingDesk
    from cockpit.engine.flow import Flow, Plugs
    from cockpit.engine.prepare import trading_day
    from cockpit.engine.reports import DayReports
    from cockpit.engine.risk.gate import Gate
    from cockpit.market import DailyPanel
    from cockpit.paper.broker import PaperBroker
    from cockpit.paper.costs import ChargeTable
    from cockpit.roster import rules, strategies
    from cockpit.storage.memory import MemoryLedger
    from cockpit.storage.projections import Projection
    from cockpit.venues.calendar import NseCalendar

    session = NseCalendar.load(resources_folder()).session(date(2026, 11, 20))
    assert session is not None
    names = tuple(Instrument(1000 + n, f"NAME{n}") for n in range(NAMES))
    none = np.full((1, NAMES), np.nan)
    close = np.full((1, NAMES), 1000.0)
    yesterday = np.array([np.datetime64(session.day) - 1])
    panel = DailyPanel(yesterday, names, close, close, close, close, none, none, "made")
    day = trading_day(session, Interval.M1, names, panel, {}, {})
    clock = WallClock(session.opens + 60 * NS, 1.000001)
    settings, books, ledger = Settings(), Projection(), MemoryLedger()
    genesis = Genesis(clock.now(), Mode.PRACTICE, "bench", 100_000_000, "bench")
    await ledger.write(genesis)
    books.apply(genesis)
    costs = ChargeTable.load(resources_folder() / "charges.toml")
    broker = PaperBroker(day, costs, settings.paper, Mode.PRACTICE, clock.now)
    gate = Gate(rules(Mode.PRACTICE))
    feed = MadeFeed(day, clock)
    plugs = Plugs(clock, feed, broker, ledger, books, costs, strategies(settings), gate, bus, settings, "made")
    flow = Flow(plugs, day)
    await flow.open()
    return Running(TradingDesk(flow), DayReports(flow), flow.run, feed.close)


async def measured(session: Session, seconds: float) -> dict[str, Any]:
    """Probe the loop and the memory for `seconds`, then close the window and answer the figures."""
    # Room for every reading is taken and written to before the first, so that these notes do not count as growth.
    lags, memory = np.full(int(seconds * 100) + 1, -1.0), np.full((int(seconds) + 1, 2), -1.0)
    n_lags = n_memory = 0
    began, cpu = time.monotonic(), 0.0
    while (now := time.monotonic()) - began < seconds:
        await asyncio.sleep(0.01)
        lag = (time.monotonic() - now - 0.01) * 1000
        if now - began > seconds * WARM:
            cpu = cpu or time.process_time()
            lags[n_lags], n_lags = lag, n_lags + 1
            if not n_memory or now - memory[n_memory - 1, 0] >= 1.0:
                memory[n_memory], n_memory = (now, _resident_mb()), n_memory + 1
    lags, memory = lags[:n_lags], memory[:n_memory]
    used = (time.process_time() - cpu) / (seconds * (1 - WARM))
    session.window.close()
    slope, error = _slope(memory)
    return {
        "lag_p50_ms": float(np.median(lags)),
        "lag_p99_ms": float(np.quantile(lags, 0.99)),
        "lag_worst_ms": float(lags.max()),
        "slope_mb_h": slope * 3600,
        "slope_se_mb_h": error * 3600,
        "cpu_share": used,
    }


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


def _slope(memory: Array) -> tuple[float, float]:
    t, mb = np.array(memory).T
    t = t - t.mean()
    slope = float((t * mb).sum() / (t * t).sum())
    rest = mb - mb.mean() - slope * t
    return slope, float(np.sqrt((rest**2).sum() / max(1, len(t) - 2) / (t * t).sum()))


def main(seconds: float) -> None:
    """Open the window, measure, print one line of JSON."""
    import qasync

    from cockpit.screen import PANELS

    shell = made_shell(WindowOptions(Mode.PRACTICE, PANELS, "bench", "bench"))
    loop = qasync.QEventLoop(shell.app)
    asyncio.set_event_loop(loop)
    session = Session(make_running, shell)

    async def both() -> dict[str, Any]:
        told: tuple[int, dict[str, Any]] = await asyncio.gather(session.live(), measured(session, seconds))
        return told[1]

    with loop:
        figures = loop.run_until_complete(both())
    print(json.dumps(figures))


if __name__ == "__main__":
    main(float(sys.argv[1]))
