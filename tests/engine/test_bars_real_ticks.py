"""Bars from two recorded sessions, beside the minutes that another program built from the same recording."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cockpit.clock import NS, instant
from cockpit.engine.bars import BarBuilder, build_day
from cockpit.market import (
    Bars,
    Instrument,
    Interval,
    Phase,
    Session,
    SessionKind,
    TickMode,
    Ticks,
    TradingDay,
    Window,
    ticks_of,
)
from tests.engine.made_days import made_day

DAY = date(2021, 5, 20)
IST_NS = 19_800 * NS
OHLC = ("open", "high", "low", "close")


@pytest.fixture(scope="module")
def recorded(market_data: Path) -> pd.DataFrame:
    """Read one recorded session; symbols in alphabetic order become tokens 101, 102, ..."""
    frame = pd.read_parquet(market_data / "ticks_sample.parquet")
    frame = frame[frame["ts"].dt.date == DAY].sort_values("ts", kind="stable")
    return frame.assign(token=101 + frame["symbol"].cat.remove_unused_categories().cat.codes.astype("int64"))


def real_day(n: int) -> TradingDay:
    """Open the recorded day for `n` names."""
    opens, closes = instant(DAY, time(9, 15)), instant(DAY, time(15, 30))
    hours = (Window(Phase.PRE_OPEN, opens - 900 * NS, opens), Window(Phase.CONTINUOUS, opens, closes))
    session = Session(DAY, SessionKind.REGULAR, "2021", hours, hours, closes - 1200 * NS, closes - 600 * NS)
    names = tuple(Instrument(101 + i, f"NAME{i}") for i in range(n))
    made = made_day(n)
    return TradingDay(session, Interval.M1, names, made.stats, made.volume_curve)


def ticks_from(recorded: pd.DataFrame) -> Ticks:
    """Write recorded rows as quote-mode ticks, one frame a second."""
    ticks = ticks_of(len(recorded))
    ticks["ts_event"] = ticks["ts_seen"] = recorded["ts"].astype("datetime64[ns]").astype("int64") - IST_NS
    ticks["token"] = recorded["token"]
    ticks["last_price"] = np.rint(recorded["ltp"].astype("float64") * 100)
    ticks["volume"] = recorded["cum_volume"]
    ticks["mode"] = TickMode.QUOTE
    return ticks


def minutes_of(closed: list[Bars]) -> pd.DataFrame:
    bars = np.concatenate([bars for bars in closed if bars["interval_s"][0] == 60])
    frame = pd.DataFrame({name: bars[name] for name in ("token", "ts_open", "open", "high", "low", "close", "volume")})
    return frame.assign(ts=pd.to_datetime(frame["ts_open"] + IST_NS)).set_index(["token", "ts"])


def test_minutes_agree_with_those_another_program_built(recorded: pd.DataFrame, market_data: Path) -> None:
    names: Any = recorded[["symbol", "token"]].drop_duplicates().set_index("symbol")["token"]
    theirs = pd.read_parquet(market_data / "bars_1min_from_ticks.parquet")
    theirs = theirs[(theirs["ts"].dt.date == DAY) & theirs["symbol"].isin(names.index)]
    theirs = theirs.assign(token=theirs["symbol"].map(names).astype("int64")).set_index(["token", "ts"])
    ours = minutes_of(build_day(ticks_from(recorded), real_day(len(names))))
    both = ours.join(theirs.add_suffix("_theirs"), how="inner")
    assert len(both) == len(ours) == len(theirs) > 10_000
    paise = {name: np.rint(both[f"{name}_theirs"].astype("float64") * 100).astype("int64") for name in OHLC}
    # They count the opening auction into the first minute, so that one differs in volume, and only that one.
    later = both.index.get_level_values("ts").time > time(9, 15)
    assert (both["volume"] == both["volume_theirs"])[later].all()
    assert (both["volume"] < both["volume_theirs"])[~later].all()
    # They take a repeat of the last price for a trade, so their minutes reach at least as far as ours.
    assert (both["high"] <= paise["high"]).all()
    assert (both["low"] >= paise["low"]).all()
    assert (both["close"] == paise["close"]).mean() > 0.99


def test_the_recorded_day_second_by_second_is_the_day_in_one_call(recorded: pd.DataFrame) -> None:
    ticks = ticks_from(recorded[recorded["ts"].dt.hour < 11])
    day = real_day(30)
    builder, closed = BarBuilder(day), list[Bars]()
    for frame in np.split(ticks, np.flatnonzero(np.diff(ticks["ts_seen"])) + 1):
        closed += builder.push(frame)
    closed += builder.advance(day.session.closes)
    assert [bars.tobytes() for bars in closed] == [bars.tobytes() for bars in build_day(ticks, day)]
