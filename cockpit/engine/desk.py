"""What a person may tell the engine to do; each command waits for its turn and is durable before it works."""

from __future__ import annotations

from typing import Final

from cockpit.engine.flow import Flow
from cockpit.errors import BadInput
from cockpit.facts import Halt, HaltMoved, StrategyMoved
from cockpit.orders import Mode

REASON_LENGTH: Final = 10
"""A release needs a reason of at least so many characters: it must say something."""


class TradingDesk:
    """The desk of one running flow."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    @property
    def mode(self) -> Mode:
        """Answer whose money is at stake."""
        return self._flow.plugs.broker.mode

    async def halt(self, level: Halt, by: str, reason: str) -> None:
        """Stop trading to `level`; it can only rise here, and it survives a restart.

        Errors: BadInput for NONE, which would be a release.
        """
        if level is Halt.NONE:
            raise BadInput("a halt to NONE stops nothing; use revive, with a reason, to lift a halt")
        async with self._flow.lane:
            await self._flow.dealer.halt(level, by, reason)

    async def revive(self, by: str, reason: str) -> None:
        """Lift a halt.

        Errors: BadInput when the reason is too short to be one, or when nothing is halted.
        """
        if len(reason.strip()) < REASON_LENGTH:
            raise BadInput(f"reason {reason!r} given; at least {REASON_LENGTH} characters expected: say what changed")
        async with self._flow.lane:
            halted = self._flow.plugs.books.halt
            if halted is None or halted.level is Halt.NONE:
                raise BadInput("trading is not halted; there is nothing to lift")
            await self._flow.dealer.keep(HaltMoved(self._flow.plugs.clock.now(), Halt.NONE, by, reason))

    async def arm(self, rule: str, by: str) -> None:
        """Let a strategy's intents reach the gate again."""
        await self._move(rule, by, "armed by hand", armed=True)

    async def disarm(self, rule: str, by: str, reason: str) -> None:
        """Keep a strategy's intents from passing the gate; its open positions keep their stops and targets."""
        await self._move(rule, by, reason, armed=False)

    async def flatten(self, token: int, by: str, reason: str) -> None:
        """Close one name's position at the market, its resting children first.

        Errors: BadInput when nothing is held of it, or when an exit of it already works or may be live.
        """
        async with self._flow.lane:
            if token not in self._flow.plugs.books.account.positions:
                raise BadInput(f"nothing is held of token {token}; there is nothing to close")
            if not await self._flow.dealer.flatten((token,), by, reason):
                raise BadInput(f"an exit of token {token} is already on its way; a second one could turn the position")

    async def _move(self, rule: str, by: str, reason: str, *, armed: bool) -> None:
        if rule not in {s.name for s in self._flow.plugs.strategies}:
            names = ", ".join(s.name for s in self._flow.plugs.strategies)
            raise BadInput(f"strategy {rule!r} is not in this house; it has {names}")
        async with self._flow.lane:
            await self._flow.dealer.keep(StrategyMoved(self._flow.plugs.clock.now(), rule, armed, by, reason))
