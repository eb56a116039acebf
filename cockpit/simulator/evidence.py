"""The practice market as an evening's evidence: all of it invented, labelled PRACTICE, none of it ahead of its time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from datetime import time as clock_time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import instant
from cockpit.evidence import (
    ACTION,
    DEAL,
    INDEX_DAY,
    ITEMS,
    MORNING,
    NIGHT,
    Evidence,
    Headline,
    Missing,
    Origin,
    Rows,
    Sourced,
    Table,
    instants,
)
from cockpit.simulator.accounts_filed import Filer, drawn_habits
from cockpit.simulator.draws import draws
from cockpit.simulator.effects import SESSIONS_A_YEAR
from cockpit.simulator.market import PracticeMarket
from cockpit.simulator.news import CLIENTS, SOURCE, Deal, deals_of, headlines_before
from cockpit.simulator.news import Headline as Published
from cockpit.simulator.traits import drawn_traits, results_days

AS_OF: Final = clock_time(20, 0)
RESULTS: Final = "Financial Results"
FUNDS: Final = frozenset({"PRACTICE FUND A", "PRACTICE FUND B", "PRACTICE INSURER", "PRACTICE TRUST"})
A_SHARE: Final = tuple(ITEMS.index(item) for item in ("eps",))
SHARES: Final = ITEMS.index("shares")


def practice_evidence(market: PracticeMarket, session: date) -> Evidence:
    """Answer the evening of `session` on the practice market, as known at 20:00.

    Institutions, holdings and derivatives are not part of the practice market: those tables are Missing. Figures a
    share are in the shares of `session`, as the prices are.
    Errors: BadInput when `session` is none of the market's.
    """
    as_of = instant(session, AS_OF)
    upto = market.days.index(market.session(session).day)
    press = _Press(market)
    for t in range(min(upto + 2, len(market.days))):  # the next session's news begins to come out this evening
        press.open(t, has_closed=t <= upto)
    origin = Origin(f"{SOURCE} seed {market.seed}", newest=as_of, fetched=as_of)
    factor = _shares_today(market, upto)
    return Evidence(
        session=session,
        as_of=as_of,
        prices=Sourced(market.daily_panel(session), origin),
        index=Sourced(_index(market, session), origin),
        filings=_table(_in_todays_shares(press.filings, market, factor), "filings", origin),
        surprises=_table(_in_todays_shares(press.surprises, market, factor), "surprises", origin),
        ownership=_nobody("ownership"),
        deals=_table([_deals(press.deals)], "deals", origin),
        flows=_nobody("flows"),
        positioning=_nobody("positioning"),
        actions=_table([_actions(market, session)], "actions", origin),
        headlines=Sourced(tuple(_headline(h) for h in press.headlines), origin),
        surveillance=Sourced({}, origin),
    ).known(session, as_of)


@dataclass(slots=True)
class _Press:
    """Collect, session by session, what is published."""

    market: PracticeMarket
    headlines: list[Published] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    filings: list[tuple[int, Rows]] = field(default_factory=list)
    surprises: list[tuple[int, Rows]] = field(default_factory=list)
    _filer: Filer = field(init=False)
    _results: NDArray[Any] = field(init=False)
    _n_sectors: int = field(init=False)
    _place: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        listings, seed = self.market.listings, self.market.seed
        traits = drawn_traits(seed, listings)
        self._n_sectors = traits.n_sectors
        self._filer = Filer(drawn_habits(seed, len(listings)), traits.start / 100)
        self._results = results_days(seed, len(listings), self.market.days)
        self._place = {x.token: k for k, x in enumerate(listings)}

    def open(self, t: int, *, has_closed: bool) -> None:
        """Publish what comes before session `t`, and what its evening brings when it has closed."""
        market, day = self.market, self.market.days[t]
        dice = draws(market.seed, day, len(market.listings), self._n_sectors)
        news = headlines_before(market.seed, day, market.listings, dice, self._results[t])
        self.headlines += news
        told = [(self._place[h.token], h.ts) for h in news if h.kind == "results"]
        if told:
            names, visible = (np.array(column) for column in zip(*sorted(told), strict=True))
            filings, surprises = self._filer.file(names, day, visible, dice.surprise[names])
            self.filings.append((t, filings))
            self.surprises.append((t, surprises))
        if has_closed:
            h = market.history
            self.deals += deals_of(market.seed, market.session(day), market.listings, dice, h.close[t], h.volume[t])


def _headline(published: Published) -> Headline:
    category = RESULTS if published.kind == "results" else ""
    return Headline(published.ts, published.token, published.text, published.source, category)


def _shares_today(market: PracticeMarket, upto: int) -> NDArray[Any]:
    """Answer into how many shares of session `upto` one share of the history's first day has been split, by name."""
    return np.asarray(np.prod(market.history.split[: upto + 1].astype(np.float64), axis=0))


def _in_todays_shares(parts: list[tuple[int, Rows]], market: PracticeMarket, factor: NDArray[Any]) -> list[Rows]:
    tokens = np.array([x.token for x in market.listings])
    answers = []
    for _, rows in parts:
        place = rows["token"]
        if "item" in (rows.dtype.names or ()):
            share, count = np.isin(rows["item"], A_SHARE), rows["item"] == SHARES
            rows["value"] = np.where(share, rows["value"] / factor[place], rows["value"])
            rows["value"] = np.where(count, rows["value"] * factor[place], rows["value"])
        else:
            rows["estimate"], rows["reported"] = rows["estimate"] / factor[place], rows["reported"] / factor[place]
        rows["token"] = tokens[place]
        answers.append(rows)
    return answers


def _table(parts: Iterable[Rows], what: str, origin: Origin) -> Table:
    filled = [rows for rows in parts if len(rows)]
    if not filled:
        return Missing(what, "nothing was published on the practice market so far")
    rows = np.concatenate(filled)
    return Sourced(rows[np.argsort(rows["visible"], kind="stable")], origin)


def _nobody(what: str) -> Missing:
    return Missing(what, "the practice market has no such thing, and none is made up for it")


def _deals(deals: list[Deal]) -> Rows:
    rows: Rows = np.zeros(len(deals), dtype=DEAL)
    for row, deal in zip(rows, deals, strict=True):
        row["token"], row["day"], row["visible"], row["side"] = deal.token, deal.day, deal.ts, int(deal.side)
        row["quantity"], row["price"] = deal.quantity, deal.price
        row["client"], row["is_fund"] = CLIENTS.index(deal.client), deal.client in FUNDS
    return rows


def _actions(market: PracticeMarket, session: date) -> Rows:
    actions = market.corporate_actions(session)
    rows: Rows = np.zeros(len(actions), dtype=ACTION)
    for row, action in zip(rows, actions, strict=True):
        row["token"], row["ex_day"], row["shares"] = action.token, action.ex_day, action.shares
    rows["visible"] = instants(rows["ex_day"], MORNING)
    return rows


def _index(market: PracticeMarket, session: date) -> Rows:
    """Answer the index with its practice volatility: the market's own of the day, in percent a year as VIX is."""
    days, levels = market.index_daily(session)
    rows: Rows = np.zeros(len(days), dtype=INDEX_DAY)
    rows["day"] = days
    for place, column in enumerate(("open", "high", "low", "close")):
        rows[column] = levels[:, place]
    rows["vix"] = market.history.market[: len(days)] * np.sqrt(SESSIONS_A_YEAR) * 100
    rows["visible"] = instants(days, NIGHT)
    return rows
