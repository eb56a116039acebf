"""Recorded real days: in order, one second a frame, nothing of the day itself in its past, and missing days named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cockpit.clock import DAY_NS, IST_OFFSET_NS, NS, hhmmss, ist_day
from cockpit.errors import BadInput
from cockpit.market import BAR, TICK, Interval
from cockpit.venues.recorded import RecordedMarket, Tape

TICK_DAY = date(2021, 5, 12)
QUARTER_DAY = date(2024, 6, 28)


@pytest.fixture(scope="module")
def market(market_data: Path) -> RecordedMarket:
    return RecordedMarket(market_data)


@pytest.fixture(scope="module")
def frames(market: RecordedMarket) -> list[np.ndarray]:
    return list(market.frames(Tape.TICKS, TICK_DAY))


def test_the_best_recording_of_a_day_is_taken(market: RecordedMarket) -> None:
    assert market.tape(TICK_DAY) is Tape.TICKS
    assert market.tape(date(2021, 5, 11)) is Tape.MINUTES
    assert market.tape(QUARTER_DAY) is Tape.QUARTERS
    intervals = [market.interval(tape) for tape in Tape]
    assert intervals == [Interval.M1, Interval.M1, Interval.M15]


@pytest.mark.parametrize("day", [date(2019, 1, 1), date(2024, 6, 29)])
def test_a_day_without_recording_is_an_error_that_names_the_days_there_are(market: RecordedMarket, day: date) -> None:
    with pytest.raises(BadInput, match=f"{day}.*2021-05-12, 2021-05-20.*2024-01-01 to 2024-12-31"):
        market.tape(day)


def test_a_folder_that_is_not_there_or_lacks_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder of recordings"):
        RecordedMarket(tmp_path / "nowhere")
    with pytest.raises(BadInput, match=r"ticks_sample\.parquet is not in"):
        RecordedMarket(tmp_path).tape(TICK_DAY)


def test_tick_frames_ascend_and_each_holds_one_second(frames: list[np.ndarray]) -> None:
    assert all(frame.dtype == TICK and len(frame) for frame in frames)
    seconds = np.array([frame["ts_event"][0] for frame in frames])
    assert (np.diff(seconds) >= NS).all()
    assert all((frame["ts_event"] == frame["ts_event"][0]).all() for frame in frames)
    assert (seconds % NS == 0).all()
    assert {ist_day(int(ts)) for ts in seconds[:: len(seconds) // 50]} == {TICK_DAY}


def test_every_row_of_the_file_is_played_once(market: RecordedMarket, frames: list[np.ndarray]) -> None:
    table = market._table("ticks_sample.parquet")
    of_day = table["ts"].astype("datetime64[D]") == np.datetime64(TICK_DAY)
    ticks = np.concatenate(frames)
    assert len(ticks) == of_day.sum()
    assert ticks["volume"].sum() == table["cum_volume"][of_day].sum()
    assert ticks["last_price"].sum() == np.rint(table["ltp"][of_day].astype(np.float64) * 100).sum()


def test_indian_wall_clock_time_becomes_utc(frames: list[np.ndarray]) -> None:
    # That day's recorder began a minute late and broke off early.
    ends = (frames[0], frames[-1])
    assert [hhmmss(int(frame["ts_event"][0])) for frame in ends] == ["09:16:19", "13:45:22"]


def test_prices_are_whole_paise_on_the_exchanges_grid_of_that_year(frames: list[np.ndarray]) -> None:
    prices = np.concatenate([frame["last_price"] for frame in frames])
    assert (prices > 0).all()
    assert (prices % 5 == 0).all()


def test_bar_frames_hold_one_closing_instant_each_in_token_order(market: RecordedMarket) -> None:
    frames = list(market.frames(Tape.QUARTERS, QUARTER_DAY))
    assert len(frames) == 25
    opens = [int(frame["ts_open"][0]) for frame in frames]
    assert np.diff(opens).tolist() == [900 * NS] * 24
    for frame in frames:
        assert frame.dtype == BAR
        assert (frame["ts_open"] == frame["ts_open"][0]).all()
        assert (np.diff(frame["token"]) > 0).all()
        assert (frame["interval_s"] == 900).all()
        assert ((frame["low"] > 0) & (frame["low"] <= frame["close"])).all()


def test_tokens_are_the_same_in_two_readings_and_belong_to_one_name_each(market_data: Path) -> None:
    def names() -> list[tuple[int, str]]:
        market = RecordedMarket(market_data)
        read = [*market.instruments(Tape.QUARTERS, QUARTER_DAY), *market.instruments(Tape.TICKS, TICK_DAY)]
        return [(i.token, i.symbol) for i in read]

    first = names()
    assert first == names()
    pairs = set(first)
    assert len({token for token, _ in pairs}) == len({symbol for _, symbol in pairs}) == len(pairs)


def test_adjusted_bars_have_a_tick_of_a_paisa_because_splits_move_prices_off_the_grid(market: RecordedMarket) -> None:
    assert {i.tick_size for i in market.instruments(Tape.QUARTERS, QUARTER_DAY)} == {1}
    assert {i.tick_size for i in market.instruments(Tape.TICKS, TICK_DAY)} == {5}


@pytest.mark.parametrize(("tape", "day"), [(Tape.TICKS, TICK_DAY), (Tape.QUARTERS, QUARTER_DAY)])
def test_the_past_excludes_the_day_itself_and_holds_so_many_sessions(
    market: RecordedMarket, tape: Tape, day: date
) -> None:
    symbols = [i.symbol for i in market.instruments(tape, day)]
    past = market.past(tape, day, symbols, 5)
    assert past
    for token, bars in past.items():
        days = np.unique((bars["ts_open"] + IST_OFFSET_NS) // DAY_NS)
        assert len(days) <= 5
        assert np.datetime64(int(days[-1]), "D") < np.datetime64(day)
        assert (bars["token"] == token).all()


def test_a_past_day_whose_recording_began_late_is_left_out(market: RecordedMarket) -> None:
    past = market.past(Tape.TICKS, TICK_DAY, ["RELIANCE", "HDFCBANK"], 14)
    for bars in past.values():
        local = bars["ts_open"] + IST_OFFSET_NS
        for day in np.unique(local // DAY_NS):
            first = int((local[local // DAY_NS == day] % DAY_NS).min()) // (60 * NS)
            assert first in (9 * 60 + 15, 9 * 60 + 16)


def test_the_panels_hold_no_session_in_which_nothing_traded(market: RecordedMarket) -> None:
    panel = market.panel(adjusted=True)
    assert np.datetime64("2014-04-24") not in panel.days
    assert np.datetime64("2014-10-15") not in panel.days
    assert (np.diff(panel.days).astype(int) > 0).all()
    assert panel.close.shape == panel.volume.shape == (len(panel.days), len(panel.instruments))
    assert market.panel(adjusted=False).source == "daily_nse_official.parquet"


def test_ex_dates_are_dates_by_symbol(market: RecordedMarket) -> None:
    found = market.ex_dates()
    assert date(2021, 6, 22) in found["AARTIIND"]
    assert all(type(day) is date for days in found.values() for day in days)


def test_a_bar_tapes_yesterday_is_on_the_scale_of_its_own_bars(market_data: Path) -> None:
    market = RecordedMarket(market_data)
    panel = market.daily(Tape.QUARTERS)
    column = next(k for k, i in enumerate(panel.instruments) if i.symbol == "RELIANCE")
    close = panel.close[:, column]
    moves = close[1:] / close[:-1] - 1
    assert len(panel.days) == 248
    assert abs(moves).max() < 0.1  # the bonus of October 2024 is in every bar, so no day halves
