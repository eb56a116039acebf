"""Holds the broker's books against the ledger: what is equal, what is on its way, what is foreign, what is a break.

A pure comparison. Patience is counted in looks, never in seconds: a slow clock or a slow broker explains nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cockpit.broker_books import BrokerBooks, BrokerOrder, BrokerTrade, Difference, Standing, Subject
from cockpit.engine.claims import Claims, claimed
from cockpit.money import price_text, rupees
from cockpit.orders import Order, OrderMoved, Product, Status
from cockpit.ports import Books

SAME_LOOKS: Final = 2
"""The same figures may differ at so many looks in a row; at the next one they are a break."""
ANY_LOOKS: Final = 5
"""Whatever the figures, the same thing may differ at so many looks in a row."""
_WAITING: Final = frozenset({Status.INTENT, Status.SENT, Status.UNKNOWN})
_CLASSES: Final[Mapping[Status, str]] = {
    Status.INTENT: "live",
    Status.SENT: "live",
    Status.OPEN: "live",
    Status.TRIGGER_PENDING: "live",
    Status.FILLED: "filled",
    Status.CANCELLED: "ended",
    Status.LAPSED: "ended",
    Status.REJECTED: "rejected",
    Status.UNKNOWN: "unknown",
}
"""Statuses that differ only in how far the paper went mean the same to the account."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A difference before its history is known."""

    difference: Difference
    is_patient: bool = False
    """It stays explained for as long as it lasts."""


def compared(
    theirs: BrokerBooks, ours: Books, before: Sequence[Difference] = (), *, cash_gap: int | None = None
) -> tuple[Difference, ...]:
    """Answer every difference between `theirs` and `ours`, breaks first; `before` are those of the look before.

    `cash_gap` is by how many paise the broker's cash was above the ledger's when both were last equal; None where the
    account is not ours alone, and cash is not compared. What the broker read first may be older than what it read
    last, and the ledger may have moved since `theirs.asked`.
    """
    claims = claimed(theirs, ours)
    found = [*_orders(theirs, ours, claims), *_trades(theirs, ours, claims)]
    found += _positions(theirs, ours, claims, {f.difference.token for f in found if _may_pass(f)})
    if cash_gap is not None and not found:
        found += _cash(theirs, ours, cash_gap)
    history = {(d.subject, d.key): d for d in before}
    aged = [_aged(f, history.get((f.difference.subject, f.difference.key))) for f in found]
    return tuple(sorted(aged, key=lambda d: (d.standing is not Standing.BREAK, d.subject, d.key)))


def _may_pass(found: _Found) -> bool:
    return found.difference.standing is Standing.IN_FLIGHT


def _aged(found: _Found, before: Difference | None) -> Difference:
    now = found.difference
    if before is not None:
        is_same = (before.ours, before.theirs) == (now.ours, now.theirs)
        now = replace(now, looks=before.looks + 1, same=before.same + 1 if is_same else 1)
    if now.standing is not Standing.IN_FLIGHT or found.is_patient:
        return now
    if now.same > SAME_LOOKS or now.looks > ANY_LOOKS:
        return replace(now, standing=Standing.BREAK, why=f"not explained after {now.looks} looks: {now.why}")
    return now


# -- orders --------------------------------------------------------------------------------------------------------


def _orders(theirs: BrokerBooks, ours: Books, claims: Claims) -> Iterator[_Found]:
    for order_id, (order, moved) in ours.orders().items():
        row = claims.rows.get(order_id)
        found = _missing(order, moved, theirs.asked, claims) if row is None else _unlike(order, moved, row, claims)
        if found is not None:
            yield found
    for order_id, row in claims.doubles:
        order = ours.orders()[order_id][0]
        second = f"{_row_words(row)} as {row.broker_order_id}, too"
        yield _Found(_order(order, "sent once", second, Standing.BREAK, "two orders at the broker bear our one tag"))
    for row in claims.foreign:
        if row.filled or not row.status.is_terminal:
            key, words = row.broker_order_id, (f"none of {row.symbol}", _row_words(row))
            yield _Found(
                Difference(Subject.ORDER, key, row.token, row.symbol, *words, Standing.FOREIGN, "not sent from here")
            )


def _missing(order: Order, moved: OrderMoved | None, asked: int, claims: Claims) -> _Found | None:
    status, booked = _status(moved), claims.booked.get(order.order_id, 0)
    if status.is_terminal and not booked:
        return None  # it never reached the broker's book, and nothing came of it
    words = _our_words(order, status, booked)
    if status in _WAITING or order.ts >= asked:
        why = "no evidence of it yet; its name is locked" if order.ts < asked else "written after the books were read"
        return _Found(_order(order, words, "not in the book", Standing.IN_FLIGHT, why), is_patient=True)
    return _Found(_order(order, words, "not in the book", Standing.IN_FLIGHT, "a late order book"))


def _unlike(order: Order, moved: OrderMoved | None, row: BrokerOrder, claims: Claims) -> _Found | None:
    if (order.token, order.side, order.product) != (row.token, row.side, row.product):
        mine = f"{order.side.name} {order.symbol} {order.product}"
        his = f"{row.side.name} {row.symbol} {row.product}"
        return _Found(_order(order, mine, his, Standing.BREAK, "one tag, two different orders"))
    status, booked = _status(moved), claims.booked.get(order.order_id, 0)
    mine, his = _our_words(order, status, booked), _row_words(row)
    if booked > row.quantity:
        return _Found(_order(order, mine, his, Standing.BREAK, "more is booked than was ordered there"))
    is_alike = _CLASSES[status] == _CLASSES[row.status] and order.quantity == row.quantity
    if is_alike and booked == row.filled:
        return None
    why = "a later look brings it" if row.filled > booked or not is_alike else "the order book lags behind the trades"
    return _Found(_order(order, mine, his, Standing.IN_FLIGHT, why))


