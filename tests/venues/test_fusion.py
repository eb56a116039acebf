"""One data layer: the best source that answers in time, its holes filled, every fallback told, nothing made up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from cockpit.clock import WallClock
from cockpit.errors import Abstained, BadInput, CalendarExpired, TokenExpired
from cockpit.evidence import ACTION, TABLES, Evidence, Flaw, Headline, Missing, Origin, Rows, Sourced, rows_of
from cockpit.venues.fusion import Fusion
from cockpit.venues.gaps import on_days
from cockpit.venues.sources import DELIVERY, HEADLINES, PRICES, SURVEILLANCE, Ask, Source
from tests.venues.scripted_source import (
    CALENDAR,
    NAMES,
    SESSION,
    ScriptedSource,
    bars,
    prices,
    table,
    without,
)

HOLE = "2026-07-15"


class MemoryCabinet:
    """Keeps tables for the length of a test."""

    def __init__(self) -> None:
        self.kept: dict[str, Sourced[Rows]] = {}

    def keep(self, name: str, rows: Rows, origin: Origin) -> None:
        self.kept[name] = Sourced(rows.copy(), origin)

    def find(self, name: str, dtype: np.dtype[Any]) -> Sourced[Rows] | None:
        found = self.kept.get(name)
        return found and replace(found, origin=replace(found.origin, fallback="kept since 9.0 h ago"))


def fusion(*sources: Source, **more: Any) -> Fusion:
    return Fusion(sources, CALENDAR, more.pop("clock", WallClock()), history_days=120, **more)


async def evening(*sources: Source, **more: Any) -> Evidence:
    return await fusion(*sources, **more).evidence(SESSION, NAMES)


def told(evidence: Evidence) -> set[tuple[Flaw, str, date]]:
    return {(f.flaw, f.symbol, f.first) for f in evidence.findings}


async def test_the_first_source_answers_and_what_nobody_supplies_is_missing_by_name() -> None:
    other = prices("Yahoo")
    evidence = await evening(prices(), other)
    assert evidence.prices.origin.source == "Kite"
    assert evidence.prices.origin.fallback == ""
    assert evidence.findings == ()
    assert other.asked == []
    assert {m.what for m in evidence.missing()} == {*TABLES, HEADLINES, SURVEILLANCE}
    assert all(m.reason == "no source supplies it" for m in evidence.missing())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (TokenExpired("log in"), "Kite: log in"),
        (BadInput("no such folder"), "no such folder"),
        (ZeroDivisionError("a bug of theirs"), "Kite: ZeroDivisionError: a bug of theirs"),
        (np.zeros(0, dtype=bars(Ask(SESSION, 0, SESSION, NAMES)).dtype), "empty answer"),
        (np.zeros(3), "float64 answered"),
        ("nonsense", "str answered"),
        (None, "NoneType answered"),
    ],
)
async def test_a_source_that_fails_or_answers_with_nothing_gives_way_and_the_reason_is_told(
    fault: Any, words: str
) -> None:
    broken = ScriptedSource("Kite", {PRICES: lambda ask: fault})
    evidence = await evening(broken, prices("Yahoo"))
    assert evidence.prices.origin.source == "Yahoo"
    assert words in evidence.prices.origin.fallback


async def test_prices_without_one_close_are_silence_not_an_answer() -> None:
    def empty(ask: Ask) -> Rows:
        rows = bars(ask)
        rows["close"] = np.nan
        return rows

    evidence = await evening(ScriptedSource("Kite", {PRICES: empty}), prices("Yahoo"))
    assert "not one close" in evidence.prices.origin.fallback


async def test_when_nobody_has_prices_there_is_no_evening() -> None:
    with pytest.raises(Abstained, match=r"nobody has prices .*Kite: log in.*Yahoo: empty handed"):
        await evening(
            ScriptedSource("Kite", {PRICES: lambda ask: TokenExpired("log in")}),
            ScriptedSource("Yahoo", {PRICES: lambda ask: BadInput("empty handed")}),
        )
    with pytest.raises(Abstained, match="no source supplies them"):
        await evening()


async def test_a_table_falls_back_in_order_and_one_that_nobody_has_carries_every_reason() -> None:
    one = ScriptedSource("NSE", {"deals": lambda ask: BadInput("no bulk.csv"), "flows": lambda ask: BadInput("none")})
    two = ScriptedSource("Yahoo", {"deals": lambda ask: table("deals", 3), "flows": lambda ask: BadInput("nor here")})
    evidence = await evening(prices(), one, two)
    assert isinstance(evidence.deals, Sourced)
    assert len(evidence.deals.value) == 3
    assert evidence.deals.origin == Origin("Yahoo", 1, evidence.as_of, "NSE: no bulk.csv")
    assert evidence.flows == Missing("flows", "NSE: none; Yahoo: nor here")


async def test_nothing_that_came_out_later_than_the_evening_is_in_it() -> None:
    late = 4_000_000_000_000_000_000
    rows = np.concatenate([table("deals", 2, visible=5), table("deals", 1, visible=late)])
    lines = (Headline(5, 101, "said", "x"), Headline(late, 101, "to be said", "x"))
    source = ScriptedSource(
        "NSE", {"deals": lambda ask: rows, HEADLINES: lambda ask: lines, SURVEILLANCE: lambda ask: {}}
    )
    evidence = await evening(prices(), source)
    assert len(rows_of(evidence.deals)) == 2
    assert isinstance(evidence.headlines, Sourced)
    assert [h.text for h in evidence.headlines.value] == ["said"]
    assert isinstance(evidence.surveillance, Sourced)


# -- holes and contradictions -----------------------------------------------------------------------------------------


def holed(ask: Ask) -> Rows:
    rows = without(bars(ask), 103, HOLE, "2026-07-16")
    return rows[rows["token"] != 105]


async def test_holes_are_filled_from_the_next_source_asked_for_those_names_only_and_told() -> None:
    other = prices("Yahoo")
    evidence = await evening(ScriptedSource("Kite", {PRICES: holed}), other)
    assert [[i.symbol for i in ask.instruments] for _, ask in other.asked] == [["NAME3", "NAME5"]]
    assert told(evidence) == {(Flaw.FILLED, "NAME3", date(2026, 7, 15)), (Flaw.FILLED, "NAME5", date(2026, 4, 2))}
    words = {f.symbol: (f.last, f.words) for f in evidence.findings}
    assert words["NAME3"] == (date(2026, 7, 16), "2 sessions from Yahoo")
    panel = evidence.prices.value
    whole = (await evening(prices())).prices.value
    np.testing.assert_array_equal(panel.close, whole.close)
    assert evidence.prices.origin.source == "Kite"


async def test_a_hole_that_nobody_can_fill_stays_a_hole_and_is_named() -> None:
    everywhere: Callable[[Ask], Rows] = lambda ask: without(bars(ask), 103, HOLE)  # noqa: E731
    evidence = await evening(
        ScriptedSource("Kite", {PRICES: everywhere}), ScriptedSource("Yahoo", {PRICES: everywhere})
    )
    assert told(evidence) == {(Flaw.MISSING_BARS, "NAME3", date(2026, 7, 15))}
    row = evidence.prices.value.days.tolist().index(date(2026, 7, 15))
    assert np.isnan(evidence.prices.value.close[row, 2])


async def test_only_sessions_are_filled_and_a_name_before_its_first_bar_has_no_hole() -> None:
    def young(ask: Ask) -> Rows:
        rows = without(bars(ask), 103, HOLE)
        return rows[(rows["token"] != 104) | (rows["day"] >= np.datetime64("2026-06-01"))]

    def with_a_sunday(ask: Ask) -> Rows:
        rows = bars(ask)
        sunday = rows[rows["day"] == np.datetime64("2026-07-17")].copy()
        sunday["day"] = np.datetime64("2026-07-19")
        return np.concatenate([rows, sunday])

    evidence = await evening(ScriptedSource("Kite", {PRICES: young}), ScriptedSource("Yahoo", {PRICES: with_a_sunday}))
    panel = evidence.prices.value
    assert np.datetime64("2026-07-19") not in panel.days
    assert told(evidence) == {(Flaw.FILLED, "NAME3", date(2026, 7, 15))}
    assert np.isnan(panel.close[panel.days < np.datetime64("2026-06-01"), 3]).all()


def off_by(token: int, day: str | None, factor: float) -> Callable[[Ask], Rows]:
    def answered(ask: Ask) -> Rows:
        rows = bars(ask)
        chosen = rows["token"] == token
        if day is not None:
            chosen &= rows["day"] == np.datetime64(day)
        for field in ("open", "high", "low", "close"):
            rows[field][chosen] *= factor
        return rows

    return answered


async def test_sources_that_contradict_each_other_are_told_and_never_averaged() -> None:
    first = ScriptedSource("Kite", {PRICES: holed})
    evidence = await evening(first, ScriptedSource("Yahoo", {PRICES: off_by(103, "2026-07-20", 1.02)}))
    (finding,) = (f for f in evidence.findings if f.flaw is Flaw.CONTRADICTED)
    assert (finding.symbol, finding.first) == ("NAME3", date(2026, 7, 20))
    assert "in Kite" in finding.words
    assert "in Yahoo" in finding.words
    assert (Flaw.FILLED, "NAME3", date(2026, 7, 15)) in told(evidence)
    whole = (await evening(prices())).prices.value
    np.testing.assert_array_equal(evidence.prices.value.close, whole.close)


@pytest.mark.parametrize("factor", [0.01, 100.0, 2.0, 1.02])
async def test_a_source_on_another_footing_fills_nothing(factor: float) -> None:
    first = ScriptedSource("Kite", {PRICES: lambda ask: without(bars(ask), 103, HOLE)})
    evidence = await evening(first, ScriptedSource("Yahoo", {PRICES: off_by(103, None, factor)}))
    assert {f for f, _, _ in told(evidence)} == {Flaw.CONTRADICTED, Flaw.MISSING_BARS}
    assert f"usually {factor:g} times as much" in str([f.words for f in evidence.findings])


async def test_a_difference_within_half_a_percent_is_no_contradiction() -> None:
    first = ScriptedSource("Kite", {PRICES: lambda ask: without(bars(ask), 103, HOLE)})
    evidence = await evening(first, ScriptedSource("Yahoo", {PRICES: off_by(103, "2026-07-20", 1.004)}))
    assert {f for f, _, _ in told(evidence)} == {Flaw.FILLED}


async def test_delivery_of_another_source_joins_the_prices() -> None:
    def shares(ask: Ask) -> Rows:
        rows = bars(ask)
        rows["delivery"] = np.where(rows["token"] == 101, np.nan, 0.4)
        return rows[rows["day"] >= np.datetime64("2026-07-01")]

    evidence = await evening(prices(), ScriptedSource("NSE", {DELIVERY: shares}))
    panel = evidence.prices.value
    late = panel.days >= np.datetime64("2026-07-01")
    assert (panel.delivery[late, 1:] == 0.4).all()
    assert np.isnan(panel.delivery[~late]).all()
    assert np.isnan(panel.delivery[:, 0]).all()


# -- the gate ---------------------------------------------------------------------------------------------------------


async def test_the_evening_has_passed_the_gate_and_names_who_may_not_be_scored() -> None:
    def split(ask: Ask) -> Rows:
        rows = bars(ask)
        before = (rows["token"] == 103) & (rows["day"] < np.datetime64(HOLE))
        also = (rows["token"] == 104) & (rows["day"] < np.datetime64(HOLE))
        for field in ("open", "high", "low", "close"):
            rows[field][before | also] *= 2
        return rows

    known: Rows = np.zeros(1, dtype=ACTION)
    known["token"], known["ex_day"], known["shares"], known["visible"] = 104, np.datetime64(HOLE), 2, 1
    evidence = await evening(ScriptedSource("Kite", {PRICES: split, "actions": lambda ask: known}))
    assert told(evidence) == {
        (Flaw.UNEXPLAINED_JUMP, "NAME3", date(2026, 7, 15)), (Flaw.ADJUSTED, "NAME4", date(2026, 7, 15))
    }  # fmt: skip
    assert set(evidence.unfit) == {"NAME3"}
    assert evidence.known(date(2026, 7, 1), evidence.as_of).unfit == {}


async def test_too_many_stale_names_refuse_the_evening_by_name() -> None:
    def stale(ask: Ask) -> Rows:
        rows = bars(ask)
        for token in (101, 102):
            rows = without(rows, token, str(SESSION))
        return rows

    with pytest.raises(Abstained, match=r"2 of 60 names are stale .*NAME1, NAME2"):
        await evening(ScriptedSource("Kite", {PRICES: stale}))
    filled = await evening(ScriptedSource("Kite", {PRICES: stale}), prices("Yahoo"))
    assert filled.unfit == {}


async def test_a_day_the_calendar_does_not_know_is_an_error_not_a_holiday() -> None:
    with pytest.raises(CalendarExpired):
        await fusion(prices()).evidence(date(2031, 1, 2), NAMES)


# -- what was kept ----------------------------------------------------------------------------------------------------


async def test_what_was_kept_serves_when_nobody_answers_and_says_that_it_was_kept() -> None:
    cabinet = MemoryCabinet()
    source = ScriptedSource("Kite", {PRICES: bars, "deals": lambda ask: table("deals", 2)})
    fresh = await evening(source, cabinet=cabinet)
    assert isinstance(fresh.deals, Sourced)
    assert "kept" not in fresh.deals.origin.fallback + fresh.prices.origin.fallback
    dead = ScriptedSource("Kite", {PRICES: lambda ask: TokenExpired("log in"), "deals": lambda ask: BadInput("no")})
    kept = await evening(dead, cabinet=cabinet)
    assert kept.prices.origin.fallback == "Kite: log in; kept since 9.0 h ago"
    assert isinstance(kept.deals, Sourced)
    assert kept.deals.origin.fallback == "Kite: no; kept since 9.0 h ago"
    np.testing.assert_array_equal(kept.prices.value.close, fresh.prices.value.close)


async def test_half_an_answer_is_completed_from_what_was_kept_and_does_not_replace_it() -> None:
    cabinet = MemoryCabinet()
    await evening(prices(), cabinet=cabinet)
    n_kept = len(cabinet.kept[PRICES].value)

    def half(ask: Ask) -> Rows:
        return bars(ask, names=NAMES[:30])

    evidence = await evening(ScriptedSource("Kite", {PRICES: half}), cabinet=cabinet)
    assert len(cabinet.kept[PRICES].value) == n_kept
    assert {f.flaw for f in evidence.findings} == {Flaw.FILLED}
    assert not np.isnan(evidence.prices.value.close).any()


async def test_kept_prices_of_yesterday_are_not_tonights() -> None:
    cabinet = MemoryCabinet()

    def yesterday(ask: Ask) -> Rows:
        rows = bars(ask)
        return rows[rows["day"] < np.datetime64(SESSION)]

    await fusion(prices(), cabinet=cabinet).evidence(date(2026, 7, 30), NAMES)
    with pytest.raises(Abstained, match=r"newest session in Kite is 2026-07-30; 2026-07-31 was asked"):
        await evening(ScriptedSource("Kite", {PRICES: yesterday}), cabinet=cabinet)


def test_a_panel_put_on_other_days_keeps_what_is_on_both() -> None:
    days = np.array(["2026-07-30", "2026-07-31"], dtype="M8[D]")
    panel = asyncio.run(evening(prices())).prices.value
    moved = on_days(panel, np.append(days, np.datetime64("2026-08-03")))
    np.testing.assert_array_equal(moved.close[:2], panel.close[-2:])
    assert np.isnan(moved.close[2]).all()
