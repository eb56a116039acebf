"""Knows what trading costs by law and tariff on a given day: exact lines, paise to book, round trips, break-even."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from cockpit.errors import BadInput
from cockpit.money import Paise, Price, half_up
from cockpit.orders import Charges, Product, Side

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class ExactCharges:
    """The lines of `Charges` before any rounding. Units: paise, as Decimal."""

    brokerage: Decimal = ZERO
    stt: Decimal = ZERO
    exchange: Decimal = ZERO
    sebi: Decimal = ZERO
    stamp: Decimal = ZERO
    gst: Decimal = ZERO
    dp: Decimal = ZERO
    penalty: Decimal = ZERO

    def lines(self) -> tuple[Decimal, ...]:
        """Answer the lines in field order."""
        return tuple(getattr(self, line.name) for line in fields(self))

    @property
    def total(self) -> Decimal:
        """Answer the sum of all lines."""
        return sum(self.lines(), ZERO)

    def __add__(self, other: ExactCharges) -> ExactCharges:
        """Add line by line."""
        return ExactCharges(*(a + b for a, b in zip(self.lines(), other.lines(), strict=True)))

    def rounded(self) -> Charges:
        """Answer whole paise, each line half up."""
        return Charges(*(half_up(line) for line in self.lines()))


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """The tariff since `effective_from`, complete in itself. Units: ratios 0..1, amounts in rupees."""

    effective_from: date
    brokerage_cnc: Decimal
    brokerage_mis: Decimal
    brokerage_cap_rupees: Decimal
    stt_cnc_buy: Decimal
    stt_cnc_sell: Decimal
    stt_mis_buy: Decimal
    stt_mis_sell: Decimal
    stamp_cnc_buy: Decimal
    stamp_mis_buy: Decimal
    sebi: Decimal
    exchange_nse: Decimal
    exchange_bse: Decimal
    gst: Decimal
    dp_rupees: Decimal
    square_off_rupees: Decimal

    def order(self, product: Product, side: Side, turnover_paise: Paise, exchange: str = "NSE") -> ExactCharges:
        """Answer what one executed order of `turnover_paise` costs; its fills are summed before the brokerage cap."""
        if turnover_paise < 0:
            raise BadInput(f"turnover of {turnover_paise} paise given, 0 or more expected; the side carries the sign")
        turnover = Decimal(turnover_paise)
        is_mis, is_buy = product is Product.MIS, side is Side.BUY
        brokerage = min(
            turnover * (self.brokerage_mis if is_mis else self.brokerage_cnc), self.brokerage_cap_rupees * 100
        )
        stt_mis = self.stt_mis_buy if is_buy else self.stt_mis_sell
        stt_cnc = self.stt_cnc_buy if is_buy else self.stt_cnc_sell
        stamp = (self.stamp_mis_buy if is_mis else self.stamp_cnc_buy) if is_buy else ZERO
        exchange_charge = turnover * self._exchange_rate(exchange)
        sebi = turnover * self.sebi
        return ExactCharges(
            brokerage=brokerage,
            stt=turnover * (stt_mis if is_mis else stt_cnc),
            exchange=exchange_charge,
            sebi=sebi,
            stamp=turnover * stamp,
            gst=self.gst_on(brokerage, exchange_charge, sebi),
        )

    def gst_on(self, brokerage: Decimal, exchange: Decimal, sebi: Decimal) -> Decimal:
        """Answer GST by the published rule: on brokerage, the full exchange charge and the SEBI fee."""
        return self.gst * (brokerage + exchange + sebi)

    def dp_charge(self) -> ExactCharges:
        """Answer what it costs that one name leaves the demat account on one day, whatever the quantity."""
        return ExactCharges(dp=self.dp_rupees * 100)

    def square_off_fee(self) -> ExactCharges:
        """Answer what the broker takes for closing one intraday position itself, GST included."""
        return ExactCharges(penalty=self.square_off_rupees * 100 * (1 + self.gst))

    def _exchange_rate(self, exchange: str) -> Decimal:
        if exchange == "NSE":
            return self.exchange_nse
        if exchange == "BSE":
            return self.exchange_bse
        raise BadInput(f"exchange {exchange!r} given, NSE or BSE expected; the tariff knows cash equity only")


class ChargeTable:
    """Pick the tariff of the trade date and answer costs by it; fits the ground's `Costs`."""

    def __init__(self, rows: tuple[ChargeRow, ...]) -> None:
        starts = [row.effective_from for row in rows]
        if not starts or starts != sorted(set(starts)):
            raise BadInput(
                f"charge rows start on {[str(day) for day in starts]}; at least one, and rising dates expected"
            )
        self._rows = rows

    @classmethod
    def load(cls, path: Path) -> ChargeTable:
        """Read a dated charge table.

        Errors: BadInput naming row and key of the first value that is missing, unknown, not text or not a number.
        """
        with path.open("rb") as file:
            table = tomllib.load(file)
        return cls(tuple(_row(entry, f"{path.name} row {n}") for n, entry in enumerate(table.get("row", []), start=1)))

    @property
    def starts_on(self) -> date:
        """Answer the first trade date the table can price."""
        return self._rows[0].effective_from

    def row(self, on: date) -> ChargeRow:
        """Answer the tariff in force on a trade date.

        Errors: BadInput before the first row: a tariff that is not known is not guessed.
        """
        for row in reversed(self._rows):
            if row.effective_from <= on:
                return row
        raise BadInput(
            f"charges of {on} asked, the table begins on {self.starts_on}",
            remedy="Trade later dates, add the older tariff to the table, or price old trades on a later date by name.",
        )

    def charges(
        self, product: Product, side: Side, quantity: int, price_paise: Paise, on: date, exchange: str = "NSE"
    ) -> ExactCharges:
        """Answer the unrounded charges of one executed order of `quantity` at `price_paise` a share."""
        return self.row(on).order(product, side, quantity * price_paise, exchange)

    def order_charges(
        self, product: Product, side: Side, quantity: int, turnover_paise: Paise, on: date, exchange: str = "NSE"
    ) -> Charges:
        """Answer the charges of one executed order, each line rounded half up to the paisa.

        `quantity` does not move any charge of cash equity; tariffs by lot would need it.
        """
        return self.row(on).order(product, side, turnover_paise, exchange).rounded()

    def round_trip(
        self,
        product: Product,
        buy_paise: Paise,
        sell_paise: Paise,
        on: date,
        *,
        exchange: str = "NSE",
        from_demat: bool = False,
    ) -> ExactCharges:
        """Answer the unrounded charges of one buy order worth `buy_paise` and one sell order worth `sell_paise`.

        `from_demat` adds the depository charge, due when the shares sold had been delivered on an earlier day.
        """
        row = self.row(on)
        bought = row.order(product, Side.BUY, buy_paise, exchange)
        both = bought + row.order(product, Side.SELL, sell_paise, exchange)
        return both + row.dp_charge() if from_demat else both

    def round_trip_paise(self, product: Product, quantity: int, buy_paise: Paise, sell_paise: Paise, on: date) -> Paise:
        """Answer what buying and selling for these values costs in all; a delivery sale pays the depository."""
        exact = self.round_trip(product, buy_paise, sell_paise, on, from_demat=product is Product.CNC)
        return exact.rounded().total


