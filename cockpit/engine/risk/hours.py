"""Refuse entries outside continuous trading and after the square-off has begun."""

from __future__ import annotations

from cockpit.clock import hhmmss
from cockpit.market import Phase
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class OutOfHours:
    """Refuse entries outside continuous trading and after the square-off has begun."""

    code = "HOURS"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Entries only in continuous trading, while they are valid, and none once the square-off has begun."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        if not view.phase.takes_entries:
            said = f"{view.instrument.symbol} is in phase {view.phase.value}; entries need continuous trading"
            return proposal.refused(view.ts, self.code, said, view.phase.value, Phase.CONTINUOUS.value)
        if view.ts >= view.session.square_off:
            said = f"it is {hhmmss(view.ts)} and positions are squared off from {hhmmss(view.session.square_off)}"
            return proposal.refused(view.ts, self.code, said, hhmmss(view.ts), hhmmss(view.session.square_off))
        until = proposal.intent.valid_until
        if until and view.ts >= until:
            said = f"it is {hhmmss(view.ts)} and the intent was good until {hhmmss(until)}"
            return proposal.refused(view.ts, self.code, said, hhmmss(view.ts), hhmmss(until))
        return None
