"""The day report: every trade, every rupee and every no of the day, in one file."""

from __future__ import annotations

from datetime import date
from html import unescape
from pathlib import Path

import pytest

from cockpit.account import folded
from cockpit.facts import DayClosed, DayOpened, Incident
from cockpit.orders import Charges, Fill, Intent, Mode, OrderKind, Product, Refusal, Role, Side
from cockpit.places import resources_folder
from cockpit.ui.day_report import DayStory, wilson, written

OPEN = 1_795_146_300_000_000_000
CASH = 100_000_000


def _fill(n: int, side: Side, price: int, role: Role) -> Fill:
    charges = Charges(brokerage=2000, stt=25, exchange=307, gst=415)
    order = f"O{n}"
    return Fill(
        f"T{n}", order, "ORB-1", role, 1, "M&M", side, 100, price, OPEN + n, Product.MIS, "ORB", charges, slippage=50
    )


def _story(*, with_trade: bool = True) -> DayStory:
    fills = [_fill(1, Side.BUY, 300_000, Role.ENTRY), _fill(2, Side.SELL, 301_000, Role.TARGET)] if with_trade else []
    trades = folded(CASH, fills).trades
    charges = sum(f.charges.total for f in fills)
    gross = sum(t.gross_paise for t in trades)
    intent = Intent(
        "ORB-1", OPEN, "ORB", 1, "M&M", Side.BUY, OrderKind.STOP, 300_000, 299_000, 302_000, OPEN, "broke out <up>"
    )
    refusal = Refusal("ORB-2", OPEN, "ORB", "DAY_LOSS", "the day stands at its limit", "a", "b", 2, "TCS")
    return DayStory(
        opened=DayOpened(OPEN, date(2026, 11, 20), Mode.PRACTICE, "a made day", ("M&M", "TCS"), CASH),
        closed=DayClosed(OPEN, date(2026, 11, 20), len(trades), gross, charges, gross - charges, CASH, 1, 2, 3),
        trades=trades,
        fills=fills,
        orders=[],
        intents=[(intent, ()), (intent, (refusal,))],
        incidents=[Incident(OPEN, "feed", "the link broke", "wait")],
        scan=None,
        equity=[(OPEN, CASH), (OPEN + 1, CASH + gross)],
        head=(42, "ab" * 32),
    )


def _page(story: DayStory, tmp_path: Path) -> str:
    return written(story, tmp_path / "day.html", resources_folder() / "templates").read_text(encoding="utf-8")


def test_the_report_names_every_trade_with_its_money_reason_and_proof(tmp_path: Path) -> None:
    page = unescape(_page(_story(), tmp_path))
    for words in ("M&M", "3,000.00", "3,010.00", "+₹1,000.00", "₹54.94", "+₹945.06", "+0.95", "ab" * 32, "wait"):
        assert words in page, words


def test_charges_are_shown_line_by_line_and_add_up(tmp_path: Path) -> None:
    page = unescape(_page(_story(), tmp_path))
    for line in ("₹40.00", "₹0.50", "₹6.14", "₹8.30", "₹54.94"):
        assert line in page, line


def test_a_refused_signal_stands_with_its_rule_and_words(tmp_path: Path) -> None:
    page = _page(_story(), tmp_path)
    assert "DAY_LOSS" in page
    assert "the day stands at its limit" in page


def test_words_from_outside_never_become_markup(tmp_path: Path) -> None:
    page = _page(_story(), tmp_path)
    assert "<up>" not in page
    assert "&lt;up&gt;" in page


def test_a_day_without_trades_says_so_instead_of_showing_an_empty_table(tmp_path: Path) -> None:
    assert "No trade today" in _page(_story(with_trade=False), tmp_path)


def test_a_practice_report_says_that_its_prices_are_invented(tmp_path: Path) -> None:
    assert "prices are invented" in _page(_story(), tmp_path)


def test_the_report_needs_nothing_from_a_network(tmp_path: Path) -> None:
    page = _page(_story(), tmp_path)
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def test_few_trades_prove_little_by_the_wilson_interval() -> None:
    low, high = wilson(6, 9)
    assert (low, high) == (pytest.approx(0.3542, abs=1e-4), pytest.approx(0.8794, abs=1e-4))
    assert wilson(0, 0) == (0.0, 1.0)
