"""How well a few typed letters name a thing: in order, best at word starts, best of all from the beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

T = TypeVar("T")

START: Final = 8.0
WORD: Final = 5.0
RUN: Final = 3.0


def score(query: str, words: str) -> float | None:
    """Answer how well `query` names `words`, higher is better; None when a letter is missing or out of order."""
    wanted, text = query.casefold().replace(" ", ""), words.casefold()
    if not wanted:
        return 0.0
    found = text.find(wanted)
    if found >= 0:  # whole and unbroken beats any scattering
        return 100.0 + (START * 4 if found == 0 else WORD * 2 if _starts_word(words, found) else 0.0)
    total, at, last = 0.0, 0, -2
    for letter in wanted:
        at = text.find(letter, at)
        if at < 0:
            return None
        total += START if at == 0 else WORD if _starts_word(words, at) else RUN if at == last + 1 else 1.0
        last, at = at, at + 1
    return total - len(text) / 100


def _starts_word(words: str, at: int) -> bool:
    return at == 0 or not words[at - 1].isalnum()


def best(query: str, things: Iterable[T], words: Callable[[T], str], limit: int) -> list[T]:
    """Answer the `limit` best named things, best first; equally good ones keep their order."""
    scored = [(score(query, words(thing)), nth, thing) for nth, thing in enumerate(things)]
    named = [(-(s or 0.0), nth, thing) for s, nth, thing in scored if s is not None]
    named.sort(key=lambda row: row[:2])
    return [thing for _, _, thing in named[:limit]]
