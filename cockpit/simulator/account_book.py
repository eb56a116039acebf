"""The client's one ledger at the practice exchange: positions, holdings, funds, all from the same trades."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cockpit.market import Instrument
from cockpit.money import Paise
from cockpit.orders import Side
from cockpit.simulator.client_order import ClientOrder, ClientTrade, Wish

OPENING_CASH: Final = 10_00_000_00
"""Ten lakh rupees, in paise."""
MIS_LEVERAGE: Final = 5
SQUARE_OFF_FEE: Final = 59_00
"""Rs 50 and 18 percent tax for a position the broker had to close."""


@dataclass(slots=True)
class DayPosition:
    """What was bought and sold today of one name in one product."""

    instrument: Instrument
    product: str
    bought: int = 0
    buy_paise: Paise = 0
    sold: int = 0
    sell_paise: Paise = 0

    @property
    def net(self) -> int:
        """Answer the signed open quantity."""
        return self.bought - self.sold

    def pnl_paise(self, last: int) -> Paise:
        """Answer the profit at a last price: sold minus bought plus what is left."""
        return self.sell_paise - self.buy_paise + self.net * last

    @property
    def average_paise(self) -> float:
        """Answer the average price of the side that is open; 0 when flat."""
        if not self.net:
            return 0.0
        return self.buy_paise / self.bought if self.net > 0 else self.sell_paise / self.sold


@dataclass(slots=True)
class Holding:
    """Delivery shares from earlier days."""

    instrument: Instrument
    quantity: int
    average_paise: int
    used: int = 0
    """Sold today."""


class AccountBook:
    """Fold trades into positions and funds."""

    def __init__(self, holdings: Iterable[Holding] = (), cash: Paise = OPENING_CASH) -> None:
        self.opening_paise = cash
        self.fees_paise: Paise = 0
        self.positions: dict[tuple[int, str], DayPosition] = {}
        self.holdings = {h.instrument.token: h for h in holdings}

    def take(self, trade: ClientTrade) -> None:
        """Book one trade; a delivery sale uses shares held before those bought today."""
        wish = trade.order.wish
        shares = trade.quantity
        held = self.holdings.get(wish.instrument.token)
        key = (wish.instrument.token, wish.product)
        position = self.positions.setdefault(key, DayPosition(wish.instrument, wish.product))
        if wish.side is Side.BUY:
            position.bought += shares
            position.buy_paise += shares * trade.price
            return
        if wish.product == "CNC" and held is not None:
            held.used += min(shares, held.quantity - held.used)
        position.sold += shares
        position.sell_paise += shares * trade.price

    def net(self, token: int, product: str) -> int:
        """Answer the open quantity of a name in a product."""
        found = self.positions.get((token, product))
        return found.net if found else 0

    def sellable(self, token: int) -> int:
        """Answer how many shares can be sold for delivery: held and not sold, and bought today."""
        held = self.holdings.get(token)
        return max(0, (held.quantity if held else 0) + self.net(token, "CNC"))

    def opening_shares(self, wish: Wish) -> int:
        """Answer how many shares of a wish would open or grow a position; the rest closes one."""
        net = self.net(wish.instrument.token, wish.product)
        closing = min(wish.quantity, max(0, -net * wish.side))
        return wish.quantity - closing

    def needed_paise(self, wish: Wish, price: int) -> Paise:
        """Answer the margin a wish at a price needs; what closes a position, and delivery sales, need none."""
        if wish.product == "CNC":
            return wish.quantity * price if wish.side is Side.BUY else 0
        return self.opening_shares(wish) * price // MIS_LEVERAGE

    def used_paise(self, working: Iterable[ClientOrder]) -> Paise:
        """Answer the margin that open positions and working orders hold."""
        held = sum(self._held(p) for p in self.positions.values())
        asked = 0
        for order in working:
            left = Wish(order.wish.instrument, order.wish.side, order.wish.product, "LIMIT", order.left)
            asked += self.needed_paise(left, order.wish.price or order.wish.trigger)
        return held + asked

    @staticmethod
    def _held(position: DayPosition) -> Paise:
        if position.product == "CNC":
            return max(0, round(position.net * position.average_paise))
        return round(abs(position.net) * position.average_paise) // MIS_LEVERAGE

    def realised_paise(self) -> Paise:
        """Answer what closed parts of intraday positions earned, fees of forced closing taken off."""
        earned = 0
        for p in self.positions.values():
            closed = min(p.bought, p.sold)
            if closed and p.product == "MIS":
                earned += round(closed * p.sell_paise / p.sold - closed * p.buy_paise / p.bought)
        return earned - self.fees_paise

    def free_paise(self, working: Iterable[ClientOrder]) -> Paise:
        """Answer what is free for new orders."""
        return self.opening_paise + self.realised_paise() - self.used_paise(working)
