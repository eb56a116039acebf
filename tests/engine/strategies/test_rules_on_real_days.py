"""Both rules beside their twins on real quarter hours, with every figure known only from earlier days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cockpit.clock import NS, instant
from cockpit.engine.bars import BarBuilder
from cockpit.engine.strategies.orb import OpeningRange
from cockpit.engine.strategies.orb_twin import OpeningRangeTwin
from cockpit.engine.strategies.vwap_pullback import VwapPullback
from cockpit.engine.strategies.vwap_pullback_twin import VwapPullbackTwin
from cockpit.market import (
    STATS,
    Bars,
    Instrument,
    Interval,
    Phase,
    Session,
    SessionKind,
    TradingDay,
    Window,
    bars_of,
)
from cockpit.orders import Intent, Side
from cockpit.settings import OrbSettings, VwapSettings
from tests.engine.strategies.made_walks import decided

SESSIONS_BEFORE = 15
TICK = 5
RealDay = tuple[TradingDay, list[Bars]]


@pytest.fixture(scope="module")
def real_days(market_data: Path) -> list[RealDay]:
    """Open the last sessions of July 2024, each from the 15 sessions before it."""
    span = [("ts", ">=", pd.Timestamp(2024, 7, 1)), ("ts", "<", pd.Timestamp(2024, 8, 1))]
    rows = pd.read_parquet(market_data / "bars_15min.parquet", filters=span)
    rows = rows[(rows["ts"].dt.time >= time(9, 15)) & (rows["ts"].dt.time < time(15, 30))]
    rows["day"], rows["bar"] = rows["ts"].dt.date, (rows["ts"].dt.hour * 60 + rows["ts"].dt.minute - 555) // 15
    rows["slot"] = pd.Categorical(rows["symbol"].astype(str)).codes
    return list(opened_days(rows))


def opened_days(rows: pd.DataFrame) -> Iterator[RealDay]:
    """Walk through the sessions, keeping what an evening knows."""
    n = int(rows["slot"].max()) + 1
    symbols = rows.drop_duplicates("slot").sort_values("slot")["symbol"].astype(str).tolist()
    names = tuple(Instrument(1000 + i, symbol) for i, symbol in enumerate(symbols))
    volumes, ranges, closes = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for day, today in rows.groupby("day"):
        if len(volumes) >= SESSIONS_BEFORE:
            stats = np.zeros(n, STATS)
            stats["band_low"] = stats["band_high"] = np.nan
            stats["token"] = [name.token for name in names]
            stats["atr14"], stats["previous_close"] = np.mean(ranges[-14:], axis=0), closes[-1]
            curve = np.cumsum(np.mean(volumes[-14:], axis=0), axis=1)
            yield opened(day, names, stats, curve, today)
        volume = np.full((n, 25), np.nan)
        volume[today["slot"], today["bar"]] = today["volume"]
        volumes.append(volume)
        spread = today.groupby("slot").agg(high=("high", "max"), low=("low", "min"), close=("close", "last"))
        spread = spread.reindex(range(n)).astype("float64") * 100
        ranges.append((spread["high"] - spread["low"]).to_numpy())
        closes.append(spread["close"].to_numpy())


def opened(
    day: date, names: tuple[Instrument, ...], stats: np.ndarray, curve: np.ndarray, today: pd.DataFrame
) -> RealDay:
    opens, closes = instant(day, time(9, 15)), instant(day, time(15, 30))
    hours = (Window(Phase.CONTINUOUS, opens, closes),)
    session = Session(day, SessionKind.REGULAR, "2024", hours, hours, closes - 1200 * NS, closes - 600 * NS)
    trading = TradingDay(session, Interval.M15, names, stats, curve)
    bars = bars_of(len(today))
    bars["token"], bars["interval_s"] = 1000 + today["slot"].astype("int64"), 900
    bars["ts_open"] = opens + today["bar"].astype("int64") * 900 * NS
    for column in ("open", "high", "low", "close"):
        bars[column] = np.rint(today[column].astype("float64") * 100 / TICK) * TICK
    bars["volume"] = today["volume"]
    closed = BarBuilder(trading).push_bars(bars)
    return trading, [these for these in closed if these["interval_s"][0] == 900]


def test_the_rules_and_their_twins_decide_alike_on_real_days(real_days: list[RealDay]) -> None:
    n_decisions = 0
    for day, closed in real_days:
        ranged = decided(OpeningRange(OrbSettings()), day, closed)
        assert ranged == decided(OpeningRangeTwin(OrbSettings()), day, closed)
        pulled = decided(VwapPullback(VwapSettings()), day, closed)
        assert pulled == decided(VwapPullbackTwin(VwapSettings()), day, closed)
        n_decisions += len(ranged) + len(pulled)
    assert len(real_days) >= 5
    assert n_decisions > 50


def test_every_real_intent_keeps_the_promises_of_its_rule(real_days: list[RealDay]) -> None:
    for day, closed in real_days:
        rules = (OpeningRange(OrbSettings()), VwapPullback(VwapSettings()))
        intents = [d for rule in rules for d in decided(rule, day, closed) if isinstance(d, Intent)]
        assert len({intent.intent_id for intent in intents}) == len(intents)
        assert sum(intent.rule == "ORB" for intent in intents) <= OrbSettings().top
        for intent in intents:
            assert intent.target is not None
            assert intent.entry % TICK == intent.stop % TICK == intent.target % TICK == 0
            below, above = sorted((intent.stop, intent.target))
            assert below < intent.entry < above
            assert (intent.stop < intent.entry) is (intent.side is Side.BUY)
            assert abs(intent.target - intent.entry) >= 2 * intent.risk_per_share
            assert intent.ts < intent.valid_until <= day.session.square_off
