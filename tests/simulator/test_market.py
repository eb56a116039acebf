"""The practice market: one model behind days, minutes and seconds, small effects, nothing from the future."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cockpit.clock import NS, ist
from cockpit.errors import BadInput
from cockpit.market import Interval, Session
from cockpit.simulator.history_shelf import HistoryShelf
from cockpit.simulator.listings import INDEX_TOKEN, Listing, load_listings
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.tape import NameTape
from tests.simulator.conftest import DAY, RESOURCES, SEED

REGULAR, MUHURAT, TWO_WINDOWS = DAY, date(2026, 11, 8), date(2024, 3, 2)
BEFORE_CLOSING_AUCTIONS = date(2026, 7, 31)


@pytest.mark.parametrize("day", [REGULAR, MUHURAT, TWO_WINDOWS, BEFORE_CLOSING_AUCTIONS])
def test_the_seconds_of_a_session_add_up_to_its_daily_row(market: PracticeMarket, day: date) -> None:
    row = market.history.row(day)
    for column, listing in enumerate(market.listings):
        tape = market.name_tape(listing.token, day)
        seen = (tape.last[tape.traded][0], tape.high[-1], tape.low[-1], tape.last[-1], tape.volume[-1])
        h = market.history
        kept = (
            h.open[row, column],
            h.high[row, column],
            h.low[row, column],
            h.close[row, column],
            h.volume[row, column],
        )
        assert seen == kept, listing.symbol


@pytest.mark.parametrize("day", [REGULAR, MUHURAT, TWO_WINDOWS])
def test_the_index_is_made_of_its_names_and_meets_its_own_row(market: PracticeMarket, day: date) -> None:
    tape = market.tape(INDEX_TOKEN, day)
    kept = market.history.index[market.history.row(day)].tolist()
    assert [tape.open[-1], tape.high[-1], tape.low[-1], tape.last[-1]] == kept


def test_prices_stand_on_the_tick_grid_inside_the_band_and_books_never_cross(market: PracticeMarket) -> None:
    for listing in market.listings:
        tape = market.name_tape(listing.token, DAY)
        assert not (tape.last[tape.traded] % tape.row.tick).any()
        assert tape.low[-1] >= tape.row.band_low
        assert tape.high[-1] <= tape.row.band_high
        two_sided = (tape.bid > 0) & (tape.ask > 0)
        assert (tape.bid[two_sided] < tape.ask[two_sided]).all()


def test_time_and_volume_only_grow_within_a_session(market: PracticeMarket) -> None:
    for listing in market.listings:
        tape = market.name_tape(listing.token, DAY)
        assert (np.diff(tape.second) > 0).all()
        assert (np.diff(tape.volume) >= 0).all()
        assert (np.diff(tape.volume)[tape.traded[1:]] > 0).all(), "a trade moves shares"


def test_the_same_seed_and_date_give_the_same_market_whatever_day_is_practised(
    listings: tuple[Listing, ...], sessions: tuple[Session, ...], market: PracticeMarket
) -> None:
    n = 300
    earlier = PracticeMarket(SEED, listings, sessions[:n])
    for column in ("open", "high", "low", "close", "volume", "index", "delivery"):
        assert np.array_equal(getattr(earlier.history, column), getattr(market.history, column)[:n])
    day, token = sessions[n - 1].day, listings[3].token
    assert np.array_equal(earlier.name_tape(token, day).last, market.name_tape(token, day).last)


def test_another_seed_is_another_market(
    listings: tuple[Listing, ...], sessions: tuple[Session, ...], market: PracticeMarket
) -> None:
    other = PracticeMarket(SEED + 1, listings, sessions[:30])
    assert not np.array_equal(other.history.close, market.history.close[:30])


def _ranks(values: np.ndarray) -> np.ndarray:
    ranks = values.argsort(axis=1).argsort(axis=1).astype(float)
    return ranks - ranks.mean(axis=1, keepdims=True)


def test_the_five_day_reversal_can_be_found_from_the_next_open_and_is_small(market: PracticeMarket) -> None:
    panel = market.daily_panel(DAY)
    opening, close = np.log(panel.open), np.log(panel.close)
    t = np.arange(5, len(panel.days) - 2)
    signal, label = _ranks(-(close[t] - close[t - 5])), _ranks(opening[t + 2] - opening[t + 1])
    daily = (signal * label).sum(axis=1) / np.sqrt((signal**2).sum(axis=1) * (label**2).sum(axis=1))
    assert 0.015 < daily.mean() < 0.07


def test_moves_have_fat_tails_and_their_size_persists(market: PracticeMarket) -> None:
    moves = np.diff(np.log(market.daily_panel(DAY).close), axis=0)
    centred = moves - moves.mean(axis=0)
    kurtosis = (centred**4).mean(axis=0) / (centred**2).mean(axis=0) ** 2
    assert np.median(kurtosis) > 3.8
    size = np.abs(np.diff(np.log(market.index_daily(DAY)[1][:, 3])))
    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.1


def test_volume_is_high_in_the_morning_low_at_noon_and_rises_to_the_close(market: PracticeMarket) -> None:
    plain = [x.token for x in market.listings if not x.has_derivatives]
    bars = market.minutes(plain, DAY, Interval.M15)
    by_bar = [float(bars["volume"][bars["ts_open"] == ts].sum()) for ts in np.unique(bars["ts_open"])]
    morning, noon, late = sum(by_bar[:3]), sum(by_bar[10:13]), sum(by_bar[-3:])
    assert morning > noon
    assert late > noon


def test_minutes_hold_the_continuous_session_only(market: PracticeMarket) -> None:
    for listing in market.listings[:12]:
        bars = market.minutes([listing.token], DAY)
        tape = market.name_tape(listing.token, DAY)
        grid = market.grid(DAY)
        trading = grid.auction if tape.row.by_auction else grid.plain
        before = int(tape.volume[tape.at(int(trading[0]) - 1)])
        assert bars["volume"].sum() == tape.volume[tape.at(int(trading[-1]))] - before
        assert ist(int(bars["ts_open"][0])).strftime("%H:%M") == "09:15"
        last = ist(int(bars["ts_open"][-1])).strftime("%H:%M")
        assert last <= ("15:14" if tape.row.by_auction else "15:29")
        assert (bars["high"] >= np.maximum(bars["open"], bars["close"])).all()
        assert (bars["low"] <= np.minimum(bars["open"], bars["close"])).all()


def test_names_with_derivatives_close_by_auction_since_august_2026(market: PracticeMarket) -> None:
    token = next(x.token for x in market.listings if x.has_derivatives)
    now, then = market.name_tape(token, DAY), market.name_tape(token, BEFORE_CLOSING_AUCTIONS)
    traded_at = [ist(market.grid(DAY).ts(int(s))).strftime("%H:%M") for s in now.second[now.traded][-2:]]
    assert traded_at[0] <= "15:14"
    assert "15:30" <= traded_at[1] <= "15:35"
    last = int(then.second[then.traded][-1])
    assert ist(market.grid(BEFORE_CLOSING_AUCTIONS).ts(last)).strftime("%H:%M:%S") == "15:29:59"


def test_a_split_divides_older_prices_only_once_it_is_known(market: PracticeMarket) -> None:
    action = market.corporate_actions(DAY)[-1]
    column = market.column(action.token)
    before = market.days[market.days.index(action.ex_day) - 1]
    known, unknown = market.daily_panel(action.ex_day), market.daily_panel(before)
    assert known.close[-2, column] * action.shares == pytest.approx(unknown.close[-1, column])
    assert known.volume[-2, column] == unknown.volume[-1, column] * action.shares
    assert abs(np.log(known.close[-1, column] / known.close[-2, column])) < 0.25, "the jump is gone"
    bars = market.minutes([action.token], before, upto=action.ex_day)
    raw = market.minutes([action.token], before)
    assert bars["close"][-1] == pytest.approx(raw["close"][-1] / action.shares, abs=1)


def test_a_panel_of_an_earlier_day_knows_nothing_of_later_days(market: PracticeMarket) -> None:
    day = date(2026, 6, 30)
    then, now = market.daily_panel(day), market.daily_panel(DAY).upto(day)
    quiet = [k for k, x in enumerate(market.listings) if market.adjustment(x.token, day, DAY) == 1]
    assert len(quiet) > 30
    assert np.array_equal(then.close[:, quiet], now.close[:, quiet])


def test_headlines_can_be_read_before_the_open_and_deals_only_in_the_evening(market: PracticeMarket) -> None:
    for day in market.days[-40:-20]:
        session = market.session(day)
        assert all(session.opens - 27 * 3600 * NS < h.ts < session.opens for h in market.headlines(day))
        assert all(d.ts > session.closes and d.source == "PRACTICE" for d in market.deals(day))
    assert any(market.headlines(day) for day in market.days[-40:])
    assert any(market.deals(day) for day in market.days[-200:])


def test_results_are_announced_by_a_headline(market: PracticeMarket) -> None:
    day = next(d for d in reversed(market.days) if market.results(d))
    said = {h.symbol: h for h in market.headlines(day) if h.kind == "results"}
    assert set(said) == set(market.results(day))
    assert all("results: net profit" in h.text for h in said.values())


def test_a_kept_history_is_read_again_and_a_broken_file_is_walked_again(
    tmp_path: Path, listings: tuple[Listing, ...], sessions: tuple[Session, ...]
) -> None:
    few, days = listings[:5], sessions[:40]
    walked = PracticeMarket(SEED, few, days, tmp_path).history
    (file,) = tmp_path.glob("practice-*.npz")
    kept = HistoryShelf(tmp_path, SEED, few, days).read()
    assert kept is not None
    assert np.array_equal(kept.close, walked.close)
    assert HistoryShelf(tmp_path, SEED + 1, few, days).read() is None
    file.write_bytes(file.read_bytes()[:1000])
    assert np.array_equal(PracticeMarket(SEED, few, days, tmp_path).history.close, walked.close)


def test_a_day_without_a_session_and_a_token_without_a_listing_are_refused(market: PracticeMarket) -> None:
    with pytest.raises(BadInput, match="is no session"):
        market.session(date(2026, 11, 21))
    with pytest.raises(BadInput, match="is not listed"):
        market.name_tape(12345, DAY)


def test_a_calendar_that_begins_too_late_is_refused(
    listings: tuple[Listing, ...], sessions: tuple[Session, ...]
) -> None:
    with pytest.raises(BadInput, match="needs all since"):
        PracticeMarket(SEED, listings, sessions[200:])


def test_a_universe_with_a_wrong_row_is_refused_by_its_number(tmp_path: Path) -> None:
    lines = (RESOURCES / "universe.csv").read_text(encoding="utf-8").splitlines()[:4]
    bad = tmp_path / "universe.csv"
    bad.write_text("\n".join([*lines[:3], lines[3].rpartition(",")[0] + ",much"]), encoding="utf-8")
    with pytest.raises(BadInput, match="row 4"):
        load_listings(bad)


def test_thin_names_are_seen_rarely_and_liquid_ones_most_seconds(market: PracticeMarket) -> None:
    by_value = sorted(market.listings, key=lambda x: x.adv_paise)
    thin, liquid = (market.tape(x.token, DAY) for x in (by_value[0], by_value[-1]))
    assert isinstance(thin, NameTape)
    assert isinstance(liquid, NameTape)
    assert len(thin.second) < 0.5 * len(liquid.second)
    assert len(liquid.second) > 0.7 * len(market.grid(DAY).auction)
