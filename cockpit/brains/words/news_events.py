"""Which kind of event a headline or an exchange announcement tells, in the five kinds a brain is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EVENTS: Final = ("order", "rating", "results", "pledge", "legal")
"""What the sentiment brain flags, beside the tone."""
MEANT: Final[Mapping[str, str]] = {
    "order": "order", "rating": "rating", "broker": "rating", "results": "results", "guidance": "results",
    "pledge": "pledge", "legal": "legal",
}  # fmt: skip
"""Events of the phrase table, by the kind they are shown as; others count for the tone only."""
CATEGORIES: Final[Mapping[str, str]] = {
    "award of order": "order", "receipt of order": "order", "bagging": "order", "credit rating": "rating",
    "financial result": "results", "outcome of board meeting": "results", "pledge": "pledge", "encumbrance": "pledge",
    "litigation": "legal", "regulatory action": "legal", "fraud": "legal", "show cause": "legal", "penalt": "legal",
    "actions initiated or orders passed": "legal",
}  # fmt: skip
"""Words of the exchanges' own announcement categories. Source: category lists of NSE's and BSE's announcement pages."""


def events_of(heard: frozenset[str], category: str) -> frozenset[str]:
    """Answer the kinds of a line: what its phrases tell, and what the exchange filed it under."""
    said = category.lower()
    return frozenset(
        {MEANT[e] for e in heard if e in MEANT} | {kind for word, kind in CATEGORIES.items() if word in said}
    )
