"""The practice market: one seed, one calendar, one model behind daily history, minutes, news and the live session.

Everything is a pure function of (seed, date): whichever day is practised, all other days are what they always were.
Nothing here is a real price.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.clock import IST_OFFSET_NS
from cockpit.errors import BadInput
from cockpit.market import Bars, DailyPanel, Instrument, Interval, Session, bars_of
from cockpit.simulator.candles import candles_of, index_candles
from cockpit.simulator.draws import draws, steps
from cockpit.simulator.grid import Grid, grid_of
from cockpit.simulator.history import HISTORY_FROM, INDEX_START, History, simulated
from cockpit.simulator.history_shelf import HistoryShelf
from cockpit.simulator.index_tape import IndexTape, index_tape
from cockpit.simulator.kite_packets import Tape
from cockpit.simulator.listings import INDEX, INDEX_TOKEN, Listing
from cockpit.simulator.news import SOURCE, Action, Deal, Headline, deals_of, headlines_before
from cockpit.simulator.tape import DayRow, NameTape, continuous_session, name_tape
from cockpit.simulator.traits import drawn_traits, results_days
from cockpit.simulator.walk import Scales, band_of, knots_of, log_paths, trending, unusually_busy

DAYS_KEPT: Final = 24
"""Days whose five-minute walks stay in memory; each is about 0.4 MB."""


class PracticeMarket:
    """Answer everything that can be known of the practice market.

    `sessions` are the calendar's sessions since `HISTORY_FROM`; a `cache` folder keeps the daily history between runs.
    """

    def __init__(
        self, seed: int, universe: Sequence[Listing], sessions: Sequence[Session], cache: Path | None = None
    ) -> None:
        self.seed = seed
        self.listings = tuple(universe)
        self._sessions = tuple(s for s in sessions if s.day >= HISTORY_FROM)
        if not self._sessions or (self._sessions[0].day - HISTORY_FROM).days > 7:
            first = self._sessions[0].day if self._sessions else "none"
            raise BadInput(f"sessions from {first} given; the practice market needs all since {HISTORY_FROM}")
        self._days = {s.day: t for t, s in enumerate(self._sessions)}
        self._column = {x.token: k for k, x in enumerate(self.listings)}
        self._traits = drawn_traits(seed, self.listings)
        self._results = results_days(seed, len(self.listings), [s.day for s in self._sessions])
        self.history = self._kept_history(cache)
        self._walked = lru_cache(maxsize=DAYS_KEPT)(self._walk)

    def _kept_history(self, cache: Path | None) -> History:
        if cache is None:
            return simulated(self.seed, self.listings, self._sessions)
        shelf = HistoryShelf(cache, self.seed, self.listings, self._sessions)
        found = shelf.read()
        if found is None:
            found = simulated(self.seed, self.listings, self._sessions)
            shelf.write(found)
        return found

    @property
    def days(self) -> tuple[date, ...]:
        """Answer every session of the market, oldest first."""
        return tuple(self._days)

    def column(self, token: int) -> int:
        """Answer a name's column in the history; BadInput for a token that is not listed."""
        return self._name(token)

    @property
    def tokens(self) -> tuple[int, ...]:
        """Answer every token there is, the index last."""
        return (*self._column, INDEX_TOKEN)

    def session(self, day: date) -> Session:
        """Answer the session of `day`; BadInput when the market is closed then."""
        return self._sessions[self._row(day)]

    def grid(self, day: date) -> Grid:
        """Answer the seconds of a session."""
        return grid_of(self.session(day))

    def instrument(self, token: int, day: date) -> Instrument:
        """Answer the instrument with the tick size it has on `day`."""
        if token == INDEX_TOKEN:
            return INDEX
        k = self._name(token)
        return self.listings[k].instrument(int(self.history.tick[self._row(day), k]))

    def daily_panel(self, upto: date) -> DailyPanel:
        """Answer the daily bars known after the close of `upto`, adjusted for every split known by then."""
        h, n = self.history, int(np.searchsorted(self.history.days, np.datetime64(upto, "D"), side="right"))
        if not n:
            raise BadInput(f"{upto} given; the practice market begins on {self._sessions[0].day}")
        factor = self._later_splits(n)
        last = self._sessions[n - 1].day
        return DailyPanel(
            days=h.days[:n],
            instruments=tuple(self.instrument(x.token, last) for x in self.listings),
            open=h.open[:n] / 100 / factor,
            high=h.high[:n] / 100 / factor,
            low=h.low[:n] / 100 / factor,
            close=h.close[:n] / 100 / factor,
            volume=h.volume[:n] * factor,
            delivery=h.delivery[:n].astype(np.float64),
            source=f"{SOURCE} seed {self.seed}",
        )

    def _later_splits(self, n: int) -> NDArray[Any]:
        """Answer float64 [day, name]: today's shares for one share of each day, as known on row n-1."""
        split = self.history.split[:n].astype(np.float64)
        return np.asarray(np.cumprod(split[::-1], axis=0)[::-1] / split)

    def adjustment(self, token: int, day: date, upto: date) -> float:
        """Answer into how many shares of `upto` one share of `day` has been split."""
        k = self._name(token)
        return float(np.prod(self.history.split[self._row(day) + 1 : self._row(upto) + 1, k].astype(np.float64)))

    def index_daily(self, upto: date) -> tuple[NDArray[Any], NDArray[Any]]:
        """Answer the days and float64 [day, 4] open, high, low, close of the index, known after the close of `upto`."""
        n = int(np.searchsorted(self.history.days, np.datetime64(upto, "D"), side="right"))
        return self.history.days[:n], self.history.index[:n] / 100

    def daily_bars(self, token: int, upto: date) -> Bars:
        """Answer the daily bars of a name or the index up to `upto`, in paise, adjusted for splits known by then.

        A daily bar's `ts_open` is midnight in India, as the broker stamps it.
        """
        n = self._row(upto) + 1
        h = self.history
        bars = bars_of(n)
        bars["token"], bars["interval_s"] = token, int(Interval.D1)
        bars["ts_open"] = h.days[:n].astype("datetime64[ns]").astype(np.int64) - IST_OFFSET_NS
        if token == INDEX_TOKEN:
            for place, column in enumerate(("open", "high", "low", "close")):
                bars[column] = h.index[:n, place]
            return bars
        k = self._name(token)
        factor = self._later_splits(n)[:, k]
        for column in ("open", "high", "low", "close"):
            bars[column] = np.rint(getattr(h, column)[:n, k] / factor)
        bars["volume"] = np.rint(h.volume[:n, k] * factor)
        return bars

    def corporate_actions(self, upto: date | None = None) -> tuple[Action, ...]:
        """Answer all splits whose ex-day is not after `upto`, in order of time."""
        rows, names = np.nonzero(self.history.split > 1)
        found = (
            Action(
                self._sessions[t].day, self.listings[k].token, self.listings[k].symbol, int(self.history.split[t, k])
            )
            for t, k in zip(rows.tolist(), names.tolist(), strict=True)
        )
        return tuple(a for a in found if upto is None or a.ex_day <= upto)

    def headlines(self, day: date) -> tuple[Headline, ...]:
        """Answer what was published before the session of `day` opened and since the session before it."""
        t = self._row(day)
        return headlines_before(self.seed, day, self.listings, self._dice(t), self._results[t])

    def deals(self, day: date) -> tuple[Deal, ...]:
        """Answer the bulk deals of `day`, public since its evening."""
        t = self._row(day)
        return deals_of(
            self.seed, self._sessions[t], self.listings, self._dice(t), self.history.close[t], self.history.volume[t]
        )

    def results(self, day: date) -> tuple[str, ...]:
        """Answer the symbols that publish their quarter before the session of `day`."""
        return tuple(self.listings[k].symbol for k in np.flatnonzero(self._results[self._row(day)]).tolist())

    def day_row(self, token: int, day: date) -> DayRow:
        """Answer one name's frame of a session: its daily row, band, tick and five-minute walk."""
        t, k = self._row(day), self._name(token)
        knots, turn, (low, high) = self._walked(t)
        h, traits, grid = self.history, self._traits, self.grid(day)
        by_auction = bool(traits.auction[k]) and grid.has_auction
        return DayRow(
            instrument=self.instrument(token, day),
            salt=int(traits.salt[k]),
            previous=int(h.previous[t, k]),
            open=int(h.open[t, k]),
            high=int(h.high[t, k]),
            low=int(h.low[t, k]),
            close=int(h.close[t, k]),
            volume=int(h.volume[t, k]),
            tick=int(h.tick[t, k]),
            band_low=int(low[k]),
            band_high=int(high[k]),
            later=float(h.later[t, k]),
            own=float(h.own[t, k]),
            spread_bps=float(traits.spread_bps[k]),
            busy=float(traits.busy[k]),
            knots=knots[k, : grid.n_auction_steps] if by_auction else knots[k],
            turn=(float(turn[0, k]), float(turn[1, k])),
            by_auction=by_auction,
        )

    def tape(self, token: int, day: date) -> Tape:
        """Answer the session of one name, or of the index, second by second."""
        return self._index_tape(day) if token == INDEX_TOKEN else self.name_tape(token, day)

    def name_tape(self, token: int, day: date) -> NameTape:
        """Answer the session of one name second by second."""
        return name_tape(self.seed, self.grid(day), self.day_row(token, day))

    def _index_tape(self, day: date) -> IndexTape:
        t, h, weight = self._row(day), self.history, self._traits.index_weight
        held = np.flatnonzero(weight)
        rows = [self.day_row(self.listings[k].token, day) for k in held.tolist()]
        before = int(h.index[t - 1, 3]) if t else INDEX_START
        return index_tape(self.seed, self.grid(day), rows, weight[held], h.index[t], before)

    def minutes(
        self, tokens: Sequence[int], day: date, interval: Interval = Interval.M1, upto: date | None = None
    ) -> Bars:
        """Answer the bars of a session's continuous trading, in order of time, then token.

        A bar without a trade is left out. `upto` adjusts for splits after `day` known by then, as brokers do.
        """
        grid = self.grid(day)
        parts = [self._bars(token, day, grid, interval, upto or day) for token in tokens]
        bars = np.concatenate(parts)
        return bars[np.lexsort((bars["token"], bars["ts_open"]))]

    def _bars(self, token: int, day: date, grid: Grid, interval: Interval, upto: date) -> Bars:
        bars = self.candles(token, day, grid, interval)
        if token == INDEX_TOKEN:
            return bars
        factor = self.adjustment(token, day, upto)
        if factor != 1:
            for column in ("open", "high", "low", "close"):
                bars[column] = np.rint(bars[column] / factor)
            bars["volume"] = np.rint(bars["volume"] * factor)
        return bars

    def candles(self, token: int, day: date, grid: Grid, interval: Interval, until: int | None = None) -> Bars:
        """Answer the bars of one name or the index as traded; `until` leaves out that second and all after it."""
        if token == INDEX_TOKEN:
            return index_candles(self._index_tape(day), grid, interval, until)
        trading = continuous_session(self.seed, grid, self.day_row(token, day))
        return candles_of(token, trading, grid, interval, until)

    def _walk(self, t: int) -> tuple[NDArray[Any], NDArray[Any], tuple[NDArray[Any], NDArray[Any]]]:
        """Walk one session again: int64 [name, step] knots, the turns and the bands."""
        h, traits, session = self.history, self._traits, self._sessions[t]
        dice = self._dice(t)
        scales = Scales(float(h.market[t]), float(h.sector[t]), h.own[t], h.drift[t])
        inside = steps(self.seed, session.day, len(self.listings), traits.n_sectors, grid_of(session).n_steps)
        trend = trending(dice, unusually_busy(dice, self._results[t]))
        tick = h.tick[t].astype(np.int64)
        band = band_of(h.previous[t], traits.band, tick)
        knots = knots_of(h.open[t].astype(np.int64), log_paths(traits, scales, inside, trend), tick, band)
        return knots, dice.turn, band

    def _dice(self, t: int) -> Any:
        return draws(self.seed, self._sessions[t].day, len(self.listings), self._traits.n_sectors)

    def _row(self, day: date) -> int:
        if day not in self._days:
            raise BadInput(f"{day} is no session of the practice market; ask the calendar for the next one")
        return self._days[day]

    def _name(self, token: int) -> int:
        if token not in self._column:
            raise BadInput(f"token {token} is not listed in the practice market")
        return self._column[token]
