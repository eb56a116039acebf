"""A model answers to its own features alone, about days it has not seen, and says why when it is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import numpy as np
import pytest

from cockpit.brains.learning.calibration import unproven
from cockpit.brains.learning.linear import Ridge
from cockpit.brains.learning.model import Model, probability, views_of
from cockpit.brains.learning.model_card import card_of
from cockpit.brains.learning.model_files import SEAL, files_of, model_from, model_id
from cockpit.brains.learning.ranks import ranked_columns
from cockpit.clock import instant
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import Abstain, FeaturePanel, Score
from tests.brains.made_models import COLUMNS, SESSION, UNTIL, made_calibration, made_model, made_panel_of_features

RIDGE = Ridge(COLUMNS, np.array([0.04, -0.02, 0.01, 0.0]), 0.1)


def scores(model: Model, panel: FeaturePanel, **more: Any) -> list[Score]:
    views = model.score(panel, **more)
    assert all(isinstance(view, Score) for view in views)
    return [view for view in views if isinstance(view, Score)]


@pytest.mark.parametrize("learner", [None, RIDGE])
def test_a_view_is_the_calibrated_answer_to_the_ranked_features(learner: Ridge | None) -> None:
    model, panel = made_model(learner=learner), made_panel_of_features()
    views = scores(model, panel)
    raw = probability(model.learner.raw(ranked_columns(panel.values)))
    np.testing.assert_array_equal([v.value for v in views], model.calibration.value(raw))
    assert [v.token for v in views] == list(panel.tokens)
    assert {v.as_of for v in views} == {panel.as_of}
    low, high = model.calibration.band(raw)
    away = np.abs(np.array([v.value for v in views]) - 0.5)
    np.testing.assert_allclose([v.confidence for v in views], away / (away + (high - low) / 2))


def test_the_same_features_give_the_same_views_and_the_order_of_names_does_not_matter() -> None:
    model, panel = made_model(), made_panel_of_features()
    assert model.score(panel) == model.score(panel)
    turned = replace(panel, tokens=panel.tokens[::-1], values=panel.values[::-1].copy(), stale=panel.stale[::-1].copy())
    assert sorted(scores(model, turned), key=lambda v: v.token) == scores(model, panel)


def test_reasons_are_the_strongest_columns_and_a_live_score_needs_none() -> None:
    model, panel = made_model(), made_panel_of_features()
    shares = model.shares(panel)
    np.testing.assert_allclose(shares.sum(axis=1), model.learner.raw(ranked_columns(panel.values)), atol=1e-12)
    for row, view in enumerate(scores(model, panel, reasons=2)):
        named = dict(zip(COLUMNS, shares[row, :-1] * model.card.bend, strict=True))
        strongest = sorted(named.items(), key=lambda item: -abs(item[1]))[:2]
        assert dict(view.reasons) == pytest.approx(dict(strongest))
    bare = scores(model, panel, reasons=0)
    assert {v.reasons for v in bare} == {()}
    assert [v.value for v in bare] == [v.value for v in scores(model, panel)]
    np.testing.assert_array_equal(model.shares(panel, np.array([3, 5])), shares[[3, 5]])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"schema": "6" * 64}, "features of pipeline 666666666666; the model knows 555555555555"),
        ({"columns": ("ROC5", "KMID", *COLUMNS[2:])}, "differ at 0: ROC5 given, KMID expected"),
        ({"columns": COLUMNS[:3], "values": np.ones((40, 3)), "stale": np.zeros((40, 3), bool)}, "are 3; 4 expected"),
        ({"as_of": instant(date(2026, 6, 29), time(20))}, "it only remembers"),
        ({"as_of": instant(date(2026, 11, 30), time(20))}, "has seen nothing since 2026-06-30"),
    ],
)
def test_a_panel_it_must_not_be_asked_about_gets_silence_with_the_reason(changed: dict[str, Any], reason: str) -> None:
    model, panel = made_model(), made_panel_of_features(**changed)
    views = model.score(panel)
    assert [v.token for v in views] == list(panel.tokens)
    assert all(isinstance(v, Abstain) and reason in v.reason and v.who == "technical" for v in views)
    with pytest.raises(Abstained, match=reason):
        model.said(panel)


def test_the_evening_a_model_was_fitted_on_is_no_memory() -> None:
    evening = made_panel_of_features(as_of=instant(UNTIL, time(20)))
    assert len(scores(made_model(), evening)) == 40


def test_a_handful_of_names_cannot_be_ranked() -> None:
    views = made_model().score(made_panel_of_features(n_names=19))
    assert {v.reason for v in views if isinstance(v, Abstain)} == {"19 names; at least 20 are needed to rank one"}


def test_a_name_with_too_little_known_or_fresh_is_silent_and_one_with_a_gap_is_less_sure() -> None:
    model, panel = made_model(learner=RIDGE), made_panel_of_features()
    panel.values[3, :3] = np.nan
    panel.stale[4, 1:] = True
    panel.values[5, 3] = np.nan  # a column without weight
    views = model.score(panel)
    for row in (3, 4):
        assert isinstance(views[row], Abstain)
        assert views[row].reason == "1 of 4 features are known and fresh"
    whole = made_panel_of_features()
    whole.values[3, :3], whole.stale[4, 1:] = np.nan, True
    fuller = model.score(whole)[5]
    assert isinstance(fuller, Score)
    assert isinstance(views[5], Score)
    assert views[5].value == fuller.value
    assert views[5].confidence == pytest.approx(fuller.confidence * 3 / 4)


def test_a_map_that_nobody_has_seen_at_work_is_never_sure() -> None:
    model = made_model(calibration=unproven("technical", UNTIL))
    assert {v.confidence for v in scores(model, made_panel_of_features())} == {0.0}


def test_predictions_hold_every_spoken_name_once_in_order_with_the_ids() -> None:
    model, panel = made_model(), made_panel_of_features()
    panel.values[3] = np.nan
    turned = replace(panel, tokens=panel.tokens[::-1], values=panel.values[::-1].copy())
    kept = model.predictions(turned, SESSION, "w1", "m1")
    assert kept.rows["token"].tolist() == [t for t in panel.tokens if t != 104]
    values = {v.token: v.value for v in model.score(turned) if isinstance(v, Score)}
    assert dict(zip(kept.rows["token"].tolist(), kept.rows["value"].tolist(), strict=True)) == values
    assert (kept.model, kept.weights_id, kept.schema) == ("m1", "w1", panel.schema)
    assert (kept.trained_until, kept.calibration) == (UNTIL, model.calibration.version)


def test_a_brain_that_raises_is_silent_on_every_name() -> None:
    class Broken(Ridge):
        def raw(self, X: Any) -> Any:
            raise ZeroDivisionError("no luck")

    model = made_model(learner=Broken(COLUMNS, RIDGE.weights, 0.1))
    views = views_of(model, made_panel_of_features())
    assert [v.reason for v in views if isinstance(v, Abstain)] == ["ZeroDivisionError: no luck"] * 40
    assert views_of(made_model(), made_panel_of_features()) == made_model().score(made_panel_of_features())


# -- files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("learner", [None, RIDGE])
@pytest.mark.parametrize("n_resolved", [500, 2000])
def test_a_model_comes_back_from_its_files_and_says_the_same_to_the_last_bit(
    learner: Ridge | None, n_resolved: int
) -> None:
    model = made_model(learner=learner, calibration=made_calibration(n=n_resolved))
    files = files_of(model)
    back = model_from(files)
    assert back.card == model.card
    assert back.score(made_panel_of_features()) == model.score(made_panel_of_features())
    assert files_of(back) == files
    assert model_id(files) == model_id(
        files_of(made_model(learner=learner, calibration=made_calibration(n=n_resolved)))
    )


def test_a_file_cut_short_swapped_or_missing_is_refused_by_name() -> None:
    files, other = files_of(made_model()), files_of(made_model("quantitative", RIDGE))
    for name in files:
        for spoilt in ({**files, name: files[name][:-20]}, {k: v for k, v in files.items() if k != name}):
            with pytest.raises(BadInput, match=name.replace(".", r"\.")):
                model_from(spoilt)
    with pytest.raises(BadInput, match=r"calibration\.json is not the file"):
        model_from({**files, "calibration.json": other["calibration.json"]})
    with pytest.raises(BadInput, match="files"):
        model_from({**files, SEAL: other[SEAL]})
    with pytest.raises(BadInput, match="files"):
        model_from({**files, "more.txt": b""})


def test_two_columns_that_swapped_their_names_are_refused() -> None:
    swapped = ("ROC5", "KMID", *COLUMNS[2:])
    with pytest.raises(BadInput, match="not of one model"):
        made_model(columns=swapped)
    files = files_of(made_model())
    card = files[SEAL].replace(b'"KMID",\n   "ROC5"', b'"ROC5",\n   "KMID"')
    assert card != files[SEAL]
    with pytest.raises(BadInput, match="KMID"):
        model_from({**files, SEAL: card})


def test_a_card_that_lacks_or_invents_a_field_is_no_card() -> None:
    plain = made_model().card.plain()
    assert card_of(plain) == made_model().card
    for spoilt in ({**plain, "more": 1}, {k: v for k, v in plain.items() if k != "why"}, {**plain, "learner": "magic"}):
        with pytest.raises(BadInput, match="no model card"):
            card_of(spoilt)
    assert made_model().card.seed_spread == pytest.approx(0.005)
