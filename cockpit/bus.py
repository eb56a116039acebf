"""The bus tells watchers; a topic is a type. Nothing that watches can change, delay or break what decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F")
Ear = Callable[[Any], None]
Unhear = Callable[[], None]
Complaint = Callable[[Ear, Exception], None]


class Bus:
    """Tell each fact to the ears of its exact type, in the order they began to listen.

    An ear that raises is reported to `complain` and the others still hear: a watcher's fault is never the teller's.
    """

    def __init__(self, complain: Complaint) -> None:
        self._complain = complain
        self._ears: dict[type, tuple[Ear, ...]] = {}

    def hear(self, topic: type[F], ear: Callable[[F], None]) -> Unhear:
        """Let `ear` hear every fact of exactly `topic` from now on; call the answer to stop."""
        self._ears[topic] = (*self._ears.get(topic, ()), ear)

        def unhear() -> None:
            self._ears[topic] = tuple(e for e in self._ears.get(topic, ()) if e is not ear)

        return unhear

    def tell(self, fact: object) -> None:
        """Tell `fact` to everyone who hears its type."""
        for ear in self._ears.get(type(fact), ()):
            try:
                ear(fact)
            except Exception as fault:
                self._complain(ear, fault)

    @property
    def n_ears(self) -> int:
        """Answer how many ears listen, so that a test can find one left behind."""
        return sum(len(ears) for ears in self._ears.values())
