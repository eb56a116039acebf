"""Canned facts: one seeded morning that never happened, for the gallery and the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit import facts
from cockpit.account import Account, folded
from cockpit.broker_books import BooksCompared
from cockpit.clock import NS, instant
from cockpit.errors import BadInput
from cockpit.market import (
    STATS,
    Bars,
    Instrument,
    Interval,
    Phase,
    Series,
    Session,
    SessionKind,
    TradingDay,
    Window,
    bars_of,
    ticks_of,
)
from cockpit.money import Price, rupees
from cockpit.opinions import Dropped, Funnel, Pick, Regime, RegimeState, Scan
from cockpit.orders import Fill, Intent, Mode, Order, OrderMoved, Refusal
from cockpit.ui.canned_trades import Story, trades_of

DAY: Final = date(2026, 11, 20)
SEED: Final = 20261120
SILENT: Final = "HINDUNILVR"
"""The one name that has stopped ticking, and for how long."""
SILENT_S: Final = 25
_LISTED: Final = """
RELIANCE:1419 HDFCBANK:1951 ICICIBANK:1293 INFY:1569 TCS:3479 SBIN:822 BHARTIARTL:1842 ITC:442 LT:3703
AXISBANK:1175 KOTAKBANK:2141 HINDUNILVR:2396 MARUTI:12089 SUNPHARMA:1677 TITAN:3461 ULTRACEMCO:12010 NTPC:341
POWERGRID:299 M&M:3036 TATASTEEL:151 ADANIPORTS:1377 BAJFINANCE:925 BAJAJFINSV:2024 ASIANPAINT:2502
GRASIM:2701 HCLTECH:1602 WIPRO:256 TECHM:1498 ONGC:238 COALINDIA:391 JSWSTEEL:1042 HINDALCO:684 CIPLA:1502
DRREDDY:1231 APOLLOHOSP:7304 EICHERMOT:5472 HEROMOTOCO:4377 BRITANNIA:5688 NESTLEIND:1204 TRENT:4821 DLF:741
SIEMENS:3105 HAL:4402 BEL:392 PFC:406 RECLTD:378 INDUSINDBK:802 TVSMOTOR:2644
"""
NAMES: Final = tuple(_LISTED.split())
"""Symbols with a previous close in rupees."""


def session_of(day: date = DAY) -> Session:
    """Answer a regular session of `day` with the timetable of plain names."""
    windows = (
        Window(Phase.PRE_OPEN, instant(day, time(9, 0)), instant(day, time(9, 15))),
        Window(Phase.CONTINUOUS, instant(day, time(9, 15)), instant(day, time(15, 30))),
        Window(Phase.POST_CLOSE, instant(day, time(15, 40)), instant(day, time(16, 0))),
    )
    square_off, hard = instant(day, time(15, 5)), instant(day, time(15, 12))
    return Session(day, SessionKind.REGULAR, "canned", windows, windows, square_off, hard)


def trading_day(n_names: int = 48) -> TradingDay:
    """Answer a day of `n_names` names and the NIFTY index."""
    pairs = [name.split(":") for name in NAMES[:n_names]]
    names = [Instrument(408_065 + 256 * k, symbol) for k, (symbol, _) in enumerate(pairs)]
    index = Instrument(256_265, "NIFTY 50", series=Series.INDEX)
    stats = np.zeros(len(names) + 1, dtype=STATS)
    for column in ("sigma_day", "adv_shares", "band_low", "band_high"):
        stats[column] = np.nan
    stats["token"] = [index.token, *(i.token for i in names)]
    stats["previous_close"] = [2_607_500, *(int(price) * 100 for _, price in pairs)]
    stats["atr14"] = stats["previous_close"] * 0.018
    curve = np.cumsum(1 + 4 * np.exp(-np.arange(375) / 12)) * 2300.0 * np.linspace(0.5, 1.6, len(stats))[:, None]
    return TradingDay(session_of(), Interval.M1, (index, *names), stats, curve)


def walked_bars(day: TradingDay, slot: int, n_bars: int, seed: int = SEED) -> Bars:
    """Answer `n_bars` one-minute bars of a seeded walk from the previous close, VWAP included."""
    instrument, close = day.instruments[slot], float(day.stats["previous_close"][slot])
    draw = np.random.default_rng([seed, slot])
    calm = 0.00012 if instrument.is_index else 0.0005
    mood = np.repeat(draw.normal(0, calm * 0.28, -(-n_bars // 20)), 20)[:n_bars]
    steps = draw.normal(0, calm, n_bars) + mood
    paths = close * (1 + draw.normal(0, calm * 9)) * np.exp(np.cumsum(steps))
    bars = bars_of(n_bars)
    bars["token"], bars["interval_s"], bars["n_ticks"] = instrument.token, 60, 60
    bars["ts_open"] = day.session.opens + np.arange(n_bars) * 60 * NS
    bars["close"] = _on_tick(paths)
    bars["open"] = np.concatenate([_on_tick(paths[:1] * (1 - steps[0])), bars["close"][:-1]])
    reach = np.abs(draw.normal(0, calm * 0.6, (2, n_bars))) * paths
    bars["high"] = _on_tick(np.maximum(bars["open"], bars["close"]) + reach[0])
    bars["low"] = _on_tick(np.minimum(bars["open"], bars["close"]) - reach[1])
    busy = 1 + 4 * np.exp(-np.arange(n_bars) / 12) + np.abs(steps) / calm
    bars["volume"] = 0 if instrument.is_index else (draw.gamma(2.0, 900.0, n_bars) * busy).astype(np.int64)
    _with_vwap(bars)
    return bars


def _on_tick(prices: NDArray[Any]) -> NDArray[Any]:
    return np.round(np.asarray(prices) / 5).astype(np.int64) * 5


def _with_vwap(bars: Bars) -> None:
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3.0
    volume = np.cumsum(bars["volume"]).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        bars["vwap"] = np.cumsum(typical * bars["volume"]) / volume
        spread = np.cumsum(typical**2 * bars["volume"]) / volume - bars["vwap"] ** 2
        bars["vwap_sd"] = np.sqrt(np.maximum(spread, 0))


def grouped(bars: Bars, interval: Interval) -> Bars:
    """Answer one-minute bars gathered into longer ones."""
    n = int(interval) // 60
    if n <= 1 or not len(bars):
        return bars
    starts = np.arange(0, len(bars), n)
    ends = np.minimum(starts + n, len(bars)) - 1
    out = bars[ends].copy()
    out["ts_open"], out["open"], out["interval_s"] = bars["ts_open"][starts], bars["open"][starts], int(interval)
    out["high"] = np.maximum.reduceat(bars["high"], starts)
    out["low"] = np.minimum.reduceat(bars["low"], starts)
    out["volume"] = np.add.reduceat(bars["volume"], starts)
    return out


@dataclass
class CannedReports:
    """A morning's readings, complete up to bar `n_bars`; the trades of `story` happened in it."""

    trading: TradingDay = field(default_factory=trading_day)
    n_bars: int = 147
    story: Story = field(init=False)

    def __post_init__(self) -> None:
        self._bars = [walked_bars(self.trading, slot, 375) for slot in range(len(self.trading.instruments))]
        self.story = trades_of(self.trading, lambda token: self.bars(token, Interval.M1))

    @property
    def now(self) -> int:
        """Answer the instant up to which the morning is known."""
        return int(self.trading.session.opens + self.n_bars * 60 * NS - 17 * NS)

    def day(self) -> TradingDay | None:
        """Answer the day."""
        return self.trading

    def bars(self, token: int, interval: Interval) -> Bars:
        """Answer the bars so far."""
        return grouped(self._bars[self.trading.slot(token)][: self.n_bars], interval)

    def opening_range(self, token: int) -> tuple[Price, Price] | None:
        """Answer (low, high) of the first fifteen minutes."""
        first = self._bars[self.trading.slot(token)][:15]
        return (int(first["low"].min()), int(first["high"].max())) if self.n_bars >= 15 else None

    def opening_range_ends(self) -> int:
        """Answer when the first fifteen minutes are over."""
        return self.trading.session.opens + 15 * 60 * NS

    def account(self) -> Account:
        """Answer the fold of the story's fills."""
        return folded(100_000_000, self.story.fills)

    def last_prices(self) -> Mapping[int, tuple[Price, int]]:
        """Answer the last closes."""
        names = enumerate(self.trading.instruments)
        return {i.token: (int(self._bars[s][self.n_bars - 1]["close"]), self._seen(i.symbol)) for s, i in names}

    def _seen(self, symbol: str) -> int:
        return self.now - (SILENT_S * NS if symbol == SILENT else 0)

    def orders(self) -> Sequence[tuple[Order, OrderMoved | None]]:
        """Answer the story's orders."""
        return self.story.orders

    def fills(self) -> Sequence[Fill]:
        """Answer the story's fills."""
        return self.story.fills

    def intents(self) -> Sequence[tuple[Intent, tuple[Refusal, ...]]]:
        """Answer the story's intents."""
        return self.story.intents

    def scan(self) -> Scan | None:
        """Answer a canned scan of the evening before."""
        return _scan(self.trading)

    def spark(self, token: int, points: int) -> NDArray[Any]:
        """Answer up to `points` closes."""
        closes = self.bars(token, Interval.M1)["close"] / 100.0
        return np.asarray(closes[:: max(1, len(closes) // points)], dtype=np.float64)

    # -- what would be told ------------------------------------------------------------------------

    def ticks(self, shift: int = 0) -> facts.TicksSeen:
        """Answer a frame with the last price of every name but one, which has gone silent."""
        rows = ticks_of(len(self.trading.instruments))
        for slot, instrument in enumerate(self.trading.instruments):
            bars = self._bars[slot][: self.n_bars]
            rows[slot]["token"], rows[slot]["last_price"] = instrument.token, int(bars[-1]["close"]) + shift
            rows[slot]["volume"], rows[slot]["close"] = int(bars["volume"].sum()), self._close(slot)
            rows[slot]["ts_event"] = rows[slot]["ts_seen"] = self._seen(instrument.symbol)
            rows[slot]["mode"] = 3
        return facts.TicksSeen(rows)

    def _close(self, slot: int) -> int:
        return int(self.trading.stats["previous_close"][slot])

    def marked(self) -> facts.AccountMarked:
        """Answer the account at the last prices."""
        account = self.account()
        equity = account.marked(self.now, {t: p for t, (p, _) in self.last_prices().items()})
        return facts.AccountMarked(self.now, account, equity, equity.equity_paise - account.start_paise)

    def risk(self, *, tripped: bool = True) -> facts.RiskSeen:
        """Answer six switches, one on watch and, if asked, one tripped."""
        s, state = facts.SwitchSeen, facts.SwitchState
        marked = self.marked()
        day, limit = marked.day_net_paise, marked.equity.equity_paise // 50
        last = ("6 / 10 min", state.TRIPPED, 1.2) if tripped else ("0 / 10 min", state.ARMED, 0.0)
        switches = (
            s("DAY_LOSS", "Daily loss", state.ARMED, rupees(day), rupees(-limit), max(0.0, -day / limit)),
            s("DRAWDOWN", "Drawdown", state.ARMED, "4.10%", "10.0%", 0.41),
            s("DAY_ENTRIES", "Entries today", state.ARMED, "9", "40", 0.225),
            s("FEED_AGE", "Feed age", state.WATCH, "4.2 s", "5 s", 0.84),
            s("PANIC", "Panic filter", state.UNKNOWN, "unknown", "24", float("nan")),
            s("REJECTS", "Reject rate", last[1], last[0], "5", last[2]),
        )
        halt = facts.Halt.ENTRIES if tripped else facts.Halt.NONE
        return facts.RiskSeen(self.now, halt, "REJECTS" if tripped else "", switches, 0.041, 984_000)

    def health(self) -> facts.HealthSeen:
        """Answer a machine that is well."""
        return facts.HealthSeen(self.now, 0.4, 38.0, 412.0, 1, 3.0, 12.0)

    def told(self, *, tripped: bool = True) -> list[Any]:
        """Answer everything a bus would have told of this morning, in order."""
        opened = self.trading.session.opens - 600 * NS
        symbols = tuple(i.symbol for i in self.trading.instruments if not i.is_index)
        said: list[Any] = [
            facts.Genesis(opened, Mode.PRACTICE, "canned", 100_000_000, "gallery"),
            facts.ScanPublished(opened, _scan(self.trading)),
            facts.DayOpened(opened, DAY, Mode.PRACTICE, "canned walk", symbols, 100_000_000),
            facts.FeedMoved(opened, facts.FeedState.LIVE, ""),
            *(
                facts.StrategyMoved(opened, rule, True, "the house", "armed at the opening")
                for rule in ("ORB", "VWAP PB")
            ),
            *self.story.told,
        ]
        if tripped:
            why = "Reject rate 6 / 10 min, limit 5"
            said.append(facts.HaltMoved(self.now - 680 * NS, facts.Halt.ENTRIES, "REJECTS", why))
        proved = BooksCompared(self.now - 23 * NS, self.now - 23 * NS, (), 14, 11, 7)
        return [*said, self.ticks(), self.marked(), self.risk(tripped=tripped), self.health(), proved]


SPOKE: Final = ("technical", "fundamental", "smart money", "quantitative")


def _scan(day: TradingDay) -> Scan:
    draw = np.random.default_rng(SEED)
    names = [i for i in day.instruments if not i.is_index]
    said = draw.normal(0.51, 0.03, (len(names), len(SPOKE))).clip(0.35, 0.65)
    score = said.mean(axis=1)
    order = np.argsort(-score)
    picks = tuple(
        Pick(
            names[k].token,
            names[k].symbol,
            rank + 1,
            float(score[k]),
            _reason(float(score[k]), said[k]),
            tuple(zip(SPOKE, map(float, said[k]), strict=True)),
            int(day.stats["previous_close"][day.slot(names[k].token)]),
            float(draw.uniform(0.2, 0.8)),
            (("sentiment", "of every name: no headline in seven days"),),
        )
        for rank, k in enumerate(order)
    )
    funnel = (
        Funnel("universe", 614),
        Funnel("data complete", 606),
        Funnel("liquid", 412),
        Funnel("watchlist", len(picks)),
    )
    dropped = (Dropped("YESBANK", "price", "close ₹22.40 is under ₹50"),)
    made = instant(date(2026, 11, 19), time(20, 0))
    weather = Regime(RegimeState.BULL, made, 12, 0.65, 0.85, (("score", 3.0), ("breadth", 0.61), ("momentum", 0.043)))
    return Scan(
        date(2026, 11, 19), made, "canned walk", funnel, picks, dropped, weather, 0.74, "9f31c2ab77d0",
        tuple((brain, "1") for brain in SPOKE), (("sentiment", "no headline in seven days"),),
    )  # fmt: skip


def _reason(score: float, said: NDArray[Any]) -> str:
    told = sorted(zip(said - 0.5, SPOKE, strict=True), reverse=True)[:2]
    return f"{score:.1%} to beat the median; " + "; ".join(f"{away * 20:+.2f} points, {brain}" for away, brain in told)


@dataclass
class CannedDesk:
    """A desk that only remembers what it was told to do, and refuses what a real one refuses."""

    mode: Mode = Mode.PRACTICE
    done: list[tuple[Any, ...]] = field(default_factory=list)

    async def halt(self, level: facts.Halt, by: str, reason: str) -> None:
        """Remember a halt."""
        self.done.append(("halt", level, by, reason))

    async def revive(self, by: str, reason: str) -> None:
        """Remember a release; BadInput for a short reason."""
        if len(reason.strip()) < 10:
            raise BadInput(f"reason {reason!r} given; at least 10 characters expected: say what changed")
        self.done.append(("revive", by, reason))

    async def arm(self, rule: str, by: str) -> None:
        """Remember an arming."""
        self.done.append(("arm", rule, by))

    async def disarm(self, rule: str, by: str, reason: str) -> None:
        """Remember a disarming."""
        self.done.append(("disarm", rule, by, reason))

    async def flatten(self, token: int, by: str, reason: str) -> None:
        """Remember an exit."""
        self.done.append(("flatten", token, by, reason))
