"""Natural logarithms of a whole row at once: many names in one instruction, and the same bits on every machine."""

from __future__ import annotations

from typing import Final

import numpy as np

from cockpit.brains.features.columns import Rows, compiled

LOWEST: Final = 0x3FE6A09E667F3BCD
"""The bits of the square root of a half: what is left of a number without its power of two begins there."""
FRACTION: Final = 52
"""Bits of a float64 below its exponent."""
LN2_HIGH: Final = 6.93147180369123816490e-01
LN2_LOW: Final = 1.90821492927058770002e-10
L1: Final = 6.666666666666735130e-01
L2: Final = 3.999999999940941908e-01
L3: Final = 2.857142874366239149e-01
L4: Final = 2.222219843214978396e-01
L5: Final = 1.818357216161805012e-01
L6: Final = 1.531383769920937332e-01
L7: Final = 1.479819860511658591e-01
"""Coefficients of log((1 + s) / (1 - s)) / s - 2 in powers of s squared."""


@compiled
def logarithms(values: Rows, out: Rows) -> None:
    """Write the logarithm of each value, off by less than one unit in the last place; log(1) is 0, missing is missing.

    Shapes: both float64 [name], apart in memory. Values are positive and no smaller than 1e-300.
    Source: fdlibm's e_log.c, Sun Microsystems 1993.
    """
    bits, left, power = values.view(np.int64), np.empty(len(values), np.int64), np.empty(len(values))
    for j in range(len(bits)):
        n = (bits[j] - LOWEST) >> FRACTION
        power[j] = n
        left[j] = bits[j] - (n << FRACTION)
    _expand(values, left.view(np.float64), power, out)


@compiled
def _expand(values: Rows, left: Rows, power: Rows, out: Rows) -> None:
    for j in range(len(out)):
        f, n = left[j] - 1.0, power[j]
        s = f / (2.0 + f)
        z = s * s
        w = z * z
        series = z * (L1 + w * (L3 + w * (L5 + w * L7))) + w * (L2 + w * (L4 + w * L6))
        half = 0.5 * f * f
        # The difference of a value and itself is nothing, and missing where the value is.
        out[j] = n * LN2_HIGH - ((half - (s * (half + series) + n * LN2_LOW)) - f) + (values[j] - values[j])
