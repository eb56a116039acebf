"""The door to Yahoo: the vendor's silences and slownesses become named errors, and nothing is known too early."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date, time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cockpit.clock import TapeClock, instant
from cockpit.errors import BadInput, RateLimited
from cockpit.evidence import ITEMS, Flaw
from cockpit.venues.sources import PRICES, Ask
from cockpit.venues.yahoo import Yahoo
from tests.venues.scripted_source import NAMES, SESSION, ScriptedSource, bars, without
from tests.venues.test_fusion import HOLE, evening

NOW = instant(SESSION, time(20, 30))
ASK = Ask(SESSION, instant(SESSION, time(20)), date(2026, 6, 1), NAMES[:3])


class YFRateLimitError(Exception):
    """Named as the vendor names it."""


class YFPricesMissingError(Exception):
    """Named as the vendor names it."""


def frame(close: float = 100.0, *, days: tuple[str, ...] = ("2026-07-30", "2026-07-31"), **columns: Any) -> Any:
    index = pd.DatetimeIndex(list(days)).tz_localize("Asia/Kolkata")
    made = {"Open": close, "High": close + 1, "Low": close - 1, "Close": close, "Adj Close": close / 2, "Volume": 1000}
    return pd.DataFrame({name: columns.get(name, value) for name, value in made.items()}, index=index)


@dataclass
class FakeYahoo:
    """The vendor's module as the door uses it: by symbol a frame, an error to raise, or an event to wait for."""

    answers: dict[str, Any]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def Ticker(self, symbol: str) -> Any:
        answer = self.answers.get(symbol, self.answers.get("*"))

        def history(**how: Any) -> Any:
            self.asked.append((symbol, how))
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, threading.Event):
                answer.wait(60)
            return answer

        parts = answer if isinstance(answer, dict) else {}
        return SimpleNamespace(history=history, **parts)


def door(answers: dict[str, Any], **more: Any) -> tuple[Yahoo, FakeYahoo]:
    module = FakeYahoo(answers)
    return Yahoo(TapeClock(NOW), module=module, **more), module


async def test_prices_come_split_adjusted_with_dividends_apart_and_errors_raised() -> None:
    yahoo, module = door({"*": frame()})
    answer = await yahoo.fetch(PRICES, ASK)
    assert {symbol for symbol, _ in module.asked} == {"NAME1.NS", "NAME2.NS", "NAME3.NS"}
    how = module.asked[0][1]
    assert (how["auto_adjust"], how["raise_errors"], how["start"], how["end"]) == (
        False,
        True,
        "2026-06-01",
        "2026-08-01",
    )
    assert len(answer.value) == 6
    assert set(answer.value["close"].tolist()) == {100.0}
    assert set(answer.value["reinvested"].tolist()) == {0.5}
    assert sorted({str(d) for d in answer.value["day"]}) == ["2026-07-30", "2026-07-31"]
    assert answer.origin.fallback == ""


async def test_a_day_is_the_indian_day_and_a_row_without_volume_is_no_bar() -> None:
    told = frame(Volume=np.array([0, 1000]))
    told.index = told.index.tz_convert("UTC")  # midnight in India is the evening before there
    answer = await door({"*": told})[0].fetch(PRICES, ASK)
    assert {str(d) for d in answer.value["day"]} == {"2026-07-31"}


async def test_empty_frames_and_missing_names_are_named_and_the_others_are_answered() -> None:
    yahoo, _ = door({"NAME1.NS": frame().iloc[:0], "NAME2.NS": YFPricesMissingError("delisted?"), "*": frame()})
    answer = await yahoo.fetch(PRICES, ASK)
    assert set(answer.value["token"].tolist()) == {103}
    assert "2 names without an answer" in answer.origin.fallback
    assert "NAME1.NS: an empty frame" in answer.origin.fallback
    assert "delisted?" in answer.origin.fallback


async def test_when_no_name_is_answered_that_is_an_error() -> None:
    with pytest.raises(BadInput, match=r"no name was answered: .*empty frame"):
        await door({"*": None})[0].fetch(PRICES, ASK)
    with pytest.raises(BadInput, match="no column 'Close'"):
        await door({"*": frame().drop(columns="Close")})[0].fetch(PRICES, ASK)


async def test_too_many_requests_are_said_to_be_that_and_nobody_else_is_asked() -> None:
    yahoo, module = door({"*": YFRateLimitError("Too Many Requests")})
    with pytest.raises(RateLimited, match="Too Many Requests"):
        await yahoo.fetch(PRICES, Ask(SESSION, ASK.as_of, ASK.first, NAMES))
    assert len(module.asked) <= 4


