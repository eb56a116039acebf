"""How fast orders may leave: entries are refused early, so that stops and exits always find room."""

from __future__ import annotations

from typing import Final

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView

MOST_A_SECOND: Final = 8
MOST_A_MINUTE: Final = 300
MOST_A_DAY: Final = 3_000
"""No more orders than these leave. Kite refuses beyond 10 a second, 400 a minute and 5,000 a day, by account."""
SHARE: Final = 3
"""Entries get one part in so many of minute and day: each of them may need a stop and an exit."""


class OrdersTooFast:
    """Refuse entries that would take the room of exits under the broker's limits."""

    code = "ORDER_RATE"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No entry once a third of a minute's or a day's orders has left; the rest is for stops and exits."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        spans = zip(view.orders_sent, (MOST_A_MINUTE, MOST_A_DAY), ("within a minute", "today"), strict=True)
        for sent, most, when in spans:
            limit = most // SHARE
            if sent >= limit:
                said = f"{sent} orders left {when}; entries stop at {limit}, the rest is for stops and exits"
                return proposal.refused(view.ts, self.code, said, str(sent), str(limit))
        return None


def is_spent(sent: tuple[int, int]) -> bool:
    """Tell whether not even an exit has room: `sent` within the last minute, and today."""
    return sent[0] >= MOST_A_MINUTE or sent[1] >= MOST_A_DAY
