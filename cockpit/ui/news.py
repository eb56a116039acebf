"""One line of the log for each fact worth a trader's eye: when, how grave, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cockpit import facts
from cockpit.clock import hhmmss
from cockpit.money import price_text, rupees
from cockpit.orders import Side, Status


class Grade(StrEnum):
    """How grave a line is; each has its own sign, because colour is never the only one."""

    NOTE = "note"
    GOOD = "good"
    WARN = "warn"
    ALARM = "alarm"

    @property
    def sign(self) -> str:
        """Answer the sign that goes before the words."""
        return {"note": "·", "good": "✓", "warn": "▲", "alarm": "■"}[self.value]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log. `token` is the name it speaks of, 0 for none; `topic` gathers repeats."""

    ts: int
    grade: Grade
    topic: str
    words: str
    token: int = 0

    @property
    def text(self) -> str:
        """Answer the line as the log prints it."""
        return f"{hhmmss(self.ts)}  {self.grade.sign} {self.words}"


def line_of(fact: Any) -> Line | None:
    """Answer the log's line for a fact, None for facts that only move numbers."""
    writer = _WRITERS.get(type(fact))
    return writer(fact) if writer else None


def _opened(fact: facts.DayOpened) -> Line:
    words = f"Day {fact.day:%d %b %Y} opened: {len(fact.symbols)} names from {fact.source}, {rupees(fact.equity_paise)}"
    return Line(fact.ts, Grade.NOTE, "day", words)


def _closed(fact: facts.DayClosed) -> Line:
    words = (
        f"Day closed: {fact.trades} trades, net {rupees(fact.net_paise, sign=True)}"
        f" after {rupees(fact.charges_paise)} charges; {fact.refusals} signals refused"
    )
    return Line(fact.ts, Grade.NOTE, "day", words)


def _wanted(fact: facts.IntentMade) -> Line:
    i = fact.intent
    side = "long" if i.side is Side.BUY else "short"
    return Line(i.ts, Grade.NOTE, i.rule, f"{i.rule} wants {side} {i.symbol}: {i.reason}", i.token)


def _withdrawn(fact: facts.IntentWithdrawn) -> Line:
    w = fact.withdrawal
    return Line(w.ts, Grade.NOTE, "withdrawn", f"Signal withdrawn: {w.reason}")


def _refused(fact: facts.IntentRefused) -> Line:
    first = fact.refusals[0] if fact.refusals else None
    if first is None:
        return Line(fact.ts, Grade.WARN, "refused", "A signal was refused without a reason on record")
    return Line(fact.ts, Grade.WARN, f"refused {first.code}", f"{first.symbol} refused: {first.sentence}", first.token)


def _placed(fact: facts.OrderPlaced) -> Line:
    o = fact.order
    words = f"{o.role.value.title()} sent: {o.side.name} {o.quantity} {o.symbol} {o.kind.value}"
    return Line(o.ts, Grade.NOTE, "orders", words, o.token)


def _changed(fact: facts.OrderChanged) -> Line | None:
    m = fact.moved
    if m.status is Status.REJECTED:
        return Line(m.ts, Grade.ALARM, "rejected", f"Order {m.order_id} rejected by the broker: {m.reason}")
    if m.status is Status.UNKNOWN:
        return Line(m.ts, Grade.ALARM, "unknown", f"Order {m.order_id} UNKNOWN: it may be live. {m.reason}".strip())
    return None


def _filled(fact: facts.FillBooked) -> Line:
    f = fact.fill
    words = f"{f.role.value.title()} filled: {f.side.name} {f.quantity} {f.symbol} at {price_text(f.price)}"
    return Line(f.ts, Grade.GOOD, "fills", words, f.token)


def _halted(fact: facts.HaltMoved) -> Line:
    if fact.level is facts.Halt.NONE:
        return Line(fact.ts, Grade.WARN, "halt", f"Halt released by {fact.by}: {fact.reason}")
    return Line(fact.ts, Grade.ALARM, "halt", f"HALTED by {fact.by}: {fact.level.sentence} {fact.reason}")


def _armed(fact: facts.StrategyMoved) -> Line:
    word, grade = ("armed", Grade.NOTE) if fact.armed else ("disarmed", Grade.WARN)
    return Line(fact.ts, grade, f"strategy {fact.rule}", f"{fact.rule} {word} by {fact.by}: {fact.reason}")


_FEED: Final = {
    facts.FeedState.LIVE: Grade.GOOD,
    facts.FeedState.SILENT: Grade.WARN,
    facts.FeedState.LOST: Grade.ALARM,
    facts.FeedState.TOKEN_DEAD: Grade.ALARM,
}


def _feed(fact: facts.FeedMoved) -> Line:
    why = f": {fact.reason}" if fact.reason else ""
    return Line(fact.ts, _FEED.get(fact.state, Grade.NOTE), "feed", f"Feed {fact.state.value}{why}")


def _incident(fact: facts.Incident) -> Line:
    return Line(fact.ts, Grade.ALARM, f"incident {fact.where}", f"{fact.where}: {fact.what}. {fact.remedy}")


def _quarantined(fact: facts.TicksQuarantined) -> Line:
    words = f"{fact.count} ticks of {fact.symbol} set aside: {fact.reason}"
    return Line(fact.ts, Grade.WARN, f"quarantine {fact.symbol}", words, fact.token)


_WRITERS: Final[dict[type, Callable[[Any], Line | None]]] = {
    facts.DayOpened: _opened,
    facts.DayClosed: _closed,
    facts.IntentMade: _wanted,
    facts.IntentWithdrawn: _withdrawn,
    facts.IntentRefused: _refused,
    facts.OrderPlaced: _placed,
    facts.OrderChanged: _changed,
    facts.FillBooked: _filled,
    facts.HaltMoved: _halted,
    facts.StrategyMoved: _armed,
    facts.FeedMoved: _feed,
    facts.Incident: _incident,
    facts.TicksQuarantined: _quarantined,
}
