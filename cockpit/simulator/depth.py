"""Five levels a side at any moment of a tape: a pure function of name, second and level, the same at every door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cockpit.market import DEPTH
from cockpit.simulator.tape import NameTape

WHOLE_BOOK: Final = 40
"""How many times what five levels show stands in the whole book."""
_SHARES: Final = 0.15 - 0.9 * np.log1p(-(np.arange(1024) + 0.5) / 1024)
"""Sizes of levels, most of them small and a few large: books are uneven."""
_LEVEL: Final = np.concatenate([np.arange(DEPTH), np.arange(DEPTH)])
_SIDE: Final = np.repeat([-1, 1], DEPTH)


@dataclass(frozen=True, slots=True)
class DepthRows:
    """Columns [row, place]: five bids, then five asks, each best first; all 0 where a level is empty."""

    price: NDArray[Any]
    quantity: NDArray[Any]
    orders: NDArray[Any]

    @property
    def buy_quantity(self) -> NDArray[Any]:
        """Answer [row]: shares wanted in the whole book."""
        return np.asarray(self.quantity[:, :DEPTH].sum(axis=1) * WHOLE_BOOK)

    @property
    def sell_quantity(self) -> NDArray[Any]:
        """Answer [row]: shares offered in the whole book."""
        return np.asarray(self.quantity[:, DEPTH:].sum(axis=1) * WHOLE_BOOK)


def depth_rows(tape: NameTape, first: int, end: int) -> DepthRows:
    """Answer the book at the tape's rows [first, end)."""
    row = tape.row
    best = np.repeat(np.stack([tape.bid[first:end], tape.ask[first:end]], axis=1), DEPTH, axis=1)
    price = best + _SIDE * _LEVEL * row.tick
    there = (best > 0) & (price >= max(row.band_low, row.tick)) & (price <= row.band_high)
    mixed = _mixed(tape.second[first:end], row.salt)
    quantity = (tape.size[first:end, None] * (1 + 0.4 * _LEVEL) * _SHARES[mixed & 1023]).astype(np.int64)
    return DepthRows(price * there, np.maximum(quantity, 1) * there, (1 + (mixed >> 20 & 7)) * there)


def _mixed(second: NDArray[Any], salt: int) -> NDArray[Any]:
    """Hash (name, second, place) into uint32 [row, place]."""
    place = np.arange(2 * DEPTH, dtype=np.uint32)
    x = second.astype(np.uint32)[:, None] * np.uint32(2_654_435_761) ^ (place * np.uint32(2_246_822_519))
    x ^= np.uint32(salt)
    x ^= x >> np.uint32(15)
    x *= np.uint32(2_246_822_519)
    x ^= x >> np.uint32(13)
    x *= np.uint32(3_266_489_917)
    x ^= x >> np.uint32(16)
    return x