@dataclass(frozen=True, slots=True)
class OrderMeter:
    """What one order has cost so far. Each fill books the rounded total less what is booked, so no paisa is lost."""

    product: Product
    side: Side
    on: date
    exchange: str = "NSE"
    quantity: int = 0
    turnover_paise: Paise = 0
    booked: Charges = field(default_factory=Charges)

    def fill(self, table: ChargeTable, quantity: int, price_paise: Price) -> tuple[OrderMeter, Charges]:
        """Answer the meter after a fill and the charges that fill books.

        After any number of fills `booked` equals the charges of the whole order in one piece, line by line.
        """
        if quantity <= 0 or price_paise <= 0:
            raise BadInput(f"fill of {quantity} at {price_paise} paise given, both above 0 expected")
        turnover = self.turnover_paise + quantity * price_paise
        due = table.row(self.on).order(self.product, self.side, turnover, self.exchange).rounded()
        after = replace(self, quantity=self.quantity + quantity, turnover_paise=turnover, booked=due)
        return after, due - self.booked


def break_even_rate(stop: float, target: float, cost: float) -> float:
    """Answer the share of winners at which a trade with this stop, target and cost earns nothing: (S + c) / (S + T).

    Units: all three alike, e.g. paise a share or R. A rate of 1 or more means that no winning rate pays for the costs.
    """
    if stop <= 0 or target <= 0 or cost < 0:
        raise BadInput(
            f"stop {stop}, target {target}, cost {cost} given; distances above 0 and a cost of 0 or more expected"
        )
    return (stop + cost) / (stop + target)


def _row(entry: Mapping[str, Any], where: str) -> ChargeRow:
    names = [column.name for column in fields(ChargeRow)]
    wrong = sorted(set(entry) ^ set(names))
    if wrong:
        raise BadInput(f"{where}: {', '.join(wrong)} missing or unknown; the keys are {', '.join(names)}")
    day = entry["effective_from"]
    if type(day) is not date:
        raise BadInput(f"{where}, effective_from: {day!r} given, a date like 2024-10-01 expected")
    return ChargeRow(day, **{name: _number(entry[name], f"{where}, {name}") for name in names[1:]})


def _number(value: object, where: str) -> Decimal:
    if not isinstance(value, str):
        raise BadInput(f"{where}: {value!r} given; quote it, because a binary float already rounded it")
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise BadInput(f"{where}: {value!r} given, a decimal number in quotes expected") from error
    if not number.is_finite() or number < 0:
        raise BadInput(f"{where}: {value!r} given, a number of 0 or more expected")
    return number
