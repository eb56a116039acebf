"""An evening's work: brains speak or say why not, weights learn from what came true, and nothing is made up."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cockpit.brains.weighing.ensemble import ENSEMBLE
from cockpit.brains.weighing.shadows import NOTHING, UNIFORM
from cockpit.engine.nightly import STEPS
from cockpit.errors import Abstained, BadInput, WeightsUnavailable
from cockpit.facts import AlarmRaised, Incident, JournalFact, OutcomesMarked, RegimeMoved, ScanPublished, WeightsMoved
from cockpit.opinions import Outcome, RegimeState
from tests.evening.made_market import LONG, MIDDLE, SHORT, Place, Raising, evidence, prices

TAUGHT = -40
"""The row of the evening that the brains of these tests are taught on; the evenings after it are theirs."""


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train once; each test works on a copy."""
    root = tmp_path_factory.mktemp("taught")
    place = Place(root)
    place.teach(place.sessions[TAUGHT])
    return root


@pytest.fixture
def place(taught: Path, tmp_path: Path) -> Place:
    shutil.copytree(taught, tmp_path / "market")
    return Place(tmp_path / "market")


def walked(place: Place, n: int) -> Place:
    for session in place.sessions[TAUGHT + 1 :][:n]:
        night = place.evening(session)
        assert night.is_whole, night.fault
    return place


def of(place: Place, kind: type[JournalFact]) -> list[JournalFact]:
    return [fact for fact in place.facts if isinstance(fact, kind)]


def test_an_evening_does_every_step_and_publishes_scores_brains_and_reasons(place: Place) -> None:
    session = place.sessions[TAUGHT + 1]
    night = place.evening(session)
    assert night.is_whole, night.fault
    assert tuple(step for step, _ in night.lines) == STEPS
    (published,) = of(place, ScanPublished)
    assert isinstance(published, ScanPublished)
    scan = published.scan
    assert len(scan.picks) == 20
    assert {brain for brain, _ in scan.picks[0].parts} == {"short", "middle", "long"}
    assert "to beat the median" in scan.picks[0].reason
    assert ": reversal +" in scan.picks[0].reason
    assert scan.weights
    assert {brain for brain, _ in scan.models} == {"short", "middle", "long"}
    spoken = {p.brain for p in place.nights.said(session)}
    assert spoken == {"short", "middle", "long", ENSEMBLE, UNIFORM, NOTHING}


def test_what_was_said_is_marked_when_its_horizon_closes_and_the_weights_learn_from_it(place: Place) -> None:
    walked(place, 12)
    marked = of(place, OutcomesMarked)
    assert len(marked) == 12 - 6  # bought at the next open, sold five opens later
    first = marked[0]
    assert isinstance(first, OutcomesMarked)
    assert first.made == place.sessions[TAUGHT + 1]
    assert first.session == place.sessions[TAUGHT + 7]
    assert set(first.losses) >= {"short", "middle", "long", ENSEMBLE, UNIFORM, NOTHING}
    assert first.losses[NOTHING] == pytest.approx(0.25)
    newest = place.weights.newest()
    assert newest is not None
    assert newest.reason == "learned"
    assert newest.evidence_sessions == 6
    assert newest.session == place.sessions[TAUGHT + 12]


def test_an_evening_is_scored_with_the_weights_of_the_evening_before(place: Place) -> None:
    walked(place, 10)
    made = {f.weights.session: f.weights.snapshot_id for f in place.facts if isinstance(f, WeightsMoved)}
    last, before = place.sessions[TAUGHT + 10], place.sessions[TAUGHT + 9]
    assert {p.weights_id for p in place.nights.said(last)} == {made[before]}


def test_an_evening_that_is_done_is_not_done_again(place: Place) -> None:
    walked(place, 3)
    before = list(place.facts)
    weights = place.weights.newest()
    walked(place, 3)
    assert place.facts == before
    assert place.weights.newest() == weights


