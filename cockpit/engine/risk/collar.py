"""Refuse an entry price far from the last price, or any entry without a price."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class PriceCollar:
    """Refuse an entry price far from the last price, or any entry without a price."""

    code = "COLLAR"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "An entry may lie only so far from the last price."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.collar
        if view.quote is None or view.quote.last_price <= 0:
            return proposal.refused(view.ts, self.code, "no last price is known", "unknown", f"{limit:.1%}")
        distance = abs(proposal.intent.entry - view.quote.last_price) / view.quote.last_price
        if distance <= limit:
            return None
        said = f"the entry lies {distance:.2%} from the last price; at most {limit:.1%} is allowed"
        return proposal.refused(view.ts, self.code, said, f"{distance:.2%}", f"{limit:.1%}")
