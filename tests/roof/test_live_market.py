"""An evening of the NSE: Kite names and prices it (the practice exchange stands in), and what is missing says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from cockpit import live_market
from cockpit.clock import WallClock, instant
from cockpit.errors import Abstained
from cockpit.evidence import Missing
from cockpit.live_market import Doors, nse_market_through
from cockpit.places import resources_folder
from cockpit.simulator.day_clock import DOORS_OPEN
from cockpit.simulator.kite_session import PRACTICE_KEY, PRACTICE_SECRET
from cockpit.storage.home import Home
from cockpit.venues.kite_rest import KiteRest
from cockpit.venues.universe import load_universe
from tests.simulator.conftest import DAY, Opened, Opener, charges, listings, market, opened, sessions

__all__ = ["charges", "listings", "market", "opened", "sessions"]
EVE = date(2026, 11, 19)


@dataclass(slots=True)
class Evening:
    """A data folder and the way to Kite."""

    home: Home
    doors: Doors
    exchange: Opened


@pytest.fixture
async def evening(opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Evening]:
    small = load_universe  # forty names: years of days of the whole universe take minutes at Kite's pace
    monkeypatch.setattr(live_market, "load_universe", lambda path: small(path)[:40])
    exchange = await opened()
    clock = WallClock(instant(DAY, DOORS_OPEN), 1000.0)
    pen: dict[str, str] = {}
    rest = KiteRest(PRACTICE_KEY, lambda: pen.get("token"), clock, root=exchange.root)
    pen["token"] = (await rest.login(exchange.server.sessions.request_token(), PRACTICE_SECRET)).text
    home = Home.at(tmp_path)
    home.settings.write_text("[evening]\nhistory_days = 400\n")
    yield Evening(home, Doors(clock, rest), exchange)
    await rest.close()


async def test_kite_prices_the_evening_and_every_other_table_says_why_it_is_missing(evening: Evening) -> None:
    market = await nse_market_through(evening.doors, EVE, resources_folder(), evening.home, [])
    assert market.name == "nse"
    assert market.sessions[-1] == EVE
    assert len(market.whole.prices.value.instruments) == 40
    assert market.whole.prices.origin.source == "Kite"
    gone = {part.what: part.reason for part in market.whole.missing()}
    assert {"filings", "ownership", "headlines"} <= set(gone)
    assert all(gone.values())
    assert not isinstance(market.whole.index, Missing)


async def test_an_evening_without_a_login_knows_the_names_from_the_last_one_and_the_prices_from_the_cache(
    evening: Evening,
) -> None:
    first = await nse_market_through(evening.doors, EVE, resources_folder(), evening.home, [])
    alone = Doors(evening.doors.clock, None, "nobody logged in to Kite today")
    again = await nse_market_through(alone, EVE, resources_folder(), evening.home, [])
    assert [i.symbol for i in again.whole.prices.value.instruments] == [
        i.symbol for i in first.whole.prices.value.instruments
    ]
    assert (again.whole.prices.value.close[-1] == first.whole.prices.value.close[-1]).all()


async def test_names_that_were_never_learned_are_refused_with_the_way_to_learn_them(tmp_path: Path) -> None:
    doors = Doors(WallClock(instant(DAY, DOORS_OPEN)), None, "nobody logged in to Kite today")
    with pytest.raises(Abstained, match="never learned from Kite: nobody logged in") as caught:
        await nse_market_through(doors, EVE, resources_folder(), Home.at(tmp_path), [])
    assert "cockpit login" in caught.value.remedy
