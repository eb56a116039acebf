"""Flows whose strategy answers by script, for the tests of what a day does with its answers."""

from __future__ import annotations

from typing import Any

from cockpit.orders import Decision, Status
from tests.engine.fakes import FakeStrategy, Rig
from tests.engine.made_orders import made_fill, made_intent, made_minutes, moved

WANTS: dict[int, list[Decision]] = {2: [made_intent()]}
"""The strategy wants NAME1 when the second minute closes."""


def scripted(script: dict[int, list[Decision]], **rig: Any) -> Rig:
    """Make six minutes of ticks with a strategy that answers `script` by closed bar."""
    return Rig(made_minutes("09:15", 6), [FakeStrategy(script=script)], **rig)


def wanting(**rig: Any) -> Rig:
    """Make a flow whose strategy wants NAME1 once."""
    return scripted(WANTS, **rig)


def fills(order: Any) -> list[Any]:
    """Report an order filled whole at 1,000.00."""
    return [made_fill(order, order.quantity, 100_000, ts=order.ts), moved(order, Status.FILLED, order.quantity)]
