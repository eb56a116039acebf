"""A book of the best-ranked names, rebalanced at the open: the compiled sweep of daily cross-sectional experiments.

Decided on the evening of t, traded at the open of t + 1 and never earlier. Shares are whole, money is paise, every
order pays its delivery charges and its slippage, a price is rounded to the tick against the trader. A name that does
not trade on a day is neither bought nor sold that day. A plain Python twin stands beside it (`rank_book_twin.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cockpit.errors import BadInput
from cockpit.paper.costs import ChargeTable
from cockpit.research.tariff import delivery_charges, tariffs

TICK: Final = 5
"""Paise."""
HELD: Final = np.dtype(
    [("shares", "i8"), ("paid", "i8"), ("charges", "i8"), ("entered", "i8"), ("last", "i8")], align=True
)
"""What the book carries for one name; `last` is its newest close in paise."""
TILL: Final = np.dtype(
    [("cash", "i8"), ("equity", "i8"), ("n_trades", "i8"), ("turnover", "i8"), ("charges", "i8")], align=True
)
"""What it carries in all; turnover and charges are the session's."""
TRADE: Final = np.dtype(
    [
        ("name", "i8"),
        ("entered", "i8"),  # row of the session
        ("left", "i8"),
        ("shares", "i8"),
        ("paid", "i8"),  # paise, without charges
        ("got", "i8"),
        ("charges", "i8"),
    ],
    align=True,
)


@dataclass(frozen=True, slots=True)
class RankRules:
    """How the book is kept. Units: ranks from 1, sessions, rupees, ratios."""

    enter: int = 10
    """Names held, and the worst rank that is bought."""
    leave: int = 30
    """The worst rank that stays; nobody is sold while ranked so or better."""
    hold: int = 1
    """Sessions for which a name is kept whatever its rank."""
    every: int = 1
    """Sessions between two looks at the ranking."""
    capital_rupees: int = 1_000_000
    slippage: float = 0.0005
    """Half the spread and what is lost on the way, of each side."""
    impact: float = 1.0
    """Y of the square-root law: Y * daily sd * sqrt(shares / mean daily volume)."""
    participation: float = 0.01
    """Largest order as a share of the mean daily volume."""

    def __post_init__(self) -> None:
        if not (1 <= self.enter <= self.leave and self.hold >= 1 and self.every >= 1):
            raise BadInput(f"{self}: 1 <= enter <= leave, and hold and every of 1 or more expected")
        if self.slippage < 0 or self.impact < 0 or not 0 < self.participation <= 1 or self.capital_rupees < 1:
            raise BadInput(f"{self}: slippage and impact of 0 or more, a participation in (0, 1], capital expected")


@dataclass(frozen=True, slots=True)
class Tape:
    """What the book is played on. Shapes: [session, name] unless said.

    Units: opens and closes in paise (0 where the name did not trade), `sd` the daily standard deviation of returns and
    `volume` the mean daily shares, both as known on the evening before; `scores` higher is better, NaN is not eligible.
    """

    days: NDArray[Any]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    sd: NDArray[np.float64]
    volume: NDArray[np.float64]
    scores: NDArray[np.float64]
    tariff: NDArray[Any]
    """`TARIFF` [session]."""

    @classmethod
    def of(
        cls, days: NDArray[Any], opens: NDArray[Any], closes: NDArray[Any], volume: NDArray[Any],
        scores: NDArray[Any], table: ChargeTable,
    ) -> Tape:  # fmt: skip
        """Make a tape of prices in rupees (NaN where missing) and shares."""
        traded = np.isfinite(opens) & np.isfinite(closes) & (opens > 0) & (closes > 0) & ~(volume == 0)
        paise = [np.where(traded, np.rint(np.where(traded, p, 0) * 100), 0).astype(np.int64) for p in (opens, closes)]
        sd, mean_volume = _known_before(closes, volume)
        return cls(days, paise[0], paise[1], sd, mean_volume, np.asarray(scores, np.float64), tariffs(table, days))


@dataclass(frozen=True, slots=True)
class Book:
    """What a book came to. Units: paise. Shapes: int64 [session], trades `TRADE` [trade].

    What is still held at the end is marked at its last price and is no trade.
    """

    days: NDArray[Any]
    equity: NDArray[np.int64]
    deployed: NDArray[np.int64]
    turnover: NDArray[np.int64]
    charges: NDArray[np.int64]
    trades: NDArray[Any]

    @property
    def returns(self) -> NDArray[np.float64]:
        """Answer the daily returns on equity, the first day's being what its own trades cost."""
        answer: NDArray[np.float64] = np.diff(self.equity) / self.equity[:-1]
        return answer


def played(tape: Tape, rules: RankRules) -> Book:
    """Play the whole tape by `rules`."""
    n_days, n_names = tape.opens.shape
    kept = np.zeros((4, n_days), np.int64)
    trades = np.zeros(n_days * rules.enter + 1, TRADE)
    held, till = np.zeros(n_names, HELD), np.zeros(1, TILL)
    till["cash"] = till["equity"] = rules.capital_rupees * 100
    market = (tape.opens, tape.closes, tape.sd, tape.volume, tape.scores, tape.tariff)
    limits = (rules.enter, rules.leave, rules.hold, rules.every, rules.slippage, rules.impact, rules.participation)
    play: Callable[..., None] = _play
    play(*market, *limits, held, till, kept, trades)
    return Book(tape.days, kept[0], kept[1], kept[2], kept[3], trades[: int(till["n_trades"][0])])


