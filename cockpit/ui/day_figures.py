"""What the top bar says of a board: index, money and halt; what is stale is grey, what is missing a dash and why."""

from __future__ import annotations

import math
from typing import Final

from cockpit.clock import hhmmss
from cockpit.facts import AccountMarked, Halt, ScanPublished
from cockpit.money import price_text, rupees
from cockpit.opinions import RegimeState
from cockpit.ui.board import Board, Freshness
from cockpit.ui.formats import MISSING, age_words, arrow, percent
from cockpit.ui.topbar import NO_ACCOUNT, NO_INDEX, NO_REGIME, NOT_MEASURED, TopBar, show_figure

WEATHER: Final = {RegimeState.BULL: ("▲", "up"), RegimeState.NEUTRAL: ("●", "hi"), RegimeState.WEAK: ("▼", "warn")}
"""The weather's sign and colour; the word stands beside them, so neither is the only sign."""


def show_day(bar: TopBar, board: Board) -> None:
    """Show the newest figures of the day."""
    _show_regime(bar, board)
    _show_index(bar, board)
    _show_money(bar, board)
    bar.show_halt("" if board.halt is Halt.NONE else board.halt.sentence, board.halted_by)


def _show_regime(bar: TopBar, board: Board) -> None:
    published: ScanPublished | None = board.newest(ScanPublished)
    regime = None if published is None else published.scan.regime
    if published is None or regime is None:
        show_figure(bar.regime, NOT_MEASURED, "faint", NO_REGIME)
        return
    sign, tone = WEATHER[regime.state]
    words = f"{sign} {regime.state.value}" + (" ?" if regime.reason else f" {regime.days_held} d")
    evidence = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in regime.evidence)
    told = (
        f"Regime of {published.scan.session:%d %b %Y}: {regime.state.value}"
        + (f", because {regime.reason}" if regime.reason else f" for {regime.days_held} sessions; {evidence}")
        + f". Exposure up to {percent(published.scan.exposure, 0)} of equity."
    )
    show_figure(bar.regime, words, tone, told)


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
