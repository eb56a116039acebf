"""Evidence made for the tests of the brains that read it: a few names, a few tables, everything else missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from datetime import time as clock_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import DAY_NS, instant
from cockpit.evidence import ITEMS, SHAPES, Evidence, Headline, Missing, Origin, Sourced
from cockpit.market import DailyPanel, Instrument
from tests.engine.made_panels import made_panel

LAST = date(2024, 6, 28)
EVENING = clock_time(20, 0)
SECTORS = ("Chemicals", "Chemicals", "Software", "Software", "Banks")


def names(n: int) -> tuple[Instrument, ...]:
    """Name `n` companies over a few sectors."""
    return tuple(
        Instrument(101 + i, f"NAME{i + 1}", f"Company{i + 1} Ltd", sector=SECTORS[i % len(SECTORS)]) for i in range(n)
    )


def walk(n_days: int, n_names: int, seed: int = 7) -> NDArray[Any]:
    """Draw closes that wander around 500 rupees."""
    steps = np.random.default_rng(seed).normal(0, 0.015, (n_days, n_names)).clip(-0.1, 0.1)
    return np.asarray(500 * np.exp(np.cumsum(steps, axis=0)))


def made_evidence(n_days: int = 300, n_names: int = 5, *, panel: DailyPanel | None = None, **tables: Any) -> Evidence:
    """Make the evening of `LAST`: `tables` are rows by table name, or headlines; what is not given is missing."""
    prices = panel or made_panel(walk(n_days, n_names), LAST, names=names(n_names))
    as_of = instant(prices.days[-1].astype(object), EVENING)
    origin = Origin("made", as_of, as_of)
    given = {name: Sourced(_in_order(name, rows), origin) for name, rows in tables.items()}
    missing = {name: Missing(name, "not made") for name in (*SHAPES, "headlines", "surveillance")}
    parts: dict[str, Any] = {**missing, **given}
    return Evidence(session=prices.days[-1].astype(object), as_of=as_of, prices=Sourced(prices, origin), **parts)


def _in_order(name: str, rows: Any) -> Any:
    if name == "headlines":
        return tuple(sorted(rows, key=lambda h: h.visible))
    return rows[np.argsort(rows["visible"], kind="stable")]


def rows(table: str, lines: Iterable[Sequence[Any]]) -> NDArray[Any]:
    """Make rows of a table from tuples in the order of its columns."""
    return np.array([tuple(line) for line in lines], dtype=SHAPES[table])


def filing(token: int, end: str, visible: int, months: int = 12, **figures: float) -> list[tuple[Any, ...]]:
    """Make the rows of one filing."""
    return [(token, ITEMS.index(item), end, months, visible, value) for item, value in figures.items()]


def at(day: str, hour: int, minute: int = 0) -> int:
    """Answer the instant of an Indian wall-clock time."""
    return instant(date.fromisoformat(day), clock_time(hour, minute))


def poisoned(evidence: Evidence, after: int, table: str) -> Evidence:
    """Answer the evidence with every figure of `table` that became visible after an instant made absurd."""
    sourced = getattr(evidence, table)
    if table == "headlines":
        spoilt: Any = tuple(
            Headline(h.visible, h.token, "fraud and default", h.source) if h.visible > after else h
            for h in sourced.value
        )
    else:
        spoilt = sourced.value.copy()
        late = spoilt["visible"] > after
        for field in spoilt.dtype.names:
            if field not in ("token", "visible", "item", "months", "period_end", "day", "ex_day", "is_fund", "client"):
                spoilt[field][late] = spoilt[field][late] * -17 + 3
    return replace(evidence, **{table: replace(sourced, value=spoilt)})


def evening(evidence: Evidence, row: int) -> int:
    """Answer the instant at which a row's evening is judged."""
    days = evidence.prices.value.days
    return evidence.as_of - int((days[-1] - days[row]).astype(np.int64)) * DAY_NS


def same(left: Any, right: Any) -> bool:
    """Tell whether two arrays are equal bit for bit, NaN equal to NaN."""
    return bool(np.array_equal(left, right, equal_nan=left.dtype.kind == "f"))
