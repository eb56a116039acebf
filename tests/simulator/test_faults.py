"""Faults are data, happen as often as asked, and are refused when they are not understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from cockpit.errors import BadInput
from cockpit.simulator.faults import KINDS, Fault, Faults, parsed_faults
from cockpit.simulator.kite_mocks import ROUTES, mocks_app
from cockpit.simulator.kite_packets import WireMode, snapshot
from cockpit.simulator.kite_session import PRACTICE_KEY
from tests.simulator.conftest import Opened, Opener
from tests.simulator.test_stream import logged_in

ROWS = [{"status": "OPEN"}, {"status": "COMPLETE"}]


async def asking(opened: Opened) -> aiohttp.ClientSession:
    token = await logged_in(opened)
    return aiohttp.ClientSession(
        opened.root, headers={"X-Kite-Version": "3", "Authorization": f"token {PRACTICE_KEY}:{token}"}
    )


def test_every_fault_says_what_happens() -> None:
    assert all(Fault(kind).sentence for kind in KINDS)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"kind": "limit"}, "a JSON list of faults expected"),
        ([{"kind": "limits"}], "did you mean 'limit'"),
        ([{"kind": "limit", "token": 5}], "does not look at 'token'"),
        ([{"kind": "hang", "seconds": "long"}], "float expected"),
        (["limit", 3], "is unknown"),
    ],
)
def test_a_fault_that_is_not_understood_is_refused(rows: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parsed_faults(rows)


def test_a_fault_wears_off_after_its_times() -> None:
    faults = Faults()
    faults.switch(parsed_faults([{"kind": "limit", "route": "/orders", "method": "GET", "times": 2}]))
    assert faults.take("limit", path="/quote", method="GET") is None
    assert faults.take("limit", path="/orders", method="POST") is None
    assert [faults.take("limit", path="/orders", method="GET") is not None for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("kind", "sent"),
    [("lose_update", [1]), ("double_update", [0, 0, 1]), ("reorder_updates", [1, 0]), ("late_update", [1])],
)
def test_order_updates_are_lost_doubled_turned_round_or_late(kind: str, sent: list[int]) -> None:
    faults = Faults()
    faults.switch([Fault(kind)])
    assert faults.bent_updates(ROWS) == [ROWS[k] for k in sent]
    assert faults.bent_updates([ROWS[1]])[0] == ROWS[1]
    if kind == "late_update":
        faults.switch([Fault(kind)])
        faults.bent_updates(ROWS)
        assert faults.bent_updates([ROWS[1]]) == [ROWS[1], ROWS[0]]


async def test_faults_are_switched_over_http_and_shown(opened: Opener) -> None:
    server = await opened()
    async with aiohttp.ClientSession(server.root) as http:
        assert (await (await http.post("/practice/faults", json=[{"kind": "limit", "times": 3}])).json())["data"] == 1
        shown = (await (await http.get("/practice/faults")).json())["data"]
        assert [(f["kind"], f["times"]) for f in shown] == [("limit", 3)]
        refused = await http.post("/practice/faults", json=[{"kind": "nothing"}])
        assert refused.status == 400
        await http.delete("/practice/faults")
        assert (await (await http.get("/practice/faults")).json())["data"] == []
        assert (await (await http.get("/practice/state")).json())["data"]["market"].startswith("PRACTICE")


async def test_answers_go_wrong_in_the_ways_a_gateway_knows(opened: Opener) -> None:
    server = await opened()
    async with await asking(server) as http:
        server.server.switch_faults([Fault("html"), Fault("no_envelope"), Fault("no_content_type"), Fault("limit")])
        html = await http.get("/user/profile")
        assert (html.status, html.content_type) == (502, "text/html")
        assert await (await http.get("/user/profile")).json() == {"status": "success"}
        untyped = await http.get("/user/profile")
        assert "Content-Type" not in untyped.headers
        assert (await http.get("/user/profile")).status == 429
        assert (await http.get("/user/profile")).status == 200


@pytest.mark.parametrize("placed", [True, False])
async def test_a_cut_order_request_may_or_may_not_have_been_placed(opened: Opener, placed: bool) -> None:
    server = await opened()
    await server.at(1000)
    name = server.server.day.market.listings[0].symbol
    form = {
        "exchange": "NSE", "tradingsymbol": name, "transaction_type": "BUY", "quantity": "1", "product": "MIS",
        "order_type": "MARKET", "market_protection": "-1", "tag": "once",
    }  # fmt: skip
    async with await asking(server) as http:
        server.server.switch_faults([Fault("cut", route="/orders", method="POST", placed=placed)])
        with pytest.raises(aiohttp.ClientError):
            await http.post("/orders/regular", data=form)
        book = (await (await http.get("/orders")).json())["data"]
    assert [row["tag"] for row in book] == (["once"] if placed else [])


async def test_token_death_is_felt_by_the_next_request(opened: Opener) -> None:
    server = await opened()
    async with await asking(server) as http:
        assert (await http.get("/user/profile")).status == 200
        server.server.switch_faults([Fault("token_death")])
        reply = await http.get("/user/profile")
        assert (reply.status, (await reply.json())["error_type"]) == (403, "TokenException")


async def test_a_hidden_order_appears_in_the_book_later(opened: Opener) -> None:
    server = await opened()
    await server.at(1000)
    server.server.switch_faults([Fault("hide_order", seconds=5)])
    form = {
        "exchange": "NSE", "tradingsymbol": server.server.day.market.listings[0].symbol, "transaction_type": "BUY",
        "quantity": "1", "product": "MIS", "order_type": "MARKET", "market_protection": "-1",
    }  # fmt: skip
    async with await asking(server) as http:
        assert (await http.post("/orders/regular", data=form)).status == 200
        assert (await (await http.get("/orders")).json())["data"] == []
        await server.at(1006)
        assert len((await (await http.get("/orders")).json())["data"]) == 1


async def test_an_autoslice_answer_is_nested_or_flat(opened: Opener) -> None:
    server = await opened()
    await server.at(1000)
    cheap = min(server.server.day.market.listings, key=lambda x: server.server.exchange.last_paise(x.token))
    form = {
        "exchange": "NSE", "tradingsymbol": cheap.symbol, "transaction_type": "BUY", "quantity": "250000",
        "product": "MIS", "order_type": "MARKET", "market_protection": "-1", "autoslice": "true",
    }  # fmt: skip
    async with await asking(server) as http:
        nested = (await (await http.post("/orders/regular", data=form)).json())["data"]
        assert len(nested["children"]) == 3
        server.server.switch_faults([Fault("flat_autoslice")])
        flat = (await (await http.post("/orders/regular", data=form)).json())["data"]
    assert isinstance(flat, list)
    assert all("order_id" in child or child["error"]["error_type"] == "MarginException" for child in flat)


async def test_the_version_header_and_the_content_type_are_checked(opened: Opener) -> None:
    server = await opened()
    async with aiohttp.ClientSession(server.root) as bare:
        assert (await bare.get("/user/profile")).status == 400
    async with await asking(server) as http:
        assert (await http.post("/orders/regular", json={})).status == 400
        assert (await http.post("/margins/orders", data={"a": "b"})).status == 400
        assert (await http.get("/nowhere")).status == 404
        assert (await http.post("/gtt/triggers", data={})).status == 400


async def test_the_login_page_leads_to_this_machine_only(opened: Opener) -> None:
    server = await opened()
    async with aiohttp.ClientSession(server.root) as http:
        page = await (await http.get("/connect/login", params={"api_key": PRACTICE_KEY})).text()
        assert "PRACTICE" in page
        asked = {"api_key": PRACTICE_KEY, "redirect_url": "http://127.0.0.1:1/back", "redirect_params": "state=x"}
        reply = await http.get("/connect/finish", params=asked, allow_redirects=False)
        assert reply.status == 302
        assert reply.headers["Location"].startswith("http://127.0.0.1:1/back?request_token=")
        assert reply.headers["Location"].endswith("state=x")
        away = asked | {"redirect_url": "https://example.com/"}
        assert (await http.get("/connect/finish", params=away, allow_redirects=False)).status == 400


async def test_a_request_token_works_once(opened: Opener) -> None:
    server = await opened()
    first = await logged_in(server)
    assert first != await logged_in(server)
    assert not server.server.sessions.authorised(PRACTICE_KEY, first), "a new login kills the old token"


async def test_the_brokers_samples_are_served_word_for_word(kite_mocks: Path) -> None:
    async with TestClient(TestServer(mocks_app(kite_mocks))) as http:
        for method, path, name in ROUTES:
            address = path.replace("{", "").replace("}", "")
            reply = await http.request(method, address)
            assert await reply.read() == (kite_mocks / name).read_bytes()


def test_a_folder_without_samples_is_refused_by_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no generate_session\.json"):
        mocks_app(tmp_path)


async def test_a_halted_name_sends_no_ticks_and_takes_no_orders(opened: Opener) -> None:
    server = await opened()
    a, b = server.server.day.market.tokens[:2]
    server.server.faults.reach(999)
    server.server.switch_faults(parsed_faults([{"kind": "halt", "token": a, "seconds": 60}]))
    tapes = [tape for token in (a, b) if (tape := server.server.day.tape(token)) is not None]
    frame = snapshot(tapes, {a: WireMode.LTP, b: WireMode.LTP}, 0, 1000)
    server.server.faults.reach(1000)
    (halted,) = server.server.faults.bent_frames(frame, 1000)
    assert halted[:2] == b"\x00\x01"
    assert int.from_bytes(halted[4:8]) == b
    await server.at(1000)
    form = {
        "exchange": "NSE", "tradingsymbol": server.server.day.instrument(a).symbol, "transaction_type": "BUY",
        "quantity": "1", "product": "MIS", "order_type": "LIMIT", "price": "1",
    }  # fmt: skip
    async with await asking(server) as http:
        reply = await http.post("/orders/regular", data=form)
        assert "is halted" in (await reply.json())["message"]
    server.server.faults.reach(1100)
    assert server.server.faults.bent_frames(frame, 1100) == [frame]
