"""The order door of a hostile broker: requests and replies get lost, late or garbled, and its books show the past."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from cockpit.broker_books import BrokerHolding, BrokerOrder, BrokerPosition, BrokerTrade, Funds
from cockpit.errors import (
    BrokerError,
    BrokerUnavailable,
    DeadlinePassed,
    FundsShort,
    NotPermitted,
    OutcomeUnknown,
    RateLimited,
    Rejection,
    TokenExpired,
)
from cockpit.money import Price
from cockpit.orders import Order, OrderKind
from cockpit.simulator.fault_plan import Channel, Fault, FaultKind
from cockpit.simulator.hostile_exchange import MS, Bent, HostileExchange
from cockpit.simulator.world_loop import VirtualLoop

T = TypeVar("T")

WAY: Final = 15 * MS
"""From us to the broker, and the same back."""
DEADLINE_S: Final = 7.0
READ_DEADLINE_S: Final = 5.0
NO_FUNDS: Final = Funds(0, 0, 0, 0, 0, 0)
REFUSALS: Final = {
    FaultKind.REFUSED: FundsShort("margin of this order exceeds what is available", code=400),
    FaultKind.LIMITED: RateLimited("too many requests", code=429),
    FaultKind.FORBIDDEN: NotPermitted("the IP is not registered for orders", code=403),
    FaultKind.UNAVAILABLE: BrokerUnavailable("orders cannot be taken now", code=503),
}
DOUBTS: Final = {
    FaultKind.GARBLED: OutcomeUnknown("the answer could not be read", raw='{"status":"success","da'),
    FaultKind.STRANGE: KeyError("content-type"),
    FaultKind.TIMEOUT_400: OutcomeUnknown(
        "Order request timed out. Check the order book and confirm before placing again", code=400
    ),
    FaultKind.GATEWAY: OutcomeUnknown("<html>502 Bad Gateway</html>", code=502),
}
SILENCES: Final = (FaultKind.LOST, FaultKind.LATE, FaultKind.REPLY_LOST)


class Sight(Protocol):
    """What the world wants to know of what passes the door."""

    def sending(self, order: Order) -> None:
        """See that the bytes of an order leave."""

    def never_arrives(self, order: Order) -> None:
        """Learn that an order that left is lost or was refused at the door."""

    def arriving(self, order: Order, bent: Bent) -> str:
        """Let an order arrive at the broker, and answer the broker's id."""


