"""Headlines from RSS: read without trusting them, given to the names they speak of, once, and when first seen."""

from __future__ import annotations

import asyncio
import calendar
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cockpit.clock import NS, Clock
from cockpit.errors import BadInput, CockpitError
from cockpit.evidence import Headline, Origin, Sourced
from cockpit.market import Instrument
from cockpit.venues.minhash import Seen
from cockpit.venues.sources import HEADLINES, Ask
from cockpit.venues.web import fetched

SIZE: Final = 2_000_000
FEED_S: Final = 8.0
ITEMS: Final = 500
LENGTH: Final = 400
LEGAL: Final = frozenset({"limited", "ltd", "company", "co", "corporation", "corp", "inc", "plc"})
"""Last words of a company's name that nobody says..."""
LOOSE: Final = frozenset({"india", "industries", "enterprises"})
"""...and those that are left out where what remains is a name by itself, as in Nestle India."""
SHORT: Final = 4
"""A phrase of fewer letters is a word of any headline (`IT`, `ACE`): like a common word it counts only in capitals."""
REST: Final = 5
_WORDS: Final = (
    "act adani arena arvind atul bajaj balance bank basic best bharat birla blue bombay campus carbon care"
    " cement central clean coal copper cost data delta dollar dream east engineers eternal fact fertilisers"
    " first focus future gas glass global godrej gold grand graphite green group happy hindustan home idea"
    " indian indus jindal jupiter life link mahindra main max media metro mind nation national new north oil"
    " one orient paper paras persistent power prime prudent rain rally real reliance royal rupee safe shares"
    " shipping silver sky south star state steel stock sugar sun supreme tata tax tech titan top total trade"
    " trent union united value vision volt west world"
)
COMMON: Final = frozenset(_WORDS.split())
"""Words that stand in headlines for themselves, and groups that own many companies: alone they name nobody."""

SPEAKERS: Final = frozenset({"bse", "mcx", "iex", "crisil", "cams", "cdsl"})
"""Exchanges and raters: their symbols stand in headlines about everybody else, so only their whole names count."""

OTHERS: Final = ("reserve bank of india", "united bank of india", "kpit cummins")
"""Names in which another company's stands: they are read as a whole, and name nobody we know."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed."""

    text: str
    published: int
    """What the feed says, ns UTC; 0 when it says nothing. It is not believed to be earlier than we looked."""
    source: str


def items_of(content: bytes, source: str) -> tuple[Item, ...]:
    """Read a feed.

    Errors: BadInput when it is no feed, or brings definitions of entities, by which a feed can blow up or read files.
    """
    if b"<!ENTITY" in content.upper():
        raise BadInput(f"{source}: the feed defines entities; nothing of it was read")
    import feedparser

    told = feedparser.parse(io.BytesIO(content), sanitize_html=True, resolve_relative_uris=False)
    if not told.entries and (told.bozo or not told.get("version")):
        raise BadInput(f"{source}: no feed: {told.get('bozo_exception') or content[:60]!r}")
    return tuple(item for entry in told.entries[:ITEMS] if (item := _item(entry, source)).text)


def _item(entry: Mapping[str, Any], source: str) -> Item:
    plain = re.sub(r"<[^>]*>", " ", str(entry.get("title") or ""))
    stamp = entry.get("published_parsed") or entry.get("updated_parsed")
    published = calendar.timegm(stamp) * NS if stamp else 0
    return Item(" ".join(plain.split())[:LENGTH], published, source)


