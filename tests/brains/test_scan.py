"""The scan: every name has its reason, the future has no say, and half a scan is no scan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import rankdata

from cockpit.brains.scan import factors, ranked, scanned
from cockpit.errors import Abstained
from cockpit.market import DailyPanel, Instrument, Series
from cockpit.opinions import Scan
from cockpit.settings import ScanSettings
from cockpit.venues.recorded import RecordedMarket
from tests.engine.made_panels import made_panel

DAY = date(2026, 7, 31)
N_DAYS, N_NAMES = 300, 100
SETTINGS = ScanSettings()


def walk(seed: int = 3, n_names: int = N_NAMES, n_days: int = N_DAYS) -> NDArray[Any]:
    steps = np.random.default_rng(seed).normal(0, 0.015, (n_days, n_names)).clip(-0.1, 0.1)
    closes: NDArray[Any] = 500 * np.exp(np.cumsum(steps, axis=0))
    return closes


def panel_of(close: NDArray[Any] | None = None, **made: Any) -> DailyPanel:
    return made_panel(walk() if close is None else close, DAY, **made)


def scan_of(panel: DailyPanel, settings: ScanSettings = SETTINGS, **more: Any) -> Scan:
    return scanned(panel, DAY, 0, settings, **more)


def dropped(scan: Scan) -> dict[str, tuple[str, str]]:
    return {d.symbol: (d.filter, d.reason) for d in scan.dropped}


def test_every_name_is_either_picked_or_dropped_once_with_a_reason_and_the_funnel_adds_up() -> None:
    close = walk()
    close[:100, 5] = np.nan  # too young
    close[-1, 6] = np.nan  # stale
    close[-40:, 7] /= 4  # an unadjusted split
    close[:, 8] /= 100  # a penny share
    close[-253, 9] = np.nan  # momentum cannot be measured
    names = [Instrument(101 + i, f"NAME{i + 1}") for i in range(N_NAMES)]
    names[4] = replace(names[4], series=Series.BE)
    panel = panel_of(close, names=names)
    panel.volume[:, 10] = 1000.0  # nobody trades it
    scan = scan_of(panel, surveillance={"NAME12": "GSM stage 2"})
    out = dropped(scan)
    expected = {
        "NAME5": "series", "NAME6": "history", "NAME7": "stale", "NAME8": "split", "NAME9": "price",
        "NAME10": "measure", "NAME11": "liquidity", "NAME12": "surveillance",
    }  # fmt: skip
    assert {symbol: step for symbol, (step, _) in out.items() if step != "watchlist"} == expected
    assert all(reason for _, reason in out.values())
    assert "GSM stage 2" in out["NAME12"][1]
    picked = [p.symbol for p in scan.picks]
    assert sorted(picked + list(out)) == sorted(i.symbol for i in panel.instruments)
    assert len(scan.picks) + len(scan.dropped) == N_NAMES
    lost = [before.left - after.left for before, after in zip(scan.funnel, scan.funnel[1:], strict=False)]
    counted = [sum(step == f.filter for step, _ in out.values()) for f in scan.funnel[1:]]
    assert lost == counted
    assert scan.funnel[-1].left == len(scan.picks) == 60


def test_future_rows_never_change_the_scan() -> None:
    close = walk(n_days=N_DAYS + 40)
    full = made_panel(close, DAY)
    day = full.days[-41].astype(object)
    spoilt = replace(full, close=full.close.copy(), volume=full.volume.copy())
    spoilt.close[-40:], spoilt.volume[-40:] = -1e9, np.nan
    scans = [scanned(p, day, 0, SETTINGS) for p in (full, spoilt, full.upto(day))]
    assert scans[0] == scans[1] == scans[2]


def test_yesterdays_prices_are_not_scanned_as_todays() -> None:
    panel = panel_of()
    with pytest.raises(Abstained, match="newest session in made is 2026-07-30; 2026-07-31 was asked"):
        scan_of(panel.upto(date(2026, 7, 30)))
    with pytest.raises(Abstained, match="nothing"):
        scanned(panel, date(2001, 1, 1), 0, SETTINGS)


@pytest.mark.parametrize("way", ["no close", "no volume", "zero volume"])
def test_more_than_two_in_a_hundred_stale_names_refuse_the_scan_by_name(way: str) -> None:
    def stale(n: int) -> DailyPanel:
        panel = panel_of()
        target = panel.close if way == "no close" else panel.volume
        target[-1, :n] = 0.0 if way == "zero volume" else np.nan
        return panel

    assert [d.symbol for d in scan_of(stale(2)).dropped if d.filter == "stale"] == ["NAME1", "NAME2"]
    with pytest.raises(Abstained, match=r"3 of 100 names .* NAME1, NAME2, NAME3"):
        scan_of(stale(3))
    with pytest.raises(Abstained, match="and 10 more"):
        scan_of(stale(20))


@pytest.mark.parametrize("hole", [0, 1, 3])
def test_an_unexplained_jump_is_dropped_and_an_explained_one_kept_even_behind_missing_days(hole: int) -> None:
    close = walk()
    close[-40:, 7] /= 2
    if hole:
        close[-40 : -40 + hole, 7] = np.nan
    settings = replace(SETTINGS, low_volatility=0.0)  # a hole makes the volatility unknown, which is another drop
    panel = panel_of(close)
    scan = scan_of(panel, settings)
    step, reason = dropped(scan)["NAME8"]
    assert (step, "no corporate action explains it" in reason) == ("split", True)
    ex_date = panel.days[-40 + hole].astype(object)
    explained = scan_of(panel, settings, explained_jumps={"NAME8": frozenset({ex_date})})
    assert dropped(explained).get("NAME8", ("picked", ""))[0] in ("picked", "watchlist")
    elsewhere = scan_of(panel, settings, explained_jumps={"NAME8": frozenset({panel.days[-39 + hole].astype(object)})})
    assert dropped(elsewhere)["NAME8"][0] == "split"


def test_the_order_is_that_of_the_weighted_ranks() -> None:
    panel = panel_of()
    scan = scan_of(panel)
    close = panel.close
    parts = [
        (1 - close[-1] / close[-6], 0.5),
        (close[-22] / close[-253] - 1, 0.3),
        (-np.diff(np.log(close[-61:]), axis=0).std(axis=0, ddof=1), 0.2),
    ]
    composite = sum((rankdata(values) - 1) / (N_NAMES - 1) * weight for values, weight in parts)
    wanted = [panel.instruments[c].symbol for c in np.argsort(-np.asarray(composite), kind="stable")[:60]]
    assert [p.symbol for p in scan.picks] == wanted
    assert [p.rank for p in scan.picks] == list(range(1, 61))
    assert scan.picks[0].score == 1.0
    assert all(0 <= share <= 1 for p in scan.picks for _, share in p.parts)


def test_equal_names_come_in_the_order_of_their_symbols() -> None:
    close = np.repeat(walk(n_names=1), N_NAMES, axis=1)
    picks = scan_of(panel_of(close)).picks
    assert [p.symbol for p in picks] == sorted(f"NAME{i + 1}" for i in range(N_NAMES))[:60]
    assert {p.score for p in picks} == {0.5}


def test_the_order_of_the_columns_does_not_matter() -> None:
    panel = panel_of()
    turned = replace(
        panel,
        instruments=panel.instruments[::-1],
        close=panel.close[:, ::-1],
        volume=panel.volume[:, ::-1],
        high=panel.high[:, ::-1],
        low=panel.low[:, ::-1],
        open=panel.open[:, ::-1],
    )
    assert scan_of(turned).picks == scan_of(panel).picks


def test_weights_of_zero_refuse_and_a_weight_of_zero_needs_no_measure() -> None:
    nothing = replace(SETTINGS, reversal=0.0, momentum=0.0, low_volatility=0.0)
    with pytest.raises(Abstained, match="all weights"):
        scan_of(panel_of(), nothing)
    close = walk()
    close[-253, :] = np.nan
    with pytest.raises(Abstained, match="0 names passed"):
        scan_of(panel_of(close))
    picks = scan_of(panel_of(close), replace(SETTINGS, momentum=0.0)).picks
    assert len(picks) == 60
    assert {name for pick in picks for name, _ in pick.parts} == {"reversal", "low volatility"}
    assert not any("nan" in pick.reason for pick in picks)


@pytest.mark.parametrize(("n_names", "n_picks"), [(39, None), (40, 40), (60, 60), (61, 60)])
def test_fewer_names_than_a_watchlist_needs_refuse(n_names: int, n_picks: int | None) -> None:
    panel = panel_of(walk(n_names=n_names))
    if n_picks is None:
        with pytest.raises(Abstained, match="39 names passed all filters; a watchlist needs 40"):
            scan_of(panel)
    else:
        assert len(scan_of(panel).picks) == n_picks


def test_factors_that_history_is_too_short_for_are_unknown() -> None:
    def unknown(n_days: int) -> list[bool]:
        measured = factors(panel_of(walk(n_days=n_days)))
        columns = (measured.reversal, measured.momentum, measured.volatility, measured.adv_rupees)
        return [bool(np.isnan(values).all()) for values in columns]

    assert unknown(5) == [True, True, True, True]
    assert unknown(6) == [False, True, True, True]
    assert unknown(20) == [False, True, True, False]
    assert unknown(60) == [False, True, True, False]
    assert unknown(61) == [False, True, False, False]
    assert unknown(252) == [False, True, False, False]
    assert unknown(253) == [False, False, False, False]


@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.5, -4.0, np.nan]), st.booleans()), max_size=30))
def test_ranks_are_the_mean_ranks_of_the_names_among_which_they_are_asked(rows: list[tuple[float, bool]]) -> None:
    values = np.array([value for value, _ in rows], dtype=np.float64)
    among = np.array([inside for _, inside in rows], dtype=bool)
    answer = ranked(values, among)
    counted = among & ~np.isnan(values)
    assert np.isnan(answer[~counted]).all()
    n = int(counted.sum())
    if n == 1:
        assert answer[counted] == [0.5]
    elif n > 1:
        np.testing.assert_allclose(answer[counted], (rankdata(values[counted]) - 1) / (n - 1))


def test_the_real_universe_gives_a_full_watchlist_with_real_reasons(market_data: Path) -> None:
    market = RecordedMarket(market_data)
    panel = market.panel(adjusted=True)
    day = date(2024, 6, 28)
    scan = scanned(panel, day, 0, SETTINGS, explained_jumps=market.ex_dates())
    assert SETTINGS.watch_low <= len(scan.picks) <= SETTINGS.watch_high
    assert len(scan.picks) + len(scan.dropped) == len(panel.instruments)
    assert scan == scanned(panel.upto(day), day, 0, SETTINGS, explained_jumps=market.ex_dates())
    assert dropped(scan)["CGCL"][0] == "split"
    assert all("nan" not in pick.reason for pick in scan.picks)
