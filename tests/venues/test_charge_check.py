"""What our tariff says of each order is held against the broker's own note, over the wire of the practice exchange."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cockpit.errors import BadInput
from cockpit.market import Instrument
from cockpit.orders import Charges, Fill, Product, Role, Side
from cockpit.paper.costs import ChargeTable, OrderMeter
from cockpit.venues.charge_check import ROWS, charge_gaps
from tests.simulator.conftest import DAY, charges, listings, market, opened, sessions
from tests.venues.test_kite_practice import Desk, desk

__all__ = ["charges", "desk", "listings", "market", "opened", "sessions"]


def fills_of(
    table: ChargeTable, name: Instrument, side: Side, product: Product, parts: list[tuple[int, int]], order: str = "A"
) -> list[Fill]:
    """Make the fills of one order as they are booked here: charges grow with the order, exact to the paisa."""
    meter, made = OrderMeter(product, side, DAY), []
    for n, (quantity, price) in enumerate(parts):
        meter, cost = meter.fill(table, quantity, price)
        made.append(
            Fill(
                f"{order}{n}",
                order,
                order,
                Role.ENTRY,
                name.token,
                name.symbol,
                side,
                quantity,
                price,
                0,
                product,
                "T",
                cost,
            )
        )
    return made


@pytest.fixture
async def name(desk: Desk) -> Instrument:
    return next(i for i in await desk.history.instruments() if not i.is_index)


@pytest.mark.parametrize("product", list(Product))
@pytest.mark.parametrize("side", list(Side))
async def test_by_one_tariff_no_line_of_any_order_differs(
    desk: Desk, name: Instrument, charges: ChargeTable, product: Product, side: Side
) -> None:
    orders = ([(1, 5)], [(100, 141_916)], [(37, 99_995), (13, 100_005), (50, 100_100)], [(9_999, 250_000)])
    fills = [f for n, parts in enumerate(orders) for f in fills_of(charges, name, side, product, parts, f"A{n}")]
    assert await charge_gaps(desk.rest, fills) == []


async def test_a_tariff_that_is_off_is_named_by_order_and_line_with_both_figures(
    desk: Desk, name: Instrument, charges: ChargeTable
) -> None:
    good = fills_of(charges, name, Side.SELL, Product.MIS, [(100, 100_000)], "GOOD")
    (fill,) = fills_of(charges, name, Side.SELL, Product.MIS, [(100, 100_000)], "OFF")
    dear = replace(fill, charges=fill.charges + Charges(stt=2, gst=-3))
    found = await charge_gaps(desk.rest, [*good, dear])
    assert [(g.order_id, g.line, g.ours_paise - g.theirs_paise > 0) for g in found] == [
        ("OFF", "STT", True),
        ("OFF", "GST", False),
    ]
    assert f"{dear.charges.stt} p by our tariff, 2500" in found[0].sentence


async def test_the_rounding_of_ours_to_the_paisa_is_no_difference(
    desk: Desk, name: Instrument, charges: ChargeTable
) -> None:
    (fill,) = fills_of(charges, name, Side.BUY, Product.MIS, [(1, 141_916)])
    (note,) = await desk.rest.virtual_contract_note([{
        "exchange": "NSE", "tradingsymbol": name.symbol, "transaction_type": "BUY", "variety": "regular",
        "product": "MIS", "order_type": "MARKET", "quantity": 1, "average_price": 1419.16,
    }])  # fmt: skip
    assert float(note["charges"]["brokerage"]) * 100 != fill.charges.brokerage, "theirs is not rounded"
    assert await charge_gaps(desk.rest, [fill]) == []


async def test_what_no_note_holds_is_not_compared(desk: Desk, name: Instrument, charges: ChargeTable) -> None:
    (fill,) = fills_of(charges, name, Side.SELL, Product.CNC, [(10, 100_000)])
    assert await charge_gaps(desk.rest, [replace(fill, charges=fill.charges + Charges(dp=1534, penalty=5900))]) == []


class Clerk:
    """A broker that answers what the test wants, and counts how often it is asked."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.n_rows = answer, list[int]()

    async def virtual_contract_note(self, orders: Any) -> Any:
        self.n_rows.append(len(orders))
        return self.answer(orders)


NO_CHARGES = dict.fromkeys(
    ("transaction_tax", "exchange_turnover_charge", "sebi_turnover_charge", "brokerage", "stamp_duty", "total"), 0
) | {"gst": {"total": 0}}
NAME = Instrument(101, "NAME1", tick_size=5)


def echoed(orders: Any) -> Any:
    return [{**row, "charges": NO_CHARGES} for row in orders]


async def test_many_orders_are_asked_about_in_parts() -> None:
    free = Fill("", "", "", Role.ENTRY, 101, "NAME1", Side.BUY, 1, 100, 0, Product.MIS, "T", Charges())
    clerk = Clerk(echoed)
    assert await charge_gaps(clerk, [replace(free, order_id=f"A{n}") for n in range(ROWS + 1)]) == []
    assert clerk.n_rows == [ROWS, 1]


@pytest.mark.parametrize("wrong", [lambda rows: [], lambda rows: [{**echoed(rows)[0], "tradingsymbol": "OTHER"}]])
async def test_an_answer_about_other_orders_is_refused(wrong: Any, charges: ChargeTable) -> None:
    with pytest.raises(BadInput):
        await charge_gaps(Clerk(wrong), fills_of(charges, NAME, Side.BUY, Product.MIS, [(10, 100_000)]))
