"""The kill switches that trip by themselves, each with its value, its limit and how much of it is used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from cockpit.facts import SwitchSeen, SwitchState
from cockpit.money import Paise, rupees
from cockpit.settings import RiskSettings

WATCH_FROM: Final = 0.8
"""From this share of its limit a switch is on watch."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """The numbers the switches look at; NaN means unknown, which counts as tripped for entries."""

    equity_paise: Paise
    peak_paise: Paise
    day_net_paise: Paise
    day_entries: int
    rejects: int
    feed_age_s: float


def looked(vitals: Vitals, limits: RiskSettings) -> tuple[SwitchSeen, ...]:
    """Answer how every switch stands, in the order of the risk panel."""
    loss_limit = int(vitals.equity_paise * limits.day_loss)
    fall = 1 - vitals.equity_paise / vitals.peak_paise
    fall_limit = int(vitals.peak_paise * limits.drawdown)
    return (
        _switch(
            "DAY_LOSS",
            "Daily loss",
            _share(-vitals.day_net_paise, loss_limit),
            rupees(vitals.day_net_paise),
            rupees(-loss_limit),
        ),
        _switch(
            "DRAWDOWN",
            "Drawdown",
            _share(vitals.peak_paise - vitals.equity_paise, fall_limit),
            f"{fall:.2%}",
            f"{limits.drawdown:.1%}",
        ),
        _switch(
            "DAY_ENTRIES",
            "Entries today",
            vitals.day_entries / limits.day_entries,
            str(vitals.day_entries),
            str(limits.day_entries),
        ),
        _switch(
            "REJECTS", "Reject rate", vitals.rejects / limits.rejects, f"{vitals.rejects} / 10 min", str(limits.rejects)
        ),
        _switch(
            "FEED_AGE",
            "Feed age",
            abs(vitals.feed_age_s) / limits.feed_stale_s,
            "unknown" if math.isnan(vitals.feed_age_s) else f"{vitals.feed_age_s:.1f} s",
            f"{limits.feed_stale_s:g} s",
        ),
    )


LATCHING: Final = frozenset({"DAY_LOSS", "DRAWDOWN", "REJECTS"})
"""Switches that halt entries until a person releases them; the others clear by themselves."""


def _share(loss: Paise, limit: Paise) -> float:
    # Without equity there is nothing left to lose: the limit is used up, whatever the quotient would say.
    return loss / limit if limit > 0 else math.inf


def _switch(code: str, sentence: str, used: float, value: str, limit: str) -> SwitchSeen:
    if math.isnan(used):
        state = SwitchState.UNKNOWN
    elif used >= 1.0:
        state = SwitchState.TRIPPED
    elif used >= WATCH_FROM:
        state = SwitchState.WATCH
    else:
        state = SwitchState.ARMED
    return SwitchSeen(code, sentence, state, value, limit, max(0.0, used))
