"""Recorded evidence: every trap of the files is met once, and no evening sees what came later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cockpit.clock import instant
from cockpit.errors import BadInput
from cockpit.evidence import ITEMS, SHAPES, TABLES, Evidence, Flaw, Missing, Rows, Sourced, rows_of
from cockpit.venues.recorded_evidence import recorded_evidence
from cockpit.venues.recorded_tables import client_number
from cockpit.venues.renames import Rename, Renames, load_renames

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
MONDAY = date(2024, 6, 24)
DAYS = [date(2024, 6, d) for d in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 18, 19, 20, 21, 24)]
SYMBOLS = ["AAA", "BBB", "CCC", "DDD"]


def write(folder: Path, name: str, **columns: Any) -> None:
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def write_prices(folder: Path, **spoilt: Any) -> None:
    """Four names over fifteen sessions; `spoilt` maps a day to the volume of each name."""
    rows: dict[str, list[Any]] = {"date": [], "symbol": [], "close": [], "volume": []}
    for t, day in enumerate(DAYS):
        for k, symbol in enumerate(SYMBOLS):
            rows["date"].append(day)
            rows["symbol"].append(symbol)
            rows["close"].append(100.0 + k + 0.25 * t)
            rows["volume"].append(spoilt.get(str(day), [1000] * 4)[k])
    close = np.array(rows["close"], dtype=np.float32)
    volume = np.array(rows["volume"], dtype=np.int64)
    there = volume >= 0  # -1: no row at all
    columns = {"open": close, "high": close + 1, "low": close - 1, "close": close, "adj_close": close / 2}
    write(
        folder, "daily_ohlcv", date=np.array(rows["date"])[there].tolist(), symbol=np.array(rows["symbol"])[there],
        volume=volume[there], **{name: values[there] for name, values in columns.items()},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "symbols", symbol=SYMBOLS[:2], instrument_token=[1, 2], company=["A", "B"], sector=["S", "S"])
    write_prices(tmp_path)
    return tmp_path


def told(evidence: Evidence, table: str) -> Rows:
    return rows_of(getattr(evidence, table))


def flaws(evidence: Evidence) -> set[tuple[Flaw, str, date]]:
    return {(f.flaw, f.symbol, f.first) for f in evidence.findings}


def test_without_its_daily_file_there_is_no_evidence_and_without_others_there_are_missing_tables(
    folder: Path,
) -> None:
    evidence = recorded_evidence(folder)
    assert {m.what for m in evidence.missing()} == {*TABLES, "headlines", "surveillance"}
    assert all(m.reason for m in evidence.missing())
    assert evidence.session == MONDAY
    (folder / "daily_ohlcv.parquet").unlink()
    with pytest.raises(BadInput, match=r"daily_ohlcv\.parquet is not in"):
        recorded_evidence(folder)


def test_dividends_stand_beside_the_price_and_prices_stay_as_they_were(folder: Path) -> None:
    panel = recorded_evidence(folder).prices.value
    assert panel.reinvested is not None
    np.testing.assert_array_equal(panel.close[0], [100, 101, 102, 103])
    np.testing.assert_allclose(panel.reinvested, 0.5)
    np.testing.assert_allclose(panel.total(panel.close)[0], [50, 50.5, 51, 51.5])


def test_phantom_and_thin_sessions_are_left_out_and_told(folder: Path) -> None:
    write_prices(folder, **{"2024-06-12": [0, 0, 0, 0], "2024-06-14": [10, -1, -1, -1]})
    evidence = recorded_evidence(folder)
    days = evidence.prices.value.days.tolist()
    assert date(2024, 6, 12) not in days
    assert date(2024, 6, 14) not in days
    assert len(days) == len(DAYS) - 2
    assert (Flaw.NO_SESSION, "", date(2024, 6, 12)) in flaws(evidence)
    assert (Flaw.THIN_SESSION, "", date(2024, 6, 14)) in flaws(evidence)


def test_a_name_that_did_not_trade_has_no_bar_that_day(folder: Path) -> None:
    write_prices(folder, **{"2024-06-12": [10, 0, 10, 10]})
    evidence = recorded_evidence(folder)
    panel = evidence.prices.value
    row = panel.days.tolist().index(date(2024, 6, 12))
    for values in (panel.open, panel.high, panel.low, panel.close, panel.volume, panel.reinvested):
        assert np.isnan(values[row]).tolist() == [False, True, False, False]
    assert (Flaw.UNTRADED, "BBB", date(2024, 6, 12)) in flaws(evidence)


def test_delivery_is_a_share_and_saved_again_rows_are_dropped(folder: Path) -> None:
    write(
        folder, "daily_raw_delivery", date=[DAYS[0], DAYS[1], DAYS[2], date(2024, 6, 8)],
        symbol=["OLD", "BBB", "BBB", "BBB"], delivery_pct=[40.0, 55.5, 55.5, 70.0],
        stale_repeat=[False, False, True, False],
    )  # fmt: skip
    renames = Renames([Rename("OLD", "AAA", date(2024, 7, 1))])
    delivery = recorded_evidence(folder, renames).prices.value.delivery
    assert delivery[0, 0] == 0.4
    assert delivery[1, 1] == 0.555
    assert np.isfinite(delivery).sum() == 2


def test_annual_figures_wait_for_the_filing_that_could_still_restate_them(folder: Path) -> None:
    write(
        folder, "income_statements_annual", symbol=["AAA", "AAA", "BBB", "ZZZ"], item=["Net Income"] * 4,
        fy_end=[date(2021, 3, 31), date(2022, 3, 31), date(2021, 12, 31), date(2022, 3, 31)],
        value=[1.0, 2.0, 3.0, 4.0],
    )  # fmt: skip
    write(
        folder, "piotroski_panel", symbol=["BBB"], fy_end=[date(2022, 3, 31)], visible_from=[date(2022, 7, 29)],
        roce=[0.15], f1_roa_pos=[1.0], f2_cfo_pos=[0.0], f3_roa_up=[np.nan], f4_accruals=[1.0], f5_leverage_down=[1.0],
        f6_curratio_up=[np.nan], f7_no_dilution=[1], f8_margin_up=[0.0], f9_turnover_up=[1.0],
    )  # fmt: skip
    rows = told(recorded_evidence(folder), "filings")
    assert (np.diff(rows["visible"]) >= 0).all()
    income = rows[rows["item"] == ITEMS.index("net_income")]
    seen = {float(r["value"]): int(r["visible"]) for r in income}
    assert seen == {
        1.0: instant(date(2022, 5, 30), time(23, 59, 59)),  # the year after could restate it
        2.0: instant(date(2022, 5, 30), time(23, 59, 59)),
        3.0: instant(date(2022, 3, 1), time(23, 59, 59)),
    }
    answers = {ITEMS[r["item"]]: float(r["value"]) for r in rows if r["token"] == 2 and r["visible"] > seen[3.0]}
    assert answers["cash_positive"] == 0.0
    assert answers["roce"] == 0.15
    assert {"roa_up", "current_ratio_up"}.isdisjoint(answers)
    assert int(rows["visible"].max()) == instant(date(2022, 7, 29), time(18, 30))


def test_results_count_from_the_end_of_their_day_and_stamps_carry_no_figures(folder: Path) -> None:
    write(
        folder, "earnings_surprises", date=[date(2024, 5, 8), date(2024, 5, 9)], symbol=["AAA", "ZZZ"],
        eps_estimate=[1.0, 1.0], eps_reported=[1.5, 1.0], surprise_pct=[50.0, 0.0],
    )  # fmt: skip
    stamp = np.array(["2024-05-08T14:30"], dtype="datetime64[ns]")
    write(folder, "result_announcement_times", ts=stamp, symbol=["BBB"])
    rows = told(recorded_evidence(folder), "surprises")
    assert rows["visible"].tolist() == [
        instant(date(2024, 5, 8), time(14, 30)), instant(date(2024, 5, 8), time(23, 59, 59))
    ]  # fmt: skip
    assert rows["token"].tolist() == [2, 1]
    assert np.isnan([rows["estimate"][0], rows["reported"][0]]).all()
    assert (rows["estimate"][1], rows["reported"][1]) == (1.0, 1.5)


def test_holdings_wait_twenty_five_days_and_the_two_files_mean_different_things_by_public(folder: Path) -> None:
    quarter = date(2024, 3, 31)
    write(
        folder, "shareholding_quarterly", date=[quarter, quarter], symbol=["AAA", "BBB"], promoter_pct=[60.0, 50.0],
        public_pct=[40.0, 50.0], employee_trusts_pct=[0.0, 0.0],
    )  # fmt: skip
    write(
        folder, "ownership_fii_dii", date=[quarter] * 4, symbol=["AAA"] * 4,
        holder=["Promoters", "FIIs", "DIIs", "Public"], pct=[60.0, 20.0, 15.0, 5.0],
    )  # fmt: skip
    a, b = told(recorded_evidence(folder), "ownership")
    assert int(a["visible"]) == instant(date(2024, 4, 25), time(23, 59, 59))
    assert [round(float(a[x]), 9) for x in ("promoter", "foreign", "domestic", "public")] == [0.6, 0.2, 0.15, 0.05]
    assert float(b["promoter"]) == 0.5
    assert np.isnan([b["foreign"], b["domestic"], b["public"]]).all()


def test_deals_come_out_in_the_evening_of_their_day_with_one_number_a_client(folder: Path) -> None:
    write(
        folder, "bulk_deals", date=[MONDAY, MONDAY, MONDAY], symbol=["AAA", "AAA", "ZZZ"],
        client=["A FUND", "a  fund", "X"], client_type=["institution", "entity", "entity"], side=["BUY", "SELL", "BUY"],
        quantity=[10, 20, 30], price=[101.25, 101.3, 1.0],
    )  # fmt: skip
    rows = told(recorded_evidence(folder), "deals")
    assert rows["side"].tolist() == [1, -1]
    assert rows["price"].tolist() == [10125, 10130]
    assert rows["is_fund"].tolist() == [True, False]
    assert set(rows["visible"].tolist()) == {instant(MONDAY, time(18, 30))}
    assert set(rows["client"].tolist()) == {client_number("A Fund")}


def test_flows_of_a_month_come_after_the_month_and_actions_before_the_open_of_their_day(folder: Path) -> None:
    months = [date(2024, 4, 30), date(2024, 5, 31), date(2024, 6, 30)]
    write(
        folder, "fii_dii_monthly", date=months, net_purchase_sales_fii=[1.0, 2.0, 3.0],
        net_purchase_sales_dii=[-1.0, -2.0, -3.0],
    )  # fmt: skip
    write(
        folder, "splits_dividends", date=[MONDAY, MONDAY], symbol=["AAA", "BBB"], dividend=[5.0, 0.0], split=[0.0, 2.0]
    )
    evidence = recorded_evidence(folder)
    flows = told(evidence, "flows")
    assert flows["foreign_crore"].tolist() == [1.0, 2.0]  # June is not over
    assert int(flows["visible"][0]) == instant(date(2024, 5, 1), time(18, 30))
    actions = told(evidence, "actions")
    assert (actions["shares"].tolist(), actions["dividend"].tolist()) == ([1.0, 2.0], [5.0, 0.0])
    assert set(actions["visible"].tolist()) == {instant(MONDAY, time(9))}


# -- the real files ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(market_data: Path) -> Evidence:
    return recorded_evidence(market_data, load_renames(RESOURCES / "renames.csv"))


def test_the_real_files_make_every_table_but_headlines_and_surveillance(real: Evidence) -> None:
    assert [m.what for m in real.missing()] == ["headlines", "surveillance"]
    panel = real.prices.value
    assert panel.close.shape == (3634, 431)
    removed = {f.first.isoformat() for f in real.findings if f.flaw in (Flaw.NO_SESSION, Flaw.THIN_SESSION)}
    assert removed == {"2010-02-06", "2012-01-07", "2012-03-03", "2012-09-08", "2014-04-24", "2014-10-15"}
    assert set(panel.days.astype(str).tolist()).isdisjoint(removed)
    assert (np.isnan(panel.close) == np.isnan(panel.volume)).all()
    assert not (panel.volume == 0).any()


def test_the_hole_of_the_volatility_index_stays_a_hole(real: Evidence) -> None:
    index = told(real, "index")
    hole = (index["day"] > np.datetime64("2022-08-26")) & (index["day"] < np.datetime64("2023-01-02"))
    assert hole.sum() > 60
    assert np.isnan(index["vix"][hole]).all()
    assert np.isfinite(index["vix"][index["day"] >= np.datetime64("2023-01-02")]).mean() > 0.98


def test_delivery_begins_in_2019_and_never_repeats_a_holiday(real: Evidence) -> None:
    panel = real.prices.value
    known = np.isfinite(panel.delivery)
    assert not known[panel.days < np.datetime64("2019-10-01")].any()
    traded = np.isfinite(panel.close)
    late = panel.days >= np.datetime64("2019-10-01")
    assert known[late][traded[late]].mean() > 0.9
    assert np.nanmin(panel.delivery) > 0
    assert np.nanmax(panel.delivery) <= 1


def test_old_symbols_in_other_files_reach_todays_names(real: Evidence) -> None:
    panel = real.prices.value
    column = [i.symbol for i in panel.instruments].index("SHRIRAMFIN")
    before = panel.days < np.datetime64("2022-12-20")  # printed as SRTRANSFIN until then
    assert np.isfinite(panel.delivery[before, column]).sum() > 500


def test_the_future_snapshot_of_ratios_is_never_opened() -> None:
    source = (Path(__file__).resolve().parents[2] / "cockpit/venues/recorded_evidence.py").read_text()
    tables = (Path(__file__).resolve().parents[2] / "cockpit/venues/recorded_tables.py").read_text()
    assert "ratios_snapshot" not in source + tables


@pytest.mark.parametrize("day", [date(2015, 6, 30), date(2021, 3, 31), date(2024, 3, 28)])
def test_an_evening_sees_nothing_that_was_not_out_and_a_poisoned_future_changes_nothing(
    real: Evidence, day: date
) -> None:
    as_of = instant(day, time(20))
    seen = real.known(day, as_of)
    for name in TABLES:
        table = getattr(seen, name)
        assert isinstance(table, Sourced)
        assert (table.value["visible"] <= as_of).all()
        assert table.origin.newest <= as_of
    assert seen.prices.value.days[-1] == np.datetime64(day)
    assert same(seen, poisoned(real, as_of, day).known(day, as_of))


def poisoned(evidence: Evidence, as_of: int, day: date) -> Evidence:
    tables = {}
    for name in TABLES:
        table = getattr(evidence, name)
        rows = table.value.copy()
        late = rows["visible"] > as_of
        for field in rows.dtype.names:
            if rows.dtype[field].kind == "f":
                rows[field][late] = -1e9
        tables[name] = replace(table, value=rows)
    panel = evidence.prices.value
    later = panel.days > np.datetime64(day)
    close = panel.close.copy()
    close[later] = np.nan
    return replace(evidence, prices=replace(evidence.prices, value=replace(panel, close=close)), **tables)


def same(one: Evidence, other: Evidence) -> bool:
    for name in TABLES:
        assert getattr(one, name).value.tobytes() == getattr(other, name).value.tobytes(), name
    assert one.prices.value.close.tobytes() == other.prices.value.close.tobytes()
    return one.findings == other.findings


def test_every_table_is_of_its_own_rows_and_a_stranger_is_refused(real: Evidence) -> None:
    assert set(SHAPES) == set(TABLES)
    with pytest.raises(BadInput, match="evidence table flows"):
        replace(real, flows=real.deals)
    assert isinstance(real.headlines, Missing)