@pytest.mark.parametrize("dies_at", [1, 2, 3, 4])
def test_a_chain_cut_at_any_fact_comes_to_the_same_end(place: Place, tmp_path: Path, dies_at: int) -> None:
    shutil.copytree(place.root, tmp_path / "other")
    whole, cut = walked(place, 8), Place(tmp_path / "other")
    deaths = 0
    write = cut.write

    def dying(facts: Sequence[JournalFact]) -> None:
        nonlocal deaths
        deaths += 1
        if deaths == dies_at:
            write(facts)  # durable, and then the power goes
            raise OSError("the power went")
        write(facts)

    cut.write = dying  # type: ignore[method-assign]
    for session in cut.sessions[TAUGHT + 1 :][:8]:
        try:
            cut.evening(session)
        except OSError:
            cut = Place(cut.root, facts=cut.facts)  # a new process knows only what is kept
            assert cut.evening(session).is_whole
    assert deaths == dies_at
    assert cut.facts == whole.facts
    assert [p.rows.tobytes() for p in cut.nights.said(cut.sessions[TAUGHT + 8])] == [
        p.rows.tobytes() for p in whole.nights.said(whole.sessions[TAUGHT + 8])
    ]


def test_a_brain_that_raises_is_silent_with_its_fault_and_takes_nobody_with_it(place: Place) -> None:
    limping = Place(place.root, brains=(SHORT, MIDDLE, Raising("long", 8)))
    session = limping.sessions[TAUGHT + 1]
    assert limping.evening(session).is_whole
    said = {p.brain for p in limping.nights.said(session)}
    assert "long" not in said  # no row is written from a default
    assert "short" in said
    incidents = [f for f in limping.facts if isinstance(f, Incident)]
    assert any(f.where == "long" and "ZeroDivisionError: a bug of its own" in f.what for f in incidents)
    (scan,) = [f.scan for f in limping.facts if isinstance(f, ScanPublished)]
    assert dict(scan.silent)["long"] == "ZeroDivisionError: a bug of its own"
    assert all(dict(p.silent)["long"] == "ZeroDivisionError: a bug of its own" for p in scan.picks)


def test_without_a_quorum_nothing_is_published_and_the_journal_says_why(place: Place) -> None:
    lonely = _lonely(place)
    night = lonely.evening(lonely.sessions[TAUGHT + 1])
    assert night.is_whole, night.fault
    assert not of(lonely, ScanPublished)
    (told,) = [f for f in lonely.facts if isinstance(f, Incident) and f.where == "scan"]
    assert "0 names passed all filters with a verdict" in told.what
    assert "long is silent" in told.what
    assert "no watchlist" in dict(night.lines)["report"]
    with pytest.raises(Abstained, match="0 names passed"):
        _ = lonely.work(lonely.sessions[TAUGHT + 1]).scan


def test_evenings_without_a_quorum_do_not_make_the_weights_too_old_to_go_on(place: Place) -> None:
    lonely = _lonely(place)
    walked(lonely, 9)  # weights older than three sessions are refused; the first outcomes come on the seventh
    assert len(of(lonely, OutcomesMarked)) == 3
    newest = lonely.weights.newest()
    assert newest is not None
    assert newest.session == lonely.sessions[TAUGHT + 9]


def _lonely(place: Place) -> Place:
    names = (SHORT, Raising("long", 8), Raising("third", 8), Raising("fourth", 8))
    lonely = Place(place.root.with_name("lonely"), brains=names)
    lonely.teach(lonely.sessions[TAUGHT])
    return lonely


def test_without_weights_nothing_is_said(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path / "market")
    shutil.rmtree(tmp_path / "market" / "shelf" / "weights")
    bare = Place(tmp_path / "market")
    night = bare.evening(bare.sessions[TAUGHT + 1])
    assert night.stopped_at == "score"
    assert isinstance(night.fault, WeightsUnavailable)
    assert bare.nights.evenings() == ()
    assert bare.facts == []


def test_old_weights_are_refused_by_age(place: Place) -> None:
    night = place.evening(place.sessions[TAUGHT + 4])
    assert night.stopped_at == "score"
    assert "4 sessions old; 3 at most" in str(night.fault)


def test_weights_that_were_edited_on_disk_are_refused(place: Place) -> None:
    (path,) = place.root.glob("shelf/weights/ensemble/*/weights.json")
    path.write_text(path.read_text().replace("0.3333", "0.3334", 1))
    night = place.evening(place.sessions[TAUGHT + 1])
    assert night.stopped_at == "score"
    assert isinstance(night.fault, WeightsUnavailable)


