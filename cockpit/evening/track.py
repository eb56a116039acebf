"""What has come true so far, read once and kept: the record from which weights, shadows and alarms are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cockpit.brains.record.accuracy import rank_ic
from cockpit.brains.record.marking import due, marked, unmarkable
from cockpit.brains.record.track_record import TrackRecord, mean_over_names, track_record
from cockpit.brains.weighing.shadows import best_brain
from cockpit.errors import Abstained
from cockpit.evening_ports import Nights
from cockpit.facts import OutcomesMarked
from cockpit.market import DailyPanel
from cockpit.opinions import Outcome, Predictions


class Track:
    """Read all outcomes of a folder of nights once, and take in what is marked from then on."""

    def __init__(self, nights: Nights) -> None:
        self._nights = nights
        self._outcomes: dict[date, tuple[Outcome, ...]] = {}
        self._open: list[date] = []
        for made in nights.evenings():
            self._take(made, tuple(nights.outcomes(made)))

    def said(self, made: date) -> None:
        """Take note of an evening whose predictions were kept just now."""
        if made not in self._outcomes and made not in self._open:
            self._open.append(made)

    def marked(self, panel: DailyPanel) -> list[tuple[Outcome, ...]]:
        """Answer what came true of every open evening whose horizon has closed by the panel's last session.

        Nothing is kept yet: whoever asks tells it first, and keeps it then.
        """
        waiting = [due(self._nights.said(made), (), panel) for made in sorted(self._open)]
        return [tuple(_came(ready, panel)) for ready in waiting if ready]

    def keep(self, outcomes: tuple[Outcome, ...]) -> None:
        """Keep what came true of one evening, and count it from now on."""
        made = outcomes[0].said.session
        self._nights.keep_outcomes(made, outcomes)
        self._open.remove(made)
        self._take(made, outcomes)

    def of(self, made: date) -> tuple[Outcome, ...]:
        """Answer what came true of one evening, none while it is open."""
        return self._outcomes.get(made, ())

    def resolved(self, by: date, after: date | None = None) -> tuple[Outcome, ...]:
        """Answer what had resolved by a session's close, and not yet by that of `after`; oldest evening first."""
        return tuple(
            outcome
            for made in sorted(self._outcomes)
            for outcome in self._outcomes[made]
            if outcome.resolved_on <= by and (after is None or outcome.resolved_on > after)
        )

    def record(self, by: date, voices: Sequence[str] | None = None) -> TrackRecord | None:
        """Answer the record of what had resolved by `by`, of some voices or all; None while there is none."""
        kept = [o for o in self.resolved(by) if voices is None or o.said.brain in voices]
        return track_record(kept) if kept else None

    def best(self, brains: Sequence[str], by: date) -> str | None:
        """Answer the brain with the lowest mean loss of all that had resolved by `by`, None while it cannot be told."""
        record = self.record(by, brains)
        if record is None:
            return None
        row = best_brain(record.losses(record.voices))
        return None if row is None else record.voices[row]

    def _take(self, made: date, outcomes: tuple[Outcome, ...]) -> None:
        if outcomes:
            self._outcomes[made] = outcomes
        else:
            self._open.append(made)


def _came(ready: Sequence[Predictions], panel: DailyPanel) -> Sequence[Outcome]:
    try:
        return marked(ready, panel)
    except Abstained as reason:  # it would be as true tomorrow: it is said of every name, and the nights go on
        return unmarkable(ready, panel, str(reason))


def outcomes_marked(ts: int, outcomes: tuple[Outcome, ...]) -> OutcomesMarked:
    """Answer the fact that tells what came true of one evening: losses and rank correlations of every voice."""
    try:
        record = track_record(outcomes)
    except Abstained:  # every name was unresolved
        return OutcomesMarked(ts, outcomes[0].said.session, outcomes[0].resolved_on, 0, {}, {})
    losses = {v: float(mean_over_names((record.of(v) - record.beat) ** 2)[0]) for v in record.voices}
    ics = {v: float(rank_ic(record.of(v), record.excess)[0]) for v in record.voices}
    names = int((record.excess == record.excess).sum())
    return OutcomesMarked(ts, outcomes[0].said.session, outcomes[0].resolved_on, names, _known(losses), _known(ics))


def _known(values: dict[str, float]) -> dict[str, float]:
    return {voice: value for voice, value in values.items() if value == value}
