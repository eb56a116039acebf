"""Every kernel says what the readable oracle says, on panels with all that real ones do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.brains.features.columns import Kind
from cockpit.brains.features.factors import FACTORS_ALONE
from cockpit.brains.features.roster import ALPHA158, DECLARED, DISPLAY63, columns_of
from cockpit.brains.features.smart_money import SMART
from cockpit.brains.pipeline import Pipeline
from cockpit.market import DailyPanel
from tests.brains.features import oracle
from tests.brains.features.made_markets import made_market, own_sessions

OWN = tuple(name for name in DISPLAY63 if DECLARED[name].kind is not Kind.CROSS)


@pytest.fixture(scope="module")
def panel() -> DailyPanel:
    return made_market()


def young(panel: DailyPanel, columns: tuple[str, ...]) -> NDArray[Any]:
    """Tell where a name has not had the sessions a column asks for, or none that day. Shape: [day, name, column]."""
    age = np.zeros(panel.close.shape, dtype=int)
    for name, days in own_sessions(panel):
        age[days, name] = np.arange(1, len(days) + 1)
    needed = np.array([DECLARED[column].lookback for column in columns])
    return age[:, :, None] <= needed


def compare(panel: DailyPanel, columns: tuple[str, ...], theirs: NDArray[Any]) -> None:
    ours = Pipeline(columns).history(panel).values.astype(float)
    theirs[young(panel, columns)] = np.nan
    for c, column in enumerate(columns):
        np.testing.assert_allclose(ours[:, :, c], theirs[:, :, c], rtol=1e-5, atol=1e-7, err_msg=column)


@pytest.mark.parametrize(
    ("columns", "measure"),
    [
        (ALPHA158, oracle.alpha158),
        (OWN, oracle.display),
        (columns_of(FACTORS_ALONE), oracle.factors),
        (columns_of(SMART), oracle.smart_money),
    ],
)
def test_every_column_equals_the_oracle_once_it_is_warm(
    panel: DailyPanel, columns: tuple[str, ...], measure: Any
) -> None:
    compare(panel, columns, oracle.by_name(panel, measure, columns))


def test_what_compares_names_equals_the_oracle(panel: DailyPanel) -> None:
    everyone = ["index" if i.is_index else "all" for i in panel.instruments]
    sectors = ["index" if i.is_index else i.sector for i in panel.instruments]
    fallen = oracle.by_name(panel, oracle.factors, ("reversal_5", "reversal_10", "reversal_21"))
    calm = oracle.by_name(panel, oracle.calm, ("calm", "own_calm"))
    moved = oracle.by_name(panel, oracle.moves, ("return_5",))[..., 0]
    value = (panel.high + panel.low + panel.close) / 3 * panel.volume
    expected = {
        "reversal_z": np.mean([oracle.scored(fallen[..., i], everyone) for i in range(3)], axis=0),
        "reversal_sector_z": np.mean([oracle.scored(fallen[..., i], sectors) for i in range(3)], axis=0),
        "calm_z": oracle.scored(calm[..., 0], everyone),
        "own_calm_z": oracle.scored(calm[..., 1], everyone),
        "rank_return_5": oracle.ranked(moved, everyone),
        "rank_value": oracle.ranked(value, everyone),
    }
    compare(panel, tuple(expected), np.stack(list(expected.values()), axis=2))


def test_the_columns_are_158_and_63_and_each_is_declared_once() -> None:
    assert len(ALPHA158) == len(set(ALPHA158)) == 158
    assert len(DISPLAY63) == len(set(DISPLAY63)) == 63
    assert all(DECLARED[name].unit and DECLARED[name].lookback >= 0 for name in DECLARED)
