"""The pipeline: history, the next evening and an unfinished day are one computation, and what it carries survives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cockpit.brains.features import columns as declarations
from cockpit.brains.features.fingerprint import fingerprint, spoken
from cockpit.brains.features.roster import DECLARED, FAMILIES
from cockpit.brains.pipeline import ALPHA158, DISPLAY63, Pipeline
from cockpit.errors import BadInput
from cockpit.market import DailyPanel
from cockpit.opinions import FeaturePanel
from cockpit.venues.recorded import RecordedMarket
from tests.brains.features.made_markets import days_of, made_market, names_of, scaled

EVERYTHING = Pipeline(tuple(DECLARED))
"""Every nightly column there is: what holds for it holds for every choice among them."""


@pytest.fixture(scope="module")
def panel() -> DailyPanel:
    return made_market()


def equal(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Tell whether two arrays are equal bit for bit as float32, missing values included."""
    return np.array_equal(a.astype(np.float32).view(np.uint32), b.astype(np.float32).view(np.uint32))


def evenings(pipeline: Pipeline, panel: DailyPanel, first: int) -> Iterator[tuple[int, FeaturePanel]]:
    state = pipeline.begin(days_of(panel, 0, first))
    for day in range(first, len(panel.days)):
        yield day, pipeline.advance(state, days_of(panel, day, day + 1), as_of=day)


def test_evenings_one_by_one_equal_the_history_bit_for_bit(panel: DailyPanel) -> None:
    history = EVERYTHING.history(panel)
    for day, evening in evenings(EVERYTHING, panel, 3):
        assert equal(evening.values, history.values[day]), day
        np.testing.assert_array_equal(evening.stale, history.stale[day])
        assert (evening.schema, evening.columns, evening.tokens) == (history.schema, history.columns, history.tokens)


def test_an_unfinished_day_reads_as_its_evening_would_and_leaves_no_trace(panel: DailyPanel) -> None:
    quiet, watched = (EVERYTHING.begin(days_of(panel, 0, 300)) for _ in range(2))
    rng = np.random.default_rng(2)
    for day in range(300, 420):
        row = days_of(panel, day, day + 1)
        for _ in range(3):
            unfinished = scaled(row, np.exp(rng.normal(0, 0.02, row.close.shape)), rng.uniform(0, 1))
            unfinished.close[0, rng.integers(12)] = np.nan  # not traded yet
            seen = EVERYTHING.peek(watched, unfinished, as_of=1)
        if day % 40 == 0:
            apart = EVERYTHING.begin(days_of(panel, 0, day))
            assert equal(seen.values, EVERYTHING.advance(apart, unfinished, as_of=1).values)
        finished = EVERYTHING.advance(watched, row, as_of=2)
        assert equal(finished.values, EVERYTHING.advance(quiet, row, as_of=2).values)


@settings(max_examples=15)
@given(st.lists(st.integers(1, 519), max_size=4, unique=True), st.integers(0, 5))
def test_a_history_in_any_pieces_is_the_same_history(cuts: list[int], seed: int) -> None:
    pipeline = Pipeline(("RSQR60", "IMAX20", "ema_50", "adx_14", "beta_60", "stoch_d_14", "rank_value"))
    panel = made_market(520, seed=seed)
    whole = pipeline.history(panel)
    state = pipeline.begin(days_of(panel, 0, 0))
    for first, last in pairwise([0, *sorted(cuts), 520]):
        for day in range(first, last) if last - first < 40 else []:
            assert equal(pipeline.advance(state, days_of(panel, day, day + 1), 0).values, whole.values[day])
        if last - first >= 40:
            state = pipeline.begin(days_of(panel, 0, last))


def test_what_is_carried_is_saved_and_read_back_whole(panel: DailyPanel, tmp_path: Path) -> None:
    state = EVERYTHING.begin(days_of(panel, 0, 500))
    state.save(tmp_path / "features.npz")
    read = EVERYTHING.load(tmp_path / "features.npz")
    for day in range(500, 520):
        row = days_of(panel, day, day + 1)
        assert equal(EVERYTHING.advance(read, row, 0).values, EVERYTHING.advance(state, row, 0).values)


