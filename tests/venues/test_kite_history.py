"""History is asked for in the chunks the broker allows and comes back whole, in order, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from cockpit.clock import IST, WallClock, ist, to_ns
from cockpit.errors import BadInput
from cockpit.market import Interval
from cockpit.venues.kite_history import CHUNK_DAYS, NAMES, KiteHistory, chunks, joined
from cockpit.venues.kite_nouns import candles_of
from cockpit.venues.kite_rest import KiteRest
from tests.venues.fake_kite import Asked, FakeRest, Reply, ok


class CandleServer(FakeRest):
    """Answer a candle at 09:15 and one at 15:29 of each day asked for, both ends included as the broker does."""

    def reply_to(self, asked: Asked) -> Reply:
        query = parse_qs(asked.query)
        first, last = (datetime.fromisoformat(query[name][0]) for name in ("from", "to"))
        candles = []
        for day in range((last.date() - first.date()).days + 1):
            for at in ("09:15:00", "15:29:00"):
                opens = datetime.fromisoformat(f"{first.date() + timedelta(days=day)} {at}")
                if first <= opens <= last:
                    candles.append([opens.strftime("%Y-%m-%dT%H:%M:%S+0530"), 10, 11, 9, 10.5, day])
        return ok({"candles": candles})


@pytest.fixture
def server() -> Iterator[CandleServer]:
    with CandleServer() as fake:
        yield fake


def history_from(server: FakeRest) -> KiteHistory:
    clock = WallClock(to_ns(datetime(2026, 11, 20, 18, tzinfo=IST)), 1000.0)
    return KiteHistory(KiteRest("key", lambda: "token-of-the-day", clock, root=server.root), clock)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return to_ns(datetime(year, month, day, hour, minute, tzinfo=IST))


@pytest.mark.parametrize(
    ("interval", "first", "last", "count"),
    [
        (Interval.M1, date(2026, 1, 1), date(2026, 6, 30), 4),
        (Interval.M5, date(2026, 1, 1), date(2026, 6, 30), 2),
        (Interval.D1, date(2015, 1, 1), date(2026, 11, 20), 3),
        (Interval.M1, date(2026, 1, 1), date(2026, 1, 1), 1),
        (Interval.M1, date(2026, 1, 2), date(2026, 1, 1), 0),
    ],
)
def test_long_spans_are_cut_as_the_broker_allows(interval: Interval, first: date, last: date, count: int) -> None:
    spans = list(chunks(first, last, interval))
    assert len(spans) == count
    days = [begin + timedelta(days=n) for begin, end in spans for n in range((end - begin).days + 1)]
    assert days == [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert all((end - begin).days < CHUNK_DAYS[interval] for begin, end in spans)


def test_every_interval_has_a_name_and_a_limit() -> None:
    assert set(NAMES) == set(CHUNK_DAYS) == set(Interval)


async def test_chunks_join_into_one_history_without_a_gap_or_a_double(server: CandleServer) -> None:
    bars = await history_from(server).candles(5633, Interval.M1, at(2026, 1, 1, 9, 15), at(2026, 6, 30, 15, 29))
    assert len(server.asked) == 4
    assert len(bars) == 2 * 181
    assert (bars["ts_open"][1:] > bars["ts_open"][:-1]).all()
    assert (int(bars["ts_open"][0]), int(bars["ts_open"][-1])) == (at(2026, 1, 1, 9, 15), at(2026, 6, 30, 15, 29))
    assert set(bars["token"]) == {5633}
    assert not bars["partial"].any()


async def test_times_are_sent_as_plain_indian_ones_and_both_ends_count(server: CandleServer) -> None:
    bars = await history_from(server).candles(5633, Interval.M1, at(2026, 11, 19, 15, 29), at(2026, 11, 20, 9, 15))
    query = parse_qs(server.asked[0].query)
    assert (query["from"], query["to"]) == (["2026-11-19 15:29:00"], ["2026-11-20 09:15:00"])
    assert [ist(int(ts)).strftime("%d %H:%M") for ts in bars["ts_open"]] == ["19 15:29", "20 09:15"]


def test_a_candle_told_twice_counts_once_and_the_later_word_stands() -> None:
    forming = candles_of(
        [["2026-03-01T09:15:00+0530", 1, 1, 1, 1, 1], ["2026-03-02T09:15:00+0530", 2, 2, 2, 2, 2]], 257, Interval.M1, 0
    )
    whole = candles_of(
        [["2026-03-02T09:15:00+0530", 3, 3, 3, 3, 3], ["2026-03-03T09:15:00+0530", 4, 4, 4, 4, 4]], 257, Interval.M1, 0
    )
    assert [int(volume) for volume in joined([forming, whole])["volume"]] == [1, 3, 4]


async def test_no_candles_are_an_empty_history(server: CandleServer) -> None:
    with FakeRest({"*": [ok({"candles": []})]}) as empty:
        assert len(await history_from(empty).candles(5633, Interval.D1, at(2026, 1, 1), at(2026, 1, 5))) == 0


async def test_an_end_before_its_start_is_refused(server: CandleServer) -> None:
    with pytest.raises(BadInput, match="the end lies before the start"):
        await history_from(server).candles(5633, Interval.M1, at(2026, 1, 2), at(2026, 1, 1))
    assert server.asked == []


async def test_quotes_go_in_batches_and_what_the_broker_leaves_out_stays_out() -> None:
    row = {"instrument_token": 408065, "timestamp": "2026-11-20 15:00:00", "last_price": 10}
    replies = [ok({"NSE:S0": row}), ok({"NSE:S500": row | {"last_price": 11}})]
    with FakeRest({"/quote": replies}) as server:
        quotes = await history_from(server).quotes([f"NSE:S{n}" for n in range(501)])
    assert {key: quote.last_price for key, quote in quotes.items()} == {"NSE:S0": 1000, "NSE:S500": 1100}
    assert [asked.query.count("i=") for asked in server.asked] == [500, 1]


async def test_the_dump_is_read_and_its_odd_rows_are_named(kite_mocks: Any) -> None:
    body = (kite_mocks / "instruments_nse.csv").read_bytes() + b"x,1,ODD,,0,,0,0.05,1,EQ,NSE,NSE\n"
    with FakeRest({"/instruments/NSE": [Reply(body=body, kind="text/csv")]}) as server:
        history = history_from(server)
        assert len(await history.instruments()) == 99
    assert [text.partition(":")[0] for text in history.refused] == ["row 101 (ODD)"]