@pytest.mark.parametrize("how", ["cut", "swapped"])
def test_a_model_file_that_is_not_what_was_kept_silences_its_brain(place: Place, how: str) -> None:
    (mine,) = place.root.glob("shelf/model/long/0*/model.json")
    (theirs,) = place.root.glob("shelf/model/short/0*/model.json")
    mine.write_bytes(mine.read_bytes()[:-9] if how == "cut" else theirs.read_bytes())
    session = place.sessions[TAUGHT + 1]
    assert place.evening(session).is_whole
    assert "long" not in {p.brain for p in place.nights.said(session)}
    (scan,) = [f.scan for f in place.facts if isinstance(f, ScanPublished)]
    assert "model.json" in dict(scan.silent)["long"]


def test_the_future_has_no_say(place: Place, tmp_path: Path) -> None:
    session = place.sessions[TAUGHT + 1]
    shutil.copytree(place.root, tmp_path / "other")
    place.evening(session)
    row = place.almanac.row(session)
    panel = prices()
    for grid in (panel.open, panel.high, panel.low, panel.close, panel.volume):
        grid[row + 1 :] *= 3.7
    poisoned = Place(tmp_path / "other", whole=evidence(panel))
    poisoned.evening(session)
    same = [p.rows.tobytes() for p in place.nights.said(session)]
    assert [p.rows.tobytes() for p in poisoned.nights.said(session)] == same
    assert of(poisoned, ScanPublished) == of(place, ScanPublished)


def test_unknown_weather_is_weak_and_says_why(taught: Path, tmp_path: Path) -> None:
    from cockpit.evidence import Missing

    shutil.copytree(taught, tmp_path / "market")
    blind = Place(tmp_path / "market", whole=replace(evidence(), index=Missing("index", "the file did not come")))
    blind.evening(blind.sessions[TAUGHT + 1])
    (moved,) = of(blind, RegimeMoved)
    assert isinstance(moved, RegimeMoved)
    assert moved.regime.state is RegimeState.WEAK
    assert "the file did not come" in moved.regime.reason
    assert moved.exposure <= 0.40


def test_an_ensemble_that_was_not_made_with_its_weights_stops_scoring_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cockpit.evening import voices

    fair = voices.pooled
    monkeypatch.setattr(
        voices, "pooled", lambda said, shares: fair(said, np.array([0.9, 0.05, 0.05]))
    )  # the origin's fault
    session = place.sessions[TAUGHT + 1]
    night = place.evening(session)
    assert night.stopped_at == "score"
    assert "weights shown were not the weights used" in str(night.fault)
    assert any(isinstance(f, AlarmRaised) and f.alarm.stops for f in place.facts)
    monkeypatch.undo()
    again = Place(place.root).evening(place.sessions[TAUGHT + 2])
    assert again.stopped_at == "score"  # and stays stopped until a person has looked
    assert "stops scoring" in str(again.fault)


def test_a_silenced_brain_stays_silent_until_a_person_lets_it_speak(place: Place) -> None:
    from cockpit.brains.drift.ladder import Ladder, Rung
    from cockpit.evening.vigil import Vigil, Watched

    session = place.sessions[TAUGHT + 1]
    killed = Vigil({name: Watched(Ladder(name, Rung.KILL if name == "long" else Rung.CALM)) for name in place.names})
    place.vigils.write(killed, place.sessions[TAUGHT])
    place.evening(session)
    assert "long" not in {p.brain for p in place.nights.said(session)}
    (scan,) = [f.scan for f in place.facts if isinstance(f, ScanPublished)]
    assert "until a person lets it speak again" in dict(scan.silent)["long"]


def test_drift_is_counted_once_an_evening_however_often_the_chain_is_cut(place: Place) -> None:
    walked(place, 10)
    session = place.sessions[TAUGHT + 10]
    kept = place.vigils.read(place.names)
    place.nights.forget(session, ["drift", "retrain", "report"])
    assert Place(place.root).evening(session).is_whole
    assert Place(place.root).vigils.read(place.names).watched == kept.watched


