"""Refuse entries once equity has fallen too far from its highest close."""

from __future__ import annotations

from cockpit.money import rupees
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class Drawdown:
    """Refuse entries once equity has fallen too far from its highest close."""

    code = "DRAWDOWN"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No entry after the drawdown limit is reached."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.drawdown
        # In paise: at exactly the limit a quotient of floats may fall on either side.
        if view.peak_paise - view.equity_paise < int(view.peak_paise * limit):
            return None
        fall = 1 - view.equity_paise / view.peak_paise
        said = f"equity is {fall:.2%} below its peak of {rupees(view.peak_paise)}; entries stop at {limit:.1%}"
        return proposal.refused(view.ts, self.code, said, f"{fall:.2%}", f"{limit:.1%}")
