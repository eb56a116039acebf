"""The nightly chain: named steps in one order, each done once an evening, taken up again where it stopped.

A step answers one line about what it did, and that line is durable before the next step begins. A step that refuses
stops the chain: what follows needs it, and a half-made evening is never published. Running a finished evening again
does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from cockpit.errors import BadInput, CockpitError

STEPS: Final = (
    "refresh", "gate", "features", "score", "publish", "mark", "adapt", "drift", "retrain", "report",
)  # fmt: skip
"""The steps of an evening, in order. Scores are made with the weights of the evening before: marking comes after."""


class Notebook(Protocol):
    """Remember which steps of which evening are done, and what each said."""

    def done(self, session: date) -> Mapping[str, str]:
        """Answer step to line, in the order done."""

    def note(self, session: date, step: str, line: str) -> None:
        """Make one step's line durable."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name and its work, which answers a line and raises when it cannot be done."""

    name: str
    work: Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Night:
    """How far an evening came: the line of each finished step, and what stopped it, if anything did."""

    session: date
    lines: tuple[tuple[str, str], ...]
    stopped_at: str = ""
    fault: CockpitError | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether every step is done."""
        return not self.stopped_at


class Chain:
    """Run the steps of an evening that are not done yet."""

    def __init__(self, steps: Sequence[Step], notebook: Notebook, tell: Callable[[str, int, int], None]) -> None:
        names = [step.name for step in steps]
        if len(set(names)) != len(names):
            raise BadInput(f"steps {names} given; each name once expected")
        self._steps, self._notebook, self._tell = tuple(steps), notebook, tell

    def run(self, session: date) -> Night:
        """Run what is left of an evening; a named fault stops it and is answered, anything else is raised.

        Steps that were done before are done again only where a later one needs their result in memory; that is their
        own affair: a step's work is idempotent.
        """
        done = dict(self._notebook.done(session))
        total = len(self._steps)
        for n, step in enumerate(self._steps):
            if step.name in done:
                continue
            self._tell(step.name, n, total)
            try:
                line = step.work(session)
            except CockpitError as fault:
                return Night(session, self._lines(done), step.name, fault)
            self._notebook.note(session, step.name, line)
            done[step.name] = line
        self._tell("done", total, total)
        return Night(session, self._lines(done))

    def _lines(self, done: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple((step.name, done[step.name]) for step in self._steps if step.name in done)
