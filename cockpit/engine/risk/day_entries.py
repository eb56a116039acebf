"""Refuse more entries in a day than the limit."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class DayEntries:
    """Refuse more entries in a day than the limit."""

    code = "DAY_ENTRIES"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Only so many entries a day."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.day_entries
        if view.day_entries < limit:
            return None
        said = f"{view.day_entries} entries were sent today; at most {limit} are allowed"
        return proposal.refused(view.ts, self.code, said, str(view.day_entries), str(limit))
