"""Kite's web-socket wire: one compiled walk from a binary frame to `Ticks`, and the few text messages beside it.

A frame is `u16 count`, then per packet `u16 length` and a body whose length alone says what it is: 8 last price,
28 and 32 index, 44 quote, 184 full with depth. All numbers are big-endian and unsigned. The wire's raw integers are our
prices, at `price_scale(token)`; a negative price would arrive as 2^31 or more and is kept as it came, so that the flow
can refuse it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cockpit.clock import NS
from cockpit.errors import BadFrame, BadInput
from cockpit.market import DEPTH, TICK, TickMode, Ticks, ticks_of

MOST_TOKENS: Final = 3000
"""Instruments that one connection may subscribe (Kite Connect documentation, 2026-07)."""
SCALES: Final[Mapping[int, int]] = {3: 10_000_000, 6: 10_000, 12: 10_000}
"""Price scale by segment (the token's low byte) where it is not 100: 3 CDS, 6 BCD, 12 NCO."""
INDICES: Final = 9

# Columns of a tick row, counted in int64. They are written out, because numba keeps a compiled kernel until this very
# file changes: a layout read from `TICK` could move beneath it unseen. `_check_layout` holds the two together.
TOKEN, TS_EVENT, TS_SEEN, LAST_PRICE, OPEN, HIGH, LOW, CLOSE, TS_TRADE = 0, 1, 2, 3, 9, 10, 11, 12, 13
OI, OI_HIGH, OI_LOW, BID_PRICE, ASK_PRICE, MODE, WIDTH = 14, 15, 16, 17, 32, 47, 48
LTP_LENGTH, INDEX_LENGTH, INDEX_FULL_LENGTH, QUOTE_LENGTH, FULL_LENGTH = 8, 28, 32, 44, 184
LTP, QUOTE, FULL, INDEX_QUOTE, INDEX_FULL = 1, 2, 3, 4, 5
DEPTH_AT, ENTRY_LENGTH, LEVELS = 64, 12, 5


class Decoded(NamedTuple):
    """The ticks of one frame in wire order, and how many of its packets had a length nobody knows."""

    ticks: Ticks
    n_unknown: int


def price_scale(token: int) -> int:
    """Answer the scale of an instrument's prices on the wire, from its segment."""
    return SCALES.get(token & 0xFF, 100)


def decode(frame: bytes | memoryview, ts_seen: int) -> Decoded:
    """Turn one binary frame into ticks stamped `ts_seen`; a heartbeat (one byte or none) is an empty frame.

    Errors: BadFrame naming offset and lengths when the packets do not fill the frame exactly; nothing is taken from it.
    """
    size = len(frame)
    if size <= 1:
        return Decoded(ticks_of(0), 0)
    octets = np.frombuffer(frame, dtype=np.uint8)
    n_packets = int(octets[0]) << 8 | int(octets[1])
    # The smallest packet is 2 + 8 bytes, so a lying count cannot make us allocate more than the frame could fill.
    rows = np.empty((min(n_packets, size // (2 + LTP_LENGTH)), WIDTH), dtype=np.int64)
    n_rows, n_unknown, at, length = _walk(octets, n_packets, ts_seen, rows)
    if at != size or length == ENDS_EARLY:
        raise BadFrame(_complaint(size, n_packets, at, length))
    return Decoded(np.ndarray(n_rows, TICK, rows), n_unknown)


def _complaint(size: int, n_packets: int, at: int, length: int) -> str:
    if length == ENDS_EARLY:
        return (
            f"frame of {size} bytes ends at offset {at}, where the length of one of its {n_packets} packets should be"
        )
    if length > 0:
        return f"frame of {size} bytes: the packet at offset {at} claims {length} bytes, {size - at - 2} are left"
    return f"frame of {size} bytes: its {n_packets} packets end at offset {at}, {size - at} bytes too early"


ENDS_EARLY: Final = -1
ONE, TWO, THREE = np.uint64(1), np.uint64(2), np.uint64(3)


@njit(cache=True, nogil=True, inline="always")
def _u32(octets: NDArray[np.uint8], at: int) -> Any:
    # Unsigned offsets spare the check for negative ones, and this shape is one that compilers turn into a single load.
    i = np.uint64(at)
    return np.int64(
        (np.uint32(octets[i]) << np.uint32(24))
        | (np.uint32(octets[i + ONE]) << np.uint32(16))
        | (np.uint32(octets[i + TWO]) << np.uint32(8))
        | np.uint32(octets[i + THREE])
    )


@njit(cache=True, nogil=True, inline="always")
def _u16(octets: NDArray[np.uint8], at: int) -> Any:
    return np.int64(octets[at]) << 8 | np.int64(octets[at + 1])  # int() would make it unsigned, and the sums floats


@njit(cache=True, nogil=True)
def _walk(
    octets: NDArray[np.uint8], n_packets: int, ts_seen: int, rows: NDArray[np.int64]
) -> tuple[int, int, int, int]:
    """Fill `rows`; answer rows filled, packets of unknown length, offset reached, the length that broke the frame."""
    size, at, n_rows, n_unknown = octets.size, 2, 0, 0
    for _ in range(n_packets):
        if at + 2 > size:
            return n_rows, n_unknown, at, ENDS_EARLY
        length = _u16(octets, at)
        body = at + 2
        if body + length > size:
            return n_rows, n_unknown, at, length
        if length in (FULL_LENGTH, QUOTE_LENGTH, LTP_LENGTH):
            _tradable(octets, body, length, rows[n_rows])
        elif length in (INDEX_LENGTH, INDEX_FULL_LENGTH):
            _index(octets, body, length, rows[n_rows])
        else:
            n_unknown += 1
            at = body + length
            continue
        rows[n_rows, TOKEN] = _u32(octets, body)
        rows[n_rows, TS_SEEN] = ts_seen
        rows[n_rows, LAST_PRICE] = _u32(octets, body + 4)
        n_rows += 1
        at = body + length
    return n_rows, n_unknown, at, 0


@njit(cache=True, nogil=True)
def _tradable(octets: NDArray[np.uint8], body: int, length: int, row: NDArray[np.int64]) -> None:
    row[TS_EVENT] = 0
    if length == LTP_LENGTH:
        row[LAST_PRICE + 1 :] = 0
        row[MODE] = LTP
        return
    for step in range(1, 10):  # quantity to close stand in the row as they stand on the wire
        row[LAST_PRICE + step] = _u32(octets, body + 4 + 4 * step)
    if length == QUOTE_LENGTH:
        row[TS_TRADE:] = 0
        row[MODE] = QUOTE
        return
    row[MODE] = FULL
    row[TS_TRADE] = _u32(octets, body + 44) * NS
    row[OI] = _u32(octets, body + 48)
    row[OI_HIGH] = _u32(octets, body + 52)
    row[OI_LOW] = _u32(octets, body + 56)
    row[TS_EVENT] = _u32(octets, body + 60) * NS
    for level in range(LEVELS):
        _entry(octets, body + DEPTH_AT + level * ENTRY_LENGTH, row, BID_PRICE + level)
        _entry(octets, body + DEPTH_AT + (LEVELS + level) * ENTRY_LENGTH, row, ASK_PRICE + level)


@njit(cache=True, nogil=True, inline="always")
def _entry(octets: NDArray[np.uint8], at: int, row: NDArray[np.int64], column: int) -> None:
    row[column] = _u32(octets, at + 4)
    row[column + LEVELS] = _u32(octets, at)
    row[column + 2 * LEVELS] = _u16(octets, at + 8)


@njit(cache=True, nogil=True)
def _index(octets: NDArray[np.uint8], body: int, length: int, row: NDArray[np.int64]) -> None:
    row[TS_EVENT:] = 0
    row[HIGH] = _u32(octets, body + 8)  # high, low, open: not the order of a quote
    row[LOW] = _u32(octets, body + 12)
    row[OPEN] = _u32(octets, body + 16)
    row[CLOSE] = _u32(octets, body + 20)
    row[MODE] = INDEX_QUOTE
    if length == INDEX_FULL_LENGTH:
        row[TS_EVENT] = _u32(octets, body + 28) * NS
        row[MODE] = INDEX_FULL


def _check_layout() -> None:
    """Refuse to load when `TICK` and the columns written out above no longer agree."""
    columns = {name: place[1] // 8 for name, place in (TICK.fields or {}).items()}
    written = {
        "token": TOKEN, "ts_event": TS_EVENT, "ts_seen": TS_SEEN, "last_price": LAST_PRICE, "last_quantity": 4,
        "average_price": 5, "volume": 6, "buy_quantity": 7, "sell_quantity": 8, "open": OPEN, "high": HIGH, "low": LOW,
        "close": CLOSE, "ts_trade": TS_TRADE, "oi": OI, "oi_high": OI_HIGH, "oi_low": OI_LOW,
        "bid_price": BID_PRICE, "bid_quantity": BID_PRICE + LEVELS, "bid_orders": BID_PRICE + 2 * LEVELS,
        "ask_price": ASK_PRICE, "ask_quantity": ASK_PRICE + LEVELS, "ask_orders": ASK_PRICE + 2 * LEVELS, "mode": MODE,
    }  # fmt: skip
    modes = {TickMode.LTP: LTP, TickMode.QUOTE: QUOTE, TickMode.FULL: FULL}
    modes |= {TickMode.INDEX_QUOTE: INDEX_QUOTE, TickMode.INDEX_FULL: INDEX_FULL}
    if columns != written or TICK.itemsize != 8 * WIDTH or DEPTH != LEVELS or any(a != b for a, b in modes.items()):
        raise BadInput(f"tick rows have columns {columns}, kite_wire.py writes {written}: bring the two together")


_check_layout()


# -- text --------------------------------------------------------------------------------------------------------------


def subscribe_message(tokens: Iterable[int]) -> str:
    """Ask for ticks of `tokens`. They go as numbers: a token sent as text gets no ticks."""
    return _message("subscribe", [int(token) for token in tokens])


def unsubscribe_message(tokens: Iterable[int]) -> str:
    """Ask for no more ticks of `tokens`."""
    return _message("unsubscribe", [int(token) for token in tokens])


def mode_message(mode: str, tokens: Iterable[int]) -> str:
    """Ask for `tokens` in mode `ltp`, `quote` or `full`."""
    if mode not in ("ltp", "quote", "full"):
        raise BadInput(f"mode {mode!r} given, one of ltp, quote, full expected")
    return _message("mode", [mode, [int(token) for token in tokens]])


def _message(action: str, value: list[Any]) -> str:
    return json.dumps({"a": action, "v": value}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class OrderHint:
    """The broker pushed an order row. It proves nothing (pushes get lost, doubled and forged): read the order book."""

    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServerError:
    """The server refused something we asked of the stream, in its words."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The server told something else: the broker's own messages, or a type that is not known here."""

    kind: str
    text: str


Word: TypeAlias = OrderHint | ServerError | Notice


def parsed_text(text: str) -> Word:
    """Read one text frame.

    Errors: BadFrame for what is no JSON object, has no type, or is an order without a row.
    """
    try:
        said = json.loads(text)
    except ValueError as fault:
        raise BadFrame(f"text frame of {len(text)} characters is not JSON: {fault}") from fault
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        raise BadFrame(f"text frame {text[:80]!r}: an object with a type expected")
    kind, told = said["type"], said.get("data")
    if kind == "order":
        if not isinstance(told, dict):
            raise BadFrame(f"order update carries {type(told).__name__}, a row expected")
        return OrderHint(told)
    words = told if isinstance(told, str) else json.dumps(told)
    return ServerError(words) if kind == "error" else Notice(kind, words)
