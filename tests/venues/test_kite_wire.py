"""The wire is read as the broker's own client reads it, field by field, and what breaks the format is refused."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.clock import NS, ist
from cockpit.errors import BadFrame, BadInput
from cockpit.market import TickMode
from cockpit.venues.kite_wire import (
    Notice,
    OrderHint,
    ServerError,
    decode,
    mode_message,
    parsed_text,
    price_scale,
    subscribe_message,
    unsubscribe_message,
)

SEEN = 1_700_000_000 * NS
QUOTE_PACKET = bytes.fromhex("00063a010002668300000001000265690011f1b20003e9ff00058037000264f30002673c000261c90002646c")
SEGMENTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12)


def frame_of(*packets: bytes) -> bytes:
    """Put packets into a container."""
    return struct.pack(">H", len(packets)) + b"".join(struct.pack(">H", len(p)) + p for p in packets)


def official(frame: bytes) -> list[dict[str, Any]]:
    """Let the broker's own client read a frame."""
    from kiteconnect import KiteTicker

    parsed: list[dict[str, Any]] = KiteTicker("key", "token")._parse_binary(frame)
    return parsed


def levels_of(row: Any, side: str) -> list[dict[str, Any]]:
    """Show one side of the depth as the official client does."""
    scale = float(price_scale(int(row["token"])))
    columns = zip(row[f"{side}_quantity"], row[f"{side}_price"], row[f"{side}_orders"], strict=True)
    return [{"quantity": quantity, "price": price / scale, "orders": orders} for quantity, price, orders in columns]


def as_official(row: Any) -> dict[str, Any]:
    """Show one of our rows the way the official client shows a tick (dates as epoch seconds)."""
    token, mode = int(row["token"]), TickMode(row["mode"])
    scale = float(price_scale(token))
    names = {TickMode.LTP: "ltp", TickMode.QUOTE: "quote", TickMode.INDEX_QUOTE: "quote"}
    tick: dict[str, Any] = {
        "tradable": token & 0xFF != 9,
        "mode": names.get(mode, "full"),
        "instrument_token": token,
        "last_price": row["last_price"] / scale,
    }
    if mode is TickMode.LTP:
        return tick
    tick["ohlc"] = {name: row[name] / scale for name in ("open", "high", "low", "close")}
    close = tick["ohlc"]["close"]
    tick["change"] = (tick["last_price"] - close) * 100 / close if close else 0
    if mode in (TickMode.QUOTE, TickMode.FULL):
        tick |= {
            "last_traded_quantity": row["last_quantity"],
            "average_traded_price": row["average_price"] / scale,
            "volume_traded": row["volume"],
            "total_buy_quantity": row["buy_quantity"],
            "total_sell_quantity": row["sell_quantity"],
        }
    if mode in (TickMode.FULL, TickMode.INDEX_FULL):
        tick["exchange_timestamp"] = row["ts_event"] // NS
    if mode is TickMode.FULL:
        tick |= {"oi": row["oi"], "oi_day_high": row["oi_high"], "oi_day_low": row["oi_low"]}
        tick["last_trade_time"] = row["ts_trade"] // NS
        tick["depth"] = {side: levels_of(row, ours) for side, ours in (("buy", "bid"), ("sell", "ask"))}
    return tick


def with_epochs(tick: dict[str, Any]) -> dict[str, Any]:
    """Undo the client's host-local dates, which lose the zone but not the instant."""
    return {name: int(value.timestamp()) if hasattr(value, "timestamp") else value for name, value in tick.items()}


@st.composite
def packets(draw: st.DrawFn) -> bytes:
    """Draw one packet of any known size and segment, dates within what a platform's calendar can show."""
    length = draw(st.sampled_from((8, 28, 32, 44, 184)))
    body = bytearray(draw(st.binary(min_size=length, max_size=length)))
    body[0:4] = struct.pack(">I", draw(st.integers(0, 2**24 - 1)) << 8 | draw(st.sampled_from(SEGMENTS)))
    return bytes(body)


@given(st.lists(packets(), max_size=40))
def test_any_mix_of_packets_is_read_as_the_official_client_reads_it(mix: list[bytes]) -> None:
    frame = frame_of(*mix)
    ours, unknown = decode(frame, SEEN)
    assert [as_official(row) for row in ours] == [with_epochs(tick) for tick in official(frame)]
    assert unknown == 0
    assert set(ours["ts_seen"]) <= {SEEN}


