"""A candidate takes over where the champion can speak no longer, and is announced before it speaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cockpit.brains.learning.training import Fitted
from cockpit.errors import Abstained
from cockpit.evening import retraining
from cockpit.evening.retraining import Contest, announced, contested, recalibrated
from cockpit.facts import AlarmRaised, ModelPublished
from cockpit.opinions import Alarm
from tests.evening.made_market import PLAN, Looking, Place

TAUGHT = -150


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A market whose champion always wins by its record, so that only a reason beside the record can unseat it."""
    place = Place(tmp_path, brains=(Looking("short", 2),))
    place.teach(place.sessions[TAUGHT])
    monkeypatch.setattr(retraining, "_compared", lambda *_: (False, "the champion is better"))
    return place


def held(place: Place, row: int, told: list[Contest] | None = None) -> Contest:
    tell = (lambda contest: None) if told is None else told.append
    return contested("short", place.almanac, place.models, place.track, place.sessions[row], PLAN, tell)


def test_a_better_champion_stays(place: Place) -> None:
    before = place.models.version("short")
    contest = held(place, TAUGHT + 20)
    assert not contest.won
    assert place.models.version("short") == before


def test_a_champion_that_would_soon_be_silent_gives_way_whatever_its_record(place: Place) -> None:
    before = place.models.version("short")
    contest = held(place, TAUGHT + 75)
    assert contest.won
    assert "has seen nothing since" in contest.why
    assert contest.replaced == before
    assert place.models.version("short") == contest.version != before


def test_a_champion_of_other_features_gives_way(place: Place) -> None:
    almanac = place.almanac
    history = replace(almanac.features["short"], schema="other kernels")
    place._almanac = replace(almanac, features={"short": history})
    contest = held(place, TAUGHT + 20)
    assert contest.won
    assert "other features" in contest.why


def test_a_champion_that_cannot_be_read_gives_way(place: Place) -> None:
    (kept,) = place.root.glob("shelf/model/short/0*/model.json")
    kept.write_bytes(kept.read_bytes()[:-9])
    contest = held(Place(place.root, brains=place.brains), TAUGHT + 20)
    assert contest.won
    assert "cannot be used" in contest.why


def test_no_model_is_in_use_before_it_is_announced(place: Place) -> None:
    before = place.models.version("short")

    def dying(contest: Contest) -> None:
        raise OSError("the power went")

    with pytest.raises(OSError, match="power"):
        contested("short", place.almanac, place.models, place.track, place.sessions[TAUGHT + 75], PLAN, dying)
    assert place.models.version("short") == before
    told: list[Contest] = []
    assert held(place, TAUGHT + 75, told).won
    assert not held(place, TAUGHT + 75, told).won  # the very model that was made
    assert len(told) == 1


def test_what_a_calibration_finds_wrong_is_announced_with_the_model(place: Place) -> None:
    alarm = Alarm("INVERTED", "short", 1, -0.2, -0.1, "What short calls likely is unlikely.")
    contest = Contest("short", "v2", "v1", True, "newer is better", (alarm,))
    assert announced(contest, 7) == [
        ModelPublished(7, "short", "v2", "v1", "newer is better"), AlarmRaised(7, alarm),
    ]  # fmt: skip


def test_a_contest_carries_what_its_calibration_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    alarm, fair = Alarm("INVERTED", "short", 1, -0.2, -0.1, "What short calls likely is unlikely."), retraining.fit

    def upside_down(*args: Any, **kwargs: Any) -> Fitted:
        fitted = fair(*args, **kwargs)
        model = fitted.model
        return replace(fitted, model=replace(model, calibration=replace(model.calibration, alarms=(alarm,))))

    monkeypatch.setattr(retraining, "fit", upside_down)
    monkeypatch.setattr(place.models, "keep", lambda model, won: "0" * 64)
    assert held(place, TAUGHT + 20).alarms == (alarm,)


def test_a_new_map_is_fitted_on_what_was_said_and_keeps_learner_and_order(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.teach(place.sessions[-40])
    for session in place.sessions[-39:][:14]:
        assert place.evening(session).is_whole
    version, before = place.models.in_use("short")
    told: list[Contest] = []
    contest = recalibrated("short", place.models, place.track, place.sessions[-26], told.append)
    new, after = place.models.in_use("short")
    assert contest.won
    assert told == [contest]
    assert (new, contest.replaced) == (contest.version, version)
    assert after.calibration.version != before.calibration.version
    panel = place.almanac.panel("short", place.sessions[-25])
    raw = after.said(panel).raw
    np.testing.assert_array_equal(raw, before.said(panel).raw)
    order = np.argsort(raw)
    assert (np.diff(after.said(panel).value[order]) >= -1e-12).all()


def test_a_map_is_not_fitted_on_nothing(place: Place) -> None:
    with pytest.raises(Abstained):
        recalibrated("short", place.models, place.track, place.sessions[TAUGHT + 1])
