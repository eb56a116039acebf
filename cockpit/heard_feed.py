"""A feed that is listened to: its complaints go to the journal and its frames to the recorder, beside the flow.

Troubles are gathered while the feed reads and written by the lane before the next frame: the feed never waits for
them, and a day without trouble is the same day to the byte.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cockpit.clock import NS, Clock, hhmmss
from cockpit.errors import BadInput, CockpitError
from cockpit.facts import FeedMoved, FeedState, Incident
from cockpit.market import TICK
from cockpit.ports import Feed, Frame
from cockpit.storage.recorder import TickRecorder

AGAIN_NS: Final = 60 * NS
"""The same trouble is told again after so long; until then it is counted."""
KINDS: Final = 32
"""So many kinds of trouble are told apart; beyond that they count as one, so that a talkative server fills nothing."""

Keep = Callable[[Sequence[Incident]], Coroutine[Any, Any, None]]
"""Makes incidents durable and tells them, in the flow's lane."""


@dataclass(slots=True)
class _Kind:
    newest: Incident
    told_ts: int | None = None
    n_more: int = 0
    fresh: list[Incident] = field(default_factory=list)


class Troubles:
    """Gather troubles as they are heard; `due` answers those to be written, at most one of a kind a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kinds: dict[str, _Kind] = {}
        self._incidents: list[Incident] = []
        self._is_fresh = False

    def hear(self, trouble: CockpitError) -> None:
        """Take what went wrong on the wire."""
        key = type(trouble).__name__ if isinstance(trouble, BadInput) else f"{type(trouble).__name__} {trouble}"
        if key not in self._kinds and len(self._kinds) >= KINDS:
            key = "others"
        told = Incident(self._clock.now(), "feed", str(trouble), trouble.remedy)
        kind = self._kinds.setdefault(key, _Kind(told))
        if kind.told_ts is None or told.ts >= kind.told_ts + AGAIN_NS:
            kind.fresh.append(_counted(told, kind))
            kind.told_ts, kind.n_more = told.ts, 0
            self._is_fresh = True
        else:
            kind.n_more += 1
        kind.newest = told

    def take(self, incident: Incident) -> None:
        """Take an incident that is worded already."""
        self._incidents.append(incident)
        self._is_fresh = True

    def due(self) -> list[Incident]:
        """Take what is to be written now."""
        if not self._is_fresh:
            return []
        found = [*self._incidents, *(incident for kind in self._kinds.values() for incident in kind.fresh)]
        self._incidents.clear()
        for kind in self._kinds.values():
            kind.fresh.clear()
        self._is_fresh = False
        return found

    def rest(self) -> list[Incident]:
        """Take what is to be written at the end: the counts that no later trouble told, too."""
        found = self.due()
        for kind in self._kinds.values():
            if kind.n_more:
                where, remedy = kind.newest.where, kind.newest.remedy
                found.append(Incident(self._clock.now(), where, _since(kind), remedy))
                kind.n_more = 0
        return found


class HeardFeed:
    """A feed in front of which somebody sits: it is the feed it was given, heard and, if asked, recorded."""

    def __init__(self, feed: Feed, troubles: Troubles, recorder: TickRecorder | None = None) -> None:
        self.feed = feed
        self._troubles = troubles
        self._recorder = recorder
        self._keep: Keep | None = None

    def tell_through(self, keep: Keep) -> None:
        """Give troubles to `keep` from now on."""
        self._keep = keep

    async def stream(self) -> AsyncIterator[Frame]:
        """Yield the feed's frames; what was heard before a frame is written before it is passed on."""
        async for frame in self.feed.stream():
            if self._recorder is not None and not isinstance(frame, FeedMoved) and frame.dtype == TICK:
                self._recorder.record(frame)
            is_over = isinstance(frame, FeedMoved) and frame.state is FeedState.ENDED
            await self._write(self._troubles.rest() if is_over else self._troubles.due())
            yield frame

    async def write(self) -> None:
        """Write what was heard since the last frame; for days on which frames may fail to come."""
        await self._write(self._troubles.due())

    async def _write(self, incidents: Sequence[Incident]) -> None:
        if incidents and self._keep is not None:
            await self._keep(incidents)

    async def watch(self, tokens: Sequence[int]) -> None:
        """Make exactly `tokens` the watched set."""
        await self.feed.watch(tokens)

    async def close(self) -> None:
        """End the feed."""
        await self.feed.close()


def _counted(told: Incident, kind: _Kind) -> Incident:
    if not kind.n_more:
        return told
    return Incident(told.ts, told.where, f"{told.what} ({kind.n_more + 1} since {_told_at(kind)})", told.remedy)


def _since(kind: _Kind) -> str:
    return f"{kind.n_more} more since {_told_at(kind)}, the last: {kind.newest.what}"


def _told_at(kind: _Kind) -> str:
    return hhmmss(kind.told_ts or 0)
