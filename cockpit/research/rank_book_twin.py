"""The plain twin of the rank book: the same rules in readable Python, charged by the charge table itself.

It is slow and is the oracle: `rank_book.played` must come to the same trades and the same paise on every day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cockpit.orders import Product, Side
from cockpit.paper.costs import ChargeTable
from cockpit.research.rank_book import TICK, TRADE, Book, RankRules, Tape


@dataclass(slots=True)
class _Held:
    shares: int
    paid: int
    charges: int
    entered: int


@dataclass(slots=True)
class _Till:
    cash: int
    held: dict[int, _Held] = field(default_factory=dict)
    trades: list[tuple[int, ...]] = field(default_factory=list)
    turnover: int = 0
    charges: int = 0


def played(tape: Tape, rules: RankRules, table: ChargeTable) -> Book:
    """Play the whole tape by `rules`."""
    till, last, rows = _Till(rules.capital_rupees * 100), dict[int, int](), []
    equity = till.cash
    for t in range(len(tape.days)):
        till.turnover = till.charges = 0
        if t and (t - 1) % rules.every == 0:
            _trade(till, tape, rules, table, t, equity)
        last |= {i: int(price) for i, price in enumerate(tape.closes[t]) if price}
        worth = sum(held.shares * last[i] for i, held in till.held.items())
        equity = till.cash + worth
        rows.append((equity, worth, till.turnover, till.charges))
    kept = np.array(rows, np.int64).T
    return Book(tape.days, kept[0], kept[1], kept[2], kept[3], np.array(till.trades, TRADE))


def _trade(till: _Till, tape: Tape, rules: RankRules, table: ChargeTable, t: int, equity: int) -> None:
    ranks = _ranks(tape.scores[t - 1])
    for i in sorted(till.held):
        stays = ranks.get(i, rules.leave + 1) <= rules.leave or t - till.held[i].entered < rules.hold
        if not stays and tape.opens[t, i] and tape.volume[t, i] > 0 and tape.sd[t, i] >= 0:
            _sell(till, tape, rules, table, t, i)
    for i in sorted((i for i in ranks if ranks[i] <= rules.enter), key=ranks.__getitem__):
        if i not in till.held and len(till.held) < rules.enter and tape.opens[t, i]:
            _buy(till, tape, rules, table, t, i, min(till.cash, equity // rules.enter))


def _ranks(scores: Any) -> dict[int, int]:
    known = [i for i in range(len(scores)) if not math.isnan(scores[i])]
    return {i: place for place, i in enumerate(sorted(known, key=lambda i: -scores[i]), start=1)}


def _sell(till: _Till, tape: Tape, rules: RankRules, table: ChargeTable, t: int, i: int) -> None:
    held = till.held.pop(i)
    got = held.shares * _price(tape, rules, t, i, held.shares, Side.SELL)
    fee = _fee(table, tape.days[t], Side.SELL, got)
    till.cash += got - fee
    till.turnover += got
    till.charges += fee
    till.trades.append((i, held.entered, t, held.shares, held.paid, got, held.charges + fee))


def _buy(till: _Till, tape: Tape, rules: RankRules, table: ChargeTable, t: int, i: int, budget: int) -> None:
    volume, open_ = float(tape.volume[t, i]), int(tape.opens[t, i])
    if not (volume > 0 and tape.sd[t, i] >= 0):
        return
    shares = min(budget // open_, int(volume * rules.participation))
    while shares > 0:
        paid = shares * _price(tape, rules, t, i, shares, Side.BUY)
        fee = _fee(table, tape.days[t], Side.BUY, paid)
        over = paid + fee - budget
        if over <= 0:
            till.cash -= paid + fee
            till.turnover += paid
            till.charges += fee
            till.held[i] = _Held(shares, paid, fee, t)
            return
        shares -= max(1, over // open_)


def _price(tape: Tape, rules: RankRules, t: int, i: int, shares: int, side: Side) -> int:
    worse = rules.slippage + rules.impact * float(tape.sd[t, i]) * math.sqrt(shares / float(tape.volume[t, i]))
    raw = int(tape.opens[t, i]) * (1 + int(side) * worse)
    ticks = math.ceil(raw / TICK) if side is Side.BUY else math.floor(raw / TICK)
    return max(TICK, ticks * TICK)


def _fee(table: ChargeTable, day: Any, side: Side, turnover: int) -> int:
    row = table.row(max(day.astype(object), table.starts_on))
    fee = row.order(Product.CNC, side, turnover).rounded().total
    return fee + (row.dp_charge().rounded().total if side is Side.SELL else 0)
