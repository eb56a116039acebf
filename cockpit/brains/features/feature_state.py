"""What a feature pipeline carries from day to day: a year of sessions in each name's own time, and its recurrences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.features.columns import APART, HIGH, N_DEEP, N_SERIES, REINVESTED
from cockpit.brains.features.sessions import DEEPEST, DEPTH, LONGEST_REST, SHALLOW, close_gaps, seat, work_out
from cockpit.errors import BadInput
from cockpit.market import DailyPanel, Instrument

FIELDS = ("high", "low", "close", "open", "volume", "delivery")
"""The panel's fields in the order of the series."""
PRICES = frozenset(("open", "high", "low", "close"))
ROOM = 2 * DEPTH
"""Rows in all: when they are full, those that windows read move to the front, and never onto themselves."""
CHANGING = ("age", "missed", "market", "factor")
KEPT = ("groups", *CHANGING)


@dataclass(slots=True)
class PipelineState:
    """Hold what one pipeline carries. It is changed in place by `Pipeline.advance` and by nothing else.

    Shapes: `rows` float64 [series, row, name], the newest day at row `begun - 1`; `age` and `missed` int64 [name],
    sessions a name has had and days since its last; `market` float64 [1 + name], see `sessions.work_out`; `groups`
    int64 [name]; `factor` float64 [name], the newest of reinvestment; `carried` one float64 [recurrence, name] for each
    family. `day` is the newest day, NaT before the first.
    """

    tokens: tuple[int, ...]
    schema: str
    rows: NDArray[Any]
    age: NDArray[Any]
    missed: NDArray[Any]
    market: NDArray[Any]
    factor: NDArray[Any]
    groups: NDArray[Any]
    carried: tuple[NDArray[Any], ...]
    begun: int
    """The row that the next day is written to."""
    day: np.datetime64

    @classmethod
    def empty(cls, instruments: Sequence[Instrument], carried: Sequence[int], schema: str) -> PipelineState:
        """Answer the state before the first day."""
        n = len(instruments)
        return cls(
            tokens=tuple(i.token for i in instruments),
            schema=schema,
            rows=_no_sessions(n),
            age=np.zeros(n, dtype=np.int64),
            missed=np.zeros(n, dtype=np.int64),
            market=np.zeros(1 + n),
            factor=np.ones(n),
            groups=_groups(instruments),
            carried=tuple(np.full((count, n), np.nan) for count in carried),
            begun=DEPTH,
            day=np.datetime64("NaT", "D"),
        )

    def seated(self, panel: DailyPanel, days: slice) -> Iterator[tuple[int, int, NDArray[Any]]]:
        """Seat some days of a panel and yield stretches of rows (first, last, ages) that are ready to be computed.

        A stretch ends where a name comes back, because its earlier rows then move; each must be used before the next.
        """
        n = days.stop - days.start
        self._make_room(n)
        start = self.begun
        self._write(panel, days)
        ages, rests = np.empty((2, n, len(self.tokens)), dtype=np.int64)
        seat(self.rows, self.age, self.missed, start, start + n, ages, rests)
        cuts = [0, *(int(d) for d in np.flatnonzero(rests.any(axis=1)) if d > 0), n]
        for first, last in pairwise(cuts):
            close_gaps(self.rows, start + first, rests[first])
            work_out(self.rows, ages[first:last], self.groups, self.market, start + first, start + last)
            yield start + first, start + last, ages[first:last]
        self.begun, self.day = start + n, panel.days[days.stop - 1]

    def _write(self, panel: DailyPanel, days: slice) -> None:
        """Write the days as they came. A panel that knows no dividends has had none since the state's newest day."""
        rows = self.rows[:, self.begun : self.begun + days.stop - days.start]
        factor = self.factor if panel.reinvested is None else panel.reinvested[days]
        rows[REINVESTED] = factor
        for series, field in enumerate(FIELDS, start=HIGH):
            if field in PRICES:
                np.multiply(getattr(panel, field)[days], factor, out=rows[series])
            else:
                rows[series] = getattr(panel, field)[days]
        for newest in () if panel.reinvested is None else factor:
            self.factor = np.where(np.isnan(newest), self.factor, newest)

    @contextmanager
    def aside(self, row: DailyPanel) -> Iterator[None]:
        """Let one unfinished day be taken, and put everything back as it was."""
        self._make_room(1)
        begun, day = self.begun, self.day
        plain = [getattr(self, name).copy() for name in CHANGING]
        carried = [recurrences.copy() for recurrences in self.carried]
        # Only the names that may come back have rows that move; the row of the day itself is written over tomorrow.
        resting = np.flatnonzero((self.missed > 0) & (self.missed <= LONGEST_REST) & (row.close[0] > 0))
        rows = self.rows[:, begun - DEEPEST : begun, resting]
        try:
            yield
        finally:
            self.begun, self.day = begun, day
            self.rows[:, begun - DEEPEST : begun, resting] = rows
            for name, values in zip(CHANGING, plain, strict=True):
                getattr(self, name)[:] = values
            for recurrences, values in zip(self.carried, carried, strict=True):
                recurrences[:] = values

    def save(self, path: Path) -> None:
        """Write the state to an .npz file; the old file is replaced whole or not at all."""
        arrays = {name: getattr(self, name) for name in KEPT}
        arrays["deep"] = self.rows[:N_DEEP, self.begun - DEPTH : self.begun]
        arrays["shallow"] = self.rows[N_DEEP:, self.begun - SHALLOW : self.begun]
        arrays |= {f"carried_{i}": recurrences for i, recurrences in enumerate(self.carried)}
        unfinished = path.with_name(path.name + ".new")
        with unfinished.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                tokens=np.array(self.tokens),
                schema=self.schema,
                day=self.day,
                **arrays,
            )
        unfinished.replace(path)

    @classmethod
    def read(cls, path: Path) -> PipelineState:
        """Read a state from an .npz file; `Pipeline.load` also sees to it that it is the right pipeline's.

        Errors: BadInput when the file is no state.
        """
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                kept = {name: file[name] for name in file.files}
            rows = _no_sessions(kept["age"].size)
            rows[:N_DEEP, :DEPTH] = kept["deep"]
            rows[N_DEEP:, DEPTH - SHALLOW : DEPTH] = kept["shallow"]
            n_families = sum(name.startswith("carried_") for name in kept)
            return cls(
                tokens=tuple(int(token) for token in kept["tokens"]),
                schema=str(kept["schema"]),
                rows=rows,
                age=kept["age"],
                missed=kept["missed"],
                market=kept["market"],
                factor=kept["factor"],
                groups=kept["groups"],
                carried=tuple(kept[f"carried_{i}"] for i in range(n_families)),
                begun=DEPTH,
                day=kept["day"][()],
            )
        except (OSError, ValueError, KeyError, BadZipFile) as fault:
            raise BadInput(f"{path} is not what a feature pipeline carries: {fault}") from fault

    def _make_room(self, n: int) -> None:
        if self.begun + n > ROOM:
            # One series at a time: of several at once numpy cannot see that they are apart, and copies twice.
            for series in range(N_SERIES):
                kept = DEPTH if series < N_DEEP else SHALLOW
                self.rows[series, DEPTH - kept : DEPTH] = self.rows[series, self.begun - kept : self.begun]
            self.begun = DEPTH


def _no_sessions(n_names: int) -> NDArray[Any]:
    """Answer rows without any session. What windows cannot reach before it is written is left as it is."""
    rows = np.empty((N_SERIES, ROOM, n_names))
    rows[:N_DEEP, :DEPTH] = np.nan
    rows[N_DEEP:, DEPTH - SHALLOW : DEPTH] = np.nan
    return rows


def _groups(instruments: Sequence[Instrument]) -> NDArray[Any]:
    """Number the sectors; names of no known sector are one group of their own."""
    sectors = sorted({i.sector for i in instruments if not i.is_index})
    return np.array([APART if i.is_index else sectors.index(i.sector) for i in instruments], dtype=np.int64)
