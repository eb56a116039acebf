"""Refuse more entries in one name in a day than the limit."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class NameEntries:
    """Refuse more entries in one name in a day than the limit."""

    code = "NAME_ENTRIES"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Only so many entries in one name a day."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.name_entries
        if view.name_entries < limit:
            return None
        said = f"{proposal.intent.symbol} had {view.name_entries} entries today; at most {limit} are allowed"
        return proposal.refused(view.ts, self.code, said, str(view.name_entries), str(limit))
