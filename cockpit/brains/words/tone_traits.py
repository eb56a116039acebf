"""What a learner is told of a headline: its words around the company's name, and what the word lists heard in it.

The company's own name is masked, so nothing is learned about a company, only about what is said of one. Numbers are
one word, so that a profit of 12 % and one of 13 % read alike.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from cockpit.brains.words.tone import Heard, squashed

NAME: Final = "xname"
NEAR: Final = 6
"""Words so near to the name are told with their side."""
NEXT: Final = 2
"""Words so near are told with their exact place."""
LONGEST: Final = 3
"""Longest run of words that is one trait."""
FARTHEST_EDGE: Final = 8
CUTS: Final = frozenset(";,:?!")
_WORD: Final = re.compile(rf"{NAME}|[a-z][a-z&']*|\d[\d.,]*%?|[;:,?!]")
STRONG: Final = 0.2
FAINT: Final = 0.1

BLOCKS: Final = ("runs", "places")
"""The kinds of traits, each weighed among its own."""


def traits(heard: Heard) -> dict[str, list[str]]:
    """Answer a headline's traits by block, repeated as often as they occur."""
    words = _words(heard)
    return {"runs": _runs(words), "places": _places(words)}


def numbers(heard: Heard, vader: float) -> list[float]:
    """Answer what the word lists heard, as numbers of 0 or more: a good and a bad part of each tone.

    `vader` is what VADER alone makes of the line without the name.
    """
    before = [h.tone for h in heard.hits if heard.mention and h.end <= heard.mention[0]]
    after = [h.tone for h in heard.hits if heard.mention and h.start >= heard.mention[1]]
    tones = (
        heard.value,
        squashed(sum(heard.sums)),
        squashed(heard.sums[heard.own]),
        vader,
        before[-1] / 4 if before else 0.0,
        after[0] / 4 if after else 0.0,
        squashed(sum(before)),
        squashed(sum(after)),
    )
    good, bad = sum(h.tone for h in heard.hits if h.tone > 0), sum(h.tone for h in heard.hits if h.tone < 0)
    parts = [part for tone in tones for part in (max(tone, 0.0), max(-tone, 0.0))]
    marks = (not heard.hits, abs(heard.value) < FAINT, heard.value > STRONG, heard.value < -STRONG)
    return [*parts, squashed(good), -squashed(bad), abs(heard.value), *(float(mark) for mark in marks)]


def _words(heard: Heard) -> list[str]:
    text = heard.text
    if heard.mention:
        start, end = heard.mention
        text = f"{text[:start]} {NAME} {text[end:]}"
    return [_plainer(word) for word in _WORD.findall(text)]


def _plainer(word: str) -> str:
    if not word[0].isdigit():
        return word
    return "0%" if word.endswith("%") else "0"


def _runs(words: list[str]) -> list[str]:
    return [" ".join(words[k : k + n]) for n in range(1, LONGEST + 1) for k in range(len(words) - n + 1)]


def _places(words: list[str]) -> list[str]:
    if NAME not in words:
        return []
    own = words.index(NAME)
    found = []
    for k, word in enumerate(words):
        away = k - own
        if away and abs(away) <= NEAR:
            found.append(f"{'R' if away > 0 else 'L'}{word}")
        if away and abs(away) <= NEXT:
            found.append(f"{away}{word}")
    first = next((k + 1 for k in range(own - 1, -1, -1) if words[k] in CUTS), 0)
    last = next((k for k in range(own + 1, len(words)) if words[k] in CUTS), len(words))
    clause = words[first:last]
    found += [f"C{word}" for word in clause]
    found += [f"C{one} {two}" for one, two in pairwise(clause)]
    found += [f"FROM{min(own, FARTHEST_EDGE)}", f"TO{min(len(words) - 1 - own, FARTHEST_EDGE)}"]
    found += [f"BEFORE{words[first - 1]}"] if first else []
    return found + ([f"AFTER{words[last]}"] if last < len(words) else [])
