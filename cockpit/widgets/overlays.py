"""What can be laid over candles, as plain values: price lines, markers, gaps, the opening range, extra curves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from numpy.typing import NDArray

from cockpit.market import Bars
from cockpit.money import Price
from cockpit.widgets.tokens import Tokens


class LineKind(StrEnum):
    """What a horizontal line means; the meaning sets colour, dash and zone."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"
    LEVEL = "level"  # drawn by the trader
    ALERT = "alert"
    REFERENCE = "reference"  # previous day's high, low, close


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One horizontal line with its tag. `since` (ns UTC) is where it starts; None runs the whole width."""

    key: str
    price: Price
    label: str
    kind: LineKind
    since: int | None = None

    def colour(self, tokens: Tokens) -> str:
        """Answer the colour its kind has in this look."""
        return {
            LineKind.ENTRY: tokens.accent,
            LineKind.STOP: tokens.down,
            LineKind.TARGET: tokens.up,
            LineKind.LEVEL: tokens.text,
            LineKind.ALERT: tokens.warn,
            LineKind.REFERENCE: tokens.dim,
        }[self.kind]


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line the trader drew, between two instants (ns UTC) and prices."""

    key: str
    starts: int
    start_price: Price
    ends: int
    end_price: Price


@dataclass(frozen=True, slots=True)
class TimeMark:
    """A vertical line the trader drew at an instant, ns UTC."""

    key: str
    ts: int
    label: str = ""


class MarkerKind(StrEnum):
    """Whether a position was opened or closed there."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Marker:
    """One entry or exit: a triangle at `ts`, coloured by `rule`; `words` (reason, R, costs) is its tooltip.

    A long entry and a short's exit point up, below the bar; a short entry and a long's exit point down, above it.
    """

    ts: int
    price: Price
    kind: MarkerKind
    rule: str
    words: str = ""
    long: bool = True

    @property
    def points_up(self) -> bool:
        """Tell whether the marker stands below its bar, pointing up: whatever bought."""
        return (self.kind is MarkerKind.ENTRY) is self.long


RULE_COLOURS: Final = (("ORB", "orb"), ("VWAP", "vwap"), ("REV", "accent"))


def rule_colour(tokens: Tokens, rule: str) -> str:
    """Answer the colour of a rule by how its id begins (`orb`, `vwap_pullback`, `reversal`); others are plain text."""
    for start, token in RULE_COLOURS:
        if rule.upper().startswith(start):
            return str(getattr(tokens, token))
    return tokens.text


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time [opens, closes) that was not observed, ns UTC: hatched, never bridged by a line."""

    opens: int
    closes: int
    words: str = "feed lost"


@dataclass(frozen=True, slots=True)
class OpeningRange:
    """The first minutes' low and high: a band from `opens`, darker until `closes`, dashed to `until` (ns UTC)."""

    low: Price
    high: Price
    opens: int
    closes: int
    until: int
    label: str = "ORB 15"


@dataclass(frozen=True, slots=True)
class Curve:
    """One more line over the candles, such as an EMA. `values` is float64 [bar] at price scale, NaN where unknown."""

    name: str
    values: NDArray[Any]
    colour: str


class Layer(StrEnum):
    """What can be shown or hidden by itself."""

    VWAP = "vwap"
    BAND = "vwap band"
    OPENING_RANGE = "opening range"
    VOLUME = "volume"
    MARKERS = "markers"
    LINES = "lines"
    CURVES = "curves"


@dataclass(frozen=True, slots=True)
class Readout:
    """The bar under the crosshair, or the last one: `bar` is a one-row `Bars`, `pinned` when the trader chose it."""

    bar: Bars
    previous_close: Price | None
    pinned: bool
