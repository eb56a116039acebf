"""Refuse a trade whose round-trip cost is too large a share of the risk it takes."""

from __future__ import annotations

from cockpit.money import rupees
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class CostTooHigh:
    """Refuse a trade whose round-trip cost is too large a share of the risk it takes."""

    code = "COST_R"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Round-trip costs stay under a share of the risk taken."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        if proposal.risk_paise <= 0:
            return proposal.refused(
                view.ts, self.code, "the proposal risks nothing, so its cost has no measure", "0", ""
            )
        share = view.cost_paise / proposal.risk_paise
        limit = view.limits.cost_r
        if share <= limit:
            return None
        said = f"costs of {rupees(view.cost_paise)} are {share:.2f} R; at most {limit:.2f} R is allowed"
        return proposal.refused(view.ts, self.code, said, f"{share:.2f} R", f"{limit:.2f} R")
