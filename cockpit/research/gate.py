"""The gate between research and paper: sanity, performance, statistics; each check with its value and its limit.

PASS needs every check. FAIL means something speaks against it; NOT PROVEN means too little speaks for it, and says how
long a record would. "Not proven" is not "bad": of strategies with a true yearly ratio of 1.5, three years prove 3 %.
Source of limits: the project's plan of its gate; of methods: the modules that hold them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.record.accuracy import newey_west
from cockpit.errors import Abstained, BadInput
from cockpit.research.overfit import overfit
from cockpit.research.resampled import interval, superior
from cockpit.research.sharpe import SESSIONS_A_YEAR, deflated, periods_needed, record_of
from cockpit.research.study import Study, Tried

ROOT_YEAR: Final = math.sqrt(SESSIONS_A_YEAR)


class Verdict(StrEnum):
    """What the gate says."""

    PASS = "PASS"
    NOT_PROVEN = "NOT PROVEN"
    FAIL = "FAIL"


class Tier(StrEnum):
    """In which order the gate asks."""

    SANITY = "sanity"
    PERFORMANCE = "performance"
    STATISTICS = "statistics"


@dataclass(frozen=True, slots=True)
class Check:
    """One question with its answer in words and both numbers."""

    tier: Tier
    sentence: str
    verdict: Verdict
    value: str
    limit: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict with every check, and how many sessions more would prove what was seen, if it is true."""

    name: str
    verdict: Verdict
    checks: tuple[Check, ...]
    sessions: int
    sessions_needed: float
    """By the minimum track record length; inf where what was seen is not above zero."""
    break_even: float
    """Win rate at which its average win and loss would earn nothing; NaN without wins or losses."""
    win_rate: float

    @property
    def missing(self) -> tuple[str, ...]:
        """Answer what keeps it from passing, in words."""
        return tuple(f"{c.sentence} {c.value}, limit {c.limit}" for c in self.checks if c.verdict is not Verdict.PASS)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gate asks for."""

    coverage: float = 0.95
    trades: int = 30
    sessions: int = 250
    planted_t: float = 2.0
    shuffled_t: float = 2.0
    ic_t: float = 2.0
    sharpe_a_year: float = 0.5
    drawdown: float = 0.20
    lag_loss: float = 0.5
    deflated: float = 0.95
    overfit: float = 0.20
    coin: float = 0.50
    """An overfitting probability above this is worse than choosing at random: that is a no, not a lack of proof."""
    superior_p: float = 0.05
    paths: float = 0.70
    draws: int = 1000
    blocks: int = 16


def judged(study: Study, tried: Tried, limits: Limits | None = None, *, seed: int = 0) -> Judged:
    """Ask every check about `study` and answer them all; nothing is skipped because something else failed.

    Errors: BadInput when fewer trials are counted than returns of trials are given: some were not in the ledger.
    """
    asked = limits or Limits()
    if tried.count < max(1, tried.returns.shape[1]):
        raise BadInput(
            f"{tried.count} trials in the ledger, {tried.returns.shape[1]} with returns: one is not on record"
        )
    checks = (*_sanity(study, asked), *_performance(study, asked, seed), *_statistics(study, tried, asked, seed))
    said = {check.verdict for check in checks}
    verdict = next(v for v in (Verdict.FAIL, Verdict.NOT_PROVEN, Verdict.PASS) if v in said)
    win_rate, break_even = win_rates(study.trades_r)
    needed = _or_else(lambda: periods_needed(record_of(study.returns)), math.inf)
    return Judged(study.name, verdict, checks, len(study.returns), needed, break_even, win_rate)


def win_rates(trades_r: NDArray[Any]) -> tuple[float, float]:
    """Answer (win rate, the win rate at which these wins and losses earn nothing); NaN where there are none."""
    if not len(trades_r):
        return math.nan, math.nan
    wins, losses = trades_r[trades_r > 0], -trades_r[trades_r <= 0]
    rate = len(wins) / len(trades_r)
    if not len(wins) or not len(losses) or wins.mean() + losses.mean() == 0:
        return rate, math.nan
    return rate, float(losses.mean() / (wins.mean() + losses.mean()))


def drawdown(returns: NDArray[Any]) -> float:
    """Answer the deepest fall of equity from its peak, as a share of the peak."""
    equity = np.concatenate([[1.0], np.cumprod(1 + returns)])
    return float((1 - equity / np.maximum.accumulate(equity)).max())


# -- sanity ----------------------------------------------------------------------------------------------------------


def _sanity(study: Study, asked: Limits) -> Iterator[Check]:
    s, tier = study.sanity, Tier.SANITY
    yield _at_least(tier, "Share of cells with every input:", s.coverage, asked.coverage, "{:.1%}")
    yield _at_least(tier, "Closed trades:", len(study.trades_r), asked.trades, "{:.0f}", short=Verdict.NOT_PROVEN)
    yield _at_least(tier, "Sessions tested:", len(study.returns), asked.sessions, "{:.0f}", short=Verdict.NOT_PROVEN)
    same = Verdict.NOT_PROVEN if s.same_features is None else Verdict.PASS if s.same_features else Verdict.FAIL
    words = {None: "not checked", True: "the same", False: "different"}[s.same_features]
    yield Check(tier, "Features of training and of live:", same, words, "the same")
    yield _clean(s.findings)
    yield _at_least(tier, "t of a planted rank IC of 0.05:", s.planted_t, asked.planted_t, "{:.1f}")
    unsure = math.isnan(s.shuffled_t)
    shuffled = Verdict.NOT_PROVEN if unsure else Verdict.PASS if abs(s.shuffled_t) < asked.shuffled_t else Verdict.FAIL
    yield Check(tier, "t of shuffled labels:", shuffled, _said(s.shuffled_t, "{:.1f}"), f"under {asked.shuffled_t:g}")


def _clean(findings: tuple[str, ...] | None) -> Check:
    sentence, limit = "Look-ahead and warm-up:", "no finding"
    if findings is None:
        return Check(Tier.SANITY, sentence, Verdict.NOT_PROVEN, "not checked", limit)
    return Check(
        Tier.SANITY, sentence, Verdict.FAIL if findings else Verdict.PASS, "; ".join(findings) or "clean", limit
    )


# -- performance -----------------------------------------------------------------------------------------------------


def _performance(study: Study, asked: Limits, seed: int) -> Iterator[Check]:
    tier = Tier.PERFORMANCE
    if study.ics is not None:
        found = newey_west(study.ics, 2 * study.span)
        yield _worth(tier, "t of the mean rank IC:", found.t, asked.ic_t, "{:.1f}", found.mean)
    yield _expectancy(study.trades_r, asked, seed)
    mean = float(study.returns.mean())
    ratio = _or_else(lambda: record_of(study.returns).sharpe * ROOT_YEAR, math.nan)
    yield _worth(tier, "Sharpe ratio a year, net:", ratio, asked.sharpe_a_year, "{:.2f}", mean)
    strained = _or_else(lambda: record_of(study.strained).sharpe * ROOT_YEAR, math.nan)
    yield _worth(tier, "Sharpe ratio a year at twice the slippage:", strained, 0.0, "{:.2f}", strained)
    matched = _matched(study)
    held = _or_else(lambda: record_of(matched).sharpe * ROOT_YEAR, 0.0)
    yield _worth(tier, "Sharpe ratio against holding as much of the market:", ratio, held, "{:.2f}", mean)
    deepest = drawdown(study.returns)
    sunk = Verdict.PASS if deepest <= asked.drawdown else Verdict.FAIL
    yield Check(tier, "Deepest drawdown:", sunk, f"{deepest:.1%}", f"{asked.drawdown:.0%}")
    yield _seeds(study)


def _expectancy(trades_r: NDArray[Any], asked: Limits, seed: int) -> Check:
    rate, even = win_rates(trades_r)
    wins = f"wins {_said(rate, '{:.1%}')}, breaks even at {_said(even, '{:.1%}')}"
    sentence = f"Net expectancy of a trade, lower 90 % bound ({wins}):"
    found = _or_else(lambda: interval(trades_r, draws=asked.draws, seed=seed), None)
    if found is None:
        return Check(Tier.PERFORMANCE, sentence, Verdict.NOT_PROVEN, "too few trades", "above 0 R")
    verdict = Verdict.PASS if found.low > 0 else Verdict.FAIL if found.high < 0 else Verdict.NOT_PROVEN
    return Check(Tier.PERFORMANCE, sentence, verdict, f"{found.low:+.3f} R (mean {found.value:+.3f})", "above 0 R")


def _matched(study: Study) -> NDArray[Any]:
    """Answer what holding the market with the study's own beta earned."""
    variance = float(study.benchmark.var())
    beta = float(np.cov(study.returns, study.benchmark, bias=True)[0, 1]) / variance if variance > 0 else 0.0
    answer: NDArray[Any] = beta * study.benchmark
    return answer


