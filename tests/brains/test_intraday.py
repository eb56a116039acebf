"""Intraday features: known at the end of their bar, the same live and recorded, and named when they are stale."""

from __future__ import annotations

from datetime import date
from datetime import time as clock_time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from cockpit.brains.features.intraday import INTERVALS, IntradayFeatures, closing
from cockpit.brains.leaks.lookahead import Columns, leaks
from cockpit.brains.leaks.spoiling import Inputs, Known
from cockpit.clock import NS, instant
from cockpit.errors import BadInput
from cockpit.market import Bars, Interval, bars_of

MINUTE = 60 * NS
DAYS = [date(2026, 7, d) for d in (27, 28, 29, 30, 31)]
N_NAMES = 3


def opens(day: date) -> int:
    return instant(day, clock_time(9, 15))


def made_minutes(day: date, n: int = 375, seed: int = 1) -> Bars:
    """Make the minutes of a session, some of one name missing."""
    rng = np.random.default_rng(seed + day.day)
    bars = bars_of(n * N_NAMES)
    grid = bars.reshape(n, N_NAMES)
    grid["token"] = 101 + np.arange(N_NAMES)
    grid["ts_open"] = (opens(day) + np.arange(n) * MINUTE)[:, None]
    grid["interval_s"] = 60
    close = 100_000 + np.cumsum(rng.integers(-40, 41, grid.shape), axis=0)
    grid["close"], grid["open"] = close, np.roll(close, 1, axis=0)
    grid["high"], grid["low"] = np.maximum(grid["open"], close) + 7, np.minimum(grid["open"], close) - 7
    grid["volume"] = rng.integers(1, 500, grid.shape)
    typical = (grid["high"] + grid["low"] + close) / 3
    grid["vwap"] = np.cumsum(typical * grid["volume"], axis=0) / np.cumsum(grid["volume"], axis=0)
    missing = (bars["token"] == 103) & (rng.random(len(bars)) < 0.3)
    return bars[~missing]


def everything() -> list[tuple[int, Bars]]:
    return [said for day in DAYS for said in closing(made_minutes(day), opens(day))]


def resampled(token: int, interval: Interval) -> pd.DataFrame:
    """Put a name's minutes together with pandas, stamped by their ends."""
    parts = []
    for day in DAYS:
        bars = made_minutes(day)
        bars = bars[bars["token"] == token]
        fields = ("open", "high", "low", "close", "volume", "vwap")
        frame = pd.DataFrame({f: bars[f] for f in fields}, index=pd.to_datetime(bars["ts_open"]))
        how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum", "vwap": "last"}
        part = frame.resample(f"{int(interval)}s", origin=pd.to_datetime(opens(day))).agg(how).dropna()  # type: ignore[arg-type]
        parts.append(part.assign(end=part.index.astype("int64") + int(interval) * NS))
    return pd.concat(parts)


def test_minutes_put_together_are_what_pandas_makes_of_them() -> None:
    made = np.concatenate([bars for _, bars in everything()])
    for interval in INTERVALS:
        for token in (101, 103):
            ours = made[(made["token"] == token) & (made["interval_s"] == int(interval))]
            theirs = resampled(token, interval)
            theirs = theirs[theirs["end"].isin(ours["ts_open"] + int(interval) * NS)]
            for field in ("open", "high", "low", "close", "volume", "vwap"):
                np.testing.assert_array_equal(ours[field], theirs[field])
    assert len(made[(made["token"] == 101) & (made["interval_s"] == 900)]) == 25 * len(DAYS)
    # The last hour of a session has no full hour: it is never told as if it had.
    assert len(made[(made["token"] == 101) & (made["interval_s"] == 3600)]) == 6 * len(DAYS)


def test_columns_are_what_pandas_says_at_the_end_of_each_bar() -> None:
    features = IntradayFeatures([103, 101])
    frame = resampled(101, Interval.M5)
    close, change = frame["close"], frame["close"].diff()
    up, down = (x.ewm(alpha=1 / 14, adjust=False).mean() for x in (change.clip(lower=0), (-change).clip(lower=0)))
    top, bottom = frame["high"].rolling(12).max(), frame["low"].rolling(12).min()
    expected = pd.DataFrame(
        {
            "return_5m": close.pct_change(),
            "vwap_gap_5m": close / frame["vwap"] - 1,
            "rsi_14_5m": (up / (up + down)).where(np.arange(len(frame)) >= 140),
            "range_place_12_5m": (close - bottom) / (top - bottom),
            "relative_volume_20_5m": frame["volume"] / frame["volume"].shift().rolling(19).mean(),
        }
    )
    expected.index = frame["end"].to_numpy()
    checked = 0
    for end, bars in everything():
        features.push(bars)
        if int(bars["interval_s"][0]) == 300 and 101 in bars["token"]:
            told = features.panel(end)
            row = [told.values[0, told.columns.index(name)] for name in expected.columns]
            np.testing.assert_allclose(row, expected.loc[end].to_numpy(), rtol=1e-9, atol=1e-12)
            checked += 1
    assert checked == 75 * len(DAYS)


def test_a_bar_that_has_not_ended_is_refused() -> None:
    features = IntradayFeatures([101, 102, 103])
    end, bars = everything()[0]
    features.push(bars)
    features.panel(end)
    with pytest.raises(BadInput, match="not known then"):
        features.panel(end - 1)
    with pytest.raises(BadInput, match="before the last one"):
        features.push(bars)
    with pytest.raises(BadInput, match="bars of 60 s"):
        features.push(made_minutes(DAYS[0])[:3])


def test_a_missed_bar_makes_its_interval_stale_and_no_other() -> None:
    features = IntradayFeatures([101])
    for end, bars in everything():
        features.push(bars)
        newest = end
    told = features.panel(newest)
    late = features.panel(newest + 5 * MINUTE)
    later = features.panel(newest + 10 * MINUTE)
    five = np.array([name.endswith("_5m") for name in told.columns])
    assert not told.stale[0, five].any()
    assert not late.stale[0, five].any()
    assert later.stale[0, five].all()
    np.testing.assert_array_equal(later.values, told.values)


def test_names_that_are_not_ours_pass_by() -> None:
    one, all_three = IntradayFeatures([102]), IntradayFeatures([101, 102, 103])
    for end, bars in everything():
        one.push(bars)
        all_three.push(bars)
        np.testing.assert_array_equal(one.panel(end).values[0], all_three.panel(end).values[1])


def told_by_minute(inputs: Inputs) -> Columns:
    """Answer the columns of one name at every minute of a session, from minutes as far as they are known."""
    bars = inputs["minutes"]
    bars = bars[~np.isnan(bars["vwap"])]
    features = IntradayFeatures([101])
    told = iter(closing(bars, opens(DAYS[0])))
    waiting = next(told, None)
    out: NDArray[Any] = np.full((len(inputs.days), len(features.columns)), np.nan)
    for row, moment in enumerate(inputs.days):
        while waiting is not None and waiting[0] <= moment:
            features.push(waiting[1])
            waiting = next(told, None)
        out[row] = features.panel(int(moment)).values[0]
    return {name: out[:, i] for i, name in enumerate(features.columns)}


def test_no_intraday_column_knows_a_minute_too_much() -> None:
    bars = made_minutes(DAYS[0])
    bars = bars[bars["token"] == 101]
    ends = bars["ts_open"] + MINUTE
    assert leaks(told_by_minute, Inputs(ends, {"minutes": Known(ends, bars)})) == ()
