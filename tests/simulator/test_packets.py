"""What is put on the wire is what Kite's own clients and sample packets say it must be."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cockpit.clock import NS
from cockpit.simulator.bent_frames import NEGATIVE, bad_packets, packets_at, truncated, volume_reset
from cockpit.simulator.kite_packets import INDEX_PACKET, PACKET, PREFIX, WireMode, frames, snapshot
from cockpit.simulator.listings import INDEX_TOKEN
from cockpit.simulator.market import PracticeMarket
from tests.simulator.conftest import DAY

O3 = "00063a010002668300000001000265690011f1b20003e9ff00058037000264f30002673c000261c90002646c"


def _framed(body: bytes) -> bytes:
    return struct.pack(">H", len(body)) + body


def _official(frame: bytes) -> list[dict[str, Any]]:
    from kiteconnect import KiteTicker

    parsed: list[dict[str, Any]] = KiteTicker("key", "token")._parse_binary(frame)
    return parsed


@pytest.fixture(scope="module")
def tapes(market: PracticeMarket) -> list[Any]:
    return [market.tape(token, DAY) for token in (*[x.token for x in market.listings[:4]], INDEX_TOKEN)]


def test_packets_have_the_lengths_that_tell_their_kind() -> None:
    assert [PACKET[mode].itemsize - PREFIX for mode in WireMode] == [8, 44, 184]
    assert [INDEX_PACKET[mode].itemsize - PREFIX for mode in WireMode] == [8, 28, 32]


def test_the_known_quote_packet_is_read_back_byte_for_byte() -> None:
    raw = _framed(bytes.fromhex(O3))
    row = np.frombuffer(raw, dtype=PACKET[WireMode.QUOTE])[0]
    assert (row["token"], row["last_price"], row["average_price"]) == (408065, 157315, 157033)
    assert (row["open"], row["high"], row["low"], row["close"]) == (156915, 157500, 156105, 156780)
    assert row.tobytes() == raw


@pytest.mark.parametrize(("name", "mode"), [("ticker_quote", WireMode.QUOTE), ("ticker_full", WireMode.FULL)])
def test_the_brokers_sample_packets_fit_our_columns(kite_mocks: Path, name: str, mode: WireMode) -> None:
    raw = _framed(base64.b64decode((kite_mocks / f"{name}.packet").read_text()))
    row = np.frombuffer(raw, dtype=PACKET[mode])[0]
    said = json.loads((kite_mocks / f"{name}.json").read_text())
    assert row["token"] == said["instrument_token"]
    assert row["last_price"] == round(said["last_price"] * 100)
    assert row["volume"] == said["volume_traded" if "volume_traded" in said else "volume"]
    assert row.tobytes() == raw


def test_the_known_index_packet_has_high_and_low_before_open_and_close() -> None:
    body = struct.pack(">IIIIIIi", 256265, 2596830, 2600000, 2590000, 2595000, 2594010, 2820)
    row = np.frombuffer(_framed(body), dtype=INDEX_PACKET[WireMode.QUOTE])[0]
    assert (row["high"], row["low"], row["open"], row["close"]) == (2600000, 2590000, 2595000, 2594010)


@pytest.mark.parametrize("mode", list(WireMode))
def test_the_official_parser_reads_every_field_as_the_tape_has_it(tapes: list[Any], mode: WireMode) -> None:
    second = 6000
    start_s = 1_795_000_000
    ticks = _official(snapshot(tapes, {t.token_of: mode for t in tapes}, start_s, second))
    assert [t["instrument_token"] for t in ticks] == [t.token_of for t in tapes]
    for tick, tape in zip(ticks[:-1], tapes[:-1], strict=True):
        at = tape.at(second)
        assert tick["mode"] == mode.value
        assert round(tick["last_price"] * 100) == tape.last[at]
        if mode is not WireMode.LTP:
            assert tick["volume_traded"] == tape.volume[at]
            assert round(tick["ohlc"]["close"] * 100) == tape.row.previous
        if mode is WireMode.FULL:
            assert tick["exchange_timestamp"].timestamp() == tape.second[at] + start_s
            assert round(tick["depth"]["buy"][0]["price"] * 100) == tape.bid[at]
            assert round(tick["depth"]["sell"][0]["price"] * 100) == tape.ask[at]
    assert ticks[-1]["tradable"] is False


def test_a_frame_depends_on_second_and_subscription_not_on_where_a_block_began(tapes: list[Any]) -> None:
    modes = {t.token_of: WireMode.FULL for t in tapes}
    whole = frames(tapes, modes, 0, 880, 1080)
    parts = [*frames(tapes, modes, 0, 880, 933), *frames(tapes, modes, 0, 933, 1080)]
    assert whole == parts
    assert any(whole)


def test_mixed_modes_share_one_frame_and_the_count_is_right(tapes: list[Any]) -> None:
    kinds = [WireMode.FULL, WireMode.LTP, WireMode.QUOTE, WireMode.FULL, WireMode.QUOTE]
    modes = {t.token_of: mode for t, mode in zip(tapes, kinds, strict=True)}
    frame = next(f for f in frames(tapes, modes, 0, 900, 1200) if f and struct.unpack(">H", f[:2])[0] == 5)
    assert sorted(length for _, length in packets_at(frame)) == [8, 28, 44, 184, 184]
    assert len(_official(frame)) == 5


def test_a_whole_day_of_frames_carries_every_change_of_the_tape_once(market: PracticeMarket, tapes: list[Any]) -> None:
    grid = market.grid(DAY)
    modes = {t.token_of: WireMode.LTP for t in tapes}
    all_frames = frames(tapes, modes, grid.start // NS, 0, grid.n_seconds)
    assert sum(struct.unpack(">H", f[:2])[0] for f in all_frames if f) == sum(len(t.second) for t in tapes)


def test_bent_frames_are_wrong_in_exactly_one_way(tapes: list[Any]) -> None:
    token = tapes[0].token_of
    good = snapshot(tapes, {t.token_of: WireMode.FULL for t in tapes}, 0, 6000)
    clean = _official(good)
    zero, negative = (_official(bad_packets(good, kind, token)) for kind in ("zero_price", "negative_price"))
    assert zero[0]["last_price"] == 0
    assert zero[1:] == clean[1:]
    assert negative[0]["last_price"] == NEGATIVE / 100
    assert _official(bad_packets(good, "hundredfold_price", token))[0]["last_price"] == pytest.approx(
        clean[0]["last_price"] * 100
    )
    assert [t["volume_traded"] for t in _official(volume_reset(good, 0))[:-1]] == [0, 0, 0, 0]
    assert len(truncated(good)) < len(good)
