"""The fundamental brain: what a company earns and owns for its price, how sound its accounts are, and what surprised.

Every figure counts from the evening its filing could be read. Filings of the whole past are rare, so the brain tells
itself whether enough was knowable to be tested; if not, it may speak live with a small voice, and no backtest of it
means anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.filings import accounts, earnings, piotroski
from cockpit.brains.filings.accounts import Standing, standings
from cockpit.brains.filings.as_known import Evenings, known_share
from cockpit.brains.filings.earnings import Results, results_of
from cockpit.brains.filings.measures import Measure, among_sector, laid, schema_of
from cockpit.brains.filings.piotroski import asked, ratio
from cockpit.errors import Abstained
from cockpit.evidence import Evidence, Missing, Rows, Table
from cockpit.market import Instrument
from cockpit.opinions import FeatureHistory

ENOUGH_KNOWN: Final = 0.3
"""Share of (name, session) cells of a training window that must be known for a backtest to mean anything."""
LIFE_DAYS: Final = 400
"""A year's accounts are old when no newer ones came for so long; a company files every year."""
FEWEST_ANSWERS: Final = 5
"""A score of fewer questions than this is not Piotroski's."""
FEWEST_PARTS: Final = 2
UNIT_BREAK: Final = 2.0
"""A yearly yield beyond this is a figure in another unit, not a bargain."""
EXTREME_GROWTH: Final = 3.0
NEVER_OLD: Final = frozenset({"sue", "surprise", "result_age"})

MEASURES: Final = (
    Measure("f_share", "ratio", 0, "answers {value:.0f} % of the Piotroski questions well", 100),
    Measure("f_scored", "questions", 0, "{value:.0f} of 9 Piotroski questions could be asked"),
    Measure("earnings_yield", "ratio", 0, "earns {value:.1f} % of its price a year", 100),
    Measure("book_yield", "ratio", 0, "its books hold {value:.0f} % of its price", 100),
    Measure("free_cash_yield", "ratio", 0, "{value:+.1f} % of its price left as free cash", 100),
    Measure("gross_profitability", "ratio", 0, "gross profit is {value:.0f} % of assets", 100),
    Measure("accruals", "ratio", 0, "income beyond cash is {value:+.1f} % of assets", 100),
    Measure("roce", "ratio", 0, "earns {value:.0f} % on the capital employed", 100),
    Measure("revenue_growth", "ratio", 0, "sales {value:+.0f} % in a year", 100),
    Measure("income_growth", "ratio", 0, "net income {value:+.0f} % in a year", 100),
    Measure("sue", "sd", 0, "last earnings {value:+.1f} sd from a year before, faded"),
    Measure("surprise", "ratio", 0, "last earnings {value:+.0f} % from the consensus, faded", 100),
    Measure("result_age", "sessions", 0, "last result {value:.0f} sessions ago"),
    Measure("earnings_yield_z", "sd", 0, "earnings yield {value:+.1f} sd from its sector"),
    Measure("book_yield_z", "sd", 0, "book yield {value:+.1f} sd from its sector"),
    Measure("free_cash_yield_z", "sd", 0, "free cash yield {value:+.1f} sd from its sector"),
    Measure("gross_profitability_z", "sd", 0, "gross profitability {value:+.1f} sd from its sector"),
    Measure("accruals_z", "sd", 0, "accruals {value:+.1f} sd from its sector"),
    Measure("roce_z", "sd", 0, "return on capital {value:+.1f} sd from its sector"),
    Measure("soundness", "sd", 0, "value and quality together {value:+.1f} sd from its sector"),
)
"""Levels as they are, so that they can be said; standings within the sector under the same name with `_z`."""
STANDING: Final = tuple(m.name[:-2] for m in MEASURES if m.name.endswith("_z"))
COUNTED_AGAINST: Final = frozenset({"accruals"})
PER_SHARE: Final[Mapping[str, str]] = {
    "earnings_yield": "eps", "book_yield": "book_share", "free_cash_yield": "cash_share"
}  # fmt: skip
LEVELS: Final = ("f_share", "f_scored", "gross_profitability", "accruals", "roce", "revenue_growth", "income_growth")

Grid = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class LiveOnly:
    """The verdict that too little of the past was knowable: the brain may score live, shrunk, and not be backtested."""

    known: float
    """Share of (name, session) cells of the window that were known."""
    needed: float = ENOUGH_KNOWN

    @property
    def reason(self) -> str:
        """Say why, with both numbers."""
        return f"{self.known:.0%} of the window's cells could be known; {self.needed:.0%} needed to be backtested"


class FundamentalBrain:
    """Read filings and results against prices."""

    name = "fundamental"
    letter = "F"

    @property
    def columns(self) -> tuple[str, ...]:
        """Answer the measures, in order."""
        return tuple(measure.name for measure in MEASURES)

    @cached_property
    def schema(self) -> str:
        """Answer the fingerprint of the measures and of what computes them."""
        return schema_of(self.name, MEASURES, {__name__, piotroski.__name__, accounts.__name__, earnings.__name__})

    def features(self, evidence: Evidence) -> FeatureHistory:
        """Measure every evening with what was filed by then. Figures a share are in the shares of the prices.

        Errors: Abstained when neither filings nor results could be supplied.
        """
        if isinstance(evidence.filings, Missing) and isinstance(evidence.surprises, Missing):
            raise Abstained(f"no filings ({evidence.filings.reason}) and no results ({evidence.surprises.reason})")
        evenings = Evenings.of(evidence)
        panel = evidence.prices.value
        filings, told = _rows(evidence.filings), _rows(evidence.surprises)
        grids = _levels(evenings, filings, panel.instruments, panel.close)
        grids |= _results(evenings, results_of(filings, told))
        standing = {name: among_sector(grids[name][0], panel.instruments) for name in STANDING}
        grids |= {f"{name}_z": (standing[name], grids[name][1]) for name in STANDING}
        grids["soundness"] = _together(standing, grids)
        return laid(evenings, MEASURES, self.schema, grids)

    def live_only(self, history: FeatureHistory, first: date, last: date) -> LiveOnly | None:
        """Answer the verdict when too little could be known from `first` to `last`; None when enough could."""
        share = known_share(history, (*LEVELS, *PER_SHARE, "sue", "surprise"), first, last)
        return LiveOnly(share) if share < ENOUGH_KNOWN else None

    def words(self, column: str, value: float) -> str:
        """Say one measure's value in plain words."""
        return next(m for m in MEASURES if m.name == column).said(value)


