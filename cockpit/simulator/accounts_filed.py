"""The quarters that the practice companies file: invented figures that grow as their headlines say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.evidence import FILING, ITEMS, SURPRISE, Rows
from cockpit.simulator.effects import MODEL

USUAL_GROWTH: Final = 0.10
SURPRISE_GROWTH: Final = 0.18
"""Year-on-year growth is 10 % and 18 % more for each standard deviation of surprise: what the headline prints."""
WORST_GROWTH: Final = -0.9
QUARTERS_A_YEAR: Final = 4


@dataclass(frozen=True, slots=True)
class Habits:
    """The lasting ratios of each company, columns over names."""

    price_to_earnings: NDArray[Any]
    net_margin: NDArray[Any]
    gross_margin: NDArray[Any]
    assets_to_sales: NDArray[Any]
    debt_to_assets: NDArray[Any]
    cash_to_income: NDArray[Any]
    shares: NDArray[Any]


def drawn_habits(seed: int, n: int) -> Habits:
    """Draw the lasting ratios of `n` companies from the seed."""
    rng = np.random.default_rng([seed, MODEL, 40])
    net = np.clip(rng.lognormal(np.log(0.09), 0.5, n), 0.01, 0.35)
    return Habits(
        price_to_earnings=np.clip(rng.lognormal(np.log(24), 0.4, n), 6, 90),
        net_margin=net,
        gross_margin=np.clip(net + rng.uniform(0.12, 0.40, n), 0, 0.9),
        assets_to_sales=rng.uniform(0.6, 2.2, n),
        debt_to_assets=rng.uniform(0.0, 0.45, n),
        cash_to_income=rng.uniform(0.7, 1.4, n),
        shares=np.rint(rng.lognormal(np.log(2e8), 0.8, n)),
    )


@dataclass(slots=True)
class Filer:
    """Carry each company's last four quarters, and file the next one on the evening of its results."""

    habits: Habits
    first_price: NDArray[Any]
    """Rupees at the start of the market's history, which the first year's earnings are made from."""
    quarters: NDArray[Any] = field(init=False)
    """Earnings a share of the last four quarters, [4, name], oldest first."""

    def __post_init__(self) -> None:
        year = self.first_price / self.habits.price_to_earnings
        self.quarters = np.tile(year / QUARTERS_A_YEAR, (QUARTERS_A_YEAR, 1))

    def file(self, names: NDArray[Any], day: date, visible: NDArray[Any], surprise: NDArray[Any]) -> tuple[Rows, Rows]:
        """Answer (filings, surprises) of the companies at places `names` that publish before the session of `day`.

        The rows' `token` is the place of the name; figures a share are in the shares the history began with.
        """
        before = self.quarters[0, names]
        growth = np.maximum(USUAL_GROWTH + SURPRISE_GROWTH * surprise, WORST_GROWTH)
        eps = before * (1 + growth)
        self.quarters[:, names] = np.vstack([self.quarters[1:, names], eps])
        told: Rows = np.zeros(len(names), dtype=SURPRISE)
        told["token"], told["visible"] = names, visible
        told["estimate"], told["reported"] = before * (1 + USUAL_GROWTH), eps
        end = quarter_end(day)
        rows = [_rows(names, end, 3, visible, self._income(names, eps))]
        if end.month == 3:
            year = self.quarters[:, names].sum(axis=0)
            rows.append(_rows(names, end, 12, visible, self._income(names, year) | self._balance(names, year)))
        return np.concatenate(rows), told

    def _income(self, names: NDArray[Any], eps: NDArray[Any]) -> dict[str, NDArray[Any]]:
        h = self.habits
        net = eps * h.shares[names]
        revenue = net / h.net_margin[names]
        operating = net * 1.45
        interest = h.debt_to_assets[names] * 0.05 * revenue
        return {
            "revenue": revenue, "gross_profit": revenue * h.gross_margin[names], "operating_income": operating,
            "ebit": operating, "ebitda": operating * 1.2, "interest": interest, "pretax_income": net / 0.75,
            "tax": net / 0.75 - net, "net_income": net, "shares": h.shares[names], "eps": eps,
        }  # fmt: skip

    def _balance(self, names: NDArray[Any], eps: NDArray[Any]) -> dict[str, NDArray[Any]]:
        h = self.habits
        net = eps * h.shares[names]
        # Assets follow the usual sales, not one year's: a good year turns them over faster.
        usual = self.first_price[names] / h.price_to_earnings[names] * h.shares[names] / h.net_margin[names]
        assets = usual * h.assets_to_sales[names]
        debt = assets * h.debt_to_assets[names]
        current = assets * 0.4
        return {
            "total_assets": assets, "current_assets": current, "current_liabilities": current / 1.5,
            "long_term_debt": debt, "equity": assets - debt - current / 1.5,
            "operating_cash": net * h.cash_to_income[names], "capital_spending": net * 0.4,
        }  # fmt: skip


def quarter_end(day: date) -> date:
    """Answer the last quarter's end before `day`."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)


def _rows(
    names: NDArray[Any], end: date, months: int, visible: NDArray[Any], figures: Mapping[str, NDArray[Any]]
) -> Rows:
    rows: Rows = np.zeros((len(figures), len(names)), dtype=FILING)
    for row, (item, values) in zip(rows, figures.items(), strict=True):
        row["token"], row["item"], row["visible"], row["value"] = names, ITEMS.index(item), visible, values
    rows["period_end"], rows["months"] = np.datetime64(end, "D"), months
    return rows.reshape(-1)
