"""Refuse entries in a name whose last tick is older than its limit, or was never seen."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class NameOld:
    """Refuse entries in a name whose last tick is older than its limit, or was never seen."""

    code = "NAME_AGE"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No entry in a name whose price is old."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.name_stale_s
        if abs(view.name_age_s) <= limit:  # an age below zero is a stamp that cannot be trusted
            return None
        name = view.instrument.symbol
        said = f"the newest tick of {name} is {view.name_age_s:.1f} s old; entries need one within {limit:g} s"
        return proposal.refused(view.ts, self.code, said, f"{view.name_age_s:.1f} s", f"{limit:g} s")
