"""Explanations add up: features to the brain, brains to the verdict; and every figure has its papers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time
from typing import Any

import numpy as np
import pytest

from cockpit.brains.explain import CALIBRATION, Explanation, certificate, explained, moved_by, parts_of
from cockpit.brains.learning.linear import Ridge
from cockpit.brains.learning.model import Model
from cockpit.brains.learning.model_files import files_of, model_from, model_id
from cockpit.brains.learning.ranks import ranked_columns
from cockpit.brains.technical import TechnicalBrain
from cockpit.brains.weighing.ensemble import judge
from cockpit.clock import instant
from cockpit.errors import Abstained, BadInput
from cockpit.evidence import Evidence, Missing, Origin, Sourced
from cockpit.opinions import FeaturePanel, Verdict, Weights
from tests.brains.made_models import COLUMNS, SESSION, made_model, made_panel_of_features
from tests.engine.made_panels import made_panel

RIDGE = Ridge(COLUMNS, np.array([0.04, -0.02, 0.01, 0.0]), 0.1)
SHARES = {"technical": 0.5, "quantitative": 0.3, "sentiment": 0.2, "idle": 0.0}


def made_verdict(token: int = 105) -> tuple[Verdict, dict[str, Model], dict[str, FeaturePanel]]:
    models = {
        "technical": made_model(), "quantitative": made_model("quantitative", RIDGE),
        "idle": made_model("idle", RIDGE), "sentiment": made_model("sentiment", RIDGE, schema="7" * 64),
    }  # fmt: skip
    panels = {name: made_panel_of_features(seed=k) for k, name in enumerate(models)}
    as_of = panels["technical"].as_of
    weights = Weights("w7", as_of, SHARES, 100, "learned")
    views = {name: model.score(panels[name]) for name, model in models.items()}
    (verdict,) = judge([token], as_of, {k: [v for v in rows if v.token == token] for k, rows in views.items()}, weights)
    assert isinstance(verdict, Verdict)
    return verdict, models, panels


def told(token: int = 105) -> Explanation:
    verdict, models, panels = made_verdict(token)
    spoke = [name for name in models if name != "sentiment"]
    return explained(verdict, {name: parts_of(models[name], panels[name], token) for name in spoke})


@pytest.mark.parametrize("token", range(101, 141, 7))
def test_features_add_up_to_their_brain_and_brains_to_the_verdict(token: int) -> None:
    verdict, *_ = made_verdict(token)
    found = told(token)
    assert sum(brain.share for brain in found.brains) == pytest.approx(verdict.value - 0.5, abs=1e-9)
    for brain in found.brains:
        if not brain.silence:
            assert sum(part.share for part in brain.parts) == pytest.approx(brain.probability - 0.5, abs=1e-9)
            assert brain.share == brain.weight * (brain.probability - 0.5)
    assert sum(part.share for _, part in found.features()) == pytest.approx(verdict.value - 0.5, abs=1e-9)


def test_a_silent_brain_and_one_without_weight_have_no_part_and_the_silent_ones_weight_is_shared_out() -> None:
    by = {brain.brain: brain for brain in told().brains}
    assert by["sentiment"].share == by["sentiment"].weight == 0
    assert "the model knows 777777777777" in by["sentiment"].silence
    assert by["idle"].share == 0.0
    assert by["idle"].silence == ""
    assert by["technical"].weight == pytest.approx(0.5 / 0.8)


@pytest.mark.parametrize("learner", [None, RIDGE])
def test_a_features_part_has_the_sign_and_order_that_the_model_gave_it(learner: Ridge | None) -> None:
    model, panel = made_model(learner=learner), made_panel_of_features()
    for row in (0, 7, 20):
        shares = dict(zip(COLUMNS, model.shares(panel)[row, :-1], strict=True))
        parts = {p.feature: p for p in parts_of(model, panel, panel.tokens[row])}
        assert parts.keys() == {*COLUMNS, CALIBRATION}
        for column, share in shares.items():
            assert parts[column].share == pytest.approx(share * model.card.bend, abs=1e-12)
            assert parts[column].value == panel.values[row, COLUMNS.index(column)]


@pytest.mark.parametrize("learner", [None, RIDGE])
def test_taking_the_strongest_feature_away_moves_the_score_the_way_its_part_says(learner: Ridge | None) -> None:
    model, panel = made_model(learner=learner), made_panel_of_features(n_names=200)
    ranked, shares = ranked_columns(panel.values), model.shares(panel)[:, :-1]
    right = []
    for row in range(200):
        column = int(np.argmax(np.abs(shares[row])))
        moved = moved_by(model, ranked, row, column, 0.0)  # the middle of the day
        right.append(np.sign(moved) == -np.sign(shares[row, column]))
    assert np.mean(right) >= 0.8


def test_weights_or_parts_that_are_not_the_ones_used_are_refused() -> None:
    verdict, models, panels = made_verdict()
    with pytest.raises(BadInput, match="w7 are not the ones it was made with"):
        explained(replace(verdict, value=verdict.value + 1e-6), {})
    other = Weights("w7", verdict.as_of, {**SHARES, "technical": 0.3, "quantitative": 0.5}, 100, "learned")
    with pytest.raises(BadInput, match="not the ones it was made with"):
        explained(replace(verdict, weights=other), {})
    parts = parts_of(models["technical"], panels["technical"], 106)
    with pytest.raises(BadInput, match="parts of technical do not add up"):
        explained(verdict, {"technical": parts})


def test_a_name_that_was_not_scored_cannot_be_explained() -> None:
    _, models, panels = made_verdict()
    with pytest.raises(BadInput, match="not among the panel's 40 names"):
        parts_of(models["technical"], panels["technical"], 999)
    with pytest.raises(Abstained, match="fit it again"):
        parts_of(models["sentiment"], panels["sentiment"], 105)
    panels["technical"].values[4] = np.nan
    with pytest.raises(BadInput, match="0 of 4 features"):
        parts_of(models["technical"], panels["technical"], 105)


def test_plain_words_carry_the_number_of_every_clause() -> None:
    found = told()
    brain = TechnicalBrain()
    said = found.lines(dict.fromkeys(SHARES, brain.words), top=3)
    assert said[0] == f"{found.value:.1%} to beat the median"
    for line, (name, part) in zip(said[1:], found.features()[:3], strict=False):
        assert line.startswith(f"{part.share * 100:+.2f} points, {name}: ")
        assert line.endswith(
            "its calibration" if part.feature == CALIBRATION else brain.words(part.feature, part.value)
        )
    assert said[-1].startswith("sentiment is silent: features of pipeline")


# -- papers -----------------------------------------------------------------------------------------


def made_evidence() -> Evidence:
    as_of = instant(SESSION, time(20))
    nothing: dict[str, Any] = {
        name: Missing(name, "nobody asked")
        for name in ("filings", "surprises", "ownership", "deals", "flows", "positioning", "actions", "headlines",
                     "surveillance", "index")
    }  # fmt: skip
    prices = Origin("Yahoo", as_of - 3600 * 10**9, as_of, "Kite did not answer")
    return Evidence(
        session=SESSION, as_of=as_of, prices=Sourced(made_panel(np.ones((3, 2)), SESSION), prices), **nothing
    )


def test_a_figure_has_the_ids_of_all_it_came_from_and_the_age_of_every_table() -> None:
    verdict, models, _ = made_verdict()
    kept = {name: (model_id(files_of(model)), model) for name, model in models.items()}
    papers = certificate(verdict, kept, made_evidence())
    assert papers.weights == "w7"
    assert dict(papers.models) == {n: kept[n][0] for n in ("technical", "quantitative", "idle")}
    assert dict(papers.calibrations)["technical"] == models["technical"].calibration.version
    assert papers.origins == (("prices", "Yahoo", 3600.0, "Kite did not answer"),)
    assert ("deals", "nobody asked") in papers.missing
    lines = papers.lines()
    assert "prices: Yahoo, 1.0 h old, since Kite did not answer" in lines
    assert "deals: missing, nobody asked" in lines
    assert all(any(version in line for line in lines) for _, version in papers.models)
    with pytest.raises(BadInput, match="technical"):
        certificate(verdict, {name: kept[name] for name in ("quantitative", "idle")}, made_evidence())


def test_a_figure_told_from_the_ids_alone_comes_out_bit_for_bit() -> None:
    verdict, models, panels = made_verdict()
    shelf = {model_id(files_of(model)): files_of(model) for model in models.values()}
    kept = {name: (model_id(files_of(model)), model) for name, model in models.items()}
    papers = json.loads(json.dumps(certificate(verdict, kept, made_evidence()).models))
    views = {name: model_from(shelf[version]).score(panels[name]) for name, version in papers}
    views = {name: tuple(v for v in rows if v.token == verdict.token) for name, rows in views.items()}
    (again,) = judge([verdict.token], verdict.as_of, views, verdict.weights)
    assert isinstance(again, Verdict)
    assert again.value == verdict.value
