"""Why the picks are picks: each verdict taken apart down to features, in words made of the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from cockpit.brains.explain import Explanation, Part, Words, explained, parts_by_token
from cockpit.evening.almanac import Almanac
from cockpit.evening.model_shelf import ModelShelf
from cockpit.evening.voices import Voice
from cockpit.opinions import Scan, Verdict

TOP = 3
"""How many parts a reason names."""


def explanations(
    almanac: Almanac, models: ModelShelf, voices: Sequence[Voice], session: date, verdicts: Mapping[int, Verdict]
) -> dict[int, Explanation]:
    """Take verdicts apart, by token.

    Errors: BadInput when what is shown does not add up to what was said: then weights or scores are not those used.
    """
    parts: dict[int, dict[str, Sequence[Part]]] = {token: {} for token in verdicts}
    for voice in voices:
        if voice.why:
            continue
        _, model = models.in_use(voice.brain)
        panel = almanac.panel(voice.brain, session)
        for token, found in parts_by_token(model, panel, voice.value, tuple(verdicts)).items():
            parts[token][voice.brain] = found
    return {token: explained(verdict, parts[token]) for token, verdict in verdicts.items()}


def with_reasons(scan: Scan, found: Mapping[int, Explanation], words: Mapping[str, Words]) -> Scan:
    """Answer the scan with each pick's reason in plain words."""
    picks = tuple(
        replace(pick, reason="; ".join(found[pick.token].lines(words, TOP)[: TOP + 1])) for pick in scan.picks
    )
    return replace(scan, picks=picks)
