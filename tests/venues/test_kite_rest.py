"""The door to the broker's client holds against a hostile server: named errors, total deadlines, no leaks."""

from __future__ import annotations

import asyncio
import json
import threading
import traceback
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest

from cockpit.clock import NS, TapeClock, WallClock
from cockpit.errors import (
    BadInput,
    BadRequest,
    BadSetting,
    BrokerError,
    BrokerUnavailable,
    CockpitError,
    DeadlinePassed,
    FundsShort,
    NotFound,
    NotPermitted,
    RateLimited,
    Rejection,
    TokenExpired,
)
from cockpit.venues.kite_faults import Redactor
from cockpit.venues.kite_rest import MOST_ABANDONED, KiteRest, _client, checked_client
from tests.venues.fake_kite import FakeRest, Reply, error, ok
from tests.venues.rest_door import SECRET, html, rest_to


@pytest.fixture
def server() -> Iterator[FakeRest]:
    with FakeRest() as fake:
        yield fake


READ_ANSWERS: list[tuple[Reply, type[CockpitError]]] = [
    (error(400, "MarginException", "Insufficient funds"), FundsShort),
    (error(403, "TokenException", "Incorrect `api_key` or `access_token`."), TokenExpired),
    (error(401, "TokenException"), TokenExpired),
    (error(403, "PermissionException", "Insufficient permission for that call."), NotPermitted),
    (error(400, "InputException", "invalid from date"), BadRequest),
    (error(400, "HoldingException"), Rejection),
    (error(428, "SomethingNew"), Rejection),
    (error(404, "GeneralException"), NotFound),
    (error(410, "GeneralException"), NotFound),
    (error(500, "OrderException"), BrokerUnavailable),
    (error(503, "NetworkException"), BrokerUnavailable),
    (error(502, "DataException"), BrokerUnavailable),
    (error(500, "NameNobodyKnows"), BrokerUnavailable),
    (error(429, "NetworkException", "Too many requests"), RateLimited),
    (error(429, "GeneralException"), RateLimited),
    (html(429), RateLimited),
    (html(504), BrokerUnavailable),
    (html(403), NotPermitted),
    (Reply(504, b"", None), BrokerUnavailable),
    (Reply(200, b"[1]"), BrokerUnavailable),
    (Reply(200, b"{"), BrokerUnavailable),
    (Reply(200, b'{"status":"success"}'), BrokerUnavailable),
    (Reply(500, b'{"status":"error"}'), BrokerUnavailable),
    (Reply(403, b'{"status":"error","message":"x"}'), NotPermitted),
    (Reply(200, b'{"status":"success","data":{}}', shape="truncated"), BrokerUnavailable),
    (Reply(shape="drop"), BrokerUnavailable),
    (Reply(302, b"", headers={"Location": "/orders"}), BrokerUnavailable),
]


@pytest.mark.parametrize(("reply", "kind"), READ_ANSWERS)
async def test_every_answer_to_a_read_becomes_the_error_that_names_its_remedy(
    server: FakeRest, reply: Reply, kind: type[CockpitError]
) -> None:
    server.routes["/user/profile"] = [reply]
    with pytest.raises(CockpitError) as caught:
        await rest_to(server).profile()
    assert type(caught.value) is kind
    assert isinstance(caught.value, BrokerError)
    if reply.shape == "whole":
        assert caught.value.code == reply.status
        assert "profile: HTTP" in str(caught.value)


async def test_the_name_and_the_words_of_an_error_are_kept(server: FakeRest) -> None:
    server.routes["*"] = [error(400, "MarginException", "Insufficient funds. Required margin is 5.")]
    with pytest.raises(FundsShort, match="HTTP 400, MarginException: Insufficient funds") as caught:
        await rest_to(server).orders()
    assert caught.value.raw == "Insufficient funds. Required margin is 5."


async def test_a_read_refused_for_haste_waits_and_is_asked_again(server: FakeRest) -> None:
    server.routes["/user/profile"] = [error(429, "NetworkException"), html(429), ok({"user_id": "AB1234"})]
    assert await rest_to(server).profile() == {"user_id": "AB1234"}
    assert len(server.asked) == 3


async def test_only_haste_is_asked_again(server: FakeRest) -> None:
    server.routes["/user/profile"] = [error(503, "NetworkException"), ok({})]
    with pytest.raises(BrokerUnavailable):
        await rest_to(server).profile()
    assert len(server.asked) == 1


@pytest.mark.parametrize("shape", ["stall", "drip"])
async def test_a_read_ends_at_its_total_deadline_however_the_server_stretches_it(server: FakeRest, shape: str) -> None:
    server.routes["*"] = [Reply(200, b" " * 2000, shape=shape)]
    with pytest.raises(DeadlinePassed, match=r"profile: no whole answer within 0\.2 s"):
        await rest_to(server, read_s=0.2).profile()


