"""What the status bar says of a board: clock, feed, stale names, loop, ledger, parity, token, each with its story."""

from __future__ import annotations

import math
from typing import Final

from cockpit.broker_books import BooksCompared, Standing
from cockpit.clock import NS, hhmmss, monotonic_ns
from cockpit.facts import FeedMoved, FeedState, HealthSeen
from cockpit.market import Phase
from cockpit.ui.board import Board, Freshness
from cockpit.ui.formats import MISSING, age_words, countdown, milliseconds
from cockpit.ui.status_bar import NOTHING_KNOWN, Sign, StatusBar

LAG_OK_MS: Final = 25.0
LAG_BAD_MS: Final = 100.0
PROOF_OLD_NS: Final = 180 * NS
"""A proof older than this is on watch: three looks in a row have failed by then."""
MOST_TOLD: Final = 8


class TickRate:
    """Count the ticks a second that a board has heard."""

    def __init__(self) -> None:
        self._counted, self._counted_at, self._rate = 0, monotonic_ns(), 0.0

    def of(self, board: Board) -> float:
        """Answer the rate of the last whole second."""
        now = monotonic_ns()
        if now - self._counted_at >= NS:
            self._rate = (board.n_ticks - self._counted) * NS / (now - self._counted_at)
            self._counted, self._counted_at = board.n_ticks, now
        return self._rate


def show_signs(bar: StatusBar, board: Board, ticks_per_s: float) -> None:
    """Show how everything stands, and the job under way if there is one."""
    bar.show_signs(signs(board, ticks_per_s))
    job = next(iter(board.progress.values()), None)
    bar.progress.say(f"{job.job}: {job.stage} {job.done}/{job.total}" if job else "")


def signs(board: Board, ticks_per_s: float) -> dict[str, Sign]:
    """Answer what every item says now."""
    return {
        "clock": _clock(board),
        "feed": _feed(board, ticks_per_s),
        "stale": _stale(board),
        "loop": _loop(board),
        "ledger": _ledger(board),
        "parity": _parity(board),
        "token": Sign("Token: not used", "faint", "No Kite token is in use in this mode, or its age was never told."),
    }


def _clock(board: Board) -> Sign:
    if not board.now or board.day is None:
        return Sign("No day open", "faint", "No day is open yet; there is no market time to show.")
    phase, session = board.phase(), board.day.session
    when = f"{hhmmss(board.now)} IST"
    if board.is_over:
        return Sign(
            f"Day over · {when}", "faint", f"The day of {session.day:%d %b %Y} has ended; nothing more will come."
        )
    words = {Phase.CONTINUOUS: "NSE OPEN", Phase.PRE_OPEN: "PRE-OPEN", Phase.AUCTION: "CLOSING AUCTION",
             Phase.POST_CLOSE: "POST-CLOSE", Phase.BREAK: "BREAK", Phase.CLOSED: "CLOSED"}[phase]  # fmt: skip
    left = f"  closes in {countdown((session.closes - board.now) / NS)}" if phase is Phase.CONTINUOUS else ""
    story = (
        f"Session {session.day:%d %b %Y}, timetable {session.model}\nOpens {hhmmss(session.opens)}, closes"
        f" {hhmmss(session.closes)}\nOwn square-off from {hhmmss(session.square_off)}, flat by"
        f" {hhmmss(session.square_off_hard)}\nMachine zone is not used: all times are Asia/Kolkata"
    )
    return Sign(f"{words}  {when}{left}", "ok" if phase is Phase.CONTINUOUS else "faint", story)


