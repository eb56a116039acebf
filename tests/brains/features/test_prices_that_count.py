"""Volume profile and levels: hand-made panels whose answer can be read off, and prices turned upside down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cockpit.brains.pipeline import Pipeline
from cockpit.market import DailyPanel
from tests.brains.features.made_markets import LAST, made_market, scaled
from tests.engine.made_panels import made_panel

PROFILE_20 = ("point_of_control_20", "value_low_20", "value_high_20", "value_width_20")
LEVELS = ("support_distance", "resistance_distance", "support_touches", "resistance_touches")


def last(panel: DailyPanel, columns: tuple[str, ...]) -> list[float]:
    return [float(v) for v in Pipeline(columns).history(panel).values[-1, 0]]


def test_most_volume_at_one_price_makes_it_the_point_of_control() -> None:
    panel = made_panel(np.full((20, 1), 100.0), LAST, spread=0.05)
    panel.high[3], panel.low[7] = 112.0, 88.0  # two wide days of little volume set the bins of one rupee
    panel.volume[[3, 7]] = 1_000.0
    control, low, high, width = last(panel, PROFILE_20)
    assert abs(control) < 0.006
    assert low >= 0 >= high
    np.testing.assert_allclose(width, 0.01, atol=0.011)


def test_even_volume_gives_a_value_area_of_seven_tenths_of_the_range() -> None:
    panel = made_panel(np.full((20, 1), 100.0), LAST, spread=12.0)
    width = last(panel, PROFILE_20)[3]
    np.testing.assert_allclose(width, 17 / 24 * 24 / 100, rtol=1e-6)  # 17 of 24 bins hold at least 70 %


def test_no_volume_or_no_range_has_no_profile() -> None:
    silent = made_panel(np.full((20, 1), 100.0), LAST, volume=0.0)
    rigid = made_panel(np.full((20, 1), 100.0), LAST, spread=0.0)
    for panel in (silent, rigid):
        assert np.isnan(last(panel, PROFILE_20)).all()


def wave(end: float) -> DailyPanel:
    """Make a price that swings between 95 and 105 every 20 days, and ends at `end`."""
    close = 100 + 5 * np.sin(2 * np.pi * np.arange(200) / 20)
    close[-1] = end
    return made_panel(close[:, None], LAST, spread=0.5)


def test_a_wave_finds_support_at_its_troughs_and_resistance_at_its_crests() -> None:
    support, resistance, below, above = last(wave(100.0), LEVELS)
    np.testing.assert_allclose(support, 100 - 94.5, atol=0.05)  # a mean range is one rupee, but for the last day
    np.testing.assert_allclose(resistance, 105.5 - 100, atol=0.05)
    assert below in (5, 6)
    assert above in (5, 6)


def test_a_name_above_all_its_turns_has_no_resistance() -> None:
    support, resistance, below, above = last(wave(110.0), LEVELS)
    assert support > 0
    assert below >= 2
    assert np.isnan(resistance)
    assert np.isnan(above)


def test_a_turn_is_not_known_before_three_more_sessions() -> None:
    panel = wave(100.0)
    panel.high[-2] = 120.0  # stands out, but not yet for three days
    assert last(panel, LEVELS)[1] < 6


def test_what_is_turned_upside_down_swaps_support_and_resistance() -> None:
    panel = made_market(200, 9, rough=False)
    middle = 2_000.0
    mirrored = replace(
        panel, open=middle - panel.open, high=middle - panel.low, low=middle - panel.high, close=middle - panel.close
    )
    one, other = (Pipeline(LEVELS).history(p).values[-1] for p in (panel, mirrored))
    np.testing.assert_allclose(one[:, [0, 2]], other[:, [1, 3]], rtol=1e-3)


def test_profile_and_levels_know_no_unit() -> None:
    panel = made_market(200, 9)
    pipeline = Pipeline((*PROFILE_20, *LEVELS))
    np.testing.assert_allclose(
        pipeline.history(scaled(panel, 8.0, 0.5)).values, pipeline.history(panel).values, rtol=1e-5, atol=1e-6
    )
