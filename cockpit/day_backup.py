"""The backup that follows a closed day: made, read back, and told; a day is over with or without it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cockpit.errors import CockpitError
from cockpit.facts import Incident
from cockpit.storage.backup import backed_up
from cockpit.told import Level, Line


@dataclass(frozen=True, slots=True)
class DayBackup:
    """Copy one ledger into one folder when its day is closed. Only a ledger that goes on for days is worth it."""

    ledger: Path
    folder: Path
    write: Callable[[Line], None]
    """Where a line about the backup goes."""
    keep: Callable[[Incident], Awaitable[None]]
    """Where an incident goes that must be read tomorrow."""

    async def make(self, day: date, ts: int) -> None:
        """Make and verify the copy; a copy that fails becomes an incident, because the day itself is safe."""
        try:
            made = await asyncio.to_thread(backed_up, self.ledger, self.folder, day)
        except (CockpitError, OSError) as fault:
            remedy = fault.remedy if isinstance(fault, CockpitError) else "Free or mend the disk of the backups."
            await self.keep(Incident(ts, "backup", f"the ledger of {day} was not backed up: {fault}", remedy))
        else:
            words = f"{made.path.name} holds {made.head[0]} entries and was read back"
            self.write(Line(Level.INFO, "backup", words))
