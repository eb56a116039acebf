"""Reads an order form as the broker does, and refuses with the broker's words what can never be an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from cockpit.market import Instrument, Series
from cockpit.orders import Side
from cockpit.simulator.client_order import Wish
from cockpit.simulator.kite_replies import WireError, bad_input
from cockpit.simulator.protection import REFUSAL

VARIETIES: Final = ("regular",)
OTHER_VARIETIES: Final = ("amo", "co", "iceberg", "auction", "bo")
ORDER_TYPES: Final = ("MARKET", "LIMIT", "SL", "SL-M")
VALIDITIES: Final = ("DAY", "IOC", "TTL")
PRODUCTS: Final = ("CNC", "MIS")
TAG_LENGTH: Final = 20
MOST_SHARES: Final = 10_000_000
Form = Mapping[str, str]
Listed = Callable[[str], Instrument | None]


def parsed_wish(variety: str, form: Form, listed: Listed) -> Wish:
    """Read the form of a new order.

    Errors: WireError 400 with the field that is missing or wrong.
    """
    check_variety(variety)
    key = f"{_needed(form, 'exchange')}:{_needed(form, 'tradingsymbol')}"
    instrument = listed(key)
    if instrument is None or instrument.is_index:
        raise bad_input(f"The instrument {key} is not listed or cannot be traded on the PRACTICE exchange.")
    side = _choice(form, "transaction_type", ("BUY", "SELL"))
    wish = Wish(
        instrument=instrument,
        side=Side[side],
        product=_choice(form, "product", PRODUCTS),
        order_type=_choice(form, "order_type", ORDER_TYPES),
        quantity=_shares(form, "quantity"),
        price=_price(form, "price"),
        trigger=_price(form, "trigger_price"),
        validity=_choice(form, "validity", VALIDITIES, "DAY"),
        validity_minutes=int(form.get("validity_ttl") or 0) if (form.get("validity_ttl") or "0").isdigit() else 0,
        disclosed=_shares(form, "disclosed_quantity", least=0) if form.get("disclosed_quantity") else 0,
        protection=_protection(form),
        tag=_tag(form),
        variety=variety,
    )
    check_wish(wish)
    return wish


def check_variety(variety: str) -> None:
    """Refuse varieties that are unknown, or known and not offered here."""
    if variety in OTHER_VARIETIES:
        raise bad_input(f"PRACTICE: orders of variety {variety!r} are not offered here; place regular orders.")
    if variety not in VARIETIES:
        raise WireError(404, "GeneralException", "Route not found")


def check_wish(wish: Wish) -> None:
    """Refuse a wish whose fields do not belong together, new or changed."""
    if wish.order_type in ("MARKET", "SL-M") and not wish.protection:
        raise bad_input(REFUSAL)
    if wish.order_type in ("LIMIT", "SL") and not wish.price:
        raise bad_input("Price is required and must be above 0 for LIMIT and SL orders.")
    if wish.order_type in ("SL", "SL-M") and not wish.trigger:
        raise bad_input("Trigger price is required for SL and SL-M orders.")
    if wish.order_type == "SL" and (wish.price - wish.trigger) * wish.side < 0:
        word = "less" if wish.side is Side.BUY else "more"
        raise bad_input(f"Trigger price of a {wish.side.name} SL order must be {word} than or equal to its price.")
    if wish.validity == "TTL" and wish.validity_minutes <= 0:
        raise bad_input("validity_ttl in minutes is required for validity TTL.")
    if wish.product == "MIS" and wish.instrument.series is not Series.EQ:
        raise bad_input(f"MIS orders are not allowed for series {wish.instrument.series}; use CNC.")
    if wish.quantity % wish.instrument.lot_size:
        raise bad_input(f"Quantity must be a multiple of the lot size {wish.instrument.lot_size}.")


def changed_wish(wish: Wish, form: Form) -> Wish:
    """Answer the wish with what the form of a change says; `quantity` there is the whole order's."""
    order_type = _choice(form, "order_type", ORDER_TYPES, wish.order_type)
    changed = Wish(
        instrument=wish.instrument,
        side=wish.side,
        product=wish.product,
        order_type=order_type,
        quantity=_shares(form, "quantity") if form.get("quantity") else wish.quantity,
        price=_price(form, "price") if form.get("price") else wish.price,
        trigger=_price(form, "trigger_price") if form.get("trigger_price") else wish.trigger,
        validity=_choice(form, "validity", VALIDITIES, wish.validity),
        validity_minutes=wish.validity_minutes,
        disclosed=_shares(form, "disclosed_quantity", least=0) if form.get("disclosed_quantity") else wish.disclosed,
        protection=_protection(form) or (wish.protection if order_type == wish.order_type else 0.0),
        tag=wish.tag,
        variety=wish.variety,
    )
    check_wish(changed)
    return changed


def _needed(form: Form, name: str) -> str:
    value = (form.get(name) or "").strip()
    if not value:
        raise bad_input(f"Missing or empty field `{name}`.")
    return value


def _choice(form: Form, name: str, choices: tuple[str, ...], default: str = "") -> str:
    value = form.get(name) or default
    if value not in choices:
        raise bad_input(f"Invalid `{name}` {value!r}; one of {', '.join(choices)} expected.")
    return value


def _shares(form: Form, name: str, least: int = 1) -> int:
    text = _needed(form, name)
    if not text.isdigit() or not least <= int(text) <= MOST_SHARES:
        raise bad_input(f"Invalid `{name}` {text!r}; a whole number from {least} to {MOST_SHARES} expected.")
    return int(text)


def _price(form: Form, name: str) -> int:
    text = form.get(name) or "0"
    try:
        exact = Decimal(text) * 100
    except InvalidOperation as fault:
        raise bad_input(f"Invalid `{name}` {text!r}; a number expected.") from fault
    if not exact.is_finite() or exact < 0 or exact != exact.to_integral_value():
        raise bad_input(f"Invalid `{name}` {text!r}; rupees with at most two decimals expected.")
    return int(exact)


def _protection(form: Form) -> float:
    text = form.get("market_protection") or "0"
    try:
        value = float(text)
    except ValueError as fault:
        raise bad_input(f"Invalid `market_protection` {text!r}; -1, or percent to 100 expected.") from fault
    if value != -1 and not 0 <= value <= 100:
        raise bad_input(f"Invalid `market_protection` {text!r}; -1, or percent to 100 expected.")
    return value


def _tag(form: Form) -> str:
    tag = form.get("tag") or ""
    if len(tag) > TAG_LENGTH:
        raise bad_input(f"Invalid `tag`; at most {TAG_LENGTH} characters expected.")
    return tag
