"""Every rule stands where its limit says: it passes below, refuses at or above, and unknown is never a yes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from cockpit.account import Account
from cockpit.engine.risk.gate import Gate
from cockpit.errors import BadInput
from cockpit.facts import Halt
from cockpit.market import Phase, Quote, Series
from cockpit.orders import Mode, Product, Proposal, Refusal, Role, Side
from cockpit.ports import RiskView
from cockpit.settings import RiskSettings
from tests.engine.fakes import house_rules
from tests.engine.made_days import at, made_day
from tests.engine.made_orders import (
    CASH,
    NOON,
    made_fill,
    made_intent,
    made_order,
    made_proposal,
    made_view,
)

GATE = Gate(house_rules())
DAY = made_day(1)
NAME = DAY.instruments[0]
LOSS_LIMIT = 2_000_000  # 2 % of ten lakh, in paise
HELD = Account.opened(CASH).book(made_fill(made_order(), 1, 100_000))
OTHERS = tuple(made_order(f"X{n}", token=200 + n) for n in range(12))


def codes(proposal: Proposal, view: RiskView) -> list[str]:
    return [refusal.code for refusal in GATE.ask(proposal, view)]


def quoted(price: int, low: int = 0, high: int = 0) -> dict[str, Any]:
    return {"quote": Quote(101, NOON, price, band_low=low, band_high=high)}


# Each row: the rule, what changes in the view, what changes in the intent (or its quantity).
PASSES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("nothing out of the ordinary", {}, {}),
    ("FEED_AGE at its limit", {"feed_age_s": 5.0}, {}),
    ("NAME_AGE at its limit", {"name_age_s": 30.0}, {}),
    ("COLLAR at its limit above", quoted(100_000), {"entry": 102_000, "stop": 101_000, "target": 104_000, "n": 150}),
    ("BAND touching both ends", quoted(100_000, 99_000, 102_000), {}),
    ("BAND of a name without one", quoted(100_000), {}),
    ("ORDER_VALUE at its limit", {}, {"n": 200}),
    ("NAME_VALUE at its limit", {"name_paise": 10_000_000}, {"n": 100}),
    ("LIQUIDITY at its limit", {"adv_shares": 200_000.0}, {}),
    ("GROSS at its limit", {"gross_paise": 2 * CASH - 20_000_000}, {}),
    ("POSITIONS one under its limit", {"working": OTHERS[:11]}, {}),
    ("DAY_LOSS one paisa under its limit", {"day_net_paise": -LOSS_LIMIT + 1}, {}),
    ("DRAWDOWN one paisa under its limit", {"equity_paise": 90_000_001}, {"n": 180}),
    ("DAY_ENTRIES one under its limit", {"day_entries": 39}, {}),
    ("NAME_ENTRIES one under its limit", {"name_entries": 1}, {}),
    ("REJECTS one under its limit", {"rejects": 4}, {}),
    ("ORDER_RATE one under its limits", {"orders_sent": (99, 999)}, {}),
    ("COST_R at its limit", {"cost_paise": 50_000}, {}),
    ("HOURS a moment before the square-off", {"ts": at("15:10") - 1}, {"valid_until": at("15:10")}),
    ("an intent that says no end", {}, {"valid_until": 0}),
    ("an entry without a target", {}, {"target": None}),
    ("the mirrored short", {}, {"side": Side.SELL, "entry": 100_000, "stop": 101_000, "target": 98_000}),
    ("delivery of a trade-to-trade name", {"instrument": replace(NAME, series=Series.BE)}, {"product": Product.CNC}),
]
REFUSES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("MODE", {"mode": Mode.LIVE}, {}),
    *[("HALT", {"halt": level}, {}) for level in (Halt.ENTRIES, Halt.CANCEL, Halt.FLATTEN)],
    ("ARMED", {"armed": frozenset()}, {}),
    ("ARMED", {"armed": frozenset({"VWAP PB"})}, {}),
    *[("HOURS", {"phase": phase}, {}) for phase in Phase if phase is not Phase.CONTINUOUS],
    ("HOURS", {"ts": at("15:10")}, {"valid_until": 0}),
    ("HOURS", {"ts": at("13:00")}, {}),
    ("SERIES", {"instrument": replace(NAME, series=Series.INDEX)}, {}),
    ("SERIES", {"instrument": replace(NAME, series=Series.INDEX)}, {"product": Product.CNC}),
    ("SERIES", {"instrument": replace(NAME, series=Series.BE)}, {}),
    ("FEED_AGE", {"feed_age_s": 5.000001}, {}),
    ("FEED_AGE", {"feed_age_s": math.nan}, {}),
    ("FEED_AGE", {"feed_age_s": -3600.0}, {}),
    ("NAME_AGE", {"name_age_s": 30.000001}, {}),
    ("NAME_AGE", {"name_age_s": math.nan}, {}),
    ("NAME_AGE", {"name_age_s": -3600.0}, {}),
    ("GRID", {}, {"entry": 100_001, "n": 190}),
    ("GRID", {}, {"stop": 99_001}),
    ("GRID", {}, {"target": 102_001}),
    ("GRID", quoted(100_000), {"target": 0}),
    ("GRID", {}, {"target": 99_500}),
    ("GRID", {}, {"target": 100_000}),
    ("GRID", {"instrument": replace(NAME, lot_size=50)}, {"n": 199}),
    ("GRID", {}, {"side": Side.SELL, "target": 98_000}),
    ("COLLAR", {"quote": None}, {}),
    ("COLLAR", quoted(0), {}),
    ("COLLAR", quoted(100_000), {"entry": 102_005, "stop": 101_000, "target": 104_000, "n": 150}),
    ("COLLAR", quoted(102_045), {}),
    ("BAND", quoted(100_000, 99_005, 110_000), {}),
    ("BAND", quoted(100_000, 90_000, 99_995), {"target": None}),
    ("BAND", quoted(100_000, 90_000, 101_995), {}),
    ("ORDER_VALUE", {"limits": replace(RiskSettings(), name_rupees=1_000_000)}, {"n": 201}),
    ("NAME_VALUE", {"name_paise": 10_000_001}, {"n": 100}),
    ("LIQUIDITY", {"adv_shares": 199_999.0}, {}),
    ("LIQUIDITY", {"adv_shares": math.nan}, {}),
    ("GROSS", {"gross_paise": 2 * CASH - 20_000_000 + 1}, {}),
    ("ONE_WAY", {"account": HELD}, {}),
    ("ONE_WAY", {"working": (made_order(),)}, {}),
    ("ONE_WAY", {"working": (made_order(role=Role.STOP),)}, {}),
    ("POSITIONS", {"working": OTHERS}, {}),
    ("DAY_LOSS", {"day_net_paise": -LOSS_LIMIT}, {}),
    ("DAY_LOSS", {"day_net_paise": -LOSS_LIMIT - 1}, {}),
    ("DRAWDOWN", {"equity_paise": 90_000_000}, {"n": 180}),
    ("DAY_ENTRIES", {"day_entries": 40}, {}),
    ("NAME_ENTRIES", {"name_entries": 2}, {}),
    ("REJECTS", {"rejects": 5}, {}),
    ("ORDER_RATE", {"orders_sent": (100, 100)}, {}),
    ("ORDER_RATE", {"orders_sent": (0, 1000)}, {}),
    ("COST_R", {"cost_paise": 50_001}, {}),
]


def built(changes: dict[str, Any], intent: dict[str, Any]) -> tuple[Proposal, RiskView]:
    changed = dict(intent)
    return made_proposal(changed.pop("n", 200), **changed), made_view(**changes)


@pytest.mark.parametrize(("what", "changes", "intent"), PASSES, ids=[row[0] for row in PASSES])
def test_a_proposal_on_the_right_side_of_a_limit_passes(
    what: str, changes: dict[str, Any], intent: dict[str, Any]
) -> None:
    assert GATE.ask(*built(changes, intent)) == (), what


@pytest.mark.parametrize(
    ("code", "changes", "intent"), REFUSES, ids=[f"{n} {code}" for n, (code, _, _) in enumerate(REFUSES)]
)
def test_a_rule_alone_refuses_past_its_limit_so_without_it_the_proposal_would_pass(
    code: str, changes: dict[str, Any], intent: dict[str, Any]
) -> None:
    proposal, view = built(changes, intent)
    assert codes(proposal, view) == [code]
    without = Gate([rule for rule in GATE.rules if rule.code != code])
    assert without.ask(proposal, view) == ()


def test_the_table_of_refusals_knows_every_rule_of_the_house() -> None:
    assert {code for code, _, _ in REFUSES} == {rule.code for rule in GATE.rules}
    assert len({rule.code for rule in GATE.rules}) == len(GATE.rules)


@pytest.mark.parametrize("quantity", [0, -200])
def test_a_quantity_that_is_not_above_zero_is_refused(quantity: int) -> None:
    assert "GRID" in codes(made_proposal(quantity), made_view())


def test_a_proposal_that_risks_nothing_is_refused() -> None:
    assert "COST_R" in codes(made_proposal(stop=100_000), made_view())


def test_equity_below_zero_is_a_loss_and_a_drawdown() -> None:
    refused = codes(made_proposal(), made_view(equity_paise=-1, day_net_paise=-CASH - 1))
    assert {"DAY_LOSS", "DRAWDOWN", "GROSS"} <= set(refused)


def test_all_reasons_are_kept_in_the_order_of_the_rules() -> None:
    view = made_view(halt=Halt.ENTRIES, armed=frozenset(), feed_age_s=math.nan, rejects=9)
    wanted = [rule.code for rule in GATE.rules if rule.code in ("HALT", "ARMED", "FEED_AGE", "REJECTS")]
    assert codes(made_proposal(), view) == wanted
    assert len(wanted) == 4


@pytest.mark.parametrize(("code", "changes", "intent"), REFUSES)
def test_a_refusal_carries_its_intent_its_sentence_and_both_numbers(
    code: str, changes: dict[str, Any], intent: dict[str, Any]
) -> None:
    proposal, view = built(changes, intent)
    (refusal,) = GATE.ask(proposal, view)
    assert (refusal.intent_id, refusal.rule, refusal.token) == ("ORB-1", "ORB", 101)
    assert refusal.ts == view.ts
    assert refusal.sentence
    assert refusal.value
    assert refusal.limit


def test_every_rule_says_in_one_sentence_what_it_refuses() -> None:
    for rule in GATE.rules:
        assert rule.sentence().endswith("."), rule.code


class Broken:
    """A rule that cannot answer."""

    code = "BROKEN"

    def sentence(self) -> str:
        return "It never gets that far."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        raise ZeroDivisionError("a number was missing")


def test_a_rule_that_raises_refuses_and_the_others_are_still_asked() -> None:
    refusals = Gate([Broken(), *GATE.rules]).ask(made_proposal(), made_view(rejects=9))
    assert [r.code for r in refusals] == ["BROKEN", "REJECTS"]
    assert "a number was missing" in refusals[0].sentence


def test_a_gate_without_rules_is_refused_because_it_would_pass_everything() -> None:
    with pytest.raises(BadInput, match="lets everything pass"):
        Gate([])


def test_the_mode_of_the_broker_decides_not_its_own_word() -> None:
    live = Gate(house_rules(Mode.LIVE))
    assert [r.code for r in live.ask(made_proposal(), made_view())] == ["MODE"]


def test_an_intent_names_its_prices_once_each() -> None:
    assert made_intent().prices == (100_000, 99_000, 102_000)
    assert made_intent(target=None).prices == (100_000, 99_000)
