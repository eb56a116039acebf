"""Scoring all 614 names anew with five models, as happens live each minute, by processor time.

Ranking the columns, asking the trees, calibrating and building the views are all in it; reasons are worked out only for
names that are looked at. Beside it the 20 ms that a re-score may take, and LightGBM's own predict for the trees alone.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Final

import lightgbm as lgb
import numpy as np

from benchmarks.rows import Row, row
from cockpit.brains.learning.boosting import Binned, BoostingParams
from cockpit.brains.learning.calibration import OutOfFold, calibrated
from cockpit.brains.learning.model import Model
from cockpit.brains.learning.model_card import Ic, Kept, Learner, ModelCard
from cockpit.brains.learning.ranks import centred_ranks, ranked_columns
from cockpit.clock import DAY_NS
from cockpit.opinions import FeaturePanel

N_NAMES: Final = 614
WIDTHS: Final = {"technical": 158, "fundamental": 20, "sentiment": 12, "smart_money": 14, "quantitative": 10}
BUDGET_MS: Final = 20.0
UNTIL: Final = date(2026, 6, 30)
SCHEMA: Final = "b" * 64
ROUNDS: Final = 15


def run() -> list[Row]:
    """Score five made panels with five made models of 100 trees and answer the milliseconds of processor time."""
    models = [made_model(brain, width) for brain, width in WIDTHS.items()]
    panels = [made_panel(width) for width in WIDTHS.values()]
    peers = [lgb.Booster(model_str=model.learner.text) for model in models]  # type: ignore[union-attr]
    ranked = [ranked_columns(panel.values).astype(np.float64) for panel in panels]
    whole = milliseconds(lambda: [model.score(p, reasons=0) for model, p in zip(models, panels, strict=True)])
    trees = milliseconds(lambda: [model.learner.raw(x) for model, x in zip(models, ranked, strict=True)])
    theirs = milliseconds(lambda: [peer.predict(x, num_threads=1) for peer, x in zip(peers, ranked, strict=True)])
    return [
        row("re-score 614 names, five models, beside the budget", whole, BUDGET_MS, unit="ms CPU", target=1.0),
        row("five forests of 100 trees asked about 614 names", trees, theirs, unit="ms CPU", target=1.0),
    ]


def milliseconds(call: Callable[[], object]) -> float:
    """Answer the median processor milliseconds of a call, warmed."""
    call()
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        call()
        taken.append(time.process_time() - begun)
    return statistics.median(taken) * 1e3


def made_panel(width: int) -> FeaturePanel:
    """Make one instant's features."""
    values = np.random.default_rng(width).normal(size=(N_NAMES, width))
    as_of = int(np.datetime64("2026-07-15", "D").astype(np.int64)) * DAY_NS + DAY_NS // 2
    columns = tuple(f"COLUMN{i}" for i in range(width))
    return FeaturePanel(as_of, tuple(range(N_NAMES)), columns, values, np.zeros(values.shape, dtype=bool), SCHEMA)


def made_model(brain: str, width: int) -> Model:
    """Grow a model of 100 trees on made days."""
    rng = np.random.default_rng(width)
    columns = tuple(f"COLUMN{i}" for i in range(width))
    ranked = ranked_columns(rng.standard_normal((100, N_NAMES, width), dtype=np.float32))
    rank = centred_ranks(ranked[..., 0] + 4 * rng.standard_normal(ranked.shape[:2])).astype(np.float64)
    trees = Binned(ranked, columns).grown(rank, np.arange(100), None, BoostingParams(rounds=100, threads=1), 1).trees
    raw = np.clip(0.5 + trees.raw(ranked[-20:].reshape(-1, width)), 0, 1)
    days = np.full(len(raw), np.datetime64("2026-06-01"))
    beat = (rank[-20:].ravel() > 0).astype(np.float64)
    calibration = calibrated(brain, OutOfFold(raw, beat, days, days, days), UNTIL, 5)
    ic = Ic("made", 0.03, 0.01, 250)
    card = ModelCard(
        brain, Learner.BOOSTED, "made", 5, columns, SCHEMA, UNTIL, UNTIL, UNTIL, 100, 61_400, 1, UNTIL, ic, ic, ic,
        (ic, ic, ic), Kept(100, 0.25, 0.693, 0.01, 1.0, 1.0), 1.0, 7, 4, {}, "d" * 64,
    )  # fmt: skip
    return Model(card, trees, calibration)
