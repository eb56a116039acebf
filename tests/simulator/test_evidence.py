"""Practice evidence: labelled as invented, equal to what its evening could see, and true to its own headlines."""

from __future__ import annotations

import re
from datetime import date, time
from itertools import pairwise

import numpy as np
import pytest

from cockpit.clock import instant
from cockpit.errors import BadInput
from cockpit.evidence import ITEMS, Evidence, Missing, Sourced, rows_of
from cockpit.simulator.accounts_filed import quarter_end
from cockpit.simulator.evidence import practice_evidence
from cockpit.simulator.market import PracticeMarket

DAY = date(2026, 11, 20)
OFFERED = ("index", "filings", "surprises", "deals", "actions")


@pytest.fixture(scope="module")
def evidence(market: PracticeMarket) -> Evidence:
    return practice_evidence(market, DAY)


@pytest.fixture(scope="module")
def unsplit(market: PracticeMarket) -> tuple[date, date]:
    """Two sessions some months apart between which no name was split."""
    splits = {a.ex_day for a in market.corporate_actions()}
    days = [d for d in market.days if d <= DAY]
    spans = [(a, b) for a, b in zip(days, days[60:], strict=False) if not any(a < s <= b for s in splits)]
    return spans[-1]


def test_what_the_practice_market_has_is_offered_and_the_rest_is_named_as_missing(evidence: Evidence) -> None:
    assert {m.what for m in evidence.missing()} == {"flows", "ownership", "positioning"}
    for name in OFFERED:
        table = getattr(evidence, name)
        assert isinstance(table, Sourced)
        assert table.origin.source == "PRACTICE seed 7"
        assert len(table.value)
    assert isinstance(evidence.headlines, Sourced)
    assert {h.source for h in evidence.headlines.value} == {"PRACTICE"}
    assert evidence.surveillance == Sourced({}, evidence.prices.origin)


def test_no_row_is_ahead_of_the_evening(evidence: Evidence) -> None:
    assert evidence.as_of == instant(DAY, time(20))
    for name in OFFERED:
        assert (rows_of(getattr(evidence, name))["visible"] <= evidence.as_of).all()
    assert isinstance(evidence.headlines, Sourced)
    assert max(h.visible for h in evidence.headlines.value) <= evidence.as_of


def test_the_next_sessions_news_begins_to_come_out_the_evening_before(market: PracticeMarket) -> None:
    days = [d for d in market.days if d <= DAY]
    early = [(d, n) for d, n in pairwise(days) if _first(market, n) < instant(d, time(20))]
    day, following = early[-1]
    headlines = practice_evidence(market, day).headlines
    assert isinstance(headlines, Sourced)
    assert _first(market, following) in {h.visible for h in headlines.value}


def _first(market: PracticeMarket, day: date) -> int:
    return min((h.ts for h in market.headlines(day)), default=instant(day, time(9)))


def test_an_earlier_evening_is_the_same_whether_asked_for_then_or_cut_from_a_later_one(
    market: PracticeMarket, unsplit: tuple[date, date]
) -> None:
    then, later = unsplit
    asked = practice_evidence(market, then)
    cut = practice_evidence(market, later).known(then, asked.as_of)
    for name in OFFERED:
        assert rows_of(getattr(asked, name)).tobytes() == rows_of(getattr(cut, name)).tobytes(), name
    assert isinstance(asked.headlines, Sourced)
    assert isinstance(cut.headlines, Sourced)
    assert asked.headlines.value == cut.headlines.value
    np.testing.assert_array_equal(asked.prices.value.close, cut.prices.value.close)


def test_results_say_what_their_headline_says(evidence: Evidence) -> None:
    assert isinstance(evidence.headlines, Sourced)
    surprises = rows_of(evidence.surprises)
    by_result = {(int(r["token"]), int(r["visible"])): r for r in surprises}
    lines = [h for h in evidence.headlines.value if h.category]
    assert len(lines) == len(surprises)
    checked = 0
    for line in lines:
        row = by_result[line.token, line.visible]
        found = re.search(r"(up|down) (\d+)%", line.text)
        assert found
        growth = int(found[2]) * (1 if found[1] == "up" else -1)
        if growth > -85:
            assert row["reported"] / (row["estimate"] / 1.1) - 1 == pytest.approx(growth / 100, abs=0.006)
            checked += 1
        if "beats" in line.text:
            assert row["reported"] > row["estimate"]
        if "misses" in line.text:
            assert row["reported"] < row["estimate"]
    assert checked > 500


def test_earnings_grow_from_the_same_quarter_a_year_before_and_years_are_their_quarters(evidence: Evidence) -> None:
    rows = rows_of(evidence.filings)
    token = rows["token"][0]
    mine = rows[(rows["token"] == token) & (rows["item"] == ITEMS.index("eps"))]
    quarters = {r["period_end"].astype(object): float(r["value"]) for r in mine if r["months"] == 3}
    years = {r["period_end"].astype(object): float(r["value"]) for r in mine if r["months"] == 12}
    assert len(quarters) > 20
    for end, value in years.items():
        parts = [quarters.get(quarter_end(date(end.year, m, 2))) for m in (4, 1)]
        parts += [quarters.get(quarter_end(date(end.year - 1, m, 2))) for m in (10, 7)]
        if None not in parts:
            assert value == pytest.approx(sum(p for p in parts if p is not None))
    assert {r["period_end"].astype(object).month for r in mine} == {3, 6, 9, 12}


def test_balance_sheets_add_up_and_come_once_a_year(evidence: Evidence) -> None:
    rows = rows_of(evidence.filings)

    def values(item: str) -> np.ndarray:
        return np.asarray(rows["value"][(rows["item"] == ITEMS.index(item)) & (rows["months"] == 12)])

    np.testing.assert_allclose(
        values("total_assets"), values("equity") + values("long_term_debt") + values("current_liabilities")
    )
    assert (values("equity") > 0).all()
    assert not ((rows["item"] == ITEMS.index("equity")) & (rows["months"] == 3)).any()


def test_figures_a_share_follow_a_split_as_prices_do(market: PracticeMarket) -> None:
    action = next(a for a in reversed(market.corporate_actions()) if a.ex_day > date(2022, 1, 1))
    before = market.days[market.days.index(action.ex_day) - 1]
    eps = ITEMS.index("eps")

    def first(session: date) -> float:
        rows = rows_of(practice_evidence(market, session).filings)
        return float(rows["value"][(rows["token"] == action.token) & (rows["item"] == eps)][0])

    assert first(before) / first(action.ex_day) == pytest.approx(action.shares)


def test_a_day_that_is_no_session_is_refused(market: PracticeMarket) -> None:
    with pytest.raises(BadInput, match="no session"):
        practice_evidence(market, date(2026, 11, 22))


def test_the_first_evening_has_no_results_yet_and_says_so(market: PracticeMarket) -> None:
    first = practice_evidence(market, market.days[0])
    assert isinstance(first.filings, Missing)
    assert "so far" in first.filings.reason
    assert len(first.prices.value.days) == 1
