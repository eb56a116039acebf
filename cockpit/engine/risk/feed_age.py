"""Refuse entries while the feed is older than its limit, or of unknown age."""

from __future__ import annotations

from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView


class FeedOld:
    """Refuse entries while the feed is older than its limit, or of unknown age."""

    code = "FEED_AGE"

    def sentence(self) -> str:
        """Say in one sentence what the rule refuses."""
        return "No entry on a feed that has gone quiet."

    def ask(self, proposal: Proposal, view: RiskView) -> Refusal | None:
        """Answer a refusal with both numbers, or None."""
        limit = view.limits.feed_stale_s
        if abs(view.feed_age_s) <= limit:  # an age below zero is a clock that cannot be trusted
            return None
        said = f"the newest frame is {view.feed_age_s:.1f} s old; entries need one within {limit:g} s"
        return proposal.refused(view.ts, self.code, said, f"{view.feed_age_s:.1f} s", f"{limit:g} s")
