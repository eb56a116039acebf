"""Refuse an order worth more than the limit."""

from __future__ import annotations

from cockpit.money import rupees
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class OrderTooLarge:
    """Refuse an order worth more than the limit."""

    code = "ORDER_VALUE"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No single order is worth more than the limit."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.order_rupees * 100
        if proposal.value_paise <= limit:
            return None
        said = f"the order is worth {rupees(proposal.value_paise)}; at most {rupees(limit)} is allowed"
        return proposal.refused(view.ts, self.code, said, rupees(proposal.value_paise), rupees(limit))
