"""The evening's watchlist: verdicts decide the order, filters come first, and silence is never a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from cockpit.brains.watchlist import Basis, watchlisted
from cockpit.brains.weighing.ensemble import Judgement, judge
from cockpit.brains.weighing.weights import cold_start
from cockpit.errors import Abstained, WeightsUnavailable
from cockpit.evidence import ACTION, Evidence, Missing, Origin, Sourced
from cockpit.market import DailyPanel
from cockpit.opinions import Abstain, Regime, RegimeState, Score, View, Weights
from cockpit.settings import ScanSettings
from tests.engine.made_panels import made_panel

DAY = date(2026, 7, 31)
AS_OF = 1_000
N_NAMES, N_DAYS = 90, 300
BRAINS = ("quantitative", "technical")
SETTINGS = ScanSettings()
BASIS = Basis(
    Regime(RegimeState.NEUTRAL, AS_OF, 4, 0.5, 0.75, (("score", 2.0),)),
    0.6,
    "w1",
    (("technical", "m1"),),
    (("sentiment", "no headlines"),),
)


def panel() -> DailyPanel:
    steps = np.random.default_rng(5).normal(0, 0.01, (N_DAYS, N_NAMES)).clip(-0.1, 0.1)
    return made_panel(500 * np.exp(np.cumsum(steps, axis=0)), DAY)


def evidence(prices: DailyPanel, **tables: object) -> Evidence:
    names = ("index", "filings", "surprises", "ownership", "deals", "flows", "positioning", "actions")
    missing = {name: Missing(name, "not made") for name in (*names, "headlines", "surveillance")}
    made = Sourced(prices, Origin("made", AS_OF, AS_OF))
    return Evidence(session=DAY, as_of=AS_OF, prices=made, **{**missing, **tables})  # type: ignore[arg-type]


def weights() -> Weights:
    return cold_start(BRAINS, DAY, AS_OF, "a test", "a first evening of two brains")


def judged(prices: DailyPanel, silent: Sequence[int] = ()) -> list[Judgement]:
    """Let both brains say more of later names, and nothing of the `silent` ones."""
    tokens = [i.token for i in prices.instruments]
    views: dict[str, list[View]] = {}
    for brain in BRAINS:
        views[brain] = [
            Abstain(brain, token, AS_OF, "its features are stale")
            if place in silent
            else Score(brain, token, AS_OF, 0.4 + 0.2 * place / len(tokens), 0.5, (("RSV5", 0.02), ("KLEN", -0.01)))
            for place, token in enumerate(tokens)
        ]
    return judge(tokens, AS_OF, views, weights())


def test_the_best_verdicts_are_picked_in_order_with_brains_confidence_and_reason() -> None:
    prices = panel()
    scan = watchlisted(evidence(prices), judged(prices), BASIS, SETTINGS)
    assert len(scan.picks) == SETTINGS.watch_high
    assert [p.symbol for p in scan.picks[:3]] == [i.symbol for i in prices.instruments[::-1][:3]]
    assert [p.score for p in scan.picks] == sorted((p.score for p in scan.picks), reverse=True)
    first = scan.picks[0]
    assert dict(first.parts) == pytest.approx(dict.fromkeys(BRAINS, first.score))
    assert first.confidence == pytest.approx(0.5)
    assert "RSV5 +0.020" in first.reason
    assert "KLEN" not in first.reason  # what pulls it down is no reason to pick it
    assert (scan.regime, scan.exposure, scan.weights) == (BASIS.regime, 0.6, "w1")
    assert scan.silent == (("sentiment", "no headlines"),)


def test_a_name_without_a_verdict_falls_out_with_the_reason_and_has_no_score() -> None:
    prices = panel()
    scan = watchlisted(evidence(prices), judged(prices, silent=[N_NAMES - 1]), BASIS, SETTINGS)
    gone = {d.symbol: (d.filter, d.reason) for d in scan.dropped}
    assert gone[prices.instruments[-1].symbol][0] == "verdict"
    assert "quantitative, technical" in gone[prices.instruments[-1].symbol][1]
    assert len(scan.picks) + len(scan.dropped) == N_NAMES


def test_without_weights_there_is_no_watchlist() -> None:
    prices = panel()
    tokens = [i.token for i in prices.instruments]
    nothing = judge(tokens, AS_OF, {}, WeightsUnavailable("no snapshot of weights was ever stored"))
    with pytest.raises(Abstained, match="0 names passed all filters with a verdict"):
        watchlisted(evidence(prices), nothing, BASIS, SETTINGS)


def test_filters_come_before_verdicts() -> None:
    prices = panel()
    prices.volume[:, -1] = 10.0  # the best verdict of all, and nobody trades it
    scan = watchlisted(evidence(prices), judged(prices), BASIS, SETTINGS)
    assert prices.instruments[-1].symbol not in {p.symbol for p in scan.picks}
    assert {d.symbol: d.filter for d in scan.dropped}[prices.instruments[-1].symbol] == "liquidity"


def test_a_split_that_is_known_explains_its_jump() -> None:
    prices = panel()
    prices.close[-10:, 3] /= 4
    plain = watchlisted(evidence(prices), judged(prices), BASIS, SETTINGS)
    assert {d.symbol: d.filter for d in plain.dropped}[prices.instruments[3].symbol] == "split"
    action = np.zeros(1, ACTION)
    action["token"], action["shares"] = prices.instruments[3].token, 4.0
    action["ex_day"] = prices.days[-10]
    known = evidence(prices, actions=Sourced(action, Origin("made", AS_OF, AS_OF)))
    told = watchlisted(known, judged(prices), BASIS, SETTINGS)
    assert {d.symbol: d.filter for d in told.dropped}.get(prices.instruments[3].symbol) != "split"


def test_an_evening_the_prices_do_not_reach_is_refused() -> None:
    prices = panel()
    late = replace(evidence(prices), session=date(2026, 8, 3))
    with pytest.raises(Abstained, match="2026-08-03 was asked for"):
        watchlisted(late, judged(prices), BASIS, SETTINGS)
