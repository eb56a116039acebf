"""A login comes back once, from the page we opened, and its token lives until six in the morning."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from cockpit.clock import IST, ist, to_ns
from cockpit.errors import BadInput, DeadlinePassed, TokenExpired
from cockpit.venues.login import LoginListener, login_url, new_state, request_token_of
from cockpit.venues.token import AccessToken, dies_at

STATE = "0123456789abcdef0123456789abcdef"
BACK = f"/back?action=login&status=success&request_token=Tok3n&state={STATE}"


async def ask(listener: LoginListener, target: str, *, method: str = "GET", host: str | None = None) -> str:
    """Send one request as a browser would, and answer the status line and headers."""
    address = listener.address.removeprefix("http://").partition("/")[0]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    writer.write(f"{method} {target} HTTP/1.1\r\nHost: {host or address}\r\nAccept: */*\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    return answer


async def test_the_way_back_from_our_page_brings_the_token() -> None:
    async with LoginListener(STATE, port=0, path="/back") as listener:
        waiting = asyncio.create_task(listener.request_token())
        answer = await ask(listener, BACK)
        assert await waiting == "Tok3n"
    assert answer.startswith("HTTP/1.1 200")
    assert "Cache-Control: no-store" in answer
    assert "Referrer-Policy: no-referrer" in answer
    assert "Tok3n" not in answer


@pytest.mark.parametrize(
    ("target", "more"),
    [
        (BACK.replace(STATE, "f" * 32), {}),
        (BACK.replace(f"&state={STATE}", ""), {}),
        (BACK + "&state=another", {}),
        (BACK.replace("success", "failed"), {}),
        (BACK.replace("Tok3n", ""), {}),
        (BACK.replace("/back", "/other"), {}),
        (BACK, {"method": "POST"}),
        (BACK, {"host": "evil.example"}),
        ("/favicon.ico", {}),
        ("*" * 9000, {}),
    ],
)
async def test_a_request_that_is_not_our_logins_way_back_is_refused_and_the_wait_goes_on(
    target: str, more: dict[str, str]
) -> None:
    async with LoginListener(STATE, port=0, path="/back") as listener:
        assert "200 OK" not in await ask(listener, target, **more)
        await ask(listener, BACK)
        assert await listener.request_token() == "Tok3n"


async def test_the_way_back_works_once() -> None:
    async with LoginListener(STATE, port=0, path="/back") as listener:
        assert "200 OK" in await ask(listener, BACK)
        assert "403 Forbidden" in await ask(listener, BACK)
        assert listener.n_refused == 1


async def test_nobody_comes_and_the_wait_ends() -> None:
    async with LoginListener(STATE, port=0, listen_s=0.05) as listener:
        with pytest.raises(DeadlinePassed, match="open the login page again"):
            await listener.request_token()


async def test_after_leaving_nothing_listens_and_nothing_is_left() -> None:
    before = asyncio.all_tasks()
    async with LoginListener(STATE, port=0, path="/back") as listener:
        port = int(listener.address.rpartition(":")[2].partition("/")[0])
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.01)
    silent.close()
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", port)
    assert asyncio.all_tasks() == before


def test_a_listener_that_is_not_open_says_so() -> None:
    with pytest.raises(BadInput, match="async with"):
        asyncio.run(LoginListener(STATE, port=0).request_token())


def test_the_page_to_open_carries_key_and_state() -> None:
    url = login_url("kitefront", STATE)
    assert url == f"https://kite.zerodha.com/connect/login?v=3&api_key=kitefront&redirect_params=state%3D{STATE}"
    assert login_url("k", "s", "http://127.0.0.1:5000/login").startswith("http://127.0.0.1:5000/login?v=3")
    assert len(new_state()) == 32
    assert new_state() != new_state()


def test_a_pasted_address_brings_the_token_too() -> None:
    assert request_token_of(f"  http://127.0.0.1:5000{BACK}\n", STATE) == "Tok3n"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("Tok3n", "paste the whole line"),
        ("http://127.0.0.1/?request_token=Tok3n&status=success", "another login"),
        (f"http://127.0.0.1{BACK}".replace("success", "error"), "failed"),
        (f"http://127.0.0.1{BACK}".replace("Tok3n", "<script>"), "no request token"),
    ],
)
def test_an_address_of_another_kind_is_refused_without_showing_it(address: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        request_token_of(address, STATE)
    assert "Tok3n" not in str(caught.value)


def at(day: int, hour: int, minute: int = 0) -> int:
    return to_ns(datetime(2026, 11, day, hour, minute, tzinfo=IST))


@pytest.mark.parametrize(
    ("login", "dies"),
    [(at(20, 8, 30), at(21, 6)), (at(20, 23, 59), at(21, 6)), (at(20, 2), at(20, 6)), (at(20, 6), at(21, 6))],
)
def test_a_token_dies_at_the_first_six_oclock_after_its_login(login: int, dies: int) -> None:
    assert ist(dies_at(login)) == ist(dies)


def test_a_dead_token_means_log_in() -> None:
    token = AccessToken("secret-text", "AB1234", at(20, 8))
    assert token.checked(at(21, 5, 59)) is token
    for dead in (at(21, 6), at(20, 7)):
        with pytest.raises(TokenExpired, match="log in") as caught:
            token.checked(dead)
    assert "secret-text" not in f"{token!r} {caught.value}"


def test_a_token_comes_back_from_the_vault_as_it_went_in() -> None:
    token = AccessToken("secret-text", "AB1234", at(20, 8))
    assert AccessToken.unpacked(token.packed()) == token
    for kept in ("", "[]", '{"text":"secret-text"}', '{"text":"","user_id":"a","login_ts":1}', "null"):
        with pytest.raises(BadInput, match="log in again") as caught:
            AccessToken.unpacked(kept)
        assert "secret-text" not in str(caught.value)
