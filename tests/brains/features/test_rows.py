"""What the kernels do to a whole row at once: logarithms to the last bit but one, and ranks of any numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.brains.features.logarithms import logarithms
from cockpit.brains.features.standing import rank

LAST_BIT = 2.0**-52
NAN = math.nan


def logs(values: NDArray[Any]) -> NDArray[Any]:
    out = np.empty_like(values)
    logarithms(values, out)
    return out


def ranks(values: list[float]) -> NDArray[Any]:
    column = np.empty(len(values))
    rank(np.array(values), column)
    return column


def ranked_by_hand(values: list[float]) -> list[float]:
    """Answer (names below + half of the other equals) / (names less 1), values compared as float32."""
    short = [float(np.float32(value)) for value in values]
    there = [value for value in short if not math.isnan(value)]

    def place(value: float) -> float:
        below, equals = sum(other < value for other in there), there.count(value)
        return (below + (equals - 1) / 2) / (len(there) - 1)

    return [NAN if math.isnan(value) else place(value) for value in short]


def test_a_logarithm_is_off_by_less_than_one_unit_in_the_last_place() -> None:
    rng = np.random.default_rng(5)
    ratios, volumes = np.exp(rng.normal(0, 0.02, 4_000)), np.exp(rng.uniform(-60, 60, 4_000))
    for values in (ratios, volumes, 1.0 + rng.uniform(-1e-9, 1e-9, 4_000), np.round(volumes) + 1.0):
        true = np.array([math.log(value) for value in values])
        assert np.all(np.abs(logs(values) - true) <= LAST_BIT * np.abs(true))


def test_the_logarithm_of_one_is_nothing_and_of_what_is_missing_is_missing() -> None:
    np.testing.assert_array_equal(logs(np.array([1.0, NAN, 2.0, 0.5])), [0.0, NAN, math.log(2.0), -math.log(2.0)])


def test_a_logarithm_alone_is_the_one_among_many_bit_for_bit() -> None:
    values = np.exp(np.random.default_rng(6).normal(0, 3, 614))
    alone = np.concatenate([logs(values[i : i + 1].copy()) for i in range(614)])
    np.testing.assert_array_equal(logs(values).view(np.int64), alone.view(np.int64))


@pytest.mark.parametrize("seed", range(4))
def test_ranks_of_many_names_are_those_counted_by_hand(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = {
        "returns": 1.0 + rng.normal(0, 0.03, 400),
        "below and above nothing": rng.normal(0, 1, 400),
        "traded, some not at all": np.exp(rng.normal(18, 2, 400)) * (rng.random(400) > 0.1),
        "many equals": np.round(rng.normal(0, 3, 400)),
        "one far away": np.append(1.0 + rng.normal(0, 1e-6, 399), -1e30),
    }
    for what, row in values.items():
        some = np.where(rng.random(400) < 0.1, NAN, row).tolist()
        np.testing.assert_allclose(ranks(some), ranked_by_hand(some), rtol=1e-14, err_msg=what)


def test_nothing_below_and_nothing_above_is_one_nothing_and_two_names_have_no_rank() -> None:
    np.testing.assert_array_equal(ranks([0.0, -0.0, 1.0, -1.0]), [0.5, 0.5, 1.0, 0.0])
    np.testing.assert_array_equal(ranks([3.0, 3.0, 3.0, NAN]), [0.5, 0.5, 0.5, NAN])
    np.testing.assert_array_equal(ranks([3.0, NAN, 4.0]), [NAN, NAN, NAN])
