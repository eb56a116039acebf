"""The broker's books become nouns, and their arithmetic holds to the paisa on the broker's own samples."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cockpit.broker_books import BrokerOrder
from cockpit.clock import ist
from cockpit.errors import BadInput
from cockpit.money import half_up
from cockpit.orders import Side, Status
from cockpit.venues.kite_books import (
    STATUSES,
    charges_of,
    funds_of,
    holding_of,
    is_genuine_postback,
    order_of,
    position_of,
    postback_checksum,
    slices_of,
    status_of,
    trade_of,
)

DUST = Decimal("1e-9")


def told(path: Path) -> Any:
    return json.loads(path.read_text())["data"]


@pytest.fixture
def orders(kite_mocks: Path) -> list[BrokerOrder]:
    return [order_of(row) for row in told(kite_mocks / "orders.json")]


def test_the_order_book_reads_whole_with_states_prices_and_times(orders: list[BrokerOrder]) -> None:
    F, C, R = Status.FILLED, Status.CANCELLED, Status.REJECTED
    assert [order.status for order in orders] == [C, F, F, R, F, F, C, C, F, F]
    assert orders[0].price == 72 * 10_000_000  # currency derivatives have a scale of their own
    assert (orders[1].price, orders[1].average_price, orders[1].filled) == (10940, Decimal("109.4"), 1)
    assert ist(orders[1].ts).isoformat() == "2021-05-31T15:20:28+05:30"
    assert orders[3].reason.startswith("Insufficient funds. Required margin is 95417.84")
    assert orders[4].tags == ("connect test order1",)
    assert (orders[6].pending, orders[6].filled) == (60, 0)


def test_a_protected_market_order_comes_back_as_a_limit_at_its_band(orders: list[BrokerOrder]) -> None:
    (order,) = (o for o in orders if "mktp" in o.tags)
    assert (order.symbol, order.kind, order.tags) == ("TATASTEEL", "LIMIT", ("mktp", "mktp:2.00"))
    assert order.price == 15982 == half_up(Decimal("156.69") * Decimal("1.02") * 100)
    assert order.average_price == Decimal("156.7")


def test_an_order_walks_through_the_states_the_broker_tells(kite_mocks: Path) -> None:
    walk = [order_of(row) for row in told(kite_mocks / "order_info.json")]
    assert [order.status_text for order in walk] == [
        "PUT ORDER REQ RECEIVED",
        "VALIDATION PENDING",
        "OPEN PENDING",
        "OPEN",
        "MODIFY VALIDATION PENDING",
        "MODIFY PENDING",
        "MODIFIED",
        "OPEN",
    ]
    assert [order.status for order in walk] == [Status.SENT] * 3 + [Status.OPEN] * 5
    assert len({order.broker_order_id for order in walk}) == 1


def test_words_that_nobody_knows_are_unknown_and_never_terminal(kite_mocks: Path) -> None:
    assert status_of("CANCELLED AMO") is Status.UNKNOWN
    assert {text for text, status in STATUSES.items() if status.is_terminal} == {"COMPLETE", "CANCELLED", "REJECTED"}
    row = told(kite_mocks / "orders.json")[1] | {"status": "WANDERING"}
    moved = order_of(row).moved("ours-1")
    assert (moved.order_id, moved.status, moved.filled) == ("ours-1", Status.UNKNOWN, 1)
    assert (moved.reason, moved.broker_order_id) == ("broker says 'WANDERING'", "300000000000000")


@pytest.mark.parametrize(
    "change",
    [
        {"status": None},
        {"transaction_type": "HOLD"},
        {"order_timestamp": None},
        {"quantity": 1.5},
        {"price": "x"},
        {"instrument_token": None},
        {"filled_quantity": None},
    ],
)
def test_an_order_row_that_is_not_whole_is_refused_by_its_id(kite_mocks: Path, change: dict[str, Any]) -> None:
    row = told(kite_mocks / "orders.json")[1] | change
    if change == {"status": None}:
        del row["status"]
    with pytest.raises(BadInput, match="order 300000000000000 cannot be read"):
        order_of(row)


def test_trades_carry_the_fills_own_time(kite_mocks: Path) -> None:
    trades = [trade_of(row) for row in told(kite_mocks / "trades.json")]
    assert [(t.symbol, t.price, t.quantity) for t in trades[:2]] == [
        ("SBIN", 42065, 1),
        ("USDINR21JUNFUT", 727550000, 1),
    ]
    assert ist(trades[0].ts).isoformat() == "2021-05-31T09:16:39+05:30"
    assert trades[0].key == ("NSE", "10000000", "200000000000000", 1)
    assert len({trade.key for trade in trades}) == len(trades) == 4
    (alone,) = (trade_of(row) for row in told(kite_mocks / "order_trades.json"))
    assert (alone.exchange, alone.price, alone.side) == ("MCX", 485200, Side.BUY)


@pytest.mark.parametrize("change", [{"quantity": 0}, {"average_price": 0}, {"fill_timestamp": None}])
def test_a_trade_without_quantity_price_or_time_is_refused(kite_mocks: Path, change: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="trade 200000000000000"):
        trade_of(told(kite_mocks / "trades.json")[0] | change)


def test_every_position_earns_sells_less_buys_plus_what_is_open(kite_mocks: Path) -> None:
    rows = told(kite_mocks / "positions.json")
    positions = [position_of(row) for row in (*rows["net"], *rows["day"])]
    assert sorted(half_up(p.pnl) for p in positions) == sorted([801, -93, -2, -2, 0, 0])
    assert [p.pnl_gap_paise for p in positions] == [0] * 6
    off = position_of(rows["net"][1] | {"pnl": 801.01})
    assert off.pnl_gap_paise == 1


def test_every_holding_earns_last_less_average_on_all_that_is_owned(kite_mocks: Path) -> None:
    holdings = [holding_of(row) for row in told(kite_mocks / "holdings.json")]
    by_symbol = {holding.symbol: holding for holding in holdings}
    assert by_symbol["AARON"].pnl == Decimal("191.95")
    assert half_up(by_symbol["SBIN"].pnl * 100) == -62930
    assert {holding.pnl_gap_paise for holding in holdings} == {0}
    assert [holding_of(row).pnl_gap_paise for row in told(kite_mocks / "auctions_list.json")] == [0, 0, 0]


def test_the_summary_of_holdings_is_current_less_invested(kite_mocks: Path) -> None:
    summary = {name: Decimal(str(value)) for name, value in told(kite_mocks / "holdings_summary.json").items()}
    assert abs(summary["current_value"] - summary["invested_amount"] - summary["total_pnl"]) < DUST
    assert abs(summary["total_pnl"] - Decimal("6798.23595")) < DUST


def test_funds_are_what_is_free_less_what_is_used(kite_mocks: Path) -> None:
    margins = told(kite_mocks / "margins.json")
    segments = [*margins.values(), told(kite_mocks / "margins_equity.json"), told(kite_mocks / "margin_commodity.json")]
    funds = [funds_of(segment) for segment in segments]
    assert [segment.net for segment in funds] == [9972505, 10066170, 9972505, 9642633]
    assert {segment.gap_paise for segment in funds} == {0}


def charge_rows(kite_mocks: Path) -> list[dict[str, Any]]:
    notes = told(kite_mocks / "virtual_contract_note.json")
    basket = told(kite_mocks / "basket_margins.json")["orders"]
    return [row["charges"] for row in (*notes, *told(kite_mocks / "order_margins.json"), *basket)]


def test_the_charges_of_an_order_add_up(kite_mocks: Path) -> None:
    charges = [charges_of(row) for row in charge_rows(kite_mocks)]
    totals = [0.5826968, 2.84811132, 23.689427, 1.79255122, 26.851761275, 23.908152575]
    assert [float(note.total) for note in charges] == pytest.approx(totals, abs=1e-9)
    assert all(abs(note.gap) < DUST for note in charges)


def test_the_tax_on_charges_is_eighteen_percent_of_what_the_note_says(kite_mocks: Path) -> None:
    sbin, gold, put, infy, sold, bought = (charges_of(row) for row in charge_rows(kite_mocks))
    rate = Decimal("0.18")
    for note in (gold, infy, sold, bought):
        assert abs(note.gst - rate * (note.brokerage + note.exchange + note.sebi)) < DUST
    # In these two rows the exchange's line holds its investor-protection fee too, which is not taxed.
    for note, fee in ((sbin, Decimal("0.00056")), (put, Decimal("0.00075"))):
        assert abs(note.gst - rate * (note.brokerage + note.exchange - fee + note.sebi)) < DUST


def test_a_sliced_order_is_read_nested_and_flat(kite_mocks: Path) -> None:
    nested = told(kite_mocks / "autoslice_response.json")
    slices = slices_of(nested)
    assert slices == slices_of(nested["children"])
    assert [bool(part.broker_order_id) for part in slices] == [True, True, False, True]
    assert slices[2].error.startswith("Insufficient funds. Required margin is 228365.92")
    with pytest.raises(BadInput, match="children expected"):
        slices_of({})


def test_a_postback_proves_itself_with_the_secret_alone(kite_mocks: Path) -> None:
    row = json.loads((kite_mocks / "postback.json").read_text())
    order = order_of(row)
    assert (order.status, order.average_price, order.symbol) == (Status.FILLED, 470, "SBIN")
    made = postback_checksum(row["order_id"], row["order_timestamp"], "secret_y")
    assert made == "e91a3544e769826d81a8575f7e737acffea1047218108af3b8c171abbc0f2f35"
    assert not is_genuine_postback(row, "secret_y")
    assert is_genuine_postback(row | {"checksum": made}, "secret_y")
    assert not is_genuine_postback({key: row[key] for key in row if key != "checksum"}, "secret_y")


@pytest.mark.parametrize("read", [order_of, trade_of, position_of, holding_of, funds_of, charges_of])
@pytest.mark.parametrize("row", [{}, [], None, {"order_id": "1"}])
def test_what_is_no_row_is_refused(read: Any, row: Any) -> None:
    with pytest.raises(BadInput):
        read(row)
