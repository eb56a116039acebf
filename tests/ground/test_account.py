"""The account: a pure fold of fills that loses no paisa and books nothing twice."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.account import Account, folded
from cockpit.errors import BadInput
from cockpit.orders import Charges, Fill, Product, Role, Side

CASH = 100_000_000


def fill(n: int, side: Side, quantity: int, price: int, charges: int = 0, token: int = 1) -> Fill:
    return Fill(
        trade_id=f"T{n}",
        order_id=f"O{n}",
        intent_id=f"I{token}",
        role=Role.ENTRY,
        token=token,
        symbol=f"N{token}",
        side=side,
        quantity=quantity,
        price=price,
        ts=n,
        product=Product.MIS,
        rule="ORB",
        charges=Charges(brokerage=charges),
    )


def test_a_round_trip_becomes_a_trade_net_of_its_charges() -> None:
    account = folded(CASH, [fill(1, Side.BUY, 100, 50_000, 1_500), fill(2, Side.SELL, 100, 50_500, 3_846)])
    (trade,) = account.trades
    assert (trade.gross_paise, trade.charges.total, trade.net_paise) == (50_000, 5_346, 44_654)
    assert account.cash_paise == CASH + 44_654
    assert not account.positions


def test_a_short_earns_when_the_price_falls() -> None:
    account = folded(CASH, [fill(1, Side.SELL, 10, 50_000), fill(2, Side.BUY, 10, 49_000)])
    assert account.trades[0].side is Side.SELL
    assert account.cash_paise == CASH + 10_000


def test_the_same_fill_is_booked_once() -> None:
    one = fill(1, Side.BUY, 10, 50_000, 20)
    once = Account.opened(CASH).book(one)
    assert once.book(one) is once


def test_a_self_trade_books_both_legs_although_they_share_the_trade_id() -> None:
    buy, sell = fill(1, Side.BUY, 10, 50_000), fill(1, Side.SELL, 10, 50_000)
    assert buy.key != sell.key
    assert len(folded(CASH, [buy, sell]).trades) == 1


def test_a_fill_that_would_flip_a_position_is_refused() -> None:
    with pytest.raises(BadInput, match="flip"):
        folded(CASH, [fill(1, Side.BUY, 10, 50_000), fill(2, Side.SELL, 11, 50_000)])


def test_equity_without_a_price_is_an_error_and_not_zero() -> None:
    account = folded(CASH, [fill(1, Side.BUY, 10, 50_000)])
    with pytest.raises(BadInput, match="no price"):
        account.marked(1, {})


def test_a_mark_moves_equity_and_never_cash() -> None:
    account = folded(CASH, [fill(1, Side.BUY, 10, 50_000, 100)])
    equity = account.marked(5, {1: 51_000})
    assert (equity.open_paise, equity.equity_paise) == (10_000, CASH - 100 + 10_000)


@given(st.integers(0, 2**32), st.integers(1, 30))
def test_cash_positions_and_costs_are_conserved_over_any_fills(seed: int, n: int) -> None:
    rng = random.Random(seed)
    account, held, moved, costs = Account.opened(CASH), {1: 0, 2: 0}, 0, 0
    for k in range(n):
        token = rng.choice([1, 2])
        side = rng.choice(list(Side))
        quantity = rng.randint(1, 50)
        if held[token] and (held[token] > 0) != (side is Side.BUY):
            quantity = min(quantity, abs(held[token]))
        price, charge = rng.randint(100, 100_000), rng.randint(0, 500)
        account = account.book(fill(k, side, quantity, price, charge, token))
        held[token] += quantity * int(side)
        moved -= quantity * int(side) * price
        costs += charge
    assert account.cash_paise == CASH + moved - costs
    assert {t: p.quantity for t, p in account.positions.items()} == {t: q for t, q in held.items() if q}
    cost = sum(p.cost_paise for p in account.positions.values())
    assert account.cash_paise + cost == CASH + account.realised_net_paise
