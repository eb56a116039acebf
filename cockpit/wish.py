"""What was asked for: whose market, which day, how fast, and where things are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cockpit.orders import Mode


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line or in the window."""

    mode: Mode
    day: date
    seed: int = 7
    speed: float = 0.0
    """Multiple of real time; 0 is as fast as the day can be taken."""
    home: Path | None = None
    data: Path | None = None
    out: Path = Path("out")
