"""The window's watch over the nights: after each session the evening's work runs in a process of its own, and is told.

The work has its own lock, journal and folder, so it runs beside a window that holds the day's; what it comes to is
read from there the next morning.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Final

from cockpit.bus import Bus
from cockpit.clock import Clock
from cockpit.engine.nightly import STEPS
from cockpit.engine.schedule import Evenings
from cockpit.errors import Abstained, CockpitError
from cockpit.facts import Incident, Progressed
from cockpit.judged_scan import NSE, is_trained
from cockpit.storage.home import Home
from cockpit.storage.nights import NightFolder
from cockpit.venues.calendar import NseCalendar

LONGEST_S: Final = 3 * 3600.0
REMEDY: Final = "It is tried again in a quarter of an hour. `cockpit nightly --nse` runs it by hand and says more."
UNTRAINED: Final = "no brain was ever trained on the NSE: the evening's work waits for `cockpit train --nse`"


class NightWatch:
    """Run the evening's work when it is due and tell what came of it."""

    def __init__(self, home: Home, calendar: NseCalendar, clock: Clock, bus: Bus) -> None:
        self._home, self._calendar, self._clock, self._bus = home, calendar, clock, bus
        self._nights = NightFolder(home.root / "nights" / NSE)
        self._evenings = Evenings(calendar, clock, self._is_done, self._work, self._tell)
        self._child: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Look at once, and after every session."""
        self._evenings.start()

    async def look(self) -> None:
        """Do what is due now."""
        await self._evenings.look()

    def stop(self) -> None:
        """Begin nothing more and end what is under way; it goes on where it stopped the next time."""
        self._evenings.stop()
        if self._child is not None:
            self._child.terminate()

    def _is_done(self, session: date) -> bool:
        return not is_trained(self._home, NSE) or STEPS[-1] in self._nights.done(session)

    async def _work(self, session: date) -> None:
        self._bus.tell(Progressed("evening", str(session), 0, 1))
        said = await asyncio.to_thread(self._run, session)
        self._bus.tell(Progressed("evening", said, 1, 1))

    def _run(self, session: date) -> str:
        program = [sys.executable, *([] if getattr(sys, "frozen", False) else ["-m", "cockpit"])]
        begin = self._begin(session)
        asked = ["nightly", "--nse", "--from", begin.isoformat(), "--to", session.isoformat()]
        refit = self._home.read_settings().evening.refit_months
        asked += ["--refit", str(refit), "--home", str(self._home.root)]
        self._child = subprocess.Popen([*program, *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, err = self._child.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()  # until it is gone, and its pipes with it
            raise Abstained(f"the work of {session} took more than {LONGEST_S / 3600:g} h and was ended") from None
        code, self._child = self._child.returncode, None
        if code:
            words = (err.strip().splitlines() or ["no word"])[0]
            raise Abstained(f"the work of {session} ended with {code}: {words}")
        return (out.strip().splitlines() or ["done"])[0]

    def _begin(self, session: date) -> date:
        """Answer the evening to begin at, so that none is left out: weights that none carries on soon are too old.

        That is the newest one on which anything was said, where it was published; else the one after it.
        """
        said = [evening for evening in self._nights.evenings() if evening <= session]
        if not said:
            return session
        if "publish" in self._nights.done(said[-1]):
            return said[-1]
        return min(session, self._calendar.following(said[-1]).day)

    def _tell(self, fault: Exception) -> None:
        remedy = fault.remedy if isinstance(fault, CockpitError) and not isinstance(fault, Abstained) else REMEDY
        self._bus.tell(Incident(self._clock.now(), "evening", str(fault), remedy))


def watch_over(root: Path | None, resources: Path, clock: Clock, bus: Bus) -> NightWatch:
    """Begin to watch over the nights of a data folder; where no brain was trained it says so once and waits."""
    home = Home.at(root)
    if not is_trained(home, NSE):
        bus.tell(
            Incident(
                clock.now(), "evening", UNTRAINED, "Train the brains once; a paper day ranks by factors until then."
            )
        )
    watch = NightWatch(home, NseCalendar.load(resources), clock, bus)
    watch.start()
    return watch
