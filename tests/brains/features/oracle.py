"""The features once more, in pandas and numpy, a name at a time in its own sessions: slow, and meant to be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cockpit.market import DailyPanel
from tests.brains.features.made_markets import FIELDS, own_sessions

Frame = dict[str, "pd.Series[float]"]
ALPHA_WINDOWS = (5, 10, 20, 30, 60)


def by_name(panel: DailyPanel, measure: Any, columns: tuple[str, ...]) -> NDArray[Any]:
    """Answer [day, name, column] from a function of one name's own sessions (a frame) and of the market's return."""
    out = np.full((*panel.close.shape, len(columns)), np.nan)
    market = market_level(panel)
    for name, days in own_sessions(panel):
        frame = pd.DataFrame({field: getattr(panel, field)[days, name] for field in FIELDS})
        frame["market"] = np.diff(market[days], prepend=np.nan)
        answer = measure(frame)
        out[days, name] = np.column_stack([answer[column] for column in columns])
    return out


def market_level(panel: DailyPanel) -> NDArray[Any]:
    """Answer the market's cumulative log return: each day the mean over names of the return since their last."""
    n_days, n_names = panel.close.shape
    returns = np.full((n_days, n_names), np.nan)
    for name, days in own_sessions(panel):
        if not panel.instruments[name].is_index:
            returns[days[1:], name] = np.diff(np.log(panel.close[days, name]))
    known = np.isfinite(returns).any(axis=1)
    mean = np.zeros(n_days)
    mean[known] = np.nanmean(returns[known], axis=1)
    return np.cumsum(mean)


def rolled(values: Any, n: int, reduce: Any) -> NDArray[Any]:
    """Answer `reduce` over each window of `n` values, missing until there are as many."""
    values = np.asarray(values, dtype=float)
    out = np.full(len(values), np.nan)
    if len(values) >= n:
        out[n - 1 :] = [reduce(window) for window in sliding_window_view(values, n)]
    return out


