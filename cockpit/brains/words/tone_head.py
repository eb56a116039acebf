"""A learned ear for headlines: a multinomial logistic model over TF-IDF traits, kept as plain numbers and applied here.

It is trained elsewhere (`tone_training.py`) and needs no learner to be applied. Its files hold numbers and words only,
with their checksums, and a file that is not what was written is refused.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.brains.words.tone import Heard, LexiconTone
from cockpit.brains.words.tone_traits import BLOCKS, numbers, traits
from cockpit.errors import BadInput

CLASSES: Final = ("negative", "neutral", "positive")
WORDS: Final = "words.json"
NUMBERS: Final = "numbers.npz"
SEAL: Final = "seal.json"


@dataclass(frozen=True, slots=True, eq=False)
class TonePlan:
    """The learned numbers.

    Shapes: `words` maps each trait of a block to its row, the blocks one after the other in `BLOCKS` order; `idf` is
    float64 [trait]; `weights` float64 [trait + number, class]; `offset` float64 [class].
    """

    words: Mapping[str, Mapping[str, int]]
    idf: NDArray[Any]
    weights: NDArray[Any]
    offset: NDArray[Any]
    trained_on: str
    """What it was trained on, in words."""

    def files(self) -> dict[str, bytes]:
        """Answer the plan as inert files: words as JSON, numbers as arrays, and a seal with the checksum of both."""
        listed = {block: sorted(self.words[block], key=self.words[block].__getitem__) for block in BLOCKS}
        words = json.dumps({"trained_on": self.trained_on, "words": listed}, ensure_ascii=True).encode()
        held = io.BytesIO()
        np.savez(held, idf=self.idf, weights=self.weights, offset=self.offset)
        files = {WORDS: words, NUMBERS: held.getvalue()}
        seal = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        return {**files, SEAL: json.dumps(seal, sort_keys=True).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> TonePlan:
        """Read a plan back.

        Errors: BadInput naming the file that is missing, cut short, changed or of another shape.
        """
        seal = _sealed(files)
        for name in (WORDS, NUMBERS):
            if name not in files or hashlib.sha256(files[name]).hexdigest() != seal.get(name):
                raise BadInput(f"{name} of the learned tone is not the file that was written; train it again")
        told = json.loads(files[WORDS])
        with np.load(io.BytesIO(files[NUMBERS]), allow_pickle=False) as arrays:
            idf, weights, offset = (arrays[name] for name in ("idf", "weights", "offset"))
        words: dict[str, dict[str, int]] = {}
        row = 0
        for block in BLOCKS:
            words[block] = {word: row + k for k, word in enumerate(told["words"][block])}
            row += len(words[block])
        if len(idf) != row or weights.shape[1:] != offset.shape or len(weights) < row:
            raise BadInput(f"{NUMBERS} holds {len(idf)} traits, {WORDS} {row}; both must be of one training")
        return cls(words, idf, weights, offset, told["trained_on"])


class LearnedTone:
    """Hear tones by a learned plan over what the word lists hear."""

    def __init__(self, plan: TonePlan, lexicon: LexiconTone) -> None:
        self.plan = plan
        self.lexicon = lexicon
        self._identity = hashlib.sha256(plan.files()[SEAL] + lexicon.identity.encode()).hexdigest()

    @property
    def identity(self) -> str:
        """Answer a checksum of the plan and of the word lists under it."""
        return self._identity

    def tone(self, text: str, names: Sequence[str] = ()) -> float:
        """Answer the probability of good less that of bad news for the company that goes by `names`, -1 to 1."""
        negative, _, positive = self.probabilities(text, names)
        return float(positive - negative)

    def probabilities(self, text: str, names: Sequence[str] = ()) -> NDArray[np.float64]:
        """Answer the probabilities of `CLASSES`."""
        heard = self.lexicon.heard(text, names)
        scores = self.scores(heard, self.lexicon.vader(heard.nameless))
        grown = np.exp(scores - scores.max())
        return np.asarray(grown / grown.sum())

    def scores(self, heard: Heard, vader: float) -> NDArray[np.float64]:
        """Answer the plan's raw score of each class."""
        plan, total = self.plan, self.plan.offset.copy()
        for block, found in traits(heard).items():
            rows, shares = weighed(found, plan.words[block], plan.idf)
            total += shares @ plan.weights[rows]
        return np.asarray(total + np.array(numbers(heard, vader)) @ plan.weights[len(plan.idf) :])


def weighed(
    found: Sequence[str], words: Mapping[str, int], idf: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Answer the rows of known traits and their TF-IDF shares: log-damped counts, scaled to length 1."""
    counts = Counter(word for word in found if word in words)
    rows = np.array([words[word] for word in counts], dtype=np.int64)
    damped = 1 + np.log(np.array(list(counts.values()), dtype=np.float64))
    shares = damped * idf[rows]
    length = float(np.sqrt((shares**2).sum()))
    return rows, shares / length if length else shares


def _sealed(files: Mapping[str, bytes]) -> Mapping[str, str]:
    try:
        seal: Mapping[str, str] = json.loads(files[SEAL])
    except (KeyError, ValueError) as fault:
        raise BadInput(f"{SEAL} of the learned tone is missing or unreadable; train it again") from fault
    return seal
