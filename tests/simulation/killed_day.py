"""One practice day in a process of its own that says on its standard output what has been acknowledged to it.

Each line is `sequence hash` of the journal's end at the moment a durable fact was told. Whoever kills this process may
hold the journal to every line it has read.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import date
from pathlib import Path

from cockpit.app import opened_run
from cockpit.bus import Bus
from cockpit.facts import JOURNAL
from cockpit.orders import Mode
from cockpit.wish import Wish


async def main(home: Path, seed: int) -> None:
    bus = Bus(lambda ear, fault: sys.exit(f"a watcher failed: {fault!r}"))
    run = await opened_run(Wish(Mode.PRACTICE, date(2026, 11, 20), seed=seed, home=home, out=home / "out"), bus)
    ledger = run.flow.plugs.ledger

    def acknowledge(fact: object) -> None:
        seq, head = ledger.head
        sys.stdout.write(f"{seq} {head}\n")
        sys.stdout.flush()

    for kind in JOURNAL:
        bus.hear(kind, acknowledge)
    try:
        await run.play()
    finally:
        await run.close()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
