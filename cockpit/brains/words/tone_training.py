"""Trains the learned ear on labelled headlines, and measures it on headlines it has not seen; runs in a worker.

Headlines are parted by their text, so that a line with several companies never stands on both sides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.record.accuracy import wilson
from cockpit.brains.words.phrases import plain
from cockpit.brains.words.tone import Heard, LexiconTone
from cockpit.brains.words.tone_head import CLASSES, LearnedTone, TonePlan, weighed
from cockpit.brains.words.tone_traits import BLOCKS, numbers, traits
from cockpit.errors import BadInput

PENALTY_C: Final = 3.0
"""Inverse strength of the ridge penalty; chosen by cross-validation within a training half."""
FEWEST_LINES: Final = 2
"""A trait that fewer lines have is not learned."""
ROUNDS: Final = 400
LEXICON_BAND: Final = 0.15
"""A tone of the word lists within this of 0 is called neutral; chosen on a training half."""
VADER_BAND: Final = 0.05
"""VADER's own advice."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled headline: the line, the company it is judged for, and one of `CLASSES`."""

    text: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class ToneFigures:
    """How often one ear was right: accuracy with its 95 % Wilson interval, and the mean F1 of the three classes."""

    who: str
    n: int
    accuracy: float
    low: float
    high: float
    macro_f1: float

    def __str__(self) -> str:
        return f"{self.who:24} {self.accuracy:.3f} ({self.low:.3f} to {self.high:.3f}) macro F1 {self.macro_f1:.3f}"


@dataclass(frozen=True, slots=True)
class ToneReport:
    """What each ear made of the same unseen headlines."""

    n_trained: int
    n_lines: int
    """Different headlines among the unseen."""
    figures: tuple[ToneFigures, ...]
    plan: TonePlan
    """What was trained on the one half."""

    def of(self, who: str) -> ToneFigures:
        """Answer one ear's figures."""
        return next(f for f in self.figures if f.who == who)

    def __str__(self) -> str:
        head = f"{self.figures[0].n} judgements of {self.n_lines} unseen headlines; {self.n_trained} trained on"
        return "\n".join([head, *(str(f) for f in self.figures)])


def trained(examples: Sequence[Example], lexicon: LexiconTone, trained_on: str) -> TonePlan:
    """Train a plan. The same examples in the same order give the same plan.

    Errors: BadInput when a label is none of `CLASSES`, or one of them has no example.
    """
    labels = np.array([_class(e.label) for e in examples])
    if len(np.unique(labels)) < len(CLASSES):
        raise BadInput(f"{len(examples)} examples given; some of each of {CLASSES} expected")
    heard = [lexicon.heard(e.text, (e.name,)) for e in examples]
    words, idf = _learned_words(heard)
    table = _table(heard, [lexicon.vader(line.nameless) for line in heard], words, idf)
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=PENALTY_C, max_iter=ROUNDS).fit(table, labels)
    return TonePlan(words, idf, np.ascontiguousarray(fitted.coef_.T), fitted.intercept_.copy(), trained_on)


def tone_report(examples: Sequence[Example], lexicon: LexiconTone) -> ToneReport:
    """Train on one half of the headlines and measure on the other: VADER, the word lists, and the learned ear."""
    seen = [e for e in examples if not is_held_out(e.text)]
    unseen = [e for e in examples if is_held_out(e.text)]
    learned = LearnedTone(trained(seen, lexicon, f"{len(seen)} judgements"), lexicon)
    n_lines = len({plain(e.text) for e in unseen})
    return ToneReport(len(seen), n_lines, measured(unseen, lexicon, learned), learned.plan)


def measured(
    examples: Sequence[Example], lexicon: LexiconTone, learned: LearnedTone | None = None
) -> tuple[ToneFigures, ...]:
    """Measure VADER alone, the word lists and, where there is one, a learned ear on the same examples."""
    labels = np.array([_class(e.label) for e in examples])
    heard = {
        "VADER": [three_way(lexicon.vader(e.text), VADER_BAND) for e in examples],
        "phrases over VADER": [three_way(lexicon.tone(e.text, (e.name,)), LEXICON_BAND) for e in examples],
    }
    if learned:
        heard["learned"] = [int(np.argmax(learned.probabilities(e.text, (e.name,)))) for e in examples]
    return tuple(_figures(who, labels, np.array(said)) for who, said in heard.items())


def is_held_out(text: str) -> bool:
    """Tell on which half a headline stands, by its words alone: the same line is always on the same side."""
    words = "".join(letter if letter.isalnum() else " " for letter in plain(text)).split()
    return bool(hashlib.sha256(" ".join(words).encode()).digest()[0] % 2)


def three_way(tone: float, band: float) -> int:
    """Answer the place among `CLASSES` of a tone, neutral within the band."""
    return 1 + (tone > band) - (tone < -band)


def _figures(who: str, labels: NDArray[Any], said: NDArray[Any]) -> ToneFigures:
    right, n = int((said == labels).sum()), len(labels)
    f1 = []
    for k in range(len(CLASSES)):
        hits, claimed, there = ((said == k) & (labels == k)).sum(), (said == k).sum(), (labels == k).sum()
        f1.append(2 * hits / (claimed + there) if claimed + there else 0.0)
    return ToneFigures(who, n, right / n, *wilson(right, n), float(np.mean(f1)))


def _class(label: str) -> int:
    if label not in CLASSES:
        raise BadInput(f"label {label!r} given; one of {CLASSES} expected")
    return CLASSES.index(label)


def _learned_words(heard: Sequence[Heard]) -> tuple[dict[str, dict[str, int]], NDArray[np.float64]]:
    words: dict[str, dict[str, int]] = {}
    counts: list[int] = []
    found = [traits(line) for line in heard]
    for block in BLOCKS:
        lines: dict[str, int] = {}
        for line in found:
            for word in set(line[block]):
                lines[word] = lines.get(word, 0) + 1
        kept = sorted(word for word, n in lines.items() if n >= FEWEST_LINES)
        words[block] = {word: len(counts) + k for k, word in enumerate(kept)}
        counts += [lines[word] for word in kept]
    # The smoothed inverse document frequency of sklearn, as if one more line had every trait.
    return words, np.log((1 + len(heard)) / (1 + np.array(counts, dtype=np.float64))) + 1


def _table(
    heard: Sequence[Heard], vader: Sequence[float], words: Mapping[str, Mapping[str, int]], idf: NDArray[Any]
) -> Any:
    from scipy.sparse import csr_matrix

    rows, columns, values = [], [], []
    for k, line in enumerate(heard):
        for block, found in traits(line).items():
            places, shares = weighed(found, words[block], idf)
            columns.append(places)
            values.append(shares)
            rows.append(np.full(len(places), k))
        told = np.array(numbers(line, vader[k]))
        columns.append(len(idf) + np.arange(len(told)))
        values.append(told)
        rows.append(np.full(len(told), k))
    n_numbers = len(numbers(heard[0], 0.0))
    cells = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return csr_matrix(cells, shape=(len(heard), len(idf) + n_numbers))
