"""Refuse an intent that would reach a broker of another mode than the ledger's."""

from __future__ import annotations

from cockpit.orders import Mode, Proposal, Refusal
from cockpit.ports import RiskView


class WrongMode:
    """Refuse an intent that would reach a broker of another mode than the ledger's."""

    code = "MODE"

    def __init__(self, broker_mode: Mode) -> None:
        self._broker_mode = broker_mode

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "Orders go only to a broker of the ledger's own mode."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        if self._broker_mode is view.mode:
            return None
        return proposal.refused(
            view.ts,
            self.code,
            f"the broker trades {self._broker_mode.value}, the ledger is {view.mode.value}: no order may cross",
            self._broker_mode.value,
            view.mode.value,
        )
