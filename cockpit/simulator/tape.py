"""One name's session, second by second: every quote and trade, adding up exactly to the daily row of its history."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.market import Instrument
from cockpit.simulator.effects import MODEL
from cockpit.simulator.grid import FULL_DAY_STEPS, STEP_S, Grid, knot_positions

OPENING_AUCTION_SHARE: Final = 0.008
CLOSING_AUCTION_SHARE: Final = 0.06
REFINE: Final = 0.85
"""Volatility between the five-minute knots as a share of what the walk would have."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """What the history says of one name and one session, as the tape needs it."""

    instrument: Instrument
    salt: int
    previous: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    tick: int
    band_low: int
    band_high: int
    later: float
    """Part of the log volume that came with the moves of the day, not with its morning."""
    own: float
    """Own volatility of the day, ratio."""
    spread_bps: float
    busy: float
    knots: NDArray[Any]
    """int64 [step]: prices at the end of each five minutes of continuous trading."""
    turn: tuple[float, float]
    """Uniforms that say when high and low are reached."""
    by_auction: bool


@dataclass(frozen=True, slots=True)
class NameTape:
    """Columns over the seconds at which something changed, ascending; prices in paise, volumes cumulative."""

    row: DayRow
    second: NDArray[Any]
    last: NDArray[Any]
    bid: NDArray[Any]
    ask: NDArray[Any]
    volume: NDArray[Any]
    quantity: NDArray[Any]
    """Last traded quantity."""
    average: NDArray[Any]
    high: NDArray[Any]
    low: NDArray[Any]
    traded: NDArray[Any]
    """bool: whether this second traded."""
    trade_second: NDArray[Any]
    """Second of the last trade; -1 before the first."""
    size: NDArray[Any]
    """Typical shares on one level of the book."""

    @property
    def token_of(self) -> int:
        """Answer the token, as every tape does."""
        return self.row.instrument.token

    def at(self, second: int) -> int:
        """Answer the row in force at `second`; -1 before the first."""
        return int(np.searchsorted(self.second, second, side="right")) - 1


def name_tape(seed: int, grid: Grid, row: DayRow) -> NameTape:
    """Refine one name's session from its five-minute knots to seconds."""
    rng = _dice(seed, grid, row)
    return _assembled(rng, grid, row, _continuous(rng, grid, row))


def continuous_session(seed: int, grid: Grid, row: DayRow) -> Continuous:
    """Answer only the continuous trading of a name's session: the same seconds `name_tape` has, in less time."""
    return _continuous(_dice(seed, grid, row), grid, row)


def _dice(seed: int, grid: Grid, row: DayRow) -> np.random.Generator:
    return np.random.default_rng([seed, MODEL, 20, grid.session.day.toordinal(), row.salt])


def _continuous(rng: np.random.Generator, grid: Grid, row: DayRow) -> Continuous:
    open_seconds = grid.auction if row.by_auction else grid.plain
    mid, forced = _mid(rng, row, len(open_seconds))
    updates, trades = _moments(rng, row, len(open_seconds), forced)
    bid, ask, last = _quotes(rng, row, mid, updates, forced)
    volume = _volumes(rng, row, mid, updates, trades)
    return Continuous(open_seconds[updates], last, bid, ask, volume, trades[updates])


@dataclass(frozen=True, slots=True)
class Continuous:
    """Columns over the seconds of continuous trading at which something changed."""

    second: NDArray[Any]
    last: NDArray[Any]
    bid: NDArray[Any]
    ask: NDArray[Any]
    volume: NDArray[Any]
    """Shares of each second, not cumulative; the auctions' shares are not in it."""
    traded: NDArray[Any]


def mid_path(seed: int, grid: Grid, row: DayRow) -> NDArray[Any]:
    """Answer float64 [second of continuous trading]: the middle of the market; the index is made of these."""
    return _mid(_dice(seed, grid, row), row, len(grid.auction if row.by_auction else grid.plain))[0]


def _mid(rng: np.random.Generator, row: DayRow, n: int) -> tuple[NDArray[Any], tuple[int, int]]:
    """Bridge a second-by-second walk through open, knots, high and low; answer it and when high and low are made."""
    places = np.concatenate([[0], knot_positions(len(row.knots), n)])
    values = np.concatenate([[row.open], row.knots]).astype(np.float64)
    at_high = _turning(places, int(values.argmax()), row.turn[0], n)
    at_low = _turning(places, int(values.argmin()), row.turn[1], n)
    if at_high == at_low:
        at_low = at_low + 1 if at_low < n - 2 else at_low - 1
    waypoints = dict(zip(places.tolist(), values.tolist(), strict=True))
    if values.max() < row.high:
        waypoints[at_high] = float(row.high)
    else:
        at_high = int(places[values.argmax()])
    if values.min() > row.low:
        waypoints[at_low] = float(row.low)
    else:
        at_low = int(places[values.argmin()])
    x = np.array(sorted(waypoints))
    y = np.array([waypoints[k] for k in x.tolist()])
    walk = np.cumsum(rng.standard_normal(n))
    size = REFINE * row.own / np.sqrt(FULL_DAY_STEPS * STEP_S) * row.open
    # One straight line from waypoint to waypoint carries both: where the walk must be, less where it went by itself.
    lifted = size * _profiles(n).swing * walk
    mid = lifted + _joined(x, y - lifted[x], n)
    return np.clip(mid, row.low, row.high), (at_high, at_low)


