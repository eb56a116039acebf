"""What research asks of a store: every trial on record before it runs, and nothing ever taken off the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from numpy.typing import NDArray


class TrialEnd(StrEnum):
    """How a trial ended; one that never said so was cut off, and counts like any other."""

    DONE = "done"
    CRASHED = "crashed"
    CUT_OFF = "cut off"


@dataclass(frozen=True, slots=True, eq=False)
class TrialResult:
    """What a trial came to: daily returns net of costs, as ratios, and named figures. Shapes: [session]."""

    days: NDArray[Any]
    """datetime64[D]."""
    returns: NDArray[Any]
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One trial on record."""

    seq: int
    ts: int
    study: str
    """The hypothesis it belongs to: all trials of a study are counted together."""
    key: str
    """The hash of all that decides its result: what is tried, on which data, with which code and seed."""
    what: str
    """The same in words, canonical JSON."""
    end: TrialEnd
    why: str = ""
    result: TrialResult | None = None


class TrialStore(Protocol):
    """Keep trials for ever, in order; a trial is on record before anything is fitted."""

    def begin(self, study: str, key: str, what: str, ts: int) -> Trial:
        """Put a trial on record, durable when this answers; one that is on record already is answered as it stands."""

    def end(self, key: str, ts: int, result: TrialResult | None, why: str = "") -> None:
        """Write how a trial ended: with a result, or crashed and why.

        Errors: BadInput for one that was never begun or has ended before.
        """

    def trials(self, study: str | None = None) -> Sequence[Trial]:
        """Answer the trials on record in order, of one study or of all."""

    def verify(self) -> tuple[int, str]:
        """Read the whole record and answer its last sequence number and hash; LedgerCorrupt where it was changed."""
