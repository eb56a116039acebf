"""Money is integer paise, prices are integers at their instrument's scale; text and rounding live here."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final, TypeAlias

from cockpit.errors import BadInput

Paise: TypeAlias = int
"""An amount of money, 1/100 rupee. Never a float."""
Price: TypeAlias = int
"""A price at its instrument's `price_scale` (100 on NSE cash, so paise)."""

CRORE: Final = 10_000_000
LAKH: Final = 100_000
MINUS: Final = "\u2212"


def paise(rupees: str | int | Decimal) -> Paise:
    """Turn rupees written as text, int or Decimal into paise, exactly.

    Errors: BadInput for a float or for more than two decimals, because both would need a silent rounding.
    """
    if isinstance(rupees, float):
        raise BadInput(f"float {rupees!r} given for money; give text, int or Decimal")
    exact = Decimal(str(rupees).replace(",", "")) * 100
    if exact != exact.to_integral_value():
        raise BadInput(f"{rupees} rupees has more than two decimals; round it where its rule is known")
    return int(exact)


def half_up(amount: Decimal) -> int:
    """Round a Decimal to the nearest integer, halves away from zero, as contract notes do."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def value_paise(price: Price, quantity: int, price_scale: int = 100) -> Paise:
    """Answer what `quantity` at `price` is worth, in paise; scales finer than paise round half up."""
    if price_scale == 100:
        return price * quantity
    return half_up(Decimal(price) * quantity * 100 / price_scale)


def tick_down(price: Price, tick: int) -> Price:
    """Round a price down to its tick."""
    return price - price % tick


def tick_up(price: Price, tick: int) -> Price:
    """Round a price up to its tick."""
    return price + (-price) % tick


def tick_against(price: float, tick: int, *, buying: bool) -> Price:
    """Round a raw price to its tick against the trader: up when buying, down when selling."""
    floor = int(price // tick) * tick
    if floor == price:
        return floor
    return floor + tick if buying else floor


def group_indian(digits: str) -> str:
    """Group a string of digits the Indian way: `12345678` becomes `1,23,45,678`."""
    head, tail = digits[:-3], digits[-3:]
    groups: list[str] = []
    while head:
        groups.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(groups), tail])


def rupees(amount: Paise, *, sign: bool = False, symbol: bool = True) -> str:
    """Show paise as `₹1,23,456.00`; a minus is U+2212 before the sign, a plus only when asked for."""
    whole, part = divmod(abs(amount), 100)
    mark = MINUS if amount < 0 else "+" if sign and amount > 0 else ""
    return f"{mark}{'₹' if symbol else ''}{group_indian(str(whole))}.{part:02d}"


def rupees_short(amount: Paise) -> str:
    """Show paise in lakh or crore: `₹12.35 L`, `₹3.01 Cr`; below a lakh in full."""
    whole = abs(amount)
    mark = MINUS if amount < 0 else ""
    if whole < LAKH * 100:
        return rupees(amount)
    return f"{mark}₹{_in_units(Decimal(whole) / 100, ((CRORE, 'Cr'), (LAKH, 'L')))}"


def count_short(count: int) -> str:
    """Show a quantity in K, L or Cr: `19.23 K`; never M or B."""
    mark = MINUS if count < 0 else ""
    if abs(count) < 1000:
        return f"{mark}{abs(count)}"
    return mark + _in_units(Decimal(abs(count)), ((CRORE, "Cr"), (LAKH, "L"), (1000, "K")))


def _in_units(amount: Decimal, units: tuple[tuple[int, str], ...]) -> str:
    # A value that would print as 100.00 L belongs to the next unit, so the test is on the rounded figure.
    unit, word = next((u for u in units if half_up(amount * 100 / u[0]) >= 100), units[-1])
    hundredths = half_up(amount * 100 / unit)
    return f"{group_indian(str(hundredths // 100))}.{hundredths % 100:02d} {word}"


def price_text(price: Price, price_scale: int = 100) -> str:
    """Show a price with its two decimals, Indian grouping: `1,419.16`."""
    whole, part = divmod(abs(price), price_scale)
    digits = len(str(price_scale)) - 1
    return f"{MINUS if price < 0 else ''}{group_indian(str(whole))}.{part:0{digits}d}"