async def test_calls_that_hang_are_abandoned_and_too_many_of_them_stop_new_ones(server: FakeRest) -> None:
    server.routes["*"] = [Reply(200, b"a,b", "text/csv")]
    rest = rest_to(server, bulk_s=0.05)
    released = threading.Event()

    def hang(text: bytes) -> None:
        released.wait()

    hung = await asyncio.gather(*(rest.instruments("NSE", hang) for _ in range(MOST_ABANDONED)), return_exceptions=True)
    assert {type(fault) for fault in hung} == {DeadlinePassed}
    with pytest.raises(BrokerUnavailable, match="24 calls hang"):
        await rest.profile()
    released.set()


async def test_connections_are_kept_between_calls_and_given_back_at_the_end(server: FakeRest) -> None:
    server.routes["*"] = [ok([])]
    rest = rest_to(server)
    for _ in range(3):
        await rest.trades()
    (kite,) = rest._idle
    await rest.close()
    assert rest._idle == []
    assert all(len(pool.pools) == 0 for pool in (kite.reqsession.session.adapters["http://"].poolmanager,))


async def test_without_a_login_nothing_is_sent(server: FakeRest) -> None:
    with pytest.raises(TokenExpired, match="no login today"):
        await rest_to(server, token=lambda: None).positions()
    assert server.asked == []


async def test_the_token_is_asked_for_at_each_call(server: FakeRest) -> None:
    tokens = iter(["first-token", "second-token"])
    server.routes["*"] = [ok([])]
    rest = rest_to(server, token=lambda: next(tokens))
    await rest.trades()
    await rest.trades()
    assert [asked.headers["Authorization"] for asked in server.asked] == [
        "token key:first-token",
        "token key:second-token",
    ]
    assert {asked.headers["X-Kite-Version"] for asked in server.asked} == {"3"}


async def test_the_environments_proxies_and_netrc_are_not_followed(
    server: FakeRest, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login thief password thief\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy")
    server.routes["*"] = [ok([])]
    await rest_to(server).holdings()
    assert server.asked[0].headers["Authorization"] == f"token key:{SECRET}"


async def test_quotes_repeat_the_key_and_escape_it(server: FakeRest) -> None:
    server.routes["*"] = [ok({})]
    await rest_to(server).quote(["NSE:INFY", "NSE:M&M"])
    assert (server.asked[0].path, server.asked[0].query) == ("/quote", "i=NSE%3AINFY&i=NSE%3AM%26M")


async def test_every_read_asks_its_own_route(server: FakeRest) -> None:
    server.routes["*"] = [ok({"candles": []})]
    rest = rest_to(server)
    await rest.orders()
    await rest.order_history("151")
    await rest.trades()
    await rest.positions()
    await rest.holdings()
    await rest.margins()
    await rest.ltp(["NSE:INFY"])
    await rest.ohlc(["NSE:INFY"])
    await rest.historical(5633, "minute", "2017-12-15 09:15:00", "2017-12-15 09:20:00")
    await rest.order_margins([{"exchange": "NSE"}])
    await rest.virtual_contract_note([{"exchange": "NSE"}])
    await rest.logout()
    assert [f"{asked.method} {asked.path}" for asked in server.asked] == [
        "GET /orders",
        "GET /orders/151",
        "GET /trades",
        "GET /portfolio/positions",
        "GET /portfolio/holdings",
        "GET /user/margins",
        "GET /quote/ltp",
        "GET /quote/ohlc",
        "GET /instruments/historical/5633/minute",
        "POST /margins/orders",
        "POST /charges/orders",
        "DELETE /session/token",
    ]
    assert parse_qs(server.asked[8].query)["from"] == ["2017-12-15 09:15:00"]
    assert json.loads(server.asked[9].body) == [{"exchange": "NSE"}]


@pytest.mark.parametrize("keys", [[], ["NSE:X"] * 501])
async def test_a_quote_of_no_or_too_many_keys_is_refused_before_it_is_sent(server: FakeRest, keys: list[str]) -> None:
    with pytest.raises(BadRequest, match="1 to 500 expected"):
        await rest_to(server).quote(keys)
    assert server.asked == []


async def test_a_fault_of_ours_in_giving_shape_is_not_blamed_on_the_broker(server: FakeRest) -> None:
    def shape(text: bytes) -> int:
        raise BadInput(f"{len(text)} bytes make no sense")

    server.routes["*"] = [Reply(200, b"a,b\n", "text/csv")]
    with pytest.raises(BadInput, match="4 bytes make no sense"):
        await rest_to(server).instruments("NSE", shape)


# -- login -------------------------------------------------------------------------------------------------------------


async def test_the_login_sends_the_checksum_that_the_broker_expects(server: FakeRest) -> None:
    told = {"access_token": SECRET, "user_id": "AB1234", "login_time": "2026-11-20 08:00:00"}
    server.routes["/session/token"] = [ok(told)]
    rest = KiteRest("kitefront", lambda: None, WallClock(1_000 * NS, 1000.0), root=server.root)
    token = await rest.login("request_token_x", "secret_y")
    assert parse_qs(server.asked[0].body)["checksum"] == [
        "425b270942158baaf883802781eef92077b5af7f5bdbe73ff49d74981e773be2"
    ]
    assert (token.text, token.user_id) == (SECRET, "AB1234")
    assert SECRET not in repr(token)
    assert rest.redactor.cleaned(f"x {SECRET} secret_y y") == "x ... ... y"


async def test_a_spent_request_token_means_log_in_again(server: FakeRest) -> None:
    server.routes["*"] = [error(403, "TokenException", "Token is invalid or has expired.")]
    with pytest.raises(TokenExpired) as caught:
        await rest_to(server, token=lambda: None).login("request_token_x", "secret_y")
    assert "Log in" in caught.value.remedy


# -- the client we let in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda kite: setattr(kite, "debug", True), "prints the access token"),
        (lambda kite: (setattr(kite, "disable_ssl", True), setattr(kite, "root", "https://x")), "skips certificates"),
        (lambda kite: setattr(kite.reqsession.session.adapters["https://"].max_retries, "total", 3), "second order"),
        (lambda kite: setattr(kite.reqsession.session, "trust_env", True), "environment's proxies"),
        (lambda kite: setattr(kite, "reqsession", kite.reqsession.session), "follows redirects"),
    ],
)
def test_a_client_that_could_leak_or_repeat_is_refused(spoil: Any, words: str) -> None:
    kite = _client("key", "http://127.0.0.1:9")
    assert checked_client(kite) is kite
    spoil(kite)
    with pytest.raises(BadSetting, match=words):
        checked_client(kite)


