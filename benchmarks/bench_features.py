"""Sixty-three features of 614 names: all of five years, and one new day, beside TA-Lib with numpy and beside polars.

CPU time, because peers may use threads; medians of alternating rounds. The contenders must agree before any is timed.
Ours and TA-Lib write into memory that is there already: what new memory costs depends on the neighbours.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.feature_peers import WITHOUT_POLARS, long_frame, polars_columns, talib_columns
from benchmarks.rows import Row, row
from cockpit.brains.pipeline import ALPHA158, DISPLAY63, Pipeline
from cockpit.errors import BadInput
from cockpit.market import DailyPanel, Instrument

N_NAMES, N_DAYS = 614, 1_250
TAIL = 260
"""Days that a stack without carried state computes again for one new day."""
ROUNDS = 5
SETTLED = 600
"""Days after which every contender's averages have forgotten how they began."""
TOLERANCE = 1e-3


def run() -> list[Row]:
    """Measure the rebuild and the new day."""
    panel, pipeline = made_panel(), Pipeline(DISPLAY63)
    frame = long_frame(panel)
    agree(panel, pipeline)
    into = np.zeros((N_DAYS, N_NAMES, len(DISPLAY63)), dtype=np.float32)
    rebuild = alternating(
        {
            "ours": lambda: pipeline.history(panel, into),
            "talib": lambda: talib_columns(panel, into),
            "polars": lambda: polars_columns(frame),
        }
    )
    ours, tail = one_day(panel, pipeline)
    wide = Pipeline(ALPHA158)
    wide.begin(days_of(panel, 0, 70))
    alpha = cpu_ms(lambda: wide.begin(panel))
    what = f"63 features, {N_NAMES} names"
    return [
        row(f"{what}, {N_DAYS:,} days, TA-Lib", rebuild["ours"], rebuild["talib"], unit="ms CPU", target=2.5),
        row(f"{what}, {N_DAYS:,} days, polars", rebuild["ours"], rebuild["polars"], unit="ms CPU", target=8.0),
        row(f"{what}, one new day, TA-Lib tail", ours, tail, unit="ms CPU", target=300.0),
        row(f"Alpha158, {N_NAMES} names, {N_DAYS:,} days, read only", alpha, None, unit="ms CPU"),
    ]


def agree(panel: DailyPanel, pipeline: Pipeline) -> None:
    """Refuse to time contenders that do not compute the same columns; compile and warm all of them by the way."""
    ours = pipeline.history(panel).values[SETTLED:]
    peers = {"TA-Lib": talib_columns(panel), "polars": np.full((N_DAYS, N_NAMES, len(DISPLAY63)), np.nan)}
    spoken = polars_columns(long_frame(panel))
    for name in spoken.columns:
        peers["polars"][..., DISPLAY63.index(name)] = spoken[name].to_numpy().reshape(N_NAMES, N_DAYS).T
    for peer, values in peers.items():
        for c, name in enumerate(DISPLAY63):
            if peer == "polars" and name in WITHOUT_POLARS:
                continue
            away = np.abs(values[SETTLED:, :, c] - ours[..., c])
            if not np.nanmax(away) <= TOLERANCE * np.nanmean(np.abs(ours[..., c])) * 10 or np.isnan(away).any():
                raise BadInput(f"{name}: {peer} and ours are {np.nanmax(away)} apart; equal columns expected")


def one_day(panel: DailyPanel, pipeline: Pipeline) -> tuple[float, float]:
    """Measure the last days one by one: ours from what is carried, and equal to the history, the peer from a tail."""
    history = pipeline.history(panel)
    state = pipeline.begin(days_of(panel, 0, N_DAYS - ROUNDS * 4))
    ours, tail = [], []
    for day in range(N_DAYS - ROUNDS * 4, N_DAYS):
        new = days_of(panel, day, day + 1)
        begun = time.process_time_ns()
        evening = pipeline.advance(state, new, day)
        ours.append((time.process_time_ns() - begun) / 1e6)
        if not np.array_equal(evening.values.astype(np.float32), history.values[day], equal_nan=True):
            raise BadInput(f"day {day} alone is not what the history says")
        if day % 4 == 0:
            known = days_of(panel, day - TAIL + 1, day + 1)
            tail.append(cpu_ms(lambda known=known: talib_columns(known)))  # type: ignore[misc]
    return statistics.median(ours), statistics.median(tail)


def alternating(contenders: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Time contenders turn by turn; answer the median CPU time of each, in ms."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, call in contenders.items():
            taken[name].append(cpu_ms(call))
    return {name: statistics.median(times) for name, times in taken.items()}


def cpu_ms(call: Callable[[], object]) -> float:
    """Time one call, in ms of CPU over all its threads."""
    begun = time.process_time_ns()
    call()
    return (time.process_time_ns() - begun) / 1e6


def days_of(panel: DailyPanel, first: int, last: int) -> DailyPanel:
    """Answer some days of a panel."""
    fields: dict[str, Any] = {
        f: getattr(panel, f)[first:last] for f in ("days", "open", "high", "low", "close", "volume", "delivery")
    }
    return replace(panel, **fields)


def made_panel() -> DailyPanel:
    """Make a panel without gaps, so that peers which know none are not slowed by ours."""
    rng = np.random.default_rng(7)
    shape = (N_DAYS, N_NAMES)
    moves = rng.normal(0, 0.01, (N_DAYS, 1)) + rng.normal(0, 0.015, shape)
    close: NDArray[Any] = 500 * np.exp(np.cumsum(moves, axis=0))
    open_ = close * np.exp(rng.normal(0, 0.006, shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.004, shape)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.004, shape)))
    volume = np.round(1e6 * np.exp(rng.normal(0, 0.5, shape)))
    names = tuple(Instrument(1000 + i, f"NAME{i}") for i in range(N_NAMES))
    days = np.datetime64("2020-01-01") + np.arange(N_DAYS)
    return DailyPanel(days, names, open_, high, low, close, volume, np.full(shape, np.nan), "made")
