"""How client orders meet the simulated market: they take the depth they see, and wait their turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from cockpit.orders import Side
from cockpit.simulator.client_order import ClientOrder
from cockpit.simulator.practice_day import Level, Sight


@dataclass(slots=True)
class Taken:
    """What clients have already taken of one shown book, by (side, price); a new book forgets it."""

    second: int = -1
    shares: dict[tuple[Side, int], int] = field(default_factory=dict)
    traded: int = 0
    """Shares of this second's trades that resting clients have been given."""

    def renewed(self, second: int) -> Taken:
        """Answer this, or nothing taken when the market shows a newer book."""
        return self if self.second == second else Taken(second)


def matched(order: ClientOrder, sight: Sight, traded: int, taken: Taken) -> list[tuple[int, int]]:
    """Answer the (shares, price) an open order gets now; `traded` is what the market traded since the last look.

    What it takes is noted in `taken`, so that no share of the market is given out twice.
    """
    fills = _took_depth(order, sight, taken)
    left = order.left - sum(shares for shares, _ in fills)
    if left and not fills and sight.traded:
        passive = _waited(order, sight, max(0, traded - taken.traded), left)
        if passive:
            taken.traded += passive
            fills.append((passive, order.wish.price))
    return fills


def _took_depth(order: ClientOrder, sight: Sight, taken: Taken) -> list[tuple[int, int]]:
    wish = order.wish
    levels, left = (sight.asks if wish.side is Side.BUY else sight.bids), order.left
    fills = []
    for level in levels:
        if not left or not _crosses(wish.side, wish.price, level):
            break
        key = (wish.side, level.price)
        shares = min(left, level.quantity - taken.shares.get(key, 0))
        if shares > 0:
            taken.shares[key] = taken.shares.get(key, 0) + shares
            fills.append((shares, level.price))
            left -= shares
    return fills


def _crosses(side: Side, limit: int, level: Level) -> bool:
    return level.price <= limit if side is Side.BUY else level.price >= limit


def _waited(order: ClientOrder, sight: Sight, traded: int, left: int) -> int:
    """Answer what a resting order gets from a trade: all it can when trades went beyond its price, else its turn."""
    side, limit = order.wish.side, order.wish.price
    if (sight.last - limit) * side < 0:
        return min(left, traded)
    if sight.last != limit:
        return 0
    ahead = min(order.queue, traded)
    order.queue -= ahead
    return min(left, traded - ahead)


def shares_ahead(order: ClientOrder, sight: Sight) -> int:
    """Answer the shares shown at the order's own price when it comes to rest: they were there first."""
    levels = sight.bids if order.wish.side is Side.BUY else sight.asks
    return sum(level.quantity for level in levels if level.price == order.wish.price)


def triggered(order: ClientOrder, sight: Sight) -> bool:
    """Tell whether a trade has reached the order's trigger."""
    return sight.traded and (sight.last - order.wish.trigger) * order.wish.side >= 0