@pytest.mark.parametrize(
    "root", ["http://api.kite.trade", "https://api.kite.trade/prefix", "api.kite.trade", "ftp://x"]
)
def test_a_root_that_would_lose_the_token_or_its_path_is_refused(root: str) -> None:
    with pytest.raises(BadSetting, match="root"):
        KiteRest("key", lambda: SECRET, TapeClock(0), root=root)


async def test_no_error_shows_a_secret_or_drags_the_clients_own_along(server: FakeRest) -> None:
    server.routes["*"] = [
        error(400, "InputException", f"access_token={SECRET} of token key:{SECRET} in session {SECRET} is odd")
    ]
    with pytest.raises(BadRequest) as caught:
        await rest_to(server).logout()
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told + caught.value.raw
    assert "kiteconnect" not in told
    assert caught.value.__context__ is None
    with FakeRest() as gone:
        pass
    with pytest.raises(BrokerUnavailable) as caught_too:
        await rest_to(gone).logout()
    assert SECRET not in "".join(traceback.format_exception(caught_too.value)) + caught_too.value.raw


def test_a_redactor_hides_what_it_was_told_and_what_it_can_recognise() -> None:
    redactor = Redactor()
    redactor.hide("abcdefgh")
    redactor.hide("a")
    text = "Authorization: token key1:tok2 url?api_key=k&access_token=zzz&checksum=9 abcdefgh a"
    assert redactor.cleaned(text) == "Authorization: token ... url?api_key=k&access_token=...&checksum=... ... a"


async def test_a_clock_that_only_data_moves_is_refused_as_a_pace(server: FakeRest) -> None:
    server.routes["*"] = [ok({})]
    rest = KiteRest("key", lambda: SECRET, TapeClock(0), root=server.root)
    await rest.quote(["NSE:X"])
    with pytest.raises(BadSetting, match="give it a wall clock"):
        await rest.quote(["NSE:X"])


async def test_the_session_hook_of_the_client_is_called_once_for_a_dead_token(server: FakeRest) -> None:
    """The outside referee: the official client agrees that 403 with TokenException is a dead session."""
    server.routes["*"] = [error(403, "TokenException")]
    kite = _client("key", server.root)
    called: list[int] = []
    kite.set_session_expiry_hook(lambda: called.append(1))
    with pytest.raises(Exception, match="no"):
        await asyncio.to_thread(kite.profile)
    assert called == [1]
    assert SimpleNamespace(status=kite.reqsession.answer.status) == SimpleNamespace(status=403)
