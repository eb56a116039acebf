"""The 63 display columns as others compute them: TA-Lib name by name with numpy, and polars over one long frame."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.pipeline import DISPLAY63
from cockpit.market import DailyPanel

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # one thread a contender; read when polars is first imported

import polars as pl
import talib

Panel = NDArray[Any]
WITHOUT_POLARS = ("since_high_60", "since_low_60")
"""Columns that polars has no rolling expression for; it is let off them."""


def talib_columns(panel: DailyPanel, into: Panel | None = None) -> Panel:
    """Compute the 63 columns with TA-Lib a name at a time, ranks by numpy; `into` is memory for the answer.

    Shape: float32 [day, name, column], in the order of `DISPLAY63`.
    """
    o, h, lo, c, v = (getattr(panel, f) for f in ("open", "high", "low", "close", "volume"))
    with np.errstate(invalid="ignore", divide="ignore"):
        returns = np.vstack([np.full((1, c.shape[1]), np.nan), np.diff(np.log(c), axis=0)])
        market = np.concatenate([[np.nan], returns[1:].mean(axis=1)])
        out = np.empty((*c.shape, len(DISPLAY63)), dtype=np.float32) if into is None else into
        for name in range(c.shape[1]):
            own = _own([np.ascontiguousarray(x[:, name]) for x in (o, h, lo, c, v, returns)], market)
            out[:, name, :-2] = np.stack(own, axis=1)
        out[..., -2] = _ranks(c[5:] / c[:-5], len(c))
        out[..., -1] = _ranks((h + lo + c) / 3 * v, len(c))
    return out


def _ranks(values: Panel, n_days: int) -> Panel:
    out = np.full((n_days, values.shape[1]), np.nan)
    out[n_days - len(values) :] = values.argsort(axis=1).argsort(axis=1) / (values.shape[1] - 1)
    return out


def _own(columns: list[Panel], m: Panel) -> list[Panel]:
    o, h, lo, c, v, r = columns
    return [
        *(talib.ROCP(c, n) for n in (1, 2, 5, 10, 20, 60)),
        *_candle(o, h, lo, c),
        *_averages(c),
        *_carried(h, lo, c),
        *_spreads(h, lo, r, m),
        *_channels(h, lo, c),
        *_flows(h, lo, c, v, r),
    ]


def _candle(o: Panel, h: Panel, lo: Panel, c: Panel) -> list[Panel]:
    gap = np.concatenate([[np.nan], o[1:] / c[:-1] - 1])
    upper, lower = (h - np.maximum(o, c)) / o, (np.minimum(o, c) - lo) / o
    return [gap, (c - o) / o, upper, lower, (h - lo) / o, (c - lo) / (h - lo)]


def _averages(c: Panel) -> list[Panel]:
    upper, middle, lower = talib.BBANDS(c, 20, 2, 2)
    fit = talib.CORREL(c, np.arange(len(c), dtype=float), 20) ** 2
    band = [(c - lower) / (upper - lower), (upper - lower) / middle]
    return [*(c / talib.SMA(c, n) - 1 for n in (5, 10, 20, 50, 200)), *band, talib.LINEARREG_SLOPE(c, 20) / c, fit]


def _carried(h: Panel, lo: Panel, c: Panel) -> list[Panel]:
    return [
        *(c / talib.EMA(c, n) - 1 for n in (8, 12, 26, 50, 100)),
        *(talib.RSI(c, n) / 100 for n in (7, 14, 21)),
        *(x / c for x in talib.MACD(c, 12, 26, 9)),
        *(talib.ATR(h, lo, c, n) / c for n in (14, 21)),
        *(f(h, lo, c, 14) / 100 for f in (talib.PLUS_DI, talib.MINUS_DI, talib.ADX)),
    ]


def _spreads(h: Panel, lo: Panel, r: Panel, m: Panel) -> list[Panel]:
    together = talib.CORREL(r, m, 60)
    return [
        *(talib.STDDEV(r, n) * math.sqrt(n / (n - 1)) for n in (5, 20, 60)),
        np.sqrt(talib.SMA(np.log(h / lo) ** 2, 20) / (4 * math.log(2))),
        together * talib.STDDEV(r, 60) / talib.STDDEV(m, 60),
        together,
    ]


def _channels(h: Panel, lo: Panel, c: Panel) -> list[Panel]:
    days = np.arange(len(c))
    distances = [c / f(x, n) - 1 for n in (20, 60) for f, x in ((talib.MAX, h), (talib.MIN, lo))]
    since = [(days - talib.MAXINDEX(h, 60)) / 60, (days - talib.MININDEX(lo, 60)) / 60]
    return [*distances, *since, *(x / 100 for x in talib.STOCHF(h, lo, c, 14, 3)), talib.WILLR(h, lo, c, 28) / 100]


def _flows(h: Panel, lo: Panel, c: Panel, v: Panel, r: Panel) -> list[Panel]:
    logs, balance = np.log(v + 1), talib.OBV(c, v)
    moved = np.concatenate([np.full(20, np.nan), balance[20:] - balance[:-20]])
    return [
        *(v / talib.SMA(v, n) for n in (5, 20, 60)),
        (v - talib.SMA(v, 20)) / (talib.STDDEV(v, 20) * math.sqrt(20 / 19)),
        talib.CCI(h, lo, c, 20),
        talib.MFI(h, lo, c, v, 14) / 100,
        moved / talib.SUM(v, 20),
        talib.CORREL(c, logs, 20),
        talib.CORREL(r, np.concatenate([[np.nan], np.log(v[1:] / v[:-1] + 1)]), 20),
    ]


# -- polars ------------------------------------------------------------------------------------------


def long_frame(panel: DailyPanel) -> pl.DataFrame:
    """Lay a panel out as one row a name and day, names together."""
    n_days, n_names = panel.close.shape
    fields = {f: getattr(panel, f).T.ravel() for f in ("open", "high", "low", "close", "volume")}
    return pl.DataFrame(
        {"symbol": np.repeat(np.arange(n_names), n_days), "day": np.tile(np.arange(n_days), n_names), **fields}
    )


def polars_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Compute the columns with expressions over each name, ranks over each day; the order is `DISPLAY63`'s."""
    o, h, lo, c, v = (pl.col(f) for f in ("open", "high", "low", "close", "volume"))
    frame = frame.with_columns(
        r=c.log().diff().over("symbol"),
        lv=(v + 1).log(),
        tp=(h + lo + c) / 3,
        dc=c.diff().over("symbol"),
        tr=(pl.max_horizontal(h, c.shift(1).over("symbol")) - pl.min_horizontal(lo, c.shift(1).over("symbol"))),
        up=h.diff().over("symbol"),
        dn=-lo.diff().over("symbol"),
    ).with_columns(m=pl.col("r").mean().over("day"), dl=(v / v.shift(1).over("symbol") + 1).log())
    frame = _polars_carried(frame)
    own = {**_polars_moves(o, h, lo, c), **_polars_spreads(h, lo, c), **_polars_flows(c, v)}
    frame = frame.with_columns(**{name: expression.over("symbol") for name, expression in own.items()})
    ranked = {"rank_return_5": pl.col("return_5"), "rank_value": pl.col("tp") * v}
    n = frame["symbol"].n_unique() - 1
    frame = frame.with_columns(**{k: (x.rank("average").over("day") - 1) / n for k, x in ranked.items()})
    return frame.select([name for name in DISPLAY63 if name not in WITHOUT_POLARS])


