"""Refuse prices off the tick or on the wrong side, and quantities off the lot."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class OffGrid:
    """Refuse prices off the tick or on the wrong side, and quantities off the lot."""

    code = "GRID"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Prices keep to the tick, quantities to the lot; stop and target lie on their own sides of the entry."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        tick, lot = view.instrument.tick_size, view.instrument.lot_size
        intent = proposal.intent
        for price in intent.prices:
            if price <= 0 or price % tick:
                said = f"price {price} is not a positive multiple of the tick {tick} of {intent.symbol}"
                return proposal.refused(view.ts, self.code, said, str(price), str(tick))
        if proposal.quantity <= 0 or proposal.quantity % lot:
            said = f"quantity {proposal.quantity} is not a positive multiple of the lot {lot}"
            return proposal.refused(view.ts, self.code, said, str(proposal.quantity), str(lot))
        if (intent.entry - intent.stop) * int(intent.side) <= 0:
            said = f"the stop {intent.stop} lies on the wrong side of the entry {intent.entry}"
            return proposal.refused(view.ts, self.code, said, str(intent.stop), str(intent.entry))
        if intent.target is not None and (intent.target - intent.entry) * int(intent.side) <= 0:
            said = f"the target {intent.target} lies on the wrong side of the entry {intent.entry}"
            return proposal.refused(view.ts, self.code, said, str(intent.target), str(intent.entry))
        return None
