"""The sentiment brain: how the news of the last days sounds for each name, how much of it there was, and of what kind.

A headline counts from the first evening it had been seen by, once however often it is printed, and fades by days. No
news is not neutral news: such a name has no tone at all, and a mark that says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.filings.as_known import NEVER, Evenings
from cockpit.brains.filings.measures import Measure, laid, schema_of
from cockpit.brains.words import news_events, phrases, tone, tone_head, tone_traits
from cockpit.brains.words.news_events import EVENTS, events_of
from cockpit.brains.words.phrases import Phrases, plain
from cockpit.brains.words.tone import LexiconTone, ToneReader
from cockpit.clock import DAY_NS
from cockpit.errors import Abstained
from cockpit.evidence import Evidence, Headline, Missing
from cockpit.market import Instrument
from cockpit.opinions import FeatureHistory

FADE_DAYS: Final = 2.0
"""A headline's weight is exp(-age / 2 days)."""
WINDOW_DAYS: Final = 7
"""A headline counts for so long, and its repetition within this time is no news."""
QUIET_DAYS: Final = 5
"""Some name is in the news on every day but long holidays: when none was for longer, the news has stopped coming."""
FEWEST_EVENINGS: Final = 8
"""Evenings with news of a name's own past that a standing within it needs."""
SOURCE_WEIGHTS: Final[Mapping[str, float]] = {"NSE": 1.0, "BSE": 1.0, "PRACTICE": 1.0}
"""The exchanges' own announcements count whole."""
PRESS_WEIGHT: Final = 0.7
"""What any other source counts."""

MEASURES: Final = (
    Measure("tone", "tone", WINDOW_DAYS, "news of the week sounds {value:+.2f}"),
    Measure("tone_z", "sd", WINDOW_DAYS, "its news sounds {value:+.1f} sd from its own past"),
    Measure("n_headlines", "headlines", WINDOW_DAYS, "{value:.0f} headlines in 7 days"),
    Measure("news_age", "days", WINDOW_DAYS, "newest headline {value:.1f} days old"),
    Measure("no_news", "flag", WINDOW_DAYS, "no news in 7 days", otherwise="in the news within 7 days"),
    *(
        Measure(f"{e}_news", "flag", WINDOW_DAYS, f"{e} news within 7 days", otherwise=f"no {e} news in 7 days")
        for e in EVENTS
    ),
)


@dataclass(frozen=True, slots=True)
class _Read:
    """Headlines read, one each. Shapes: all [headline]; `events` bool [headline, kind]."""

    day: NDArray[Any]
    name: NDArray[Any]
    visible: NDArray[Any]
    weighed: NDArray[Any]
    events: NDArray[Any]


