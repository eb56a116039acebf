"""One day, three ways: over the wire, from its recording, and with the readable twins. All must be equal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.brains.scan import scanned
from cockpit.engine.bars import build_day
from cockpit.engine.prepare import CURVE_SESSIONS, trading_day
from cockpit.facts import Incident
from cockpit.market import Interval, TradingDay
from cockpit.places import resources_folder
from cockpit.practice_run import practice_market
from cockpit.settings import ScanSettings
from cockpit.simulator.kite_packets import WireMode, frames
from cockpit.simulator.market import PracticeMarket
from cockpit.storage.home import Home
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.recorder import TickRecorder, TickStore
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.kite_wire import decode
from cockpit.venues.recorded import RecordedMarket, Tape
from tests.simulation.plugged import played

DAY = date(2026, 11, 20)
N_NAMES = 40
INDEX = 256_265


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> tuple[TradingDay, list[bytes]]:
    """A practice day of the scan's best names and the index, as prepared and as bytes on the wire."""
    calendar = NseCalendar.load(resources_folder())
    session = calendar.session(DAY)
    assert session is not None
    market = practice_market(7, resources_folder(), Home.at(tmp_path_factory.mktemp("home")))
    evening = calendar.preceding(DAY).day
    scan = scanned(market.daily_panel(evening), evening, session.opens, ScanSettings())
    tokens = sorted([INDEX, *(pick.token for pick in scan.picks[:N_NAMES])])
    day = _prepared(market, calendar, tokens)
    tapes = [market.tape(token, DAY) for token in tokens]
    grid = market.grid(DAY)
    modes = dict.fromkeys(tokens, WireMode.FULL)
    start_s = grid.start // 10**9
    return day, [f for f in frames(tapes, modes, start_s, 0, grid.n_seconds) if f]


def _prepared(market: PracticeMarket, calendar: NseCalendar, tokens: list[int]) -> TradingDay:
    session = calendar.session(DAY)
    assert session is not None
    days = [DAY]
    while len(days) <= CURVE_SESSIONS:
        days.append(calendar.preceding(days[-1]).day)
    bars = np.concatenate([market.minutes(tokens, d, Interval.M1, days[1]) for d in reversed(days[1:])])
    past = {token: bars[bars["token"] == token] for token in tokens}
    instruments = [market.instrument(token, DAY) for token in tokens]
    return trading_day(session, Interval.M1, instruments, market.daily_panel(days[1]), past, {})


def _decoded(wire: list[bytes]) -> Iterator[NDArray[Any]]:
    return (decode(frame, 0).ticks for frame in wire)


@pytest.mark.slow
async def test_the_wire_its_recording_and_the_readable_twins_give_equal_bars_trades_and_journals(
    practice: tuple[TradingDay, list[bytes]], tmp_path: Path
) -> None:
    day, wire = practice
    complaints: list[Incident] = []
    recorder = TickRecorder(tmp_path, DAY, complaints.append)
    ledger = SqlLedger.open(tmp_path / "live.db")
    live = await played(day, _recording(_decoded(wire), recorder), ledger=ledger)
    await recorder.close()
    await ledger.close()
    replay = await played(day, TickStore(tmp_path).recorded(DAY))
    plain = await played(day, _decoded(wire), plain=True)
    assert complaints == []
    assert len(live.trades) >= 1
    assert replay.trades == live.trades == plain.trades
    assert replay.bars == live.bars == plain.bars
    assert replay.head == live.head == plain.head


def _recording(ticks: Iterator[NDArray[Any]], recorder: TickRecorder) -> Iterator[NDArray[Any]]:
    import time

    for n, frame in enumerate(ticks):
        recorder.record(frame)
        if n % 2000 == 0:
            time.sleep(0.2)  # flat out the disk could fall behind, and a recorder never makes its day wait
        yield frame


async def test_a_whole_day_of_ticks_in_one_call_gives_the_bars_of_the_live_day(
    practice: tuple[TradingDay, list[bytes]],
) -> None:
    day, wire = practice
    one_call = build_day(np.concatenate(list(_decoded(wire))), day)
    live = await played(day, _decoded(wire))
    assert [bars.tobytes() for bars in one_call] == live.bars


def _recorded_days(market: RecordedMarket) -> list[tuple[Tape, date]]:
    ticks = [(Tape.TICKS, d.astype(object)) for d in market.days(Tape.TICKS)]
    quarters = market.days(Tape.QUARTERS)
    spread = quarters[30 : 30 + 20 * 10 : 10]
    return ticks + [(Tape.QUARTERS, d.astype(object)) for d in spread]


@pytest.mark.slow
async def test_kernel_and_twin_trade_alike_on_recorded_nse_days(market_data: Path) -> None:
    market = RecordedMarket(market_data)
    calendar = NseCalendar.load(resources_folder())
    panels = {tape: market.daily(tape) for tape in (Tape.TICKS, Tape.QUARTERS)}
    traded, days = 0, _recorded_days(market)
    for tape, recorded_day in days:
        session = calendar.session(recorded_day)
        assert session is not None
        instruments = market.instruments(tape, recorded_day)
        past = market.past(tape, recorded_day, [i.symbol for i in instruments], CURVE_SESSIONS)
        panel = panels[tape]
        day = trading_day(session, market.interval(tape), instruments, panel, past, {})
        kernel = await played(day, market.frames(tape, recorded_day))
        plain = await played(day, market.frames(tape, recorded_day), plain=True)
        assert kernel.trades == plain.trades, recorded_day
        assert kernel.bars == plain.bars, recorded_day
        assert kernel.head == plain.head, recorded_day
        traded += len(kernel.trades)
    assert len(days) == 22
    assert traded >= 20
