"""Features whose answer can be told without a computer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from cockpit.brains.pipeline import ALPHA158, FACTORS, Pipeline
from cockpit.market import DailyPanel
from tests.brains.features.made_markets import LAST
from tests.engine.made_panels import made_panel


def day_of(open_: float, high: float, low: float, close: float) -> DailyPanel:
    panel = made_panel(np.array([[float(close)]]), LAST)
    return replace(panel, **{f: np.array([[float(v)]]) for f, v in {"open": open_, "high": high, "low": low}.items()})


def last(panel: DailyPanel, *columns: str) -> list[float]:
    """Answer the named columns of the first name on the last day."""
    return [float(v) for v in Pipeline(columns).history(panel).values[-1, 0]]


def test_bar_shapes_have_their_hand_values() -> None:
    shapes = last(day_of(100, 110, 95, 105), "KMID", "KLEN", "KMID2", "KUP", "KUP2", "KLOW", "KLOW2", "KSFT", "KSFT2")
    np.testing.assert_allclose(shapes, [0.05, 0.15, 1 / 3, 0.05, 1 / 3, 0.05, 1 / 3, 0.05, 1 / 3], rtol=1e-6)


def test_a_bar_without_range_has_shape_0() -> None:
    assert last(day_of(100, 100, 100, 100), "KMID", "KLEN", "KMID2", "KUP2", "KLOW2", "KSFT", "KSFT2") == [0.0] * 7


def test_a_ramp_is_a_straight_line_and_all_rise() -> None:
    ramp = made_panel(np.linspace(100, 160, 61)[:, None], LAST)
    for window in (5, 10, 20, 30, 60):
        fit, off, sump, sumn, cntp, cntn, rank = last(
            ramp, *(f"{name}{window}" for name in ("RSQR", "RESI", "SUMP", "SUMN", "CNTP", "CNTN", "RANK"))
        )
        np.testing.assert_allclose([fit, off, sump, sumn, cntp, cntn, rank], [1, 0, 1, 0, 1, 0, 1], atol=1e-7)


def test_a_constant_price_has_no_spread_and_no_fit() -> None:
    flat = replace(made_panel(np.full((61, 1), 123.45), LAST, spread=0.0))
    spread, slope, off, fit, band = last(flat, "STD60", "BETA60", "RESI60", "RSQR60", "band_place_20")
    assert (spread, slope, off) == (0.0, 0.0, 0.0)
    assert np.isnan(fit)
    assert np.isnan(band)


def test_rises_and_falls_add_up() -> None:
    history = Pipeline(ALPHA158).history(walk())
    for window in (5, 60):
        up, down, apart = (history.column(f"{name}{window}")[60:] for name in ("SUMP", "SUMN", "SUMD"))
        np.testing.assert_allclose(up + down, 1.0, atol=1e-6)
        np.testing.assert_allclose(up - down, apart, atol=1e-6)
        up, down, apart = (history.column(f"{name}{window}")[60:] for name in ("CNTP", "CNTN", "CNTD"))
        np.testing.assert_allclose(up - down, apart, atol=1e-6)


def walk(n_days: int = 90, n_names: int = 3) -> DailyPanel:
    steps = np.random.default_rng(4).normal(0, 0.02, (n_days, n_names))
    return made_panel(500 * np.exp(np.cumsum(steps, axis=0)), LAST)


def closing_at(place: float) -> DailyPanel:
    """Make bars that all close at one place of their range, 0 the low and 1 the high; the last has no range."""
    panel = walk()
    low = panel.close - 2 * place
    high = low + 2
    low[-1], high[-1] = panel.close[-1], panel.close[-1]
    return replace(panel, low=low, high=high)


def test_money_flow_is_1_where_all_bars_close_high_and_a_bar_without_range_adds_nothing() -> None:
    for place, flow in ((1.0, 0.95), (0.0, -0.95), (0.5, 0.0)):
        np.testing.assert_allclose(last(closing_at(place), "cmf_20"), [flow], atol=1e-6)


def test_on_balance_volume_of_a_seesaw_stays_bounded() -> None:
    seesaw = made_panel(np.where(np.arange(200) % 2, 101.0, 100.0)[:, None], LAST)
    history = Pipeline(("obv_20", "obv_slope_20")).history(seesaw)
    assert np.nanmax(np.abs(history.column("obv_20"))) <= 1 / 20
    assert np.nanmax(np.abs(history.column("obv_slope_20"))) < 0.02


def test_a_market_that_takes_back_its_moves_rewards_reversal_and_not_momentum() -> None:
    panel = taking_back()
    pipeline = Pipeline(FACTORS)
    history = pipeline.history(panel)
    ahead = np.log(panel.close[1:] / panel.close[:-1])
    ics = {
        name: ic(history.column(name)[260:-1], ahead[260:]) for name in ("reversal_z", "reversal_5", "momentum_12_1")
    }
    assert ics["reversal_5"] > 0.05
    assert ics["reversal_z"] > 0.05
    assert ics["momentum_12_1"] < 0


def taking_back(n_days: int = 520, n_names: int = 60) -> DailyPanel:
    """Make a panel whose every move away from a slow mean is taken back in part each day."""
    rng = np.random.default_rng(8)
    away, slow = np.zeros((n_days, n_names)), np.zeros((n_days, n_names))
    for day in range(1, n_days):
        away[day] = 0.85 * away[day - 1] + rng.normal(0, 0.02, n_names)
        slow[day] = 0.99 * slow[day - 1] + rng.normal(0, 0.01, n_names)
    return made_panel(500 * np.exp(away + slow), LAST)


def ic(feature: NDArray[Any], ahead: NDArray[Any]) -> float:
    return float(np.mean([spearmanr(f, a).statistic for f, a in zip(feature, ahead, strict=True)]))


def test_the_higher_of_two_delivery_shares_stands_higher() -> None:
    panel = walk()
    delivery = np.full_like(panel.close, 0.4)
    delivery[::2] = 0.42
    delivery[-1] = 0.8
    z, signed = last(replace(panel, delivery=delivery), "delivery_z_20", "delivery_signed")
    assert z > 3
    assert abs(signed) == np.float32(0.8)
    unknown = last(replace(panel, delivery=np.full_like(delivery, np.nan)), "delivery_z_20", "delivery_signed")
    assert np.isnan(unknown).all()
