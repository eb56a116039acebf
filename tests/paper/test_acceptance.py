"""What the paper exchange refuses at the door, with both numbers in its words."""

from __future__ import annotations

from typing import Any

import pytest

from cockpit.errors import Rejection
from cockpit.market import Series
from cockpit.orders import OrderKind, Product, Role, Side
from tests.paper.floor_plan import BOOK, FREE, INDEX_TOKEN, Hall, made_day, order, tick


def opened(last: int = 100_00, **day: Any) -> Hall:
    hall = Hall(made_day(**day), FREE)
    hall.show(tick("10:00", last, volume=100_000, **BOOK))
    return hall


LIMIT, STOP, STOP_LIMIT = OrderKind.LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT
BROKEN: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"kind": LIMIT, "price": 99_93}, {}, "16316 : The limit price 99.93 is not a multiple of tick size 0.05"),
    ({"kind": STOP, "trigger": 101_01}, {}, "16316 : The trigger price 101.01 is not a multiple of tick size 0.05"),
    ({"stop": 99_01}, {}, "16316 : The stop 99.01 is not a multiple of tick size 0.05"),
    ({"quantity": 0}, {}, "quantity 0 is not a multiple of the lot size 1"),
    ({"quantity": 100}, {"lot": 75}, "quantity 100 is not a multiple of the lot size 75"),
    ({"kind": LIMIT}, {}, "LIMIT order with limit price 0.00"),
    ({"price": 100_00}, {}, "MARKET order with limit price 100.00"),
    ({"kind": STOP}, {}, "SL-M order with trigger price 0.00"),
    ({"kind": STOP_LIMIT, "trigger": 102_00, "price": 101_00}, {}, "must lie beyond its trigger"),
    ({"kind": STOP, "trigger": 99_00}, {}, "behind the last price: trigger 99.00, last price 100.00"),
    ({"kind": LIMIT, "price": 111_00}, {"band": (90_00, 110_00)}, "111.00 lies outside the day's band 90.00 to 110.00"),
    ({"stop": 89_00}, {"band": (90_00, 110_00)}, "stop 89.00 lies outside the day's band 90.00 to 110.00"),
    ({}, {"series": Series.BE}, "series BE is trade to trade: CNC expected, MIS given"),
    ({"product": Product.CNC, "side": Side.SELL}, {}, "no intraday short in delivery"),
    ({"kind": LIMIT, "price": 99_00, "stop": 99_50}, {}, "stop 99.50 does not lie behind the entry 99.00"),
    ({"stop": 99_00, "target": 98_00}, {}, "target 98.00 does not lie beyond"),
    ({"valid_until": "09:59"}, {}, "valid until 09:59:00 given at 10:00:00"),
    ({"role": Role.STOP}, {}, "the bracket of an entry makes its children"),
    ({"role": Role.EXIT}, {}, "would flip the position: 0 held"),
]


@pytest.mark.parametrize(("terms", "day", "words"), BROKEN, ids=lambda case: case if isinstance(case, str) else "")
def test_an_order_that_breaks_a_rule_is_refused_in_words(
    terms: dict[str, Any], day: dict[str, Any], words: str
) -> None:
    hall = opened(**day)
    with pytest.raises(Rejection) as refused:
        hall.place(order(**terms))
    assert words in str(refused.value)
    assert refused.value.raw in str(refused.value)
    assert hall.told == [], "a refusal is raised; whoever placed the order writes it down"


def test_a_market_entry_on_a_stale_quote_is_refused_with_both_ages() -> None:
    hall = opened()
    hall.show(tick("10:00:04", 25_000_00, volume=0, token=INDEX_TOKEN))
    with pytest.raises(Rejection, match=r"the quote is 4\.0 s old; at most 3\.0 s expected"):
        hall.place(order(when="10:00:04"))


def test_a_market_entry_without_any_quote_is_refused() -> None:
    hall = Hall(made_day(), FREE)
    hall.show(tick("10:00:04", 25_000_00, volume=0, token=INDEX_TOKEN))
    with pytest.raises(Rejection, match="no quote was seen today"):
        hall.place(order(when="10:00:04"))


def test_an_exit_on_a_stale_quote_is_taken_and_alarms() -> None:
    hall = opened()
    hall.place(order(stop=99_00))
    hall.show(tick("10:00:01", 100_00, volume=200_000, **BOOK))
    hall.show(tick("10:00:30", 25_000_00, volume=0, token=INDEX_TOKEN))
    hall.place(order("X", side=Side.SELL, role=Role.EXIT, parent="A", when="10:00:30"))
    assert hall.status("X") == "OPEN"
    assert hall.reason("X") == "waits with 100 unfilled: no tick of the name since 10:00:01"


@pytest.mark.parametrize(
    ("when", "words"), [("09:07", "phase pre-open"), ("15:31", "phase closed"), ("15:12", "no new MIS order after")]
)
def test_an_entry_outside_its_hours_is_refused(when: str, words: str) -> None:
    hall = Hall(made_day(), FREE)
    hall.show(tick(when, 100_00, volume=100, **BOOK))
    with pytest.raises(Rejection, match=words):
        hall.place(order(when=when))


def test_an_index_and_an_unwatched_name_do_not_trade() -> None:
    hall = opened()
    with pytest.raises(Rejection, match="is an index and does not trade"):
        hall.place(order(token=INDEX_TOKEN))
    with pytest.raises(Rejection, match="token 999 is not on today's watchlist of 3 names"):
        hall.place(order(token=999))


def test_an_order_is_sent_once() -> None:
    hall = opened()
    hall.place(order())
    with pytest.raises(Rejection, match="was placed before"):
        hall.place(order())


def test_an_entry_against_what_is_held_or_works_is_refused() -> None:
    hall = opened()
    hall.place(order(kind=LIMIT, price=99_00))
    with pytest.raises(Rejection, match="an opposite entry that works"):
        hall.place(order("B", side=Side.SELL, kind=LIMIT, price=101_00))
    with pytest.raises(Rejection, match="entry in CNC; the name is held or working in MIS"):
        hall.place(order("C", kind=LIMIT, price=99_00, product=Product.CNC))


def test_a_change_is_checked_like_a_new_order() -> None:
    hall = opened()
    hall.place(order(kind=LIMIT, price=99_00))
    with pytest.raises(Rejection, match="not a multiple of tick size"):
        hall.modify("A", price=99_01)
    hall.modify("A", price=99_05, quantity=150)
    assert (hall.orders["A"][0].price, hall.orders["A"][0].quantity) == (99_05, 150)
    hall.cancel("A")
    with pytest.raises(Rejection, match="is CANCELLED and cannot change"):
        hall.modify("A", price=99_00)