def test_a_state_of_other_columns_or_other_kernels_is_refused(panel: DailyPanel, tmp_path: Path) -> None:
    mine, other = Pipeline(("KMID", "ROC5")), Pipeline(("ROC5", "KMID"))
    state = mine.begin(panel)
    state.save(tmp_path / "features.npz")
    with pytest.raises(BadInput, match="made by pipeline"):
        other.load(tmp_path / "features.npz")
    with pytest.raises(BadInput, match="made by pipeline"):
        other.advance(state, days_of(panel, 0, 1), 0)
    (tmp_path / "torn.npz").write_bytes((tmp_path / "features.npz").read_bytes()[:200])
    with pytest.raises(BadInput, match=r"torn\.npz"):
        mine.load(tmp_path / "torn.npz")


def test_the_fingerprint_moves_with_names_order_declarations_and_code_and_not_with_comments() -> None:
    some = [DECLARED[name] for name in ("KMID", "ROC5", "MA10")]
    module = declarations.__name__
    said = fingerprint(some, "float32", [module])
    assert fingerprint(some, "float32", [module]) == said
    others = [
        fingerprint(some[::-1], "float32", [module]),
        fingerprint([replace(some[0], name="KMIX"), *some[1:]], "float32", [module]),
        fingerprint([replace(some[0], lookback=9), *some[1:]], "float32", [module]),
        fingerprint([replace(some[0], unit="rupees"), *some[1:]], "float32", [module]),
        fingerprint(some, "float64", [module]),
        fingerprint(some, "float32", [module, "cockpit.brains.features.bars"]),
    ]
    assert len({said, *others}) == len(others) + 1
    assert spoken("x = 1  # why\n\n\ny = 2\n") == spoken("x = 1\ny = 2\n") != spoken("x = 1\ny = 3\n")


def test_kept_machine_code_is_of_use_only_while_every_kernel_file_is_what_it_was(tmp_path: Path) -> None:
    index = declarations.lay._cache._cache_file
    digest = declarations._SOURCES
    assert index._source_stamp[1] == digest
    assert len(index._load_index()) > 0
    index._source_stamp = (index._source_stamp[0], b"other sources")
    try:
        assert len(index._load_index()) == 0
    finally:
        index._source_stamp = (index._source_stamp[0], digest)


def test_a_choice_of_columns_comes_in_the_order_asked_for(panel: DailyPanel) -> None:
    chosen = ("rsi_14", "KMID", "rank_value", "VSUMD60")
    whole, some = EVERYTHING.history(panel), Pipeline(chosen).history(panel)
    for name in chosen:
        assert equal(some.column(name), whole.column(name))
    for wrong in (("KMID", "KMID"), ("NO_SUCH",), ()):
        with pytest.raises(BadInput):
            Pipeline(wrong)


def test_a_day_out_of_order_or_of_other_names_is_refused(panel: DailyPanel) -> None:
    pipeline = Pipeline(("KMID",))
    state = pipeline.begin(days_of(panel, 0, 100))
    for wrong in (
        days_of(panel, 99, 100),
        days_of(panel, 100, 102),
        names_of(days_of(panel, 100, 101), [1, 0, *range(2, 12)]),
    ):
        with pytest.raises(BadInput):
            pipeline.advance(state, wrong, 0)


def test_an_answer_can_be_written_into_memory_that_is_there(panel: DailyPanel) -> None:
    pipeline = Pipeline(("KMID", "rsi_14"))
    ready = np.zeros((len(panel.days), 12, 2), dtype=np.float32)
    assert pipeline.history(panel, ready).values is ready
    assert equal(ready, pipeline.history(panel).values)


