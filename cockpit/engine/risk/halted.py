"""Refuse entries while trading is halted."""

from __future__ import annotations

from cockpit.facts import Halt
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class Halted:
    """Refuse entries while trading is halted."""

    code = "HALT"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No entry while trading is halted, by whoever and for whatever reason."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        if view.halt is Halt.NONE:
            return None
        return proposal.refused(
            view.ts,
            self.code,
            f"trading is halted at level {int(view.halt)}: {view.halt.sentence}",
            view.halt.name,
            "NONE",
        )