def _known_before(closes: NDArray[Any], volume: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer (sd of 20 daily log returns, mean volume of 20 sessions), of the evening before each session."""
    moves = np.diff(np.log(np.where(closes > 0, closes, np.nan)), axis=0, prepend=np.nan)
    return _trailing(moves, spread=True), _trailing(np.asarray(volume, np.float64), spread=False)


def _trailing(values: NDArray[Any], *, spread: bool, window: int = 20) -> NDArray[np.float64]:
    out = np.full(values.shape, np.nan)
    for k in range(window, len(values)):
        part = values[k - window : k]
        whole = np.isfinite(part).all(axis=0)
        out[k, whole] = part[:, whole].std(axis=0) if spread else part[:, whole].mean(axis=0)
        # A hole in the last sessions must not keep a name from being sold: the newest figure that is known stands.
        out[k, ~whole] = out[k - 1, ~whole]
    return out


@njit(cache=True, nogil=True)
def ranked(scores: NDArray[Any]) -> NDArray[np.int64]:
    """Answer the rank of each name, 1 the best, 0 for one without a score; ties go to the earlier column."""
    order = np.argsort(-scores, kind="mergesort")
    ranks = np.zeros(len(scores), np.int64)
    place = 0
    for i in order:
        if not np.isnan(scores[i]):
            place += 1
            ranks[i] = place
    return ranks


@njit(cache=True, nogil=True)
def filled_price(
    price: int, shares: int, is_buy: bool, sd: float, volume: float, slippage: float, impact: float
) -> int:
    """Answer the price an order gets: the open, worse by slippage and impact, rounded to the tick against it."""
    worse = slippage + impact * sd * np.sqrt(shares / volume)
    raw = price * (1 + worse) if is_buy else price * (1 - worse)
    ticks = np.ceil(raw / TICK) if is_buy else np.floor(raw / TICK)
    return max(TICK, int(ticks) * TICK)


@njit(cache=True, nogil=True)
def affordable(
    cash: int, price: int, sd: float, volume: float, tariff: Any, slippage: float, impact: float, part: float
) -> int:
    """Answer how many shares `cash` buys with slippage and charges paid, within the share of daily volume."""
    if not (volume > 0 and sd >= 0) or price <= 0:
        return 0
    shares = min(cash // price, int(volume * part))
    while shares > 0:
        paid = shares * filled_price(price, shares, True, sd, volume, slippage, impact)
        over = paid + delivery_charges(paid, True, tariff) - cash
        if over <= 0:
            return shares
        shares -= max(1, over // price)
    return 0


@njit(cache=True, nogil=True)
def _play(
    opens: Any, closes: Any, sd: Any, volume: Any, scores: Any, tariff: Any, enter: int, leave: int, hold: int,
    every: int, slippage: float, impact: float, part: float, held: Any, till: Any, kept: Any, trades: Any,
) -> None:  # fmt: skip
    for t in range(len(opens)):
        purse = till[0]
        purse.turnover = purse.charges = 0
        if t > 0 and (t - 1) % every == 0:
            ranks = ranked(scores[t - 1])
            _sell(t, ranks, opens[t], sd[t], volume[t], tariff[t], leave, hold, slippage, impact, held, purse, trades)
            _buy(t, ranks, opens[t], sd[t], volume[t], tariff[t], enter, slippage, impact, part, held, purse)
        worth = 0
        for i in range(len(held)):
            if closes[t, i] > 0:
                held[i].last = closes[t, i]
            worth += held[i].shares * held[i].last
        purse.equity = purse.cash + worth
        kept[0, t], kept[1, t], kept[2, t], kept[3, t] = purse.equity, worth, purse.turnover, purse.charges


@njit(cache=True, nogil=True)
def _sell(
    t: int, ranks: Any, opens: Any, sd: Any, volume: Any, tariff: Any, leave: int, hold: int, slippage: float,
    impact: float, held: Any, purse: Any, trades: Any,
) -> None:  # fmt: skip
    """Let go of what has fallen behind, as far as it trades today."""
    for i in range(len(held)):
        name = held[i]
        stays = 0 < ranks[i] <= leave or t - name.entered < hold
        if name.shares == 0 or stays or opens[i] == 0 or not (volume[i] > 0 and sd[i] >= 0):
            continue
        got = name.shares * filled_price(opens[i], name.shares, False, sd[i], volume[i], slippage, impact)
        fee = delivery_charges(got, False, tariff) + tariff.dp
        purse.cash += got - fee
        purse.turnover += got
        purse.charges += fee
        row = trades[purse.n_trades]
        row.name, row.entered, row.left, row.shares = i, name.entered, t, name.shares
        row.paid, row.got, row.charges = name.paid, got, name.charges + fee
        purse.n_trades += 1
        name.shares = 0


@njit(cache=True, nogil=True)
def _buy(
    t: int, ranks: Any, opens: Any, sd: Any, volume: Any, tariff: Any, enter: int, slippage: float, impact: float,
    part: float, held: Any, purse: Any,
) -> None:  # fmt: skip
    """Fill the free places with the best ranked that trade today, best first."""
    n_held = 0
    for i in range(len(held)):
        n_held += held[i].shares > 0
    for i in np.argsort(ranks, kind="mergesort"):
        name = held[i]
        if not 0 < ranks[i] <= enter or name.shares > 0 or n_held >= enter or opens[i] == 0:
            continue
        budget = min(purse.cash, purse.equity // enter)
        bought = affordable(budget, opens[i], sd[i], volume[i], tariff, slippage, impact, part)
        if bought == 0:
            continue
        paid = bought * filled_price(opens[i], bought, True, sd[i], volume[i], slippage, impact)
        fee = delivery_charges(paid, True, tariff)
        purse.cash -= paid + fee
        purse.turnover += paid
        purse.charges += fee
        name.shares, name.paid, name.charges, name.entered = bought, paid, fee, t
        n_held += 1