async def test_a_name_that_hangs_costs_its_own_deadline_and_a_vendor_that_hangs_is_given_up() -> None:
    hang = threading.Event()
    yahoo, _ = door({"NAME2.NS": hang, "*": frame()}, call_s=0.1)
    answer = await yahoo.fetch(PRICES, ASK)
    assert set(answer.value["token"].tolist()) == {101, 103}
    assert "did not answer within 0.1 s in all" in answer.origin.fallback
    dead, module = door({"*": hang}, call_s=0.05)
    with pytest.raises(BadInput, match="no name was answered"):
        await dead.fetch(PRICES, Ask(SESSION, ASK.as_of, ASK.first, NAMES))
    assert len(module.asked) <= 8
    hang.set()


async def test_the_whole_answer_has_a_deadline_too_and_what_came_in_time_counts() -> None:
    hang = threading.Event()
    yahoo, _ = door({"NAME1.NS": hang, "*": frame()}, call_s=30, deadline_s=0.3)
    answer = await yahoo.fetch(PRICES, ASK)
    assert set(answer.value["token"].tolist()) == {102, 103}
    hang.set()


async def test_the_index_comes_with_its_volatility_or_without() -> None:
    yahoo, _ = door({"^NSEI": frame(25000), "^INDIAVIX": frame(13, days=("2026-07-31",))})
    rows = (await yahoo.fetch("index", ASK)).value
    assert rows["close"].tolist() == [25000, 25000]
    assert np.isnan(rows["vix"][0])
    assert rows["vix"][1] == 13
    assert rows["visible"].tolist() == [instant(date(2026, 7, d), time(19, 30)) for d in (30, 31)]
    alone = (await door({"^NSEI": frame(25000), "*": None})[0].fetch("index", ASK)).value
    assert np.isnan(alone["vix"]).all()


def statements() -> dict[str, Any]:
    ends = pd.DatetimeIndex(["2026-03-31", "2025-12-31", "2025-09-30"])
    income = pd.DataFrame([[3.0, 2.0, np.nan], [9.0, 9.0, 9.0]], index=["Net Income", "Unknown Item"], columns=ends)
    cash = pd.DataFrame([[-7.0]], index=["Capital Expenditure"], columns=ends[:1])
    empty = pd.DataFrame()
    return {
        "quarterly_income_stmt": income, "quarterly_balance_sheet": empty, "quarterly_cashflow": empty,
        "income_stmt": empty, "balance_sheet": empty, "cashflow": cash,
    }  # fmt: skip


async def test_a_period_counts_from_the_filing_that_could_still_change_it() -> None:
    rows = (await door({"*": statements()})[0].fetch("filings", ASK)).value
    mine = rows[rows["token"] == 101]
    seen = {
        (ITEMS[r["item"]], str(r["period_end"]), int(r["months"])): (float(r["value"]), int(r["visible"])) for r in mine
    }
    newest = instant(date(2026, 5, 15), time(23, 59, 59))
    assert seen == {
        ("net_income", "2026-03-31", 3): (3.0, newest),
        ("net_income", "2025-12-31", 3): (2.0, newest),
        ("capital_spending", "2026-03-31", 12): (7.0, instant(date(2026, 5, 30), time(23, 59, 59))),
    }


async def test_statements_that_are_all_empty_are_silence_not_an_answer() -> None:
    nothing = {name: pd.DataFrame() for name in statements()}
    with pytest.raises(BadInput, match="every statement is empty"):
        await door({"*": nothing})[0].fetch("filings", ASK)


async def test_results_to_come_are_not_results() -> None:
    index = pd.DatetimeIndex(["2026-10-20 09:30", "2026-07-20 09:30"]).tz_localize("America/New_York")
    told = pd.DataFrame(
        {"EPS Estimate": [5.0, 4.0], "Reported EPS": [np.nan, 4.5], "Surprise(%)": [np.nan, 12.5]}, index=index
    )
    rows = (await door({"*": {"earnings_dates": told}})[0].fetch("surprises", ASK)).value
    assert rows["reported"].tolist() == [4.5] * 3
    assert set(rows["visible"].tolist()) == {instant(date(2026, 7, 20), time(19, 0))}


async def test_yahoo_fills_the_gaps_of_an_evening_and_only_those_names_are_asked() -> None:
    whole = bars(Ask(SESSION, ASK.as_of, date(2026, 4, 1), NAMES[2:3]))
    index = pd.DatetimeIndex(whole["day"].astype("M8[ns]")).tz_localize("Asia/Kolkata")
    told = pd.DataFrame(
        {name: whole[name.lower()] for name in ("Open", "High", "Low", "Close", "Volume")}, index=index
    )  # fmt: skip
    yahoo, module = door({"NAME3.NS": told})
    kite = ScriptedSource("Kite", {PRICES: lambda ask: without(bars(ask), 103, HOLE)})
    evidence = await evening(kite, yahoo)
    assert [symbol for symbol, _ in module.asked if symbol != "^NSEI"][-1:] == ["NAME3.NS"]
    found = [(f.flaw, f.symbol) for f in evidence.findings]
    assert (Flaw.CONTRADICTED, "NAME3") in found or (Flaw.FILLED, "NAME3") in found
