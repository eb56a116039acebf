"""What the top bar says of a board: index, money and halt; what is stale is grey, what is missing a dash and why."""

from __future__ import annotations

import math

from cockpit.clock import hhmmss
from cockpit.facts import AccountMarked, Halt
from cockpit.money import price_text, rupees
from cockpit.ui.board import Board, Freshness
from cockpit.ui.formats import MISSING, age_words, arrow, percent
from cockpit.ui.topbar import NO_ACCOUNT, NO_INDEX, TopBar, show_figure


def show_day(bar: TopBar, board: Board) -> None:
    """Show the newest figures of the day."""
    _show_index(bar, board)
    _show_money(bar, board)
    bar.show_halt("" if board.halt is Halt.NONE else board.halt.sentence, board.halted_by)


def _show_index(bar: TopBar, board: Board) -> None:
    seen = board.index()
    if seen is None or not seen.is_seen:
        show_figure(bar.index, MISSING, "faint", NO_INDEX)
        return
    grey = seen.freshness.is_doubtful
    tone = "up" if seen.change > 0 else "down" if seen.change < 0 else "hi"
    change = "" if math.isnan(seen.change) else f" {arrow(seen.change)} {percent(abs(seen.change))}"
    told = f"{seen.instrument.symbol} at {hhmmss(seen.ts)}, {seen.freshness.value}, {age_words(seen.age_s)} old"
    show_figure(bar.index, f"{price_text(seen.price)}{change}", tone, told, stale=grey)


def _show_money(bar: TopBar, board: Board) -> None:
    marked: AccountMarked | None = board.newest(AccountMarked)
    if marked is None:
        for stat in (bar.day, bar.equity):
            show_figure(stat, MISSING, "faint", NO_ACCOUNT)
        return
    doubt = board.feed_freshness.is_doubtful and bool(marked.account.positions)
    told = f"as of {hhmmss(marked.ts)}, net of all charges booked"
    if doubt:
        told += f"; prices are {age_words(board.feed_age_s)} old"
    elif board.feed_freshness is Freshness.CLOSED:
        told += "; market closed"
    day = marked.day_net_paise
    tone = "up" if day > 0 else "down" if day < 0 else "hi"
    show_figure(bar.day, rupees(day, sign=True), tone, f"Day P&L {told}", stale=doubt)
    show_figure(bar.equity, rupees(marked.equity.equity_paise), "hi", f"Equity {told}", stale=doubt)
