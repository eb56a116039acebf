"""Kite's binary packets, written: numpy structured big-endian columns become the bytes of one frame a second."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.market import DEPTH
from cockpit.simulator.depth import depth_rows
from cockpit.simulator.index_tape import IndexTape
from cockpit.simulator.tape import NameTape


class WireMode(StrEnum):
    """What a client asked to see of an instrument."""

    LTP = "ltp"
    QUOTE = "quote"
    FULL = "full"


_Columns = list[Any]
_LEVEL: Final = np.dtype([("quantity", ">u4"), ("price", ">u4"), ("orders", ">u2"), ("pad", ">u2")])
_LTP: Final[_Columns] = [("length", ">u2"), ("token", ">u4"), ("last_price", ">u4")]
_QUOTE: Final[_Columns] = [
    *_LTP, ("last_quantity", ">u4"), ("average_price", ">u4"), ("volume", ">u4"), ("buy_quantity", ">u4"),
    ("sell_quantity", ">u4"), ("open", ">u4"), ("high", ">u4"), ("low", ">u4"), ("close", ">u4"),
]  # fmt: skip
_FULL: Final[_Columns] = [
    *_QUOTE, ("last_trade_time", ">u4"), ("oi", ">u4"), ("oi_high", ">u4"), ("oi_low", ">u4"),
    ("exchange_time", ">u4"), ("levels", _LEVEL, (2 * DEPTH,)),
]  # fmt: skip
_INDEX_QUOTE: Final[_Columns] = [
    *_LTP, ("high", ">u4"), ("low", ">u4"), ("open", ">u4"), ("close", ">u4"), ("change", ">i4"),
]  # fmt: skip
_INDEX_FULL: Final[_Columns] = [*_INDEX_QUOTE, ("exchange_time", ">u4")]

PACKET: Final = {mode: np.dtype(kind) for mode, kind in zip(WireMode, (_LTP, _QUOTE, _FULL), strict=True)}
"""One packet of a tradable name with its two length bytes before it."""
INDEX_PACKET: Final = {
    mode: np.dtype(kind) for mode, kind in zip(WireMode, (_LTP, _INDEX_QUOTE, _INDEX_FULL), strict=True)
}
"""The same of an index: high and low stand before open and close there."""
PREFIX: Final = 2


def name_packets(tape: NameTape, mode: WireMode, first: int, end: int, start_s: int) -> NDArray[Any]:
    """Encode the tape's rows [first, end); `start_s` is the epoch second of the tape's second 0."""
    row, rows = tape.row, slice(first, end)
    packets = np.zeros(end - first, dtype=PACKET[mode])
    packets["length"] = PACKET[mode].itemsize - PREFIX
    packets["token"] = row.instrument.token
    packets["last_price"] = tape.last[rows]
    if mode is WireMode.LTP:
        return packets
    depth = depth_rows(tape, first, end)
    packets["last_quantity"] = tape.quantity[rows]
    packets["average_price"] = tape.average[rows]
    packets["volume"] = tape.volume[rows]
    packets["buy_quantity"] = depth.buy_quantity
    packets["sell_quantity"] = depth.sell_quantity
    packets["open"] = np.where(tape.high[rows] > 0, row.open, 0)
    packets["high"] = tape.high[rows]
    packets["low"] = tape.low[rows]
    packets["close"] = row.previous
    if mode is WireMode.FULL:
        packets["last_trade_time"] = np.where(tape.trade_second[rows] >= 0, tape.trade_second[rows] + start_s, 0)
        packets["exchange_time"] = tape.second[rows] + start_s
        levels = packets["levels"]
        levels["price"], levels["quantity"], levels["orders"] = depth.price, depth.quantity, depth.orders
    return packets


def index_packets(tape: IndexTape, mode: WireMode, first: int, end: int, start_s: int) -> NDArray[Any]:
    """Encode the index tape's rows [first, end)."""
    rows = slice(first, end)
    packets = np.zeros(end - first, dtype=INDEX_PACKET[mode])
    packets["length"] = INDEX_PACKET[mode].itemsize - PREFIX
    packets["token"] = tape.token
    packets["last_price"] = tape.last[rows]
    if mode is WireMode.LTP:
        return packets
    for column in ("open", "high", "low"):
        packets[column] = getattr(tape, column)[rows]
    packets["close"] = tape.previous
    packets["change"] = tape.last[rows] - tape.previous
    if mode is WireMode.FULL:
        packets["exchange_time"] = tape.second[rows] + start_s
    return packets


Tape = NameTape | IndexTape


def packets_of(tape: Tape, mode: WireMode, first: int, end: int, start_s: int) -> NDArray[Any]:
    """Encode rows of either kind of tape."""
    if isinstance(tape, IndexTape):
        return index_packets(tape, mode, first, end, start_s)
    return name_packets(tape, mode, first, end, start_s)


def frames(tapes: Sequence[Tape], modes: Mapping[int, WireMode], start_s: int, first: int, end: int) -> list[bytes]:
    """Answer one frame for each second of [first, end): what changed of the subscribed names, b"" where nothing did.

    `modes` is by token; the packets of a frame are in the order of `tapes`, names of different modes in groups.
    """
    groups: dict[int, list[tuple[NDArray[Any], NDArray[Any]]]] = {}
    for tape in tapes:
        low, high = (int(k) for k in np.searchsorted(tape.second, [first, end]))
        packets = packets_of(tape, modes[tape.token_of], low, high, start_s)
        # As raw bytes: joining big-endian columns would turn them into the machine's own order.
        raw = packets.view(f"V{packets.dtype.itemsize}")
        groups.setdefault(packets.dtype.itemsize, []).append((tape.second[low:high] - first, raw))
    counts = np.zeros(end - first, dtype=np.int64)
    bodies: list[tuple[memoryview, NDArray[Any]]] = []
    for size in sorted(groups, reverse=True):
        seconds = np.concatenate([second for second, _ in groups[size]])
        packets = np.concatenate([rows for _, rows in groups[size]])[np.argsort(seconds, kind="stable")]
        per_second = np.bincount(seconds, minlength=end - first)
        counts += per_second
        bodies.append((memoryview(packets.tobytes()), np.concatenate([[0], np.cumsum(per_second)]) * size))
    return [_frame(int(counts[k]), bodies, k) for k in range(end - first)]


def _frame(count: int, bodies: list[tuple[memoryview, NDArray[Any]]], second: int) -> bytes:
    if not count:
        return b""
    parts = [struct.pack(">H", count)]
    parts.extend(bytes(body[int(at[second]) : int(at[second + 1])]) for body, at in bodies)
    return b"".join(parts)


def snapshot(tapes: Sequence[Tape], modes: Mapping[int, WireMode], start_s: int, second: int) -> bytes:
    """Answer one frame with the state of every name at `second`; names not yet seen are left out."""
    parts = []
    for tape in tapes:
        row = int(np.searchsorted(tape.second, second, side="right")) - 1
        if row >= 0:
            parts.append(packets_of(tape, modes[tape.token_of], row, row + 1, start_s).tobytes())
    return struct.pack(">H", len(parts)) + b"".join(parts) if parts else b""
