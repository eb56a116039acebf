"""The web-socket door: the same day for everybody, whoever else listens and however fast it is read."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from cockpit.simulator.faults import parsed_faults
from cockpit.simulator.kite_session import PRACTICE_KEY
from cockpit.simulator.kite_stream import GREETING, OVER
from tests.simulator.conftest import Opened, Opener, checksum, patience


async def logged_in(opened: Opened) -> str:
    """Log in as a plain HTTP client and answer the access token."""
    token = opened.server.sessions.request_token()
    form = {"api_key": PRACTICE_KEY, "request_token": token, "checksum": checksum(token)}
    async with (
        aiohttp.ClientSession(headers={"X-Kite-Version": "3"}) as http,
        http.post(f"{opened.root}/session/token", data=form) as reply,
    ):
        return str((await reply.json())["data"]["access_token"])


def socket(opened: Opened, token: str) -> Any:
    address = f"{opened.ws_root}/?api_key={PRACTICE_KEY}&access_token={token}"
    return connect(address, compression=None, max_size=None, ping_interval=None)


async def subscribe(ws: ClientConnection, tokens: Sequence[int], mode: str = "full") -> None:
    await ws.send(json.dumps({"a": "subscribe", "v": list(tokens)}))
    await ws.send(json.dumps({"a": "mode", "v": [mode, list(tokens)]}))


async def whole_day(ws: ClientConnection) -> tuple[int, str, list[str]]:
    """Read to the end: the number of frames, their fingerprint, and the texts."""
    said, n_frames, texts = hashlib.sha256(), 0, []
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            message = await ws.recv()
            if isinstance(message, str):
                texts.append(json.loads(message)["data"])
            elif len(message) > 1:
                said.update(message)
                n_frames += 1
    return n_frames, said.hexdigest(), texts


async def test_the_same_day_is_byte_equal_however_often_it_is_streamed(opened: Opener) -> None:
    days = []
    for extra in (0, 1):
        server = await opened()
        token = await logged_in(server)
        tokens = server.server.day.market.tokens[:3]
        async with patience(60), socket(server, token) as ws:
            await subscribe(ws, tokens)
            if extra:
                async with socket(server, token) as other:
                    await subscribe(other, server.server.day.market.tokens[5:8])
                    days.append((await asyncio.gather(whole_day(ws), whole_day(other)))[0])
            else:
                days.append(await whole_day(ws))
            assert ws.close_code == 1000
    assert days[0] == days[1]
    assert days[0][2] == [GREETING, OVER]


async def test_a_dead_token_is_turned_away_at_the_handshake(opened: Opener) -> None:
    server = await opened()
    await logged_in(server)
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with socket(server, "wrong"):
            pass
    assert caught.value.response.status_code == 403


async def test_a_fourth_connection_is_turned_away(opened: Opener) -> None:
    server = await opened()
    token = await logged_in(server)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(3):
            ws = await stack.enter_async_context(socket(server, token))
            await ws.recv()
        with pytest.raises(websockets.InvalidStatus) as caught:
            await stack.enter_async_context(socket(server, token))
    assert caught.value.response.status_code == 429


async def test_an_idle_connection_gets_heartbeats_and_never_a_pong_of_its_own(opened: Opener) -> None:
    server = await opened()
    token = await logged_in(server)
    async with patience(), socket(server, token) as ws:
        assert json.loads(await ws.recv())["data"] == GREETING
        assert await ws.recv() == b"\x00"
        assert ws.latency == 0, "no pong has come, for no ping was sent"
        await (await ws.ping())
        assert ws.latency > 0


async def test_tokens_written_as_text_get_no_ticks_and_nonsense_gets_an_error(opened: Opener) -> None:
    server = await opened()
    token = await logged_in(server)
    async with patience(), socket(server, token) as ws:
        await ws.recv()
        for nonsense in ("not json", '{"a":"subscribe"}', '{"a":"mode","v":["loud",[1]]}', "[1]"):
            await ws.send(nonsense)
            assert json.loads(await ws.recv())["type"] == "error"
        await ws.send(json.dumps({"a": "subscribe", "v": ["123", 99]}))
        await ws.ping()
        assert server.server.clock.second == -1, "nobody has subscribed to anything, so the day waits"


async def test_a_late_subscriber_sees_the_present_state_first(opened: Opener) -> None:
    server = await opened(speed=50.0)
    token = await logged_in(server)
    a, b = server.server.day.market.tokens[:2]
    async with patience(), socket(server, token) as ws:
        await subscribe(ws, [a])
        while server.server.clock.second < 5:
            await ws.recv()
        async with socket(server, token) as late:
            await late.recv()
            await subscribe(late, [b], "ltp")
            first = await late.recv()
            assert isinstance(first, bytes)
            assert int.from_bytes(first[4:8]) == b


async def test_stopped_ticks_leave_the_connection_open_and_then_come_back(opened: Opener) -> None:
    server = await opened()
    server.server.switch_faults(parsed_faults([{"kind": "stop_ticks", "seconds": 7200}]))
    token = await logged_in(server)
    async with patience(60), socket(server, token) as ws:
        await subscribe(ws, server.server.day.market.tokens[:1])
        n_frames, _, texts = await whole_day(ws)
    tape = server.server.day.tape(server.server.day.market.tokens[0])
    assert tape is not None
    assert n_frames == int((tape.second >= 7200).sum())
    assert texts[-1] == OVER


async def test_a_cut_socket_ends_without_a_closing_frame(opened: Opener) -> None:
    server = await opened(speed=20.0)
    token = await logged_in(server)
    async with patience():
        ws = await socket(server, token)
        await subscribe(ws, server.server.day.market.tokens[:1])
        await ws.recv()
        await ws.recv()
        server.server.switch_faults(parsed_faults([{"kind": "drop_socket"}]))
        await whole_day(ws)
        assert ws.close_code == 1006