class SentimentBrain:
    """Read headlines by the word lists, or by another ear where one is given."""

    name = "sentiment"
    letter = "S"

    def __init__(
        self, lexicon: LexiconTone, ear: ToneReader | None = None, weights: Mapping[str, float] = SOURCE_WEIGHTS
    ) -> None:
        self._lexicon = lexicon
        self._ear = ear or lexicon
        self._weights = weights
        self._told: dict[tuple[str, int], tuple[float, frozenset[str]]] = {}

    @classmethod
    def load(cls, table: Path) -> SentimentBrain:
        """Answer the brain with the word lists alone, its phrases read from `table`."""
        return cls(LexiconTone(Phrases.load(table)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Answer the measures, in order."""
        return tuple(measure.name for measure in MEASURES)

    @cached_property
    def schema(self) -> str:
        """Answer the fingerprint of the measures, of what computes them, and of the ear: another hears otherwise."""
        modules = (news_events, phrases, tone, tone_head, tone_traits)
        own = schema_of(self.name, MEASURES, {__name__, *(m.__name__ for m in modules)})
        ears = f"{own}{self._lexicon.identity}{self._ear.identity}"
        return hashlib.sha256(ears.encode()).hexdigest()

    def features(self, evidence: Evidence) -> FeatureHistory:
        """Measure every evening from the headlines seen by then.

        Errors: Abstained with the reason when nobody could supply headlines.
        """
        headlines = evidence.headlines
        if isinstance(headlines, Missing):
            raise Abstained(f"headlines are missing: {headlines.reason}")
        evenings = Evenings.of(evidence)
        read = self._read(headlines.value, evenings, evidence.prices.value.instruments)
        grids = _grids(evenings, read)
        begun, stopped = _coverage(headlines.value, evenings)
        covered = {
            n: (np.where(begun, grid, np.nan), np.broadcast_to(stopped, grid.shape)) for n, grid in grids.items()
        }
        return laid(evenings, MEASURES, self.schema, covered)

    def words(self, column: str, value: float) -> str:
        """Say one measure's value in plain words."""
        return next(m for m in MEASURES if m.name == column).said(value)

    def _read(self, headlines: Sequence[Headline], evenings: Evenings, instruments: Sequence[Instrument]) -> _Read:
        news = _once(sorted(headlines, key=lambda h: (h.visible, h.token, h.text)))
        visible = np.array([h.visible for h in news], dtype=np.int64)
        day, name = evenings.first(visible), evenings.names(np.array([h.token for h in news], dtype=np.int64))
        kept = np.flatnonzero((day < len(evenings.days)) & (name >= 0))
        weighed, events = np.zeros(len(kept)), np.zeros((len(kept), len(EVENTS)), dtype=bool)
        for row, k in enumerate(kept):
            heard, kinds = self._heard(news[k], instruments[name[k]])
            weighed[row] = heard * self._weights.get(news[k].source, PRESS_WEIGHT)
            told = events_of(kinds, news[k].category)
            events[row] = [event in told for event in EVENTS]
        return _Read(day[kept], name[kept], visible[kept], weighed, events)

    def _heard(self, headline: Headline, instrument: Instrument) -> tuple[float, frozenset[str]]:
        key = headline.text, headline.token
        if key not in self._told:
            names = tuple(name for name in (instrument.name, instrument.symbol) if name)
            kinds = self._lexicon.heard(headline.text, names).events
            self._told[key] = self._ear.tone(headline.text, names), kinds
        return self._told[key]


def without_news(history: FeatureHistory) -> NDArray[Any]:
    """Tell the names of which nothing was heard: there is nothing to judge them by, and no score may be made of it.

    Shape: bool [day, name].
    """
    return np.asarray(history.values[:, :, history.columns.index("no_news")] == 1)


def _coverage(headlines: Sequence[Headline], evenings: Evenings) -> tuple[NDArray[Any], NDArray[Any]]:
    """Tell on which evenings news of any name had ever come, and on which it had stopped coming; both [day, 1]."""
    visible = np.sort(np.array([h.visible for h in headlines], dtype=np.int64))
    so_far = np.searchsorted(visible, evenings.at, side="right")
    begun = so_far > 0
    if not len(visible):
        return begun[:, None], np.zeros((len(begun), 1), dtype=bool)
    newest = visible[np.maximum(so_far - 1, 0)]
    return begun[:, None], (begun & (evenings.at - newest > QUIET_DAYS * DAY_NS))[:, None]


def _once(headlines: Sequence[Headline]) -> list[Headline]:
    """Leave out what says of a name, within the window, the same words as a headline before."""
    seen: dict[tuple[int, str], int] = {}
    kept = []
    for headline in headlines:
        letters = "".join(letter if letter.isalnum() else " " for letter in plain(headline.text))
        key = headline.token, " ".join(letters.split())
        if headline.visible - seen.get(key, NEVER // 2) > WINDOW_DAYS * DAY_NS:
            seen[key] = headline.visible
            kept.append(headline)
    return kept


def _grids(evenings: Evenings, read: _Read) -> dict[str, NDArray[Any]]:
    counts = _in_window(evenings, read, np.ones(len(read.day)))
    silent = counts == 0
    newest = np.full(evenings.shape, NEVER, dtype=np.int64)
    np.maximum.at(newest, (read.day, read.name), read.visible)
    age = evenings.days_since(np.maximum.accumulate(newest, axis=0))
    total = np.where(silent, np.nan, _faded(evenings, read))
    grids = {
        "tone": total,
        "tone_z": _against_own_past(total),
        "n_headlines": counts,
        "news_age": np.where(silent, np.nan, age),
        "no_news": silent.astype(np.float64),
    }
    for k, event in enumerate(EVENTS):
        told = _in_window(evenings, read, read.events[:, k].astype(np.float64)) > 0
        grids[f"{event}_news"] = np.where(silent, np.nan, told)
    return grids


def _in_window(evenings: Evenings, read: _Read, values: NDArray[Any]) -> NDArray[np.float64]:
    """Add up values over the headlines of the last days. An evening is in the window or not, whole."""
    added = np.zeros(evenings.shape)
    np.add.at(added, (read.day, read.name), values)
    running = np.vstack([np.zeros(evenings.shape[1]), np.cumsum(added, axis=0)])
    begun = np.searchsorted(evenings.at, evenings.at - WINDOW_DAYS * DAY_NS, side="right")
    return np.asarray(running[1:] - running[begun])


def _faded(evenings: Evenings, read: _Read) -> NDArray[np.float64]:
    """Answer the sum of tone x exp(-age / 2 d) of all headlines so far, at each evening."""
    ages = (evenings.at[read.day] - read.visible) / DAY_NS
    total = np.zeros(evenings.shape)
    np.add.at(total, (read.day, read.name), read.weighed * np.exp(-ages / FADE_DAYS))
    apart = np.diff(evenings.at) / DAY_NS
    for t, days in enumerate(apart, start=1):
        total[t] += total[t - 1] * np.exp(-days / FADE_DAYS)
    return total


def _against_own_past(total: NDArray[Any]) -> NDArray[np.float64]:
    """Answer how far each evening lies from the mean of the name's earlier evenings with news, in their deviations."""
    there = np.isfinite(total)
    filled = np.where(there, total, 0.0)
    n = np.cumsum(there, axis=0) - there
    mean = (np.cumsum(filled, axis=0) - filled) / np.maximum(n, 1)
    squares = (np.cumsum(filled**2, axis=0) - filled**2) / np.maximum(n, 1) - mean**2
    known = (n >= FEWEST_EVENINGS) & (squares > 1e-12) & there
    return np.where(known, (filled - mean) / np.sqrt(np.where(known, squares, 1.0)), np.nan)
