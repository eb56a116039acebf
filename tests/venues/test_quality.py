"""The gate before scoring: every flaw is found once, repaired only where that is certain, and never by guessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cockpit.errors import Abstained
from cockpit.evidence import ACTION, Finding, Flaw, Rows, Sourced
from cockpit.market import DailyPanel, Instrument
from cockpit.venues.day_bars import day_bars, gridded, rows_of_panel
from cockpit.venues.quality import Checked, checked, repaired, resolved
from cockpit.venues.recorded_evidence import recorded_evidence
from cockpit.venues.renames import Rename, Renames

DAY = date(2026, 7, 31)
N_DAYS, N_NAMES = 60, 100


def panel_of(seed: int = 1, n_names: int = N_NAMES) -> DailyPanel:
    rng = np.random.default_rng(seed)
    close = 500 * np.exp(np.cumsum(rng.normal(0, 0.012, (N_DAYS, n_names)), axis=0))
    opens = close * np.exp(rng.normal(0, 0.003, close.shape))
    return DailyPanel(
        days=np.busday_offset(np.datetime64(DAY, "D"), np.arange(1 - N_DAYS, 1), roll="backward"),
        instruments=tuple(Instrument(101 + k, f"NAME{k + 1}") for k in range(n_names)),
        open=opens,
        high=np.maximum(opens, close) * 1.004,
        low=np.minimum(opens, close) * 0.996,
        close=close,
        volume=np.rint(rng.lognormal(12, 0.4, close.shape)),
        delivery=rng.uniform(0.2, 0.8, close.shape),
        source="made",
    )


def scaled(panel: DailyPanel, cells: Any, factor: float) -> DailyPanel:
    grids = {}
    for field in ("open", "high", "low", "close"):
        grids[field] = getattr(panel, field).copy()
        grids[field][cells] *= factor
    return replace(panel, **grids)


def action(name: int, row: int, shares: float = 1.0, dividend: float = 0.0, panel: DailyPanel | None = None) -> Rows:
    rows: Rows = np.zeros(1, dtype=ACTION)
    rows["token"], rows["ex_day"] = 101 + name, (panel or panel_of()).days[row]
    rows["shares"], rows["dividend"] = shares, dividend
    return rows


def told(found: Checked | tuple[Finding, ...]) -> set[tuple[Flaw, str, date]]:
    findings = found.findings if isinstance(found, Checked) else found
    return {(f.flaw, f.symbol, f.first) for f in findings}


def day(row: int) -> date:
    found: date = panel_of().days[row].astype(object)
    return found


def test_a_sound_panel_passes_untouched() -> None:
    panel = panel_of()
    answer = checked(panel, DAY, actions=action(3, 10, dividend=5.0), sessions=panel.days)
    assert answer.findings == ()
    assert answer.unfit == {}
    np.testing.assert_array_equal(answer.panel.close, panel.close)


def test_a_session_saved_again_on_a_holiday_is_left_out() -> None:
    panel = panel_of()
    for field in ("open", "high", "low", "close", "volume"):
        getattr(panel, field)[30] = getattr(panel, field)[29]
        getattr(panel, field)[31] = getattr(panel, field)[29]
    panel.close[31, 4] *= 1.001  # one late correction does not make it a session
    panel.high[31, 4] = panel.close[31, 4] * 1.01
    answer = checked(panel, DAY)
    assert told(answer) == {(Flaw.REPEATED_SESSION, "", day(30)), (Flaw.REPEATED_SESSION, "", day(31))}
    assert len(answer.panel.days) == N_DAYS - 2
    assert np.datetime64(day(29)) in answer.panel.days


def test_a_session_in_which_nobody_traded_is_left_out_and_so_is_a_day_the_calendar_does_not_know() -> None:
    panel = panel_of()
    panel.volume[20] = 0
    calendar = np.delete(panel.days, 40)
    answer = checked(panel, DAY, sessions=calendar)
    assert told(answer) == {
        (Flaw.NO_SESSION, "", day(20)), (Flaw.NO_SESSION, "", day(40)), (Flaw.MISSING_BARS, "", day(20))
    }  # fmt: skip
    assert len(answer.panel.days) == N_DAYS - 2


def test_days_outside_the_calendar_are_not_judged_by_it() -> None:
    panel = panel_of()
    assert checked(panel, DAY, sessions=panel.days[30:]).findings == ()


def test_a_session_that_is_not_there_is_told_and_not_filled() -> None:
    panel = panel_of()
    kept = np.delete(np.arange(N_DAYS), 33)
    fields = ("days", "open", "high", "low", "close", "volume", "delivery")
    short = replace(panel, **{field: getattr(panel, field)[kept] for field in fields})
    answer = checked(short, DAY, sessions=panel.days)
    assert told(answer) == {(Flaw.MISSING_BARS, "", day(33))}
    assert len(answer.panel.days) == N_DAYS - 1


@pytest.mark.parametrize(
    ("field", "spoil"),
    [
        ("high", lambda p: p.low[30, 7] * 0.99),
        ("close", lambda p: p.high[30, 7] * 1.01),
        ("open", lambda p: p.low[30, 7] * 0.99),
        ("low", lambda p: -1.0),
        ("close", lambda p: 0.0),
        ("volume", lambda p: -5.0),
        ("high", lambda p: np.inf),
    ],
)
def test_a_bar_that_cannot_be_is_emptied_and_told_with_its_numbers(
    field: str, spoil: Callable[[DailyPanel], float]
) -> None:
    panel = panel_of()
    getattr(panel, field)[30, 7] = spoil(panel)
    answer = checked(panel, DAY)
    assert told(answer) == {(Flaw.IMPOSSIBLE_BAR, "NAME8", day(30))}
    assert f"{getattr(panel, field)[30, 7]:g}" in answer.findings[0].words
    assert np.isnan(answer.panel.close[30, 7])
    assert np.isnan(answer.panel.close).sum() == 1


def test_rounding_of_stored_prices_makes_no_bar_impossible() -> None:
    panel = panel_of()
    for field in ("open", "high", "low", "close"):
        getattr(panel, field)[:] = getattr(panel, field).astype(np.float32)
    panel.high[:] = np.maximum(panel.open, panel.close) * (1 - 1e-7)
    assert checked(panel, DAY).findings == ()


def test_a_bar_equal_to_the_one_before_is_no_bar_but_a_name_of_one_price_may_repeat_it() -> None:
    panel = panel_of()
    for field in ("open", "high", "low", "close", "volume"):
        getattr(panel, field)[30, 7] = getattr(panel, field)[29, 7]
    for field in ("open", "high", "low", "close"):
        getattr(panel, field)[40:42, 8] = panel.close[40, 8]
    panel.volume[41, 8] = panel.volume[40, 8]
    answer = checked(panel, DAY)
    assert told(answer) == {(Flaw.REPEATED_BAR, "NAME8", day(30))}
    assert np.isnan(answer.panel.close[30, 7])


@pytest.mark.parametrize("shares", [2.0, 5.0, 10.0, 1.5, 1.1, 0.1])
def test_a_known_split_in_raw_prices_is_adjusted_and_one_already_adjusted_is_not_adjusted_twice(shares: float) -> None:
    whole = panel_of()
    raw = scaled(whole, (slice(0, 30), 7), shares)
    raw = replace(raw, volume=np.where(raw.close == whole.close, raw.volume, raw.volume / shares))
    panel, found = repaired(raw, actions=action(7, 30, shares))
    assert told(found) == {(Flaw.ADJUSTED, "NAME8", day(30))}
    np.testing.assert_allclose(panel.close, whole.close, rtol=1e-12)
    np.testing.assert_allclose(panel.volume, whole.volume, rtol=1e-12)
    again, nothing = repaired(panel, actions=action(7, 30, shares))
    assert nothing == ()
    np.testing.assert_array_equal(again.close, panel.close)


def test_a_split_on_a_day_the_name_did_not_trade_is_adjusted_at_its_next_bar() -> None:
    whole = panel_of()
    raw = scaled(whole, (slice(0, 30), 7), 5.0)
    for field in ("open", "high", "low", "close"):
        getattr(raw, field)[30:32, 7] = np.nan
    panel, found = repaired(raw, actions=action(7, 30, 5.0))
    assert [f.flaw for f in found] == [Flaw.ADJUSTED]
    np.testing.assert_allclose(panel.close[:30, 7], whole.close[:30, 7])


def test_an_unknown_split_is_named_the_name_is_unfit_and_its_prices_stay_as_they_are() -> None:
    raw = scaled(panel_of(), (slice(0, 30), 7), 5.0)
    answer = checked(raw, DAY, actions=action(7, 20, 5.0))
    assert told(answer) == {(Flaw.UNEXPLAINED_JUMP, "NAME8", day(30))}
    assert set(answer.unfit) == {"NAME8"}
    assert "import the corporate action" in answer.unfit["NAME8"]
    np.testing.assert_array_equal(answer.panel.close, raw.close)


def test_a_big_dividend_explains_a_fall_and_a_small_one_does_not() -> None:
    raw = scaled(panel_of(), (slice(30, None), 7), 0.6)
    price = float(raw.close[29, 7])
    assert told(checked(raw, DAY, actions=action(7, 30, dividend=0.4 * price))) == set()
    small = checked(raw, DAY, actions=action(7, 30, dividend=0.01 * price))
    assert told(small) == {(Flaw.UNEXPLAINED_JUMP, "NAME8", day(30))}


@pytest.mark.parametrize("factor", [10.0, 100.0, 1000.0, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("length", [1, 3])
def test_prices_in_another_unit_are_emptied_until_they_come_back(factor: float, length: int) -> None:
    panel = scaled(panel_of(), (slice(30, 30 + length), 7), factor)
    answer = checked(panel, DAY)
    assert [(f.flaw, f.symbol, f.first, f.last) for f in answer.findings] == [
        (Flaw.UNIT, "NAME8", day(30), day(29 + length))
    ]
    assert np.isnan(answer.panel.close[30 : 30 + length, 7]).all()
    assert np.isnan(answer.panel.close).sum() == length
    assert answer.unfit == {}


def test_a_unit_that_stays_is_a_jump_and_tonight_in_another_unit_is_no_price_tonight() -> None:
    stays = checked(scaled(panel_of(), (slice(30, None), 7), 0.1), DAY)
    assert {f.flaw for f in stays.findings} == {Flaw.UNIT, Flaw.UNEXPLAINED_JUMP}
    assert set(stays.unfit) == {"NAME8"}
    tonight = checked(scaled(panel_of(), (-1, 7), 100.0), DAY)
    assert {f.flaw for f in tonight.findings} == {Flaw.UNIT, Flaw.STALE}
    assert "paise" in tonight.findings[0].words
    assert set(tonight.unfit) == {"NAME8"}


def test_a_known_split_of_ten_is_no_unit_break() -> None:
    whole = panel_of()
    panel, found = repaired(scaled(whole, (slice(0, 30), 7), 10.0), actions=action(7, 30, 10.0))
    assert [f.flaw for f in found] == [Flaw.ADJUSTED]
    np.testing.assert_allclose(panel.close, whole.close)


def silent(panel: DailyPanel, n: int, way: str) -> DailyPanel:
    if way == "no close":
        panel.close[-1, :n] = np.nan
    else:
        panel.volume[-1, :n] = 0.0
    return panel


@pytest.mark.parametrize("way", ["no close", "zero volume"])
def test_two_stale_names_in_a_hundred_are_left_out_and_three_refuse_the_evening_by_name(way: str) -> None:
    answer = checked(silent(panel_of(), 2, way), DAY)
    assert told(answer) == {(Flaw.STALE, "NAME1", DAY), (Flaw.STALE, "NAME2", DAY)}
    assert set(answer.unfit) == {"NAME1", "NAME2"}
    with pytest.raises(Abstained, match=r"3 of 100 names are stale .* 2% may be: NAME1, NAME2, NAME3"):
        checked(silent(panel_of(), 3, way), DAY)
    with pytest.raises(Abstained, match="and 20 more"):
        checked(silent(panel_of(), 30, way), DAY)
    assert len(checked(silent(panel_of(), 30, way), DAY, stale_share=0.3).unfit) == 30


def test_a_name_that_was_never_listed_is_not_stale() -> None:
    panel = panel_of()
    for field in ("open", "high", "low", "close", "volume"):
        getattr(panel, field)[:, :50] = np.nan
    assert checked(panel, DAY).findings == ()


def test_yesterdays_prices_are_not_judged_as_todays() -> None:
    with pytest.raises(Abstained, match=f"newest session in made is {day(-2)}; {DAY} was asked"):
        checked(panel_of().upto(day(-2)), DAY)
    with pytest.raises(Abstained, match="nothing"):
        checked(panel_of(), date(2001, 1, 1))


@pytest.mark.parametrize("row", [25, 40, 58])
def test_the_future_changes_no_finding_and_no_price_of_an_evening(row: int) -> None:
    panel = scaled(panel_of(), (slice(20, 22), 3), 100.0)
    for field in ("open", "high", "low", "close", "volume"):
        getattr(panel, field)[15] = getattr(panel, field)[14]
    spoilt = scaled(panel, (slice(row + 1, None), slice(None)), -7.0)
    spoilt.volume[row + 1 :] = np.nan
    one, other = checked(panel, day(row)), checked(spoilt, day(row))
    assert one.findings == other.findings
    assert one.unfit == other.unfit
    assert one.panel.close.tobytes() == other.panel.close.tobytes()


# -- rows and names ---------------------------------------------------------------------------------------------------


def rows_with(changes: Callable[[Rows], None], n_names: int = 3) -> tuple[Rows, DailyPanel]:
    panel = panel_of(n_names=n_names)
    rows = rows_of_panel(panel)
    more = np.concatenate([rows, rows[10:11]])
    changes(more)
    return more, panel


def test_two_equal_bars_of_a_day_are_one_and_two_that_differ_are_none() -> None:
    rows, panel = rows_with(lambda rows: None)
    answer = gridded(rows, panel.instruments, "made")
    assert [f.flaw for f in answer.findings] == [Flaw.DUPLICATE]
    np.testing.assert_array_equal(answer.panel.close, panel.close)

    def differ(rows: Rows) -> None:
        rows["close"][-1] *= 1.01

    rows, panel = rows_with(differ)
    answer = gridded(rows, panel.instruments, "made")
    assert "differ" in answer.findings[0].words
    assert np.isnan(answer.panel.close).sum() == 1


@given(st.permutations(range(30)), st.lists(st.integers(0, 29), max_size=6))
def test_rows_make_the_same_panel_in_any_order_and_come_back(order: list[int], again: list[int]) -> None:
    panel = replace(panel_of(n_names=2).upto(day(14)), source="made")
    rows = rows_of_panel(panel)
    assert len(rows) == 30
    answer = gridded(rows[np.array([*order, *again])], panel.instruments, "made")
    assert len(answer.findings) == len(set(again))
    assert rows_of_panel(answer.panel).tobytes() == rows.tobytes()


def test_rows_of_unknown_names_are_left_out_and_nothing_makes_an_empty_panel() -> None:
    panel = panel_of(n_names=2)
    strangers = rows_of_panel(panel)
    strangers["token"] += 1000
    assert gridded(strangers, panel.instruments, "made").panel.close.shape == (0, 2)
    assert gridded(day_bars(0), panel.instruments, "made").panel.reinvested is None


def test_renamed_symbols_are_found_and_unknown_ones_are_named() -> None:
    renames = Renames([Rename("ZOMATO", "ETERNAL", date(2025, 4, 9)), Rename("OLD", "GONE", date(2020, 1, 1))])
    answer = resolved(["TCS", "ZOMATO", "OLD", "NEVER"], ["TCS", "ETERNAL", "INFY"], DAY, renames)
    assert answer.offered == {"TCS": "TCS", "ZOMATO": "ETERNAL"}
    assert told(answer.findings) == {
        (Flaw.RENAMED, "ZOMATO", DAY), (Flaw.UNKNOWN_NAME, "OLD", DAY), (Flaw.UNKNOWN_NAME, "NEVER", DAY)
    }  # fmt: skip
    words = {f.symbol: f.words for f in answer.findings}
    assert "ETERNAL since 2025-04-09" in words["ZOMATO"]
    assert "nor GONE" in words["OLD"]


# -- the real files ---------------------------------------------------------------------------------------------------


def raw_panel(folder: Path, instruments: tuple[Instrument, ...]) -> DailyPanel:
    """The exchange's printed prices, unadjusted, its re-saved holidays included."""
    table = pq.read_table(folder / "daily_raw_delivery.parquet").to_pandas()
    token = {i.symbol: i.token for i in instruments}
    table = table[table.symbol.isin(list(token))]
    rows = day_bars(len(table))
    rows["token"] = table.symbol.map(token).to_numpy()
    rows["day"] = table.date.to_numpy().astype("datetime64[D]")
    for field in ("open", "high", "low", "close"):
        rows[field] = table[field].to_numpy()
    return gridded(rows, instruments, "raw").panel