def test_standings_of_drift_survive_a_restart(place: Place) -> None:
    walked(place, 12)
    kept = place.vigils.read(place.names)
    again = Place(place.root)
    assert again.vigils.read(again.names).watched == kept.watched
    assert np.isfinite(again.models.won_before("short"))
    assert LONG.name in kept.watched


def test_outcomes_kept_are_outcomes_told_wherever_the_marking_was_cut(place: Place) -> None:
    walked(place, 6)
    session = place.sessions[TAUGHT + 7]

    def dying(made: date, outcomes: Sequence[Outcome]) -> None:
        raise OSError("the power went")

    place.nights.keep_outcomes = dying  # type: ignore[method-assign]
    with pytest.raises(OSError, match="power"):
        place.evening(session)
    again = Place(place.root, facts=place.facts)
    assert again.evening(session).is_whole
    assert len(of(again, OutcomesMarked)) == 1
    assert len(again.track.of(place.sessions[TAUGHT + 1])) > 0


def test_a_journal_that_fails_while_marking_leaves_the_evening_unmarked(place: Place) -> None:
    walked(place, 6)
    session = place.sessions[TAUGHT + 7]
    write = place.write

    def full(facts: Sequence[JournalFact]) -> None:
        if any(isinstance(fact, OutcomesMarked) for fact in facts):
            raise OSError("the disk is full")
        write(facts)

    place.write = full  # type: ignore[method-assign]
    with pytest.raises(OSError, match="full"):
        place.evening(session)
    again = Place(place.root, facts=place.facts)
    assert again.track.of(place.sessions[TAUGHT + 1]) == ()
    assert again.evening(session).is_whole
    assert len(of(again, OutcomesMarked)) == 1


@pytest.mark.parametrize("step", STEPS[5:])
def test_what_an_evening_came_to_is_the_same_wherever_it_was_cut(place: Place, step: str) -> None:
    walked(place, 8)
    session = place.sessions[TAUGHT + 8]
    whole = dict(place.nights.done(session))
    facts = list(place.facts)
    place.nights.forget(session, STEPS[max(STEPS.index(step), STEPS.index("adapt")) :])
    again = Place(place.root, facts=place.facts)
    assert again.evening(session).is_whole
    assert dict(again.nights.done(session)) == whole
    assert again.facts == facts


def test_evidence_that_changed_while_the_chain_was_cut_is_not_published_under_the_old_scores(place: Place) -> None:
    session = place.sessions[TAUGHT + 1]
    assert place.evening(session).is_whole
    place.nights.forget(session, STEPS[STEPS.index("publish") :])
    panel = prices()
    panel.close[place.almanac.row(session)] *= np.linspace(0.97, 1.03, panel.close.shape[1])
    changed = Place(place.root, whole=evidence(panel))
    night = changed.evening(session)
    assert night.stopped_at == "publish"
    assert isinstance(night.fault, BadInput)
    assert not of(changed, ScanPublished)


def test_an_evening_that_a_later_one_overtook_teaches_nothing(place: Place) -> None:
    walked(place, 8)
    before = place.weights.newest()
    early = place.sessions[TAUGHT + 7]
    place.nights.forget(early, STEPS[STEPS.index("adapt") :])
    night = place.evening(early)
    assert night.stopped_at == "adapt"
    assert "comes too late" in str(night.fault)
    assert place.weights.newest() == before


def test_an_evening_of_which_nothing_can_be_told_does_not_hold_up_the_nights(place: Place, tmp_path: Path) -> None:
    panel = prices()
    panel.open[TAUGHT + 2 + 5] = np.nan  # nobody has an opening price on the day the first evening's trades would end
    holed = Place(place.root, whole=evidence(panel))
    walked(holed, 9)
    outcomes = Place(place.root, whole=evidence(panel)).track.of(holed.sessions[TAUGHT + 1])
    assert outcomes
    assert all(len(o.rows) == 0 for o in outcomes)
    assert all("names have prices" in why for o in outcomes for _, why in o.unresolved)
    told = [f for f in holed.facts if isinstance(f, OutcomesMarked)]
    assert told[0].names == 0
    assert told[1].names > 0