def _polars_carried(frame: pl.DataFrame) -> pl.DataFrame:
    c, dc = pl.col("close"), pl.col("dc")
    moves = {
        "plus": pl.when((pl.col("up") > pl.col("dn")) & (pl.col("up") > 0)).then(pl.col("up")).otherwise(0.0),
        "minus": pl.when((pl.col("dn") > pl.col("up")) & (pl.col("dn") > 0)).then(pl.col("dn")).otherwise(0.0),
    }
    wilder = {f"rise{n}": (dc.clip(lower_bound=0), n) for n in (7, 14, 21)}
    wilder |= {f"fall{n}": ((-dc).clip(lower_bound=0), n) for n in (7, 14, 21)}
    wilder |= {f"a{n}": (pl.col("tr"), n) for n in (14, 21)} | {k: (x, 14) for k, x in moves.items()}
    frame = frame.with_columns(
        **{f"e{n}": c.ewm_mean(span=n, adjust=False).over("symbol") for n in (8, 12, 26, 50, 100)},
        **{k: x.ewm_mean(alpha=1 / n, adjust=False).over("symbol") for k, (x, n) in wilder.items()},
    ).with_columns(line=pl.col("e12") - pl.col("e26"))
    plus, minus = pl.col("plus"), pl.col("minus")
    strength = (
        ((plus - minus).abs() / (plus + minus)).fill_nan(None).ewm_mean(alpha=1 / 14, adjust=False).over("symbol")
    )
    frame = frame.with_columns(signal=pl.col("line").ewm_mean(span=9, adjust=False).over("symbol"), adx_14=strength)
    return frame.with_columns(
        **{f"ema_{n}": c / pl.col(f"e{n}") - 1 for n in (8, 12, 26, 50, 100)},
        **{f"rsi_{n}": pl.col(f"rise{n}") / (pl.col(f"rise{n}") + pl.col(f"fall{n}")) for n in (7, 14, 21)},
        macd=pl.col("line") / c,
        macd_signal=pl.col("signal") / c,
        macd_gap=(pl.col("line") - pl.col("signal")) / c,
        **{f"atr_{n}": pl.col(f"a{n}") / c for n in (14, 21)},
        di_plus_14=plus / pl.col("a14"),
        di_minus_14=minus / pl.col("a14"),
    )


