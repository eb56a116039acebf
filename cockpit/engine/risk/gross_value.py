"""Refuse an order that would take the gross exposure over its multiple of equity."""

from __future__ import annotations

from cockpit.money import rupees
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class GrossTooLarge:
    """Refuse an order that would take the gross exposure over its multiple of equity."""

    code = "GROSS"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Gross exposure, working and unknown orders counted, stays under its multiple of equity."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = int(view.equity_paise * view.limits.gross)
        value = view.gross_paise + proposal.value_paise
        if value <= limit:
            return None
        said = f"gross exposure would be {rupees(value)}; at most {rupees(limit)} is allowed"
        return proposal.refused(view.ts, self.code, said, rupees(value), rupees(limit))
