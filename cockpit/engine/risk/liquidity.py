"""Refuse an order too large for its name's usual volume, or for a name whose volume is unknown."""

from __future__ import annotations

from cockpit.money import count_short
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class Illiquid:
    """Refuse an order too large for its name's usual volume, or for a name whose volume is unknown."""

    code = "LIQUIDITY"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "An order is a small share of the name's mean daily volume, so that it can be left again."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.adv_shares * view.limits.adv_share
        if proposal.quantity <= limit:
            return None
        most = "unknown" if limit != limit else f"{int(limit)} shares"
        said = f"{count_short(proposal.quantity)} {view.instrument.symbol} asked for; its usual volume allows {most}"
        return proposal.refused(view.ts, self.code, said, str(proposal.quantity), most)
