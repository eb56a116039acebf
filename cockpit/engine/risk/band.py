"""Refuse an entry, stop or target outside the exchange's price band of the day."""

from __future__ import annotations

from cockpit.money import price_text
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class OutsideBand:
    """Refuse an entry, stop or target outside the exchange's price band of the day."""

    code = "BAND"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Every price of an order must lie inside the day's price band."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        if view.quote is None or not view.quote.band_high:
            return None  # a name without a fixed band: the collar still holds
        low, high = view.quote.band_low, view.quote.band_high
        for price in proposal.intent.prices:
            if not low <= price <= high:
                text, band = price_text(price), f"{price_text(low)} to {price_text(high)}"
                return proposal.refused(view.ts, self.code, f"price {text} lies outside the band {band}", text, band)
        return None
