"""Hears the tone of a headline towards one name: VADER's word list with the house's own finance phrases over it.

Phrases speak first; VADER hears what they leave. `A gains, B falls` is good for A and bad for B: a headline is cut
into clauses, and the clause that names the company counts most.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, Protocol

from cockpit.brains.words.phrases import Hit, Phrases, plain

Span = tuple[int, int]

SQUASH: Final = 15.0
"""VADER's own constant: a sum s of word tones becomes s / sqrt(s * s + 15)."""
ELSEWHERE: Final = 0.15
"""What a clause that does not name the company counts, beside one that does and says something itself."""
PLAIN: Final = 0.25
"""What a word of plain English counts beside a phrase of the trade."""
BORROWED: Final = 0.5
"""What an earlier clause counts for a company whose own clause says nothing."""
_CUT: Final = re.compile(
    r"[;:?!|]|,(?=\s)|\s-\s|\b(?:but|while|whereas|although|though|even as|as|despite|amid|after|vs)\b"
)
_STOCK: Final = re.compile(
    r"\b(?:stocks?|shares?|scrip|stk)\s+(?:up|down|gains?|falls?|surges?|slips?|rises?|ends?|hits?)\b"
)
_SUFFIXES: Final = re.compile(
    r"\s+(?:ltd|limited|india|industries|corporation|corp|company|co|inc|group|enterprises|technologies|the|&|of"
    r"|\(.*\))"
    r"[.,]?$"
)
SHORTEST_NAME: Final = 4
"""A company's first word alone stands for it only from so many letters on."""


class ToneReader(Protocol):
    """Say how a headline sounds for a name."""

    @property
    def identity(self) -> str:
        """Answer a checksum of what is heard with: another ear makes other numbers."""

    def tone(self, text: str, names: Sequence[str] = ()) -> float:
        """Answer the tone from -1 to 1 towards the company that goes by `names`; without names, of the whole line."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A headline taken apart for one name, and what was heard in it."""

    text: str
    """The headline as `plain` answers it; every place below is a place in it."""
    mention: Span | None
    """Where the company is named; None when it is not."""
    clauses: tuple[Span, ...]
    sums: tuple[float, ...]
    """Summed word tones of each clause."""
    shares: tuple[float, ...]
    """What each clause counts for this company."""
    hits: tuple[Hit, ...]

    @property
    def nameless(self) -> str:
        """Answer the headline with the company's name struck out."""
        return struck_out(self.text, self.mention)

    @property
    def own(self) -> int:
        """Answer which clause names the company; 0 when none does."""
        return next((i for i, clause in enumerate(self.clauses) if self.mention and _within(self.mention, clause)), 0)

    @property
    def value(self) -> float:
        """Answer the tone, -1 to 1."""
        return squashed(math.fsum(s * share for s, share in zip(self.sums, self.shares, strict=True)))

    @property
    def events(self) -> frozenset[str]:
        """Answer what kinds of event the clauses that count for this company tell."""
        spoke = [c for c, share in zip(self.clauses, self.shares, strict=True) if share >= BORROWED]
        return frozenset(h.event for h in self.hits if h.event and any(a <= h.start < b for a, b in spoke))


