"""Runs a rank experiment: every point on record before it is played, the walk forward through them, and the gate.

The point in force is chosen anew at each refit from what went before it alone; the record of the study is what those
choices earned. Beside it stand holding the market with the same beta, doing nothing, and ranking at random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.learning.ranks import rank_ics
from cockpit.brains.record.accuracy import Estimate, newey_west
from cockpit.errors import Abstained, CockpitError
from cockpit.research.experiment import Experiment, Point, trial_key
from cockpit.research.gate import Judged, Limits, drawdown, judged
from cockpit.research.paths import Combinations, paths, splits
from cockpit.research.rank_book import Book, played
from cockpit.research.rank_market import RankMarket
from cockpit.research.study import Sanity, Study, Tried
from cockpit.research_ports import TrialEnd, TrialResult, TrialStore

SPAN: Final = 5
PLANTED_IC: Final = 0.05
LEAST_NAMES: Final = 20
UNIT_R: Final = 0.01
"""A rank book has no stops: the result of a trade is told in hundredths of what was paid for it."""
CODE: Final = "rank-1"
"""Raised when the book's rules of play change: older trials then no longer answer for new ones."""
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """A book in the words of its trade. Units: ratios, a year has as many sessions as the dates say."""

    label: str
    cagr: float
    alpha: Estimate
    """Mean daily return above holding the market with the same beta, its error knowing ten days of overlap."""
    beta: float
    drawdown: float
    win_rate: float
    deployed: float
    turnover_a_year: float
    charges_a_year: float
    trades: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What an experiment came to."""

    experiment: Experiment
    points: tuple[Figures, ...]
    walked: Figures
    random: Figures
    held_cagr: float
    judged: Judged
    trials: int
    """Trials of this study on record, crashed and cut-off ones included."""


@dataclass(frozen=True, slots=True)
class _Played:
    """The points on the study's sessions. Shapes: returns [session, point]."""

    days: NDArray[Any]
    books: tuple[Book, ...]
    returns: NDArray[np.float64]


def studied(
    experiment: Experiment, market: RankMarket, store: TrialStore, now: Callable[[], int], tell: Tell, limits: Limits
) -> Finished:
    """Run an experiment to its verdict; a run that was cut off goes on, and what is on record is not played again.

    Errors: Abstained where the prices do not cover the period; whatever a point raises, after it is on record.
    """
    points = experiment.points
    normal = _all_played(experiment, market, points, store, now, tell)
    held = market.held(experiment.period, experiment.universe)
    chosen = walk_forward(normal.days, normal.returns, experiment.walk.first, experiment.walk.months, SPAN)
    rows = np.flatnonzero(chosen >= 0)
    returns = normal.returns[rows, chosen[rows]]
    study = Study(
        name=experiment.name,
        sanity=_sanity(experiment, market),
        returns=returns,
        strained=_along(rows, chosen, _variant(experiment, market, points, chosen, strain=2.0)),
        lagged=_along(rows, chosen, _variant(experiment, market, points, chosen, late=1)),
        benchmark=held[rows],
        trades_r=_trades_r(normal.books, chosen, len(normal.days)),
        ics=_ics(experiment, market, points, chosen)[rows],
        span=SPAN,
        is_drawn=False,
        paths=_paths(normal, SPAN),
        turnover=float(np.mean([b.turnover.sum() / b.equity.mean() / len(b.days) for b in normal.books])),
    )
    on_record = store.trials(experiment.name)
    verdict = judged(study, Tried(len(on_record), normal.returns[rows]), limits, seed=experiment.seed)
    walked = _figures("walked forward", normal.days[1:][rows], returns, held[rows], _blend(normal.books, chosen, rows))
    return Finished(
        experiment,
        tuple(
            _figures(point.label, normal.days[1:], book.returns, held, _told(book))
            for point, book in zip(points, normal.books, strict=True)
        ),
        walked,
        _random(experiment, market, held),
        _growth(held[rows], normal.days[1:][rows]),
        verdict,
        len(on_record),
    )


