"""Nine questions: a company without fault answers all, one without merit none, and what is not told is not asked."""

from __future__ import annotations

import pytest

from cockpit.brains.filings.piotroski import NOT_OF_BANKS, QUESTIONS, asked

BEFORE = {
    "net_income": 80.0, "total_assets": 1000.0, "operating_cash": 90.0, "long_term_debt": 300.0,
    "current_assets": 200.0, "current_liabilities": 150.0, "shares": 100.0, "gross_profit": 300.0, "revenue": 900.0,
}  # fmt: skip
GOOD = {
    "net_income": 100.0, "total_assets": 1000.0, "operating_cash": 130.0, "long_term_debt": 250.0,
    "current_assets": 240.0, "current_liabilities": 150.0, "shares": 100.0, "gross_profit": 360.0, "revenue": 1000.0,
}  # fmt: skip
BAD = {
    "net_income": -20.0, "total_assets": 1000.0, "operating_cash": -30.0, "long_term_debt": 400.0,
    "current_assets": 180.0, "current_liabilities": 170.0, "shares": 120.0, "gross_profit": 200.0, "revenue": 800.0,
}  # fmt: skip


def test_a_firm_good_in_all_things_scores_nine_and_one_bad_in_all_scores_none() -> None:
    assert (asked(GOOD, BEFORE).good, asked(GOOD, BEFORE).scored) == (9, 9)
    assert (asked(BAD, BEFORE).good, asked(BAD, BEFORE).scored) == (0, 9)


@pytest.mark.parametrize(
    ("missing", "unanswered"),
    [
        ("operating_cash", {"cash_positive", "cash_above_income"}),
        ("long_term_debt", {"leverage_down"}),
        ("shares", {"no_issue"}),
        ("total_assets", {"roa_up", "leverage_down", "turnover_up"}),
        ("current_assets", {"current_ratio_up"}),
    ],
)
def test_a_missing_item_leaves_its_questions_unanswered_and_the_others_as_they_were(
    missing: str, unanswered: set[str]
) -> None:
    known = {item: value for item, value in GOOD.items() if item != missing}
    found = asked(known, BEFORE)
    assert set(QUESTIONS) - set(found.answers) == unanswered
    assert found.good == found.scored == 9 - len(unanswered)


def test_without_the_year_before_only_the_three_levels_can_be_answered() -> None:
    assert set(asked(GOOD, {}).answers) == {"roa_positive", "cash_positive", "cash_above_income"}


def test_a_bank_is_not_asked_for_current_assets_or_a_gross_margin() -> None:
    found = asked(GOOD, BEFORE, is_bank=True)
    assert set(QUESTIONS) - set(found.answers) == NOT_OF_BANKS
    assert (found.good, found.scored, found.share) == (7, 7, 1.0)


def test_a_ready_made_answer_goes_before_our_own_arithmetic() -> None:
    assert asked({**GOOD, "roa_up": 0.0}, BEFORE).answers["roa_up"] is False
    assert asked({"turnover_up": 1.0}, {}).answers == {"turnover_up": True}


def test_no_debt_before_and_none_now_is_not_a_rise_in_leverage() -> None:
    assert asked({**GOOD, "long_term_debt": 0.0}, {**BEFORE, "long_term_debt": 0.0}).answers["leverage_down"] is True


def test_liabilities_of_nothing_make_no_ratio() -> None:
    assert "current_ratio_up" not in asked({**GOOD, "current_liabilities": 0.0}, BEFORE).answers