@dataclass(frozen=True, slots=True)
class _Profiles:
    """Shapes over the seconds of continuous trading: high in the morning, some of it again before the close."""

    swing: NDArray[Any]
    bustle: NDArray[Any]
    volume: NDArray[Any]
    morning: NDArray[Any]
    """1 at the open, near 0 after two hours."""


@lru_cache(maxsize=8)
def _profiles(n: int) -> _Profiles:
    second = np.arange(n)
    late = n - 1 - second
    return _Profiles(
        swing=1 + 0.8 * np.exp(-second / 1500),
        bustle=0.75 + 0.9 * np.exp(-second / 1800) + 0.35 * np.exp(-late / 1200),
        morning=np.exp(-((second / 4500) ** 2)),
        volume=0.55 + 1.9 * np.exp(-second / 1500) + 0.9 * np.exp(-late / 1500),
    )


def _joined(x: NDArray[Any], y: NDArray[Any], n: int) -> NDArray[Any]:
    """Join the points (x, y) by straight lines over 0..n-1; x begins at 0 and ends at n-1."""
    run = np.diff(x)
    slope = np.repeat(np.diff(y) / run, run)
    offset = np.repeat(y[:-1] - x[:-1] * (np.diff(y) / run), run)
    joined = np.empty(n)
    np.multiply(slope, np.arange(n - 1), out=joined[:-1])
    joined[:-1] += offset
    joined[x] = y
    return joined


def _turning(places: NDArray[Any], knot: int, turn: float, n: int) -> int:
    """Answer the second near a knot at which the extreme beyond it is reached."""
    side = -1 if knot == len(places) - 1 else 1 if knot == 0 else (1 if turn > 0.5 else -1)
    away = 5 + int(abs(turn - 0.5) * 2 * 130)
    return int(np.clip(places[knot] + side * away, 1, n - 2))


