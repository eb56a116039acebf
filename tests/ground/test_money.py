"""Money: exact, Indian, and never a float."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.errors import BadInput
from cockpit.money import (
    count_short,
    group_indian,
    half_up,
    paise,
    price_text,
    rupees,
    rupees_short,
    tick_against,
    tick_down,
    tick_up,
    value_paise,
)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "₹0.00"),
        (5, "₹0.05"),
        (99_999, "₹999.99"),
        (100_000, "₹1,000.00"),
        (12_345_600, "₹1,23,456.00"),
        (10**15, "₹1,00,00,00,00,00,000.00"),
        (-12_345_600, "−₹1,23,456.00"),
    ],
)
def test_rupees_are_grouped_the_indian_way(amount: int, text: str) -> None:
    assert rupees(amount) == text


def test_a_plus_appears_only_when_asked_for_and_never_on_zero() -> None:
    assert rupees(100, sign=True) == "+₹1.00"
    assert rupees(0, sign=True) == "₹0.00"
    assert rupees(100) == "₹1.00"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (9_999_900, "₹99,999.00"),
        (10_000_000, "₹1.00 L"),
        (123_456_789, "₹12.35 L"),
        (3_010_000_000, "₹3.01 Cr"),
        (-3_010_000_000, "−₹3.01 Cr"),
    ],
)
def test_large_amounts_are_short_in_lakh_and_crore(amount: int, text: str) -> None:
    assert rupees_short(amount) == text


def test_a_carry_never_prints_a_hundred_lakh() -> None:
    assert rupees_short(999_999_999) == "₹1.00 Cr"


def test_counts_are_short_in_thousands_lakh_and_crore() -> None:
    assert [count_short(n) for n in (999, 19_230, 250_000, 12_000_000)] == ["999", "19.23 K", "2.50 L", "1.20 Cr"]


@given(st.integers(min_value=0, max_value=10**13))
def test_grouping_loses_no_digit(n: int) -> None:
    assert group_indian(str(n)).replace(",", "") == str(n)


def test_a_float_is_refused_as_money() -> None:
    with pytest.raises(BadInput, match="float"):
        paise(0.1)  # type: ignore[arg-type]


def test_a_third_decimal_is_refused_instead_of_rounded() -> None:
    with pytest.raises(BadInput, match="two decimals"):
        paise("1.005")


def test_text_and_decimals_become_exact_paise() -> None:
    assert (paise("1,23,456.05"), paise(7), paise(Decimal("0.10"))) == (12_345_605, 700, 10)


def test_halves_round_away_from_zero_as_on_contract_notes() -> None:
    assert [half_up(Decimal(x)) for x in ("0.5", "1.5", "-0.5", "2.4999")] == [1, 2, -1, 2]


@given(st.integers(1, 10**7), st.sampled_from([1, 5, 10, 50, 100]))
def test_ticks_bracket_the_price(price: int, tick: int) -> None:
    low, high = tick_down(price, tick), tick_up(price, tick)
    assert low <= price <= high
    assert low % tick == high % tick == 0
    assert high - low in (0, tick)


@given(st.floats(1, 1e6), st.sampled_from([1, 5, 10]))
def test_rounding_to_the_tick_is_always_against_the_trader(price: float, tick: int) -> None:
    assert tick_against(price, tick, buying=True) >= price >= tick_against(price, tick, buying=False)


def test_a_finer_price_scale_is_worth_the_same_money() -> None:
    assert value_paise(836_250_000, 1000, 10_000_000) == 8_362_500


def test_prices_show_two_decimals() -> None:
    assert price_text(141_916) == "1,419.16"
