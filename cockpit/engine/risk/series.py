"""Refuse to trade an index, or to trade within the day what the exchange only lets one take home."""

from __future__ import annotations

from cockpit.market import Series
from cockpit.orders import Product, Proposal, Refusal
from cockpit.ports import RiskView


class NotTradable:
    """Refuse an entry in an index, and an intraday entry in any series but EQ."""

    code = "SERIES"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No entry in an index, and none within the day in a series that must be delivered."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        series, product = view.instrument.series, proposal.intent.product
        if series is Series.EQ or (product is Product.CNC and not view.instrument.is_index):
            return None
        said = f"{view.instrument.symbol} is of series {series.value} and cannot be traded as {product.value}"
        return proposal.refused(view.ts, self.code, said, series.value, Series.EQ.value)