def _seeds(study: Study) -> Check:
    sentence, limit, seeds = "Mean return a session of the worst seed:", "above 0", study.seeds
    if not study.is_drawn:
        return Check(Tier.PERFORMANCE, sentence, Verdict.PASS, "nothing is drawn at random", limit)
    if seeds is None:
        return Check(Tier.PERFORMANCE, sentence, Verdict.NOT_PROVEN, "one seed only", limit)
    worst = float(seeds.mean(axis=1).min())
    verdict = Verdict.PASS if worst > 0 else Verdict.NOT_PROVEN
    return Check(Tier.PERFORMANCE, sentence, verdict, f"{worst * 1e4:+.2f} bp of {len(seeds)} seeds", limit)


# -- statistics ------------------------------------------------------------------------------------------------------


def _statistics(study: Study, tried: Tried, asked: Limits, seed: int) -> Iterator[Check]:
    tier = Tier.STATISTICS
    found = _or_else(lambda: _deflated(study, tried), math.nan)
    words = f"Deflated Sharpe ratio over all {tried.count} trials on record:"
    yield _at_least(tier, words, found, asked.deflated, "{:.3f}", short=Verdict.NOT_PROVEN)
    yield _overfit(tried, asked)
    rival = tried.incumbent if tried.incumbent is not None else _matched(study)
    name = "what is in force" if tried.incumbent is not None else "holding as much of the market"
    p = _or_else(lambda: superior((study.returns - rival)[:, None], draws=asked.draws, seed=seed).p, math.nan)
    proven = Verdict.PASS if p <= asked.superior_p else Verdict.NOT_PROVEN
    yield Check(tier, f"p of not beating {name}:", proven, _said(p, "{:.3f}"), f"{asked.superior_p:g}")
    yield _paths(study.paths, asked)
    yield _fragile(study, asked)


