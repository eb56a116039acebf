"""The fundamental brain: every figure from the evening it could be read, nothing in the place of what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.brains.filings.accounts import seasonal_surprises, standings
from cockpit.brains.fundamental import ENOUGH_KNOWN, FundamentalBrain, LiveOnly
from cockpit.errors import Abstained
from cockpit.evidence import Evidence
from cockpit.market import DailyPanel
from cockpit.opinions import FeatureHistory
from cockpit.venues.recorded_evidence import recorded_evidence
from tests.brains.made_evidence import LAST, at, evening, filing, made_evidence, names, poisoned, rows, same
from tests.brains.test_piotroski import BEFORE, GOOD
from tests.engine.made_panels import made_panel

BRAIN = FundamentalBrain()
Y22, Y23 = at("2023-05-20", 18), at("2024-05-20", 18)


def column(history: FeatureHistory, name: str) -> NDArray[Any]:
    return history.values[:, :, history.columns.index(name)]


def two_years(token: int = 101) -> list[tuple[Any, ...]]:
    extra: dict[str, Any] = {"equity": 500.0, "capital_spending": 30.0, "ebit": 150.0, "eps": 25.0}
    return filing(token, "2023-03-31", Y22, **BEFORE) + filing(token, "2024-03-31", Y23, **GOOD, **extra)


def test_a_good_company_answers_nine_questions_from_the_evening_of_its_filing_and_not_before() -> None:
    evidence = made_evidence(filings=rows("filings", two_years()))
    history = BRAIN.features(evidence)
    day = int(np.searchsorted(history.days, np.datetime64("2024-05-20")))
    assert column(history, "f_scored")[day - 1, 0] == 3  # the year before stands alone
    assert np.isnan(column(history, "f_share")[day - 1, 0])
    assert column(history, "f_scored")[day, 0] == 9
    assert column(history, "f_share")[day, 0] == 1.0
    assert np.isnan(column(history, "f_share")[:, 1]).all()


def test_what_a_filing_tells_is_divided_by_the_price_of_the_day() -> None:
    evidence = made_evidence(filings=rows("filings", two_years()))
    history, close = BRAIN.features(evidence), evidence.prices.value.close[-1, 0]
    assert column(history, "earnings_yield")[-1, 0] == pytest.approx(25 / close)
    assert column(history, "book_yield")[-1, 0] == pytest.approx(500 / 100 / close)
    assert column(history, "free_cash_yield")[-1, 0] == pytest.approx((130 - 30) / 100 / close)
    assert column(history, "gross_profitability")[-1, 0] == pytest.approx(0.36)
    assert column(history, "accruals")[-1, 0] == pytest.approx((100 - 130) / 1000)
    assert column(history, "roce")[-1, 0] == pytest.approx(150 / (1000 - 150))
    assert column(history, "revenue_growth")[-1, 0] == pytest.approx(1000 / 900 - 1)


def test_a_missing_item_leaves_its_cell_empty_and_never_nought() -> None:
    lines = [
        line for line in two_years() if line[1] not in {line[1] for line in filing(0, "2024-03-31", 0, equity=1.0)}
    ]
    history = BRAIN.features(made_evidence(filings=rows("filings", lines)))
    assert np.isnan(column(history, "book_yield")).all()
    assert np.isfinite(column(history, "earnings_yield")[-1, 0])


def test_a_bank_is_measured_without_a_gross_margin() -> None:
    history = BRAIN.features(made_evidence(filings=rows("filings", two_years(105))))
    assert column(history, "f_scored")[-1, 4] == 7
    assert np.isnan(column(history, "gross_profitability")[:, 4]).all()


def test_restating_a_past_year_changes_nothing_before_the_restatement_was_public() -> None:
    plain = rows("filings", two_years())
    again = rows("filings", two_years() + filing(101, "2023-03-31", at("2024-06-12", 19), net_income=200.0))
    before, after = (BRAIN.features(made_evidence(filings=table)) for table in (plain, again))
    day = int(np.searchsorted(after.days, np.datetime64("2024-06-12")))
    assert same(before.values[:day], after.values[:day])
    assert column(before, "f_share")[day, 0] == 1.0
    assert column(after, "f_share")[day, 0] == pytest.approx(8 / 9)  # the return on assets now fell


def test_a_filing_after_the_evening_counts_from_the_next_session() -> None:
    late = [(*line[:4], at("2024-05-20", 20, 1), line[5]) for line in two_years()]
    history = BRAIN.features(made_evidence(filings=rows("filings", late)))
    day = int(np.searchsorted(history.days, np.datetime64("2024-05-20")))
    assert np.isnan(column(history, "f_share")[day, 0])
    assert column(history, "f_share")[day + 1, 0] == 1.0


def quarters(eps: list[float], token: int = 101, *, first: str = "2019-06-30") -> list[tuple[Any, ...]]:
    ends = [np.datetime64(first[:7], "M") + 3 * k for k in range(len(eps))]
    days = [(end + 1).astype("M8[D]") - 1 for end in ends]
    lines = []
    for day, value in zip(days, eps, strict=True):
        lines += filing(token, str(day), at(str(day + 30), 17), months=3, eps=value)
    return lines


def test_the_standardised_surprise_is_the_change_from_last_year_over_the_spread_of_such_changes() -> None:
    eps = [1.0, 1.0, 1.0, 1.0, 1.1, 1.2, 1.0, 1.3, 1.2, 1.1, 1.2, 1.2, 2.0]
    ends = np.array(
        [(np.datetime64("2020-03", "M") + 3 * k + 1).astype("M8[D]").astype(np.int64) - 1 for k in range(13)]
    )
    changes = np.array(eps[4:]) - np.array(eps[:-4])
    found = seasonal_surprises(ends, np.array(eps))
    assert found[-1] == pytest.approx(changes[-1] / changes[:-1].std(ddof=1))
    assert np.isnan(found[:8]).all()


def test_a_surprise_fades_by_half_in_thirty_sessions_and_is_old_after_seventy_five() -> None:
    eps = [1.0, 1.0, 1.0, 1.0, 1.1, 1.2, 1.0, 1.3, 1.2, 1.1, 1.2, 1.2, 2.0]
    history = BRAIN.features(made_evidence(n_days=500, filings=rows("filings", quarters(eps, first="2020-03-31"))))
    sue, age = column(history, "sue")[:, 0], column(history, "result_age")[:, 0]
    day = int(np.searchsorted(history.days, np.datetime64("2023-04-30")))
    assert (age[day], age[day + 30]) == (0, 30)
    assert sue[day] > 2
    assert sue[day + 30] == pytest.approx(sue[day] / 2, rel=1e-5)
    old = history.stale[:, 0, history.columns.index("sue")]
    assert old[day + 75 : day + 77].tolist() == [False, True]


def test_the_consensus_surprise_lies_between_minus_two_and_two_whatever_a_share_earns() -> None:
    told = [
        (101, at("2024-06-10", 16), 10.0, 12.0),
        (102, at("2024-06-10", 16), 0.01, -0.01),
        (103, at("2024-06-10", 16), 5.0, 4.0),
    ]
    history = BRAIN.features(made_evidence(surprises=rows("surprises", told)))
    day = int(np.searchsorted(history.days, np.datetime64("2024-06-10")))
    assert column(history, "surprise")[day, :3] == pytest.approx([2 / 12, -2.0, -1 / 5])


def test_four_quarters_make_a_year_and_three_do_not() -> None:
    four = rows("filings", quarters([5.0, 6.0, 7.0, 8.0], first="2023-06-30"))
    assert [s.now for s in standings(four)] == [{"eps": 26.0}]
    assert not list(standings(four[:3]))


def test_standings_are_among_the_sector_when_it_has_enough_names() -> None:
    lines = []
    for k in range(12):
        lines += filing(101 + k, "2024-03-31", Y23, net_income=10.0 + k, operating_cash=10.0, total_assets=100.0)
    panel = made_panel(np.full((60, 12), 100.0), LAST, names=names(12))
    instruments = tuple(replace(i, sector="A" if k < 6 else "B") for k, i in enumerate(panel.instruments))
    evidence = made_evidence(panel=replace(panel, instruments=instruments), filings=rows("filings", lines))
    z = column(BRAIN.features(evidence), "accruals_z")[-1]
    assert z[:6] == pytest.approx(z[6:])
    assert z[:6].mean() == pytest.approx(0, abs=1e-6)


def full() -> Evidence:
    told = [(101 + k % 5, at("2023-06-01", 17) + k * 20 * 86_400_000_000_000, 10.0, 10.0 + k) for k in range(18)]
    return made_evidence(
        filings=rows("filings", two_years() + quarters([1.0 + 0.1 * k for k in range(18)], 102)),
        surprises=rows("surprises", told),
    )


@pytest.mark.parametrize("table", ["filings", "surprises"])
@pytest.mark.parametrize("row", [150, 250, 285])
def test_what_is_filed_later_changes_nothing_earlier(table: str, row: int) -> None:
    clean = BRAIN.features(full())
    spoilt = BRAIN.features(poisoned(full(), evening(full(), row), table))
    assert same(clean.values[: row + 1], spoilt.values[: row + 1])
    assert same(clean.stale[: row + 1], spoilt.stale[: row + 1])


def test_the_evening_itself_would_have_answered_the_same() -> None:
    whole, row = BRAIN.features(full()), 270
    day: date = full().prices.value.days[row].astype(object)
    then = BRAIN.features(full().known(day, evening(full(), row)))
    assert same(whole.values[: row + 1], then.values)
    assert whole.schema == then.schema


def test_later_prices_change_nothing_earlier() -> None:
    evidence, panel = full(), full().prices.value
    close = panel.close.copy()
    close[201:] *= 3
    spoilt: DailyPanel = replace(panel, close=close)
    after = BRAIN.features(replace(evidence, prices=replace(evidence.prices, value=spoilt)))
    assert same(BRAIN.features(evidence).values[:201], after.values[:201])


def test_without_filings_and_results_it_abstains_and_says_why() -> None:
    with pytest.raises(Abstained, match="not made"):
        BRAIN.features(made_evidence())


def test_old_accounts_are_marked_and_fresh_ones_are_not() -> None:
    old = filing(101, "2022-03-31", at("2022-05-20", 18), net_income=1.0, operating_cash=2.0, total_assets=10.0)
    fresh = filing(102, "2024-03-31", Y23, net_income=1.0, operating_cash=2.0, total_assets=10.0)
    history = BRAIN.features(made_evidence(filings=rows("filings", old + fresh)))
    stale = history.stale[-1, :, history.columns.index("accruals")]
    assert stale.tolist() == [True, False, False, False, False]


def test_a_yield_that_cannot_be_is_left_empty() -> None:
    lines = filing(101, "2024-03-31", Y23, eps=25_000.0) + filing(102, "2024-03-31", Y23, eps=25.0)
    history = BRAIN.features(made_evidence(filings=rows("filings", lines)))
    assert np.isnan(column(history, "earnings_yield")[-1, 0])
    assert np.isfinite(column(history, "earnings_yield")[-1, 1])


def test_too_little_of_the_past_is_told_with_both_numbers() -> None:
    history = BRAIN.features(made_evidence(filings=rows("filings", two_years())))
    verdict = BRAIN.live_only(history, date(2023, 6, 1), LAST)
    assert isinstance(verdict, LiveOnly)
    assert verdict.known == pytest.approx(1 / 5)
    assert verdict.reason == "20% of the window's cells could be known; 30% needed to be backtested"
    everybody = [line for token in range(101, 106) for line in two_years(token)]
    known = BRAIN.features(made_evidence(filings=rows("filings", everybody)))
    assert BRAIN.live_only(known, date(2023, 6, 1), LAST) is None


def test_words_carry_the_number() -> None:
    assert BRAIN.words("earnings_yield", 0.0512) == "earns 5.1 % of its price a year"
    assert BRAIN.words("f_scored", 8.0) == "8 of 9 Piotroski questions could be asked"
    assert BRAIN.words("roce", float("nan")) == "roce is not known"


def test_on_recorded_years_the_brain_says_itself_that_it_may_only_score_live(market_data: Path) -> None:
    history = BRAIN.features(recorded_evidence(market_data))
    verdict = BRAIN.live_only(history, date(2015, 1, 1), date(2022, 12, 31))
    assert isinstance(verdict, LiveOnly)
    assert 0.2 < verdict.known < ENOUGH_KNOWN
    assert np.nanquantile(column(history, "earnings_yield"), [0.05, 0.95]) == pytest.approx([-0.05, 0.135], abs=0.02)


def test_quarters_after_a_year_move_its_earnings_and_leave_its_questions_answered() -> None:
    years = filing(101, "2022-03-31", at("2022-05-20", 18), **BEFORE)
    years += filing(101, "2023-03-31", at("2023-05-20", 18), eps=25.0, **GOOD)
    later = quarters([20.0, 21.0, 22.0, 23.0, 30.0, 31.0, 32.0], first="2022-06-30")
    evidence = made_evidence(filings=rows("filings", years + later))
    history, close = BRAIN.features(evidence), evidence.prices.value.close[-1, 0]
    assert column(history, "earnings_yield")[-1, 0] == pytest.approx((23 + 30 + 31 + 32) / close)
    assert (column(history, "f_scored")[-1, 0], column(history, "f_share")[-1, 0]) == (9, 1.0)
