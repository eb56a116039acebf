"""Models made without training, for tests of what is done with models."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import lightgbm as lgb
import numpy as np

from cockpit.brains.learning.calibration import Calibration, OutOfFold, calibrated
from cockpit.brains.learning.linear import Ridge
from cockpit.brains.learning.model import Model
from cockpit.brains.learning.model_card import Ic, Kept, Learner, ModelCard
from cockpit.brains.learning.trees import Trees, parsed
from cockpit.clock import instant
from cockpit.opinions import FeaturePanel
from tests.brains.made_history import SCHEMA

UNTIL = date(2026, 6, 30)
SESSION = date(2026, 7, 15)
COLUMNS = ("KMID", "ROC5", "STD20", "CORR60")


def made_panel_of_features(n_names: int = 40, seed: int = 1, **changed: Any) -> FeaturePanel:
    """Make one evening's features."""

    values = np.random.default_rng(seed).normal(size=(n_names, len(COLUMNS)))
    made: dict[str, Any] = {
        "as_of": instant(SESSION, time(20)), "tokens": tuple(range(101, 101 + n_names)), "columns": COLUMNS,
        "values": values, "stale": np.zeros(values.shape, dtype=bool), "schema": SCHEMA,
    }  # fmt: skip
    return FeaturePanel(**{**made, **changed})


def made_calibration(brain: str = "technical", n: int = 2000) -> Calibration:
    """Fit a map to a weak signal; over 1,000 rows it is Venn-Abers, under that Platt."""
    rng = np.random.default_rng(4)
    raw = 0.5 + rng.normal(0, 0.02, n)
    beat = (rng.random(n) < 0.5 + 2 * (raw - 0.5)).astype(float)
    days = np.full(n, np.datetime64("2026-01-05"))
    return calibrated(brain, OutOfFold(raw, beat, days, days, days), UNTIL, 5)


def made_trees(columns: tuple[str, ...] = COLUMNS, rounds: int = 15) -> Trees:
    """Grow a few trees on a made signal."""
    rng = np.random.default_rng(2)
    X = rng.uniform(-0.5, 0.5, (2000, len(columns)))
    y = 0.1 * X[:, 0] * (X[:, 1] > 0) - 0.05 * X[:, 2] + rng.normal(0, 0.1, 2000)
    params = {"num_leaves": 8, "verbosity": -1, "num_threads": 1, "seed": 1}
    booster = lgb.train(params, lgb.Dataset(X, label=y, feature_name=list(columns)), rounds)
    return parsed(booster.model_to_string(), columns)


def made_model(brain: str = "technical", learner: Ridge | Trees | None = None, **changed: Any) -> Model:
    """Make a model of trees, or of the learner given."""
    learner = learner or made_trees()
    kind = Learner.BOOSTED if isinstance(learner, Trees) else Learner.LINEAR
    ic = Ic("made", 0.03, 0.01, 250)
    card = {
        "brain": brain, "learner": kind, "why": "made", "horizon": 5, "columns": learner.columns, "schema": SCHEMA,
        "first_day": date(2020, 1, 1), "last_day": date(2026, 6, 22), "trained_until": UNTIL, "days": 1500,
        "rows": 60_000, "folds": 48, "tested_from": date(2022, 1, 3), "linear": ic, "boosted": ic, "paired": ic,
        "seeds": (ic, Ic("made", 0.025, 0.01, 250), ic), "kept": Kept(1000, 0.2499, 0.693, 0.01, 4.0, 1.0),
        "bend": 1.5, "trials": 7, "fits": 192, "params": {"months": 1}, "snapshot": "d" * 64,
    }  # fmt: skip
    calibration = changed.pop("calibration", None) or made_calibration(brain)
    return Model(ModelCard(**{**card, **changed}), learner, calibration)
