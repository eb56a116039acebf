"""Asking the brains: each one's model about one evening, and silence with its reason where there is no answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from cockpit.brains.learning.model import Said
from cockpit.errors import CockpitError
from cockpit.evening.almanac import Almanac
from cockpit.evening.model_shelf import ModelShelf
from cockpit.evening.voices import Voice


def heard(
    almanac: Almanac, models: ModelShelf, brains: Sequence[str], session: date, muted: Mapping[str, str]
) -> tuple[Voice, ...]:
    """Ask every brain about the evening of `session`, in order; `muted` ones are silent for the reason given there."""
    n = len(almanac.tokens)
    return tuple(
        Voice.silent(brain, n, muted[brain]) if brain in muted else _voice(almanac, models, brain, session)
        for brain in brains
    )


def _voice(almanac: Almanac, models: ModelShelf, brain: str, session: date) -> Voice:
    n = len(almanac.tokens)
    try:
        panel = almanac.panel(brain, session)
        version, model = models.in_use(brain)
        said = model.said(panel)
    except CockpitError as fault:
        return Voice.silent(brain, n, str(fault))
    except Exception as fault:  # one brain that fails must not silence the others, and it says so for every name
        return Voice.silent(brain, n, f"{type(fault).__name__}: {fault}")
    sure, card = model.confidence(said), model.card
    return Voice(
        brain, said.raw, said.value, sure, said.silence, version, model.calibration.version, panel.schema,
        card.trained_until, _why_nothing(said),
    )  # fmt: skip


def _why_nothing(said: Said) -> str:
    """Answer why a model that was asked said nothing of anybody, empty when it spoke of somebody."""
    if any(not silence for silence in said.silence):
        return ""
    return f"of every name: {said.silence[0]}" if said.silence else "there is nobody to speak of"