def _status(moved: OrderMoved | None) -> Status:
    return Status.SENT if moved is None else moved.status


def _our_words(order: Order, status: Status, booked: int) -> str:
    return f"{_CLASSES[status]}, {booked} of {order.quantity} filled"


def _row_words(row: BrokerOrder) -> str:
    return f"{_CLASSES[row.status]}, {row.filled} of {row.quantity} filled"


def _order(order: Order, ours: str, theirs: str, standing: Standing, why: str) -> Difference:
    return Difference(Subject.ORDER, order.order_id, order.token, order.symbol, ours, theirs, standing, why)


# -- trades --------------------------------------------------------------------------------------------------------


def _trades(theirs: BrokerBooks, ours: Books, claims: Claims) -> Iterator[_Found]:
    foreign = {row.broker_order_id for row in claims.foreign}
    known = {row.broker_order_id: order_id for order_id, row in claims.rows.items()}
    rows = [trade for trade in theirs.trades if trade.broker_order_id not in foreign]
    counts = Counter((t.exchange, t.trade_id, known.get(t.broker_order_id, ""), int(t.side)) for t in rows)
    booked = {fill.key: fill for fill in ours.fills()}
    for trade in rows:
        key = (trade.exchange, trade.trade_id, known.get(trade.broker_order_id, ""), int(trade.side))
        fill, his = booked.pop(key, None), _trade_words(trade.quantity, trade.price)
        if counts[key] > 1:
            twice = f"{his}, {counts[key]} times"
            yield _Found(_trade(trade, "at most once", twice, Standing.BREAK, "one trade stands twice in the book"))
        elif fill is None:
            why = "a later look books it" if key[2] else "its order is not in the book yet"
            yield _Found(_trade(trade, "not booked", his, Standing.IN_FLIGHT, why))
        elif (fill.quantity, fill.price) != (trade.quantity, trade.price):
            mine = _trade_words(fill.quantity, fill.price)
            yield _Found(_trade(trade, mine, his, Standing.BREAK, "one trade, two figures"))
    for fill in booked.values():
        why = "booked after the books were read" if fill.ts >= theirs.asked else "a late trade book"
        words = (_trade_words(fill.quantity, fill.price), "not in the book")
        key_words = f"{fill.trade_id} of {fill.order_id}"
        yield _Found(Difference(Subject.TRADE, key_words, fill.token, fill.symbol, *words, Standing.IN_FLIGHT, why))


def _trade(trade: BrokerTrade, ours: str, theirs: str, standing: Standing, why: str) -> Difference:
    key = f"{trade.trade_id} of {trade.broker_order_id}"
    return Difference(Subject.TRADE, key, trade.token, trade.symbol, ours, theirs, standing, why)


def _trade_words(quantity: int, price: int) -> str:
    return f"{quantity} at {price_text(price)}"


# -- positions and cash --------------------------------------------------------------------------------------------


def _positions(theirs: BrokerBooks, ours: Books, claims: Claims, moving: set[int]) -> Iterator[_Found]:
    held = {(token, str(p.product)): p.quantity for token, p in ours.account.positions.items()}
    symbols = {token: p.symbol for token, p in ours.account.positions.items()}
    owned = Counter[tuple[int, str]]()
    for row in theirs.positions:
        owned[row.token, row.product] += row.quantity
        symbols.setdefault(row.token, row.symbol)
    for holding in theirs.holdings:
        owned[holding.token, str(Product.CNC)] += holding.quantity + holding.t1_quantity
        symbols.setdefault(holding.token, holding.symbol)
    for token, product in sorted({*held, *owned}):
        mine, his = held.get((token, product), 0), owned[token, product]
        if mine != his:
            strange = claims.strange[token, product]
            standing, why = _position_standing(token, mine, his, strange, claims, moving)
            key = f"{symbols[token]} {product}"
            yield _Found(
                Difference(Subject.POSITION, key, token, symbols[token], str(mine), str(his), standing, why),
                is_patient=token in moving,
            )


def _position_standing(
    token: int, mine: int, his: int, strange: int, claims: Claims, moving: set[int]
) -> tuple[Standing, str]:
    if token in moving:
        return Standing.IN_FLIGHT, "an order or a trade of this name is on its way"
    covers = mine == 0 or (mine * his > 0 and abs(his) >= abs(mine))
    if covers and (his - mine == strange or token not in claims.names):
        return Standing.FOREIGN, "not traded from here"
    if strange and not covers:
        return Standing.BREAK, "somebody else's trades closed what is held here"
    if token in claims.working:
        return Standing.IN_FLIGHT, "an order of this name works, and positions are read last"
    return Standing.BREAK, "no order and no trade explains it"


def _cash(theirs: BrokerBooks, ours: Books, gap: int) -> Iterator[_Found]:
    mine, his = ours.account.cash_paise + gap, theirs.funds.cash
    if mine != his:
        why = "all trades are equal and the money is not"
        yield _Found(Difference(Subject.CASH, "funds", 0, "", rupees(mine), rupees(his), Standing.BREAK, why))