def test_names_do_not_touch_each_other_but_for_what_compares_them(panel: DailyPanel) -> None:
    own = tuple(c.name for f in FAMILIES if f.name not in ("volatility", "standing", "sectors") for c in f.columns)
    pipeline, some = Pipeline(own), [3, 0, 7, 2]
    whole, part = pipeline.history(panel), pipeline.history(names_of(panel, some))
    assert equal(whole.values[:, some], part.values)


def test_prices_in_another_unit_or_split_give_the_same_features(panel: DailyPanel) -> None:
    pipeline = Pipeline(tuple(n for n in (*ALPHA158, *DISPLAY63) if n != "rank_value"))
    plain = pipeline.history(panel).values
    for by, volume_by in ((10.0, 1.0), (0.5, 1.0), (0.5, 2.0)):
        if volume_by == 1.0:
            told = pipeline.history(scaled(panel, by)).values
        else:
            told = pipeline.history(scaled(panel, by, volume_by)).values
            logs = [
                i for i, name in enumerate(pipeline.columns) if name.startswith(("CORR", "price_volume", "change_v"))
            ]
            # log(volume + 1) knows the number of shares, a little
            np.testing.assert_allclose(told[..., logs], plain[..., logs], atol=0.02)
            told[..., logs] = plain[..., logs]
        np.testing.assert_allclose(told, plain, rtol=1e-4, atol=1e-5)


def test_a_paid_dividend_is_no_fall_and_leaves_traded_value_alone(panel: DailyPanel) -> None:
    factor = np.ones_like(panel.close)
    factor[300:] = 1.04
    paid = replace(
        panel, reinvested=factor, **{f: getattr(panel, f) / factor for f in ("open", "high", "low", "close")}
    )
    pipeline = Pipeline((*ALPHA158, *DISPLAY63[:-1]))
    np.testing.assert_allclose(pipeline.history(paid).values, pipeline.history(panel).values, rtol=1e-4, atol=1e-5)
    state = pipeline.begin(days_of(paid, 0, 400))
    row = replace(days_of(paid, 400, 401), reinvested=None)
    evening = pipeline.advance(state, row, 0)
    np.testing.assert_allclose(evening.values, pipeline.history(panel).values[400], rtol=1e-4, atol=1e-5)
    some = replace(panel, reinvested=np.linspace(1, 3, 12) * np.ones_like(panel.close))
    value = Pipeline(("rank_value",))
    assert equal(value.history(some).values, value.history(panel).values)


def test_what_is_missing_or_only_repeated_is_marked_and_never_filled(panel: DailyPanel) -> None:
    history = EVERYTHING.history(panel)
    absent = np.isnan(panel.close)
    assert np.isnan(history.values[absent]).all()
    assert history.stale[absent].all()
    silent = panel.volume == 0
    assert history.stale[silent].all()
    assert np.isfinite(history.column("KMID")[silent]).all()
    assert not np.isinf(history.values).any()
    old = history.values[-1, 9]
    unknown = [history.columns[i] for i in np.flatnonzero(np.isnan(old))]
    assert not set(unknown) - {"support_distance", "support_touches", "resistance_distance", "resistance_touches"}


def test_a_rest_is_bridged_and_a_long_one_begins_anew(panel: DailyPanel) -> None:
    returns = EVERYTHING.history(panel).column("return_1")
    back = 520 // 2 + 3  # name 0 rested three days, name 2 forty from a quarter on
    assert returns[back, 0] == np.float32(panel.close[back, 0] / panel.close[back - 4, 0] - 1)
    assert np.isnan(returns[520 // 4 + 40, 2])


def test_real_years_come_out_the_same_evening_by_evening(market_data: Path) -> None:
    whole = RecordedMarket(market_data).panel(adjusted=True)
    panel = days_of(names_of(whole, list(range(0, len(whole.instruments), 6))), len(whole.days) - 700, len(whole.days))
    history = EVERYTHING.history(panel)
    for day, evening in evenings(EVERYTHING, panel, 640):
        assert equal(evening.values, history.values[day]), day
    assert not np.isinf(history.values).any()
    assert np.isfinite(history.values[-1]).mean() > 0.8
