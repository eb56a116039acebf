"""Five levels a side at any moment of a tape: a pure function of name, second and level, the same at every door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cockpit.market import DEPTH
from cockpit.simulator.tape import NameTape


@dataclass(frozen=True, slots=True)
class DepthRows:
    """Columns [row, level], best first; all 0 where a level is empty."""

    bid_price: NDArray[Any]
    bid_quantity: NDArray[Any]
    bid_orders: NDArray[Any]
    ask_price: NDArray[Any]
    ask_quantity: NDArray[Any]
    ask_orders: NDArray[Any]
    buy_quantity: NDArray[Any]
    """[row]: shares wanted in the whole book."""
    sell_quantity: NDArray[Any]


def depth_rows(tape: NameTape, first: int, end: int) -> DepthRows:
    """Answer the book at the tape's rows [first, end)."""
    row, rows = tape.row, slice(first, end)
    level = np.arange(DEPTH)
    bid, ask = tape.bid[rows, None], tape.ask[rows, None]
    bid_price = bid - level * row.tick
    ask_price = ask + level * row.tick
    bid_there = (bid > 0) & (bid_price >= max(row.band_low, row.tick))
    ask_there = (ask > 0) & (ask_price <= row.band_high)
    mixed = _mixed(tape, first, end)
    size = tape.size[rows, None] * (1 + 0.4 * level)
    bid_share, ask_share = _spread_of(mixed[:, :DEPTH]), _spread_of(mixed[:, DEPTH:])
    bid_quantity = np.where(bid_there, np.maximum(1, size * bid_share), 0).astype(np.int64)
    ask_quantity = np.where(ask_there, np.maximum(1, size * ask_share), 0).astype(np.int64)
    return DepthRows(
        np.where(bid_there, bid_price, 0),
        bid_quantity,
        np.where(bid_there, 1 + (mixed[:, :DEPTH] >> 9) % 12, 0),
        np.where(ask_there, ask_price, 0),
        ask_quantity,
        np.where(ask_there, 1 + (mixed[:, DEPTH:] >> 9) % 12, 0),
        bid_quantity.sum(axis=1) * 40,
        ask_quantity.sum(axis=1) * 40,
    )


def _spread_of(mixed: NDArray[Any]) -> NDArray[Any]:
    """Turn hashes into factors between 0.15 and about 6, most of them small: books are uneven."""
    uniform = (mixed & 0xFFFF) / 65536.0
    return np.asarray(0.15 - 0.9 * np.log1p(-uniform * 0.998))


def _mixed(tape: NameTape, first: int, end: int) -> NDArray[Any]:
    """Hash (name, second, level) into uint32 [row, 10]."""
    second = tape.second[first:end].astype(np.uint32)[:, None]
    level = np.arange(2 * DEPTH, dtype=np.uint32)
    x = second * np.uint32(2_654_435_761) ^ (level * np.uint32(2_246_822_519)) ^ np.uint32(tape.row.salt)
    x ^= x >> np.uint32(15)
    x *= np.uint32(2_246_822_519)
    x ^= x >> np.uint32(13)
    x *= np.uint32(3_266_489_917)
    return np.asarray(x ^ (x >> np.uint32(16)))
