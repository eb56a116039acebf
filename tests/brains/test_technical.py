"""The technical brain measures Alpha158 of what was known, and has words with the number for each column."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time
from typing import Any

import numpy as np
import pytest

from cockpit.brains.technical import TechnicalBrain
from cockpit.clock import instant
from cockpit.evidence import Evidence, Missing, Origin, Sourced
from cockpit.market import DailyPanel
from cockpit.opinions import FeatureHistory
from tests.engine.made_panels import made_panel

DAY = date(2026, 7, 31)


def walk(n_days: int = 120, n_names: int = 8) -> DailyPanel:
    rng = np.random.default_rng(5)
    close = 500 * np.exp(np.cumsum(rng.normal(0, 0.02, (n_days, n_names)), axis=0))
    return replace(made_panel(close, DAY), volume=rng.uniform(1e5, 1e6, close.shape))


def evidence_of(panel: DailyPanel) -> Evidence:
    as_of = instant(panel.days[-1].astype(object), time(20))
    nothing: dict[str, Any] = {
        name: Missing(name, "made")
        for name in Evidence.__dataclass_fields__
        if name not in ("session", "as_of", "prices", "findings")
    }
    return Evidence(panel.days[-1].astype(object), as_of, Sourced(panel, Origin("made", as_of, as_of)), **nothing)


def test_the_brain_measures_its_columns_on_every_day_from_prices_alone() -> None:
    brain, panel = TechnicalBrain(), walk()
    history = brain.features(evidence_of(panel))
    assert isinstance(history, FeatureHistory)
    assert (brain.name, brain.letter, len(brain.columns)) == ("technical", "T", 158)
    assert (history.columns, history.schema) == (brain.columns, brain.schema)
    assert history.values.shape == history.stale.shape == (120, 8, 158)
    assert np.isfinite(history.values[-1]).all()
    assert not history.stale[-1].any()


def test_an_earlier_evening_measures_the_same_as_it_did_then() -> None:
    brain, panel = TechnicalBrain(), walk()
    then = panel.days[99].astype(object)
    early = brain.features(evidence_of(panel.upto(then)))
    np.testing.assert_array_equal(early.values, brain.features(evidence_of(panel)).values[:100])


@pytest.mark.parametrize("column", TechnicalBrain().columns)
def test_every_column_has_words_with_its_number_and_its_window(column: str) -> None:
    brain = TechnicalBrain()
    said, other = brain.words(column, 0.31), brain.words(column, 0.62)
    assert re.search(r"\d", said)
    assert said != other
    window = re.search(r"\d+$", column)
    if window and window[0] not in ("0", "2"):
        assert window[0] in said
    assert brain.words(column, float("nan")) == f"{column} is not known"


def test_the_words_say_what_the_number_means() -> None:
    words = TechnicalBrain().words
    assert words("KMID", 0.0123) == "closed +1.2% from its open"
    assert words("ROC20", 1.05) == "the close 20 sessions ago was 105.0% of today's"
    assert words("RANK60", 0.9) == "closed higher than 90% of 60 sessions"
    with pytest.raises(KeyError, match="NONSENSE5"):
        words("NONSENSE5", 1.0)
