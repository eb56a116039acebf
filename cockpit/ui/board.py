"""The board: what the screen knows, told by facts alone, every number with its time; no Qt, no engine.

The board's present is the newest instant heard plus the real time that has passed since, so ages go on growing when
whoever tells has fallen silent, whatever clock the day runs on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit import facts
from cockpit.broker_books import BooksCompared
from cockpit.bus import Bus, Unhear
from cockpit.clock import NS, monotonic_ns
from cockpit.errors import BadInput
from cockpit.market import Instrument, Phase, TradingDay
from cockpit.money import Price
from cockpit.ui.news import Line, line_of

FRESH_S: Final = 2.0
STALE_S: Final = 10.0
GONE_S: Final = 60.0
UNKNOWN_VOLUME: Final = -1
LOG_LENGTH: Final = 1000
TOPICS: Final = (
    *facts.JOURNAL,
    facts.TicksSeen,
    facts.TicksQuarantined,
    facts.BarMoved,
    facts.BarClosed,
    facts.AccountMarked,
    facts.RiskSeen,
    facts.HealthSeen,
    facts.Progressed,
    BooksCompared,
)
"""Everything that is told."""


class Freshness(StrEnum):
    """How much a shown price may be believed to be the present one."""

    FRESH = "fresh"
    AGEING = "ageing"
    STALE = "stale"
    NONE = "no data"
    CLOSED = "closed"
    """The market is shut or the day is over: the last price is right and old."""

    @property
    def is_doubtful(self) -> bool:
        """Tell whether the price has to be greyed."""
        return self in (Freshness.STALE, Freshness.NONE)


@dataclass(frozen=True, slots=True)
class NameSeen:
    """One watched name at one instant. `price` 0 means never seen; `change` is NaN where it cannot be known."""

    instrument: Instrument
    price: Price
    previous_close: Price
    ts: int
    age_s: float
    freshness: Freshness
    change: float
    """Ratio to the previous close."""
    volume: int
    """Shares so far today; below 0 while it was never told."""

    @property
    def is_seen(self) -> bool:
        """Tell whether there is a price at all."""
        return self.price > 0


@dataclass(frozen=True, slots=True)
class SymbolChosen:
    """The trader opened another name; told on the board alone, never on the bus."""

    token: int


@dataclass(frozen=True, slots=True)
class Beat:
    """A quarter of a second passed: clocks and ages are drawn again."""


class Board:
    """Take facts, keep the newest of each kind, answer what the screen asks. `real_ns` is the ticking of real time."""

    def __init__(self, real_ns: Callable[[], int] = monotonic_ns) -> None:
        self._real_ns = real_ns
        self._newest = 0
        self._heard_at = real_ns()
        self._latest: dict[type, Any] = {}
        self.topics: set[type] = set()
        """Kinds of fact heard since the last frame."""
        self.log: deque[Line] = deque(maxlen=LOG_LENGTH)
        self.progress: dict[str, facts.Progressed] = {}
        self.strategies: dict[str, facts.StrategyMoved] = {}
        """The newest word on every strategy that was armed or disarmed, by rule."""
        self.gaps: list[tuple[int, int]] = []
        """Stretches without a feed (from, until; ns UTC), until 0 while it lasts."""
        self.operator = "trader"
        """Who sits here: the name that the ledger gets with every command."""
        self.proved_ts = 0
        """When ledger and broker were last found equal, ns UTC; 0 while they never were."""
        self.selected = 0
        self.frame_lag_ms = math.nan
        self.n_ticks = 0
        self._last_frame_ts = 0
        self.day: TradingDay | None = None
        self._tokens = np.zeros(0, dtype=np.int64)
        self._grain_s = 0.0
        self._lay_slots(0)

    # -- the day -----------------------------------------------------------------------------------

    def open_day(self, day: TradingDay, prices: Mapping[int, tuple[Price, int]] | None = None) -> None:
        """Take in the day's names, and the last believed prices of a day already under way."""
        self.day = day
        self._tokens = np.array([i.token for i in day.instruments], dtype=np.int64)
        if not (np.diff(self._tokens) > 0).all():
            raise BadInput("the day's instruments are not in ascending token order; slots would mix names up")
        self._lay_slots(len(self._tokens))
        known = np.asarray(day.stats["previous_close"], dtype=np.float64)
        self.previous_close[:] = np.where(np.isnan(known), 0, known).astype(np.int64)
        self._grain_s = float(int(day.interval))
        for token, (price, ts) in (prices or {}).items():
            self._see_price(self.slot(token), price, ts)
        if not self.selected:
            self.select(next((i.token for i in day.instruments if not i.is_index), 0))

    def _lay_slots(self, n: int) -> None:
        self.price = np.zeros(n, dtype=np.int64)
        self.previous_close = np.zeros(n, dtype=np.int64)
        self.seen_ts = np.zeros(n, dtype=np.int64)
        self.volume = np.full(n, UNKNOWN_VOLUME, dtype=np.int64)
        self.dirty = np.zeros(n, dtype=np.bool_)

    def slot(self, token: int) -> int:
        """Answer the row of a watched name; BadInput when it is not watched today."""
        at = int(np.searchsorted(self._tokens, token))
        if at == len(self._tokens) or self._tokens[at] != token:
            raise BadInput(f"token {token} is not on today's watchlist")
        return at

    def watches(self, token: int) -> bool:
        """Tell whether a name is on today's watchlist."""
        at = int(np.searchsorted(self._tokens, token))
        return at < len(self._tokens) and bool(self._tokens[at] == token)

    # -- hearing -----------------------------------------------------------------------------------

    def listen(self, bus: Bus) -> list[Unhear]:
        """Hear everything that is told on a bus; call each answer to stop."""
        return [bus.hear(topic, self.take) for topic in TOPICS]

    def take(self, fact: Any) -> None:
        """Take one fact in; last value wins, journal facts also leave a line in the log."""
        kind = type(fact)
        self.topics.add(kind)
        self._latest[kind] = fact
        reader = _READERS.get(kind)
        if reader is not None:
            reader(self, fact)
        line = line_of(fact)
        if line is not None:
            self.log.append(line)
        self._hear_time(int(getattr(fact, "ts", 0) or (line.ts if line else 0)))

    def select(self, token: int) -> None:
        """Open a name in everything that is linked."""
        if token and token != self.selected:
            self.selected = token
            self.topics.add(SymbolChosen)

    def _hear_time(self, ts: int) -> None:
        if ts > self._newest:
            self._newest, self._heard_at = ts, self._real_ns()

    def _take_ticks(self, told: facts.TicksSeen) -> None:
        ticks = told.ticks
        if not len(ticks) or not len(self._tokens):
            return
        self.n_ticks += len(ticks)
        slots = np.searchsorted(self._tokens, ticks["token"])
        known = slots < len(self._tokens)
        known[known] = self._tokens[slots[known]] == ticks["token"][known]
        ticks, slots = ticks[known], slots[known]
        if not len(ticks):
            return
        self._grain_s = 0.0
        self.price[slots] = ticks["last_price"]
        stamps = np.where(ticks["ts_event"] > 0, ticks["ts_event"], ticks["ts_seen"])
        self.seen_ts[slots] = stamps
        self.volume[slots] = np.maximum(self.volume[slots], ticks["volume"])
        closes = ticks["close"]
        self.previous_close[slots] = np.where(closes > 0, closes, self.previous_close[slots])
        self.dirty[slots] = True
        self._last_frame_ts = max(self._last_frame_ts, int(stamps.max()))
        self._hear_time(self._last_frame_ts)

    def _take_closed(self, told: facts.BarClosed) -> None:
        # Where ticks exist they are newer than the bar they closed; where they do not, the bar is all there is.
        for row in told.bars:
            token, ends = int(row["token"]), int(row["ts_open"]) + int(row["interval_s"]) * NS
            if self.watches(token):
                slot = self.slot(token)
                self.dirty[slot] = True
                if self._grain_s and int(row["interval_s"]) == int(self._grain_s):
                    self._see_price(slot, int(row["close"]), ends)
                    self.volume[slot] = max(0, int(self.volume[slot])) + int(row["volume"])
            self._hear_time(ends if self._grain_s else 0)

    def _see_price(self, slot: int, price: Price, ts: int) -> None:
        if ts >= self.seen_ts[slot]:
            self.price[slot], self.seen_ts[slot] = price, ts
            self.dirty[slot] = True
            self._last_frame_ts = max(self._last_frame_ts, ts)
            self._hear_time(ts)

    def _take_progress(self, told: facts.Progressed) -> None:
        self.progress[told.job] = told
        if told.total and told.done >= told.total:
            del self.progress[told.job]

    def _take_feed(self, moved: facts.FeedMoved) -> None:
        lasting = bool(self.gaps) and self.gaps[-1][1] == 0
        if moved.state in (facts.FeedState.LOST, facts.FeedState.SILENT, facts.FeedState.TOKEN_DEAD) and not lasting:
            self.gaps.append((moved.ts, 0))
        elif moved.state is facts.FeedState.LIVE and lasting:
            self.gaps[-1] = (self.gaps[-1][0], moved.ts)

    def taken(self) -> tuple[frozenset[type], NDArray[Any]]:
        """Answer what changed since the last call (kinds of fact, slots of names) and begin afresh."""
        topics, slots = frozenset(self.topics), np.flatnonzero(self.dirty)
        self.topics.clear()
        self.dirty[:] = False
        return topics, slots

    # -- answering ---------------------------------------------------------------------------------

    def newest(self, kind: type) -> Any:
        """Answer the newest fact of a kind; None when none was ever told."""
        return self._latest.get(kind)

    @property
    def now(self) -> int:
        """Answer the screen's present, ns UTC; 0 before anything was heard."""
        if not self._newest or self.is_over:
            return self._newest
        return self._newest + max(0, self._real_ns() - self._heard_at)

    @property
    def is_over(self) -> bool:
        """Tell whether the day's tape has ended or its arithmetic is written: nothing more will come."""
        feed: facts.FeedMoved | None = self._latest.get(facts.FeedMoved)
        opened: facts.DayOpened | None = self._latest.get(facts.DayOpened)
        closed: facts.DayClosed | None = self._latest.get(facts.DayClosed)
        ended = feed is not None and feed.state is facts.FeedState.ENDED
        return ended or (closed is not None and (opened is None or closed.ts >= opened.ts))

    @property
    def feed_age_s(self) -> float:
        """Answer how old the newest price of any name is; NaN before the first."""
        return (self.now - self._last_frame_ts) / NS if self._last_frame_ts else math.nan

    @property
    def feed_freshness(self) -> Freshness:
        """Answer how fresh the stream as a whole is."""
        return self._judged(self._last_frame_ts, self.phase())

    def phase(self, token: int = 0) -> Phase:
        """Answer what the exchange does now, for one name or for plain names."""
        if self.day is None or not self._newest:
            return Phase.CLOSED
        named = self.day.instruments[self.slot(token)] if token else Instrument(0, "")
        return self.day.session.phase(named, self.now)

    def name(self, token: int) -> NameSeen:
        """Answer one watched name as it stands now; BadInput when it is not watched."""
        if self.day is None:
            raise BadInput("no day is open yet; there are no names to ask for")
        slot = self.slot(token)
        price, close, ts = int(self.price[slot]), int(self.previous_close[slot]), int(self.seen_ts[slot])
        return NameSeen(
            instrument=self.day.instruments[slot],
            price=price,
            previous_close=close,
            ts=ts,
            age_s=(self.now - ts) / NS if ts else math.nan,
            freshness=self._judged(ts, self.phase(token)),
            change=price / close - 1 if price and close else math.nan,
            volume=int(self.volume[slot]),
        )

    def freshness(self, token: int) -> Freshness:
        """Answer how fresh the price of one name is."""
        return self._judged(int(self.seen_ts[self.slot(token)]), self.phase(token))

    def _judged(self, ts: int, phase: Phase) -> Freshness:
        if not ts:
            return Freshness.NONE
        if self.is_over or phase in (Phase.CLOSED, Phase.BREAK, Phase.POST_CLOSE):
            return Freshness.CLOSED
        age = (self.now - ts) / NS - self._grain_s
        if age < FRESH_S:
            return Freshness.FRESH
        if age <= STALE_S:
            return Freshness.AGEING
        return Freshness.STALE if age <= GONE_S else Freshness.NONE

    def n_stale(self) -> tuple[int, int]:
        """Answer how many traded names are stale, and how many have no data."""
        if self.day is None:
            return 0, 0
        states = [self.freshness(i.token) for i in self.day.instruments if not i.is_index]
        return states.count(Freshness.STALE), states.count(Freshness.NONE)

    def instrument(self, token: int) -> Instrument | None:
        """Answer a watched instrument; None when it is not watched today."""
        return self.day.instruments[self.slot(token)] if self.day and self.watches(token) else None

    def index(self) -> NameSeen | None:
        """Answer the first index on the watchlist; None when there is none."""
        if self.day is None:
            return None
        return next((self.name(i.token) for i in self.day.instruments if i.is_index), None)

    @property
    def halt(self) -> facts.Halt:
        """Answer how far trading is halted, by whichever of halt and risk was told last."""
        moved: facts.HaltMoved | None = self._latest.get(facts.HaltMoved)
        risk: facts.RiskSeen | None = self._latest.get(facts.RiskSeen)
        if moved is not None and (risk is None or moved.ts >= risk.ts):
            return moved.level
        return risk.halt if risk is not None else facts.Halt.NONE

    @property
    def halted_by(self) -> str:
        """Answer who halted trading; empty when nobody did."""
        if self.halt is facts.Halt.NONE:
            return ""
        moved: facts.HaltMoved | None = self._latest.get(facts.HaltMoved)
        risk: facts.RiskSeen | None = self._latest.get(facts.RiskSeen)
        return moved.by if moved is not None else risk.halted_by if risk is not None else ""

    def _take_compared(self, told: BooksCompared) -> None:
        if told.is_equal:
            self.proved_ts = told.ts

    def _take_strategy(self, moved: facts.StrategyMoved) -> None:
        self.strategies[moved.rule] = moved


_READERS: Final[dict[type, Callable[[Board, Any], None]]] = {
    facts.TicksSeen: Board._take_ticks,
    facts.BarClosed: Board._take_closed,
    facts.Progressed: Board._take_progress,
    facts.FeedMoved: Board._take_feed,
    facts.StrategyMoved: Board._take_strategy,
    BooksCompared: Board._take_compared,
}