def measured(standing: Standing, *, is_bank: bool) -> dict[str, float]:
    """Answer what a company's books tell after one filing; what they do not tell is not there."""
    now, before, year = standing.now, standing.before, standing.year
    found = asked(year, standing.year_before, is_bank=is_bank)
    answer: dict[str, float] = {"f_scored": float(found.scored)}
    if found.scored >= FEWEST_ANSWERS:
        answer["f_share"] = found.share
    free = _less(year.get("operating_cash"), abs(year["capital_spending"]) if "capital_spending" in year else None)
    tried = {
        "gross_profitability": None if is_bank else ratio(year, "gross_profit", "total_assets"),
        "accruals": _over(_less(year.get("net_income"), year.get("operating_cash")), year.get("total_assets")),
        "roce": year.get("roce", _on_capital(year)),
        "revenue_growth": _growth(now.get("revenue"), before.get("revenue")),
        "income_growth": _growth(now.get("net_income"), before.get("net_income")),
        "eps": now.get("eps", ratio(now, "net_income", "shares")),
        "book_share": ratio(now, "equity", "shares"),
        "cash_share": _over(free, year.get("shares")),
    }
    return answer | {name: value for name, value in tried.items() if value is not None}


def _rows(table: Table) -> Rows | None:
    return None if isinstance(table, Missing) else table.value


def _levels(
    evenings: Evenings, filings: Rows | None, instruments: tuple[Instrument, ...], close: NDArray[Any]
) -> dict[str, Grid]:
    told = [] if filings is None else list(_told(filings, instruments))
    grids: dict[str, Grid] = {}
    for name in (*LEVELS, *PER_SHARE.values()):
        rows = [(token, visible, found.get(name, np.nan)) for token, visible, found in told]
        token, visible, value = (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.zeros(0),) * 3
        known = evenings.newest(token.astype(np.int64), visible.astype(np.int64), value)
        grids[name] = known.value, evenings.days_since(known.seen) > LIFE_DAYS
    for name, share in PER_SHARE.items():
        per_share, old = grids.pop(share)
        with np.errstate(invalid="ignore", divide="ignore"):
            of_price = per_share / close
        grids[name] = np.where(np.abs(of_price) <= UNIT_BREAK, of_price, np.nan), old
    return grids


def _told(filings: Rows, instruments: tuple[Instrument, ...]) -> list[tuple[int, int, dict[str, float]]]:
    by_token = filings[np.argsort(filings["token"], kind="stable")]
    parts = np.split(by_token, np.flatnonzero(np.diff(by_token["token"])) + 1)
    own = {int(part["token"][0]): part for part in parts if len(part)}
    told: list[tuple[int, int, dict[str, float]]] = []
    for instrument in instruments:
        is_bank = "bank" in instrument.sector.lower() or "financ" in instrument.sector.lower()
        filed = standings(own[instrument.token]) if instrument.token in own else ()
        told += [(instrument.token, s.visible, measured(s, is_bank=is_bank)) for s in filed]
    return told


def _results(evenings: Evenings, results: Mapping[str, Results]) -> dict[str, Grid]:
    grids: dict[str, Grid] = {}
    for name, result in results.items():
        known = evenings.newest(result.token, result.visible, result.value)
        age = evenings.sessions_since(known.seen)
        if name == "result_age":
            grids[name] = age, age > earnings.LIFE_SESSIONS
        else:
            grids[name] = known.value * 0.5 ** (age / earnings.FADE_SESSIONS), age > earnings.LIFE_SESSIONS
    return grids


def _together(standing: Mapping[str, NDArray[Any]], grids: Mapping[str, Grid]) -> Grid:
    parts = np.stack([-standing[name] if name in COUNTED_AGAINST else standing[name] for name in STANDING])
    n = np.isfinite(parts).sum(axis=0)
    mean = np.where(np.isfinite(parts), parts, 0.0).sum(axis=0) / np.maximum(n, 1)
    old = np.any([grids[name][1] & np.isfinite(grids[name][0]) for name in STANDING], axis=0)
    return np.where(n >= FEWEST_PARTS, mean, np.nan), old


def _less(value: float | None, off: float | None) -> float | None:
    return None if value is None or off is None else value - off


def _over(value: float | None, below: float | None) -> float | None:
    return value / below if value is not None and below is not None and below > 0 else None


def _on_capital(now: Mapping[str, float]) -> float | None:
    return _over(now.get("ebit"), _less(now.get("total_assets"), now.get("current_liabilities")))


def _growth(now: float | None, before: float | None) -> float | None:
    if now is None or before is None or before == 0:
        return None
    return float(np.clip((now - before) / abs(before), -EXTREME_GROWTH, EXTREME_GROWTH))
