"""Every sample file of the broker comes through the official client over the loopback and says what it says."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cockpit.clock import WallClock
from cockpit.market import Interval
from cockpit.venues.kite_books import funds_of, holding_of, order_of, position_of, slices_of, trade_of
from cockpit.venues.kite_nouns import candles_of, instruments_of, last_prices_of, quotes_of
from cockpit.venues.kite_rest import KiteRest, _client
from cockpit.venues.kite_wire import decode
from tests.venues.fake_kite import FakeRest, Reply, frame_of

Says = Callable[[Any], bool]

READ: dict[str, Says] = {
    # what the cockpit makes nouns of
    "auctions_list": lambda rows: [holding_of(row).symbol for row in rows] == ["ASHOKLEY", "BHEL", "SBIN"],
    "autoslice_response": lambda told: [bool(part.error) for part in slices_of(told)] == [False, False, True, False],
    "historical_minute": lambda told: (
        len(candles_of(told["candles"], 5633, Interval.M1, 0)) == len(told["candles"]) > 5
    ),
    "historical_oi": lambda told: candles_of(told["candles"], 1, Interval.M1, 0)["close"][0] == 1200150,
    "holdings": lambda rows: {holding_of(row).isin for row in rows} >= {"INE721Z01010", "INE062A01020"},
    "ltp": lambda told: last_prices_of(told) == {"NSE:INFY": 107435},
    "margin_commodity": lambda told: funds_of(told).net == 9642633,
    "margins": lambda told: {name: funds_of(row).cash for name, row in told.items()}["equity"] == 24543160,
    "margins_equity": lambda told: funds_of(told).debits == 14570655,
    "ohlc": lambda told: last_prices_of(told) == {"NSE:INFY": 107500} and told["NSE:INFY"]["ohlc"]["close"] == 1075.8,
    "order_info": lambda rows: order_of(rows[-1]).status_text == "OPEN",
    "order_trades": lambda rows: trade_of(rows[0]).price == 485200,
    "orders": lambda rows: len({order_of(row).broker_order_id for row in rows}) == 10,
    "positions": lambda told: sum(position_of(row).quantity for row in told["net"]) == 1,
    "quote": lambda told: quotes_of(told)["NSE:INFY"].ask == 141295,
    "trades": lambda rows: [trade_of(row).exchange for row in rows] == ["NSE", "CDS", "MCX", "MCX"],
    # what the order calls answer
    "order_response": lambda told: told == {"order_id": "151220000000000"},
    "order_modify": lambda told: told == {"order_id": "151220000000000"},
    "order_cancel": lambda told: told == {"order_id": "151220000000000"},
    "convert_position": lambda told: told is True,
    # charges: their arithmetic is in test_kite_books.py
    "basket_margins": lambda told: [row["tradingsymbol"][-7:] for row in told["orders"]] == ["20600CE", "20700CE"],
    "order_margins": lambda rows: rows[0]["var"] == rows[0]["total"] == 1498,
    "virtual_contract_note": lambda rows: [row["tradingsymbol"][:4] for row in rows] == ["SBIN", "GOLD", "NIFT"],
    # who we are
    "full_profile": lambda told: told["broker"] == "ZERODHA" and told["twofa_type"] == "totp",
    "generate_session": lambda told: told["user_id"] == "XX0000" and told["access_token"] == "XXXXXX",
    "profile": lambda told: told["user_id"] == "AB1234" and "NSE" in told["exchanges"],
    "session_logout": lambda told: told is True,
    # what the cockpit does not use, and yet must not choke on
    "alerts_create": lambda told: told["type"] == "simple" and told["rhs_constant"] == 27000,
    "alerts_create_ato": lambda told: told["type"] == "ato",
    "alerts_delete": lambda told: told is None,
    "alerts_get": lambda rows: rows[0]["lhs_tradingsymbol"] == "NIFTY 50",
    "alerts_get_one": lambda told: told["uuid"].startswith("550e8400"),
    "alerts_history": lambda rows: rows[0]["meta"][0]["instrument_token"] == 270857,
    "alerts_modify": lambda told: told["rhs_constant"] == 27500,
    "gtt_delete_order": lambda told: told == {"trigger_id": 123},
    "gtt_get_order": lambda told: (told["type"], told["status"]) == ("two-leg", "triggered"),
    "gtt_get_orders": lambda rows: rows[0]["id"] == 112127,
    "gtt_modify_order": lambda told: told == {"trigger_id": 123},
    "gtt_place_order": lambda told: told == {"trigger_id": 123},
    "holdings_auth": lambda told: len(told["request_id"]) == 32,
    "holdings_compact": lambda rows: "RELINFRA-BE" in {row["tradingsymbol"] for row in rows},
    "holdings_summary": lambda told: told["invested_amount"] == 41044.40405,
    "mf_holdings": lambda rows: rows[0]["quantity"] == 382.488,
    "mf_order_cancel": lambda told: told["order_id"].startswith("3bb085d1"),
    "mf_order_response": lambda told: told["order_id"].startswith("3bb085d1"),
    "mf_orders": lambda rows: rows[0]["status"] == "REJECTED",
    "mf_orders_info": lambda told: told["status"] == "OPEN",
    "mf_sip_cancel": lambda told: told == {"sip_id": "986124545877922"},
    "mf_sip_info": lambda told: told["step_up"] == {"15-02": 10},
    "mf_sip_modify": lambda told: told == {"sip_id": "986124545877922"},
    "mf_sip_place": lambda told: told == {"sip_id": "986124545877922"},
    "mf_sips": lambda rows: rows[0]["instalment_amount"] == 500.0,
    "trigger_range": lambda told: set(told) == {"NSE:INFY", "NSE:RELIANCE"},
}
"""What each enveloped answer says, once it has come through the client."""


def prices_agree(told: dict[str, Any], packet: bytes) -> bool:
    """Tell whether a tick in words and the same tick on the wire agree."""
    (row,), _ = decode(frame_of(packet), 0)
    return int(row["last_price"]) == round(told["last_price"] * 100) and int(row["token"]) == told["instrument_token"]


BARE = {"postback", "ticker_ltp", "ticker_quote", "ticker_full"}
"""Samples that do not come over REST and so have no envelope."""
TABLES = {"instruments_all": 99, "instruments_nse": 99, "mf_instruments": 99}


def test_no_sample_file_is_left_unread(kite_mocks: Path) -> None:
    names = {path.name for path in kite_mocks.iterdir() if path.suffix in (".json", ".csv", ".packet")}
    known = {f"{name}.json" for name in (*READ, *BARE)} | {f"{name}.csv" for name in TABLES}
    assert names == known | {"ticker_quote.packet", "ticker_full.packet"}


@pytest.mark.parametrize("name", sorted(READ))
def test_a_sample_comes_through_the_official_client_and_says_what_it_says(name: str, kite_mocks: Path) -> None:
    body = (kite_mocks / f"{name}.json").read_bytes()
    with FakeRest({"*": [Reply(body=body)]}) as server:
        told = _client("key", server.root)._get("orders")
    assert READ[name](told)


@pytest.mark.parametrize("name", sorted(TABLES))
async def test_a_table_comes_through_the_door(name: str, kite_mocks: Path) -> None:
    body = (kite_mocks / f"{name}.csv").read_bytes()
    shape: Callable[[bytes], int] = (
        (lambda text: len(list(csv.DictReader(text.decode().splitlines()))))
        if name == "mf_instruments"
        else (lambda text: len(instruments_of(text).instruments))
    )
    with FakeRest({"*": [Reply(body=body, kind="text/csv")]}) as server:
        rest = KiteRest("key", lambda: "token-of-the-day", WallClock(0, 1000.0), root=server.root)
        assert await rest.instruments("NSE", shape) == TABLES[name]


def test_bare_samples_agree_with_the_wire(kite_mocks: Path) -> None:
    bare = {name: json.loads((kite_mocks / f"{name}.json").read_text()) for name in BARE}
    quote, full = (base64.b64decode((kite_mocks / f"ticker_{n}.packet").read_text()) for n in ("quote", "full"))
    assert prices_agree(bare["ticker_ltp"], quote[:8])
    assert prices_agree(bare["ticker_quote"], quote)
    assert prices_agree(bare["ticker_full"], full)
    assert order_of(bare["postback"]).pending == 0