class LexiconTone:
    """Hear tones by word list and phrase table alone: nothing here was learned from labels."""

    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases

    @property
    def identity(self) -> str:
        """Answer the checksum of the phrase table."""
        return self.phrases.fingerprint

    def tone(self, text: str, names: Sequence[str] = ()) -> float:
        """Answer the tone from -1 to 1 towards the company that goes by `names`; without names, of the whole line."""
        return self.heard(text, names).value

    def heard(self, text: str, names: Sequence[str] = ()) -> Heard:
        """Take a headline apart for one company."""
        said = plain(text)
        mention = mentioned(said, names)
        # The company's own name has no tone: Trust, Care and Fair are names.
        silent = struck_out(said, mention)
        hits = self.phrases.hits(silent)
        clauses = _clauses(silent)
        sums = tuple(self._sum(silent, clause, hits) for clause in clauses)
        return Heard(said, mention, clauses, sums, _shares(said, mention, clauses, sums), hits)

    def vader(self, text: str) -> float:
        """Answer what VADER alone makes of a text, -1 to 1."""
        return float(self._vader.polarity_scores(text)["compound"])

    @cached_property
    def _vader(self) -> Any:
        # Its package brings a web client along: it is loaded when a headline is heard, not when the house is built.
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        return SentimentIntensityAnalyzer()

    def _sum(self, text: str, clause: Span, hits: Sequence[Hit]) -> float:
        inside = [h for h in hits if clause[0] <= h.start < clause[1]]
        left, at = "", clause[0]
        for hit in inside:
            left, at = left + text[at : hit.start] + " ", hit.end
        rest = self.vader(left + text[at : max(at, clause[1])])
        return math.fsum(h.tone for h in inside) + PLAIN * unsquashed(rest)


def mentioned(text: str, names: Sequence[str]) -> Span | None:
    """Answer where a company is named in a plain text: by the first of `names` found whole, then by shorter forms."""
    for form in forms(names):
        found = re.search(rf"(?<![\w&]){re.escape(form)}(?![\w&])", text)
        if found:
            return found.span()
    return None


def struck_out(text: str, mention: Span | None) -> str:
    """Answer a text with a name struck out, letter for letter as long as before."""
    return text if mention is None else f"{text[: mention[0]]}{'_' * (mention[1] - mention[0])}{text[mention[1] :]}"


def forms(names: Sequence[str]) -> list[str]:
    """Answer the forms a company's names take in print, the fullest first: without Ltd, then its first word alone."""
    full = [" ".join(plain(name).split()) for name in names if name.strip()]
    short = [_shortened(name) for name in full]
    first = [name.split()[0] for name in short if len(name.split()[0]) >= SHORTEST_NAME]
    return list(dict.fromkeys([*full, *short, *first]))


def squashed(total: float) -> float:
    """Bring a sum of word tones into -1 to 1, as VADER does."""
    return total / math.sqrt(total * total + SQUASH)


def unsquashed(value: float) -> float:
    """Answer the sum of word tones behind a squashed one."""
    bound = max(-0.999, min(0.999, value))
    return bound * math.sqrt(SQUASH / (1 - bound * bound))


def _shortened(name: str) -> str:
    short = _SUFFIXES.sub("", name)
    return name if short == name or not short else _shortened(short)


def _clauses(text: str) -> tuple[Span, ...]:
    cuts = [0, *(m.start() for m in _CUT.finditer(text)), len(text)]
    return tuple((a, b) for a, b in pairwise(cuts) if b > a) or ((0, len(text)),)


def _shares(text: str, mention: Span | None, clauses: tuple[Span, ...], sums: tuple[float, ...]) -> tuple[float, ...]:
    own = next((i for i, clause in enumerate(clauses) if mention and _within(mention, clause)), None)
    if own is None:
        return (1.0,) * len(clauses)
    if sums[own]:
        # `A wins order; stock up`: what the stock did is said of A, whose clause it is not
        return tuple(1.0 if i == own or _STOCK.search(text[a:b]) else ELSEWHERE for i, (a, b) in enumerate(clauses))
    later = next((i for i in range(own + 1, len(clauses)) if sums[i]), None)
    if later is not None:  # `A, B and C gain`, `A Q2: profit up`
        return tuple(1.0 if i == later else ELSEWHERE if i > later else 0.0 for i in range(len(clauses)))
    if ":" in text[: clauses[own][1]]:  # `Nifty may fall: A` says who spoke, not of whom
        return tuple(float(i == own) for i in range(len(clauses)))
    return tuple(1.0 if i == own else BORROWED for i in range(len(clauses)))


def _within(part: Span, whole: Span) -> bool:
    return whole[0] <= part[0] and part[1] <= whole[1]
