"""Finds the phrases of Indian finance news in a headline: what they mean for a name, and what kind of event they tell.

The table is `resources/phrases.csv`, written by hand; its opening lines say how a phrase is spelled. Where several
phrases match at one place the longest wins, so that `gross margin` is heard before `gross`.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cockpit.errors import BadInput

STRONGEST: Final = 4.0
"""Tones lie within this, the scale of VADER's word list."""
GAP_WORDS: Final = 4
"""Two dots leave room for so many words: `Rs 2,500 crore` and one more."""
FLIP: Final = -0.74
"""What a denial makes of a tone: VADER's own constant, weaker than the plain opposite."""
DENIALS: Final = re.compile(
    r"\b(?:no|not|never|without|nor|neither|cannot|unlikely|den(?:y|ies|ied)|averts?|averted|escapes?|fail(?:s|ed)?"
    r"|misses|rules? out|ruled out|\w+n't)(?:\s+[\w'&]+){0,3}\s*$"
)
"""A denial reaches over at most three words to the phrase it denies."""
_WORD_START: Final = re.compile(r"(?<![\w&])\w")
_JOINED: Final = re.compile(r"(?<=\w)[-/](?=\w)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line of the table: its words as written there, its tone, and the event it tells (empty: none)."""

    words: str
    tone: float
    event: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One phrase found in a text, from `start` to `end`, with its tone as it stands there: turned if it is denied."""

    start: int
    end: int
    tone: float
    event: str
    words: str


class Phrases:
    """Find phrases in headlines. The table is compiled once, by the first two letters of its phrases."""

    def __init__(self, rows: Sequence[Phrase]) -> None:
        if not rows:
            raise BadInput("a table of phrases without a phrase; nothing could be heard with it")
        # Longer phrases stand first, because the first alternative that matches is taken.
        self._rows = sorted(rows, key=lambda row: (-len(row.words.split()), -len(row.words), row.words))
        self._begun: dict[str, list[Phrase]] = {}
        for row in self._rows:
            for begin in {form[:2] for form in row.words.split(" ")[0].split("|")}:
                self._begun.setdefault(begin, []).append(row)
        self._patterns = {
            begin: re.compile("|".join(f"({_pattern(row.words)})" for row in rows))
            for begin, rows in self._begun.items()
        }

    @classmethod
    def load(cls, path: Path) -> Phrases:
        """Read the table.

        Errors: BadInput naming file and line when a line cannot be a phrase, or when two lines say the same words.
        """
        return cls(tuple(_rows(path)))

    @property
    def rows(self) -> tuple[Phrase, ...]:
        """Answer the table, longest phrases first."""
        return tuple(self._rows)

    @property
    def fingerprint(self) -> str:
        """Answer a checksum of the table's phrases: another table hears otherwise."""
        said = repr([(row.words, row.tone, row.event) for row in self._rows])
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def events(self) -> tuple[str, ...]:
        """Answer the kinds of events the table knows, sorted."""
        return tuple(sorted({row.event for row in self._rows if row.event}))

    def hits(self, text: str) -> tuple[Hit, ...]:
        """Answer the phrases in a text that went through `plain`, in order, without overlap."""
        found: list[Hit] = []
        after = 0
        for word in _WORD_START.finditer(text):
            at, begin = word.start(), text[word.start() : word.start() + 2]
            if at < after or begin not in self._patterns or not (match := self._patterns[begin].match(text, at)):
                continue
            which = next(k for k, found in enumerate(match.groups()) if found is not None)
            row, after = self._begun[begin][which], match.end()
            tone = row.tone * FLIP if row.tone and is_denied(text[:at]) else row.tone
            found.append(Hit(at, after, tone, row.event, row.words))
        return tuple(found)


def plain(text: str) -> str:
    """Answer a text in lower case with joined words parted, letter for letter as long as before."""
    lower = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    return _JOINED.sub(" ", lower.replace("\u2019", "'").replace("\u2018", "'"))


def is_denied(before: str) -> bool:
    """Tell whether the words before a phrase deny it: `fails to` beat, `no` default."""
    return DENIALS.search(before) is not None


def _pattern(words: str) -> str:
    pattern = ""
    for word in words.split():
        if word == "..":
            pattern += rf"(?:\s+(?:[^\s;:,?!]|,(?=\d))+){{0,{GAP_WORDS}}}?"
        else:
            pattern += (r"\s+" if pattern else "") + "(?:" + "|".join(_either(form) for form in word.split("|")) + ")"
    return pattern


def _either(form: str) -> str:
    return re.escape(form.rstrip("*")) + (r"[\w']*" if form.endswith("*") else r"(?!\w)")


def _rows(path: Path) -> Iterable[Phrase]:
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#") or line == "phrase,tone,event":
            continue
        fields = next(csv.reader([line]))
        if len(fields) != 3 or not fields[0].strip(" *."):
            raise BadInput(f"{path.name} line {number}: {line!r} given; phrase,tone,event expected")
        words = " ".join(fields[0].split())
        if words in seen:
            raise BadInput(f"{path.name} line {number}: {words!r} stands there twice")
        seen.add(words)
        yield Phrase(words, _tone(fields[1], path, number), fields[2].strip())


def _tone(text: str, path: Path, number: int) -> float:
    try:
        tone = float(text)
    except ValueError:
        tone = float("nan")
    if not -STRONGEST <= tone <= STRONGEST:
        raise BadInput(f"{path.name} line {number}: tone {text!r} given; a number from -4 to 4 expected")
    return tone
