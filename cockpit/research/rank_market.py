"""The market of rank experiments: prices, scores and who belonged to the universe, each evening as it was known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.leaks.lookahead import Sample, leaks
from cockpit.brains.leaks.spoiling import Inputs, inputs_of, panel_of
from cockpit.brains.pipeline import Pipeline
from cockpit.errors import Abstained
from cockpit.market import DailyPanel
from cockpit.paper.costs import ChargeTable
from cockpit.research.experiment import SCORES, Period, Universe
from cockpit.research.rank_book import Tape

VALUE_DAYS: Final = 20
EXAMINED_DAYS: Final = 420
"""Newest sessions on which scores and universe are examined for knowledge of the future."""


@dataclass(frozen=True)
class RankMarket:
    """A panel with the scores that experiments rank by. Shapes: every array is [day, name] in the panel's order."""

    panel: DailyPanel
    table: ChargeTable

    @cached_property
    def scores(self) -> Mapping[str, NDArray[Any]]:
        """Answer every score of the house, by name; higher is better."""
        return _scores(self.panel)

    @cached_property
    def value_rank(self) -> NDArray[np.int64]:
        """Answer each evening's rank by mean traded value of 20 sessions, 1 the most; 0 where it is not known."""
        return _value_ranks(self.panel)

    @cached_property
    def fingerprint(self) -> str:
        """Answer the hash of all prices and volumes."""
        digest = hashlib.sha256(repr([i.symbol for i in self.panel.instruments]).encode())
        for part in ("days", "open", "close", "volume"):
            digest.update(np.ascontiguousarray(getattr(self.panel, part)).tobytes())
        return digest.hexdigest()

    @cached_property
    def schema(self) -> str:
        """Answer the fingerprint of the code that makes the scores."""
        return Pipeline(SCORES).schema

    def rows(self, period: Period) -> slice:
        """Answer the rows of a period.

        Errors: Abstained when the panel does not reach it.
        """
        days = self.panel.days
        first, last = np.searchsorted(days, np.array([period.begin, period.end], "datetime64[D]"))
        last += last < len(days) and days[last] == np.datetime64(period.end)
        if (first == 0 and days[0] > np.datetime64(period.begin)) or period.end > days[-1].astype(object):
            raise Abstained(f"prices from {days[0]} to {days[-1]} do not cover {period.begin} to {period.end}")
        return slice(int(first), int(last))

    def members(self, universe: Universe) -> NDArray[np.bool_]:
        """Tell who belonged to the universe on each evening."""
        return (self.value_rank >= universe.first) & (self.value_rank <= universe.last)

    def tape(self, period: Period, universe: Universe, score: str, *, late: int = 0) -> Tape:
        """Answer what a book is played on; with `late`, every score is acted on so many sessions later."""
        rows = self.rows(period)
        scores = np.where(self.members(universe), self.scores[score], np.nan)
        if late:
            scores = np.vstack([np.full((late, scores.shape[1]), np.nan), scores[:-late]])
        panel = self.panel
        opens, closes = panel.total(panel.open), panel.total(panel.close)
        return Tape.of(panel.days[rows], opens[rows], closes[rows], panel.volume[rows], scores[rows], self.table)

    def held(self, period: Period, universe: Universe) -> NDArray[np.float64]:
        """Answer what holding all members alike earned from each close to the next, before costs. Shapes: [day - 1]."""
        rows = self.rows(period)
        closes = self.panel.total(self.panel.close)[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            moves = closes[1:] / closes[:-1] - 1
        known = np.isfinite(moves) & self.members(universe)[rows][:-1]
        n = known.sum(axis=1)
        answer: NDArray[np.float64] = np.where(known, moves, 0.0).sum(axis=1) / np.maximum(n, 1)
        return answer

    def coverage(self, period: Period, universe: Universe, score: str) -> float:
        """Answer the share of members that had the score and a price."""
        rows = self.rows(period)
        members = self.members(universe)[rows]
        known = np.isfinite(self.scores[score][rows]) & np.isfinite(self.panel.open[rows])
        return float((members & known).sum() / max(1, members.sum()))

    def forward(self, period: Period, span: int) -> NDArray[np.float64]:
        """Answer returns from the next open to the open `span` sessions later, NaN where not known: [day, name]."""
        opens = self.panel.total(self.panel.open)[self.rows(period)]
        out = np.full(opens.shape, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            out[: -span - 1] = opens[span + 1 :] / opens[1:-span] - 1
        return out

    def examined(self, score: str) -> tuple[str, ...]:
        """Answer where the score or the universe knows the future, each finding naming its column; empty is clean."""

        def subject(inputs: Inputs) -> Mapping[str, NDArray[Any]]:
            panel = panel_of(inputs, self.panel)
            return {score: _scores(panel, (score,))[score], "universe": _value_ranks(panel)}

        newest = self.panel.upto(self.panel.days[-1].astype(object))
        first = max(0, len(newest.days) - EXAMINED_DAYS)
        found = leaks(subject, inputs_of(_from(newest, first)), sample=Sample(n=2, of_each=1))
        return tuple(f"{leak.column} of {leak.day} changes with what came after {leak.cut}" for leak in found)


def _scores(panel: DailyPanel, names: tuple[str, ...] = SCORES) -> Mapping[str, NDArray[Any]]:
    made = Pipeline(names).history(panel)
    return {name: made.values[:, :, made.columns.index(name)] for name in names}


def _value_ranks(panel: DailyPanel) -> NDArray[np.int64]:
    value = panel.close * panel.volume
    known = np.isfinite(value)
    sums = np.cumsum(np.where(known, value, 0.0), axis=0)
    counts = np.cumsum(known, axis=0)
    sums[VALUE_DAYS:] -= sums[:-VALUE_DAYS].copy()
    counts[VALUE_DAYS:] -= counts[:-VALUE_DAYS].copy()
    mean = np.where(counts == VALUE_DAYS, sums / VALUE_DAYS, -np.inf)
    order = np.argsort(-mean, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1, order.shape[1] + 1), order.shape), axis=1)
    ranks[~np.isfinite(mean)] = 0
    return ranks


def _from(panel: DailyPanel, first: int) -> DailyPanel:
    parts = {
        name: getattr(panel, name)[first:]
        for name in ("days", "open", "high", "low", "close", "volume", "delivery", "reinvested")
        if getattr(panel, name) is not None
    }
    return replace(panel, **parts)