def _polars_moves(o: pl.Expr, h: pl.Expr, lo: pl.Expr, c: pl.Expr) -> dict[str, pl.Expr]:
    sd, middle = c.rolling_std(20, ddof=0), c.rolling_mean(20)
    index = pl.col("day").cast(pl.Float64)
    return {
        **{f"return_{n}": c / c.shift(n) - 1 for n in (1, 2, 5, 10, 20, 60)},
        "gap": o / c.shift(1) - 1,
        "body": (c - o) / o,
        "upper_shadow": (h - pl.max_horizontal(o, c)) / o,
        "lower_shadow": (pl.min_horizontal(o, c) - lo) / o,
        "range": (h - lo) / o,
        "close_place": (c - lo) / (h - lo),
        **{f"sma_{n}": c / c.rolling_mean(n) - 1 for n in (5, 10, 20, 50, 200)},
        "band_place_20": (c - middle + 2 * sd) / (4 * sd),
        "band_width_20": 4 * sd / middle,
        "slope_20": pl.rolling_cov(c, index, window_size=20, ddof=1) / 35.0 / c,
        "fit_20": pl.rolling_corr(c, index, window_size=20) ** 2,
    }


def _polars_spreads(h: pl.Expr, lo: pl.Expr, c: pl.Expr) -> dict[str, pl.Expr]:
    r, m = pl.col("r"), pl.col("m")
    top, bottom = ({n: h.rolling_max(n) for n in (14, 20, 28, 60)}, {n: lo.rolling_min(n) for n in (14, 20, 28, 60)})
    place = (c - bottom[14]) / (top[14] - bottom[14])
    return {
        **{f"volatility_{n}": r.rolling_std(n) for n in (5, 20, 60)},
        "parkinson_20": (((h / lo).log() ** 2).rolling_mean(20) / (4 * math.log(2))).sqrt(),
        "beta_60": pl.rolling_cov(r, m, window_size=60, ddof=1) / m.rolling_var(60),
        "market_corr_60": pl.rolling_corr(r, m, window_size=60),
        **{f"high_{n}": c / top[n] - 1 for n in (20, 60)},
        **{f"low_{n}": c / bottom[n] - 1 for n in (20, 60)},
        "stoch_k_14": place,
        "stoch_d_14": place.rolling_mean(3),
        "williams_28": (c - top[28]) / (top[28] - bottom[28]),
    }


def _polars_flows(c: pl.Expr, v: pl.Expr) -> dict[str, pl.Expr]:
    tp, dc = pl.col("tp"), pl.col("dc")
    mean = tp.rolling_mean(20)
    away = pl.sum_horizontal(*((tp.shift(k) - mean).abs() for k in range(20))) / 20
    up = pl.when(tp.diff() > 0).then(tp * v).otherwise(0.0).rolling_sum(14)
    down = pl.when(tp.diff() < 0).then(tp * v).otherwise(0.0).rolling_sum(14)
    return {
        **{f"volume_{n}": v / v.rolling_mean(n) for n in (5, 20, 60)},
        "volume_z_20": (v - v.rolling_mean(20)) / v.rolling_std(20),
        "cci_20": (tp - mean) / (0.015 * away),
        "mfi_14": up / (up + down),
        "obv_20": (dc.sign() * v).rolling_sum(20) / v.rolling_sum(20),
        "price_volume_20": pl.rolling_corr(c, pl.col("lv"), window_size=20),
        "change_volume_20": pl.rolling_corr(pl.col("r"), pl.col("dl"), window_size=20),
    }
