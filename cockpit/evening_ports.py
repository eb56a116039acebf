"""The doors of the evening: what a brain is, and where what was learned and said is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from cockpit.evidence import Evidence
from cockpit.opinions import FeatureHistory, Outcome, Predictions


class Brain(Protocol):
    """One way of looking at the universe. It measures; what it has learned lives in a model beside it."""

    @property
    def name(self) -> str:
        """Answer the brain's name, `technical`."""

    @property
    def letter(self) -> str:
        """Answer the letter it goes by on screen: T, F, S, M or Q."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Answer the features it measures, in order."""

    def features(self, evidence: Evidence) -> FeatureHistory:
        """Measure every day of the evidence's prices, each with what was visible at that day's close.

        Errors: Abstained with the reason when something it cannot do without is missing.
        """

    def words(self, column: str, value: float) -> str:
        """Say one feature's value in plain words, the number included."""


class Shelf(Protocol):
    """Keep learned things in versions that never change: named files with checksums, and a pointer to the one in use.

    `kind` is what it is (`model`, `weights`, `scan`), `name` whose it is (`technical`), `version` a content hash.
    """

    def put(self, kind: str, name: str, files: Mapping[str, bytes], card: Mapping[str, Any]) -> str:
        """Keep one version, whole or not at all, and answer its content hash; `card` is plain JSON about it."""

    def get(self, kind: str, name: str, version: str) -> tuple[Mapping[str, bytes], Mapping[str, Any]]:
        """Answer a version's files and card.

        Errors: BadInput when it is not there, or when a file is not what was put, naming the file.
        """

    def versions(self, kind: str, name: str) -> Sequence[str]:
        """Answer all versions kept, oldest first."""

    def publish(self, kind: str, name: str, version: str) -> None:
        """Make `version` the one in use, at one instant; BadInput when it is not kept or does not verify."""

    def published(self, kind: str, name: str) -> str | None:
        """Answer the version in use, None when none was ever published."""


class Nights(Protocol):
    """Remember every evening: the steps that are done, what was said, which is never rewritten, and what came true."""

    def done(self, session: date) -> Mapping[str, str]:
        """Answer step to line of an evening, in the order done."""

    def note(self, session: date, step: str, line: str) -> None:
        """Make one step's line durable."""

    def evenings(self) -> Sequence[date]:
        """Answer the evenings on which something was said, oldest first."""

    def keep_said(self, session: date, said: Sequence[Predictions]) -> None:
        """Keep an evening's predictions; the same again changes nothing, others are refused (BadInput)."""

    def said(self, session: date) -> Sequence[Predictions]:
        """Answer an evening's predictions, none when nothing was said."""

    def keep_outcomes(self, made: date, outcomes: Sequence[Outcome]) -> None:
        """Keep what came true of an evening; the same again changes nothing, others are refused (BadInput)."""

    def outcomes(self, made: date) -> Sequence[Outcome]:
        """Answer what came true of an evening, none while it is open."""
