"""The charge table as whole numbers: what a compiled sweep needs to cost an order to the paisa.

Rates are kept at 1e-9 and charges divided once, halves up, exactly as the table itself rounds; a test holds the two
equal. Days before the table's first tariff are charged by that first one, and whoever asks must say so in the report.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cockpit.errors import BadInput
from cockpit.paper.costs import ChargeRow, ChargeTable

RATE: Final = 10**9
GST: Final = 100
TARIFF: Final = np.dtype(
    [
        ("stt_buy", "i8"),  # ratios at 1e-9
        ("stt_sell", "i8"),
        ("stamp_buy", "i8"),
        ("exchange", "i8"),
        ("sebi", "i8"),
        ("gst", "i8"),  # per cent
        ("dp", "i8"),  # paise for each name and day
    ],
    align=True,
)
"""What delivery costs on one day. Delivery without brokerage is the only kind here."""


def tariffs(table: ChargeTable, days: NDArray[Any]) -> NDArray[Any]:
    """Answer the delivery tariff of every day. Shapes: `days` is datetime64[D] [day]; the answer `TARIFF` [day].

    Errors: BadInput for a tariff that whole numbers cannot say, or one with brokerage on delivery.
    """
    out = np.zeros(len(days), TARIFF)
    known: dict[date, tuple[int, ...]] = {}
    for k, day in enumerate(np.asarray(days, dtype="datetime64[D]").astype(object)):
        row = table.row(max(day, table.starts_on))
        if row.effective_from not in known:
            known[row.effective_from] = _whole(row)
        out[k] = known[row.effective_from]
    return out


def _whole(row: ChargeRow) -> tuple[int, ...]:
    if row.brokerage_cnc:
        raise BadInput(f"delivery brokerage {row.brokerage_cnc} since {row.effective_from}: the sweep knows none")
    rates = (row.stt_cnc_buy, row.stt_cnc_sell, row.stamp_cnc_buy, row.exchange_nse, row.sebi)
    exact = [*(rate * RATE for rate in rates), row.gst * GST, row.dp_rupees * 100]
    if any(value != value.to_integral_value() for value in exact):
        raise BadInput(f"the tariff of {row.effective_from} is finer than 1e-9: the sweep cannot say it exactly")
    return tuple(int(value) for value in exact)


@njit(cache=True, nogil=True)
def half_up(amount: int, unit: int) -> int:
    """Divide an amount of 0 or more by `unit`, halves up."""
    return (2 * amount + unit) // (2 * unit)


@njit(cache=True, nogil=True)
def delivery_charges(turnover: int, is_buy: bool, tariff: Any) -> int:
    """Answer what an executed delivery order costs, each line rounded to the paisa. Units: paise."""
    stt = half_up(turnover * (tariff.stt_buy if is_buy else tariff.stt_sell), RATE)
    stamp = half_up(turnover * tariff.stamp_buy, RATE) if is_buy else 0
    exchange, sebi = turnover * tariff.exchange, turnover * tariff.sebi
    gst = half_up((exchange + sebi) * tariff.gst, RATE * GST)
    return stt + stamp + half_up(exchange, RATE) + half_up(sebi, RATE) + gst
