"""The morning's preparation: from history to all that the rules may know before the first tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import IST_OFFSET_NS, NS
from cockpit.market import STATS, Bars, DailyPanel, Instrument, Interval, Quote, Session, TradingDay

ATR_DAYS: Final = 14
ADV_DAYS: Final = 20
STALE_DAYS: Final = 7
"""A daily row older than so many calendar days says nothing about the evening before; no holiday lasts as long."""
CURVE_SESSIONS: Final = 14
"""Sessions behind a relative volume, as published for the opening range breakout."""
CURVE_LEAST: Final = 5
"""With fewer past sessions than this a relative volume is unknown, and the rules leave the name alone."""
DAY_NS: Final = 86_400 * NS


def trading_day(
    session: Session,
    interval: Interval,
    instruments: Sequence[Instrument],
    panel: DailyPanel,
    past: Mapping[int, Bars],
    bands: Mapping[int, Quote],
) -> TradingDay:
    """Answer the day of `instruments`, slots in ascending token order.

    Shapes: `past` holds by token the bars of `interval` of earlier sessions; `bands` the day's price bands where the
    name has one. Rows of `panel` and `past` on or after the session's day are not looked at; what is older than a week,
    or too short, is unknown.
    """
    ordered = tuple(sorted(instruments, key=lambda i: i.token))
    known = panel.upto(_day_before(session))
    columns = {i.symbol: column for column, i in enumerate(known.instruments)}
    stats = np.zeros(len(ordered), dtype=STATS)
    for slot, instrument in enumerate(ordered):
        column, band = columns.get(instrument.symbol), bands.get(instrument.token)
        stats[slot] = _stats(instrument, known, column, band, session)
        if instrument.is_index:  # no daily panel holds an index; its own last bar is the nearest to a close
            stats["previous_close"][slot] = _last_close(past.get(instrument.token), session)
    curve = np.stack([_curve(past.get(i.token), session, interval) for i in ordered])
    return TradingDay(session, interval, ordered, stats, curve)


def _day_before(session: Session) -> Any:
    return (np.datetime64(session.day, "D") - 1).astype(object)


def _last_close(past: Bars | None, session: Session) -> float:
    if past is None:
        return float("nan")
    before = past["close"][past["ts_open"] < session.plain[0].opens]
    return float(before[-1]) if len(before) else float("nan")


def _is_stale(newest: Any, session: Session) -> bool:
    return bool(np.datetime64(session.day, "D") - newest > np.timedelta64(STALE_DAYS, "D"))


def _stats(
    instrument: Instrument, panel: DailyPanel, column: int | None, band: Quote | None, session: Session
) -> tuple[float, ...]:
    low = float(band.band_low) if band and band.band_high else np.nan
    high = float(band.band_high) if band and band.band_high else np.nan
    if column is None:
        return (instrument.token, np.nan, np.nan, np.nan, np.nan, low, high)
    close = panel.close[:, column]
    seen = np.flatnonzero(~np.isnan(close))
    if not len(seen) or _is_stale(panel.days[seen[-1]], session):
        return (instrument.token, np.nan, np.nan, np.nan, np.nan, low, high)
    scale = instrument.price_scale
    return (
        instrument.token,
        round(close[seen[-1]] * scale),
        _atr(panel, column, seen) * scale,
        _sigma(close[seen]),
        _tail_mean(panel.volume[seen, column], ADV_DAYS),
        low,
        high,
    )


def _atr(panel: DailyPanel, column: int, seen: NDArray[Any]) -> float:
    rows = seen[-(ATR_DAYS + 1) :]
    if len(rows) <= ATR_DAYS:
        return float("nan")
    high, low, close = panel.high[rows, column], panel.low[rows, column], panel.close[rows, column]
    before = close[:-1]
    ranges = np.maximum(high[1:], before) - np.minimum(low[1:], before)
    return float(ranges.mean())


def _sigma(close: NDArray[Any]) -> float:
    tail = close[-(ADV_DAYS + 1) :]
    return float(np.diff(np.log(tail)).std(ddof=1)) if len(tail) > ADV_DAYS else float("nan")


def _tail_mean(values: NDArray[Any], n: int) -> float:
    return float(values[-n:].mean()) if len(values) >= n else float("nan")


def _curve(past: Bars | None, session: Session, interval: Interval) -> NDArray[Any]:
    n_bars = (session.closes - session.opens) // (int(interval) * NS)
    unknown: NDArray[Any] = np.full(n_bars, np.nan)
    if past is None or not len(past):
        return unknown
    day = (past["ts_open"] + IST_OFFSET_NS) // DAY_NS
    since_open = (past["ts_open"] + IST_OFFSET_NS) % DAY_NS - (session.opens + IST_OFFSET_NS) % DAY_NS
    bar = since_open // (int(interval) * NS)
    inside = (bar >= 0) & (bar < n_bars) & (day < (session.opens + IST_OFFSET_NS) // DAY_NS)
    # A special session of an hour, or a recording that broke off, would make an ordinary volume look large.
    ended = np.unique(day[inside & (bar >= n_bars - max(1, n_bars // 10))])
    days = ended[-CURVE_SESSIONS:]
    if len(days) < CURVE_LEAST:
        return unknown
    volume = np.zeros((len(days), n_bars))
    row = np.searchsorted(days, day)
    kept = inside & (row < len(days)) & (days[np.minimum(row, len(days) - 1)] == day)
    np.add.at(volume, (row[kept], bar[kept]), past["volume"][kept])
    curve: NDArray[Any] = volume.cumsum(axis=1).mean(axis=0)
    return curve