def test_a_quote_packet_is_read_to_the_paisa() -> None:
    (row,), _ = decode(frame_of(QUOTE_PACKET), SEEN)
    assert (row["token"], row["last_price"], row["average_price"]) == (408065, 157315, 157033)
    assert (row["last_quantity"], row["volume"]) == (1, 1175986)
    assert (row["buy_quantity"], row["sell_quantity"]) == (256511, 360503)
    assert [row[name] for name in ("open", "high", "low", "close")] == [156915, 157500, 156105, 156780]
    assert (row["ts_event"], row["ts_trade"], row["mode"]) == (0, 0, TickMode.QUOTE)
    assert as_official(row)["change"] == 0.3412425054216186


def test_the_brokers_full_packet_carries_depth_and_indian_time(kite_mocks: Path) -> None:
    packet = base64.b64decode((kite_mocks / "ticker_full.packet").read_text())
    told = json.loads((kite_mocks / "ticker_full.json").read_text())
    (row,), _ = decode(frame_of(packet), SEEN)
    assert ist(int(row["ts_event"])).isoformat() == told["timestamp"] == "2021-07-05T10:41:27+05:30"
    assert ist(int(row["ts_trade"])).isoformat() == told["last_trade_time"]
    assert (row["last_price"], row["volume"], row["last_quantity"]) == (157370, told["volume"], told["last_quantity"])
    for side, ours in (("buy", "bid"), ("sell", "ask")):
        assert levels_of(row, ours) == told["depth"][side]
    assert (row["bid_price"][0], row["bid_quantity"][0], row["bid_orders"][0]) == (157340, 5, 1)
    assert (row["ask_price"][0], row["ask_quantity"][0], row["ask_orders"][0]) == (157370, 172, 3)
    assert as_official(row)["change"] == 0.3763235106518747


def test_the_brokers_quote_packet_agrees_with_its_own_words(kite_mocks: Path) -> None:
    packet = base64.b64decode((kite_mocks / "ticker_quote.packet").read_text())
    told = json.loads((kite_mocks / "ticker_quote.json").read_text())
    (row,), _ = decode(frame_of(packet), SEEN)
    assert packet == QUOTE_PACKET
    assert (row["last_price"], row["volume"]) == (round(told["last_price"] * 100), told["volume"])
    assert as_official(row)["ohlc"] == told["ohlc"]


def test_the_first_eight_bytes_alone_are_a_last_price() -> None:
    (row,), _ = decode(bytes.fromhex("00010008") + QUOTE_PACKET[:8], SEEN)
    assert (row["token"], row["last_price"], row["mode"]) == (408065, 157315, TickMode.LTP)
    assert sum(int(row[name]) for name in ("volume", "open", "close", "ts_event", "oi")) == 0


def test_an_index_packet_has_high_and_low_before_open() -> None:
    packet = struct.pack(">IIIIIIi", 256265, 2596830, 2600000, 2590000, 2595000, 2594010, 2820)
    short, long = decode(frame_of(packet, packet + struct.pack(">I", 1625461887)), SEEN).ticks
    assert [short[name] for name in ("high", "low", "open", "close")] == [2600000, 2590000, 2595000, 2594010]
    assert as_official(short)["change"] == 0.10871199417118951
    assert (short["mode"], short["ts_event"]) == (TickMode.INDEX_QUOTE, 0)
    assert (long["mode"], long["ts_event"]) == (TickMode.INDEX_FULL, 1625461887 * NS)
    assert as_official(short)["tradable"] is False