def _moments(rng: np.random.Generator, row: DayRow, n: int, forced: tuple[int, int]) -> tuple[Any, Any]:
    """Draw the seconds at which the book changes, and which of them trade: busy at the ends of the day."""
    shape = _profiles(n).bustle
    changes = rng.random(n) < np.minimum(row.busy * shape, 0.995)
    trades = changes & (rng.random(n) < np.clip((0.25 + 0.65 * row.busy) * shape, 0.02, 0.98))
    room = max(4, row.volume // 8)
    if trades.sum() > room:
        trades &= rng.random(n) < room / trades.sum()
    must = [0, n - 1, *forced]
    changes[must] = True
    trades[must] = True
    return np.flatnonzero(changes), trades


def _quotes(
    rng: np.random.Generator, row: DayRow, mid: Any, updates: Any, forced: tuple[int, int]
) -> tuple[Any, Any, Any]:
    """Lay bid and ask on the tick grid around the middle, and let each trade hit one of them."""
    n, tick = len(mid), row.tick
    wide = row.spread_bps / 1e4 * (1 + 1.2 * np.exp(-updates / 400)) * np.exp(rng.normal(0, 0.25, len(updates)))
    spread = np.maximum(1, np.rint(mid[updates] * wide / tick)).astype(np.int64)
    bid = np.floor((mid[updates] - spread * tick / 2) / tick + 0.5).astype(np.int64) * tick
    ask = bid + spread * tick
    last = np.where(rng.random(len(updates)) < 0.5, ask, bid)
    place = np.searchsorted(updates, [*forced, n - 1, 0])
    last = np.clip(last, row.low, row.high)
    last[place[0]], last[place[1]] = row.high, row.low
    if not row.by_auction:
        last[place[2]] = row.close
    last[place[3]] = row.open
    # Where the last trade was forced to an extreme, the book stands around it.
    bid, ask = np.minimum(bid, last), np.maximum(ask, last)
    bid = np.maximum(bid, min(tick, row.band_low))
    ask = np.where(last >= row.band_high, 0, np.minimum(ask, row.band_high))
    bid = np.where(last <= row.band_low, 0, np.maximum(bid, row.band_low))
    return bid, ask, last


def _volumes(rng: np.random.Generator, row: DayRow, mid: Any, updates: Any, trades: Any) -> NDArray[Any]:
    """Share the continuous volume over the trades: U-shaped, heavier where the price moves, at least one each."""
    n = len(mid)
    second = np.flatnonzero(trades)
    # The morning cannot know what will stir the day later: that part of the volume comes after it.
    shape = _profiles(n).volume[second] * np.exp(-row.later * _profiles(n).morning[second])
    reach = np.abs(mid[np.minimum(second + 60, n - 1)] - mid[np.maximum(second - 60, 0)])
    weight = shape * (1 + 2.0 * reach / (reach.mean() + 1e-9)) * rng.standard_exponential(len(second))
    total = row.volume - opening_volume(row) - closing_volume(row)
    spare = max(total - len(second), 0)
    filled = np.floor(np.cumsum(weight) / weight.sum() * spare + 1e-9).astype(np.int64)
    filled[-1] = spare
    shares = np.zeros(n, dtype=np.int64)
    shares[second] = np.diff(filled, prepend=0) + 1
    return np.asarray(shares[updates])


def opening_volume(row: DayRow) -> int:
    """Answer the shares matched in the opening auction."""
    return int(row.volume * OPENING_AUCTION_SHARE)


def closing_volume(row: DayRow) -> int:
    """Answer the shares matched in the closing auction; 0 for names without one."""
    return int(row.volume * CLOSING_AUCTION_SHARE) if row.by_auction else 0


def _assembled(rng: np.random.Generator, grid: Grid, row: DayRow, day: Continuous) -> NameTape:
    """Put the opening before and the closing after the continuous session and add everything up."""
    opening = _opening(rng, grid, row)
    closing = _closing(rng, grid, row, day)
    second, last, bid, ask, volume, traded = (
        np.concatenate([a, getattr(day, name), b])
        for name, a, b in zip(Continuous.__slots__, opening, closing, strict=True)
    )
    first = int(np.argmax(traded)) if traded.any() else len(traded)
    total = np.cumsum(volume)
    value = np.cumsum(volume * last)
    place = np.arange(len(second))
    newest = np.maximum.accumulate(np.where(traded, place, -1))
    seen = np.where(traded, last, -1)
    return NameTape(
        row=row,
        second=second,
        last=np.where(newest >= 0, last[np.maximum(newest, 0)], row.previous),
        bid=bid,
        ask=ask,
        volume=total,
        quantity=np.where(newest >= 0, _last_quantity(rng, volume)[np.maximum(newest, 0)], 0),
        average=np.where(total > 0, value // np.maximum(total, 1), 0),
        high=np.maximum.accumulate(np.where(traded, last, 0)),
        low=np.where(place >= first, np.minimum.accumulate(np.where(traded, last, np.iinfo(np.int64).max)), 0),
        traded=traded & (seen > 0),
        trade_second=np.where(newest >= 0, second[np.maximum(newest, 0)], -1),
        size=np.full(len(second), max(1, row.volume // 1500), dtype=np.int64),
    )


def _last_quantity(rng: np.random.Generator, volume: NDArray[Any]) -> NDArray[Any]:
    """Answer what the last of a second's trades took of the second's volume."""
    return np.where(volume > 0, np.maximum(1, (volume * rng.random(len(volume)) ** 2).astype(np.int64)), 0)


def _opening(rng: np.random.Generator, grid: Grid, row: DayRow) -> tuple[Any, ...]:
    """Show the book of the pre-open now and then, and print the opening price when the auction is matched."""
    first = int(grid.plain[0])
    if grid.open_match >= first:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing, nothing, nothing, np.zeros(0, dtype=bool)
    quiet = np.unique(np.concatenate([[0], rng.integers(1, max(2, grid.open_match), 20)]))
    printed = grid.open_match + int(rng.integers(0, max(1, min(20, first - grid.open_match))))
    second = np.concatenate([quiet, [printed]])
    last = np.where(second < printed, row.previous, row.open)
    bid = last - row.tick
    traded = second == printed
    volume = np.where(traded, opening_volume(row), 0)
    # A name so thin that nothing was matched opens with its first trade.
    return second, last, np.maximum(bid, row.tick), last + row.tick, volume, traded & (volume > 0)


def _closing(rng: np.random.Generator, grid: Grid, row: DayRow, day: Continuous) -> tuple[Any, ...]:
    """Show the closing auction's book now and then, and print its price when it is matched."""
    if not row.by_auction:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing, nothing, nothing, np.zeros(0, dtype=bool)
    start = int(grid.auction[-1]) + 1
    quiet = np.unique(rng.integers(start, grid.close_match, 30))
    printed = grid.close_match + int(rng.integers(5, 200))
    second = np.concatenate([quiet, [printed]])
    last = np.where(second < printed, day.last[-1], row.close)
    volume = np.where(second == printed, closing_volume(row), 0)
    return second, last, np.maximum(last - row.tick, row.tick), last + row.tick, volume, volume > 0
