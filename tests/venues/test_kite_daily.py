"""Kite's daily candles as evidence: an unfinished day is no bar, a bad name is named, a dead token ends it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

import numpy as np
import pytest

from cockpit.clock import TapeClock, instant
from cockpit.errors import BadInput, NotFound, TokenExpired
from cockpit.market import Bars, Instrument, Interval, Quote, bars_of
from cockpit.venues.kite_daily import INDIA_VIX, NIFTY, KiteDaily
from cockpit.venues.sources import PRICES, Ask
from tests.venues.scripted_source import NAMES, SESSION

ASK = Ask(SESSION, instant(SESSION, time(20)), date(2026, 7, 1), NAMES[:3])


class FakeHistory:
    """The broker's history: two daily candles of every name, or an error."""

    def __init__(self, is_over: bool, **faults: Exception) -> None:
        self.is_over = is_over
        self.faults = {int(token.removeprefix("t")): fault for token, fault in faults.items()}
        self.asked: list[tuple[int, Interval, int, int]] = []

    async def instruments(self, exchange: str = "NSE") -> Sequence[Instrument]:
        return NAMES

    async def candles(self, token: int, interval: Interval, start: int, end: int) -> Bars:
        self.asked.append((token, interval, start, end))
        if token in self.faults:
            raise self.faults[token]
        bars = bars_of(2)
        bars["token"], bars["interval_s"], bars["volume"] = token, 86_400, 0 if token == INDIA_VIX else 1000
        bars["ts_open"] = [instant(date(2026, 7, 30), time(0)), instant(SESSION, time(0))]
        bars["open"] = bars["low"] = bars["close"] = 10_050
        bars["high"], bars["partial"] = 10_100, [0, not self.is_over]
        return bars

    async def quotes(self, keys: Sequence[str]) -> Mapping[str, Quote]:
        return {}


def source(is_over: bool = True, **faults: Any) -> tuple[KiteDaily, FakeHistory]:
    history = FakeHistory(is_over, **faults)
    return KiteDaily(history, TapeClock(ASK.as_of)), history


async def test_candles_become_rupees_by_indian_day() -> None:
    kite, history = source()
    answer = await kite.fetch(PRICES, ASK)
    assert [token for token, *_ in history.asked] == [101, 102, 103]
    assert history.asked[0][1:3] == (Interval.D1, instant(date(2026, 7, 1), time(0)))
    assert answer.value["close"].tolist() == [100.5] * 6
    assert {str(d) for d in answer.value["day"]} == {"2026-07-30", "2026-07-31"}
    assert np.isnan(answer.value["delivery"]).all()
    assert answer.origin.fallback == ""


@pytest.mark.parametrize(("is_over", "n_days"), [(False, 1), (True, 2)])
async def test_a_session_that_is_not_over_has_no_bar_yet(is_over: bool, n_days: int) -> None:
    kite, _ = source(is_over)
    assert len(np.unique((await kite.fetch(PRICES, ASK)).value["day"])) == n_days


async def test_one_name_the_broker_does_not_know_is_named_and_a_dead_token_is_the_whole_sources() -> None:
    kite, _ = source(t102=NotFound("no such instrument"))
    answer = await kite.fetch(PRICES, ASK)
    assert set(answer.value["token"].tolist()) == {101, 103}
    assert answer.origin.fallback == "1 names without an answer: NAME2: no such instrument"
    with pytest.raises(TokenExpired):
        await source(t102=TokenExpired("log in"))[0].fetch(PRICES, ASK)
    with pytest.raises(BadInput, match="no candle of any name: NAME1: gone"):
        await source(t101=NotFound("gone"), t102=NotFound("gone"), t103=NotFound("gone"))[0].fetch(PRICES, ASK)


async def test_the_index_comes_with_its_volatility_or_without() -> None:
    rows = (await source()[0].fetch("index", ASK)).value
    assert rows["close"].tolist() == [100.5, 100.5]
    assert rows["vix"].tolist() == [100.5, 100.5]
    assert rows["visible"].tolist() == [instant(date(2026, 7, d), time(19, 30)) for d in (30, 31)]
    alone = (await source(**{f"t{INDIA_VIX}": NotFound("x")})[0].fetch("index", ASK)).value
    assert np.isnan(alone["vix"]).all()
    with pytest.raises(NotFound):
        await source(**{f"t{NIFTY}": NotFound("x")})[0].fetch("index", ASK)
