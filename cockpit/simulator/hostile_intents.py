"""Turns a want of a plan into the intent of a made-up rule, at the price of that moment."""

from __future__ import annotations

from typing import Final

from cockpit.money import Price, tick_down
from cockpit.orders import Intent, OrderKind
from cockpit.simulator.fault_plan import Want
from cockpit.simulator.hostile_exchange import SYMBOLS, TICK

RULE: Final = "PROOF"
STOP_BP: Final = 40
TARGET_BP: Final = 60


def intent_of(want: Want, token: int, last: Price, now: int) -> Intent:
    """Answer the intent: a limit below the price when buying, a stop entry above it, a market order at it."""
    reach = last * want.reach_bp // 10_000
    away = {OrderKind.LIMIT: -reach, OrderKind.STOP: reach}.get(want.kind, 0)
    entry = tick_down(last + away * want.side, TICK)
    return Intent(
        intent_id=f"{RULE}-{want.number:02d}",
        ts=now,
        rule=RULE,
        token=token,
        symbol=SYMBOLS[token],
        side=want.side,
        kind=want.kind,
        entry=entry,
        stop=tick_down(entry - entry * STOP_BP // 10_000 * want.side, TICK),
        target=tick_down(entry + entry * TARGET_BP // 10_000 * want.side, TICK) if want.number % 2 else None,
        valid_until=0,
        reason="wanted by the plan",
    )
