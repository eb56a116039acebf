"""What was said on an evening stays said, to the bit, and no half-written file is ever read as whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cockpit.errors import BadInput
from cockpit.opinions import OUTCOME, PREDICTION, Outcome, Predictions
from cockpit.storage.nights import CAME_TRUE, SAID, STEPS, NightFolder

EVENING, RESOLVED = date(2026, 11, 20), date(2026, 11, 27)


def said(brain: str, n: int = 3, shift: float = 0.0) -> Predictions:
    rows = np.zeros(n, PREDICTION)
    rows["token"] = np.arange(n) + 10
    rows["raw"] = rows["value"] = np.linspace(0.4, 0.6, n) + shift
    return Predictions(brain, EVENING, 5, 1_000, "w1", "s1", "m1", "c1", rows, date(2026, 11, 10))


def outcome_of(p: Predictions) -> Outcome:
    rows = np.zeros(len(p.rows) - 1, OUTCOME)
    for column in ("token", "raw", "value"):
        rows[column] = p.rows[column][:-1]
    rows["beat"], rows["excess"] = 1, 0.01
    return Outcome(p, RESOLVED, rows, ((int(p.rows["token"][-1]), "no opening price"),))


def same(a: Predictions, b: Predictions) -> bool:
    return a.key == b.key and a.model == b.model and a.trained_until == b.trained_until and (a.rows == b.rows).all()


def test_predictions_come_back_to_the_bit(tmp_path: Path) -> None:
    nights = NightFolder(tmp_path)
    given = [said("technical"), said("quantitative", 2), said("ensemble", 0)]
    nights.keep_said(EVENING, given)
    back = nights.said(EVENING)
    assert all(same(a, b) for a, b in zip(given, back, strict=True))
    assert nights.evenings() == (EVENING,)


def test_outcomes_come_back_with_what_could_not_be_marked(tmp_path: Path) -> None:
    nights = NightFolder(tmp_path)
    given = said("technical")
    nights.keep_said(EVENING, [given])
    assert nights.outcomes(EVENING) == ()
    nights.keep_outcomes(EVENING, [outcome_of(given)])
    (back,) = nights.outcomes(EVENING)
    assert back.resolved_on == RESOLVED
    assert back.unresolved == ((12, "no opening price"),)
    assert (back.rows == outcome_of(given).rows).all()


def test_the_same_again_changes_nothing_and_something_else_is_refused(tmp_path: Path) -> None:
    nights = NightFolder(tmp_path)
    nights.keep_said(EVENING, [said("technical")])
    nights.keep_said(EVENING, [said("technical")])
    with pytest.raises(BadInput, match="never rewritten"):
        nights.keep_said(EVENING, [said("technical", shift=0.01)])
    assert same(nights.said(EVENING)[0], said("technical"))


def test_one_brain_speaks_once_an_evening(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="one a brain"):
        NightFolder(tmp_path).keep_said(EVENING, [said("technical"), said("technical")])


@pytest.mark.parametrize("name", [SAID, CAME_TRUE])
def test_a_file_cut_short_is_refused_by_name(tmp_path: Path, name: str) -> None:
    nights = NightFolder(tmp_path)
    nights.keep_said(EVENING, [said("technical")])
    nights.keep_outcomes(EVENING, [outcome_of(said("technical"))])
    path = tmp_path / EVENING.isoformat() / name
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadInput, match=name):
        nights.outcomes(EVENING)


def test_steps_are_remembered_in_order_and_can_be_forgotten(tmp_path: Path) -> None:
    nights = NightFolder(tmp_path)
    assert nights.done(EVENING) == {}
    for step in ("refresh", "gate", "score"):
        nights.note(EVENING, step, f"{step}: fine")
    assert list(NightFolder(tmp_path).done(EVENING)) == ["refresh", "gate", "score"]
    nights.forget(EVENING, ["score"])
    assert list(nights.done(EVENING)) == ["refresh", "gate"]


def test_a_garbled_step_file_is_refused_with_its_remedy(tmp_path: Path) -> None:
    nights = NightFolder(tmp_path)
    nights.note(EVENING, "refresh", "fine")
    (tmp_path / EVENING.isoformat() / STEPS).write_text("{not json")
    with pytest.raises(BadInput) as caught:
        nights.done(EVENING)
    assert "the evening runs again" in caught.value.remedy
