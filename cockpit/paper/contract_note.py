"""Adds up a day's orders as the contract note does: STT and stamp in whole rupees a name, the rest in paise."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from cockpit.errors import BadInput
from cockpit.money import Paise, half_up
from cockpit.orders import Charges, Product, Side
from cockpit.paper.costs import ChargeRow, ChargeTable, ExactCharges


@dataclass(frozen=True, slots=True)
class Executed:
    """One order of the day as far as it was executed; its fills summed."""

    symbol: str
    product: Product
    side: Side
    turnover_paise: Paise
    exchange: str = "NSE"


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One name of the note: what was bought and sold of it, and its taxes in whole rupees. Units: paise."""

    exchange: str
    symbol: str
    bought: Paise
    sold: Paise
    stt: Paise
    stamp: Paise


@dataclass(frozen=True, slots=True)
class ContractNote:
    """A day's costs as the broker bills them."""

    day: date
    names: tuple[NoteLine, ...]
    charges: Charges

    @property
    def net_paise(self) -> Paise:
        """Answer what the day moves on the cash account: sales less purchases less charges."""
        return sum(name.sold - name.bought for name in self.names) - self.charges.total


def contract_note(
    table: ChargeTable, on: date, orders: Iterable[Executed], *, from_demat: Collection[str] = ()
) -> ContractNote:
    """Answer the note of one day.

    STT and stamp duty are rounded half up to the rupee per name and day; the other lines are added up exactly and
    rounded to the paisa once. `from_demat` names the symbols of which shares delivered earlier were sold: each pays
    the depository once. Delivery bought and sold on the same day is billed at delivery rates, as ordered.
    Errors: BadInput for a name `from_demat` that was not sold.
    """
    row = table.row(on)
    by_name: dict[tuple[str, str], list[Executed]] = {}
    for order in orders:
        by_name.setdefault((order.exchange, order.symbol), []).append(order)
    names = tuple(_line(row, key, by_name[key]) for key in sorted(by_name))
    unsold = set(from_demat) - {name.symbol for name in names if name.sold}
    if unsold:
        raise BadInput(f"{', '.join(sorted(unsold))} named as sold from the demat account, but not sold on {on}")
    exact = sum((_exact(row, order) for group in by_name.values() for order in group), ExactCharges())
    for _ in set(from_demat):
        exact += row.dp_charge()
    billed = exact.rounded()
    whole = Charges(
        brokerage=billed.brokerage,
        stt=sum(name.stt for name in names),
        exchange=billed.exchange,
        sebi=billed.sebi,
        stamp=sum(name.stamp for name in names),
        gst=billed.gst,
        dp=billed.dp,
    )
    return ContractNote(on, names, whole)


def _exact(row: ChargeRow, order: Executed) -> ExactCharges:
    return row.order(order.product, order.side, order.turnover_paise, order.exchange)


def _line(row: ChargeRow, key: tuple[str, str], orders: list[Executed]) -> NoteLine:
    exact = sum((_exact(row, order) for order in orders), ExactCharges())
    return NoteLine(
        exchange=key[0],
        symbol=key[1],
        bought=sum(order.turnover_paise for order in orders if order.side is Side.BUY),
        sold=sum(order.turnover_paise for order in orders if order.side is Side.SELL),
        stt=half_up(exact.stt / 100) * 100,
        stamp=half_up(exact.stamp / 100) * 100,
    )