def correlated(x: Any, y: Any, n: int) -> NDArray[Any]:
    """Answer the rolling correlation; missing where either window is constant or has a gap."""
    out = np.full(len(x), np.nan)
    if len(x) >= n:
        a, b = (sliding_window_view(np.asarray(values, float), n) for values in (x, y))
        moves = (np.ptp(a, axis=1) > 0) & (np.ptp(b, axis=1) > 0)
        a, b = (w - w.mean(axis=1, keepdims=True) for w in (a, b))
        with np.errstate(invalid="ignore", divide="ignore"):
            both = (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
        out[n - 1 :] = np.where(moves, both, np.nan)
    return out


def lines(values: Any, n: int) -> NDArray[Any]:
    """Fit a straight line through each window: rows slope, R² (missing for a constant), what the last lies off it."""
    values = np.asarray(values, float)
    out = np.full((3, len(values)), np.nan)
    if len(values) >= n:
        x = np.arange(n) - (n - 1) / 2
        windows = sliding_window_view(values, n)
        away = windows - windows.mean(axis=1, keepdims=True)
        slope = away @ x / (x @ x)
        out[:, n - 1 :] = (
            slope,
            correlated(values, np.arange(len(values)), n)[n - 1 :] ** 2,
            away[:, -1] - slope * x[-1],
        )
    return out


def alpha158(frame: pd.DataFrame) -> Frame:
    """Answer Alpha158 as qlib writes it."""
    o, h, lo, c = (frame[field] for field in FIELDS[:4])
    top, bottom, spread = np.maximum(o, c), np.minimum(o, c), h - lo + 1e-12
    out: Frame = {
        "KMID": (c - o) / o, "KLEN": (h - lo) / o, "KMID2": (c - o) / spread,
        "KUP": (h - top) / o, "KUP2": (h - top) / spread, "KLOW": (bottom - lo) / o, "KLOW2": (bottom - lo) / spread,
        "KSFT": (2 * c - h - lo) / o, "KSFT2": (2 * c - h - lo) / spread,
        "OPEN0": o / c, "HIGH0": h / c, "LOW0": lo / c, "TYPICAL0": (h + lo + c) / 3 / c,
    }  # fmt: skip
    for n in ALPHA_WINDOWS:
        out |= {f"{name}{n}": pd.Series(values) for name, values in alpha_window(frame, n).items()}
    return out


def alpha_window(frame: pd.DataFrame, n: int) -> dict[str, Any]:
    """Answer the 29 operators over one window."""
    h, lo, c, v = frame["high"], frame["low"], frame["close"], frame["volume"]
    known = v.where(v > 0)
    slope, fit, off = lines(c, n)
    top, bottom = h.rolling(n).max(), lo.rolling(n).min()
    when_top, when_bottom = rolled(h, n, np.argmax) + 1, rolled(lo, n, np.argmin) + 1
    change, volume_change = c.diff(), v.diff()
    rises, falls = change.clip(lower=0), (-change).clip(lower=0)
    volume_rises, volume_falls = volume_change.clip(lower=0), (-volume_change).clip(lower=0)
    total, volume_total = rolled(abs(change), n, np.sum) + 1e-12, rolled(abs(volume_change), n, np.sum) + 1e-12
    up, down = rolled((change > 0) + 0 * change, n, np.mean), rolled((change < 0) + 0 * change, n, np.mean)
    sump, sumn = rolled(rises, n, np.sum) / total, rolled(falls, n, np.sum) / total
    vsump, vsumn = rolled(volume_rises, n, np.sum) / volume_total, rolled(volume_falls, n, np.sum) / volume_total
    weighted = (c / c.shift() - 1).abs() * v
    before = v.shift().where(v.shift() > 0)
    return {
        "ROC": c.shift(n) / c, "MA": c.rolling(n).mean() / c, "STD": rolled(c, n, lambda w: np.std(w, ddof=1)) / c,
        "BETA": slope / c, "RSQR": fit, "RESI": off / c, "MAX": top / c, "MIN": bottom / c,
        "QTLU": c.rolling(n).quantile(0.8) / c, "QTLD": c.rolling(n).quantile(0.2) / c,
        "RANK": c.rolling(n).rank(pct=True), "RSV": (c - bottom) / (top - bottom + 1e-12),
        "IMAX": when_top / n, "IMIN": when_bottom / n, "IMXD": (when_top - when_bottom) / n,
        "CORR": correlated(c, np.log(v + 1), n), "CORD": correlated(c / c.shift(), np.log(v / before + 1), n),
        "CNTP": up, "CNTN": down, "CNTD": up - down, "SUMP": sump, "SUMN": sumn, "SUMD": sump - sumn,
        "VMA": rolled(v, n, np.mean) / known, "VSTD": rolled(v, n, lambda w: np.std(w, ddof=1)) / known,
        "WVMA": rolled(weighted, n, lambda w: np.std(w, ddof=1)) / (rolled(weighted, n, np.mean) + 1e-12),
        "VSUMP": vsump, "VSUMN": vsumn, "VSUMD": vsump - vsumn,
    }  # fmt: skip


def display(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer the columns that traders know by name."""
    return {
        **moves(frame),
        **averages(frame),
        **recurrences(frame),
        **spreads(frame),
        **channels(frame),
        **flows(frame),
    }


def moves(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer returns and candle shapes."""
    o, h, lo, c = (frame[field] for field in FIELDS[:4])
    return {
        **{f"return_{n}": c / c.shift(n) - 1 for n in (1, 2, 5, 10, 20, 60)},
        "gap": o / c.shift() - 1, "body": (c - o) / o, "upper_shadow": (h - np.maximum(o, c)) / o,
        "lower_shadow": (np.minimum(o, c) - lo) / o, "range": (h - lo) / o,
        "close_place": (c - lo) / (h - lo).where(h > lo),
    }  # fmt: skip


def averages(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer simple averages, Bollinger's band and the line through 20 closes."""
    c = frame["close"]
    mean, sd = rolled(c, 20, np.mean), rolled(c, 20, lambda w: 0.0 if np.ptp(w) == 0 else np.std(w))
    return {
        **{f"sma_{n}": c / rolled(c, n, np.mean) - 1 for n in (5, 10, 20, 50, 200)},
        "band_place_20": (c - mean + 2 * sd) / np.where(sd > 0, 4 * sd, np.nan), "band_width_20": 4 * sd / mean,
        "slope_20": lines(c, 20)[0] / c, "fit_20": lines(c, 20)[1],
    }  # fmt: skip


def recurrences(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer the averages that are carried, each seeded by its first value."""
    h, lo, c = frame["high"], frame["low"], frame["close"]
    ema = {n: c.ewm(span=n, adjust=False).mean() for n in (8, 12, 26, 50, 100)}
    macd = ema[12] - ema[26]
    signal = macd.ewm(span=9, adjust=False).mean()
    change = c.diff()
    up = {n: wilder(change.clip(lower=0), n) for n in (7, 14, 21)}
    down = {n: wilder((-change).clip(lower=0), n) for n in (7, 14, 21)}
    ranges = np.maximum(h, c.shift().where(c.shift() > h, h)) - np.minimum(lo, c.shift().where(c.shift() < lo, lo))
    atr = {n: wilder(ranges, n) for n in (14, 21)}
    rise, fall = h.diff(), -lo.diff()
    plus = wilder(rise.where((rise > fall) & (rise > 0), 0 * rise), 14)
    minus = wilder(fall.where((fall > rise) & (fall > 0), 0 * fall), 14)
    return {
        **{f"ema_{n}": c / ema[n] - 1 for n in ema},
        **{f"rsi_{n}": up[n] / (up[n] + down[n]) for n in up},
        "macd": macd / c, "macd_signal": signal / c, "macd_gap": (macd - signal) / c,
        **{f"atr_{n}": atr[n] / c for n in atr},
        "di_plus_14": plus / atr[14], "di_minus_14": minus / atr[14],
        "adx_14": wilder(abs(plus - minus) / (plus + minus), 14),
    }  # fmt: skip


def wilder(values: pd.Series[float], n: int) -> pd.Series[float]:
    """Answer Wilder's average, seeded by its first value."""
    return values.ewm(alpha=1 / n, adjust=False).mean()


def spreads(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer volatility, Parkinson's, and what a name has in common with the market."""
    returns, market = np.log(frame["close"]).diff(), frame["market"]
    ranges = np.log(frame["high"] / frame["low"])
    both = rolled(np.arange(len(frame)), 60, lambda w: covariance(returns, market, w))
    own, common = rolled(market, 60, np.var), correlated(returns, market, 60)
    return {
        **{f"volatility_{n}": rolled(returns, n, lambda w: np.std(w, ddof=1)) for n in (5, 20, 60)},
        "parkinson_20": np.sqrt(rolled(ranges**2, 20, np.mean) / (4 * np.log(2))),
        "beta_60": both / own, "market_corr_60": common,
    }  # fmt: skip


def covariance(x: Any, y: Any, window: NDArray[Any]) -> float:
    """Answer the population covariance of two series on the rows of a window."""
    a, b = np.asarray(x, float)[window.astype(int)], np.asarray(y, float)[window.astype(int)]
    return float(np.mean((a - a.mean()) * (b - b.mean())))


def channels(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer the distances to highs and lows, stochastic and Williams."""
    h, lo, c = frame["high"], frame["low"], frame["close"]
    top, bottom = (
        {n: h.rolling(n).max() for n in (14, 20, 28, 60)},
        {n: lo.rolling(n).min() for n in (14, 20, 28, 60)},
    )
    place = {n: (c - bottom[n]) / (top[n] - bottom[n]).where(top[n] > bottom[n]) for n in (14, 28)}
    return {
        **{f"high_{n}": c / top[n] - 1 for n in (20, 60)}, **{f"low_{n}": c / bottom[n] - 1 for n in (20, 60)},
        "since_high_60": (59 - rolled(h, 60, np.argmax)) / 60, "since_low_60": (59 - rolled(lo, 60, np.argmin)) / 60,
        "stoch_k_14": place[14], "stoch_d_14": rolled(place[14], 3, np.mean), "williams_28": place[28] - 1,
    }  # fmt: skip


def flows(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer volume against its past and what price does on it."""
    h, lo, c, v = frame["high"], frame["low"], frame["close"], frame["volume"]
    typical = (h + lo + c) / 3
    away = typical - rolled(typical, 20, np.mean)
    mad = rolled(typical, 20, lambda w: 0.0 if np.ptp(w) == 0 else np.mean(np.abs(w - w.mean())))
    sd = rolled(v, 20, lambda w: np.nan if np.ptp(w) == 0 else np.std(w, ddof=1))
    mean = {n: rolled(v, n, np.mean) for n in (5, 20, 60)}
    money, change = typical * v, typical.diff()
    up, down = (rolled(money * (sign * change > 0) + 0 * change, 14, np.sum) for sign in (1, -1))
    total = rolled(v, 20, np.sum)
    return {
        **{f"volume_{n}": v / np.where(mean[n] > 0, mean[n], np.nan) for n in mean},
        "volume_z_20": (v - mean[20]) / sd, "cci_20": away / np.where(mad > 0, 0.015 * mad, np.nan),
        "mfi_14": up / np.where(up + down > 0, up + down, np.nan),
        "obv_20": rolled(np.sign(c.diff()) * v, 20, np.sum) / np.where(total > 0, total, np.nan),
        "price_volume_20": correlated(c, np.log(v + 1), 20),
        "change_volume_20": correlated(np.log(c).diff(), np.log(v / v.shift().where(v.shift() > 0) + 1), 20),
    }  # fmt: skip


def factors(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer the factors that need the name alone."""
    c, v = frame["close"], frame["volume"]
    logs = np.log(c)
    crores = (c * v / 1e7).where(c * v > 0)
    return {
        **{f"reversal_{n}": logs.shift(n) - logs for n in (5, 10, 21)},
        "momentum_12_1": logs.shift(21) - logs.shift(252), "high_252": c / frame["high"].rolling(252).max(),
        "amihud_21": rolled(logs.diff().abs() / crores, 21, np.mean),
    }  # fmt: skip


def calm(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer the spreads that calmness compares: of the returns, and of what the market leaves unexplained."""
    returns, market = np.log(frame["close"]).diff().to_numpy(), frame["market"].to_numpy()
    own = rolled(returns, 63, lambda w: np.std(w, ddof=1))
    rest = rolled(np.arange(len(frame)), 63, lambda w: unexplained(returns[w.astype(int)], market[w.astype(int)]))
    return {"calm": -own, "own_calm": -rest}


def unexplained(returns: NDArray[Any], market: NDArray[Any]) -> float:
    """Answer the standard error of a regression on the market; missing over a gap."""
    if not np.isfinite(returns).all():
        return np.nan
    design = np.column_stack([np.ones_like(market), market])
    rest = returns - design @ np.linalg.lstsq(design, returns, rcond=None)[0]
    return float(np.sqrt(rest @ rest / (len(returns) - 2)))


def smart_money(frame: pd.DataFrame) -> dict[str, Any]:
    """Answer delivery and flows."""
    h, lo, c, v, d = (frame[field] for field in FIELDS[1:])
    flow = ((c - lo) - (h - c)) / (h - lo).where(h > lo) * v
    total = rolled(v, 20, np.sum)
    slopes = np.full(len(v), np.nan)
    for i in range(19, len(v)):
        steps = (np.sign(c.diff()) * v).to_numpy()[i - 18 : i + 1]
        slopes[i] = lines(np.concatenate([[0.0], np.cumsum(steps)]), 20)[0][-1]
    return {
        "delivery_z_20": (d - rolled(d, 20, np.mean)) / rolled(d, 20, lambda w: np.std(w, ddof=1)),
        "delivery_signed": d * np.sign(c.diff()), "obv_slope_20": slopes / np.where(total > 0, total / 20, np.nan),
        "cmf_20": rolled(flow.where(h > lo, 0 * v), 20, np.sum) / np.where(total > 0, total, np.nan),
    }  # fmt: skip


def scored(values: NDArray[Any], groups: list[str]) -> NDArray[Any]:
    """Answer each day's z of [day, name] values within groups of at least three, by the population's spread."""
    out = np.full_like(values, np.nan)
    for group in set(groups) - {"index"}:
        inside = np.array([g == group for g in groups])
        for day, row in enumerate(values):
            known = inside & np.isfinite(row)
            if known.sum() >= 3 and np.ptp(row[known]) > 0:
                out[day, known] = (row[known] - row[known].mean()) / row[known].std()
    return out


def ranked(values: NDArray[Any], groups: list[str]) -> NDArray[Any]:
    """Answer each day's rank, 0 to 1, of the names that are no index."""
    frame = pd.DataFrame(np.where([g != "index" for g in groups], values, np.nan))
    ranks: NDArray[Any] = frame.rank(axis=1).sub(1).div(frame.notna().sum(axis=1) - 1, axis=0).to_numpy()
    return ranks
