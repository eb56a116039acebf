"""The smart-money brain: deals from their evening on, round trips that cancel, and flows that stay in their bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.brains.features.vpin import vpin
from cockpit.brains.smart_money import SmartMoneyBrain
from cockpit.evidence import Evidence
from cockpit.market import DailyPanel
from cockpit.opinions import FeatureHistory
from cockpit.venues.recorded_evidence import recorded_evidence
from tests.brains.made_evidence import LAST, at, evening, made_evidence, names, poisoned, rows, same, walk
from tests.engine.made_panels import made_panel

BRAIN = SmartMoneyBrain()
BUY, SELL = 1, -1


def column(history: FeatureHistory, name: str) -> NDArray[Any]:
    return history.values[:, :, history.columns.index(name)]


def bars(closes_at: float, n_days: int = 60) -> DailyPanel:
    """Make bars from 90 to 110 that close at a place in them: 0 the low, 1 the high."""
    panel = made_panel(np.full((n_days, 5), 100.0), LAST, names=names(5))
    return replace(
        panel, high=panel.high * 0 + 110, low=panel.low * 0 + 90, close=panel.close * 0 + 90 + 20 * closes_at
    )


@pytest.mark.parametrize(("closes_at", "flow"), [(1.0, 1.0), (0.0, -1.0), (0.5, 0.0)])
def test_money_flow_is_one_when_every_bar_closes_at_its_high_and_minus_one_at_its_low(
    closes_at: float, flow: float
) -> None:
    history = BRAIN.features(made_evidence(panel=bars(closes_at)))
    assert column(history, "cmf_20")[-1] == pytest.approx([flow] * 5)


def test_a_bar_without_a_range_adds_nothing_to_money_flow() -> None:
    panel = bars(1.0)
    panel.high[-1] = panel.low[-1] = panel.close[-1] = 110.0
    assert column(BRAIN.features(made_evidence(panel=panel)), "cmf_20")[-1] == pytest.approx([19 / 20] * 5)


def test_on_balance_volume_of_a_price_that_goes_up_and_down_in_turn_stays_bounded() -> None:
    close = np.where(np.arange(400)[:, None] % 2, 101.0, 100.0) * np.ones((1, 5))
    slope = column(BRAIN.features(made_evidence(panel=made_panel(close, LAST, names=names(5)))), "obv_slope_20")
    assert np.nanmax(np.abs(slope)) < 0.05


def test_one_way_trading_brings_vpin_to_one_and_even_trading_keeps_it_low() -> None:
    n = np.arange(200)
    assert vpin(100.0 + n, np.ones(200))[-1] == 1.0
    assert vpin(100.0 + n + 0.01 * np.sin(n), np.ones(200))[-1] > 0.99
    assert vpin(np.full(200, 100.0), np.ones(200))[-1] == 0.0
    wander = 100 + np.cumsum(np.random.default_rng(0).normal(size=4000))
    assert vpin(wander, np.ones(4000))[50:].mean() == pytest.approx(0.5, abs=0.02)
    assert np.isnan(vpin(100.0 + n, np.ones(200))[:50]).all()


def deal(token: int, day: str, side: int, quantity: int, *, client: int = 1, fund: bool = True) -> tuple[Any, ...]:
    return (token, day, at(day, 18), side, quantity, 50_000, client, fund)


def with_deals(*deals: tuple[Any, ...]) -> FeatureHistory:
    early = deal(105, "2023-09-01", BUY, 1, client=99)  # the list begins
    return BRAIN.features(made_evidence(deals=rows("deals", [early, *deals])))


def day_of(history: FeatureHistory, day: str) -> int:
    return int(np.searchsorted(history.days, np.datetime64(day)))


def test_a_deal_counts_in_days_of_usual_volume_from_its_own_evening_and_fades() -> None:
    history = with_deals(deal(101, "2024-06-10", BUY, 2_000_000), deal(102, "2024-06-10", SELL, 500_000, fund=False))
    day = day_of(history, "2024-06-10")
    assert column(history, "fund_deals")[day - 1 : day + 2, 0] == pytest.approx([0, 2.0, 2.0 * 0.5 ** (1 / 3)])
    assert column(history, "fund_deals")[day + 3, 0] == pytest.approx(1.0)
    assert column(history, "fund_deals")[day + 10, 0] == 0
    assert column(history, "other_deals")[day, :2] == pytest.approx([0, -0.5])


def test_a_deal_printed_at_six_is_not_in_what_was_known_at_five() -> None:
    evidence = made_evidence(deals=rows("deals", [deal(101, str(LAST), BUY, 2_000_000)]))
    earlier = evidence.known(LAST, at(str(LAST), 17))
    assert np.isnan(column(BRAIN.features(earlier), "fund_deals")).all()
    assert column(BRAIN.features(evidence), "fund_deals")[-1, 0] == 2.0


def test_delivery_is_not_known_before_the_exchange_s_file_of_the_evening() -> None:
    evidence = full()
    at_eight, at_five = (
        column(BRAIN.features(e), "delivery_z_20") for e in (evidence, evidence.known(LAST, at(str(LAST), 17)))
    )
    assert same(at_five[1:], at_eight[:-1])
    assert not same(at_five, at_eight)


def test_one_client_s_round_trip_cancels_and_another_client_s_sale_does_not_cancel_it() -> None:
    same_day = "2024-06-10"
    round_trip = deal(101, same_day, BUY, 900_000), deal(101, same_day, SELL, 900_000)
    history = with_deals(*round_trip, deal(102, same_day, BUY, 900_000), deal(103, same_day, SELL, 900_000, client=2))
    day = day_of(history, same_day)
    assert column(history, "fund_deals")[day, :3] == pytest.approx([0, 0.9, -0.9])


def test_before_the_list_of_deals_began_nothing_is_known_and_after_it_a_quiet_name_has_none() -> None:
    history = with_deals()
    began = day_of(history, "2023-09-01")
    assert np.isnan(column(history, "fund_deals")[:began]).all()
    assert (column(history, "fund_deals")[began:, :4] == 0).all()


def test_a_list_of_deals_that_stopped_coming_is_marked_old() -> None:
    history = with_deals()
    began = day_of(history, "2023-09-01")
    old = history.stale[:, 0, history.columns.index("fund_deals")]
    assert old[began + 10 : began + 12].tolist() == [False, True]


def held(token: int, quarter: str, promoter: float, day: str) -> tuple[Any, ...]:
    return (token, quarter, at(day, 23, 59), promoter, np.nan, np.nan, np.nan)


def test_a_holding_s_change_counts_from_its_filing_and_needs_the_quarter_before() -> None:
    told = [
        held(101, "2023-12-31", 0.50, "2024-01-25"), held(101, "2024-03-31", 0.47, "2024-04-25"),
        held(102, "2023-09-30", 0.50, "2023-10-25"), held(102, "2024-03-31", 0.40, "2024-04-25"),
    ]  # fmt: skip
    history = BRAIN.features(made_evidence(ownership=rows("ownership", told)))
    day = day_of(history, "2024-04-26")
    change = column(history, "promoter_change")
    assert np.isnan(change[day - 1, 0])
    assert change[day, 0] == pytest.approx(-0.03)
    assert np.isnan(change[:, 1]).all()
    assert np.isnan(column(history, "foreign_change")).all()


def full() -> Evidence:
    panel = made_panel(walk(300, 5), LAST, names=names(5))
    panel.delivery[:] = np.random.default_rng(1).uniform(0.2, 0.8, panel.close.shape)
    days = [str(d) for d in panel.days[::7]]
    deals = [deal(101 + k % 5, d, BUY if k % 3 else SELL, 10_000 * k + 1, client=k) for k, d in enumerate(days)]
    quarters = ["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31", "2024-03-31"]
    told = [held(101, q, 0.5 + 0.01 * k, q) for k, q in enumerate(quarters)]
    return made_evidence(panel=panel, deals=rows("deals", deals), ownership=rows("ownership", told))


@pytest.mark.parametrize("table", ["deals", "ownership"])
@pytest.mark.parametrize("row", [100, 200, 290])
def test_what_is_told_later_changes_nothing_earlier(table: str, row: int) -> None:
    clean, spoilt = BRAIN.features(full()), BRAIN.features(poisoned(full(), evening(full(), row), table))
    assert same(clean.values[: row + 1], spoilt.values[: row + 1])
    assert same(clean.stale[: row + 1], spoilt.stale[: row + 1])


@pytest.mark.parametrize("series", ["open", "high", "low", "close", "volume", "delivery"])
def test_later_bars_change_nothing_earlier(series: str) -> None:
    evidence = full()
    panel = evidence.prices.value
    spoilt = getattr(panel, series).copy()
    spoilt[201:] *= 1.7
    after = BRAIN.features(replace(evidence, prices=replace(evidence.prices, value=replace(panel, **{series: spoilt}))))
    assert same(BRAIN.features(evidence).values[:201], after.values[:201])


def test_the_evening_itself_would_have_answered_the_same() -> None:
    whole, row = BRAIN.features(full()), 270
    day: date = full().prices.value.days[row].astype(object)
    then = BRAIN.features(full().known(day, evening(full(), row)))
    assert same(whole.values[: row + 1], then.values)


def test_without_deals_and_holdings_the_bars_still_speak() -> None:
    history = BRAIN.features(made_evidence())
    assert np.isfinite(column(history, "cmf_20")[-1]).all()
    assert np.isnan(column(history, "fund_deals")).all()


def test_words_carry_the_number() -> None:
    assert BRAIN.words("fund_deals", 1.25) == "funds net +1.25 days' volume in bulk deals"
    assert BRAIN.words("promoter_change", -0.031) == "promoters -3.10 % of the company since last quarter"


def test_on_recorded_years_what_is_known_begins_when_its_recording_begins(market_data: Path) -> None:
    history = BRAIN.features(recorded_evidence(market_data))
    known = {name: np.isfinite(column(history, name)).any(axis=1) for name in BRAIN.columns}
    first = {
        name: history.days[int(np.argmax(there))].astype(object) if there.any() else None
        for name, there in known.items()
    }
    assert first["cmf_20"] < date(2010, 3, 1)
    assert date(2019, 10, 1) < first["delivery_z_20"] < date(2019, 12, 31)
    assert first["promoter_change"] > date(2016, 3, 31)
