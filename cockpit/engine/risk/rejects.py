"""Refuse entries while the broker keeps rejecting."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class Rejects:
    """Refuse entries while the broker keeps rejecting."""

    code = "REJECTS"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No entry while the broker rejects order after order."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.rejects
        if view.rejects < limit:
            return None
        said = f"the broker rejected {view.rejects} orders in ten minutes; entries stop at {limit}"
        return proposal.refused(view.ts, self.code, said, str(view.rejects), str(limit))
