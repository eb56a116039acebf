"""One data layer: callers ask for an evening, sources are asked in order, and every answer says where it came from.

What nobody could supply is Missing with each source's reason. Nothing here is a price or a row of our own making.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from datetime import time as clock_time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import Clock, instant
from cockpit.errors import Abstained, CockpitError
from cockpit.evidence import TABLES, Evidence, Finding, Missing, Origin, Sourced
from cockpit.market import DailyPanel, Instrument
from cockpit.ports import Calendar
from cockpit.venues.breaker import Breaker
from cockpit.venues.day_bars import gridded, rows_of_panel
from cockpit.venues.deadline import within
from cockpit.venues.flights import Flights
from cockpit.venues.gaps import filled, holes, on_days, still_missing
from cockpit.venues.quality import STALE_SHARE, gated
from cockpit.venues.sources import DELIVERY, HEADLINES, PRICES, ROWS, SURVEILLANCE, WANTED, Ask, Cabinet, Source, sound

AS_OF: Final = clock_time(20, 0)
HISTORY_DAYS: Final = 800
"""Calendar days of prices: two years and what a filter needs to settle."""
FRESH_S: Final = 900.0
"""An evening that was put together so long ago is put together again when asked for."""
KEPT_SHARE: Final = 0.98
"""Kept prices give way to fetched ones of at least so many bars: half an answer does not push out a whole one."""


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    evidence: Evidence


class Fusion:
    """Answer evenings from `sources`, best first. One instance serves all tasks and threads of the program."""

    def __init__(
        self,
        sources: Sequence[Source],
        calendar: Calendar,
        clock: Clock,
        *,
        cabinet: Cabinet | None = None,
        stale_share: float = STALE_SHARE,
        history_days: int = HISTORY_DAYS,
    ) -> None:
        self._sources = tuple(sources)
        self._calendar = calendar
        self._clock = clock
        self._cabinet = cabinet
        self._stale_share = stale_share
        self._history_days = history_days
        self._breakers = {(s.name, what): Breaker(clock) for s in self._sources for what in s.supplies}
        self._flights: Flights[tuple[date, tuple[Instrument, ...]], Evidence] = Flights()
        self._kept: dict[tuple[date, tuple[Instrument, ...]], _Kept] = {}

    async def evidence(self, session: date, instruments: Sequence[Instrument]) -> Evidence:
        """Answer the evening of `session` for `instruments`; whoever asks meanwhile gets the same answer.

        Errors: Abstained when nobody has prices, or too many names are stale; what else is not there is Missing.
        """
        key = (session, tuple(instruments))
        kept = self._kept.get(key)
        if kept is not None and self._clock.monotonic() - kept.at < FRESH_S:
            return kept.evidence
        return await self._flights.join(key, lambda: self._evening(*key))

    async def _evening(self, session: date, instruments: tuple[Instrument, ...]) -> Evidence:
        ask = Ask(session, instant(session, AS_OF), session - timedelta(days=self._history_days), instruments)
        others = [what for what in WANTED if what != PRICES]
        prices, *parts = await asyncio.gather(self._prices(ask), *(self._part(what, ask) for what in others))
        answers: dict[str, Any] = dict(zip(others, parts, strict=True))
        sourced, findings = prices
        delivery = answers.pop(DELIVERY)
        if isinstance(delivery, Sourced):
            sourced = replace(sourced, value=_delivered(sourced.value, delivery))
        whole = Evidence(
            session=session,
            as_of=ask.as_of,
            prices=sourced,
            headlines=answers[HEADLINES],
            surveillance=answers[SURVEILLANCE],
            findings=findings,
            **{name: answers[name] for name in TABLES},
        )
        evidence = gated(whole.known(session, ask.as_of), self._days(ask.first, session), stale_share=self._stale_share)
        self._kept = {(session, instruments): _Kept(self._clock.monotonic(), evidence)}
        return evidence

    async def _part(self, what: str, ask: Ask) -> Sourced[Any] | Missing:
        """Answer one table from the first source that has it, then from what was kept, else Missing."""
        reasons: list[str] = []
        for source in self._sources:
            if what in source.supplies:
                answer = await self._asked(source, what, ask, reasons)
                if answer is not None:
                    self._keep(what, answer)
                    return _after(answer, reasons)
        kept = self._found(what)
        if kept is not None:
            return _after(kept, reasons)
        return Missing(what, "; ".join(reasons) if reasons else "no source supplies it")

    async def _prices(self, ask: Ask) -> tuple[Sourced[DailyPanel], tuple[Finding, ...]]:
        """Answer prices of the first source that has any, its holes filled from those after it."""
        sessions = self._days(ask.first, ask.session)
        reasons: list[str] = []
        found: list[Finding] = []
        best: Sourced[DailyPanel] | None = None
        for source in self._sources:
            if PRICES not in source.supplies:
                continue
            wanted = ask if best is None else replace(ask, instruments=_with_holes(best.value, sessions))
            if not wanted.instruments:
                break
            answer = await self._asked(source, PRICES, wanted, reasons)
            if answer is not None:
                best = _joined(best, answer, wanted, source.name, sessions, found)
        kept = self._found(PRICES)
        if best is not None:
            rows = rows_of_panel(best.value)
            if kept is None or len(rows) >= KEPT_SHARE * len(kept.value):
                self._keep(PRICES, Sourced(rows, best.origin))
        if kept is not None and (best is None or _with_holes(best.value, sessions)):
            best = _joined(best, kept, ask, kept.origin.source, sessions, found)
        if best is None:
            raise Abstained(f"nobody has prices of {ask.session}: {'; '.join(reasons) or 'no source supplies them'}")
        return _after(best, reasons), (*found, *still_missing(best.value, sessions))

    async def _asked(self, source: Source, what: str, ask: Ask, reasons: list[str]) -> Sourced[Any] | None:
        """Ask one source under its deadline; a failure is a reason, for the origin of whoever answers instead."""
        breaker = self._breakers[source.name, what]
        refusal = breaker.refusal()
        if refusal is not None:
            reasons.append(f"{source.name}: {refusal}")
            return None
        try:
            answer = sound(what, await within(source.deadline_s, f"{source.name} ({what})", source.fetch(what, ask)))
        except asyncio.CancelledError:
            breaker.let_go()
            raise
        except Exception as fault:  # a source is a stranger: whatever it raises, the next one is asked
            reason = str(fault) if isinstance(fault, CockpitError) else f"{type(fault).__name__}: {fault}"
            breaker.failed(reason)
            reasons.append(f"{source.name}: {reason}")
            return None
        breaker.worked()
        return answer

    def _days(self, first: date, last: date) -> NDArray[Any]:
        return np.array([s.day for s in self._calendar.sessions(first, last)], dtype="datetime64[D]")

    def _keep(self, what: str, answer: Sourced[Any]) -> None:
        if self._cabinet is not None and what in ROWS:
            with contextlib.suppress(OSError):  # a full disk costs the next outage, not this evening
                self._cabinet.keep(what, answer.value, answer.origin)

    def _found(self, what: str) -> Sourced[Any] | None:
        if self._cabinet is None or what not in ROWS:
            return None
        return self._cabinet.find(what, ROWS[what])


def _joined(
    best: Sourced[DailyPanel] | None,
    answer: Sourced[Any],
    ask: Ask,
    name: str,
    sessions: NDArray[Any],
    found: list[Finding],
) -> Sourced[DailyPanel]:
    made = gridded(answer.value, ask.instruments, name)
    found += made.findings
    if best is None:
        return Sourced(made.panel, answer.origin)
    more = filled(best.value, made.panel, sessions)
    found += more.findings
    newest = max(best.origin.newest, answer.origin.newest)
    return Sourced(more.panel, replace(best.origin, newest=newest))


def _with_holes(panel: DailyPanel, sessions: NDArray[Any]) -> tuple[Instrument, ...]:
    missing = holes(on_days(panel, np.union1d(panel.days, sessions)), sessions).any(axis=0)
    return tuple(panel.instruments[k] for k in np.flatnonzero(missing).tolist())


def _delivered(panel: DailyPanel, delivery: Sourced[Any]) -> DailyPanel:
    other = on_days(gridded(delivery.value, panel.instruments, delivery.origin.source).panel, panel.days)
    return replace(panel, delivery=np.where(np.isnan(panel.delivery), other.delivery, panel.delivery))


def _after(answer: Sourced[Any], reasons: Sequence[str]) -> Sourced[Any]:
    """Answer with the origin telling why better sources did not answer."""
    said = [*reasons, *([answer.origin.fallback] if answer.origin.fallback else [])]
    origin: Origin = replace(answer.origin, fallback="; ".join(said))
    return replace(answer, origin=origin)
