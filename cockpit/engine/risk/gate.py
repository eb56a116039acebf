"""The gate asks every rule about a proposal and keeps every no; only a proposal nobody refuses may become an order."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit.errors import BadInput
from cockpit.orders import Proposal, Refusal
from cockpit.ports import RiskView, Rule


class Gate:
    """Hold the rules of the house. All of them are asked each time, so that every reason is on record."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        if not rules:
            raise BadInput("a gate without rules lets everything pass; give it the roster's rules")
        self._rules = tuple(rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Answer the rules in the order they are asked."""
        return self._rules

    def ask(self, proposal: Proposal, view: RiskView) -> tuple[Refusal, ...]:
        """Answer every refusal; an empty answer is the only yes."""
        answers = (_answer(rule, proposal, view) for rule in self._rules)
        return tuple(answer for answer in answers if answer is not None)


def _answer(rule: Rule, proposal: Proposal, view: RiskView) -> Refusal | None:
    try:
        return rule.ask(proposal, view)
    except Exception as fault:
        # A rule that cannot answer has not said yes.
        said = f"rule {rule.code} failed and therefore refuses: {type(fault).__name__}: {fault}"
        return proposal.refused(view.ts, rule.code, said, "error", "an answer")
