"""The work of one evening, step by step: what is known, measured, said, published, marked, learned and watched.

Each step answers one line. What a later step needs of an earlier one is made again when the chain was cut between
them; everything kept is kept once, so doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from cockpit.brains.drift.signs import Sign
from cockpit.brains.explain import Words
from cockpit.brains.learning.labels import HORIZON
from cockpit.brains.learning.training import Plan
from cockpit.brains.watchlist import Basis, watchlisted
from cockpit.brains.weighing.ensemble import judge
from cockpit.brains.weighing.weight_book import usable
from cockpit.brains.weighing.weights import stopped
from cockpit.engine.nightly import STEPS, Step
from cockpit.errors import Abstained, BadInput, CockpitError, WeightsUnavailable
from cockpit.evening.almanac import Almanac, as_of
from cockpit.evening.hearing import heard
from cockpit.evening.learning import lesson
from cockpit.evening.model_shelf import ModelShelf
from cockpit.evening.mood import Mood, mood_of
from cockpit.evening.proof import of_what_came_true, of_what_was_said
from cockpit.evening.reasons import explanations, with_reasons
from cockpit.evening.retraining import Contest, announced, contested, recalibrated
from cockpit.evening.track import Track, outcomes_marked
from cockpit.evening.vigil import Vigil, VigilShelf, after, inputs_of
from cockpit.evening.voices import Chorus, chorus, predictions
from cockpit.evening.weight_shelf import WeightShelf
from cockpit.evening_ports import Nights
from cockpit.evidence import Evidence
from cockpit.facts import AlarmRaised, Incident, JournalFact, RegimeMoved, ScanPublished, WeightsMoved
from cockpit.opinions import Alarm, Outcome, Scan, Verdict, View, Weights
from cockpit.settings import ScanSettings

SILENT: Final = "Look at the reason; the others share out its weight, and with less than half of all nothing is said."
UNPUBLISHED: Final = "Look at the reasons; weights, models and records go on, and the next evening tries again."

FRESH_DAYS: Final = 21
"""A model fitted within so many days is not fitted again by the calendar."""


@dataclass(frozen=True, slots=True)
class Plugs:
    """What an evening's work is given."""

    brains: Sequence[str]
    words: Mapping[str, Words]
    """How each brain says its features."""
    evidence: Callable[[date], Evidence]
    """The evening's evidence, through the quality gate."""
    almanac: Callable[[Evidence], Almanac]
    models: ModelShelf
    weights: WeightShelf
    vigils: VigilShelf
    nights: Nights
    track: Track
    write: Callable[[Sequence[JournalFact]], None]
    """Make facts durable in the journal and tell them; those it knows already it leaves out."""
    settings: ScanSettings
    exposure_before: Callable[[date], float | None]
    """The exposure published on the evening before a session, None when none ever was."""
    refit: Callable[[date, date], bool]
    """Whether models are due to be fitted again, given the evening and the one before."""
    plan: Plan
    looks_at_inputs: Callable[[date], bool]


