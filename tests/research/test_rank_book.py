"""The compiled book of the best-ranked: equal to its plain twin to the paisa, and it never sees tomorrow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.errors import BadInput
from cockpit.orders import Product, Side
from cockpit.paper.costs import ChargeTable
from cockpit.research import rank_book, rank_book_twin
from cockpit.research.rank_book import RankRules, Tape
from cockpit.research.tariff import delivery_charges, tariffs

TABLE = ChargeTable.load(Path(__file__).resolve().parents[2] / "resources/charges.toml")


def made(seed: int, n_days: int = 160, n_names: int = 25, first: str = "2020-12-01") -> Tape:
    """Make a tape with holes, days without trade, cheap and dear names."""
    rng = np.random.default_rng(seed)
    days = np.busday_offset(first, np.arange(n_days), roll="forward").astype("datetime64[D]")
    start = np.exp(rng.uniform(np.log(8), np.log(9000), n_names))
    closes = start * np.exp(np.cumsum(rng.normal(0, 0.02, (n_days, n_names)), axis=0))
    opens = closes * np.exp(rng.normal(0, 0.005, closes.shape))
    volume = np.rint(np.exp(rng.uniform(7, 14, n_names)) * np.exp(rng.normal(0, 0.3, closes.shape)))
    missing = rng.random(closes.shape) < 0.01
    opens[missing] = closes[missing] = np.nan
    scores = rng.normal(size=closes.shape)
    scores[rng.random(closes.shape) < 0.05] = np.nan
    return Tape.of(days, opens, closes, volume, scores, TABLE)


RULES = (
    RankRules(enter=5, leave=8, capital_rupees=500_000),
    RankRules(enter=1, leave=1, hold=5, every=5, slippage=0.0, impact=0.0),
    RankRules(enter=10, leave=20, hold=3, capital_rupees=20_000_000, participation=0.001, impact=2.0),
    RankRules(enter=3, leave=25, every=4, capital_rupees=3_000),
)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("seed", [1, 2])
def test_kernel_and_twin_come_to_the_same_paise_every_day(rules: RankRules, seed: int) -> None:
    tape = made(seed)
    ours, plain = rank_book.played(tape, rules), rank_book_twin.played(tape, rules, TABLE)
    for part in ("equity", "deployed", "turnover", "charges"):
        assert np.array_equal(getattr(ours, part), getattr(plain, part)), part
    assert ours.trades.tolist() == plain.trades.tolist()
    assert len(ours.trades) > 0


def test_cash_positions_and_charges_add_up_to_the_paisa() -> None:
    tape = made(3)
    book = rank_book.played(tape, RULES[0])
    closed = book.trades
    open_paid = book.turnover.sum() - closed["paid"].sum() - closed["got"].sum()
    cash = 50_000_000 - closed["paid"].sum() + closed["got"].sum() - open_paid - book.charges.sum()
    assert book.equity[-1] == cash + book.deployed[-1]


@given(turnover=st.integers(0, 10**10), is_buy=st.booleans(), day=st.integers(0, 2400))
@settings(max_examples=300, deadline=None)
def test_charges_in_whole_numbers_are_those_of_the_table(turnover: int, is_buy: bool, day: int) -> None:
    on = np.datetime64("2020-07-01") + day
    ours = delivery_charges(turnover, is_buy, tariffs(TABLE, np.array([on]))[0])
    row = TABLE.row(on.astype(object))
    assert ours == row.order(Product.CNC, Side.BUY if is_buy else Side.SELL, turnover).rounded().total


@pytest.mark.parametrize("seed", range(3))
def test_what_happens_later_changes_nothing_before(seed: int) -> None:
    tape, cut = made(seed), 90
    rng = np.random.default_rng(seed + 100)
    after = {
        word: np.concatenate([getattr(tape, word)[:cut], rng.permutation(getattr(tape, word)[cut:])])
        for word in ("opens", "closes", "sd", "volume", "scores")
    }
    before, poisoned = rank_book.played(tape, RULES[0]), rank_book.played(replace(tape, **after), RULES[0])
    assert np.array_equal(before.equity[:cut], poisoned.equity[:cut])
    assert not np.array_equal(before.equity, poisoned.equity)


def test_the_score_of_an_evening_is_traded_at_the_next_open_and_not_before() -> None:
    tape = made(4)
    scores = np.full_like(tape.scores, np.nan)
    scores[40, 7] = 1.0
    book = rank_book.played(replace(tape, scores=scores), RankRules(enter=1, leave=1))
    assert book.turnover[:41].sum() == 0
    assert book.turnover[41] > 0
    assert book.trades["entered"].tolist() == [41]


def test_worse_fills_never_earn_more() -> None:
    tape = made(5)
    ends = [
        int(rank_book.played(tape, RankRules(enter=5, leave=8, slippage=slip, impact=impact)).equity[-1])
        for slip, impact in ((0.0, 0.0), (0.0005, 0.0), (0.0005, 1.0), (0.002, 2.0))
    ]
    assert ends == sorted(ends, reverse=True)


def test_patience_with_what_fell_behind_costs_less() -> None:
    tape = made(6, n_days=240)
    strict, patient = (rank_book.played(tape, RankRules(enter=5, leave=leave)) for leave in (5, 18))
    assert patient.charges.sum() < 0.7 * strict.charges.sum()


def test_a_name_that_does_not_trade_is_kept_until_it_does() -> None:
    tape = made(7)
    opens, scores = tape.opens.copy(), np.full_like(tape.scores, np.nan)
    scores[30:33, 4] = 1.0
    opens[34:40, 4] = 0
    book = rank_book.played(replace(tape, opens=opens, scores=scores), RankRules(enter=1, leave=1))
    assert book.trades["left"].tolist() == [40]


def test_senseless_rules_are_refused() -> None:
    for bad in ({"enter": 0}, {"enter": 10, "leave": 5}, {"slippage": -1.0}, {"participation": 0.0}, {"every": 0}):
        with pytest.raises(BadInput):
            RankRules(**bad)  # type: ignore[arg-type]
