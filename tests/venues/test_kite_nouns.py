"""Market rows of the broker become nouns exactly, or are refused by name."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.clock import IST, ist, to_ns
from cockpit.errors import BadInput
from cockpit.market import Interval, Series
from cockpit.venues.kite_nouns import (
    COLUMNS,
    candles_of,
    instruments_of,
    last_prices_of,
    moment,
    paise_of,
    quotes_of,
    scaled,
    series_of,
)

LATER = 4_000_000_000 * 10**9


def dump(*rows: str) -> str:
    return "\n".join([",".join(COLUMNS), *rows])


RELIANCE = "738561,2885,RELIANCE,RELIANCE INDUSTRIES,0.0,,0.0,0.1,1,EQ,NSE,NSE"


def test_the_brokers_dump_reads_whole_with_tokens_and_ticks_as_told(kite_mocks: Path) -> None:
    nse = instruments_of((kite_mocks / "instruments_nse.csv").read_bytes())
    every = instruments_of((kite_mocks / "instruments_all.csv").read_bytes())
    assert (len(nse.instruments), len(every.instruments), nse.refused, every.refused) == (99, 99, (), ())
    segments = [i.token & 0xFF for i in every.instruments]
    assert [segments.count(segment) for segment in (1, 4, 2)] == [55, 19, 25]
    assert {i.tick_size for i in every.instruments} == {1, 5, 25}
    assert {i.exchange for i in nse.instruments} == {"NSE"}


def test_series_come_from_the_suffix_of_the_symbol(kite_mocks: Path) -> None:
    by_symbol = {i.symbol: i for i in instruments_of((kite_mocks / "instruments_nse.csv").read_bytes()).instruments}
    assert by_symbol["CENTRALBK-BE"].series is Series.BE
    assert by_symbol["EMMBI-BL"].series is Series.OTHER
    told = {"BAJAJ-AUTO": Series.EQ, "MCDOWELL-N": Series.EQ, "M&M": Series.EQ, "X-SM": Series.SM, "Y-ST": Series.ST}
    told |= {"Z-BZ": Series.BZ, "A-GS": Series.OTHER, "-BE": Series.EQ}
    assert {symbol: series_of(symbol, 257, "EQ", "NSE") for symbol in told} == told
    assert series_of("NIFTY 50", 256265, "EQ", "NSE") is Series.INDEX
    assert series_of("NIFTY26NOVFUT", 258, "FUT", "NFO") is Series.OTHER


def test_an_index_may_have_no_tick_and_a_stock_may_not() -> None:
    index = "256265,1001,NIFTY 50,NIFTY 50,0,,0,0,0,EQ,INDICES,NSE"
    (found,) = instruments_of(dump(index)).instruments
    assert (found.is_index, found.tick_size) == (True, 0)
    with pytest.raises(BadInput, match="one above 0 expected"):
        instruments_of(dump(RELIANCE.replace("0.1,1", "0,1")))


def test_one_odd_row_in_many_is_left_out_by_name() -> None:
    rows = [RELIANCE.replace("738561,2885,RELIANCE", f"{n << 8 | 1},{n},S{n}") for n in range(1, 100)]
    odd = RELIANCE.replace("2885", "2886")
    told = instruments_of(dump(*rows, odd))
    assert len(told.instruments) == 99
    assert told.refused == ("row 101 (RELIANCE): token 738561 does not contain exchange token 2886",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2", "columns"),
        (dump(), "0 of 0 rows"),
        (dump(RELIANCE, RELIANCE), "NSE:RELIANCE is there twice"),
        (dump(RELIANCE.replace("738561", "x")), "1 of 1 rows cannot be read"),
        (dump(RELIANCE.replace("0.1,1", "0.123,1")), "finer than 1/100"),
    ],
)
def test_a_dump_that_cannot_be_trusted_is_refused_whole(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        instruments_of(text)


# -- quotes ------------------------------------------------------------------------------------------------------------


def told(path: Path) -> Any:
    return json.loads(path.read_text())["data"]


def test_a_quote_has_bands_depth_and_indian_time(kite_mocks: Path) -> None:
    quote = quotes_of(told(kite_mocks / "quote.json"))["NSE:INFY"]
    assert (quote.token, quote.last_price, quote.bid, quote.ask) == (408065, 141295, 0, 141295)
    assert (quote.band_low, quote.band_high) == (125070, 152860)
    assert ist(quote.ts).isoformat() == "2021-06-08T15:45:56+05:30"


def test_last_prices_are_read_from_the_short_forms_too(kite_mocks: Path) -> None:
    assert last_prices_of(told(kite_mocks / "ltp.json")) == {"NSE:INFY": 107435}
    assert last_prices_of(told(kite_mocks / "ohlc.json")) == {"NSE:INFY": 107500}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"timestamp": None}, "carries no time"),
        ({"last_price": None}, "last_price is None"),
        ({"last_price": float("nan")}, "a finite number expected"),
        ({"last_price": 1412.953}, "finer than 1/100"),
        ({"instrument_token": "x"}, "cannot be read"),
    ],
)
def test_a_quote_that_is_not_whole_is_refused(kite_mocks: Path, change: dict[str, Any], words: str) -> None:
    row = told(kite_mocks / "quote.json")["NSE:INFY"] | change
    with pytest.raises(BadInput, match=words):
        quotes_of({"NSE:INFY": row})


# -- candles -----------------------------------------------------------------------------------------------------------


def test_minute_candles_are_the_brokers_to_the_paisa(kite_mocks: Path) -> None:
    bars = candles_of(told(kite_mocks / "historical_minute.json")["candles"][:6], 5633, Interval.M1, LATER)
    assert ist(int(bars["ts_open"][0])).isoformat() == "2017-12-15T09:15:00+05:30"
    assert [int(bars[0][n]) for n in ("open", "high", "low", "close", "volume")] == [
        170450,
        170500,
        169925,
        170280,
        2499,
    ]
    first, rest = bars[:5], bars[5:]
    five = (first["open"][0], first["high"].max(), first["low"].min(), first["close"][-1], first["volume"].sum())
    assert five == (170450, 170500, 169800, 169980, 5915)
    assert ist(int(rest["ts_open"][0])).isoformat() == "2017-12-15T09:20:00+05:30"
    assert not bars["partial"].any()


def test_candles_with_open_interest_read_the_same(kite_mocks: Path) -> None:
    rows = told(kite_mocks / "historical_oi.json")["candles"]
    bars = candles_of(rows, 12517890, Interval.M1, LATER)
    assert len(bars) == len(rows) == 6
    assert (int(bars["open"][0]), int(bars["volume"][0])) == (1200990, 163275)


def test_a_candle_that_is_not_over_is_marked() -> None:
    rows = [["2026-11-20T09:15:00+0530", 1, 1, 1, 1, 5], ["2026-11-20T09:16:00+0530", 1, 1, 1, 1, 5]]
    now = to_ns(datetime(2026, 11, 20, 9, 16, 59, tzinfo=IST))
    assert list(candles_of(rows, 257, Interval.M1, now)["partial"]) == [0, 1]
    day = [["2026-11-20T00:00:00+0530", 1, 1, 1, 1, 5]]
    assert candles_of(day, 257, Interval.D1, now)["partial"][0] == 1
    assert candles_of(day, 257, Interval.D1, to_ns(datetime(2026, 11, 20, 16, tzinfo=IST)))["partial"][0] == 0


@pytest.mark.parametrize(
    "spoilt",
    [
        ["2026-11-20T09:15:00+0530", 2, 2, 2, 2, 5],  # the same minute again
        ["2026-11-20T09:16:00+0530", 0, 2, 0, 2, 5],
        ["2026-11-20T09:16:00+0530", 2, 1.5, 1, 2, 5],
        ["2026-11-20T09:16:00+0530", 2, 3, 2.5, 2, 5],
        ["2026-11-20T09:16:00+0530", 2, 2, 2, 2, -5],
        ["2026-11-20T09:16:00+0530", None, 2, 2, 2, 5],
        ["2026-11-20T09:16:00+0530", 2, 2],
        ["2026-11-20 09:16:00", 2, 2, 2, 2, 5],
        [None, 2, 2, 2, 2, 5],
        [],
    ],
)
def test_a_row_that_is_no_candle_is_refused(spoilt: list[Any]) -> None:
    with pytest.raises(BadInput, match="candle"):
        candles_of([["2026-11-20T09:15:00+0530", 2, 2, 2, 2, 5], spoilt], 257, Interval.M1, LATER)


def test_no_candles_are_no_bars() -> None:
    assert len(candles_of([], 257, Interval.M1, LATER)) == 0


# -- numbers and moments -----------------------------------------------------------------------------------------------


@given(st.integers(1, 10**9), st.sampled_from((100, 10_000, 10_000_000)))
def test_a_price_written_as_a_float_comes_back_exactly(price: int, scale: int) -> None:
    assert scaled(price / scale, scale, "price") == price


@pytest.mark.parametrize("value", [None, "", "x", True, float("inf"), [], 1.005])
def test_what_is_no_price_is_refused(value: Any) -> None:
    with pytest.raises(BadInput, match="price is"):
        scaled(value, 100, "price")


def test_amounts_lose_the_dust_of_floats() -> None:
    assert [paise_of(v, "x") for v in (99725.05000000002, -629.2999999999993, 0.005)] == [9972505, -62930, 1]
    assert paise_of(Decimal("-0.005"), "x") == -1


def test_naive_times_are_indian_whatever_the_host_and_zoned_ones_keep_their_instant() -> None:
    want = to_ns(datetime(2021, 5, 31, 9, 18, 57, tzinfo=IST))
    assert moment("2021-05-31 09:18:57") == want
    assert moment(datetime(2021, 5, 31, 9, 18, 57)) == want  # noqa: DTZ001 - as the client gives it
    assert moment(datetime(2021, 5, 31, 3, 48, 57, tzinfo=timezone(timedelta(0)))) == want
    assert [moment(never) for never in (None, "", "0001-01-01 00:00:00", "1970-01-01 05:30:00")] == [None] * 4
    for wrong in ("09:16:39", "yesterday", 5):
        with pytest.raises(BadInput, match="cannot be read"):
            moment(wrong)