def _feed(board: Board, ticks_per_s: float) -> Sign:
    health: HealthSeen | None = board.newest(HealthSeen)
    moved: FeedMoved | None = board.newest(FeedMoved)
    age, fresh = board.feed_age_s, board.feed_freshness
    if health is not None and not math.isnan(health.ticks_per_s):
        ticks_per_s = health.ticks_per_s
    p95 = f"p95 {milliseconds(health.feed_p95_ms)}" if health and not math.isnan(health.feed_p95_ms) else ""
    told = (
        f"Stream is {moved.state.value} since {hhmmss(moved.ts)}. {moved.reason}"
        if moved
        else "Its state was never told."
    )
    story = f"{told}\nNewest price of any name is {age_words(age)} old\n{ticks_per_s:.0f} ticks a second\n{p95}".strip()
    if moved is not None and moved.state in (FeedState.LOST, FeedState.TOKEN_DEAD):
        return Sign(f"Feed {moved.state.value}", "danger", story, age)
    if fresh is Freshness.CLOSED:
        return Sign("Feed closed", "faint", story, age)
    if math.isnan(age):
        return Sign("Feed: no price yet", "faint", story)
    tone = {Freshness.FRESH: "ok", Freshness.AGEING: "warn"}.get(fresh, "danger")
    return Sign(f"Feed {age_words(age)}{f' {p95}' if p95 else ''} · {ticks_per_s:.0f} ticks/s", tone, story, age)


def _stale(board: Board) -> Sign:
    stale, none = board.n_stale()
    n = sum(not i.is_index for i in board.day.instruments) if board.day else 0
    if not n:
        return Sign("0 names", "faint", "Nothing is watched yet.")
    names = [i.symbol for i in board.day.instruments if board.freshness(i.token).is_doubtful] if board.day else []
    story = "Stale or silent: " + (", ".join(names) or "none") + "\nStale after 10 s, no data after 60 s without a tick"
    words = f"{stale} stale" + (f" · {none} no data" if none else "") + f" of {n}"
    return Sign(words, "danger" if none > n // 2 else "warn" if stale or none else "ok", story, stale + none)


def _loop(board: Board) -> Sign:
    health: HealthSeen | None = board.newest(HealthSeen)
    lag = health.loop_lag_ms if health is not None and not math.isnan(health.loop_lag_ms) else board.frame_lag_ms
    story = "How late the loop that draws and decides comes round\nGood under 25 ms, bad from 100 ms"
    if math.isnan(lag):
        return Sign(f"Loop {MISSING}", "faint", story)
    tone = "ok" if lag < LAG_OK_MS else "warn" if lag < LAG_BAD_MS else "danger"
    return Sign(f"Loop lag {lag:.0f} ms", tone, story, lag)


def _ledger(board: Board) -> Sign:
    health: HealthSeen | None = board.newest(HealthSeen)
    ms = health.ledger_ms if health is not None else math.nan
    story = "Time to make one group of facts durable; nothing is told or sent before"
    return Sign(f"Ledger {milliseconds(ms)}", "faint" if math.isnan(ms) else "ok" if ms < 100 else "warn", story, ms)


def _parity(board: Board) -> Sign:
    """Say when ledger and broker were last proved equal, and on what they differ."""
    told: BooksCompared | None = board.newest(BooksCompared)
    if told is None:
        return NOTHING_KNOWN["parity"]
    story = _parity_story(told)
    if told.breaks:
        first = told.breaks[0]
        return Sign(f"Books differ: {first.key} {first.ours}, broker {first.theirs}", "danger", story)
    if not board.proved_ts:
        return Sign("Books unproved", "danger", story)
    words, age = f"Proved equal {hhmmss(board.proved_ts)}", board.now - board.proved_ts
    if board.is_over:
        return Sign(words, "faint", story)
    if age > PROOF_OLD_NS:
        return Sign(f"{words}, {age // (60 * NS)} min ago", "warn", story)
    n = sum(d.standing is Standing.FOREIGN for d in told.differences)
    return Sign(f"{words}, {n} foreign" if n else words, "warn" if n else "ok", story)


def _parity_story(told: BooksCompared) -> str:
    lines = [
        f"{told.orders} orders, {told.trades} trades, {told.positions} positions held against the ledger each minute"
    ]
    if told.unread:
        lines = [f"The broker's books cannot be read: {told.unread}"]
    lines += [f"{d.standing}: {d.sentence}" for d in told.differences[:MOST_TOLD]]
    if len(told.differences) > MOST_TOLD:
        lines.append(f"and {len(told.differences) - MOST_TOLD} more")
    return "\n".join(lines if told.differences or told.unread else [*lines, "No difference."])
