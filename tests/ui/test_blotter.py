"""The blotter says what is open, sent and refused, and never shows a sum it cannot know."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from cockpit.errors import BadInput
from cockpit.orders import Status
from cockpit.ui import blotter
from cockpit.ui.board import Board
from cockpit.ui.canned import CannedReports


def test_net_is_gross_less_every_charge_booked(board: Board, reports: CannedReports) -> None:
    rows = blotter.position_rows(board, reports)
    assert rows
    for row in rows:
        assert row.gross_paise is not None
        assert row.net_paise == row.gross_paise - row.charges.total


def test_the_totals_agree_with_the_marked_account_to_the_paisa(board: Board, reports: CannedReports) -> None:
    sums = blotter.totals(board, reports)
    assert sums.net_paise == reports.marked().day_net_paise


def test_the_charge_lines_add_up_to_the_total(board: Board, reports: CannedReports) -> None:
    charges = blotter.totals(board, reports).charges
    assert sum(amount for _, amount in blotter.charge_lines(charges)) == charges.total


def test_a_position_without_a_price_has_no_profit_and_no_total(reports: CannedReports) -> None:
    board = Board(lambda: 0)
    board.open_day(reports.trading)
    assert {row.gross_paise for row in blotter.position_rows(board, reports)} == {None}
    sums = blotter.totals(board, reports)
    assert sums.open_paise is None
    assert sums.net_paise is None
    assert sums.is_doubtful


def test_only_resting_orders_count_as_protection(board: Board, reports: CannedReports) -> None:
    row = blotter.position_rows(board, reports)[0]
    assert row.stop is not None
    moved = [
        (o, replace(m, status=Status.CANCELLED) if m is not None and o.token == row.token else m)
        for o, m in reports.story.orders
    ]
    reports.story.orders[:] = moved  # type: ignore[assignment]
    assert blotter.position_rows(board, reports)[0].stop is None


def test_an_order_nobody_has_answered_is_sent_and_never_done(reports: CannedReports) -> None:
    order, _ = reports.story.orders[0]
    reports.story.orders[0] = (order, None)
    row = next(row for row in blotter.order_rows(reports) if row.key == order.order_id)
    assert row.status is Status.SENT
    assert row.filled == 0
    assert "not answered" in row.words


def test_an_unknown_order_says_that_it_may_be_live(reports: CannedReports) -> None:
    row = next(row for row in blotter.order_rows(reports) if row.status is Status.UNKNOWN)
    assert row.words


def test_a_refused_signal_keeps_its_code_and_both_numbers(reports: CannedReports) -> None:
    refused = [row for row in blotter.signal_rows(reports) if row.is_refused]
    assert {row.codes for row in refused} == {"NAME_VALUE", "COST", "HALT"}
    words = next(row.reason for row in refused if row.codes == "NAME_VALUE")
    assert "₹2,41,800.00" in words
    assert "₹2,00,000.00" in words


def test_the_csv_has_raw_numbers_and_iso_times(board: Board, reports: CannedReports) -> None:
    rows = list(csv.DictReader(io.StringIO(blotter.as_csv(blotter.fill_rows(reports)))))
    assert len(rows) == len(reports.fills())
    assert rows[0]["price"].isdigit()
    assert rows[0]["ts"].endswith("+05:30")


def test_a_brokers_words_are_never_a_formula_in_the_csv(reports: CannedReports) -> None:
    order, moved = reports.story.orders[0]
    assert moved is not None
    reports.story.orders[0] = (order, replace(moved, reason="=HYPERLINK(1)"))  # type: ignore[call-arg]
    text = blotter.as_csv(blotter.order_rows(reports))
    assert "'=HYPERLINK" in text


def test_an_empty_table_cannot_be_exported() -> None:
    with pytest.raises(BadInput, match="nothing to export"):
        blotter.as_csv([])
