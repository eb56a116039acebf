"""The charges against the broker's own figures, the published rates and the laws that no rounding may break."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.errors import BadInput
from cockpit.money import half_up, paise
from cockpit.orders import Charges, Product, Side
from cockpit.paper.contract_note import Executed, contract_note
from cockpit.paper.costs import ChargeTable, ExactCharges, OrderMeter, break_even_rate

TABLE = ChargeTable.load(Path(__file__).resolve().parents[2] / "resources" / "charges.toml")
NOW = date(2026, 11, 20)
CENT = Decimal("0.01")
LINES = ("brokerage", "stt", "exchange", "sebi", "stamp", "gst")
# buy, sell, quantity, product, turnover, the lines in order of LINES, total, net, total with whole-rupee taxes
PUBLISHED = [
    ("1000", "1100", 400, "MIS", "840000", "40 110 25.788 0.84 12 11.99304", "200.62", "39799.38", "200.62"),
    ("1000", "1100", 400, "CNC", "840000", "0 840 25.788 0.84 60 4.79304", "931.42", "39068.58", "931.42"),
    ("500", "505", 100, "MIS", "100500", "30.15 12.625 3.08535 0.1005 1.5 6.000453", "53.46", "446.54", "54.34"),
    ("500", "505", 100, "CNC", "100500", "0 100.5 3.08535 0.1005 7.5 0.573453", "111.76", "388.24", "112.76"),
    ("2500", "2512.50", 40, "MIS", "200500", "40 25.125 6.15535 0.2005 3 8.344053", "82.82", "417.18", "82.70"),
    ("150.50", "151", 10, "MIS", "3015", "0.9045 0.3775 0.0925605 0.003015 0.04515 0.18001359", "1.60", "3.40", "1.18"),
]


def in_rupees(charges: ExactCharges) -> dict[str, Decimal]:
    return {name: getattr(charges, name) / 100 for name in LINES}


def both_sides(buy: str, sell: str, quantity: int) -> tuple[int, int]:
    return paise(buy) * quantity, paise(sell) * quantity


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row[3]}-{row[0]}")
def test_a_round_trip_costs_what_the_published_rates_say_line_by_line(row: tuple[Any, ...]) -> None:
    buy, sell, quantity, product, turnover, lines, total, net, _ = row
    bought, sold = both_sides(buy, sell, quantity)
    assert Decimal(bought + sold) / 100 == Decimal(turnover)
    charges = TABLE.round_trip(Product(product), bought, sold, NOW)
    assert in_rupees(charges) == dict(zip(LINES, map(Decimal, lines.split()), strict=True))
    assert (charges.total / 100).quantize(CENT) == Decimal(total)
    assert ((sold - bought - charges.total) / 100).quantize(CENT) == Decimal(net)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row[3]}-{row[0]}")
def test_the_contract_note_rounds_stt_and_stamp_to_whole_rupees(row: tuple[Any, ...]) -> None:
    buy, sell, quantity, product, *_, whole = row
    bought, sold = both_sides(buy, sell, quantity)
    orders = [
        Executed("ABC", Product(product), Side.BUY, bought),
        Executed("ABC", Product(product), Side.SELL, sold),
    ]
    note = contract_note(TABLE, NOW, orders)
    assert note.charges.stt % 100 == note.charges.stamp % 100 == 0
    # The published total is rounded once, the note bills each of its four other lines to the paisa.
    assert abs(note.charges.total - paise(whole)) <= 2
    exact = TABLE.round_trip(Product(product), bought, sold, NOW)
    rounded_once = exact.brokerage + exact.exchange + exact.sebi + exact.gst + note.charges.stt + note.charges.stamp
    assert half_up(rounded_once) == paise(whole)
    assert note.net_paise == sold - bought - note.charges.total


def test_bse_has_its_own_exchange_charge() -> None:
    charges = TABLE.round_trip(Product.MIS, 40_000_000, 44_000_000, NOW, exchange="BSE")
    assert charges.exchange / 100 == Decimal("31.5")
    assert charges.gst / 100 == Decimal("13.0212")
    assert (charges.total / 100).quantize(CENT) == Decimal("207.36")


@pytest.mark.parametrize(
    ("product", "value_rupees", "from_demat", "percent"),
    [
        (Product.MIS, 66_000, False, "0.106"),
        (Product.MIS, 20_000, False, "0.106"),
        (Product.MIS, 100_000, False, "0.083"),
        (Product.MIS, 500_000, False, "0.045"),
        (Product.CNC, 50_000, True, "0.253"),
        (Product.CNC, 100_000, True, "0.238"),
        (Product.CNC, 500_000, True, "0.226"),
    ],
)
def test_round_trips_cost_the_measured_share_of_their_value(
    product: Product, value_rupees: int, from_demat: bool, percent: str
) -> None:
    value = value_rupees * 100
    charges = TABLE.round_trip(product, value, value, NOW, from_demat=from_demat)
    assert (charges.total / value * 100).quantize(Decimal("0.001")) == Decimal(percent)


def test_brokerage_is_capped_per_order_and_not_per_fill() -> None:
    whole = TABLE.charges(Product.MIS, Side.BUY, 1000, 100_00, NOW)
    assert whole.brokerage == 2000
    meter, booked = OrderMeter(Product.MIS, Side.BUY, NOW), Charges()
    for _ in range(10):
        meter, delta = meter.fill(TABLE, 100, 100_00)
        booked += delta
    assert booked == meter.booked == whole.rounded()
    assert booked.brokerage == 2000


@given(
    fills=st.lists(st.tuples(st.integers(1, 5_000), st.integers(5, 2_000_000)), min_size=1, max_size=30),
    product=st.sampled_from(Product),
    side=st.sampled_from(Side),
)
def test_partial_fills_never_lose_or_double_a_paisa(fills: list[tuple[int, int]], product: Product, side: Side) -> None:
    meter, booked = OrderMeter(product, side, NOW), Charges()
    for quantity, price in fills:
        meter, delta = meter.fill(TABLE, quantity, price)
        assert min(delta.lines()) >= 0
        booked += delta
    turnover = sum(quantity * price for quantity, price in fills)
    assert booked == TABLE.order_charges(product, side, meter.quantity, turnover, NOW)


def test_stt_falls_on_the_intraday_seller_and_on_both_sides_of_delivery() -> None:
    assert TABLE.charges(Product.MIS, Side.BUY, 1, 100_00, NOW).stt == 0
    assert TABLE.charges(Product.MIS, Side.SELL, 1, 100_00, NOW).stt == Decimal("2.5")
    assert TABLE.charges(Product.CNC, Side.BUY, 1, 100_00, NOW).stt == 10
    assert TABLE.charges(Product.CNC, Side.SELL, 1, 100_00, NOW).stt == 10
    assert TABLE.charges(Product.CNC, Side.SELL, 1, 100_00, NOW).stamp == 0


def test_fifteen_hundredths_of_a_percent_round_the_right_way() -> None:
    # 0.00015 x 50000 is 7.5 exactly; in binary floats it is 7.499999999999999 and the rupee would be lost.
    orders = [Executed("ABC", Product.CNC, Side.BUY, 50_000_00)]
    assert contract_note(TABLE, NOW, orders).charges.stamp == 800


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2020, 7, 1), "0.0000345"),
        (date(2023, 3, 31), "0.0000345"),
        (date(2023, 4, 1), "0.0000335"),
        (date(2024, 9, 30), "0.0000322"),
        (date(2024, 10, 1), "0.0000307"),
        (date(2026, 11, 20), "0.0000307"),
    ],
)
def test_the_tariff_is_the_one_of_the_trade_date(day: date, rate: str) -> None:
    assert TABLE.row(day).exchange_nse == Decimal(rate)


def test_a_date_before_the_first_tariff_is_refused() -> None:
    with pytest.raises(BadInput, match="begins on 2020-07-01"):
        TABLE.order_charges(Product.MIS, Side.BUY, 1, 100_00, date(2020, 6, 30))


def test_the_depository_and_the_square_off_are_charged_by_the_tariff() -> None:
    row = TABLE.row(NOW)
    assert row.dp_charge().rounded() == Charges(dp=1534)
    assert row.square_off_fee().rounded() == Charges(penalty=5900)


def test_the_depository_is_paid_once_a_name_and_day() -> None:
    orders = [Executed("ABC", Product.CNC, Side.SELL, 10_000_00) for _ in range(3)]
    assert contract_note(TABLE, NOW, orders, from_demat=["ABC"]).charges.dp == 1534
    assert contract_note(TABLE, NOW, orders).charges.dp == 0
    with pytest.raises(BadInput, match="XYZ"):
        contract_note(TABLE, NOW, orders, from_demat=["XYZ"])


def test_whole_rupees_are_taken_per_name_and_day_not_per_order() -> None:
    # Each order's STT is 40 paise: nothing when rounded alone, two rupees when the name's day is added up.
    orders = [Executed("ABC", Product.CNC, Side.BUY, 400_00) for _ in range(5)]
    assert contract_note(TABLE, NOW, orders).charges.stt == 200
    apart = [Executed(f"N{n}", Product.CNC, Side.BUY, 400_00) for n in range(5)]
    assert contract_note(TABLE, NOW, apart).charges.stt == 0


def test_the_round_trip_of_the_port_is_the_sum_of_its_rounded_lines() -> None:
    assert TABLE.round_trip_paise(Product.MIS, 400, 40_000_000, 44_000_000, NOW) == 20062
    assert TABLE.round_trip_paise(Product.CNC, 400, 40_000_000, 44_000_000, NOW) == 93142 + 1534


@pytest.mark.parametrize(
    ("stop", "target", "cost", "rate"),
    [
        (1, 1, 0.91, 0.957),
        (1, 2, 0.91, 0.638),
        (1, 1, 0.61, 0.80),
        (1, 2, 0.37, 0.45),
        (1, 1, 0.18, 0.59),
        (1, 0.724, 0, 0.58),
    ],
)
def test_break_even_rates_are_the_measured_ones(stop: float, target: float, cost: float, rate: float) -> None:
    assert break_even_rate(stop, target, cost) == pytest.approx(rate, abs=0.0075)


def test_a_trade_whose_cost_eats_its_target_needs_to_win_more_than_always() -> None:
    assert break_even_rate(1, 1, 1.5) > 1
    with pytest.raises(BadInput, match="stop 0"):
        break_even_rate(0, 1, 0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('brokerage_mis = "0.0003"', "brokerage_mis = 0.0003"), "quote it"),
        (('sebi = "0.000001"', 'sebi = "one"'), "sebi"),
        (('sebi = "0.000001"', 'sebi = "-1"'), "sebi"),
        (('gst = "0.18"', 'gsst = "0.18"'), "gsst"),
        (("effective_from = 2024-10-01", 'effective_from = "2024-10-01"'), "effective_from"),
        (("effective_from = 2024-10-01", "effective_from = 2020-07-01"), "rising dates"),
    ],
)
def test_a_wrong_charge_table_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = (Path(__file__).resolve().parents[2] / "resources" / "charges.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "charges.toml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        ChargeTable.load(tmp_path / "charges.toml")


def test_other_segments_and_negative_turnover_are_refused() -> None:
    with pytest.raises(BadInput, match="'NFO'"):
        TABLE.charges(Product.MIS, Side.BUY, 1, 100_00, NOW, "NFO")
    with pytest.raises(BadInput, match="turnover"):
        TABLE.order_charges(Product.MIS, Side.SELL, 1, -100_00, NOW)


def charge_blocks(node: Any) -> Iterator[dict[str, Any]]:
    """Find every per-order charges object of a broker's sample; the basket-level one has brokerage 40 and total 0."""
    if isinstance(node, dict):
        if isinstance(node.get("charges"), dict) and node["charges"].get("total"):
            yield node["charges"]
        for value in node.values():
            yield from charge_blocks(value)
    elif isinstance(node, list):
        for value in node:
            yield from charge_blocks(value)


