"""Refuse one more position than the limit, working entries counted."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class TooManyPositions:
    """Refuse one more position than the limit, working entries counted."""

    code = "POSITIONS"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Only so many names are held or working at once."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        names = set(view.account.positions) | {order.token for order in view.working}
        limit = view.limits.positions
        if len(names) < limit:
            return None
        said = f"{len(names)} names are held or working; at most {limit} are allowed"
        return proposal.refused(view.ts, self.code, said, str(len(names)), str(limit))
