"""What a table column is: a frozen spec that turns a value into words, a colour and a way to draw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cockpit.money import MINUS, price_text, rupees
from cockpit.widgets.tokens import Tokens


class Cell(StrEnum):
    """How a cell is drawn: the first two by Qt's own delegate, which is fast; the others by ours, kept as pixmaps."""

    TEXT = "text"
    NUMBER = "number"
    SYMBOL = "symbol"  # value: Symbol
    CHANGE = "change"  # value: ratio; ▲▼, words and a bar from the middle
    SPARK = "spark"  # value: Spark
    SCORE = "score"  # value: 0..100; number and bar
    BADGE = "badge"  # value: Pill
    STACK = "stack"  # value: tuple of five contributions, negative left, positive right


MISSING: Final = "—"
"""What a cell says where the value is not known."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name and what stands under it: a setup (`ORB`), a state (`STALE 25s`) or plain words; `held` adds the mark."""

    name: str
    under: str = ""
    tone: str = ""
    """A `Tokens` field such as `info`: the words under become a badge of that colour; empty leaves them plain."""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Spark:
    """A day in one small line: prices in order, and the previous close, which is dotted."""

    prices: tuple[float, ...]
    previous_close: float | None = None


@dataclass(frozen=True, slots=True)
class Pill:
    """A word in a coloured pill, with its sign: `▲ LONG`. `tone` is a `Tokens` field with a `_bg` twin."""

    words: str
    tone: str


Show = Callable[[Any], str]
Paint = Callable[[Any, Tokens], str]


@dataclass(frozen=True, slots=True)
class Column:
    """Describe one column.

    `show` turns a value into words (missing is None and shows `—`); `ink` answers the colour for a value; `rank` the
    number or text to sort by, where the value is neither; `flash` lets the cell glow when its value changes.
    """

    key: str
    title: str
    cell: Cell = Cell.TEXT
    width: int = 80
    show: Show | None = None
    ink: Paint | None = None
    rank: Callable[[Any], Any] | None = None
    help: str = ""
    flash: bool = False
    stretch: bool = False
    bold: bool = False
    span: float = 0.03
    """The change, as a ratio, that fills half of a centred change bar; the sum that fills half of a stack."""

    @property
    def is_drawn(self) -> bool:
        """Tell whether the cell is drawn by the house and not by Qt."""
        return self.cell not in (Cell.TEXT, Cell.NUMBER)

    @property
    def leans_right(self) -> bool:
        """Tell whether the column is right-aligned: numbers are, names are not."""
        return self.cell in (Cell.NUMBER, Cell.CHANGE, Cell.SCORE)

    def words(self, value: Any) -> str:
        """Answer what the cell says; `—` where the value is missing."""
        if value is None or value != value:  # NaN is missing too
            return MISSING
        if self.show is not None:
            return self.show(value)
        plain = _PLAIN.get(self.cell)
        return plain(value) if plain is not None else str(value)

    def place(self, value: Any) -> Any:
        """Answer what the cell sorts by; None where the value is missing."""
        if value is None or value != value:
            return None
        if self.rank is not None:
            return self.rank(value)
        if isinstance(value, Symbol):
            return value.name
        if isinstance(value, Spark):
            return value.prices[-1] / value.prices[0] - 1.0 if len(value.prices) > 1 and value.prices[0] else None
        if isinstance(value, Pill):
            return value.words
        return sum(value) if isinstance(value, tuple) else value


def signed_percent(ratio: float) -> str:
    """Show a ratio as a change: `▲ 1.07%`, `▼ 0.23%`, `0.00%`; the sign is the arrow."""
    mark = "▲ " if ratio > 0 else "▼ " if ratio < 0 else ""
    return f"{mark}{abs(ratio):.2%}"


def signed_rupees(amount: int) -> str:
    """Show a profit or loss in paise: `▲ ₹396.18`, `▼ ₹731.04`."""
    mark = "▲ " if amount > 0 else "▼ " if amount < 0 else ""
    return f"{mark}{rupees(abs(amount))}"


def signed_r(multiple: float) -> str:
    """Show a result in multiples of the risk: `+0.54R`."""
    return f"{'+' if multiple > 0 else MINUS if multiple < 0 else ''}{abs(multiple):.2f}R"


def price_words(price: int) -> str:
    """Show a price of NSE cash: `1,419.16`."""
    return price_text(int(price))


def side_ink(value: float, tokens: Tokens) -> str:
    """Colour a number by its sign."""
    return tokens.side(float(value))


_PLAIN: dict[Cell, Show] = {
    Cell.SYMBOL: lambda value: f"{value.name} {value.under}".strip(),
    Cell.CHANGE: signed_percent,
    Cell.SPARK: lambda value: signed_percent(value.prices[-1] / value.prices[0] - 1) if value.prices else MISSING,
    Cell.SCORE: lambda value: f"{value:.0f}",
    Cell.BADGE: lambda value: value.words,
    Cell.STACK: lambda value: " ".join(f"{part:+.1f}".replace("-", MINUS) for part in value),
}