class HostileDoor:
    """Send, change, withdraw and read under the faults of a plan; `is_dead` is a token the broker takes no more."""

    def __init__(
        self,
        loop: VirtualLoop,
        exchange: HostileExchange,
        struck: Callable[[Channel], tuple[Fault, ...]],
        sight: Sight,
        closes: int,
    ) -> None:
        self._loop = loop
        self._exchange = exchange
        self._struck = struck
        self._sight = sight
        self._closes = closes
        self.is_dead = False
        self.n_dead = 0
        """Requests made with the dead token."""

    # -- orders ------------------------------------------------------------------------------------

    async def send(self, order: Order) -> str:
        """Send an order once and answer the broker's id for it. Errors: as the port has them, and a KeyError."""
        self._sight.sending(order)
        if self.is_dead:
            self._sight.never_arrives(order)
        self._check_token()
        if self._loop.now >= self._closes:
            self._sight.never_arrives(order)
            raise Rejection("the market is closed", code=400)
        faults = self._struck(Channel.SEND)
        bent, kind = _bent(faults), next((f for f in faults if f.kind in TRANSPORT), None)
        if kind is not None and (no := REFUSALS.get(kind.kind)):
            self._sight.never_arrives(order)
            await asyncio.sleep(2 * WAY / 1e9)
            raise _again(no)
        taken: list[str] = []
        if kind is not None and kind.kind is FaultKind.LOST:
            self._sight.never_arrives(order)
        else:
            late = kind.size * MS + round(DEADLINE_S * 1e9) if kind and kind.kind is FaultKind.LATE else 0
            self._loop.at(self._loop.now + WAY + late, self._arrive, order, bent, taken)
        if kind is None:
            await asyncio.sleep(2 * WAY / 1e9)
            return taken[0]
        if kind.kind in SILENCES:
            await asyncio.sleep(DEADLINE_S)
            raise OutcomeUnknown(f"no answer within {DEADLINE_S:g} s")
        await asyncio.sleep(2 * WAY / 1e9)
        raise _again(DOUBTS[kind.kind])

    async def change(
        self,
        broker_order_id: str,
        token: int,
        *,
        quantity: int | None = None,
        price: Price | None = None,
        trigger: Price | None = None,
        kind: OrderKind | None = None,
    ) -> None:
        """Change the terms of a resting order. Errors: as for `send`."""
        await self._alter(lambda: self._exchange.change(broker_order_id, quantity, price, trigger, kind))

    async def withdraw(self, broker_order_id: str) -> None:
        """Ask for a resting order to be cancelled. Errors: as for `send`."""
        await self._alter(lambda: self._exchange.cancel(broker_order_id))

    def _arrive(self, order: Order, bent: Bent, taken: list[str]) -> None:
        taken.append(self._sight.arriving(order, bent))

    async def _alter(self, alter: Callable[[], None]) -> None:
        self._check_token()
        fault = next(iter(self._struck(Channel.CHANGE)), None)
        said: list[BrokerError] = []
        slow = fault.size * MS if fault and fault.kind is FaultKind.CHANGE_SLOW else 0
        if fault is None or fault.kind is not FaultKind.CHANGE_LOST:
            self._loop.at(self._loop.now + WAY + slow, _altered, alter, said)
        if fault and fault.kind in (FaultKind.CHANGE_LOST, FaultKind.CHANGE_REPLY_LOST):
            await asyncio.sleep(DEADLINE_S)
            raise OutcomeUnknown(f"no answer within {DEADLINE_S:g} s")
        await asyncio.sleep(2 * WAY / 1e9)
        if said:
            raise said[0]

    # -- books -------------------------------------------------------------------------------------

    async def orders(self) -> Sequence[BrokerOrder]:
        """Answer the order book, or what it was. Errors: BrokerUnavailable, DeadlinePassed, TokenExpired."""
        return await self._read(self._exchange.orders)

    async def trades(self) -> Sequence[BrokerTrade]:
        """Answer the trade book. Errors: as for `orders`."""
        return await self._read(self._exchange.trade_book)

    async def positions(self) -> Sequence[BrokerPosition]:
        """Answer the net positions. Errors: as for `orders`."""
        return await self._read(self._exchange.positions)

    async def holdings(self) -> Sequence[BrokerHolding]:
        """Answer that nothing was delivered. Errors: as for `orders`."""
        return await self._read(lambda at: ())

    async def funds(self) -> Funds:
        """Answer empty funds: this broker keeps no cash. Errors: as for `orders`."""
        return await self._read(lambda at: NO_FUNDS)

    async def _read(self, read: Callable[[int], T]) -> T:
        self._check_token()
        fault = next(iter(self._struck(Channel.READ)), None)
        if fault is None:
            await asyncio.sleep(2 * WAY / 1e9)
            return read(self._loop.now - WAY)  # as it stood when the request was there
        at = self._loop.now - (fault.size * MS if fault.kind is FaultKind.READ_STALE else 0)
        seen = read(at)
        seconds = fault.size / 1000 if fault.kind is FaultKind.READ_SLOW else 2 * WAY / 1e9
        await asyncio.sleep(min(seconds, READ_DEADLINE_S))
        if seconds >= READ_DEADLINE_S:
            raise DeadlinePassed("the book did not come in time")
        if fault.kind is FaultKind.READ_FAILED:
            raise BrokerUnavailable("the book cannot be read now", code=503)
        return seen

    def _check_token(self) -> None:
        if self.is_dead:
            self.n_dead += 1
            raise TokenExpired("the token is dead", code=403)


TRANSPORT: Final = frozenset({*SILENCES, *DOUBTS, *REFUSALS})


def _again(fault: Exception) -> Exception:
    """Answer a fresh copy: an exception raised twice carries its first traceback along."""
    if isinstance(fault, BrokerError):
        return type(fault)(str(fault), code=fault.code, raw=fault.raw)
    return type(fault)(*fault.args)


def _altered(alter: Callable[[], None], said: list[BrokerError]) -> None:
    try:
        alter()
    except BrokerError as no:
        said.append(no)


def _bent(faults: tuple[Fault, ...]) -> Bent:
    if not faults:
        return FAIR
    size = {fault.kind: fault.size for fault in faults}
    return Bent(
        hidden=size.get(FaultKind.HIDDEN, 0) * MS,
        trade_hidden=size.get(FaultKind.TRADE_HIDDEN, 0) * MS,
        slow=size.get(FaultKind.SLOW, 0) * MS,
        rejected_after=size.get(FaultKind.LATE_REJECT, 0) * MS,
        filled_after_cancel=size.get(FaultKind.LATE_FILL, 0) * MS,
        parts=size.get(FaultKind.PARTS, 1),
        shares_trade_id=FaultKind.SHARED_TRADE in size,
    )


FAIR: Final = Bent()
