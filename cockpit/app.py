"""The roof: open the house in the mode that was asked for; whatever had been opened is closed when that fails.

How the plugs of one mode come to be stands in `practice_run.py`, `replay_run.py` and `paper_run.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

from cockpit.bus import Bus
from cockpit.errors import BadInput
from cockpit.house import House, Run
from cockpit.orders import Mode
from cockpit.wish import Wish

LIVE_REFUSED: Final = (
    "live trading needs a graduation certificate, and nothing in this build issues one: trade on paper until it does"
)


async def opened_run(wish: Wish, bus: Bus) -> Run:
    """Open the house in the wished mode and answer the run, ready to flow.

    Errors: any CockpitError; what had been opened by then is closed again.
    """
    opener = await _opener(wish.mode)
    async with AsyncExitStack() as stack:
        run = await opener(House(wish, bus, stack))
        run._stack = stack.pop_all()
        return run


async def _opener(mode: Mode) -> Callable[[House], Awaitable[Run]]:
    # Imported by mode, so that the live order class can never be loaded in a run that has no business with it.
    if mode is Mode.PRACTICE:
        from cockpit.practice_run import open_practice

        return open_practice
    if mode is Mode.REPLAY:
        from cockpit.replay_run import open_replay

        return open_replay
    if mode is Mode.PAPER:
        from cockpit.paper_run import open_paper

        return open_paper
    raise BadInput(LIVE_REFUSED, remedy="Use --paper.")
