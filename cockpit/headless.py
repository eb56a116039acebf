"""A day without a window: play it, show one line of progress, leave pictures and a report, and say how it ended.

On a terminal the progress is one line that moves; elsewhere, in a log, one line for every tenth of the day.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cockpit import journal_log
from cockpit.app import opened_run
from cockpit.bus import Bus, Ear
from cockpit.clock import NS, hhmmss, monotonic_ns
from cockpit.facts import AccountMarked, DayClosed, Incident, Progressed
from cockpit.house import Run
from cockpit.money import Paise, group_indian, rupees
from cockpit.told import Level, Line, Teller
from cockpit.ui.board import Board
from cockpit.ui.day_report import DayStory, written
from cockpit.wish import Wish

CURVE_STEP_NS: Final = 60 * NS
"""The report's equity curve has one point a minute."""
LINE_STEP_NS: Final = NS // 4
TENTHS: Final = 10


@dataclass(frozen=True, slots=True)
class Result:
    """How a day ended."""

    closed: DayClosed
    head: tuple[int, str]
    seconds: float
    ledger: str
    report: Path
    pictures: tuple[Path, ...]
    incidents: tuple[Incident, ...]

    @property
    def needs_a_hand(self) -> bool:
        """Tell whether something happened that a person should look at."""
        return bool(self.incidents)

    @property
    def as_json(self) -> dict[str, Any]:
        """Say it to a script."""
        day = self.closed
        return {
            "day": day.day.isoformat(),
            "trades": day.trades,
            "gross_paise": day.gross_paise,
            "charges_paise": day.charges_paise,
            "net_paise": day.net_paise,
            "equity_paise": day.equity_paise,
            "refusals": day.refusals,
            "bars": day.bars,
            "ticks": day.ticks,
            "entries": self.head[0],
            "head": self.head[1],
            "seconds": round(self.seconds, 2),
            "ledger": self.ledger,
            "report": str(self.report),
            "pictures": [str(p) for p in self.pictures],
            "incidents": [i.what for i in self.incidents],
        }

    @property
    def text(self) -> str:
        """Say it to a person."""
        day = self.closed
        money = f"gross {rupees(day.gross_paise, sign=True)}, charges {rupees(day.charges_paise)}"
        lines = [
            f"{day.day}  {day.trades} trades  net {rupees(day.net_paise, sign=True)}  ({money})",
            f"{day.refusals} signals refused",
            f"{group_indian(str(day.ticks))} ticks, {group_indian(str(day.bars))} bars in {self.seconds:.1f} s",
            f"ledger   {self.ledger}  ({self.head[0]} entries, head {self.head[1][:16]})",
            f"report   {self.report}",
            *(f"picture  {p}" for p in self.pictures),
            *(f"incident {hhmmss(i.ts)} {i.where}: {i.what}\n         {i.remedy}" for i in self.incidents),
        ]
        return "\n".join(lines)


