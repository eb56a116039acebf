"""Refuse an order that would hold too much of one name, working orders counted."""

from __future__ import annotations

from cockpit.money import rupees
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class NameTooLarge:
    """Refuse an order that would hold too much of one name, working orders counted."""

    code = "NAME_VALUE"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No name holds more than the limit, working orders counted."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.name_rupees * 100
        value = view.name_paise + proposal.value_paise
        if value <= limit:
            return None
        said = f"{view.instrument.symbol} would hold {rupees(value)}; at most {rupees(limit)} is allowed"
        return proposal.refused(view.ts, self.code, said, rupees(value), rupees(limit))