def walk_forward(days: NDArray[Any], returns: NDArray[Any], first: int, months: int, span: int) -> NDArray[np.int64]:
    """Answer which point is in force on each session, -1 before the first refit.

    Chosen by the Sharpe ratio of all sessions before the refit, less the last `span`, whose trades may still be open.
    Shapes: `days` [session + 1], `returns` [session, point].
    """
    out = np.full(len(returns), -1, np.int64)
    of_month = days[1:].astype("datetime64[M]").astype(np.int64)
    begins = np.flatnonzero(np.diff(of_month, prepend=of_month[:1] - 1))
    begins = begins[begins >= first + span][::months]
    if not len(begins):
        raise Abstained(f"{len(returns)} sessions are too few: {first} to choose from and a month after them needed")
    for begin, end in zip(begins, [*begins[1:], len(returns)], strict=True):
        out[begin:end] = _best(returns[: begin - span])
    return out


def _best(past: NDArray[Any]) -> int:
    spread = past.std(axis=0)
    return int(np.argmax(np.where(spread > 0, past.mean(axis=0) / np.where(spread > 0, spread, 1.0), -np.inf)))


def _all_played(
    experiment: Experiment, market: RankMarket, points: Sequence[Point], store: TrialStore, now: Callable[[], int],
    tell: Tell,
) -> _Played:  # fmt: skip
    books = []
    for n, point in enumerate(points):
        tell(point.label, n, len(points))
        books.append(_on_record(experiment, market, point, store, now))
    return _Played(books[0].days, tuple(books), np.stack([book.returns for book in books], axis=1))


def _on_record(
    experiment: Experiment, market: RankMarket, point: Point, store: TrialStore, now: Callable[[], int]
) -> Book:
    key, what = trial_key(experiment, point, market.fingerprint, f"{CODE} {market.schema}")
    trial = store.begin(experiment.name, key, what, now())
    try:
        book = _book(experiment, market, point)
    except CockpitError as fault:
        if trial.end is TrialEnd.CUT_OFF:
            store.end(key, now(), None, str(fault))
        raise
    if trial.end is TrialEnd.CUT_OFF:
        result = TrialResult(book.days[1:], book.returns, {"trades": len(book.trades), "end": float(book.equity[-1])})
        store.end(key, now(), result)
    elif trial.result is None or not np.array_equal(trial.result.returns, book.returns):
        raise CockpitError(
            f"trial {point.label} is on record with another result for the same prices and code",
            remedy="Something that decides the result is not in its hash: do not trust either of the two.",
        )
    return book


def _book(experiment: Experiment, market: RankMarket, point: Point, *, strain: float = 1.0, late: int = 0) -> Book:
    rules = replace(point.rules, slippage=point.rules.slippage * strain, impact=point.rules.impact * strain)
    return played(market.tape(experiment.period, experiment.universe, point.score, late=late), rules)


def _variant(
    experiment: Experiment, market: RankMarket, points: Sequence[Point], chosen: NDArray[Any], *,
    strain: float = 1.0, late: int = 0,
) -> NDArray[np.float64]:  # fmt: skip
    used = set(chosen[chosen >= 0].tolist())
    out = np.full((len(chosen), len(points)), np.nan)
    for n in used:
        out[:, n] = _book(experiment, market, points[n], strain=strain, late=late).returns
    return out


def _along(rows: NDArray[Any], chosen: NDArray[Any], returns: NDArray[Any]) -> NDArray[np.float64]:
    answer: NDArray[np.float64] = returns[rows, chosen[rows]]
    return answer


def _ics(
    experiment: Experiment, market: RankMarket, points: Sequence[Point], chosen: NDArray[Any]
) -> NDArray[np.float64]:
    rows = market.rows(experiment.period)
    forward = market.forward(experiment.period, SPAN)
    members = market.members(experiment.universe)[rows]
    out = np.full(len(chosen), np.nan)
    for n in set(chosen[chosen >= 0].tolist()):
        scores = np.where(members, market.scores[points[n].score][rows], np.nan)
        mine = chosen == n
        out[mine] = rank_ics(scores, forward, LEAST_NAMES)[:-1][mine]
    return out


def _trades_r(books: Sequence[Book], chosen: NDArray[Any], n_days: int) -> NDArray[np.float64]:
    """Answer the trades entered while their point was in force, in order of entry."""
    found: list[tuple[int, float]] = []
    for n, book in enumerate(books):
        for trade in book.trades:
            if chosen[min(int(trade["entered"]), n_days - 2)] == n:
                net = int(trade["got"]) - int(trade["paid"]) - int(trade["charges"])
                found.append((int(trade["entered"]), net / int(trade["paid"]) / UNIT_R))
    return np.array([r for _, r in sorted(found, key=lambda row: row[0])])