@dataclass(slots=True)
class Keeper:
    """Keep what the report needs and the screen would have shown."""

    quiet: bool
    curve: list[tuple[int, Paise]] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    closed: DayClosed | None = None
    span: tuple[int, int] = (0, 0)
    """When the day opens and closes, ns UTC; unknown before it is open."""
    moves: bool = field(default_factory=sys.stderr.isatty)
    """Whether the progress is shown where one line can move."""
    _last_line: int = 0
    _tenth: int = 0

    def listen(self, bus: Bus) -> None:
        """Begin to hear."""
        bus.hear(AccountMarked, self.mark)
        bus.hear(Incident, self.incidents.append)
        bus.hear(DayClosed, self.end)
        bus.hear(Progressed, self.stage)
        Teller(self.warn, Level.WARNING).listen(bus)

    def mark(self, fact: AccountMarked) -> None:
        """Keep one point of equity a minute and move the progress line."""
        if not self.curve or fact.ts - self.curve[-1][0] >= CURVE_STEP_NS:
            self.curve.append((fact.ts, fact.equity.equity_paise))
        if self._is_due(fact.ts):
            open_names = len(fact.account.positions)
            done = len(fact.account.trades)
            self._line(f"{hhmmss(fact.ts)}  {rupees(fact.day_net_paise, sign=True)}  {done} trades  {open_names} open")

    def stage(self, fact: Progressed) -> None:
        """Show how far a preparation is, where a line can move."""
        if self.moves:
            self._line(f"{fact.job}: {fact.stage} {fact.done}/{fact.total}")

    def warn(self, line: Line) -> None:
        """Say what went wrong when it goes wrong, and what to do."""
        if not self.quiet:
            words = f"{line.where}: {line.words}"
            sys.stderr.write(f"\r{words:<78}\n  {line.remedy}\n" if self.moves else f"{words}\n  {line.remedy}\n")

    def end(self, fact: DayClosed) -> None:
        """Keep the day's arithmetic."""
        self.closed = fact

    def finish(self) -> None:
        """Take the moving line away."""
        if self.moves and not self.quiet:
            sys.stderr.write("\r" + " " * 78 + "\r")

    def _is_due(self, ts: int) -> bool:
        if self.moves:
            return monotonic_ns() - self._last_line >= LINE_STEP_NS
        opens, closes = self.span
        tenth = (ts - opens) * TENTHS // (closes - opens) if closes > opens else 0
        if tenth <= self._tenth:
            return False
        self._tenth = tenth
        return True

    def _line(self, text: str) -> None:
        self._last_line = monotonic_ns()
        if not self.quiet:
            sys.stderr.write(f"\r{text:<78.78}" if self.moves else f"{text}\n")
            sys.stderr.flush()


async def play(wish: Wish, *, quiet: bool = False) -> Result:
    """Play the wished day to its end and leave its report and pictures in `wish.out`.

    Errors: any CockpitError of the day, after everything that was opened has been closed.
    """
    began = monotonic_ns()
    keeper = Keeper(quiet)
    bus = Bus(_complain)
    keeper.listen(bus)
    board = Board()
    board.listen(bus)
    run = await opened_run(wish, bus)
    session = run.flow.day.session
    keeper.span = (session.opens, session.closes)
    try:
        await run.play()
        seconds = (monotonic_ns() - began) / NS
        keeper.finish()
        return await _told(run, wish, keeper, board, seconds)
    except asyncio.CancelledError:
        keeper.finish()
        sys.stderr.write("interrupted: the day is kept, and the same command goes on where it stopped\n")
        raise
    finally:
        await run.close()


async def _told(run: Run, wish: Wish, keeper: Keeper, board: Board, seconds: float) -> Result:
    from cockpit.screen import pictures

    story = story_of(run, keeper)
    name = f"{wish.mode.value.lower()}-{wish.day}"
    report = written(story, wish.out / f"{name}.html", run.resources / "templates")
    drawn = await pictures(run, board, wish.out, name)
    return Result(story.closed, story.head, seconds, run.ledger_name, report, tuple(drawn), tuple(keeper.incidents))


def story_of(run: Run, keeper: Keeper) -> DayStory:
    """Answer what the day's report is made of."""
    assert keeper.closed is not None, "a flow that ended without a fault has closed its day"
    books = run.flow.plugs.books
    return DayStory(
        opened=run.opened,
        closed=keeper.closed,
        trades=[t for t in books.account.trades if t.closed_ts >= run.opened.ts],
        fills=books.fills(),
        orders=tuple(books.orders().values()),
        intents=tuple(books.intents().values()),
        incidents=tuple(keeper.incidents),
        scan=books.scan,
        equity=tuple(keeper.curve),
        head=run.flow.plugs.ledger.head,
    )


def _complain(ear: Ear, fault: Exception) -> None:
    journal_log.last_words(fault, f"watcher {ear!r}")
    sys.stderr.write(f"\na watcher failed and was left out: {ear!r}: {fault!r}\n")