class NameFinder:
    """Find the companies a headline speaks of, by symbol and by name. What could mean two companies means none."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        spoken: dict[str, set[int]] = {}
        for instrument in instruments:
            for phrase in phrases_of(instrument):
                spoken.setdefault(phrase, set()).add(instrument.token)
        self._tokens = {phrase: next(iter(tokens)) for phrase, tokens in spoken.items() if len(tokens) == 1}
        self.ambiguous = tuple(sorted(phrase for phrase, tokens in spoken.items() if len(tokens) > 1))
        """The phrases that more than one company goes by."""
        longest_first = sorted({*spoken, *OTHERS}, key=lambda phrase: (-len(phrase), phrase))
        joined = "|".join(re.escape(phrase) for phrase in longest_first)
        self._pattern = re.compile(rf"(?<![\w&])(?:{joined})(?![\w&])", re.IGNORECASE) if spoken else None

    def tokens(self, text: str) -> tuple[int, ...]:
        """Answer the tokens of the companies named in a text, in the order named; none for a text about nobody."""
        if self._pattern is None:
            return ()
        is_loud = text.isupper()
        found: dict[int, None] = {}
        for match in self._pattern.finditer(text):
            phrase = match.group().lower()
            token = self._tokens.get(phrase)
            is_weak = len(phrase) < SHORT or phrase in COMMON
            is_name = match.group()[0].isupper() or match.group()[0].isdigit()
            if token is not None and is_name and (not is_weak or (match.group().isupper() and not is_loud)):
                found[token] = None
        return tuple(found)


def phrases_of(instrument: Instrument) -> tuple[str, ...]:
    """Answer, in small letters, what a company may be called in a headline: its symbol, and its name with and without
    the last words that nobody says."""
    words = re.sub(r"[.,()]", " ", instrument.name).lower().split()
    phrases = {instrument.symbol.lower(), " ".join(words)}
    while len(words) > 1 and words[-1] in LEGAL:
        words = words[:-1]
        phrases.add(" ".join(words))
    if len(words) > 1 and words[-1] in LOOSE and words[-2] not in {"of", "and", "&"}:
        rest = " ".join(words[:-1])
        if len(rest) >= REST and rest not in COMMON:
            phrases.add(rest)
    symbol = instrument.symbol.lower()
    kept = (p for p in phrases - SPEAKERS if len(p) > 1 and not p.isdigit() and (p == symbol or p not in COMMON))
    return tuple(sorted(kept))


def headlines_of(items: Sequence[Item], finder: NameFinder, seen_at: int, seen: Seen) -> tuple[Headline, ...]:
    """Answer the headlines about known names, each once, visible from when it was first seen.

    `seen` remembers what came before and takes in what is new. A feed's own time is believed only when it is later: a
    line cannot have been read before we looked.
    """
    found = []
    for item in items:
        tokens = finder.tokens(item.text)
        if tokens and seen.first_like(item.text) is None:
            visible = max(item.published, seen_at)
            found += [Headline(visible, token, item.text, item.source) for token in tokens]
    return tuple(sorted(found, key=lambda h: (h.visible, h.token, h.text)))


class NewsFeeds:
    """Read RSS feeds as a source of evidence; one instance remembers what it has seen."""

    name = "news"
    supplies = frozenset({HEADLINES})
    deadline_s = 20.0

    def __init__(self, feeds: Mapping[str, str], clock: Clock, kept: Sequence[Headline] = ()) -> None:
        self._feeds = dict(feeds)
        self._clock = clock
        self._seen = Seen()
        self._kept = list(kept)
        for line in kept:
            self._seen.first_like(line.text)

    @property
    def kept(self) -> tuple[Headline, ...]:
        """Answer everything seen so far, to be kept between runs: when a line was first seen cannot be asked again."""
        return tuple(self._kept)

    async def fetch(self, what: str, ask: Ask) -> Sourced[tuple[Headline, ...]]:
        """Answer what the feeds have said of the names so far; a feed that fails is named in the origin.

        Errors: BadInput when no feed could be read.
        """
        answers = await asyncio.gather(
            *(fetched(url, FEED_S, size=SIZE) for url in self._feeds.values()), return_exceptions=True
        )
        finder, failed, n_read = NameFinder(ask.instruments), [], 0
        for source, answer in zip(self._feeds, answers, strict=True):
            try:
                if isinstance(answer, BaseException):
                    raise answer
                items = items_of(answer, source)
            except CockpitError as fault:
                failed.append(f"{source}: {fault}")
                continue
            n_read += 1
            self._kept += headlines_of(items, finder, self._clock.now(), self._seen)
        if not n_read:
            raise BadInput(f"no feed could be read: {'; '.join(failed) or 'none is set up'}")
        return Sourced(self.kept, Origin(self.name, self._clock.now(), self._clock.now(), "; ".join(failed)))