def test_our_lines_and_gst_rule_fit_every_charge_the_broker_ever_showed(kite_mocks: Path) -> None:
    names = ("virtual_contract_note", "order_margins", "basket_margins")
    blocks = [b for name in names for b in charge_blocks(json.loads((kite_mocks / f"{name}.json").read_text()))]
    assert len(blocks) == 6
    for block in blocks:
        exact = {key: Decimal(str(value)) for key, value in block.items() if isinstance(value, int | float)}
        parts = ("transaction_tax", "exchange_turnover_charge", "sebi_turnover_charge", "brokerage", "stamp_duty")
        gst = Decimal(str(block["gst"]["total"]))
        assert abs(sum(exact[part] for part in parts) + gst - exact["total"]) < Decimal("1e-9")
        ours = TABLE.row(NOW).gst_on(
            exact["brokerage"], exact["exchange_turnover_charge"], exact["sebi_turnover_charge"]
        )
        assert abs(ours - gst) < Decimal("0.02")


def test_the_broker_s_own_equity_rows_come_out_of_the_tariff_of_their_time(kite_mocks: Path) -> None:
    note = json.loads((kite_mocks / "virtual_contract_note.json").read_text())["data"][0]
    margins = json.loads((kite_mocks / "order_margins.json").read_text())["data"][0]
    assert (note["tradingsymbol"], margins["tradingsymbol"]) == ("SBIN", "INFY")
    cases = [(note["charges"], 560_00, date(2023, 7, 10)), (margins["charges"], 1498_00, date(2022, 7, 11))]
    for shown, price, day in cases:
        ours = TABLE.charges(Product.CNC, Side.BUY, 1, price, day)
        assert float(ours.stt) / 100 == pytest.approx(shown["transaction_tax"], abs=1e-9)
        assert float(ours.exchange) / 100 == pytest.approx(shown["exchange_turnover_charge"], abs=1e-9)
        assert float(ours.sebi) / 100 == pytest.approx(shown["sebi_turnover_charge"], abs=1e-9)
        assert float(ours.gst) / 100 == pytest.approx(shown["gst"]["total"], abs=0.02)


def test_three_hundredths_of_a_percent_is_the_brokerage_the_broker_shows(kite_mocks: Path) -> None:
    shown = json.loads((kite_mocks / "virtual_contract_note.json").read_text())["data"][1]["charges"]
    ours = TABLE.charges(Product.MIS, Side.SELL, 1, 5862_00, date(2023, 7, 10))
    assert float(ours.brokerage) / 100 == pytest.approx(shown["brokerage"], abs=1e-9)