@pytest.fixture(scope="module")
def real(market_data: Path) -> tuple[DailyPanel, tuple[Finding, ...], Rows, NDArray[Any]]:
    evidence = recorded_evidence(market_data)
    assert isinstance(evidence.actions, Sourced)
    panel, found = repaired(raw_panel(market_data, evidence.prices.value.instruments), actions=evidence.actions.value)
    whole = evidence.prices.value
    there, place = np.isin(panel.days, whole.days), np.searchsorted(whole.days, panel.days).clip(0, len(whole.days) - 1)
    compared = np.where(there[:, None], whole.close[place], np.nan)
    return panel, found, evidence.actions.value, compared


def test_every_re_saved_holiday_of_the_real_file_is_found_and_nothing_else(
    market_data: Path, real: tuple[DailyPanel, tuple[Finding, ...], Rows, NDArray[Any]]
) -> None:
    table = pq.read_table(market_data / "daily_raw_delivery.parquet", columns=["date", "stale_repeat"]).to_pandas()
    marked = set(table[table.stale_repeat].date)
    assert {f.first for f in real[1] if f.flaw is Flaw.REPEATED_SESSION} == marked
    assert len(marked) == 57


def test_raw_prices_of_the_real_file_adjusted_by_known_actions_equal_the_vendors_adjusted_ones(
    real: tuple[DailyPanel, tuple[Finding, ...], Rows, NDArray[Any]],
) -> None:
    panel, found, _, compared = real
    split = {f.symbol for f in found if f.flaw is Flaw.ADJUSTED}
    assert len(split) > 60
    columns = [k for k, i in enumerate(panel.instruments) if i.symbol in split]
    ratio = panel.close[:, columns] / compared[:, columns]
    off = np.abs(ratio / np.nanmedian(ratio, axis=0) - 1)
    assert np.mean(off[np.isfinite(off)] < 0.006) > 0.97
