"""What goes wrong in one session, as data: who wants what when, which call is struck by what, when a person acts.

A plan is drawn from a seed or read back from JSON; it can be printed, and any part of it can be taken out, so a
session that fails can be made small.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from cockpit.errors import BadInput
from cockpit.orders import OrderKind, Side


class Channel(StrEnum):
    """Where a fault strikes; each channel counts its own calls from 0."""

    SEND = "send"
    CHANGE = "change"  # changes and withdrawals
    READ = "read"
    PUSH = "push"
    LEDGER = "ledger"
    STEP = "step"  # steps of tasks


class FaultKind(StrEnum):
    """What can go wrong, worded as it happens."""

    LOST = "request lost"
    LATE = "request arrives after we gave up"
    REPLY_LOST = "reply lost"
    GARBLED = "reply garbled"
    STRANGE = "reply breaks the client"
    TIMEOUT_400 = "timeout told as 400"
    GATEWAY = "gateway page, request taken"
    REFUSED = "refused by the broker"
    LIMITED = "429"
    FORBIDDEN = "403 not permitted"
    UNAVAILABLE = "5xx, nothing placed"
    LATE_REJECT = "taken, then rejected"
    HIDDEN = "order not in the book"
    TRADE_HIDDEN = "trade not in the book"
    PARTS = "filled in parts"
    SLOW = "order walks slowly"
    LATE_FILL = "fill after cancel"
    SHARED_TRADE = "trade id shared by two orders"
    CHANGE_LOST = "change lost"
    CHANGE_REPLY_LOST = "change done, reply lost"
    CHANGE_SLOW = "change walks slowly"
    READ_FAILED = "read fails"
    READ_SLOW = "read takes seconds"
    READ_STALE = "read shows the past"
    PUSH_LOST = "push lost"
    PUSH_DOUBLED = "push doubled"
    PUSH_LATE = "push late, out of order"
    PUSH_FORGED = "push forged"
    DISK = "disk fails, nothing kept"
    DISK_LIES = "disk fails, all kept"
    CRASH = "crash"


CHANNEL_OF: Mapping[FaultKind, Channel] = {
    **dict.fromkeys(
        (
            FaultKind.LOST, FaultKind.LATE, FaultKind.REPLY_LOST, FaultKind.GARBLED, FaultKind.STRANGE,
            FaultKind.TIMEOUT_400, FaultKind.GATEWAY, FaultKind.REFUSED, FaultKind.LIMITED, FaultKind.FORBIDDEN,
            FaultKind.UNAVAILABLE, FaultKind.LATE_REJECT, FaultKind.HIDDEN, FaultKind.TRADE_HIDDEN, FaultKind.PARTS,
            FaultKind.SLOW, FaultKind.LATE_FILL, FaultKind.SHARED_TRADE,
        ),
        Channel.SEND,
    ),
    **dict.fromkeys((FaultKind.CHANGE_LOST, FaultKind.CHANGE_REPLY_LOST, FaultKind.CHANGE_SLOW), Channel.CHANGE),
    **dict.fromkeys((FaultKind.READ_FAILED, FaultKind.READ_SLOW, FaultKind.READ_STALE), Channel.READ),
    **dict.fromkeys(
        (FaultKind.PUSH_LOST, FaultKind.PUSH_DOUBLED, FaultKind.PUSH_LATE, FaultKind.PUSH_FORGED), Channel.PUSH
    ),
    **dict.fromkeys((FaultKind.DISK, FaultKind.DISK_LIES), Channel.LEDGER),
    FaultKind.CRASH: Channel.STEP,
}  # fmt: skip


class ActKind(StrEnum):
    """What a person, or the day, does."""

    KILL = "kill pressed"
    FLATTEN_ALL = "kill and flatten"
    REVIVE = "revived"
    FLATTEN = "name flattened"
    WITHDRAW = "intent withdrawn"
    TWICE = "double click"
    TOKEN_DEATH = "token dies"
    LOGIN = "logged in"
    RESTART = "killed and started again"


@dataclass(frozen=True, slots=True)
class Want:
    """What a strategy will want: `at_ms` after the start, in the name of number `name`, so many shares.

    `reach_bp` is how far entry and stop lie from the price then, in basis points.
    """

    number: int
    at_ms: int
    name: int
    side: Side
    kind: OrderKind
    quantity: int
    reach_bp: int


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does and when; `number` is a want or a name where the kind speaks of one."""

    kind: ActKind
    at_ms: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What strikes call number `call` of its channel; `size` is milliseconds, a count, or 0 where the kind has none."""

    kind: FaultKind
    call: int
    size: int = 0


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """One session's wants, acts and faults."""

    seed: int
    wants: tuple[Want, ...]
    acts: tuple[Act, ...]
    faults: tuple[Fault, ...]

    def __len__(self) -> int:
        """Answer of how many parts it is made."""
        return len(self.wants) + len(self.acts) + len(self.faults)

    def smaller(self, n: int) -> Iterator[FaultPlan]:
        """Yield plans without `n` neighbouring parts each: faults first, then acts, then wants."""
        for part in ("faults", "acts", "wants"):
            parts = getattr(self, part)
            for first in range(0, len(parts), n):
                left: dict[str, Any] = {part: (*parts[:first], *parts[first + n :])}
                yield replace(self, **left)

    @property
    def as_json(self) -> dict[str, Any]:
        """Answer it as plain values, for a file."""
        return asdict(self)

    @classmethod
    def of_json(cls, tree: Mapping[str, Any]) -> FaultPlan:
        """Read a plan back.

        Errors: BadInput when the tree is not a plan of this build.
        """
        try:
            return cls(
                seed=tree["seed"],
                wants=tuple(
                    Want(**{**row, "side": Side(row["side"]), "kind": OrderKind(row["kind"])}) for row in tree["wants"]
                ),
                acts=tuple(Act(**{**row, "kind": ActKind(row["kind"])}) for row in tree["acts"]),
                faults=tuple(Fault(**{**row, "kind": FaultKind(row["kind"])}) for row in tree["faults"]),
            )
        except (KeyError, TypeError, ValueError) as fault:
            raise BadInput(f"not a fault plan of this build: {fault}") from fault

    @property
    def text(self) -> str:
        """Say it in lines, in the order of time and calls."""
        lines = [f"seed {self.seed}"]
        lines += [
            f"{w.at_ms / 1000:8.3f} s  want {w.number}: {w.side.name} {w.quantity} of name {w.name}, {w.kind}"
            for w in self.wants
        ]
        lines += [f"{a.at_ms / 1000:8.3f} s  {a.kind} {a.number}" for a in self.acts]
        lines += [f"{CHANNEL_OF[f.kind]} {f.call}: {f.kind} {f.size or ''}".rstrip() for f in self.faults]
        return "\n".join(lines)
