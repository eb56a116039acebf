"""Decoding of full-mode frames: ours beside the broker's own parser and beside the fastest way to its dicts."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from datetime import datetime
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from benchmarks.rows import Row, row, seconds
from cockpit.venues.kite_wire import decode

TARGETS = {50: 150.0, 500: None, 3000: 200.0}
ROUNDS = 9
TICKS_A_TURN = 60_000
FULL = struct.Struct(">11I5I" + "IIHxx" * 10)


def run() -> list[Row]:
    """Measure nanoseconds a tick for frames of 50, 500 and 3,000 packets of 184 bytes."""
    peer = _official()
    rows = []
    for n_packets, target in TARGETS.items():
        frame = _frame(n_packets)
        assert _named(peer(frame)) == _named(_drop_in(frame)), "the drop-in must answer the official dicts"
        contenders = partial(decode, frame, 1), partial(peer, frame), partial(_drop_in, frame)
        ours, theirs, dicts = _taking_turns(n_packets, *contenders)
        area = f"tick decode, {n_packets} a frame"
        rows.append(row(f"{area}, official parser", ours, theirs, unit="ns/tick", target=target))
        rows.append(row(f"{area}, same dicts by one Struct", ours, dicts, unit="ns/tick"))
    return rows


def _taking_turns(n_packets: int, *calls: Callable[[], object]) -> list[float]:
    """Measure contenders in alternating rounds, so that a busy machine is busy for all of them; ns a tick each."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, taken, strict=True):
            times.append(_ns_a_tick(call, n_packets, TICKS_A_TURN if call is calls[0] else TICKS_A_TURN // 20))
    return [median(times) for times in taken]


def _ns_a_tick(call: Callable[[], object], n_packets: int, n_ticks: int) -> float:
    calls = max(1, n_ticks // n_packets)

    def many() -> None:
        for _ in range(calls):
            call()

    return seconds(many, rounds=1, warm=1) / (calls * n_packets) * 1e9


def _frame(n_packets: int) -> bytes:
    random = np.random.default_rng(50)
    out = bytearray(struct.pack(">H", n_packets))
    for slot in range(n_packets):
        numbers = random.integers(1, 2_000_000_000, size=16).tolist()
        numbers[0] = (slot + 1) << 8 | 1
        depth = random.integers(1, 60_000, size=30).tolist()
        out += struct.pack(">H", FULL.size) + FULL.pack(*numbers, *depth)
    return bytes(out)


def _official() -> Callable[[bytes], list[dict[str, Any]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from kiteconnect import KiteTicker
    parse: Callable[[bytes], list[dict[str, Any]]] = KiteTicker("key", "token")._parse_binary
    return parse


def _named(ticks: list[dict[str, Any]]) -> list[Any]:
    return [sorted(tick.items(), key=lambda item: item[0]) for tick in ticks]


def _drop_in(frame: bytes) -> list[dict[str, Any]]:
    """Answer the official parser's dicts for a frame of full packets, as fast as plain Python makes them."""
    (n_packets,) = struct.unpack_from(">H", frame)
    return [_dict(FULL.unpack_from(frame, 4 + slot * (2 + FULL.size))) for slot in range(n_packets)]


def _dict(v: tuple[int, ...]) -> dict[str, Any]:
    last, close = v[1] / 100.0, v[10] / 100.0
    depth = [{"quantity": v[i], "price": v[i + 1] / 100.0, "orders": v[i + 2]} for i in range(16, 46, 3)]
    return {
        "tradable": True,
        "mode": "full",
        "instrument_token": v[0],
        "last_price": last,
        "last_traded_quantity": v[2],
        "average_traded_price": v[3] / 100.0,
        "volume_traded": v[4],
        "total_buy_quantity": v[5],
        "total_sell_quantity": v[6],
        "ohlc": {"open": v[7] / 100.0, "high": v[8] / 100.0, "low": v[9] / 100.0, "close": close},
        "change": (last - close) * 100 / close,
        "last_trade_time": datetime.fromtimestamp(v[11]),  # noqa: DTZ006 - naive, as the peer makes it
        "oi": v[12],
        "oi_day_high": v[13],
        "oi_day_low": v[14],
        "exchange_timestamp": datetime.fromtimestamp(v[15]),  # noqa: DTZ006
        "depth": {"buy": depth[:5], "sell": depth[5:]},
    }
