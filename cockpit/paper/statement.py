"""The paper broker's books in the broker's own nouns, so that paper is held against the ledger by the law of live.

They are told from its tickets, executions and holdings, not from what was reported: a report that got lost shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from cockpit.broker_books import BrokerBooks, BrokerHolding, BrokerOrder, BrokerPosition, BrokerTrade, Funds
from cockpit.money import Paise, value_paise
from cockpit.orders import Fill, Product, Side
from cockpit.paper.blotter import Blotter
from cockpit.paper.floor import Floor
from cockpit.paper.holdings import Holding
from cockpit.paper.resting import Ticket

UNTOLD: Final = Decimal("NaN")
"""What this broker does not know: what was paid for shares carried in from another day."""
EXCHANGE: Final = "NSE"


def stated(blotter: Blotter, floor: Floor, now: int) -> BrokerBooks:
    """Answer all books as they stand at `now`.

    `cash` of the funds is what the day moved: this broker never knew what the account began with.
    """
    values = Counter[str]()
    for fill in blotter.fills:
        values[fill.order_id] += value_paise(fill.price, fill.quantity)
    return BrokerBooks(
        asked=now,
        ts=now,
        orders=tuple(_order(ticket, values[ticket.order.order_id], now) for ticket in blotter.tickets.values()),
        trades=tuple(_trade(fill) for fill in blotter.fills),
        positions=tuple(_positions(blotter, floor)),
        holdings=tuple(_holding(h) for h in blotter.holdings if _is_delivered(h)),
        funds=_funds(blotter),
    )


def _order(ticket: Ticket, value: Paise, now: int) -> BrokerOrder:
    order = ticket.order
    return BrokerOrder(
        broker_order_id=order.order_id,
        parent_id=order.parent_id,
        status=ticket.status,
        status_text=ticket.status.value,
        reason="",
        tags=(order.tag,) if order.tag else (),
        token=order.token,
        exchange=EXCHANGE,
        symbol=order.symbol,
        side=order.side,
        product=order.product.value,
        kind=order.kind.value,
        quantity=order.quantity,
        filled=ticket.filled,
        pending=ticket.left,
        cancelled=order.quantity - ticket.filled - ticket.left,
        price=order.price,
        trigger=order.trigger,
        average_price=_rupees(value) / ticket.filled if ticket.filled else Decimal(0),
        ts=now,
    )


def _trade(fill: Fill) -> BrokerTrade:
    return BrokerTrade(
        trade_id=fill.trade_id,
        broker_order_id=fill.order_id,
        exchange=fill.exchange,
        token=fill.token,
        symbol=fill.symbol,
        side=fill.side,
        product=fill.product.value,
        quantity=fill.quantity,
        price=fill.price,
        ts=fill.ts,
    )


def _positions(blotter: Blotter, floor: Floor) -> Iterator[BrokerPosition]:
    """Yield a row for each name and product that was traded today or is held for the day."""
    held = [h for h in blotter.holdings if not _is_delivered(h)]
    rows = {(f.token, f.product): f.symbol for f in blotter.fills} | {(h.token, h.product): h.symbol for h in held}
    values, shares = Counter[tuple[int, Product, Side]](), Counter[tuple[int, Product, Side]]()
    for fill in blotter.fills:
        values[fill.token, fill.product, fill.side] += value_paise(fill.price, fill.quantity)
        shares[fill.token, fill.product, fill.side] += fill.quantity
    for (token, product), symbol in sorted(rows.items()):
        mine = [h for h in held if (h.token, h.product) == (token, product)]
        quantity = sum(h.left * int(h.side) for h in mine)
        overnight = sum(h.left * int(h.side) for h in mine if h.carried)
        bought, sold = values[token, product, Side.BUY], values[token, product, Side.SELL]
        last = _rupees(int(floor.names[floor.slot(token)]["last"])) if token in floor else UNTOLD
        opening = token, product, Side.BUY if quantity > 0 else Side.SELL
        is_whole = not overnight and shares[opening] > 0
        yield BrokerPosition(
            token=token,
            exchange=EXCHANGE,
            symbol=symbol,
            product=product.value,
            quantity=quantity,
            overnight_quantity=overnight,
            multiplier=Decimal(1),
            average_price=_rupees(values[opening]) / shares[opening] if is_whole else UNTOLD,
            last_price=last,
            buy_value=_rupees(bought),
            sell_value=_rupees(sold),
            pnl=UNTOLD if overnight else _rupees(sold - bought) + quantity * last,
        )


def _is_delivered(holding: Holding) -> bool:
    return holding.carried and holding.product is Product.CNC


def _holding(held: Holding) -> BrokerHolding:
    owned = held.left * int(held.side)
    return BrokerHolding(held.token, EXCHANGE, held.symbol, "", owned, 0, UNTOLD, UNTOLD, UNTOLD)


def _funds(blotter: Blotter) -> Funds:
    moved = -sum(value_paise(f.price, f.signed_quantity) + f.charges.total for f in blotter.fills)
    return Funds(net=moved, cash=moved, adhoc=0, collateral=0, payin=0, debits=0)


def _rupees(amount: Paise) -> Decimal:
    return Decimal(amount) / 100