def _paths(normal: _Played, span: int) -> NDArray[np.float64]:
    how = Combinations(span)
    days = normal.days[1:]
    said = np.full((how.n_splits, len(days)), np.nan)
    for row, split in enumerate(splits(days, how)):
        best = _best(normal.returns[split.train])
        said[row, split.fold.test] = normal.returns[split.fold.test, best]
    return paths(said, how)


def _sanity(experiment: Experiment, market: RankMarket) -> Sanity:
    point = experiment.points[0]
    rows, forward = market.rows(experiment.period), market.forward(experiment.period, SPAN)
    members = market.members(experiment.universe)[rows]
    rng = np.random.default_rng(experiment.seed)
    known = np.where(members, forward, np.nan)
    standing = (
        known.argsort(axis=1).argsort(axis=1) / np.maximum(np.isfinite(known).sum(axis=1, keepdims=True), 1) - 0.5
    )
    noise = rng.uniform(-0.5, 0.5, known.shape)
    planted = np.where(np.isfinite(known), PLANTED_IC * standing + np.sqrt(1 - PLANTED_IC**2) * noise, np.nan)
    scores = np.where(members, market.scores[point.score][rows], np.nan)
    return Sanity(
        coverage=market.coverage(experiment.period, experiment.universe, point.score),
        same_features=True,  # one pipeline serves backtest, night and live; its fingerprint stands in every trial
        findings=market.examined(point.score),
        planted_t=newey_west(rank_ics(planted, known, LEAST_NAMES), 2 * SPAN).t,
        shuffled_t=newey_west(rank_ics(rng.permuted(scores, axis=1), known, LEAST_NAMES), 2 * SPAN).t,
    )


def _random(experiment: Experiment, market: RankMarket, held: NDArray[Any]) -> Figures:
    tape = market.tape(experiment.period, experiment.universe, experiment.points[0].score)
    rng = np.random.default_rng(experiment.seed)
    scores = np.where(np.isfinite(tape.scores), rng.random(tape.scores.shape), np.nan)
    book = played(replace(tape, scores=scores), experiment.points[0].rules)
    return _figures("ranked at random", book.days[1:], book.returns, held, _told(book))


# -- figures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    win_rate: float
    deployed: float
    turnover: float
    charges: float
    trades: int


def _told(book: Book) -> _Told:
    net = book.trades["got"] - book.trades["paid"] - book.trades["charges"]
    equity = float(book.equity.mean())
    return _Told(
        float((net > 0).mean()) if len(net) else float("nan"),
        float((book.deployed / book.equity).mean()),
        float(book.turnover.sum()) / equity / len(book.days),
        float(book.charges.sum()) / equity / len(book.days),
        len(net),
    )


def _blend(books: Sequence[Book], chosen: NDArray[Any], rows: NDArray[Any]) -> _Told:
    """Answer the books' own figures, each weighed by the sessions it was in force."""
    share = np.bincount(chosen[rows], minlength=len(books)) / len(rows)
    told = [_told(book) for book in books]
    weighed = {
        name: float(sum(s * getattr(t, name) for s, t in zip(share, told, strict=True) if s))
        for name in ("win_rate", "deployed", "turnover", "charges", "trades")
    }
    return _Told(
        weighed["win_rate"], weighed["deployed"], weighed["turnover"], weighed["charges"], int(weighed["trades"])
    )


def _figures(label: str, days: NDArray[Any], returns: NDArray[Any], held: NDArray[Any], told: _Told) -> Figures:
    variance = float(held.var())
    beta = float(np.cov(returns, held, bias=True)[0, 1]) / variance if variance > 0 else 0.0
    a_year = len(returns) / _years(days)
    return Figures(
        label,
        _growth(returns, days),
        newey_west(returns - beta * held, 10),
        beta,
        drawdown(returns),
        told.win_rate,
        told.deployed,
        told.turnover * a_year,
        told.charges * a_year,
        told.trades,
    )


def _growth(returns: NDArray[Any], days: NDArray[Any]) -> float:
    return float(np.prod(1 + returns) ** (1 / _years(days)) - 1)


def _years(days: NDArray[Any]) -> float:
    """Answer how many years the dates span: growth is never made of a typed number of years."""
    return float((days[-1] - days[0]).astype("timedelta64[D]").astype(int) / 365.25)
