"""Refuse intents of a strategy that is not armed."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class Disarmed:
    """Refuse intents of a strategy that is not armed."""

    code = "ARMED"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Only armed strategies may open positions."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        rule = proposal.intent.rule
        if rule in view.armed:
            return None
        return proposal.refused(view.ts, self.code, f"strategy {rule} is not armed", "disarmed", "armed")
