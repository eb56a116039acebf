"""The kill switches say how they stand, agree with the rules at every limit, and call the unknown unknown."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cockpit.engine.risk.gate import Gate
from cockpit.engine.risk.switches import LATCHING, Vitals, looked
from cockpit.facts import SwitchSeen, SwitchState
from cockpit.settings import RiskSettings
from tests.engine.fakes import house_rules
from tests.engine.made_orders import (
    CASH,
    made_proposal,
    made_view,
)

WELL = Vitals(CASH, CASH, 0, 0, 0, 0.0)
LIMITS = RiskSettings()


def switch(code: str, vitals: Vitals) -> SwitchSeen:
    return next(s for s in looked(vitals, LIMITS) if s.code == code)


@pytest.mark.parametrize(
    ("code", "field", "armed", "watched", "tripped"),
    [
        ("DAY_LOSS", "day_net_paise", -1_599_999, -1_600_000, -2_000_000),
        ("DRAWDOWN", "equity_paise", 92_000_001, 92_000_000, 90_000_000),
        ("DAY_ENTRIES", "day_entries", 31, 32, 40),
        ("REJECTS", "rejects", 3, 4, 5),
        ("FEED_AGE", "feed_age_s", 3.9, 4.0, 5.0),
    ],
)
def test_a_switch_watches_from_four_fifths_of_its_limit_and_trips_at_it(
    code: str, field: str, armed: float, watched: float, tripped: float
) -> None:
    states = [switch(code, replace(WELL, **{field: value})).state for value in (armed, watched, tripped)]
    assert states == [SwitchState.ARMED, SwitchState.WATCH, SwitchState.TRIPPED]


def test_a_profit_uses_nothing_of_the_loss_limit() -> None:
    assert switch("DAY_LOSS", replace(WELL, day_net_paise=5_000_000)).used == 0.0


@pytest.mark.parametrize("equity", [0, -1, 49])
def test_without_equity_the_loss_switches_are_tripped_and_nothing_divides_by_zero(equity: int) -> None:
    seen = replace(WELL, equity_paise=equity, day_net_paise=equity - CASH)
    assert switch("DAY_LOSS", seen).state is SwitchState.TRIPPED
    assert switch("DRAWDOWN", seen).state is SwitchState.TRIPPED


def test_an_unknown_feed_age_is_unknown_and_a_negative_one_is_not_fresh() -> None:
    unknown = switch("FEED_AGE", replace(WELL, feed_age_s=math.nan))
    assert (unknown.state, unknown.value) == (SwitchState.UNKNOWN, "unknown")
    assert switch("FEED_AGE", replace(WELL, feed_age_s=-3600.0)).state is SwitchState.TRIPPED


@pytest.mark.parametrize("loss", range(1_999_998, 2_000_003))
def test_the_day_loss_rule_refuses_exactly_when_its_switch_is_tripped(loss: int) -> None:
    tripped = switch("DAY_LOSS", replace(WELL, day_net_paise=-loss)).state is SwitchState.TRIPPED
    assert refuses("DAY_LOSS", day_net_paise=-loss) == tripped == (loss >= 2_000_000)


@pytest.mark.parametrize("peak", [CASH, CASH + 7, 123_456_789])
@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_the_drawdown_rule_refuses_exactly_when_its_switch_is_tripped(peak: int, beside: int) -> None:
    equity = peak - peak // 10 + beside
    tripped = switch("DRAWDOWN", replace(WELL, equity_paise=equity, peak_paise=peak)).state is SwitchState.TRIPPED
    assert refuses("DRAWDOWN", equity_paise=equity, peak_paise=peak) == tripped == (beside <= 0)


def test_what_costs_money_latches_and_what_heals_by_itself_does_not() -> None:
    codes = {s.code for s in looked(WELL, LIMITS)}
    assert {"DAY_LOSS", "DRAWDOWN", "REJECTS"} == LATCHING
    assert codes - LATCHING == {"DAY_ENTRIES", "FEED_AGE"}


def refuses(code: str, **changes: int) -> bool:
    return code in {r.code for r in Gate(house_rules()).ask(made_proposal(), made_view(**changes))}
