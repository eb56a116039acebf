"""Refuse a second position or working entry in the same name."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class AlreadyIn:
    """Refuse a second position or working entry in the same name."""

    code = "ONE_WAY"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "One position or working entry in a name at a time."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        token = proposal.intent.token
        if token in view.account.positions:
            held = view.account.positions[token].quantity
            said = f"{proposal.intent.symbol} is already held ({held})"
            return proposal.refused(view.ts, self.code, said, str(held), "0")
        waiting = [order for order in view.working if order.token == token]
        if waiting:
            said = f"{proposal.intent.symbol} already has {len(waiting)} entry order(s) working"
            return proposal.refused(view.ts, self.code, said, str(len(waiting)), "0")
        return None
