"""What rules say: intent ids, and the one sentence with numbers that stands behind every decision."""

from __future__ import annotations

from datetime import date

from cockpit.market import Instrument
from cockpit.money import price_text
from cockpit.orders import Side


def intent_id(rule: str, day: date, symbol: str, number: int) -> str:
    """Name the `number`-th intent of a rule in one name on one day; the same day gives the same names."""
    return f"{rule.replace(' ', '')}-{day:%Y%m%d}-{symbol}-{number}"


def span(low: int, high: int, instrument: Instrument) -> str:
    """Write a range of prices, `1,404.90–1,412.08`."""
    return f"{price_text(low, instrument.price_scale)}–{price_text(high, instrument.price_scale)}"


def orb_reason(
    instrument: Instrument, side: Side, minutes: int, low: int, high: int, relative_volume: float, rank: int, of: int
) -> str:
    """Say why an opening range breakout is wanted."""
    verb, word = ("Buys above", "up") if side is Side.BUY else ("Sells below", "down")
    return (
        f"{verb} the {minutes}-min range {span(low, high, instrument)} that closed {word}, "
        f"rel. volume {relative_volume:.1f}, rank {rank} of {of}"
    )


def pullback_reason(
    instrument: Instrument, side: Side, touch: int, vwap: float, sd: float, share: float, relative_volume: float
) -> str:
    """Say why a pullback to VWAP is wanted."""
    verb, word = ("Buys", "above") if side is Side.BUY else ("Sells", "below")
    return (
        f"{verb} the {ordinal(touch)} pullback to VWAP {price_text(round(vwap), instrument.price_scale)} "
        f"(sd {price_text(round(sd), instrument.price_scale)}), {share:.0%} of bars {word} it, "
        f"rel. volume {relative_volume:.1f}"
    )


def cancel_reason(instrument: Instrument, side: Side, close: int, vwap: float, sd: float, cancel_sd: float) -> str:
    """Say why a close beyond VWAP took an intent back."""
    word = "below" if side is Side.BUY else "above"
    return (
        f"Closed at {price_text(close, instrument.price_scale)}, more than {cancel_sd:g} sd "
        f"({price_text(round(sd), instrument.price_scale)}) {word} VWAP "
        f"{price_text(round(vwap), instrument.price_scale)}"
    )


def replaced_reason(touch: int) -> str:
    """Say that a newer touch took an intent's place."""
    return f"Replaced: the {ordinal(touch)} pullback touched VWAP before this one triggered"


def ordinal(number: int) -> str:
    """Write 1 as 1st, 2 as 2nd, 3 as 3rd and so on."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
