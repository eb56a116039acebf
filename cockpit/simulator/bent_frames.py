"""Frames with something wrong in them: bad prices, a day volume that starts again, a packet cut in the middle."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final

LTP_AT: Final = 4
VOLUME_AT: Final = 16
TRADABLE_LENGTHS: Final = (44, 184)
NEGATIVE: Final = (1 << 32) - 1250
"""What -12.50 looks like on a wire that knows no sign."""


def packets_at(frame: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, length) of every packet of a frame."""
    (count,) = struct.unpack_from(">H", frame)
    at = 2
    for _ in range(count):
        (length,) = struct.unpack_from(">H", frame, at)
        yield at + 2, length
        at += 2 + length


def bad_packets(frame: bytes, kind: str, token: int) -> bytes:
    """Answer the frame with the last price of `token` (0: all) made impossible."""
    bent = bytearray(frame)
    for at, _ in packets_at(frame):
        found, price = struct.unpack_from(">II", frame, at)
        if token in (0, found):
            bad = {"zero_price": 0, "negative_price": NEGATIVE, "hundredfold_price": min(price * 100, (1 << 31) - 1)}
            struct.pack_into(">I", bent, at + LTP_AT, bad[kind])
    return bytes(bent)


def volume_reset(frame: bytes, token: int) -> bytes:
    """Answer the frame with the day volume of `token` (0: all) starting again at 0."""
    bent = bytearray(frame)
    for at, length in packets_at(frame):
        (found,) = struct.unpack_from(">I", frame, at)
        if token in (0, found) and length in TRADABLE_LENGTHS:
            struct.pack_into(">I", bent, at + VOLUME_AT, 0)
    return bytes(bent)


def without(frame: bytes, is_halted: Callable[[int], bool]) -> bytes:
    """Answer the frame without the packets of halted names; b"" when none is left."""
    kept = [
        frame[at - 2 : at + length]
        for at, length in packets_at(frame)
        if not is_halted(struct.unpack_from(">I", frame, at)[0])
    ]
    return struct.pack(">H", len(kept)) + b"".join(kept) if kept else b""


def truncated(frame: bytes) -> bytes:
    """Answer the frame cut in the middle of its last packet."""
    at, length = list(packets_at(frame))[-1]
    return frame[: at + length // 2]
