"""The seconds of one session: when a practice day begins and ends, and when names of each timetable trade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import NS
from cockpit.market import Phase, Session, Window

STEP_S: Final = 300
"""The walk of a day is drawn on this grid, then refined to seconds."""
FULL_DAY_STEPS: Final = 75
PRE_OPEN_MATCH_S: Final = 480
"""Order entry of the pre-open ends 8 minutes after it began; the opening price is made then."""
CLOSING_MATCH_S: Final = 900
"""The closing auction is matched 15 minutes after continuous trading ended."""
LINGER_S: Final = 60


@dataclass(frozen=True, slots=True)
class Grid:
    """Times are seconds after `start`; `plain` and `auction` the seconds of continuous trading of either timetable."""

    session: Session
    start: int
    """First second of the tape, ns UTC: the pre-open's first."""
    n_seconds: int
    open_match: int
    """Second at which the opening auction prints."""
    close_match: int
    """Second at which the closing auction prints; -1 when this session has none."""
    plain: NDArray[Any]
    auction: NDArray[Any]

    @property
    def n_steps(self) -> int:
        """Answer the number of five-minute steps of plain names."""
        return max(1, len(self.plain) // STEP_S)

    @property
    def n_auction_steps(self) -> int:
        """Answer the number of steps of names that close by auction."""
        return max(1, len(self.auction) // STEP_S)

    @property
    def has_auction(self) -> bool:
        """Tell whether names with derivatives close by auction this day."""
        return self.close_match >= 0

    def second(self, ts: int) -> int:
        """Answer the tape's second that `ts` falls in; negative before the tape."""
        return (ts - self.start) // NS

    def ts(self, second: int) -> int:
        """Answer the instant of a tape second, ns UTC."""
        return self.start + second * NS


def grid_of(session: Session) -> Grid:
    """Lay the seconds of a session."""
    start = min(w.opens for w in session.plain)
    ends = [w.closes for w in (*session.plain, *session.auction) if w.phase in (Phase.CONTINUOUS, Phase.AUCTION)]
    pre_open = next((w for w in session.plain if w.phase is Phase.PRE_OPEN), None)
    opens = (session.opens - start) // NS
    closing = next((w for w in session.auction if w.phase is Phase.AUCTION), None)
    return Grid(
        session=session,
        start=start,
        n_seconds=(max(ends) - start) // NS + LINGER_S,
        open_match=min(PRE_OPEN_MATCH_S, opens - 1) if pre_open else opens,
        close_match=(closing.opens - start) // NS + CLOSING_MATCH_S if closing else -1,
        plain=_seconds(session.plain, start),
        auction=_seconds(session.auction, start),
    )


def _seconds(windows: tuple[Window, ...], start: int) -> NDArray[Any]:
    spans = [
        np.arange((w.opens - start) // NS, (w.closes - start) // NS) for w in windows if w.phase is Phase.CONTINUOUS
    ]
    return np.concatenate(spans)


def knot_positions(n_steps: int, n_seconds: int) -> NDArray[Any]:
    """Answer where each step of the walk ends, as positions among the seconds of continuous trading."""
    ends = (np.arange(n_steps) + 1) * STEP_S - 1
    ends[-1] = n_seconds - 1
    return np.minimum(ends, n_seconds - 1)
