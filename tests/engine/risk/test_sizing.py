"""Sizing loses the wished share of equity at the stop, never more, in whole lots."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.engine.risk.sizing import sized
from cockpit.orders import Side
from cockpit.settings import RiskSettings
from tests.engine.made_days import made_day
from tests.engine.made_orders import (
    CASH,
    made_intent,
)

NAME = made_day(1).instruments[0]
LIMITS = RiskSettings()
PLENTY = 1e9
WIDE = replace(LIMITS, order_rupees=100_000_000)


@pytest.mark.parametrize(
    ("stop", "wanted"),
    [
        (99_000, 500),  # 5,000 rupees of risk at 10 rupees a share
        (98_000, 250),
        (99_995, 100_000),
        (99_700, 1666),  # 1,666.67 is rounded down
    ],
)
def test_the_quantity_is_the_risk_of_the_trade_divided_by_the_risk_of_a_share_rounded_down(
    stop: int, wanted: int
) -> None:
    assert sized(made_intent(stop=stop), NAME, CASH, PLENTY, WIDE).quantity == wanted


def test_the_order_value_caps_the_quantity() -> None:
    assert sized(made_intent(), NAME, CASH, PLENTY, LIMITS).quantity == 200


def test_lots_are_whole_and_rounded_down() -> None:
    assert sized(made_intent(), replace(NAME, lot_size=75), CASH, PLENTY, LIMITS).quantity == 150
    assert sized(made_intent(), replace(NAME, lot_size=201), CASH, PLENTY, LIMITS).quantity == 0


def test_a_short_is_sized_like_the_long_it_mirrors() -> None:
    short = made_intent(side=Side.SELL, stop=101_000, target=98_000)
    assert sized(short, NAME, CASH, PLENTY, WIDE).quantity == 500


@pytest.mark.parametrize(
    ("changes", "equity"),
    [({"stop": 100_000}, CASH), ({"entry": 0}, CASH), ({"entry": -5}, CASH), ({}, 0), ({}, -CASH)],
    ids=["no risk", "entry of zero", "entry below zero", "no equity", "equity below zero"],
)
def test_what_cannot_be_sized_gets_nothing_rather_than_a_default(changes: dict[str, int], equity: int) -> None:
    assert sized(made_intent(**changes), NAME, equity, PLENTY, LIMITS).quantity == 0


@given(
    entry=st.integers(1, 2_000_000),
    stop=st.integers(1, 2_000_000),
    equity=st.integers(-CASH, 100 * CASH),
    lot=st.integers(1, 500),
)
def test_no_sizing_ever_risks_or_costs_more_than_allowed(entry: int, stop: int, equity: int, lot: int) -> None:
    proposal = sized(made_intent(entry=entry, stop=stop), replace(NAME, lot_size=lot), equity, PLENTY, LIMITS)
    assert proposal.quantity >= 0
    assert proposal.quantity % lot == 0
    assert proposal.risk_paise <= max(0, equity * LIMITS.risk_per_trade)
    assert proposal.value_paise <= LIMITS.order_rupees * 100
