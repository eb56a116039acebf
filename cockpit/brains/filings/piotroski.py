"""Piotroski's nine questions to a company's accounts: how many of those that can be answered are answered well.

Source: Piotroski, Value Investing, Journal of Accounting Research 38 (2000). What an account does not tell is not
answered; it counts neither for nor against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Account: TypeAlias = Mapping[str, float]
"""One year's figures by item, as named in `evidence.ITEMS`; what is not known is not there."""

QUESTIONS: Final = (
    "roa_positive", "cash_positive", "roa_up", "cash_above_income", "leverage_down", "current_ratio_up", "no_issue",
    "margin_up", "turnover_up",
)  # fmt: skip
NOT_OF_BANKS: Final = frozenset({"current_ratio_up", "margin_up"})
"""A lender has neither current assets nor a gross margin."""
DILUTION: Final = 0.001
"""Shares that grew by less than this were not issued: counts are rounded in filings."""


@dataclass(frozen=True, slots=True)
class Piotroski:
    """The answers, by question; a question without an answer is not there."""

    answers: Mapping[str, bool]

    @property
    def good(self) -> int:
        """Answer how many questions were answered well."""
        return sum(self.answers.values())

    @property
    def scored(self) -> int:
        """Answer how many of the nine could be answered."""
        return len(self.answers)

    @property
    def share(self) -> float:
        """Answer the share answered well.

        Errors: ZeroDivisionError when nothing could be answered; ask `scored` first.
        """
        return self.good / self.scored


def asked(now: Account, before: Account, *, is_bank: bool = False) -> Piotroski:
    """Ask a year's account, beside the account of the year before.

    A ready-made answer of the source, 1 or 0 under the question's own name in `now`, goes before our own arithmetic.
    """
    found: dict[str, bool] = {}
    for question in QUESTIONS:
        if is_bank and question in NOT_OF_BANKS:
            continue
        ready = now.get(question)
        answer = _ANSWERS[question](now, before) if ready is None else ready > 0.5
        if answer is not None:
            found[question] = answer
    return Piotroski(found)


def ratio(account: Account, above: str, below: str) -> float | None:
    """Answer one item over another; None when either is missing or the lower one is not above zero."""
    top, bottom = account.get(above), account.get(below)
    return top / bottom if top is not None and bottom is not None and bottom > 0 else None


def _rose(now: float | None, before: float | None) -> bool | None:
    return None if now is None or before is None else now > before


def _positive(value: float | None) -> bool | None:
    return None if value is None else value > 0


def _change(above: str, below: str) -> Callable[[Account, Account], bool | None]:
    return lambda now, before: _rose(ratio(now, above, below), ratio(before, above, below))


def _leverage_fell(now: Account, before: Account) -> bool | None:
    new, old = ratio(now, "long_term_debt", "total_assets"), ratio(before, "long_term_debt", "total_assets")
    # A company that had no debt and still has none has not raised its leverage.
    return None if new is None or old is None else new < old or new == old == 0


def _none_issued(now: Account, before: Account) -> bool | None:
    new, old = now.get("shares"), before.get("shares")
    return None if new is None or old is None else new <= old * (1 + DILUTION)


_ANSWERS: Final[Mapping[str, Callable[[Account, Account], bool | None]]] = {
    "roa_positive": lambda now, _: _positive(now.get("net_income")),
    "cash_positive": lambda now, _: _positive(now.get("operating_cash")),
    "roa_up": _change("net_income", "total_assets"),
    "cash_above_income": lambda now, _: _rose(now.get("operating_cash"), now.get("net_income")),
    "leverage_down": _leverage_fell,
    "current_ratio_up": _change("current_assets", "current_liabilities"),
    "no_issue": _none_issued,
    "margin_up": _change("gross_profit", "revenue"),
    "turnover_up": _change("revenue", "total_assets"),
}
