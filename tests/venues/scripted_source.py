"""A source of evidence that answers by script, and rows for it to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from cockpit.evidence import SHAPES, Origin, Rows, Sourced
from cockpit.market import Instrument
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.day_bars import day_bars
from cockpit.venues.sources import PRICES, Ask

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
CALENDAR = NseCalendar.load(RESOURCES)
SESSION = date(2026, 7, 31)
NAMES = tuple(Instrument(101 + k, f"NAME{k + 1}") for k in range(60))
Answers = dict[str, Callable[[Ask], Any]]


@dataclass(slots=True)
class ScriptedSource:
    """Answer what the script says; an answer that is an error is raised, one that sleeps sleeps."""

    name: str
    script: Answers
    deadline_s: float = 5.0
    asked: list[tuple[str, Ask]] = field(default_factory=list)
    slow_s: float = 0.0

    @property
    def supplies(self) -> frozenset[str]:
        return frozenset(self.script)

    async def fetch(self, what: str, ask: Ask) -> Sourced[Any]:
        self.asked.append((what, ask))
        await asyncio.sleep(self.slow_s)
        answer = self.script[what](ask)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Sourced) else Sourced(answer, Origin(self.name, ask.as_of, ask.as_of))


def bars(ask: Ask, *, seed: int = 5, names: Sequence[Instrument] | None = None) -> Rows:
    """Make bars of all sessions asked for: the same price of a name and day, whoever is asked."""
    days = np.array([s.day for s in CALENDAR.sessions(ask.first, ask.session)], dtype="M8[D]")
    parts = []
    for instrument in names if names is not None else ask.instruments:
        rng = np.random.default_rng([seed, instrument.token])
        close = 300 * np.exp(np.cumsum(rng.normal(0, 0.01, len(days))))
        rows = day_bars(len(days))
        rows["token"], rows["day"], rows["close"], rows["open"] = instrument.token, days, close, close * 0.999
        rows["high"], rows["low"] = close * 1.01, close * 0.99
        rows["volume"] = np.rint(rng.lognormal(11, 0.5, len(days)))
        parts.append(rows)
    return np.concatenate(parts)


def without(rows: Rows, token: int, *days: str) -> Rows:
    gone = (rows["token"] == token) & np.isin(rows["day"], np.array(days, dtype="M8[D]"))
    return rows[~gone]


def table(what: str, n: int = 1, visible: int = 1) -> Rows:
    rows: Rows = np.zeros(n, dtype=SHAPES[what])
    rows["visible"] = visible
    return rows


def prices(name: str = "Kite", **more: Any) -> ScriptedSource:
    return ScriptedSource(name, {PRICES: bars}, **more)
