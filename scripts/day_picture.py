"""Play a practice day up to a given minute and draw the window: `python -m scripts.day_picture 11:00 --seed 3`.

The day, its prices and its trades are made by the practice exchange and traded by the cockpit as always; the picture is
the real window, furnished with that run, and says PRACTICE.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from datetime import date, time
from pathlib import Path

from cockpit.app import opened_run
from cockpit.bus import Bus
from cockpit.clock import instant
from cockpit.facts import AccountMarked
from cockpit.orders import Mode
from cockpit.screen import pictures
from cockpit.ui.board import Board
from cockpit.wish import Wish


async def drawn(day: date, at: time, seed: int, n_open: int, out: Path) -> list[Path]:
    """Play `day` until `at` (IST) and `n_open` positions are held; draw the window dark and light into `out`."""
    reached = asyncio.Event()
    until = instant(day, at)
    bus = Bus(_raise)
    board = Board(lambda: 0)  # the screen's present is the tape's: drawing takes seconds in which no price grows old
    board.listen(bus)

    def look(fact: AccountMarked) -> None:
        if fact.ts >= until and len(fact.account.positions) >= n_open:
            reached.set()

    bus.hear(AccountMarked, look)
    with tempfile.TemporaryDirectory() as home:
        run = await opened_run(Wish(Mode.PRACTICE, day, seed, 0.0, Path(home)), bus)
        playing = asyncio.ensure_future(run.play())
        try:
            await asyncio.wait([playing, asyncio.ensure_future(reached.wait())], return_when=asyncio.FIRST_COMPLETED)
            playing.cancel()
            await asyncio.wait([playing])
            return await pictures(run, board, out, "trade")
        finally:
            await run.close()


def _raise(ear: object, fault: Exception) -> None:
    raise fault


def main() -> None:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m scripts.day_picture", description=__doc__)
    parser.add_argument("at", type=time.fromisoformat, help="HH:MM IST, within the session")
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 20))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--open", type=int, default=0, help="go on until this many positions are held")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    wish = parser.parse_args()
    for path in asyncio.run(drawn(wish.day, wish.at, wish.seed, wish.open, wish.out)):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
