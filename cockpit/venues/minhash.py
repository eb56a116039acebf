"""Near-equal texts, found by MinHash: the same news told twice in almost the same words counts once.

Broder, "On the resemblance and containment of documents" (1997). The share of equal minima of random hash functions
estimates the share of word pairs two texts have in common.
"""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HASHES: Final = 64
BANDS: Final = 16
"""Rows of a band are equal together with chance s**4: texts that share 0.8 meet in one of 16 bands with 99.98 %."""
ALIKE: Final = 0.6
"""Two headlines that share so many of their word pairs tell the same; word pairs halve with every changed word."""
PRIME: Final = (1 << 61) - 1
WORD: Final = re.compile(r"[a-z0-9&]+")
_rng = np.random.default_rng(20_260_101)
_A: Final = [int(a) for a in _rng.integers(1, PRIME, HASHES)]
_B: Final = [int(b) for b in _rng.integers(0, PRIME, HASHES)]


def signature(text: str) -> NDArray[Any]:
    """Answer the MinHash of a text: uint64 [64]. Capitals, punctuation and spacing do not count."""
    words = WORD.findall(text.lower())
    pairs = {" ".join(pair) for pair in pairwise(words)} or set(words) or {""}
    numbers = [int.from_bytes(hashlib.blake2b(p.encode(), digest_size=8).digest(), "big") % PRIME for p in pairs]
    return np.array([min((a * n + b) % PRIME for n in numbers) for a, b in zip(_A, _B, strict=True)], dtype=np.uint64)


def resemblance(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Estimate the share of word pairs that two texts have in common, 0..1."""
    return float(np.mean(one == other))


class Seen:
    """Remember texts and tell whether one like it was seen before."""

    def __init__(self) -> None:
        self._signatures: list[NDArray[Any]] = []
        self._bands: dict[tuple[int, bytes], list[int]] = {}

    def first_like(self, text: str) -> int | None:
        """Answer which earlier text (by its place) this one repeats; None makes it the next place."""
        mine = signature(text)
        bands = [(k, band.tobytes()) for k, band in enumerate(np.split(mine, BANDS))]
        for place in sorted({place for band in bands for place in self._bands.get(band, ())}):
            if resemblance(mine, self._signatures[place]) >= ALIKE:
                return place
        place = len(self._signatures)
        self._signatures.append(mine)
        for band in bands:
            self._bands.setdefault(band, []).append(place)
        return None
