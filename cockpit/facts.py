"""What can be told: every message is a frozen fact in the past tense, and its type is its topic.

`JOURNAL` lists the facts that change money or explain why it did; they are durable before anyone hears of them.
The rest are news for the screen: bars and ticks, ages, progress.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Final, TypeAlias

from cockpit.account import Account, Equity
from cockpit.market import Bars, Ticks
from cockpit.money import Paise
from cockpit.opinions import Alarm, Regime, Scan, Weights
from cockpit.orders import Fill, Intent, Mode, Order, OrderMoved, Refusal, Withdrawal


class Halt(IntEnum):
    """How far trading is stopped; each level includes the ones below it."""

    NONE = 0
    ENTRIES = 1  # no new entries; stops and exits live on
    CANCEL = 2  # and resting entries are cancelled
    FLATTEN = 3  # and every position is closed

    @property
    def sentence(self) -> str:
        """Say in words what this level does."""
        return HALT_WORDS[self]


HALT_WORDS: Final = {
    Halt.NONE: "Trading is not halted.",
    Halt.ENTRIES: "No new entries. Stops, targets and exits live on.",
    Halt.CANCEL: "No new entries, resting entries cancelled. Stops, targets and exits live on.",
    Halt.FLATTEN: "No new entries, resting entries cancelled, every position closed.",
}


class SwitchState(StrEnum):
    """How a kill switch stands; UNKNOWN counts as tripped for new entries."""

    ARMED = "ARMED"
    WATCH = "WATCH"
    TRIPPED = "TRIPPED"
    UNKNOWN = "UNKNOWN"


class FeedState(StrEnum):
    """How the stream stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    LOST = "lost"
    TOKEN_DEAD = "token dead"
    ENDED = "ended"
    """The tape or the practice day is over; nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """The first row of every ledger: whose money this is can never change afterwards."""

    ts: int
    mode: Mode
    account: str
    cash_paise: Paise
    build: str


@dataclass(frozen=True, slots=True)
class DayOpened:
    """A session began for us, with what we watch and the equity we begin with."""

    ts: int
    day: date
    mode: Mode
    source: str
    symbols: tuple[str, ...]
    equity_paise: Paise


@dataclass(frozen=True, slots=True)
class DayClosed:
    """A session ended for us, with its arithmetic."""

    ts: int
    day: date
    trades: int
    gross_paise: Paise
    charges_paise: Paise
    net_paise: Paise
    equity_paise: Paise
    refusals: int
    bars: int
    ticks: int


@dataclass(frozen=True, slots=True)
class ScanPublished:
    """An evening's scan was published."""

    ts: int
    scan: Scan


@dataclass(frozen=True, slots=True)
class WeightsMoved:
    """An evening's weights took the place of the ones before, with their evidence and alarms."""

    ts: int
    weights: Weights


@dataclass(frozen=True, slots=True)
class RegimeMoved:
    """The market's weather was judged: its state, band and evidence, and the exposure that the confidence allows."""

    ts: int
    regime: Regime
    confidence: float
    exposure: float


@dataclass(frozen=True, slots=True)
class OutcomesMarked:
    """Predictions of the evening `made` came true or not: how many names, and each brain's Brier loss and rank IC.

    Besides the brains, `ensemble` and the standing shadows are marked; one without a view that evening is missing.
    """

    ts: int
    made: date
    session: date
    names: int
    losses: Mapping[str, float]
    ics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ModelPublished:
    """A brain's model took the place of the one before, and why it may."""

    ts: int
    brain: str
    version: str
    replaced: str
    """Version before; empty for the first."""
    why: str


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Something learned is not what it claims to be."""

    ts: int
    alarm: Alarm


@dataclass(frozen=True, slots=True)
class IntentMade:
    """A strategy wants a position."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class IntentWithdrawn:
    """A strategy took an intent back."""

    withdrawal: Withdrawal


