"""What facts are worth a line for a person, and that line's words: what happened, how grave, and what to do.

The log writes these lines and a run without a window prints the graver ones, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from cockpit.bus import Bus
from cockpit.clock import NS, ist
from cockpit.errors import BadInput, FeedLost, FeedStale, TokenExpired
from cockpit.facts import (
    AlarmRaised,
    FeedMoved,
    FeedState,
    Halt,
    HaltMoved,
    Incident,
    IntentRefused,
    StrategyMoved,
    TicksQuarantined,
)

AGAIN_NS: Final = 60 * NS
"""A name whose ticks were set aside is told again after so long; until then they are counted."""
QUARANTINE_REMEDY: Final = (
    "None needed: nothing was decided on them. If one name keeps coming, look at its corporate actions and at the feed."
)
ALARM_REMEDY: Final = (
    "Look at the brain's accuracy and at its inputs; weights and models react by themselves, in steps."
)
ALARM_STOPS: Final = "Nothing is scored until a person has looked: compare the stored outputs with the claimed weights."
HALT_REMEDY: Final = "Look at the reason; lift the halt with a reason of your own once it is mended."
ARM_REMEDY: Final = "Look at the reason; arm the strategy again when it is mended."
FEED_REMEDIES: Final = {
    FeedState.LOST: FeedLost.remedy,
    FeedState.SILENT: FeedStale.remedy,
    FeedState.TOKEN_DEAD: TokenExpired.remedy,
}


class Level(IntEnum):
    """How grave a line is, in the numbers of the standard library."""

    INFO = 20
    WARNING = 30
    ERROR = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, for a person."""

    level: Level
    where: str
    words: str
    remedy: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def line_of(fact: Any) -> Line:
    """Answer the line of a fact.

    Errors: BadInput for a fact that has none.
    """
    more = {"day_time": ist(fact.ts).isoformat()}
    match fact:
        case Incident():
            return Line(Level.WARNING, fact.where, fact.what, fact.remedy, more)
        case TicksQuarantined():
            words = f"{fact.symbol}: {_ticks(fact.count)} set aside today, the last because {fact.reason}"
            return Line(Level.WARNING, "ticks", words, QUARANTINE_REMEDY, more)
        case FeedMoved():
            level = Level.WARNING if fact.state in FEED_REMEDIES else Level.INFO
            return Line(level, "feed", f"{fact.state.value}: {fact.reason}", FEED_REMEDIES.get(fact.state, ""), more)
        case HaltMoved():
            words = f"halt {fact.level.name} by {fact.by}: {fact.reason}. {fact.level.sentence}"
            is_on = fact.level is not Halt.NONE
            return Line(Level.WARNING if is_on else Level.INFO, "halt", words, HALT_REMEDY if is_on else "", more)
        case StrategyMoved():
            words = f"{fact.rule} {'armed' if fact.armed else 'disarmed'} by {fact.by}: {fact.reason}"
            return Line(
                Level.INFO if fact.armed else Level.WARNING, "strategy", words, "" if fact.armed else ARM_REMEDY, more
            )
        case AlarmRaised():
            alarm = fact.alarm
            remedy = ALARM_STOPS if alarm.stops else ALARM_REMEDY
            return Line(Level.ERROR if alarm.stops else Level.WARNING, alarm.who, alarm.sentence, remedy, more)
        case IntentRefused():
            codes = [refusal.code for refusal in fact.refusals]
            return Line(Level.INFO, "gate", f"{fact.intent_id} refused: {', '.join(codes)}", "", more)
    raise BadInput(f"{type(fact).__name__} has no line")


def _ticks(count: int) -> str:
    return "1 tick" if count == 1 else f"{count} ticks"


class Teller:
    """Say a line for every fact that is worth one; a name's bad ticks at most once a minute of the day."""

    TOPICS: Final = (Incident, AlarmRaised, TicksQuarantined, FeedMoved, HaltMoved, StrategyMoved, IntentRefused)

    def __init__(self, say: Callable[[Line], None], least: Level = Level.INFO) -> None:
        self._say = say
        self._least = least
        self._told: dict[int, int] = {}

    def listen(self, bus: Bus) -> None:
        """Begin to hear."""
        for topic in self.TOPICS:
            bus.hear(topic, self.hear)

    def hear(self, fact: Any) -> None:
        """Say the line of a fact."""
        if isinstance(fact, TicksQuarantined) and not self._is_due(fact):
            return
        line = line_of(fact)
        if line.level is Level.INFO and isinstance(fact, FeedMoved) and fact.state is FeedState.LIVE:
            return
        if line.level >= self._least:
            self._say(line)

    def _is_due(self, fact: TicksQuarantined) -> bool:
        before = self._told.get(fact.token)
        if before is not None and before <= fact.ts < before + AGAIN_NS:
            return False
        self._told[fact.token] = fact.ts
        return True


def without_nan(tree: Any) -> Any:
    """Answer a tree of plain values in which what is unknown is null: JSON has no NaN."""
    if isinstance(tree, dict):
        return {key: without_nan(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [without_nan(value) for value in tree]
    return None if isinstance(tree, float) and tree != tree else tree
