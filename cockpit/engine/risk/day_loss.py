"""Refuse entries once the day's net loss, open positions marked, has reached its limit."""

from __future__ import annotations

from cockpit.money import rupees
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class DayLoss:
    """Refuse entries once the day's net loss, open positions marked, has reached its limit."""

    code = "DAY_LOSS"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No entry after the day's loss limit is reached."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = int(view.equity_paise * view.limits.day_loss)
        if -view.day_net_paise < limit:
            return None
        said = f"the day stands at {rupees(view.day_net_paise)} net; entries stop at {rupees(-limit)}"
        return proposal.refused(view.ts, self.code, said, rupees(view.day_net_paise), rupees(-limit))