def encoded(row: Any) -> bytes:
    """Write a tick row back as the packet it came from."""
    body = [row[n] for n in ("token", "last_price", "last_quantity", "average_price", "volume", "buy_quantity")]
    body += [row[n] for n in ("sell_quantity", "open", "high", "low", "close")]
    packet = struct.pack(">11I", *map(int, body))
    if row["mode"] == TickMode.QUOTE:
        return packet
    tail = (row["ts_trade"] // NS, row["oi"], row["oi_high"], row["oi_low"], row["ts_event"] // NS)
    packet += struct.pack(">5I", *map(int, tail))
    for side in ("bid", "ask"):
        for level in range(5):
            entry = (row[f"{side}_quantity"][level], row[f"{side}_price"][level], row[f"{side}_orders"][level])
            packet += struct.pack(">IIHxx", *map(int, entry))
    return packet


def test_what_was_read_can_be_written_back_byte_for_byte(kite_mocks: Path) -> None:
    full = base64.b64decode((kite_mocks / "ticker_full.packet").read_text())
    ticks, _ = decode(frame_of(QUOTE_PACKET, full), SEEN)
    assert [encoded(row) for row in ticks] == [QUOTE_PACKET, full]


@pytest.mark.parametrize("heartbeat", [b"", b"\x00", b"\x01", b"\x00\x00"])
def test_a_heartbeat_is_an_empty_frame(heartbeat: bytes) -> None:
    assert len(decode(heartbeat, SEEN).ticks) == 0


def test_a_packet_of_unknown_length_is_dropped_and_counted_and_the_rest_is_read() -> None:
    ticks, unknown = decode(frame_of(bytes(12), QUOTE_PACKET, b"", bytes(200)), SEEN)
    assert (list(ticks["token"]), unknown) == ([408065], 3)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (frame_of(QUOTE_PACKET)[:-1], "the packet at offset 2 claims 44 bytes, 43 are left"),
        (frame_of(QUOTE_PACKET, QUOTE_PACKET)[:48], "ends at offset 48, where the length of one of its 2 packets"),
        (frame_of(QUOTE_PACKET)[:3], "ends at offset 2, where the length"),
        (b"\x00\x01", "ends at offset 2, where the length"),
        (frame_of(QUOTE_PACKET) + b"\x00", "1 packets end at offset 48, 1 bytes too early"),
        (b"\xff\xff" + frame_of(QUOTE_PACKET)[2:], "one of its 65535 packets"),
    ],
)
def test_a_frame_that_its_packets_do_not_fill_is_refused_whole(frame: bytes, words: str) -> None:
    with pytest.raises(BadFrame, match=words):
        decode(frame, SEEN)


@given(st.binary(max_size=600))
def test_noise_is_decoded_or_refused_and_never_read_beyond_its_end(noise: bytes) -> None:
    try:
        ticks, unknown = decode(noise, SEEN)
    except BadFrame:
        return
    assert len(ticks) + unknown == (struct.unpack(">H", noise[:2])[0] if len(noise) > 1 else 0)


def test_a_negative_price_stays_visible_as_an_impossible_one() -> None:
    (row,), _ = decode(frame_of(struct.pack(">Ii", 408065, -1250)), SEEN)
    assert row["last_price"] == 2**32 - 1250 >= 2**31


def test_a_view_of_a_buffer_is_read_like_bytes() -> None:
    frame = frame_of(QUOTE_PACKET, QUOTE_PACKET[:8])
    assert np.array_equal(decode(memoryview(frame), SEEN).ticks, decode(frame, SEEN).ticks)


def test_prices_are_at_the_scale_of_their_segment() -> None:
    assert [price_scale(1 << 8 | segment) for segment in (1, 4, 9, 3, 6, 12)] == [100, 100, 100, 10**7, 10**4, 10**4]


def test_messages_carry_tokens_as_numbers() -> None:
    tokens = [np.int64(408065), 738561]
    assert subscribe_message(tokens) == '{"a":"subscribe","v":[408065,738561]}'
    assert unsubscribe_message(tokens) == '{"a":"unsubscribe","v":[408065,738561]}'
    assert mode_message("full", tokens) == '{"a":"mode","v":["full",[408065,738561]]}'
    with pytest.raises(BadInput, match="one of ltp, quote, full"):
        mode_message("FULL", tokens)


def test_text_frames_are_told_apart() -> None:
    assert parsed_text('{"type":"order","data":{"order_id":"1"}}') == OrderHint({"order_id": "1"})
    assert parsed_text('{"type":"error","data":"too many tokens"}') == ServerError("too many tokens")
    assert parsed_text('{"type":"message","data":"hello"}') == Notice("message", "hello")
    assert parsed_text('{"type":"instruments_meta","data":{"count":3}}') == Notice("instruments_meta", '{"count": 3}')


@pytest.mark.parametrize("text", ["[1]", "{", '"x"', "{}", '{"type":1}', '{"type":"order","data":[]}'])
def test_a_text_frame_that_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(BadFrame):
        parsed_text(text)
