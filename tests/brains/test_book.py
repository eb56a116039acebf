"""The order book's columns have hand values, and where no depth was on the wire there are none."""

from __future__ import annotations

import numpy as np

from cockpit.brains.features.book import EXECUTION, book_features
from cockpit.brains.features.roster import DECLARED
from cockpit.market import TickMode, Ticks, ticks_of


def book(bid: int, ask: int, bids: list[int], asks: list[int], mode: TickMode = TickMode.FULL) -> Ticks:
    tick = ticks_of(1)
    tick["mode"] = mode
    tick["bid_price"][0, 0], tick["ask_price"][0, 0] = bid, ask
    tick["bid_quantity"], tick["ask_quantity"] = bids, asks
    return tick


def test_a_book_has_its_hand_values() -> None:
    ((imbalance, micro, spread),) = book_features(book(9990, 10010, [300, 0, 0, 0, 0], [100, 0, 0, 0, 0]))
    assert imbalance == 0.5
    np.testing.assert_allclose(micro, 5.0)  # three quarters of the way to the ask: 10,005 against 10,000
    np.testing.assert_allclose(spread, 20.0)


def test_sides_swapped_swap_the_sign() -> None:
    one = book_features(book(9990, 10010, [300, 20, 7, 5, 1], [100, 60, 50, 4, 9]))
    other = book_features(book(9990, 10010, [100, 60, 50, 4, 9], [300, 20, 7, 5, 1]))
    np.testing.assert_allclose(one[0, :2], -other[0, :2])
    assert one[0, 2] == other[0, 2]


def test_a_packet_without_depth_or_with_one_side_only_has_no_columns() -> None:
    ten = [10] * 5
    for tick in (book(9990, 10010, ten, ten, TickMode.QUOTE), book(0, 10010, ten, ten), book(9990, 0, ten, ten)):
        assert np.isnan(book_features(tick)).all()
    assert book_features(ticks_of(0)).shape == (0, 3)


def test_no_nightly_pipeline_knows_the_order_book() -> None:
    assert not {column.name for column in EXECUTION} & set(DECLARED)
