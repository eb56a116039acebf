"""The regime: unknown is never neutral, a change has to last, and one close at a time gives what history gives."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cockpit.engine.regime import (
    BANDS,
    advanced,
    begun,
    breadth50,
    regime_of,
    regime_or_weak,
    regimes,
    weak_because,
)
from cockpit.engine.regime_kernel import BULL, NEUTRAL, UNKNOWN, WEAK, Why
from cockpit.errors import Abstained, BadInput
from cockpit.opinions import RegimeState

Floats = NDArray[Any]
FIRST = 63
"""The first day whose weather can be told."""


def made(n: int, seed: int, drift: float = 0.0003) -> tuple[Floats, Floats, Floats]:
    """Answer (closes, breadth, vix) that wander through all weathers."""
    draws = np.random.default_rng(seed)
    swing = 0.002 * np.sin(np.arange(n) / 60)
    closes = 20_000 * np.exp(np.cumsum(drift + swing + draws.normal(0, 0.012, n)))
    breadth = (0.5 + 0.35 * np.sin(np.arange(n) / 45) + draws.normal(0, 0.06, n)).clip(0, 1)
    return closes, breadth, 15 * np.exp(np.cumsum(draws.normal(0, 0.05, n)) * 0.5)


def told(closes: Floats, breadth: Floats, vix: Floats | None, persist: int = 2) -> list[int]:
    """Answer the states as the rules read: slowly, in plain Python and pandas."""
    index = pd.Series(closes)
    over, momentum, fall = (
        index / index.rolling(50, min_periods=45).mean() - 1,
        index / index.shift(63) - 1,
        index.pct_change(fill_method=None),
    )
    high = None if vix is None else pd.Series(vix).rolling(252, min_periods=63).quantile(0.9)
    states, state, asked_for, broad = [], WEAK, [], None
    for day in range(len(closes)):
        known = not np.isnan([over[day], momentum[day], fall[day], breadth[day]]).any()
        if not known:
            state, asked_for, broad = WEAK, [], None
            states.append(UNKNOWN)
            continue
        broad = breadth[day] > (0.5 if broad is None else 0.45 if broad else 0.55)
        score = int(over[day] > 1e-12) + int(momentum[day] > 0) + int(broad)
        asked = {3: BULL, 2: NEUTRAL}.get(score, WEAK)
        asked_for = [*asked_for, asked] if asked != state else []
        is_stress = fall[day] <= -0.03 or (high is not None and vix is not None and not vix[day] <= high[day])
        need = 1 if asked == WEAK and is_stress else persist
        if len(asked_for) >= need and set(asked_for[-need:]) == {asked}:
            state, asked_for = asked, []
        states.append(state)
    return states


@pytest.mark.parametrize("seed", range(4))
def test_the_walk_follows_the_rules_as_they_read(seed: int) -> None:
    closes, breadth, vix = made(700, seed)
    if seed == 3:
        closes[200], breadth[400], vix[450] = np.nan, np.nan, np.nan
    for watched in (vix, None):
        for persist in (1, 2, 3):
            found = regimes(closes, breadth, watched, persist)["state"]
            assert found.tolist() == told(closes, breadth, watched, persist)
    assert set(regimes(closes, breadth, vix)["state"]) >= {BULL, NEUTRAL, WEAK}


@pytest.mark.parametrize("cut", [1, 64, 65, 300, 499])
def test_one_close_at_a_time_gives_bit_for_bit_what_all_at_once_gives(cut: int) -> None:
    closes, breadth, vix = made(500, 7)
    breadth[350] = np.nan
    whole = regimes(closes, breadth, vix)
    first, kept = advanced(begun(), closes[:cut], breadth[:cut], vix[:cut])
    before = kept.copy()
    rows = [first]
    for day in range(cut, 500):
        row, kept = advanced(kept, closes[day : day + 1], breadth[day : day + 1], vix[day : day + 1])
        rows.append(row)
    assert np.concatenate(rows).tobytes() == whole.tobytes()
    advanced(before, closes[:9], breadth[:9], vix[:9])
    assert before.tobytes() == advanced(begun(), closes[:cut], breadth[:cut], vix[:cut])[1].tobytes()


def test_what_comes_later_changes_no_bit_of_earlier_weather() -> None:
    closes, breadth, vix = made(400, 5)
    whole = regimes(closes, breadth, vix)
    for n in (64, 100, 251, 399):
        assert regimes(closes[:n], breadth[:n], vix[:n]).tobytes() == whole[:n].tobytes()
    poisoned = closes.copy()
    poisoned[300:] *= np.random.default_rng(0).random(100)
    assert regimes(poisoned, breadth, vix)[:300].tobytes() == whole[:300].tobytes()


def weather_of(letters: str, persist: int = 2) -> str:
    """Play raw states given as letters, after the warm-up, and answer the states that were settled on."""
    levels = [99.5 if letter == "W" else 100.5 for letter in letters]  # both answers of the index turn around 100
    closes = np.append(np.full(FIRST, 100.0), levels)
    breadth = np.append(np.full(FIRST, 0.1), [0.9 if letter == "B" else 0.1 for letter in letters])
    states = regimes(closes, breadth, None, persist)["state"][FIRST:]
    return "".join({WEAK: "W", NEUTRAL: "N", BULL: "B"}[int(state)] for state in states)


def test_a_change_has_to_last_two_closes() -> None:
    assert weather_of("NNBNBB") == "WNNNNB"
    assert weather_of("NNBNBB", persist=1) == "NNBNBB"
    assert weather_of("NNBNBBB", persist=3) == "WWWWWWB"
    assert weather_of("NNBWBWBB") == "WNNNNNNB"


def fall_into_weakness(drop: float, vix_last: float | None = None) -> int:
    """Answer the state on the first weak close after a bull market, that close having fallen by `drop`."""
    closes = np.append(100 * 1.0005 ** np.arange(300), np.nan)
    closes[-1] = closes[-2] * (1 - drop)
    breadth = np.append(np.full(300, 0.9), 0.1)
    vix = None if vix_last is None else np.append(15 + np.arange(300) % 7, vix_last)
    return int(regimes(closes, breadth, vix)["state"][-1])


def test_stress_lets_weakness_in_on_one_close() -> None:
    assert fall_into_weakness(0.0299) == BULL
    assert fall_into_weakness(0.0301) == WEAK
    assert fall_into_weakness(0.0299, vix_last=20.9) == BULL
    assert fall_into_weakness(0.0299, vix_last=21.1) == WEAK


def test_an_unknown_volatility_index_lets_weakness_in_as_stress_would_and_refuses_nothing() -> None:
    assert fall_into_weakness(0.0299, vix_last=np.nan) == WEAK
    closes, breadth = 100 * 1.001 ** np.arange(120), np.full(120, 0.9)
    vix = np.full(120, 15.0)
    vix[-1] = np.nan
    last = regimes(closes, breadth, vix)[-1]
    assert (last["state"], last["stress"]) == (BULL, 1)
    assert "vix" not in dict(regime_of(last, 9).evidence)
    assert regimes(closes, breadth, vix)["stress"][-2] == 0


def test_breadth_holds_its_answer_between_its_two_limits() -> None:
    n = 120
    closes = 100 * 1.001 ** np.arange(n)
    breadth = np.full(n, 0.6)
    breadth[80:] = 0.46
    assert regimes(closes, breadth)["state"][-1] == BULL
    breadth[100:] = 0.44
    assert regimes(closes, breadth)["state"][-1] == NEUTRAL
    breadth[110:] = 0.54
    assert regimes(closes, breadth)["state"][-1] == NEUTRAL
    breadth[115:] = 0.56
    assert regimes(closes, breadth)["state"][-1] == BULL


def switches(states: Floats) -> int:
    known = np.append(WEAK, states[states != UNKNOWN])  # WEAK is what it was before the first was known
    return int((known[1:] != known[:-1]).sum())


@given(st.integers(0, 10_000))
def test_patience_never_makes_more_switches(seed: int) -> None:
    closes, breadth, vix = made(400, seed)
    counts = [switches(regimes(closes, breadth, vix, persist)["state"]) for persist in (1, 2, 3, 5, 8)]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("level", [100.0, 0.1, 17_234.35])
def test_a_market_that_stands_still_never_switches(level: float) -> None:
    for breadth in (0.5, 0.46, 0.3):
        assert switches(regimes(np.full(300, level), np.full(300, breadth))["state"]) == 0


@pytest.mark.parametrize(
    ("spoil", "why", "said"),
    [
        (lambda c, b, v: b.__setitem__(-1, np.nan), Why.BREADTH, "share of names"),
        (lambda c, b, v: b.__setitem__(-1, 1.2), Why.BREADTH, "share of names"),
        (lambda c, b, v: c.__setitem__(-1, np.nan), Why.INDEX, "close of the index is missing"),
        (lambda c, b, v: c.__setitem__(-2, np.nan), Why.INDEX, "the day before"),
        (lambda c, b, v: c.__setitem__(-64, np.nan), Why.INDEX, "63 sessions ago"),
        (lambda c, b, v: c.__setitem__(slice(-20, -14), np.nan), Why.INDEX, "more than 5 of 50"),
        (lambda c, b, v: c.__setitem__(-1, 0.0), Why.INDEX, "close of the index is missing"),
    ],
)
def test_what_is_not_known_is_refused_and_a_refusal_is_weak_and_never_neutral(spoil: Any, why: Why, said: str) -> None:
    closes, breadth, vix = made(300, 1, drift=0.003)
    spoil(closes, breadth, vix)
    last = regimes(closes, breadth, vix)[-1]
    assert (last["state"], last["held"], last["why"]) == (UNKNOWN, 0, why)
    with pytest.raises(Abstained, match=said):
        regime_of(last, 9)
    weak = regime_or_weak(last, 9)
    assert (weak.state, weak.days_held, weak.band_high) == (RegimeState.WEAK, 0, 0.40)
    assert said in weak.reason


def test_a_hole_in_the_index_costs_the_days_that_need_it_and_is_told_on_those_that_do_not() -> None:
    closes, breadth = 100 * 1.001 ** np.arange(200), np.full(200, 0.9)
    closes[100] = np.nan
    rows = regimes(closes, breadth)
    assert np.flatnonzero(rows["why"] == Why.INDEX).tolist() == [100, 101, 163]
    assert dict(regime_of(rows[120], 9).evidence)["sma_closes"] == 49
    assert "sma_closes" not in dict(regime_of(rows[199], 9).evidence)


def test_before_64_closes_nothing_is_known() -> None:
    closes, breadth, _ = made(70, 1)
    rows = regimes(closes, breadth)
    assert set(rows["why"][:FIRST]) == {Why.YOUNG}
    assert set(rows["why"][FIRST:]) == {Why.KNOWN}


def test_after_an_unknown_day_better_weather_has_to_be_proven_again() -> None:
    closes, breadth = 100 * 1.001 ** np.arange(120), np.full(120, 0.9)
    breadth[100] = np.nan
    assert regimes(closes, breadth)["state"][98:104].tolist() == [BULL, BULL, UNKNOWN, WEAK, BULL, BULL]
    assert regimes(closes, breadth)["held"][98:104].tolist() == [35, 36, 0, 1, 1, 2]


def test_a_regime_carries_its_band_its_age_and_its_evidence() -> None:
    closes, breadth, vix = 100 * 1.001 ** np.arange(300), np.full(300, 0.8), 15 + np.arange(300) % 5
    row = regimes(closes, breadth, vix)[-1]
    regime = regime_of(row, 9)
    assert (regime.state, regime.as_of) == (RegimeState.BULL, 9)
    assert (regime.band_low, regime.band_high) == BANDS[RegimeState.BULL] == (0.65, 0.85)
    evidence = dict(regime.evidence)
    assert evidence["score"] == 3
    assert evidence["momentum"] == closes[-1] / closes[-64] - 1
    assert evidence["vix"] == vix[-1]
    assert regime.days_held == row["held"] > 0
    assert regime.reason == ""
    assert "vix" not in dict(regime_of(regimes(closes, breadth)[-1], 9).evidence)
    assert regime_or_weak(row, 9) == regime
    assert weak_because("the scan has not run", 9).reason == "the scan has not run"


def test_history_that_does_not_fit_together_is_refused() -> None:
    closes, breadth, vix = made(100, 1)
    for misfit in ((closes[1:], breadth, vix), (closes, breadth, vix[1:])):
        with pytest.raises(BadInput):
            regimes(*misfit)
    with pytest.raises(BadInput, match="persist 0"):
        regimes(closes, breadth, vix, 0)


def test_breadth_is_the_share_of_names_above_their_own_mean() -> None:
    draws = np.random.default_rng(2)
    closes = 100 * np.exp(np.cumsum(draws.normal(0, 0.02, (120, 80)), axis=0))
    closes[:90, 3] = np.nan  # listed late: no fifty closes yet
    closes[70, 4] = np.nan
    means = pd.DataFrame(closes).rolling(50).mean().to_numpy()
    known = ~np.isnan(means) & ~np.isnan(closes)
    expected = np.where(
        known.sum(axis=1) >= 30, (closes > means).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan
    )
    found = breadth50(closes)
    np.testing.assert_allclose(found, expected)
    assert found[:100].tobytes() == breadth50(closes[:100]).tobytes()
    assert found[-1:].tobytes() == breadth50(closes[-50:])[-1:].tobytes()


def test_breadth_over_too_few_names_is_not_known() -> None:
    closes = 100 * 1.001 ** np.arange(60)[:, None] * np.ones((60, 100))
    assert breadth50(closes)[-1] == 1
    assert np.isnan(breadth50(closes[:, :29])[-1])
    closes[:20, 41:] = np.nan  # most names are too young
    assert np.isnan(breadth50(closes)[-1])


def test_the_real_market_has_all_weathers_and_was_weak_in_march_2020(market_data: Path) -> None:
    index = pd.read_parquet(market_data / "index_daily.parquet")
    nifty = index[index["symbol"].astype(str).isin(["NIFTY 50", "NIFTY50", "^NSEI", "NIFTY"])].sort_values("date")
    closes = nifty["close"].to_numpy("f8")
    days = pd.to_datetime(nifty["date"]).dt.date.to_numpy()
    assert len(closes) > 1000
    states = regimes(closes, np.full(len(closes), 0.6))["state"]
    held = states[(days >= date(2020, 3, 10)) & (days <= date(2020, 4, 15))]
    assert len(held) > 15
    assert set(held) == {WEAK}
    assert {WEAK, BULL} <= set(states)
    assert switches(states) / (len(closes) / 248) < 30