@dataclass(frozen=True, slots=True)
class IntentRefused:
    """The gate said no; every rule that refused is kept."""

    intent_id: str
    ts: int
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """An order is durable with us and about to be sent."""

    order: Order


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """The broker reported a change of an order."""

    moved: OrderMoved


@dataclass(frozen=True, slots=True)
class FillBooked:
    """A fill was booked, once."""

    fill: Fill


@dataclass(frozen=True, slots=True)
class ExitAsked:
    """A position is to be closed at the market: by whom and why. Its exit order follows."""

    ts: int
    token: int
    symbol: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class HaltMoved:
    """Trading was halted further, or released, by whom and why."""

    ts: int
    level: Halt
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class StrategyMoved:
    """A strategy was armed or disarmed, by whom and why."""

    ts: int
    rule: str
    armed: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class FeedMoved:
    """The stream changed state."""

    ts: int
    state: FeedState
    reason: str


@dataclass(frozen=True, slots=True)
class Incident:
    """Something went wrong and was survived: where, what, and the remedy in words."""

    ts: int
    where: str
    what: str
    remedy: str


JournalFact: TypeAlias = (
    Genesis
    | DayOpened
    | DayClosed
    | ScanPublished
    | WeightsMoved
    | RegimeMoved
    | OutcomesMarked
    | ModelPublished
    | AlarmRaised
    | IntentMade
    | IntentWithdrawn
    | IntentRefused
    | OrderPlaced
    | OrderChanged
    | FillBooked
    | ExitAsked
    | HaltMoved
    | StrategyMoved
    | FeedMoved
    | Incident
)
JOURNAL: Final[tuple[type[JournalFact], ...]] = (
    Genesis,
    DayOpened,
    DayClosed,
    ScanPublished,
    WeightsMoved,
    RegimeMoved,
    OutcomesMarked,
    ModelPublished,
    AlarmRaised,
    IntentMade,
    IntentWithdrawn,
    IntentRefused,
    OrderPlaced,
    OrderChanged,
    FillBooked,
    ExitAsked,
    HaltMoved,
    StrategyMoved,
    FeedMoved,
    Incident,
)


@dataclass(frozen=True, slots=True)
class TicksSeen:
    """A frame of trusted ticks reached the flow."""

    ticks: Ticks


@dataclass(frozen=True, slots=True)
class TicksQuarantined:
    """Ticks that cannot be true were set aside: how many, and why the last one."""

    ts: int
    token: int
    symbol: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class BarMoved:
    """The unfinished bars of the base interval, newest values (one row a name that traded)."""

    bars: Bars


@dataclass(frozen=True, slots=True)
class BarClosed:
    """Bars that are finished and will never be rewritten, all of one interval and one closing instant."""

    bars: Bars


@dataclass(frozen=True, slots=True)
class AccountMarked:
    """The account after the newest fills and prices."""

    ts: int
    account: Account
    equity: Equity
    day_net_paise: Paise


@dataclass(frozen=True, slots=True)
class SwitchSeen:
    """One kill switch with both its numbers, for the risk panel."""

    code: str
    sentence: str
    state: SwitchState
    value: str
    limit: str
    used: float
    """Share of the limit in use, 0..1 and above when broken; NaN when unknown."""


@dataclass(frozen=True, slots=True)
class RiskSeen:
    """How all kill switches and limits stand."""

    ts: int
    halt: Halt
    halted_by: str
    switches: tuple[SwitchSeen, ...]
    drawdown: float
    open_risk_paise: Paise


@dataclass(frozen=True, slots=True)
class HealthSeen:
    """How the machine stands: ages and lags, NaN where not measured."""

    ts: int
    feed_age_s: float
    feed_p95_ms: float
    ticks_per_s: float
    stale_names: int
    loop_lag_ms: float
    ledger_ms: float


@dataclass(frozen=True, slots=True)
class Progressed:
    """A long job moved on."""

    job: str
    stage: str
    done: int
    total: int
