"""Market protection: how far a market order may go, as the broker has demanded since 2026-04-01."""

from __future__ import annotations

from typing import Final

from cockpit.orders import Side

REFUSAL: Final = (
    "Market orders without market protection are not allowed via API."
    " Please set market protection or use a Limit order."
)
AUTOMATIC: Final = -1.0


def protection_percent(asked: float, last: int) -> float:
    """Answer the percent that holds at a last price in paise: below 100 rupees 2, to 500 rupees 1, above that 0.5."""
    if asked != AUTOMATIC:
        return asked
    if last < 100_00:
        return 2.0
    return 1.0 if last <= 500_00 else 0.5


def protected_limit(side: Side, last: int, percent: float, tick: int) -> int:
    """Answer the limit price of a protected market order: `last` moved by `percent`, to the nearest tick.

    Source: the broker's sample order book: 156.69 at 2 percent is shown as 159.82.
    """
    return max(tick, round(last * (1 + side * percent / 100) / tick) * tick)


def protection_tags(percent: float) -> tuple[str, ...]:
    """Answer the tags a protected market order carries in the order book."""
    return ("mktp", f"mktp:{percent:.2f}")