class Work:
    """One evening under way."""

    def __init__(self, plugs: Plugs, session: date) -> None:
        self._plugs = plugs
        self.session = session
        self.as_of = as_of(session)
        self.contests: list[Contest] = []

    def steps(self) -> tuple[Step, ...]:
        """Answer the steps in their order."""
        works = (
            self.refresh, self.gate, self.measure, self.score, self.publish, self.mark, self.adapt, self.watch,
            self.retrain, self.report,
        )  # fmt: skip
        return tuple(Step(name, _of_this_evening(work)) for name, work in zip(STEPS, works, strict=True))

    # -- what the steps share, made when first asked for --------------------------------------------------

    @cached_property
    def evidence(self) -> Evidence:
        """Answer what may be known this evening, through the gate."""
        evidence = self._plugs.evidence(self.session)
        if evidence.session != self.session:
            raise BadInput(f"evidence of {evidence.session} given for {self.session}")
        return evidence

    @cached_property
    def almanac(self) -> Almanac:
        """Answer everything measured of it."""
        return self._plugs.almanac(self.evidence)

    @cached_property
    def vigil(self) -> Vigil:
        """Answer where the brains' ladders stood before this evening."""
        return self._plugs.vigils.read(self._plugs.brains, before=self.session)

    @cached_property
    def chorus(self) -> Chorus:
        """Answer all that is said this evening, with the weights of the evening before.

        Errors: WeightsUnavailable with the reason; there is no stand-in.
        """
        plugs = self._plugs
        newest = plugs.weights.newest()
        made = newest.session if newest is not None else None
        age = None if made is None else self._sessions_since(made)
        weights = usable(newest, plugs.brains, age)
        voices = heard(self.almanac, plugs.models, plugs.brains, self.session, self.vigil.muted)
        best = plugs.track.best(plugs.brains, self._before())
        return chorus(self.session, self.as_of, self.almanac.tokens, voices, weights, best)

    @cached_property
    def mood(self) -> Mood:
        """Answer the weather, how sure the house is, and the exposure that follows."""
        return mood_of(self.almanac, self._plugs.track, self.session, self._plugs.exposure_before(self.session))

    @cached_property
    def scan(self) -> Scan:
        """Answer the evening's watchlist."""
        said = self.chorus
        judged = judge(said.tokens, self.as_of, self._views(), said.weights)
        models = tuple((voice.brain, voice.model) for voice in said.voices if voice.model)
        basis = Basis(self.mood.regime, self.mood.exposure, said.weights.snapshot_id, models, said.silent)
        scan = watchlisted(self.evidence, judged, basis, self._plugs.settings)
        picked = {pick.token for pick in scan.picks}
        verdicts = {j.token: j for j in judged if isinstance(j, Verdict) and j.token in picked}
        found = explanations(self.almanac, self._plugs.models, said.voices, self.session, verdicts)
        return with_reasons(scan, found, self._plugs.words)

    def _views(self) -> Mapping[str, Sequence[View]]:
        return {voice.brain: voice.views(self.chorus.tokens, self.as_of) for voice in self.chorus.voices}

    def _sessions_since(self, made: date) -> int:
        days = self.almanac.sessions(min(made, self.session), max(made, self.session))
        return len(days) - 1 if made <= self.session else -1

    def _before(self) -> date:
        row = self.almanac.row(self.session)
        before: date = self.almanac.prices.days[max(row - 1, 0)].astype(object)
        return before

    # -- the steps ----------------------------------------------------------------------------------------

    def refresh(self) -> str:
        """Get the evidence."""
        evidence = self.evidence
        panel, missing = evidence.prices.value, evidence.missing()
        gone = "; ".join(f"no {m.what}: {m.reason}" for m in missing)
        return f"{len(panel.instruments)} names to {evidence.session} from {evidence.prices.origin.source}" + (
            f"; {gone}" if gone else ""
        )

    def gate(self) -> str:
        """Say what the quality gate found."""
        evidence = self.evidence
        unfit = "; ".join(f"{symbol}: {why}" for symbol, why in sorted(evidence.unfit.items()))
        return f"{len(evidence.findings)} findings, {len(evidence.unfit)} names unfit" + (f": {unfit}" if unfit else "")

    def measure(self) -> str:
        """Measure the features of every brain."""
        almanac = self.almanac
        told = [f"{brain} {len(history.columns)} columns" for brain, history in almanac.features.items()]
        return "; ".join([*told, *(f"{brain} silent: {why}" for brain, why in almanac.silent.items())])

    def score(self) -> str:
        """Ask the brains and keep what they said."""
        said = predictions(self.chorus, HORIZON)
        self._plugs.nights.keep_said(self.session, said)
        self._plugs.track.said(self.session)
        self._demand(of_what_was_said(self._plugs.nights.said(self.session), self.chorus.weights))
        told = [f"{p.brain} {len(p.rows)}" for p in said]
        return "; ".join([*told, *(f"{brain} silent: {why}" for brain, why in self.chorus.silent)])

    def publish(self) -> str:
        """Publish the watchlist, the weather and the exposure; where no watchlist can be made, say so and why.

        An evening without a watchlist still marks, learns and retrains: else one silence would grow into all of them.

        Errors: BadInput when what is said now is not what was kept: the evidence changed while the chain was cut.
        """
        self._plugs.nights.keep_said(self.session, predictions(self.chorus, HORIZON))
        scan, why = self._scan_or_why()
        facts: list[JournalFact] = [
            RegimeMoved(self.as_of, self.mood.regime, self.mood.confidence.value, self.mood.exposure)
        ]
        if scan is not None:
            facts.append(ScanPublished(self.as_of, scan))
        else:
            facts.append(Incident(self.as_of, "scan", f"no watchlist for {self.session}: {why}", UNPUBLISHED))
        facts += [Incident(self.as_of, brain, f"said nothing: {why}", SILENT) for brain, why in self.chorus.silent]
        self._plugs.write(facts)
        told = f"no watchlist: {why}" if scan is None else f"{len(scan.picks)} of {scan.funnel[0].left} names"
        return f"{told}; {self.mood.regime.state.value}, exposure {self.mood.exposure:.0%}"

    def _scan_or_why(self) -> tuple[Scan | None, str]:
        try:
            return self.scan, ""
        except WeightsUnavailable:
            raise
        except Abstained as reason:
            return None, str(reason)

    def mark(self) -> str:
        """Mark what came true by now."""
        track = self._plugs.track
        found = track.marked(self.almanac.prices.upto(self.session))
        facts = [outcomes_marked(self.as_of, outcomes) for outcomes in found]
        # Told before it is kept, and proved before it counts as marked: cut in between, all of it is done again.
        self._plugs.write(facts)
        used = {weights.snapshot_id: weights for weights in self._plugs.weights.history()}
        alarms = [_proof(outcomes, used, self.as_of) for outcomes in found]
        raised = [alarm for alarm in alarms if alarm is not None]
        for alarm in raised:
            self._stop(alarm)
        for outcomes in found:
            track.keep(outcomes)
        for alarm in raised:
            raise _unusable(alarm)
        return "; ".join(f"{f.made}: {f.names} names" for f in facts) or "nothing resolved"

    def adapt(self) -> str:
        """Learn the weights of tomorrow."""
        shelf = self._plugs.weights
        self._refuse_if_overtaken()
        # Snapshots of this very evening were made before the chain was cut; the same lesson makes them again.
        before = [w for w in shelf.history() if w.session != self.session or not w.parent]
        taught = lesson(self._plugs.track, before, self.session, self.as_of, caution=self.vigil.caution)
        for weights in taught.snapshots:
            shelf.write(weights)
        moved: list[JournalFact] = [WeightsMoved(self.as_of, weights) for weights in taught.snapshots]
        self._plugs.write([*moved, *self._raised(taught.alarms)])
        used = taught.snapshots[-1]
        shares = ", ".join(f"{brain} {share:.3f}" for brain, share in used.shares.items())
        return f"{used.note}: {shares}" + (f"; {len(taught.alarms)} alarms" if taught.alarms else "")

    def watch(self) -> str:
        """Look for drift and let each brain's ladder answer."""
        self._refuse_if_overtaken()
        record = self._plugs.track.record(self.session)
        if record is None:
            return "nothing has resolved yet"
        won = {brain: self._plugs.models.won_before(brain) for brain in self._plugs.brains}
        seen = after(self.vigil, record, won, self._input_signs())
        self._plugs.vigils.write(seen, self.session)
        self._plugs.write(self._raised([sign.alarm(self.as_of) for sign in seen.moved(self.vigil)]))
        rungs = {b: w.ladder.rung.name for b, w in seen.watched.items() if w.ladder.rung}
        return "; ".join(f"{brain} {rung}" for brain, rung in rungs.items()) or "calm"

    def retrain(self) -> str:
        """Fit candidates where they are due and let them stand against the champions."""
        plugs, told = self._plugs, []
        self._refuse_if_overtaken()
        seen = plugs.vigils.read(plugs.brains)
        for brain in plugs.brains:
            is_due = plugs.refit(self.session, self._before()) and self._is_old(brain)
            try:
                if is_due or seen.wants_training(brain):
                    contest = contested(
                        brain, self.almanac, plugs.models, plugs.track, self.session, plugs.plan, self._announce
                    )
                elif seen.wants_calibration(brain):
                    contest = recalibrated(brain, plugs.models, plugs.track, self.session, self._announce)
                else:
                    continue
            except CockpitError as fault:
                told.append(f"{brain} not trained: {fault}")
                continue
            self.contests.append(contest)
            told.append(f"{brain} {'published' if contest.won else 'kept the champion'}: {contest.why}")
        return "; ".join(told) or "not due"

    def _announce(self, contest: Contest) -> None:
        self._plugs.write(announced(contest, self.as_of))

    def report(self) -> str:
        """Say what the evening came to."""
        brains, nights = self._plugs.brains, self._plugs.nights
        # Of what is kept: weights and models have moved on since, and nothing is judged with those of tomorrow.
        spoke = {p.brain for p in nights.said(self.session)} & set(brains)
        return f"{len(spoke)} of {len(brains)} brains spoke; {nights.done(self.session).get('publish', 'unpublished')}"

    def _input_signs(self) -> list[Sign]:
        if not self._plugs.looks_at_inputs(self.session):
            return []
        row, found = self.almanac.row(self.session), []
        for brain, history in self.almanac.features.items():
            try:
                _, model = self._plugs.models.in_use(brain)
            except CockpitError:
                continue  # a brain without a model said so when it was asked
            found += inputs_of(brain, history, row, model.card.trained_until)
        return found

    def _is_old(self, brain: str) -> bool:
        """Tell whether a brain's model has not seen the last month, or is not there at all."""
        try:
            _, model = self._plugs.models.in_use(brain)
        except CockpitError:
            return True
        return (self.session - model.card.trained_until).days > FRESH_DAYS

    def _demand(self, alarm: Alarm | None) -> None:
        """Stop scoring where the proof fails: the weights in use may not be used again until a person has looked.

        Errors: WeightsUnavailable with the alarm's sentence.
        """
        if alarm is not None:
            self._stop(alarm)
            raise _unusable(alarm)

    def _refuse_if_overtaken(self) -> None:
        """Refuse to teach an evening after a later one was taught: lessons would count twice."""
        newest = self._plugs.weights.newest()
        if newest is not None and newest.session is not None and newest.session > self.session:
            raise BadInput(
                f"the evening of {newest.session} has learned already; that of {self.session} comes too late",
                remedy=f"Begin after {self.session}; what it said is kept and was marked by the later ones.",
            )

    def _stop(self, alarm: Alarm) -> None:
        newest = self._plugs.weights.newest()
        assert newest is not None, "what was proved was said with weights"
        if replace(alarm, stops=True) in newest.alarms:
            return  # the chain was cut after it had been stopped
        held = stopped(newest, alarm, self.as_of)
        self._plugs.write([WeightsMoved(self.as_of, held), *self._raised([alarm])])
        self._plugs.weights.write(held)

    def _raised(self, alarms: Sequence[Alarm]) -> list[JournalFact]:
        return [AlarmRaised(self.as_of, alarm) for alarm in alarms]


def _proof(outcomes: Sequence[Outcome], used: Mapping[str, Weights], as_of: int) -> Alarm | None:
    weights = used.get(outcomes[0].said.weights_id)
    if weights is None:
        made, missing = outcomes[0].said.session, outcomes[0].said.weights_id
        raise BadInput(f"what was said on {made} stands on weights {missing}, which are not kept: it cannot be proved")
    return of_what_came_true(outcomes, weights, as_of)


def _unusable(alarm: Alarm) -> WeightsUnavailable:
    remedy = "Look at stored outputs and weights before anything is scored."
    return WeightsUnavailable(alarm.sentence, remedy=remedy)


def _of_this_evening(work: Callable[[], str]) -> Callable[[date], str]:
    return lambda session: work()