def _deflated(study: Study, tried: Tried) -> float:
    moving = tried.returns[:, tried.returns.std(axis=0) > 0]
    ratios = [record_of(column).sharpe for column in moving.T]
    variance = float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0
    return deflated(record_of(study.returns), tried.count, variance)


def _overfit(tried: Tried, asked: Limits) -> Check:
    sentence, limit = "Probability that the best of the trials was only the luckiest:", f"{asked.overfit:.2f}"
    if tried.count == 1:
        return Check(Tier.STATISTICS, sentence, Verdict.PASS, "one trial: nothing was chosen", limit)
    p = _or_else(lambda: overfit(tried.returns, asked.blocks).probability, math.nan)
    if math.isnan(p):
        return Check(Tier.STATISTICS, sentence, Verdict.NOT_PROVEN, "too few returns of trials", limit)
    verdict = Verdict.PASS if p <= asked.overfit else Verdict.FAIL if p > asked.coin else Verdict.NOT_PROVEN
    return Check(Tier.STATISTICS, sentence, verdict, f"{p:.2f}", limit)


def _paths(paths: NDArray[Any] | None, asked: Limits) -> Check:
    sentence, limit = "Share of combinatorial paths that earn:", f"{asked.paths:.0%}"
    if paths is None:
        return Check(Tier.STATISTICS, sentence, Verdict.NOT_PROVEN, "not walked", limit)
    share = float((paths.mean(axis=1) > 0).mean())
    verdict = Verdict.PASS if share >= asked.paths else Verdict.FAIL if share < asked.coin else Verdict.NOT_PROVEN
    return Check(Tier.STATISTICS, sentence, verdict, f"{share:.0%} of {len(paths)}", limit)


def _fragile(study: Study, asked: Limits) -> Check:
    sentence, limit = "Share of the Sharpe ratio lost one bar later:", f"{asked.lag_loss:.0%}"
    now = _or_else(lambda: record_of(study.returns).sharpe, math.nan)
    later = _or_else(lambda: record_of(study.lagged).sharpe, math.nan)
    lost = 1 - later / now if now > 0 else math.nan
    verdict = Verdict.PASS if lost <= asked.lag_loss else Verdict.NOT_PROVEN
    return Check(Tier.STATISTICS, sentence, verdict, _said(lost, "{:.0%}"), limit)


# -- words -----------------------------------------------------------------------------------------------------------


def _at_least(
    tier: Tier, sentence: str, value: float, limit: float, form: str, *, short: Verdict = Verdict.FAIL
) -> Check:
    unsure = math.isnan(value)
    verdict = Verdict.NOT_PROVEN if unsure else Verdict.PASS if value >= limit else short
    return Check(tier, sentence, verdict, _said(value, form), form.format(limit))


def _worth(tier: Tier, sentence: str, value: float, limit: float, form: str, mean: float) -> Check:
    """Judge a figure of merit: below its limit is not proven, with a mean at or below zero it fails."""
    passed = value > limit if limit == 0 else value >= limit
    verdict = Verdict.PASS if passed else Verdict.FAIL if mean <= 0 else Verdict.NOT_PROVEN
    return Check(tier, sentence, verdict, _said(value, form), form.format(limit))


def _said(value: float, form: str) -> str:
    return "cannot be told" if math.isnan(value) else form.format(value)


def _or_else(figure: Callable[[], Any], absent: Any) -> Any:
    """Answer a figure, or `absent` where there is too little to make it of: no check passes on what is absent."""
    try:
        return figure()
    except Abstained:
        return absent
